//! A watch: what it costs those who are watched, how many events a second come through, how soon, and
//! what the relay takes for it.

use std::time::Instant;

use tokio::runtime::Builder;
use warren_tests::{
    amqp::QUEUE,
    browser::Browser,
    node::{self, Rabbit},
    page::Page,
    relay::Relay,
};

use crate::{
    baseline::{Lapin, milliseconds},
    browser,
    client::Client,
    load::Load,
    plot::Plot,
    process::growth_mib,
    report::{Goal, Report},
    scale::Scale,
    throughput::divide,
};

const BYTES: usize = 100;
/// Each message is published and delivered.
const EVENTS: usize = 2;

/// Messages a second that leave the machine time to watch.
const STEADY: usize = 5_000;

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let load = Load { bytes: BYTES, count: scale.shared };
    let (mut alone, mut watched, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let (mut missed, mut growth, mut steady) = (Vec::new(), Vec::new(), Vec::new());
    let (mut told, mut painted) = (Quantiles::default(), Quantiles::default());
    let (mut in_page, mut missed_in_page, mut received) = (Vec::new(), Vec::new(), Vec::new());
    let browser = Browser::open("about:blank").await;
    browser.allow_long_scripts().await;
    let page = Page { browser };
    for _ in 0..scale.rounds {
        let vhost = traced_vhost().await;
        let lapin = Lapin::connect(&vhost).await;
        lapin.throughput(load.warm_up()).await;
        alone.push(lapin.throughput(load).await);
        let relay = Relay::ready(&vhost, &[]).await;
        let (rate, seen) = while_watched(&relay, load.count, lapin.throughput(load)).await;
        watched.push(rate);
        events.push(seen.rate);
        missed.push(seen.missed as f64);
        let paced = lapin.paced(load.bytes, STEADY, scale.steady);
        steady.push(while_watched(&relay, scale.steady, paced).await.0);
        let many = Load { bytes: BYTES, count: scale.flood / EVENTS };
        let flood = while_watched(&relay, many.count, lapin.throughput(many));
        growth.push(growth_mib(&relay, flood).await.0);
        add_quantiles(delays(&relay, &lapin, scale).await, &mut told);

        page.go_to(&relay).await;
        browser::throughput(&page, load.warm_up()).await;
        received.push(browser::throughput(&page, load).await);
        page.choose("Watch").await;
        page.browser.until_text("copies of what is published").await;
        browser::watch(&page, EVENTS * load.warm_up().count, lapin.throughput(load.warm_up()))
            .await;
        let flow = lapin.throughput(load);
        let (rate, missed) = browser::watch(&page, EVENTS * load.count, flow).await;
        in_page.push(rate);
        missed_in_page.push(missed);
        let one = Load { bytes: BYTES, count: 1 };
        let publish = async || lapin.publish(one).await;
        let times = browser::watch_delays(&page, scale.singles, scale.warm_up, publish).await;
        add_quantiles(times, &mut painted);
        page.browser.go_to("about:blank").await;
    }
    page.browser.assert_console_clean().await;
    let by_receiving = divide(&in_page, &received);
    let ratio = divide(&watched, &alone);
    let part = "watch";
    report.add(part, "two clients, traced and nobody watches", "msg/s", alone, Goal::None);
    report.add(part, "the same while one watches", "msg/s", watched, Goal::None);
    report.add(part, "watched / not watched", "×", ratio, Goal::AtLeast(0.8));
    let what = format!("two clients at {STEADY} a second while one watches");
    report.add(part, what, "msg/s", steady, Goal::AtLeast(0.95 * STEADY as f64));
    report.add(part, "events to a client that does little", "events/s", events, Goal::None);
    report.add(part, format!("missed of {}", load.count * EVENTS), "events", missed, Goal::None);
    report.add(part, "page: messages received and sent", "msg/s", received, Goal::None);
    report.add(part, "page: events watched", "events/s", in_page, Goal::None);
    let what = "page: events watched / messages received";
    report.add(part, what, "×", by_receiving, Goal::AtLeast(0.5));
    let what = format!("page: missed of {}", load.count * EVENTS);
    report.add(part, what, "events", missed_in_page, Goal::None);
    let what = format!("relay's growth, {} events", scale.flood);
    report.add(part, what, "MiB", growth, Goal::AtMost(64.0));
    let [median, slow] = told;
    report.add(part, "publish to event, p50", "ms", median, Goal::None);
    report.add(part, "publish to event, p99", "ms", slow, Goal::None);
    let [median, slow] = painted;
    report.add(part, "page: publish to row, p50", "ms", median, Goal::AtMost(25.0));
    report.add(part, "page: publish to row, p99", "ms", slow, Goal::None);
}

/// How the rate of events depends on how many are watched.
pub(crate) async fn growth(scale: &Scale) -> Plot {
    let mut plot = Plot::new("watched", "Events watched", "events per second");
    let counts = [2_000, 20_000, 200_000, 1_000_000];
    for count in counts.into_iter().filter(|count| *count <= scale.flood) {
        let vhost = traced_vhost().await;
        let lapin = Lapin::connect(&vhost).await;
        let relay = Relay::ready(&vhost, &[]).await;
        let load = Load { bytes: BYTES, count: count / EVENTS };
        let (_, seen) = while_watched(&relay, load.count, lapin.throughput(load)).await;
        plot.add("relay", count as f64, seen.rate);
    }
    plot
}

/// p50 and p99, one of each for each round.
type Quantiles = [Vec<f64>; 2];

fn add_quantiles(mut times: Vec<f64>, quantiles: &mut Quantiles) {
    times.sort_by(f64::total_cmp);
    quantiles[0].push(times[times.len() / 2]);
    quantiles[1].push(times[times.len() * 99 / 100]);
}

async fn traced_vhost() -> String {
    let url = node::vhost().await;
    node::trace_on(Rabbit::V3, &url).await;
    url
}

/// What a watching client has had.
struct Seen {
    rate: f64,
    missed: usize,
}

/// Does `work`, in which `count` messages pass through `hello`, while another thread watches.
async fn while_watched<T>(relay: &Relay, count: usize, work: impl Future<Output = T>) -> (T, Seen) {
    let mut client = Client::open(&relay.address).await;
    client.watch(QUEUE).await;
    drop(client);
    let address = relay.address.clone();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let watching = tokio::task::spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut client = Client::open(&address).await;
            client.watch(QUEUE).await;
            begun.send(()).unwrap();
            let start = Instant::now();
            let missed = client.until_observed(EVENTS * count).await;
            let seen = EVENTS * count - missed.min(EVENTS * count);
            Seen { rate: seen as f64 / start.elapsed().as_secs_f64(), missed }
        })
    });
    begins.await.unwrap();
    let done = work.await;
    (done, watching.await.unwrap())
}

/// Milliseconds from publishing a message to its event, one at a time.
async fn delays(relay: &Relay, lapin: &Lapin, scale: &Scale) -> Vec<f64> {
    let mut client = Client::open(&relay.address).await;
    client.watch(QUEUE).await;
    let mut times = Vec::with_capacity(scale.singles);
    for number in 0..scale.warm_up + scale.singles {
        let start = Instant::now();
        let event = async {
            client.until_observed(1).await;
            milliseconds(start.elapsed())
        };
        let ((), time) = tokio::join!(lapin.publish(Load { bytes: BYTES, count: 1 }), event);
        if number >= scale.warm_up {
            times.push(time);
        }
    }
    times
}
