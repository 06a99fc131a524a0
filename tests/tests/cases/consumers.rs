//! What a queue makes of its consumers: a window that grows must not cost it anything.

use futures_util::StreamExt as _;
use lapin::{
    BasicProperties,
    options::{BasicConsumeOptions, BasicQosOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};
use warren_protocol::AckMode;
use warren_tests::{amqp::Amqp, node::Rabbit, wait};

use crate::case::{Case, QUEUE, declare, publish, take_numbers};

const MESSAGES: usize = 200;
const TOPIC: &str = "amq.topic";

on_each_rabbit!(
    an_auto_delete_queue_keeps_its_messages_and_bindings_while_a_page_receives,
    the_single_active_consumer_stays_active_as_its_window_grows,
    a_quorum_queues_single_active_consumer_stays_active_as_its_window_grows,
);

async fn an_auto_delete_queue_keeps_its_messages_and_bindings_while_a_page_receives(
    rabbit: Rabbit,
) {
    let prepare = async |amqp: &Amqp| {
        let options = QueueDeclareOptions { auto_delete: true, ..QueueDeclareOptions::default() };
        amqp.declare_queue(QUEUE, options, FieldTable::default()).await;
        let bind = QueueBindOptions::default();
        let table = FieldTable::default();
        let channel = amqp.channel().await;
        channel
            .queue_bind(QUEUE.into(), TOPIC.into(), "orders.#".into(), bind, table)
            .await
            .unwrap();
        publish(amqp, QUEUE, 1..=MESSAGES).await;
    };
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut page = case.session().await;
    page.receive_from(QUEUE, AckMode::Auto, None).await;
    let numbers = take_numbers(&mut page, MESSAGES).await;
    assert!(numbers.into_iter().eq(1..=MESSAGES));
    // It is the same queue: its binding is there.
    case.amqp.publish_by(TOPIC, "orders.new", b"bound", BasicProperties::default()).await;
    assert_eq!(page.take_and_ack(1).await[0].routing_key, "orders.new");
    drop(page);
    // Its last consumer has left.
    let deleted = async || case.amqp.counts_of(QUEUE).await.is_none().then_some(());
    wait::until("the broker deletes the queue", String::new, deleted).await;
    case.finish().await;
}

fn single_active() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-single-active-consumer".into(), AMQPValue::Boolean(true));
    arguments
}

async fn the_single_active_consumer_stays_active_as_its_window_grows(rabbit: Rabbit) {
    stays_active(rabbit, single_active()).await;
}

async fn a_quorum_queues_single_active_consumer_stays_active_as_its_window_grows(rabbit: Rabbit) {
    let mut arguments = single_active();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    stays_active(rabbit, arguments).await;
}

async fn stays_active(rabbit: Rabbit, arguments: FieldTable) {
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, arguments).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut page = case.session().await;
    page.receive_from(QUEUE, AckMode::Auto, None).await;
    case.amqp.until_counts_of(QUEUE, 0, 1).await;
    let channel = case.amqp.channel().await;
    channel.basic_qos(100, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    let consume = channel.basic_consume(QUEUE.into(), "".into(), options, FieldTable::default());
    let mut other = consume.await.unwrap();

    publish(&case.amqp, QUEUE, 1..=MESSAGES).await;
    let numbers = take_numbers(&mut page, MESSAGES).await;
    assert!(numbers.into_iter().eq(1..=MESSAGES), "in order, and all of them");

    // The other's turn comes with the page's end, and it has had nothing before.
    drop(page);
    case.amqp.until_counts_of(QUEUE, 0, 1).await;
    publish(&case.amqp, QUEUE, 0..=0).await;
    let first = tokio::time::timeout(wait::LIMIT, other.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(first.properties.message_id().as_ref().map(|id| id.as_str()), Some("0"));
    case.finish().await;
}
