//! How many messages per second: raw lapin, the relay, the page, the browser's own limit, and what an
//! application could use in its page: amqp-client.js, or the relay by a few lines of JavaScript.
//!
//! A round measures all of them one after the other, so that a ratio is of figures that the same
//! minute of the same machine has given. Each is warm before it is measured, on the very sessions.

use warren_tests::{browser::Browser, node, page::Page, relay::Relay};

use crate::{
    baseline::Lapin,
    browser::{self, AmqpPeer},
    client::Client,
    load::Load,
    plot::Plot,
    report::{Goal, Report},
    scale::Scale,
    sockets,
};

const BYTES: [usize; 3] = [100, 10 << 10, 1 << 20];
/// Messages of the echo: 1 KB, 256 KiB, which is what the page packs small messages into, and 1 MiB.
const ECHO_BYTES: [usize; 3] = [1_000, 256 << 10, 1 << 20];

/// The figures of one size, one value for each round.
type Samples = [Vec<f64>; 3];

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let loads = [0, 1, 2].map(|at| Load { bytes: BYTES[at], count: scale.counts[at] });
    let [mut lapin, mut relay, mut page, mut echo] = [(); 4].map(|()| Samples::default());
    let [mut amqp_client, mut tuned, mut relay_client] = [(); 3].map(|()| Samples::default());
    let browser = Browser::open("about:blank").await;
    browser.allow_long_scripts().await;
    let echo_server = sockets::echo().await;
    let mut page_in = Page { browser };
    for round in 1..=scale.rounds {
        eprintln!("      round {round} of {}", scale.rounds);
        for (at, load) in loads.into_iter().enumerate() {
            lapin[at].push(through_lapin(load).await);
            relay[at].push(through_relay(load).await);
            let (bytes, count) = (ECHO_BYTES[at], scale.echoes[at]);
            browser::echo(&page_in.browser, &echo_server, bytes, count.div_ceil(6)).await;
            echo[at].push(browser::echo(&page_in.browser, &echo_server, bytes, count).await);
            amqp_client[at].push(through_amqp_client(&page_in.browser, load, false).await);
            tuned[at].push(through_amqp_client(&page_in.browser, load, true).await);
            page[at].push(through_page(&mut page_in, load).await);
            relay_client[at].push(through_relay_client(&page_in.browser, load).await);
        }
    }
    for (at, load) in loads.into_iter().enumerate() {
        let ratio = |one: &Samples, other: &Samples| divide(&one[at], &other[at]);
        let size = load.size();
        let part = "throughput";
        report.add(part, format!("raw lapin, {size}"), "msg/s", lapin[at].clone(), Goal::None);
        report.add(part, format!("relay, {size}"), "msg/s", relay[at].clone(), Goal::None);
        // At 1 MiB each copy of a body counts.
        let goal = Goal::AtLeast(if at == 2 { 0.55 } else { 0.6 });
        report.add(part, format!("relay / raw lapin, {size}"), "×", ratio(&relay, &lapin), goal);
        report.add(part, format!("page, {size}"), "msg/s", page[at].clone(), Goal::None);
        let echoed = Load { bytes: ECHO_BYTES[at], count: 1 }.size();
        let what = format!("browser's echo, messages of {echoed}");
        report.add(part, what, "msg/s", echo[at].clone(), Goal::None);
        let (what, ratios, min) = if at == 0 {
            (format!("page / raw lapin, {size}"), ratio(&page, &lapin), 0.4)
        } else {
            let bytes = load.bytes as f64 / ECHO_BYTES[at] as f64;
            let ratios = ratio(&page, &echo).iter().map(|ratio| ratio * bytes).collect();
            let min = if at == 1 { 0.6 } else { 0.75 };
            (format!("page / echo of {echoed} in bytes, {size}"), ratios, min)
        };
        report.add(part, what, "×", ratios, Goal::AtLeast(min));
        let what = format!("amqp-client.js, {size}");
        report.add(part, what, "msg/s", amqp_client[at].clone(), Goal::None);
        let what = format!("amqp-client.js tuned, {size}");
        report.add(part, what, "msg/s", tuned[at].clone(), Goal::None);
        let what = format!("JavaScript over the relay, {size}");
        report.add(part, what, "msg/s", relay_client[at].clone(), Goal::None);
        for (who, ones, goals) in [
            ("page", &page, [2.5, 2.0, 1.3]),
            ("JavaScript over the relay", &relay_client, [2.5, 1.5, 1.1]),
        ] {
            let what = format!("{who} / amqp-client.js, {size}");
            report.add(part, what, "×", ratio(ones, &amqp_client), Goal::AtLeast(goals[at]));
            let what = format!("{who} / amqp-client.js tuned, {size}");
            report.add(part, what, "×", ratio(ones, &tuned), Goal::None);
        }
    }
    page_in.browser.assert_console_clean().await;
}

async fn through_lapin(load: Load) -> f64 {
    let lapin = Lapin::connect(&node::vhost().await).await;
    lapin.throughput(load.warm_up()).await;
    lapin.throughput(load).await
}

async fn through_relay(load: Load) -> f64 {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::open(&relay.address).await;
    client.receive().await;
    client.throughput(load.warm_up()).await;
    client.throughput(load).await
}

async fn through_page(page: &mut Page, load: Load) -> f64 {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    page.go_to(&relay).await;
    browser::throughput(page, load.warm_up()).await;
    let rate = browser::throughput(page, load).await;
    page.browser.go_to("about:blank").await;
    rate
}

async fn through_amqp_client(browser: &Browser, load: Load, tuned: bool) -> f64 {
    let peer = AmqpPeer::new(&node::vhost().await).await;
    browser::amqp_client_throughput(browser, &peer, load, tuned).await
}

async fn through_relay_client(browser: &Browser, load: Load) -> f64 {
    browser::relay_client_throughput(browser, &node::vhost().await, load).await
}

/// How the rate depends on the number of messages and on their size.
pub(crate) async fn growth(scale: &Scale) -> Vec<Plot> {
    let mut by_count = Plot::new("messages", "Messages in one go", "messages per second");
    let mut by_size = Plot::new("body-size", "Body size in bytes", "messages per second");
    let browser = Browser::open("about:blank").await;
    browser.allow_long_scripts().await;
    let mut page = Page { browser };
    let counts = [1_000, 10_000, 100_000, 1_000_000];
    for count in counts.into_iter().filter(|count| *count <= scale.flood) {
        let load = Load { bytes: 100, count };
        by_count.add("relay", count as f64, through_relay(load).await);
        by_count.add("page", count as f64, through_page(&mut page, load).await);
    }
    for size in [100, 1 << 10, 10 << 10, 100 << 10, 1 << 20, 4 << 20] {
        // As many bytes each time, within bounds.
        let count = ((scale.counts[2] << 19) / size).clamp(3, scale.counts[0]);
        let load = Load { bytes: size, count };
        by_size.add("raw lapin", size as f64, through_lapin(load).await);
        by_size.add("relay", size as f64, through_relay(load).await);
        by_size.add("page", size as f64, through_page(&mut page, load).await);
        let amqp_client = through_amqp_client(&page.browser, load, false).await;
        by_size.add("amqp-client.js", size as f64, amqp_client);
    }
    vec![by_count, by_size]
}

/// The ratios, round by round.
#[must_use]
pub(crate) fn divide(ones: &[f64], others: &[f64]) -> Vec<f64> {
    ones.iter().zip(others).map(|(one, other)| one / other).collect()
}
