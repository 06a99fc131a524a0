//! However much waits, is held back or is sent: the relay's memory stays within its budget and
//! what it needs besides.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use lapin::types::FieldTable;
use tokio::{
    sync::watch,
    time::{interval, timeout},
};
use warren_protocol::{AckMode, Body, Properties};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    limits_file::LimitsFile,
    node::Rabbit,
    own_node::OwnNode,
    relay::Relay,
    wait,
    witness::{WITNESS, Witness},
};

use crate::case::{Case, QUEUE, declare};

const MIB: usize = 1024 * 1024;
/// The budget is 512 MiB unless an operator says otherwise.
const MAX_RESIDENT: usize = 700 * MIB;
/// For gigabytes through a machine of two cores that does other things as well.
const GIGABYTES: Duration = Duration::from_secs(240);
/// So many looks in a row find the same, some seconds: it does not change any more.
const LOOKS: usize = 100;

on_each_rabbit!(
    large_messages_to_many_receivers_keep_within_the_memory_budget,
    receivers_that_never_read_keep_within_the_memory_budget,
);

fn assert_within_budget(relay: &Relay) {
    let peak = relay.peak_resident();
    println!("the relay had {} MiB at most", peak / MIB);
    assert!(peak <= MAX_RESIDENT, "{} MiB", peak / MIB);
}

async fn large_messages_to_many_receivers_keep_within_the_memory_budget(rabbit: Rabbit) {
    const MESSAGES: usize = 60;
    const SESSIONS: usize = 8;
    let prepare = async |amqp: &Amqp| amqp.fill(QUEUE, MESSAGES, 16 * MIB).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let arrived = watch::Sender::new(BTreeSet::new());
    let receive = async || {
        let mut session = case.session().await;
        session.ask_for(QUEUE, AckMode::Auto, None).await;
        let mut all = arrived.subscribe();
        loop {
            tokio::select! {
                () = session.read() => {}
                _ = all.wait_for(|ids: &BTreeSet<String>| ids.len() == MESSAGES) => return,
            }
            while !session.deliveries.is_empty() {
                let taken = session.take_and_ack(1).await.remove(0);
                assert_eq!(taken.body.len(), 16 * MIB);
                arrived.send_modify(|ids| {
                    ids.insert(taken.properties.message_id.unwrap());
                });
            }
        }
    };
    let all = timeout(GIGABYTES, join_all((0..SESSIONS).map(|_| receive()))).await;
    assert!(all.is_ok(), "only these have arrived: {:?}", arrived.borrow());
    assert_within_budget(&case.relay);
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    case.finish().await;
}

async fn receivers_that_never_read_keep_within_the_memory_budget(rabbit: Rabbit) {
    const MESSAGES: usize = 1_200;
    const SESSIONS: usize = 32;
    let prepare = async |amqp: &Amqp| amqp.fill(QUEUE, MESSAGES, MIB).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    let mut deaf = Vec::new();
    for _ in 0..SESSIONS {
        let mut session = case.session().await;
        session.ask_for(QUEUE, AckMode::Auto, None).await;
        deaf.push(session);
    }
    until_the_same("the queue's counts", async || case.amqp.counts_of(QUEUE).await).await;
    assert_within_budget(&case.relay);
    // There is room for somebody who reads.
    let mut reads = case.session().await;
    reads.ask_for(QUEUE, AckMode::Auto, None).await;
    drop(deaf);
    reads.take_and_ack(50).await;
    assert_within_budget(&case.relay);
    case.finish().await;
}

/// Waits until [`LOOKS`] looks in a row find the same.
async fn until_the_same<T: PartialEq>(what: &str, mut look: impl AsyncFnMut() -> T) {
    let mut last = None;
    let mut times = 0;
    let same = wait::within(GIGABYTES, async || {
        let now = Some(look().await);
        times = if now == last { times + 1 } else { 0 };
        last = now;
        (times == LOOKS).then_some(())
    });
    assert!(same.await.is_some(), "{what} never stayed the same");
}

/// What a client waits before it sends again what the relay had no room for.
const SEND_AGAIN: Duration = Duration::from_millis(200);

/// Sends until both messages are confirmed: what may be sent again is sent again, but not before
/// the broker takes messages.
async fn send_two(mut session: Client, number: usize, mut takes_messages: watch::Receiver<bool>) {
    let mut waiting: Vec<u64> = vec![1, 2];
    let mut next_id = 0;
    let mut pace = interval(SEND_AGAIN);
    while !waiting.is_empty() {
        let mut sent = Vec::new();
        for message in waiting {
            next_id += 1;
            sent.push((next_id, message));
            let message_id = Some(format!("{number}-{message}"));
            let properties = Properties { message_id, ..Properties::default() };
            let body = Body::from("x".repeat(15 * MIB));
            session.publish_to(QUEUE, next_id, body, properties).await;
        }
        takes_messages.wait_for(|takes| *takes).await.unwrap();
        waiting = Vec::new();
        for (id, message) in sent {
            let answer = timeout(GIGABYTES, async {
                while !session.answers.contains_key(&id) {
                    session.read().await;
                }
            });
            answer.await.unwrap();
            if let Err(failure) = session.answers.remove(&id).unwrap() {
                assert!(failure.retry, "{failure:?}");
                waiting.push(message);
            }
        }
        pace.tick().await;
    }
}

#[tokio::test]
async fn large_messages_to_a_blocked_broker_keep_within_the_memory_budget() {
    const SESSIONS: u64 = 40;
    let node = OwnNode::take(Rabbit::V3).await;
    let amqp = Amqp::connect(node.url()).await;
    declare(&amqp, QUEUE, FieldTable::default()).await;
    Witness::declare(&amqp).await;
    // All clients are one thread, which answers no pings while it makes a message of 15 MiB.
    let patience = LimitsFile::new("idle-timeout = '10m'");
    let queues = ["--queue", QUEUE, "--queue", WITNESS, "--queue-kind", "never"];
    let relay = Relay::ready(node.url(), &[&queues[..], &patience.args()].concat()).await;
    node.ctl(&["set_vm_memory_high_watermark", "0"]).await;
    let before = relay.peak_resident();
    let takes_messages = watch::Sender::new(false);
    let sessions = join_all((0..SESSIONS).map(|_| Client::start(&relay))).await;
    let sending = sessions.into_iter().enumerate();
    let sending =
        sending.map(|(number, session)| send_two(session, number, takes_messages.subscribe()));
    let mut sending = Box::pin(join_all(sending));
    tokio::select! {
        _ = &mut sending => panic!("the broker was to be blocked"),
        () = until_the_same("the relay's memory", async || relay.peak_resident()) => {}
    }
    let peak = relay.peak_resident();
    assert!(peak > before, "nothing was sent");
    node.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
    assert!(peak <= MAX_RESIDENT, "{} MiB while the broker was blocked", peak / MIB);
    takes_messages.send_replace(true);
    sending.await;
    assert_within_budget(&relay);
    amqp.until_counts_of(QUEUE, 2 * SESSIONS as u32, 0).await;
    // Nothing is left of it: others send at once.
    Witness::start(&relay).await.finish(&relay).await;
}
