//! Queues that a user names are somebody's: the relay declares none that it was not told to.

use lapin::{
    options::{QueueDeclareOptions, QueueDeleteOptions},
    types::{AMQPValue, FieldTable},
};
use warren_protocol::{AckMode, Detail, QueueStatus, ServerMessage, StopReason};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    relay::Relay,
    witness::WITNESS,
};

use crate::case::{Case, declare, publish, take_numbers};

/// The application's own queue.
const ORDERS: &str = "orders";
/// No `--queue-kind`.
const QUEUES: [&str; 4] = ["--queue", ORDERS, "--queue", WITNESS];

on_each_rabbit!(
    an_application_declares_its_queue_after_the_relay_has_started,
    a_queue_that_vanishes_is_left_to_its_application,
    without_a_queue_named_the_relay_declares_hello,
    hello_is_not_declared_where_it_is_named,
);

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}

/// Waits until the relay has looked for the queue, and has not found it. What it says before it is
/// connected tells nothing.
async fn until_missing(page: &mut Client, queue: &str) {
    page.until("the relay misses the queue", |client| {
        let found = client.queues.iter().find(|found| found.name == queue)?;
        let QueueStatus::Unreadable { error } = &found.status else { return None };
        matches!(error, Detail::QueueMissing { .. } | Detail::QueueGone { .. }).then_some(())
    })
    .await;
}

async fn an_application_declares_its_queue_after_the_relay_has_started(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let case = Case::start_at(&url, &url, &QUEUES, async |_| {}).await;
    let mut page = case.session().await;
    page.ask_for(ORDERS, AckMode::Auto, None).await;
    until_missing(&mut page, ORDERS).await;
    assert_eq!(case.amqp.counts_of(ORDERS).await, None);
    // The application, as its code says.
    declare(&case.amqp, ORDERS, quorum()).await;
    publish(&case.amqp, ORDERS, 1..=10).await;
    assert!(take_numbers(&mut page, 10).await.into_iter().eq(1..=10));
    case.finish().await;
}

async fn a_queue_that_vanishes_is_left_to_its_application(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let prepare = async |amqp: &Amqp| declare(amqp, ORDERS, FieldTable::default()).await;
    let case = Case::start_at(&url, &url, &QUEUES, prepare).await;
    let mut page = case.session().await;
    page.receive_from(ORDERS, AckMode::Auto, None).await;
    let channel = case.amqp.channel().await;
    channel.queue_delete(ORDERS.into(), QueueDeleteOptions::default()).await.unwrap();
    page.stopped(StopReason::QueueDeleted).await;
    until_missing(&mut page, ORDERS).await;
    assert_eq!(case.amqp.counts_of(ORDERS).await, None);
    // The application declares it otherwise than it was.
    declare(&case.amqp, ORDERS, quorum()).await;
    let receiving = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { .. });
    page.event("receiving again", receiving).await;
    publish(&case.amqp, ORDERS, 1..=10).await;
    assert!(take_numbers(&mut page, 10).await.into_iter().eq(1..=10));
    case.finish().await;
}

async fn without_a_queue_named_the_relay_declares_hello(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let relay = Relay::ready(&url, &[]).await;
    let mut page = Client::receiving(&relay).await;
    page.publish(1, "x").await;
    page.confirmed(1).await;
    assert_eq!(page.take(1).await[0].routing_key, "hello");
    // As the tutorial declares it: the same again is no mistake.
    let amqp = Amqp::connect(&url).await;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    amqp.declare_queue("hello", passive, FieldTable::default()).await;
}

async fn hello_is_not_declared_where_it_is_named(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let relay = Relay::start(&url, &["--queue", "hello"]).await;
    let mut page = Client::start(&relay).await;
    until_missing(&mut page, "hello").await;
    let amqp = Amqp::connect(&url).await;
    assert_eq!(amqp.counts_of("hello").await, None);
    // So the application can declare it as its code says.
    declare(&amqp, "hello", quorum()).await;
    page.until_queue(0, 0).await;
}
