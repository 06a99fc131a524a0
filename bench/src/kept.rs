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
    let mut frames = vec![Vec::new(); scale.list_sizes.len()];
    for _ in 0..scale.rounds {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(&url, &[]).await;
        let page = Page::open(&relay).await;
        let mut there = 0;
        for (&list_size, frames) in scale.list_sizes.iter().zip(&mut frames) {
            while there < list_size {
                let some = (list_size - there).min(AT_ONCE);
                amqp.fill(QUEUE, some, 100).await;
                there += some;
                page.until_received(there).await;
            }
            let p99 = browser::scrolling(&page).await;
            plot.add("scrolling", list_size as f64, p99);
            frames.push(p99);
        }
    }
    for (list_size, frames) in scale.list_sizes.iter().zip(frames) {
        let what = format!("p99 of frames while scrolling, {list_size} kept");
        report.add("page", what, "ms", frames, Goal::AtMost(50.0));
    }
    vec![plot]
}
