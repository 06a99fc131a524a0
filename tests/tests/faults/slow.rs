//! Receivers that are slow, and messages that are large: neither costs others anything.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use warren_protocol::{AckMode, ClientMessage, Outcome, ReceiveMode, limits::DEFAULT_MAX_PREFETCH};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    fault::repeat,
    flow::Flow,
    node,
    relay::Relay,
    wait,
};

const MIB: usize = 1024 * 1024;
/// A queue for the slow one: more than the sockets between relay and client hold.
const BIG: &str = "big";
const MESSAGES: usize = 2_000;
const BYTES: usize = 16 * 1024;
/// The relay closes a socket that takes nothing for 30 s, and looks every 3 s.
const CLOSED: Duration = Duration::from_secs(45);
/// What one session's window may hold, twice: as AMQP frames and as a WebSocket message.
const WINDOW: usize = 2 * 32 * MIB;
/// What the relay has resident with its connections: 17 to 26 MiB, as lapin's buffers are touched or not.
const IDLE: usize = 26 * MIB;

#[tokio::test]
async fn a_client_that_reads_nothing_is_closed_and_holds_back_only_itself() {
    repeat("stalled reader", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        amqp.fill(BIG, MESSAGES, BYTES).await;
        let relay = Relay::start(&url, &["--queue", "hello", "--queue", BIG]).await;
        relay.readyz(200, "").await;

        let mut stalled = Client::start(&relay).await;
        let (queue, prefetch) = (Some(BIG.to_owned()), Some(DEFAULT_MAX_PREFETCH));
        stalled
            .send(&ClientMessage::Receive {
                queue,
                ack: AckMode::Auto,
                prefetch,
                mode: ReceiveMode::Take,
                from: None,
            })
            .await;
        stalled.take(1).await;

        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty() && report.duplicates == 0, "{report:#?}");
        // All of that was while the other one was stalled.
        assert_eq!(amqp.counts_of(BIG).await.map(|(_, consumers)| consumers), Some(1));

        let mut max = 0;
        let closed = wait::within(CLOSED, async || {
            max = max.max(relay.resident());
            let counts = amqp.counts_of(BIG).await;
            (counts == Some((MESSAGES as u32, 0))).then_some(())
        });
        assert!(closed.await.is_some(), "{:?}", amqp.counts_of(BIG).await);
        println!("stalled reader: {} KiB at most", max / 1024);
        assert!(max < IDLE + WINDOW, "{max} bytes");
        drop(stalled);
    })
    .await;
}

#[tokio::test]
async fn what_a_client_that_reads_nothing_holds_of_a_shared_queue_goes_to_the_others() {
    repeat("stalled reader of a shared queue", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        let relay = Relay::start(&url, &[]).await;
        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        let mut stalled = Client::receiving(&relay).await;
        stalled.take(1).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty() && report.settled_again == 0, "{report:#?}");
        drop(stalled);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_takes_100_messages_a_second_of_100_000_holds_back_only_itself() {
    const DEEP: u32 = 100_000;
    /// As many messages, so often.
    const SOME: usize = 10;
    const PACE: Duration = Duration::from_millis(100);
    repeat("slow reader", async |mut fault| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        amqp.fill(BIG, DEEP as usize, 100).await;
        let relay = Relay::start(&url, &["--queue", "hello", "--queue", BIG]).await;
        relay.readyz(200, "").await;
        let before = relay.resident();

        let mut slow = Client::start(&relay).await;
        let (queue, prefetch) = (Some(BIG.to_owned()), Some(DEFAULT_MAX_PREFETCH));
        slow.send(&ClientMessage::Receive {
            queue,
            ack: AckMode::Auto,
            prefetch,
            mode: ReceiveMode::Take,
            from: None,
        })
        .await;
        let (done, mut is_done) = tokio::sync::oneshot::channel();
        let reading = tokio::spawn(async move {
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut taken = 0;
            while is_done.try_recv().is_err() {
                pace.tick().await;
                for delivery in slow.take(SOME).await {
                    taken += 1;
                    assert_eq!(delivery.properties.message_id, Some(taken.to_string()));
                    slow.settle_up_to(Outcome::Ack, delivery.tag).await;
                }
            }
            slow.pause().await;
            taken
        });

        let flow = Flow::start(&relay.address);
        fault.moment(&flow).await;
        let report = flow.assert_whole(&amqp).await;
        assert!(report.links_lost.is_empty() && report.duplicates == 0, "{report:#?}");
        done.send(()).unwrap();
        let max = relay.resident();
        let taken = reading.await.unwrap();
        println!("slow reader: {} KiB before, {} KiB after", before / 1024, max / 1024);
        assert!(max < before + WINDOW, "from {before} to {max} bytes");
        let counts = async || {
            let counts = amqp.counts_of(BIG).await;
            (counts == Some((DEEP - taken, 0))).then_some(())
        };
        assert!(wait::within(CLOSED, counts).await.is_some(), "{:?}", amqp.counts_of(BIG).await);
    })
    .await;
}

#[tokio::test]
async fn a_thousand_messages_of_5_mib_cost_the_relay_at_most_256_mib() {
    const WAIT: usize = 1_000;
    // What the relay holds does not grow any more after some windows of them.
    const TAKEN: usize = 200;
    repeat("1,000 messages of 5 MiB", async |_| {
        let url = node::vhost().await;
        let amqp = Amqp::connect(&url).await;
        amqp.declare(Shape::Durable).await;
        amqp.fill("hello", WAIT, 5 * MIB).await;
        let relay = Relay::start(&url, &[]).await;
        let mut client = Client::receiving(&relay).await;
        let mut max = 0;
        for _ in 0..TAKEN {
            let delivery = client.take(1).await.remove(0);
            assert_eq!(delivery.body.len(), 5 * MIB);
            client.settle_up_to(Outcome::Ack, delivery.tag).await;
            max = max.max(relay.resident());
        }
        println!("1,000 messages of 5 MiB: {} MiB at most", max / MIB);
        assert!(max < 256 * MIB, "{max} bytes");
        // The pause comes after the settles. A client that leaves with deliveries unread resets its
        // connection, and takes with it what the relay has not read yet.
        client.pause().await;
        drop(client);
        amqp.until_counts((WAIT - TAKEN) as u32, 0).await;
        // Repeated, they would fill the disk.
        amqp.purge().await;
    })
    .await;
}
