//! Something breaks while messages are moved from one queue to another. Afterwards each of them is in
//! one of both, counted by its name; in both only under the same name.

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use lapin::{
    options::{BasicConsumeOptions, QueueDeclareOptions, QueuePurgeOptions},
    types::{AMQPValue, FieldTable},
};
use warren_frontend::store::State;
use warren_protocol::BrokerState;
use warren_tests::{
    amqp::Amqp,
    fault::{repeat, repeat_on},
    mover::{Mover, SOURCE, TARGET},
    node::{self, Rabbit},
    own_node::OwnNode,
    proxy::Proxy,
    relay::Relay,
    wait::{LIMIT, within},
};

// On either RabbitMQ what is the broker's doing; what relay, line and page do is the same on both.
on_each_rabbit!(
    a_move_without_a_fault_moves_each_message_once,
    a_broker_that_is_stopped_ends_a_move_that_can_be_gone_on_with,
    a_deleted_target_stops_a_move_and_takes_only_what_was_in_it,
    a_target_that_is_full_stops_a_move_and_the_originals_stay,
    a_purged_source_ends_a_move_and_only_the_purged_are_gone,
);

const COUNT: u64 = 20_000;
const QUEUES: [&str; 4] = ["--queue", SOURCE, "--queue", TARGET];

/// Both queues, the source full, and a relay at them.
async fn start(url: &str, target: FieldTable) -> (Relay, Amqp) {
    let amqp = Amqp::connect(url).await;
    amqp.fill(SOURCE, COUNT as usize, 100).await;
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    amqp.declare_queue(TARGET, options, target).await;
    let relay = Relay::ready(url, &QUEUES).await;
    (relay, amqp)
}

/// How often each message is in the queue, which is emptied.
pub(crate) async fn names(amqp: &Amqp, queue: &str) -> BTreeMap<u64, usize> {
    let (ready, _) = amqp.counts_of(queue).await.unwrap();
    let channel = amqp.channel().await;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let consume = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
    let mut consumer = consume.await.unwrap();
    let mut names = BTreeMap::new();
    for _ in 0..ready {
        let next = tokio::time::timeout(LIMIT, consumer.next()).await;
        let delivery = next.unwrap_or_else(|_| panic!("{queue} has fewer than {ready}")).unwrap();
        let id = delivery.unwrap().properties.message_id().as_ref().unwrap().to_string();
        *names.entry(id.parse().unwrap()).or_default() += 1;
    }
    names
}

/// The page leaves, which gives back so many messages to the source. Then gives the names of those that
/// are in neither queue, and how many are in the source and in the target.
async fn count(page: Mover, amqp: &Amqp, source: u64) -> (Vec<u64>, u64, u64) {
    page.leave().await;
    amqp.until_counts_of(SOURCE, source as u32, 0).await;
    let (source, target) = (names(amqp, SOURCE).await, names(amqp, TARGET).await);
    let known = |number: &u64| (1..=COUNT).contains(number);
    assert!(source.keys().chain(target.keys()).all(known), "a message of an unknown name");
    assert!(source.values().all(|times| *times == 1), "the source has a message twice");
    let missing = |number: &u64| !source.contains_key(number) && !target.contains_key(number);
    ((1..=COUNT).filter(missing).collect(), source.len() as u64, target.len() as u64)
}

fn is_up(state: &State) -> bool {
    matches!(state.broker(), Some(BrokerState::Up { .. }))
}

/// Waits until nobody receives from the source: what the session had that was lost is back.
pub(crate) async fn until_free(amqp: &Amqp) {
    let free = async || amqp.counts_of(SOURCE).await.filter(|counts| counts.1 == 0);
    within(LIMIT, free).await.expect("somebody still receives from the source");
}

/// The page goes on with the move: then everything is in the target, and nothing in the source.
async fn assert_moved(mut page: Mover, amqp: &Amqp) {
    page.move_all(1, COUNT).await;
    let moving = page.finished().await;
    assert_eq!((moving.failed, moving.left), (0, 0), "{moving:#?}");
    assert_eq!(count(page, amqp, 0).await, (vec![], 0, COUNT));
}

async fn a_move_without_a_fault_moves_each_message_once(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (relay, amqp) = start(&url, FieldTable::default()).await;
    let mut page = Mover::at(&relay.address);
    page.move_all(COUNT, COUNT).await;
    let moving = page.finished().await;
    assert_eq!((moving.moved, moving.total, moving.notes), (COUNT, COUNT, vec![]));
    amqp.until_counts_of(TARGET, COUNT as u32, 0).await;
    assert_eq!(count(page, &amqp, 0).await, (vec![], 0, COUNT));
}

