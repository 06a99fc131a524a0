//! A cluster of which a node dies.

use warren_tests::{
    amqp::{Amqp, Shape},
    cluster::Cluster,
    fault::repeat,
    flow::Flow,
    own_node::OwnNode,
    relay::Relay,
};

#[tokio::test]
async fn when_the_relays_node_is_killed_it_moves_to_the_next_and_nothing_is_lost() {
    // Four nodes at once would be too much for a small machine.
    let _turn = OwnNode::turn().await;
    let mut cluster = Cluster::start().await;
    repeat("cluster node killed", async |mut fault| {
        let urls = cluster.fresh_vhost().await;
        let amqp = Amqp::connect(&urls[1]).await;
        amqp.declare(Shape::Quorum).await;
        let more: Vec<&str> = urls[1..].iter().flat_map(|url| ["--amqp-url", url]).collect();
        let relay = Relay::start(&urls[0], &more).await;
        relay.readyz(200, "").await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        cluster.kill_first().await;
        flow.until_broker("down").await;
        flow.until_broker("up").await;
        flow.until_received_more(1_000).await;
        // Until it is back, a quorum queue keeps the consumers of a lost node in its books.
        cluster.start_first_again().await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}
