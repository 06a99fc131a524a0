//! Moving dead letters in the page, beside the rate at which the same page sends.

use std::time::Instant;

use warren_tests::{
    amqp::Amqp,
    mover::{SOURCE, TARGET},
    moves::dead_letters,
    node,
    page::Page,
    relay::Relay,
};

use crate::{
    report::{Goal, Report},
    scale::Scale,
    throughput::divide,
};

/// So many waits of the browser's, since each of them has a limit.
const PARTS: u64 = 10;

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let (mut sent, mut moved) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        dead_letters(&amqp, scale.moved).await;
        let relay = Relay::ready(&url, &["--queue", SOURCE, "--queue", TARGET]).await;
        let page = Page::open_only(&relay).await;

        page.send_to(TARGET).await;
        let since = Instant::now();
        page.repeat(&"x".repeat(100), scale.moved).await;
        for part in 1..=PARTS {
            page.until_repeated(scale.moved * part / PARTS).await;
        }
        sent.push(scale.moved as f64 / since.elapsed().as_secs_f64());
        amqp.purge_queue(TARGET).await;

        page.receive_by_hand(SOURCE).await;
        let since = Instant::now();
        page.move_all(scale.moved).await;
        for part in 1..=PARTS {
            page.until_moved(scale.moved * part / PARTS).await;
        }
        page.move_over().await;
        moved.push(scale.moved as f64 / since.elapsed().as_secs_f64());
        page.browser.assert_console_clean().await;
    }
    let ratio = divide(&moved, &sent);
    report.add("move", "page: sent", "msg/s", sent, Goal::None);
    report.add("move", format!("page: {} moved", scale.moved), "msg/s", moved, Goal::None);
    report.add("move", "page: moved / sent", "×", ratio, Goal::AtLeast(0.5));
}
