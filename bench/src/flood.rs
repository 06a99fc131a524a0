//! The relay's memory under a flood: a million messages through one session, and one reader among
//! a hundred that takes nothing.

use warren_tests::{node, relay::Relay};

use crate::{
    client::Client,
    load::Load,
    process::growth_mib,
    report::{Goal, Report},
    scale::Scale,
    sessions::{open, receive, shared_rate},
};

const MOST_MIB: f64 = 64.0;
const READERS: usize = 100;

/// Measures and reports.
pub(crate) async fn measure(scale: &Scale, report: &mut Report) {
    let (mut flood, mut stalled) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        let relay = Relay::start(&node::vhost().await, &[]).await;
        let mut client = Client::open(&relay.address).await;
        client.receive().await;
        let load = Load { bytes: 100, count: scale.flood };
        flood.push(growth_mib(&relay, client.throughput(load)).await.0);

        let relay = Relay::start(&node::vhost().await, &[]).await;
        let mut readers = open(&relay, READERS).await;
        receive(&mut readers).await;
        let stalls = readers.pop().unwrap();
        // What the stalled one holds comes to the others only when it is given up.
        let count = scale.beside_stalled;
        stalled.push(growth_mib(&relay, shared_rate(&relay, readers, count)).await.0);
        drop(stalls);
    }
    let what = format!("relay's growth, {} messages through one session", scale.flood);
    report.add("memory", what, "MiB", flood, Goal::AtMost(MOST_MIB));
    let what = format!("relay's growth, {READERS} readers of which one takes nothing");
    report.add("memory", what, "MiB", stalled, Goal::AtMost(MOST_MIB));
}
