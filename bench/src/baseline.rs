//! The base line: raw lapin in one process, pipelined, with confirms and acknowledgements on.
//!
//! As the relay does it: one connection that publishes and one that consumes, many messages on
//! their way at once, acknowledged by the batch.

use std::time::{Duration, Instant};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        ConfirmSelectOptions, QueueDeclareOptions,
    },
    types::{FieldTable, ShortString},
};
use warren_tests::amqp::QUEUE;

use crate::load::Load;

/// The window of the consumer, and how many deliveries are acknowledged at once: the relay's.
const PREFETCH: u16 = warren_protocol::limits::DEFAULT_PREFETCH;
const PREFETCH_BYTES: usize = 32 * 1024 * 1024;

/// Two channels on connections of their own.
pub(crate) struct Lapin {
    publishing: Channel,
    consuming: Channel,
    _connections: [Connection; 2],
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
        Self { publishing, consuming, _connections: connections }
    }

    /// Messages per second from the first publish to the last acknowledgement.
    pub(crate) async fn throughput(&self, load: Load) -> f64 {
        let start = Instant::now();
        let ((), ()) = tokio::join!(self.publish(load), self.consume(load));
        load.count as f64 / start.elapsed().as_secs_f64()
    }

    async fn publish(&self, load: Load) {
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

    async fn consumer(&self, window: u16) -> lapin::Consumer {
        self.consuming.basic_qos(window, BasicQosOptions::default()).await.unwrap();
        let options = BasicConsumeOptions::default();
        let arguments = FieldTable::default();
        let tag = ShortString::default();
        self.consuming.basic_consume(QUEUE.into(), tag, options, arguments).await.unwrap()
    }

    async fn consume(&self, load: Load) {
        let fitting = PREFETCH_BYTES / load.bytes.max(1);
        let window = u16::try_from(fitting).unwrap_or(u16::MAX).clamp(1, PREFETCH);
        let mut consumer = self.consumer(window).await;
        let mut received = 0;
        while received < load.count {
            let mut next = consumer.next().await;
            let mut last = 0;
            while let Some(delivery) = next {
                last = delivery.unwrap().delivery_tag;
                received += 1;
                next = consumer.next().now_or_never().flatten();
            }
            let multiple = BasicAckOptions { multiple: true };
            self.consuming.basic_ack(last, multiple).await.unwrap();
        }
        self.consuming
            .basic_cancel(consumer.tag(), lapin::options::BasicCancelOptions::default())
            .await
            .unwrap();
    }

    /// Milliseconds from sending to receiving, one message at a time; those before `skip` are
    /// not told.
    pub(crate) async fn latencies(&self, count: usize, skip: usize) -> Vec<f64> {
        let mut consumer = self.consumer(PREFETCH).await;
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

/// `time` in milliseconds.
#[must_use]
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
