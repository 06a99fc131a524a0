//! The base line: raw lapin in one process, pipelined, with confirms and acknowledgements on.
//!
//! As the relay does it: one connection that publishes and one that consumes, many messages on
//! their way at once, acknowledged by the batch.

use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::{FieldTable, ShortString},
};
use tokio::{sync::watch, task::JoinSet};
use warren_tests::amqp::QUEUE;

use crate::load::Load;

/// The window of the consumer, and how many deliveries are acknowledged at once: the relay's.
const PREFETCH: u16 = warren_protocol::limits::DEFAULT_PREFETCH;
const PREFETCH_BYTES: usize = 32 * 1024 * 1024;

/// Two channels on connections of their own.
pub(crate) struct Lapin {
    publishing: Channel,
    consuming: Channel,
    connections: [Connection; 2],
}

impl Lapin {
    /// Connects to the vhost at `url` and declares `hello` as the tutorial does.
    pub(crate) async fn connect(url: &str) -> Self {
        let connect = || Connection::connect(url, ConnectionProperties::default());
        let connections = [connect().await.unwrap(), connect().await.unwrap()];
        let publishing = connections[0].create_channel().await.unwrap();
        let consuming = connections[1].create_channel().await.unwrap();
        publishing.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        let transient = QueueDeclareOptions::default();
        consuming.queue_declare(QUEUE.into(), transient, FieldTable::default()).await.unwrap();
        Self { publishing, consuming, connections }
    }

    /// Messages per second from the first publish to the last acknowledgement.
    pub(crate) async fn throughput(&self, load: Load) -> f64 {
        let start = Instant::now();
        let ((), ()) = tokio::join!(self.publish(load), self.consume(load));
        load.count as f64 / start.elapsed().as_secs_f64()
    }

    /// Messages per second where `rate` are published in each, if the broker can.
    pub(crate) async fn paced(&self, bytes: usize, rate: usize, count: usize) -> f64 {
        const STEPS: usize = 50;
        let some = Load { bytes, count: rate / STEPS };
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / STEPS as u32);
        let start = Instant::now();
        let publish = async {
            for _ in 0..count / some.count {
                ticks.tick().await;
                self.publish(some).await;
            }
        };
        tokio::join!(publish, self.consume(Load { bytes, count }));
        count as f64 / start.elapsed().as_secs_f64()
    }

    /// Publishes, and waits until all are confirmed.
    pub(crate) async fn publish(&self, load: Load) {
        let body = load.body();
        let mut confirms = FuturesUnordered::new();
        for number in 0..load.count {
            if confirms.len() >= load.window() {
                confirms.next().await;
                while let Some(Some(())) = confirms.next().now_or_never() {}
            }
            confirms.push(self.publish_one(body.as_bytes(), number));
        }
        while confirms.next().await.is_some() {}
    }

    async fn publish_one(&self, body: &[u8], number: usize) {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let properties = BasicProperties::default().with_message_id(number.to_string().into());
        let publish = self.publishing.basic_publish(
            ShortString::default(),
            QUEUE.into(),
            options,
            body,
            properties,
        );
        let confirm = publish.await.unwrap().await.unwrap();
        assert!(confirm.is_ack() && confirm.take_message().is_none(), "not confirmed");
    }

    /// Messages per second that are shared out to so many consumers, each with a channel of its
    /// own on one connection.
    pub(crate) async fn shared_rate(&self, consumers: usize, load: Load) -> f64 {
        let received = watch::Sender::new(0);
        let mut consuming = JoinSet::new();
        for _ in 0..consumers {
            let channel = self.connections[1].create_channel().await.unwrap();
            let consumer = consumer(&channel, PREFETCH).await;
            consuming.spawn(count_into(channel, consumer, received.clone()));
        }
        let mut all = received.subscribe();
        let start = Instant::now();
        let receive = all.wait_for(|received| *received >= load.count);
        let ((), received) = tokio::join!(self.publish(load), receive);
        received.unwrap();
        load.count as f64 / start.elapsed().as_secs_f64()
    }

    async fn consume(&self, load: Load) {
        let fitting = PREFETCH_BYTES / load.bytes.max(1);
        let window = u16::try_from(fitting).unwrap_or(u16::MAX).clamp(1, PREFETCH);
        let mut consumer = consumer(&self.consuming, window).await;
        let mut received = 0;
        while received < load.count {
            received += take(&self.consuming, &mut consumer).await;
        }
        self.consuming
            .basic_cancel(consumer.tag(), lapin::options::BasicCancelOptions::default())
            .await
            .unwrap();
    }

    /// Milliseconds from sending to receiving, one message at a time; those before `skip` are
    /// not told.
    pub(crate) async fn latencies(&self, count: usize, skip: usize) -> Vec<f64> {
        let mut consumer = consumer(&self.consuming, PREFETCH).await;
        let mut times = Vec::with_capacity(count);
        for number in 0..skip + count {
            let start = Instant::now();
            let received = async {
                let delivery = consumer.next().await.unwrap().unwrap();
                let time = start.elapsed();
                let one = BasicAckOptions::default();
                self.consuming.basic_ack(delivery.delivery_tag, one).await.unwrap();
                time
            };
            let ((), time) = tokio::join!(self.publish_one(b"Hello World!", number), received);
            if number >= skip {
                times.push(milliseconds(time));
            }
        }
        times
    }
}

async fn consumer(channel: &Channel, window: u16) -> Consumer {
    channel.basic_qos(window, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    let (tag, arguments) = (ShortString::default(), FieldTable::default());
    channel.basic_consume(QUEUE.into(), tag, options, arguments).await.unwrap()
}

/// Takes what is there, at least one, acknowledges it and tells how many that were.
async fn take(channel: &Channel, consumer: &mut Consumer) -> usize {
    let mut next = consumer.next().await;
    let (mut last, mut taken) = (0, 0);
    while let Some(delivery) = next {
        last = delivery.unwrap().delivery_tag;
        taken += 1;
        next = consumer.next().now_or_never().flatten();
    }
    channel.basic_ack(last, BasicAckOptions { multiple: true }).await.unwrap();
    taken
}

/// Receives for ever, counting what comes.
async fn count_into(channel: Channel, mut consumer: Consumer, all: watch::Sender<usize>) {
    loop {
        let taken = take(&channel, &mut consumer).await;
        all.send_modify(|all| *all += taken);
    }
}

/// `time` in milliseconds.
#[must_use]
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
