//! A watch: what it costs those who are watched, how many events a second come through, how soon, and
//! what the relay takes for it.

use std::time::Instant;

use tokio::runtime::Builder;
use warren_tests::{
    amqp::QUEUE,
    node::{self, Rabbit},
    relay::Relay,
};

use crate::{
    baseline::{Lapin, milliseconds},
    client::Client,
    load::Load,
    process::growth_mib,
    report::{Goal, Report},
    scale::Scale,
    throughput::divide,
};

const BYTES: usize = 100;
/// Each message is published and delivered.
const EVENTS: usize = 2;

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let load = Load { bytes: BYTES, count: scale.shared };
    let (mut alone, mut watched, mut events) = (Vec::new(), Vec::new(), Vec::new());
    let (mut missed, mut growth) = (Vec::new(), Vec::new());
    let (mut median, mut slow) = (Vec::new(), Vec::new());
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
        let many = Load { bytes: BYTES, count: scale.flood / EVENTS };
        let flood = while_watched(&relay, many.count, lapin.throughput(many));
        growth.push(growth_mib(&relay, flood).await.0);
        let mut times = delays(&relay, &lapin, scale).await;
        times.sort_by(f64::total_cmp);
        median.push(times[times.len() / 2]);
        slow.push(times[times.len() * 99 / 100]);
    }
    let ratio = divide(&watched, &alone);
    let part = "watch";
    report.add(part, "two clients, traced and nobody watches", "msg/s", alone, Goal::None);
    report.add(part, "the same while one watches", "msg/s", watched, Goal::None);
    report.add(part, "watched / not watched", "×", ratio, Goal::AtLeast(0.8));
    report.add(part, "events to a client that does little", "events/s", events, Goal::None);
    report.add(part, format!("missed of {}", load.count * EVENTS), "events", missed, Goal::None);
    let what = format!("relay's growth, {} events", scale.flood);
    report.add(part, what, "MiB", growth, Goal::AtMost(64.0));
    report.add(part, "publish to event, p50", "ms", median, Goal::None);
    report.add(part, "publish to event, p99", "ms", slow, Goal::None);
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
