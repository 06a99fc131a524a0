//! The private RabbitMQ node that all else stands on.

#![allow(clippy::unwrap_used)] // a test may

use warren_tests::{
    amqp::{Amqp, Shape},
    node,
};
use xtask::rabbitmq::PrivateNode;

#[tokio::test]
async fn a_node_keeps_its_durable_messages_when_it_is_stopped_and_when_it_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    let start = move || PrivateNode::start(&path, "warren-node-test").unwrap();
    let mut node = tokio::task::spawn_blocking(start).await.unwrap();
    let url = format!("{}/%2f", node.amqp_url());

    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Quorum).await;
    amqp.publish(b"kept").await;
    drop(amqp);

    for kill in [false, true] {
        node = tokio::task::spawn_blocking(move || {
            if kill { node.kill() } else { node.stop() }.unwrap();
            node.start_again().unwrap();
            node
        })
        .await
        .unwrap();
        let amqp = Amqp::connect(&url).await;
        amqp.until_counts(1, 0).await;
    }
    let vhosts = tokio::task::spawn_blocking(move || node.ctl(&["list_vhosts"]).unwrap());
    assert_eq!(vhosts.await.unwrap().lines().last(), Some("/"));
}

#[tokio::test]
async fn each_test_has_a_vhost_of_its_own() {
    let (one, other) = (node::vhost().await, node::vhost().await);
    let (one, other) = (Amqp::connect(&one).await, Amqp::connect(&other).await);
    one.declare(Shape::Durable).await;
    assert_eq!(one.counts().await, Some((0, 0)));
    assert_eq!(other.counts().await, None);
}