#[tokio::test]
async fn a_killed_relay_ends_a_move_that_can_be_gone_on_with() {
    repeat("move: relay killed", async |mut fault| {
        let url = node::vhost().await;
        let (mut relay, amqp) = start(&url, FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        relay.program.kill();
        relay.program.ended().await;
        let moving = page.finished().await;
        assert!(moving.notes[0].contains("the link to the relay was lost"), "{moving:#?}");
        until_free(&amqp).await;
        let _again = Relay::start_on(&relay.address, &url, &QUEUES).await;
        assert_moved(page, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_line_ends_a_move_that_can_be_gone_on_with() {
    repeat("move: WebSocket cut", async |mut fault| {
        let (relay, amqp) = start(&node::vhost().await, FieldTable::default()).await;
        let proxy = Proxy::to(&relay.address).await;
        let mut page = Mover::at(&proxy.address.to_string());
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        proxy.cut();
        let moving = page.finished().await;
        assert!(moving.notes[0].contains("the link to the relay was lost"), "{moving:#?}");
        until_free(&amqp).await;
        proxy.mend();
        assert_moved(page, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_cut_line_to_the_broker_ends_a_move_that_can_be_gone_on_with() {
    repeat("move: line to the broker cut", async |mut fault| {
        let url = node::vhost().await;
        let proxy = Proxy::start(&url).await;
        let (relay, _) = start(&proxy.amqp_url(), FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        proxy.cut();
        let moving = page.finished().await;
        assert!(moving.notes[0].starts_with("Stopped"), "{moving:#?}");
        // The queue's connection and the publishing one are not lost at the same moment.
        page.until("it hears that the broker is away", |state| !is_up(state)).await;
        let amqp = Amqp::connect(&url).await;
        until_free(&amqp).await;
        proxy.mend();
        page.until("it hears that the broker is back", is_up).await;
        assert_moved(page, &amqp).await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_leaves_in_the_middle_loses_nothing() {
    repeat("move: page reloaded", async |mut fault| {
        let (relay, amqp) = start(&node::vhost().await, FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        drop(page);
        until_free(&amqp).await;
        assert_moved(Mover::at(&relay.address), &amqp).await;
    })
    .await;
}

async fn a_broker_that_is_stopped_ends_a_move_that_can_be_gone_on_with(rabbit: Rabbit) {
    repeat_on(rabbit, "move: broker stopped and started", async |mut fault| {
        let mut node = OwnNode::take(rabbit).await;
        let (relay, _) = start(node.url(), FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        let (_, moving) = tokio::join!(node.stop(), page.finished());
        assert!(moving.notes[0].starts_with("Stopped"), "{moving:#?}");
        page.until("it hears that the broker is away", |state| !is_up(state)).await;
        node.start_again().await;
        page.until("it hears that the broker is back", is_up).await;
        let amqp = Amqp::connect(node.url()).await;
        assert_moved(page, &amqp).await;
    })
    .await;
}

async fn a_deleted_target_stops_a_move_and_takes_only_what_was_in_it(rabbit: Rabbit) {
    repeat_on(rabbit, "move: target deleted", async |mut fault| {
        let (relay, amqp) =
            start(&node::vhost_on(rabbit).await.unwrap(), FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        let (_, moving) = tokio::join!(amqp.delete_queue(TARGET), page.finished());
        assert!(moving.failed > 0 && moving.left > 0, "{moving:#?}");
        assert!(moving.notes[0].contains("a copy failed"), "{moving:#?}");
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        amqp.declare_queue(TARGET, options, FieldTable::default()).await;
        // What was in the target is the deleter's, and so is what was confirmed on its way into it.
        let (missing, source, target) = count(page, &amqp, COUNT - moving.moved).await;
        assert_eq!((missing.len() as u64, target), (moving.moved, 0), "{moving:#?}");
        assert_eq!(source, moving.failed + moving.left, "{moving:#?}");
    })
    .await;
}

async fn a_target_that_is_full_stops_a_move_and_the_originals_stay(rabbit: Rabbit) {
    repeat_on(rabbit, "move: target full", async |mut fault| {
        let max = fault.moment_of(COUNT);
        let mut arguments = FieldTable::default();
        let length = AMQPValue::LongLongInt(i64::try_from(max).unwrap());
        arguments.insert("x-max-length".into(), length);
        arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        let (relay, amqp) = start(&node::vhost_on(rabbit).await.unwrap(), arguments).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        let moving = page.finished().await;
        assert!(moving.moved >= max && moving.failed > 0, "{moving:#?}");
        assert!(moving.notes.iter().any(|note| note.contains("refused it")), "{moving:#?}");
        let left = COUNT - moving.moved;
        assert_eq!(count(page, &amqp, left).await, (vec![], left, moving.moved));
    })
    .await;
}

async fn a_purged_source_ends_a_move_and_only_the_purged_are_gone(rabbit: Rabbit) {
    repeat_on(rabbit, "move: source purged", async |mut fault| {
        let (relay, amqp) =
            start(&node::vhost_on(rabbit).await.unwrap(), FieldTable::default()).await;
        let mut page = Mover::at(&relay.address);
        page.move_all(COUNT, COUNT).await;
        page.until_moved(fault.moment_of(COUNT)).await;
        let channel = amqp.channel().await;
        let purge = channel.queue_purge(SOURCE.into(), QueuePurgeOptions::default());
        let (purged, moving) = tokio::join!(purge, page.finished());
        let purged = u64::from(purged.unwrap());
        assert_eq!((moving.failed, moving.left), (0, 0), "{moving:#?}");
        let (missing, source, target) = count(page, &amqp, 0).await;
        assert_eq!((missing.len() as u64, source, target), (purged, 0, COUNT - purged));
    })
    .await;
}
