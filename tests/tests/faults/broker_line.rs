//! The line between relay and broker.

use std::time::Instant;

use warren_tests::{fault::repeat, flow::Flow, proxy};

#[tokio::test]
async fn a_cut_line_to_the_broker_loses_nothing() {
    repeat("line to the broker cut", async |mut fault| {
        let (relay, proxy, amqp) = proxy::relay_on_a_line().await;
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
        let (relay, proxy, amqp) = proxy::relay_on_a_line().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        let since = Instant::now();
        proxy.silence();
        flow.until_broker("down").await;
        println!("broker silent: noticed after {:.1} s", since.elapsed().as_secs_f64());
        proxy.mend();
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}
