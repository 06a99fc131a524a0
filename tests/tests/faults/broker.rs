//! The broker itself: a node that is stopped, killed, or takes no messages.

use std::collections::BTreeSet;

use lapin::message::Delivery;
use warren_protocol::{Body, ClientMessage, FailReason, Properties, Publish};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    fault::{repeat, repeat_on},
    flow::{Flow, Role},
    node::Rabbit,
    own_node::OwnNode,
    relay::Relay,
};

on_each_rabbit!(
    a_broker_that_is_stopped_and_started_loses_nothing,
    a_killed_broker_keeps_in_a_durable_queue_what_it_has_confirmed,
);

/// A relay at the node, with `hello` in this shape.
async fn start(node: &OwnNode, shape: Shape) -> (Relay, Amqp) {
    let amqp = Amqp::connect(node.url()).await;
    amqp.declare(shape).await;
    // RabbitMQ 3.x answers while Mnesia's decision may still be in memory, and a node that is killed
    // then aborts the declare when it starts again: the log had the commit, and no decision.
    node.ctl(&["eval", "ok = mnesia:sync_log()."]).await;
    let relay = Relay::start(node.url(), &[]).await;
    relay.readyz(200, "").await;
    (relay, amqp)
}

async fn a_broker_that_is_stopped_and_started_loses_nothing(rabbit: Rabbit) {
    repeat_on(rabbit, "broker stopped and started", async |mut fault| {
        let mut node = OwnNode::take(rabbit).await;
        let (relay, _) = start(&node, Shape::Quorum).await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        node.stop().await;
        flow.until_broker("down").await;
        node.start_again().await;
        let amqp = Amqp::connect(node.url()).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}

async fn a_killed_broker_keeps_in_a_durable_queue_what_it_has_confirmed(rabbit: Rabbit) {
    repeat_on(rabbit, "broker killed", async |mut fault| {
        let mut node = OwnNode::take(rabbit).await;
        let (relay, _) = start(&node, Shape::Durable).await;
        // Nobody takes the messages before the broker is gone.
        let mut flow = Flow::with(&[(&relay.address, Role::Sends)]);
        fault.moment(&flow).await;
        node.kill().await;
        flow.until_broker("down").await;
        node.start_again().await;
        flow.join(&relay.address, Role::Receives);
        let amqp = Amqp::connect(node.url()).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty(), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn under_an_alarm_sends_wait_and_receiving_goes_on() {
    repeat("memory alarm", async |mut fault| {
        let node = OwnNode::take(Rabbit::V3).await;
        let (relay, amqp) = start(&node, Shape::Durable).await;
        let mut flow = Flow::with(&[(&relay.address, Role::Sends)]);
        fault.moment(&flow).await;
        node.ctl(&["set_vm_memory_high_watermark", "0"]).await;
        flow.until_broker("blocked: ").await;
        flow.join(&relay.address, Role::Receives);
        // Whatever was confirmed is received and settled, alarm or not.
        flow.until_ready(&amqp, 0).await;
        let confirmed = flow.confirmed();
        node.ctl(&["set_vm_memory_high_watermark", "0.4"]).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(confirmed > 0 && report.links_lost.is_empty(), "{report:#?}");
        assert!(report.states.iter().any(|state| state.contains("low on memory")), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_closes_the_channel_fails_alone() {
    const MESSAGES: u64 = 300;
    const MAX: usize = 10_000;
    repeat("poison message", async |mut fault| {
        let node = OwnNode::take(Rabbit::V3).await;
        let limit =
            |bytes: usize| format!("application:set_env(rabbit, max_message_size, {bytes}).");
        // The relay cannot know of this limit.
        node.ctl(&["eval", &limit(MAX)]).await;
        let (relay, amqp) = start(&node, Shape::Durable).await;
        let mut client = Client::start(&relay).await;
        let poison = [fault.among(1..MESSAGES / 2), fault.among(MESSAGES / 2..MESSAGES)];
        let message = |id| Publish {
            id,
            queue: None,
            body: Body::from("x".repeat(if poison.contains(&id) { MAX * 2 } else { 100 })),
            properties: Properties { message_id: Some(id.to_string()), ..Properties::default() },
        };
        // As the page does: what fails and may be sent again is sent again.
        let mut waiting: Vec<u64> = (1..=MESSAGES).collect();
        let mut refused = Vec::new();
        while !waiting.is_empty() {
            let messages = waiting.iter().copied().map(message).collect();
            client.send(&ClientMessage::Publish { messages }).await;
            let mut again = Vec::new();
            for id in waiting {
                match client.answer(id).await {
                    Err(failure) if failure.retry => again.push(id),
                    Err(failure) => refused.push((id, failure.reason)),
                    Ok(()) => {}
                }
            }
            waiting = again;
        }
        set_max_message_size(&node, 128 * 1024 * 1024).await;
        assert_eq!(refused, poison.map(|id| (id, FailReason::Refused)));
        // What was confirmed too late for its channel was sent twice.
        let (ready, _) = amqp.counts().await.unwrap();
        let arrived = amqp.consume(ready as usize).await;
        let id = |delivery: &Delivery| delivery.properties.message_id().clone().unwrap();
        let arrived: BTreeSet<String> =
            arrived.iter().map(|delivery| id(delivery).to_string()).collect();
        let wanted = (1..=MESSAGES).filter(|id| !poison.contains(id));
        assert_eq!(arrived, wanted.map(|id| id.to_string()).collect());
    })
    .await;
}

async fn set_max_message_size(node: &OwnNode, bytes: usize) {
    let set = format!("application:set_env(rabbit, max_message_size, {bytes}).");
    node.ctl(&["eval", &set]).await;
}
