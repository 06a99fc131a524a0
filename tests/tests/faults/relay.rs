//! The relay itself, and the line between page and relay.

use std::time::Instant;

use warren_tests::{
    amqp::{Amqp, Shape},
    fault::repeat,
    flow::Flow,
    node,
    proxy::Proxy,
    relay::Relay,
};

async fn start() -> (String, Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    relay.readyz(200, "").await;
    (url, relay, amqp)
}

#[tokio::test]
async fn a_killed_relay_loses_nothing() {
    repeat("relay killed", async |mut fault| {
        let (url, mut relay, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        relay.program.kill();
        relay.program.ended().await;
        let _again = Relay::start_on(&relay.address, &url, &[]).await;
        flow.assert_whole(&amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_is_told_to_stop_loses_nothing_and_repeats_nothing() {
    repeat("SIGTERM", async |mut fault| {
        let (url, mut relay, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        relay.program.terminate();
        let ended = relay.program.ended().await;
        assert_eq!(ended.code(), Some(0), "{}", relay.program.stderr());
        let _again = Relay::start_on(&relay.address, &url, &[]).await;
        let report = flow.assert_whole(&amqp).await;
        assert_eq!((report.duplicates, report.settled_again), (0, 0), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_cut_websocket_loses_nothing() {
    repeat("WebSocket cut", async |mut fault| {
        let (_url, relay, amqp) = start().await;
        let proxy = Proxy::to(&relay.address).await;
        let flow = Flow::start(&proxy.address.to_string());
        fault.moment(&flow).await;
        proxy.cut();
        proxy.mend();
        let report = flow.assert_whole(&amqp).await;
        assert_eq!(report.links_lost.len(), 2, "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_websocket_that_swallows_everything_loses_nothing() {
    repeat("WebSocket silent", async |mut fault| {
        let (_url, relay, amqp) = start().await;
        let proxy = Proxy::to(&relay.address).await;
        let flow = Flow::start(&proxy.address.to_string());
        fault.moment(&flow).await;
        let since = Instant::now();
        proxy.silence();
        // The relay gives back what it has delivered into the silence.
        amqp.until_consumers(0).await;
        println!(
            "WebSocket silent: the relay noticed after {:.1} s",
            since.elapsed().as_secs_f64()
        );
        proxy.mend();
        let report = flow.assert_whole(&amqp).await;
        assert_eq!(report.links_lost.len(), 2, "{report:#?}");
    })
    .await;
}
