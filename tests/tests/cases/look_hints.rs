//! What a look costs can be said before it starts: the queue's type, how often its messages went back,
//! the broker's version.

use warren_protocol::{BrokerState, QueueStatus, QueueType};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    proxy::Proxy,
    relay::Relay,
};

use crate::case::{Case, QUEUE, declare_type, numbers, publish};

on_each_rabbit!(
    a_quorum_queue_tells_with_each_look_how_often_its_messages_went_back,
    a_classic_queue_is_known_by_its_second_look,
    what_the_relay_has_declared_is_known_at_once,
    the_broker_says_what_it_is,
);

/// Waits until the queue's type and delivery count are told as these.
async fn until_hints(page: &mut Client, wanted: (Option<QueueType>, Option<u32>)) {
    page.until(&format!("hints {wanted:?}"), |page| match &page.queues.first()?.status {
        QueueStatus::Counts { queue_type, delivery_count, .. } => {
            ((*queue_type, *delivery_count) == wanted).then_some(())
        }
        QueueStatus::Unreadable { .. } => None,
    })
    .await;
}

async fn look_once(page: &mut Client) {
    page.look(QUEUE).await;
    let shown = page.take(3).await;
    assert_eq!(numbers(&shown), [1, 2, 3]);
    page.pause().await;
}

async fn a_quorum_queue_tells_with_each_look_how_often_its_messages_went_back(rabbit: Rabbit) {
    let prepare = async |amqp: &Amqp| {
        declare_type(amqp, QUEUE, "quorum").await;
        publish(amqp, QUEUE, 1..=3).await;
    };
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut page = case.session().await;
    until_hints(&mut page, (None, None)).await;
    look_once(&mut page).await;
    for looks in 2..=19u32 {
        look_once(&mut page).await;
        until_hints(&mut page, (Some(QueueType::Quorum), Some(looks - 1))).await;
    }
    // RabbitMQ 4.0 lets a message come back 20 times.
    look_once(&mut page).await;
    case.amqp.until_counts_of(QUEUE, 3, 0).await;
    look_once(&mut page).await;
    let left = if rabbit == Rabbit::V4 { 0 } else { 3 };
    case.amqp.until_counts_of(QUEUE, left, 0).await;
    // Another queue of that name has another story.
    case.amqp.delete_queue(QUEUE).await;
    let gone = |page: &mut Client| {
        matches!(page.queues.first()?.status, QueueStatus::Unreadable { .. }).then_some(())
    };
    page.until("the queue is gone", gone).await;
    declare_type(&case.amqp, QUEUE, "quorum").await;
    until_hints(&mut page, (None, None)).await;
    case.finish().await;
}

async fn a_classic_queue_is_known_by_its_second_look(rabbit: Rabbit) {
    let prepare = async |amqp: &Amqp| {
        declare_type(amqp, QUEUE, "classic").await;
        publish(amqp, QUEUE, 1..=3).await;
    };
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut page = case.session().await;
    look_once(&mut page).await;
    until_hints(&mut page, (None, None)).await;
    look_once(&mut page).await;
    until_hints(&mut page, (Some(QueueType::Classic), None)).await;
    case.finish().await;
}

async fn what_the_relay_has_declared_is_known_at_once(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    for (kind, queue_type) in [
        ("auto", QueueType::Classic),
        ("durable", QueueType::Classic),
        ("quorum", QueueType::Quorum),
        ("stream", QueueType::Stream),
    ] {
        let relay = Relay::ready(&url, &["--queue", kind, "--queue-kind", kind]).await;
        let mut page = Client::start(&relay).await;
        until_hints(&mut page, (Some(queue_type), None)).await;
    }
}

fn is(state: &BrokerState, release: &str) -> bool {
    matches!(state, BrokerState::Up { product: Some(product), version: Some(version) }
        if product == "RabbitMQ" && version.starts_with(release))
}

async fn the_broker_says_what_it_is(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let version = node::ctl_on(rabbit, &["version"]).await;
    let relay = Relay::ready(&url, &[]).await;
    let page = Client::start(&relay).await;
    assert!(page.broker.as_ref().is_some_and(|state| is(state, version.trim())), "{page:?}");
}

#[tokio::test]
async fn a_connection_that_goes_to_a_node_of_another_version_says_so() {
    let (Some(old), Some(new)) =
        (node::vhost_on(Rabbit::V3).await, node::vhost_on(Rabbit::V4).await)
    else {
        return;
    };
    let proxy = Proxy::start(&old).await;
    let relay = Relay::ready(&proxy.amqp_url(), &["--amqp-url", &new]).await;
    let mut page = Client::start(&relay).await;
    page.until_broker("3.x", |state| is(state, "3.")).await;
    proxy.cut();
    page.until_broker("4.x", |state| is(state, "4.")).await;
}
