//! What others do to the queue and to the broker while messages flow.

use futures_util::future::join_all;
use lapin::types::{AMQPValue, FieldTable};
use warren_protocol::{AckMode, FailReason};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    fault::repeat,
    flow::{Flow, Role},
    node,
    relay::Relay,
};

/// Pages that come and go, and how many of them at a time.
const VISITORS: usize = 500;
const AT_ONCE: usize = 10;

async fn start() -> (Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    relay.readyz(200, "").await;
    (relay, amqp)
}

#[tokio::test]
async fn a_deleted_queue_takes_with_it_only_what_was_in_it() {
    repeat("queue deleted", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        // The relay's own: what somebody else has declared is left to them.
        let relay = Relay::ready(&url, &[]).await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        let waited = amqp.delete().await;
        // RabbitMQ confirms what was on its way into a queue that is deleted.
        let before = flow.accepted();
        let gone = u64::from(waited) + before - flow.confirmed();
        flow.until_received_more(1_000).await;
        // Later ones cannot have been in it.
        let deleters = |missing: &[u64]| {
            missing.len() as u64 <= gone && missing.last().is_none_or(|last| *last <= before)
        };
        let report = flow.finish(&amqp, deleters).await;
        report.assert_honest();
        assert!(deleters(&report.missing), "{gone} were the deleter's, lost: {report:#?}");
        let returned = |reason: &FailReason| *reason == FailReason::Returned;
        assert!(report.failed.values().all(returned), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_purge_takes_just_what_it_says() {
    repeat("queue purged", async |mut fault| {
        let (relay, amqp) = start().await;
        let mut flow = Flow::with(&[(&relay.address, Role::Sends)]);
        fault.moment(&flow).await;
        let purged = amqp.purge().await as usize;
        flow.join(&relay.address, Role::Receives);
        let report = flow.finish(&amqp, |missing| missing.len() <= purged).await;
        report.assert_honest();
        assert!(purged > 0 && report.failed.is_empty(), "{purged} purged: {report:#?}");
        assert_eq!(report.missing.len(), purged, "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_the_broker_closes_on_another_client_concerns_nobody_else() {
    repeat("double ack of another client", async |mut fault| {
        let (relay, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        amqp.acknowledge_twice().await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty() && report.duplicates == 0, "{report:#?}");
        assert!(report.states.iter().all(|state| state.starts_with("up")), "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn five_hundred_pages_that_come_and_go_leave_nothing_behind() {
    repeat("500 pages come and go", async |mut fault| {
        let (relay, amqp) = start().await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        for _ in 0..VISITORS / AT_ONCE {
            let visits = (0..AT_ONCE).map(|_| async {
                let mut visitor = Client::start(&relay).await;
                visitor.receive(AckMode::Manual, None).await;
                visitor.take(1).await;
            });
            join_all(visits).await;
        }
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty() && report.settled_again == 0, "{report:#?}");
    })
    .await;
}

#[tokio::test]
async fn what_a_full_queue_refuses_fails_visibly_and_the_rest_arrives() {
    repeat("full queue", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        let mut arguments = FieldTable::default();
        let max = i64::try_from(fault.among(1..500)).unwrap();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(max));
        arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        amqp.declare_with(Shape::Durable, arguments).await;
        let relay = Relay::start(&url, &[]).await;
        relay.readyz(200, "").await;
        let flow = Flow::start(&relay.address);
        let report = flow.finish(&amqp, <[u64]>::is_empty).await;
        report.assert_honest();
        assert!(report.missing.is_empty(), "lost: {report:#?}");
        assert_eq!(report.confirmed + report.failed.len(), report.accepted, "{report:#?}");
        let nacked = |reason: &FailReason| *reason == FailReason::Nacked;
        assert!(!report.failed.is_empty() && report.failed.values().all(nacked), "{report:#?}");
    })
    .await;
}
