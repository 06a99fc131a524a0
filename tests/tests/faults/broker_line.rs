//! The line between relay and broker.

use warren_tests::{
    amqp::{Amqp, Shape},
    fault::repeat,
    flow::Flow,
    node,
    proxy::Proxy,
    relay::Relay,
};

/// A relay whose line to the broker can be cut, and the tests' own connection beside it.
async fn start() -> (Relay, Proxy, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let proxy = Proxy::start(&url).await;
    let relay = Relay::start(&proxy.amqp_url(), &[]).await;
    relay.readyz(200, "").await;
    (relay, proxy, amqp)
}

#[tokio::test]
async fn a_cut_line_to_the_broker_loses_nothing() {
    repeat("line to the broker cut", async |mut fault| {
        let (relay, proxy, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        proxy.cut();
        flow.until_broker("down").await;
        proxy.mend();
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_line_to_the_broker_that_swallows_everything_loses_nothing() {
    repeat("line to the broker silent", async |mut fault| {
        let (relay, proxy, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        proxy.silence();
        flow.until_broker("down").await;
        proxy.mend();
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}
