//! What messages that the page keeps cost: the longest animation frames while the list is
//! scrolled through.

use warren_tests::{
    amqp::{Amqp, QUEUE, Shape},
    node,
    page::Page,
    relay::Relay,
};

use crate::{
    browser,
    plot::Plot,
    report::{Goal, Report},
    scale::Scale,
};

/// The most at once, so that each wait is for a part.
const AT_ONCE: usize = 10_000;

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) -> Vec<Plot> {
    let mut plot = Plot::new("kept", "Messages kept in the page", "p99 of frames, ms");
    let mut frames = vec![Vec::new(); scale.kept.len()];
    for _ in 0..scale.rounds {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(&url, &[]).await;
        let page = Page::open(&relay).await;
        let mut there = 0;
        for (&kept, frames) in scale.kept.iter().zip(&mut frames) {
            while there < kept {
                let some = (kept - there).min(AT_ONCE);
                amqp.fill(QUEUE, some, 100).await;
                there += some;
                page.until_received(there).await;
            }
            let p99 = browser::scrolling(&page).await;
            plot.add("scrolling", kept as f64, p99);
            frames.push(p99);
        }
    }
    for (kept, frames) in scale.kept.iter().zip(frames) {
        let what = format!("p99 of frames while scrolling, {kept} kept");
        report.add("page", what, "ms", frames, Goal::AtMost(50.0));
    }
    vec![plot]
}
