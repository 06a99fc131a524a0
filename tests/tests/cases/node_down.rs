//! A queue whose node is down: the broker says so, and so does the page.

use lapin::types::FieldTable;
use warren_protocol::{AckMode, QueueStatus};
use warren_tests::{
    amqp::Amqp, client::Client, cluster::Cluster, own_node::OwnNode, relay::Relay, witness::Witness,
};

use crate::case::{QUEUE, QUEUES, declare, publish, take_numbers};

#[tokio::test]
async fn a_queue_whose_node_is_down_is_not_called_missing() {
    // Four nodes at once would be too much for a small machine.
    let _turn = OwnNode::turn().await;
    let mut cluster = Cluster::start().await;
    let urls = cluster.fresh_vhost().await;
    // Each classic queue is at home where it was declared.
    let away = Amqp::connect(&urls[0]).await;
    declare(&away, QUEUE, FieldTable::default()).await;
    publish(&away, QUEUE, 1..=10).await;
    drop(away);
    let amqp = Amqp::connect(&urls[1]).await;
    Witness::declare(&amqp).await;
    let relay = Relay::ready(&urls[1], &QUEUES).await;
    let witness = Witness::start(&relay).await;
    let mut page = Client::start(&relay).await;
    cluster.kill_first().await;
    page.ask_for(QUEUE, AckMode::Auto, None).await;
    let error = page
        .until("the count says why it cannot be read", |client| {
            let queue = client.queues.iter().find(|queue| queue.name == QUEUE)?;
            let QueueStatus::Unreadable { error } = &queue.status else { return None };
            Some(error.to_string())
        })
        .await;
    assert!(error.contains("is down or inaccessible"), "{error}");
    assert!(!error.contains("does not exist") && !error.contains("there is no queue"), "{error}");
    cluster.start_first_again().await;
    assert!(take_numbers(&mut page, 10).await.into_iter().eq(1..=10));
    witness.finish(&relay).await;
}
