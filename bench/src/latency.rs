//! How long one message takes, one at a time: raw lapin, the relay, the page, amqp-client.js.

use warren_tests::{browser::Browser, node, page::Page, relay::Relay};

use crate::{
    baseline::Lapin,
    browser::{self, AmqpPeer},
    client::Client,
    report::{Goal, Report, percentile},
    scale::Scale,
    throughput::divide,
};

/// p50 and p99 of each round.
#[derive(Default)]
pub(crate) struct Samples {
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Samples {
    pub(crate) fn add(&mut self, mut times: Vec<f64>) {
        self.p50.push(percentile(&mut times, 0.5));
        self.p99.push(percentile(&mut times, 0.99));
    }

    fn report(self, report: &mut Report, what: &str, goals: [Goal; 2]) {
        self.report_in(report, "latency", what, goals);
    }

    pub(crate) fn report_in(
        self,
        report: &mut Report,
        part: &'static str,
        what: &str,
        goals: [Goal; 2],
    ) {
        report.add(part, format!("{what}, p50"), "ms", self.p50, goals[0]);
        report.add(part, format!("{what}, p99"), "ms", self.p99, goals[1]);
    }

    /// Beyond `other`, round by round.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let less = |ones: &[f64], others: &[f64]| {
            ones.iter().zip(others).map(|(one, other)| one - other).collect()
        };
        Self { p50: less(&self.p50, &other.p50), p99: less(&self.p99, &other.p99) }
    }
}

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let (count, skip) = (scale.singles, scale.warm_up);
    let [mut lapin, mut relay, mut painted, mut sockets, mut amqp_client] =
        [(); 5].map(|()| Samples::default());
    for _ in 0..scale.rounds {
        let raw = Lapin::connect(&node::vhost().await).await;
        lapin.add(raw.latencies(count, skip).await);
        drop(raw);

        let process = Relay::start(&node::vhost().await, &[]).await;
        let mut client = Client::open(&process.address).await;
        client.receive().await;
        relay.add(client.latencies(count, skip).await);
        drop((client, process));

        let process = Relay::start(&node::vhost().await, &[]).await;
        let browser = Browser::open("about:blank").await;
        browser.allow_long_scripts().await;
        let page = Page { browser };
        let clicks = browser::clicks(&page, &process, count, skip).await;
        painted.add(clicks.painted);
        sockets.add(clicks.sockets);
        drop((process, page));

        // A browser of its own: the page's sockets were watched in the other one.
        let browser = Browser::open("about:blank").await;
        browser.allow_long_scripts().await;
        let peer = AmqpPeer::new(&node::vhost().await).await;
        amqp_client.add(browser::amqp_client_latencies(&browser, &peer, count, skip).await);
    }
    let none = [Goal::None; 2];
    let max = |p50, p99| [Goal::AtMost(p50), Goal::AtMost(p99)];
    let minus = relay.minus(&lapin);
    let by_amqp_client =
        [divide(&sockets.p50, &amqp_client.p50), divide(&sockets.p99, &amqp_client.p99)];
    lapin.report(report, "raw lapin", none);
    relay.report(report, "relay", none);
    minus.report(report, "relay beyond raw lapin", max(0.3, 2.0));
    painted.report(report, "page, click to painted", max(16.0, 33.0));
    sockets.report(report, "page, socket to socket", none);
    amqp_client.report(report, "amqp-client.js over an ideal relay", none);
    for ((quantile, ratio), most) in ["p50", "p99"].into_iter().zip(by_amqp_client).zip([1.1, 1.2])
    {
        let what = format!("page, socket to socket / amqp-client.js, {quantile}");
        report.add("latency", what, "×", ratio, Goal::AtMost(most));
    }
}
