//! The tests' own AMQP client: what a `send.py` or an operator does beside the relay.

use futures_util::StreamExt as _;
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, PublisherConfirm,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions,
        BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueBindOptions,
        QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions,
    },
    types::{AMQPValue, FieldTable, LongString},
};

use crate::wait::{self, LIMIT};

/// The tutorial's queue.
pub const QUEUE: &str = "hello";

/// What [`Amqp::fill`] has on its way at once.
const FILL_BYTES: usize = 32 * 1024 * 1024;
const FILL_MESSAGES: usize = 1_000;

/// The shapes in which the queue exists in the wild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// It does not exist.
    Absent,
    /// The old tutorial's: classic, gone with the broker.
    Transient,
    /// Classic and durable.
    Durable,
    /// Today's tutorial's: durable and replicated.
    Quorum,
    /// A log that every consumer reads from where it likes.
    Stream,
}

/// A connection with one channel that confirms.
#[derive(Debug)]
pub struct Amqp {
    connection: Connection,
    channel: Channel,
}

impl Amqp {
    /// Connects to the vhost at `url`.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn connect(url: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
        Self { connection, channel }
    }

    /// Declares `hello` in this shape.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn declare(&self, shape: Shape) {
        self.declare_with(shape, FieldTable::default()).await;
    }

    /// Declares `hello` in this shape with further arguments.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn declare_with(&self, shape: Shape, mut arguments: FieldTable) {
        let kind = match shape {
            Shape::Absent => return,
            Shape::Transient | Shape::Durable => None,
            Shape::Quorum => Some("quorum"),
            Shape::Stream => Some("stream"),
        };
        if let Some(kind) = kind {
            arguments.insert("x-queue-type".into(), AMQPValue::LongString(LongString::from(kind)));
        }
        let options = QueueDeclareOptions {
            durable: shape != Shape::Transient,
            ..QueueDeclareOptions::default()
        };
        self.channel.queue_declare(QUEUE.into(), options, arguments).await.unwrap();
    }

    /// Declares `queue` in any way.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn declare_queue(
        &self,
        queue: &str,
        options: QueueDeclareOptions,
        arguments: FieldTable,
    ) {
        self.channel.queue_declare(queue.into(), options, arguments).await.unwrap();
    }

    /// A further channel of this connection.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn channel(&self) -> Channel {
        self.connection.create_channel().await.unwrap()
    }

    /// Declares `hello`, durable, whose rejected messages go to `queue`.
    pub async fn declare_dead_lettering(&self, queue: &str) {
        let mut arguments = FieldTable::default();
        for (name, value) in [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", queue)]
        {
            arguments.insert(name.into(), AMQPValue::LongString(value.into()));
        }
        self.declare_with(Shape::Durable, arguments).await;
    }

    /// Ends the connection: what it has and has not acknowledged goes back.
    ///
    /// # Panics
    /// When it was lost before.
    pub async fn close(self) {
        self.connection.close(200, "".into()).await.unwrap();
    }

    /// Deletes `hello`, and tells how many messages waited in it.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn delete(&self) -> u32 {
        self.delete_queue(QUEUE).await
    }

    /// Deletes `queue`, and tells how many messages were in it.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn delete_queue(&self, queue: &str) -> u32 {
        let options = QueueDeleteOptions::default();
        self.channel.queue_delete(queue.into(), options).await.unwrap()
    }

    /// Empties `hello`, and tells how many messages waited in it.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn purge(&self) -> u32 {
        self.purge_queue(QUEUE).await
    }

    /// Empties `queue`, and tells how many messages waited in it.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn purge_queue(&self, queue: &str) -> u32 {
        let options = QueuePurgeOptions::default();
        self.channel.queue_purge(queue.into(), options).await.unwrap()
    }

    /// Declares `queue`, durable, and puts `count` messages of `bytes` bytes into it; their
    /// `message_id` is their number, from 1.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn fill(&self, queue: &str, count: usize, bytes: usize) {
        let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        self.channel.queue_declare(queue.into(), options, FieldTable::default()).await.unwrap();
        self.publish_numbered(queue, count, bytes).await;
    }

    /// Puts `count` messages of `bytes` bytes into a queue that is there; their `message_id` is their
    /// number, from 1.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn publish_numbered(&self, queue: &str, count: usize, bytes: usize) {
        let body = vec![b'x'; bytes];
        let options = BasicPublishOptions::default();
        let at_once = (FILL_BYTES / bytes).clamp(1, FILL_MESSAGES);
        let numbers: Vec<usize> = (1..=count).collect();
        for numbers in numbers.chunks(at_once) {
            let mut confirms = Vec::with_capacity(at_once);
            for number in numbers {
                let properties = BasicProperties::default()
                    .with_delivery_mode(2)
                    .with_message_id(number.to_string().into());
                let publish =
                    self.channel.basic_publish("".into(), queue.into(), options, &body, properties);
                confirms.push(publish.await.unwrap());
            }
            all_confirmed(&mut confirms).await;
        }
    }

    /// Publishes these to `hello`, some on their way at once, in their order.
    ///
    /// # Panics
    /// When one is not confirmed.
    pub async fn publish_all(&self, messages: impl Iterator<Item = (Vec<u8>, BasicProperties)>) {
        let options = BasicPublishOptions::default();
        let mut confirms = Vec::new();
        for (body, properties) in messages {
            let publish =
                self.channel.basic_publish("".into(), QUEUE.into(), options, &body, properties);
            confirms.push(publish.await.unwrap());
            if confirms.len() == FILL_MESSAGES {
                all_confirmed(&mut confirms).await;
            }
        }
        all_confirmed(&mut confirms).await;
    }

    /// Lets the broker close a channel, as one does that acknowledges a message twice.
    ///
    /// # Panics
    /// When the broker puts up with it.
    pub async fn acknowledge_twice(&self) {
        let channel = self.connection.create_channel().await.unwrap();
        let own = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare("".into(), own, FieldTable::default()).await.unwrap();
        let (name, options) = (queue.name().clone(), BasicPublishOptions::default());
        let properties = BasicProperties::default();
        channel.basic_publish("".into(), name.clone(), options, b"x", properties).await.unwrap();
        let got = wait::until("the message is there", String::new, async || {
            channel.basic_get(name.clone(), BasicGetOptions::default()).await.unwrap()
        });
        let tag = got.await.delivery_tag;
        for _ in 0..2 {
            channel.basic_ack(tag, BasicAckOptions::default()).await.unwrap();
        }
        let seen = || format!("{:?}", channel.status());
        let closed = async || (!channel.status().connected()).then_some(());
        wait::until("the broker has closed the channel", seen, closed).await;
    }

    /// Publishes to `hello` and waits for the confirm.
    ///
    /// # Panics
    /// When it is not confirmed, or comes back.
    pub async fn publish(&self, body: &[u8]) {
        self.publish_with(body, BasicProperties::default()).await;
    }

    /// [`Amqp::publish`] with a `message_id`.
    pub async fn publish_named(&self, body: &[u8], message_id: &str) {
        self.publish_with(body, BasicProperties::default().with_message_id(message_id.into()))
            .await;
    }

    /// [`Amqp::publish`] with headers that are numbers.
    pub async fn publish_with_headers(&self, body: &[u8], headers: &[(&str, i64)]) {
        let mut table = FieldTable::default();
        for (name, value) in headers {
            table.insert((*name).into(), AMQPValue::LongLongInt(*value));
        }
        self.publish_with(body, BasicProperties::default().with_headers(table)).await;
    }

    /// Publishes to `hello` with properties and waits for the confirm.
    pub async fn publish_with(&self, body: &[u8], properties: BasicProperties) {
        self.publish_to(QUEUE, body, properties).await;
    }

    /// Publishes to `queue` with properties and waits for the confirm.
    pub async fn publish_to(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        self.publish_by("", queue, body, properties).await;
    }

    /// Fetches a message of `queue` (`basic.get`), and acknowledges it or gives it back.
    ///
    /// # Panics
    /// When none waits.
    pub async fn fetch(&self, queue: &str, ack: bool) {
        let got = self.channel.basic_get(queue.into(), BasicGetOptions::default()).await.unwrap();
        let message = got.expect("a message waits");
        if ack {
            message.ack(BasicAckOptions::default()).await.unwrap();
        } else {
            let requeue = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
            message.nack(requeue).await.unwrap();
        }
    }

    /// Publishes by way of `exchange` and waits for the confirm.
    ///
    /// # Panics
    /// When it is not confirmed, or comes back.
    pub async fn publish_by(
        &self,
        exchange: &str,
        routing_key: &str,
        body: &[u8],
        properties: BasicProperties,
    ) {
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let publish = self.channel.basic_publish(
            exchange.into(),
            routing_key.into(),
            options,
            body,
            properties,
        );
        let confirm = publish.await.unwrap().await.unwrap();
        assert!(confirm.is_ack() && confirm.take_message().is_none(), "not confirmed");
    }

    /// Binds `hello` to an exchange that every broker has.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn bind(&self, exchange: &str, routing_key: &str) {
        self.channel
            .queue_bind(
                QUEUE.into(),
                exchange.into(),
                routing_key.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await
            .unwrap();
    }

    /// Messages ready and consumers of `hello`; nothing where it does not exist.
    pub async fn counts(&self) -> Option<(u32, u32)> {
        self.counts_of(QUEUE).await
    }

    /// Messages ready and consumers of `queue`; nothing where it does not exist.
    ///
    /// # Panics
    /// When the connection is lost.
    pub async fn counts_of(&self, queue: &str) -> Option<(u32, u32)> {
        // A passive declare that fails closes its channel; lapin may tell the next one of that, too.
        let channel = match self.connection.create_channel().await {
            Ok(channel) => channel,
            Err(error) => {
                assert!(self.connection.status().connected(), "{error}");
                return None;
            }
        };
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue =
            channel.queue_declare(queue.into(), passive, FieldTable::default()).await.ok()?;
        channel.close(200, "".into()).await.ok();
        Some((queue.message_count(), queue.consumer_count()))
    }

    /// Waits until `hello` has so many messages ready and so many consumers.
    pub async fn until_counts(&self, ready: u32, consumers: u32) {
        self.until_counts_of(QUEUE, ready, consumers).await;
    }

    /// Waits until `queue` has so many messages ready and so many consumers.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn until_counts_of(&self, queue: &str, ready: u32, consumers: u32) {
        let mut last = None;
        let found = wait::within(LIMIT, async || {
            last = self.counts_of(queue).await;
            (last == Some((ready, consumers))).then_some(())
        });
        if found.await.is_none() {
            panic!("{queue} never had {ready} messages and {consumers} consumers, but {last:?}");
        }
    }

    /// Waits until `hello` has so many consumers.
    pub async fn until_consumers(&self, consumers: u32) {
        let mut last = None;
        let found = wait::within(LIMIT, async || {
            last = self.counts().await;
            last.filter(|counts| counts.1 == consumers)
        });
        if found.await.is_none() {
            panic!("hello never had {consumers} consumers, but {last:?}");
        }
    }

    /// Consumes `hello` until `count` messages have come, without acknowledging them.
    ///
    /// # Panics
    /// When fewer come in time.
    pub async fn consume(&self, count: usize) -> Vec<Delivery> {
        let window = count.try_into().unwrap();
        self.channel.basic_qos(window, BasicQosOptions::default()).await.unwrap();
        let options = BasicConsumeOptions::default();
        let consume =
            self.channel.basic_consume(QUEUE.into(), "".into(), options, FieldTable::default());
        let mut consumer = consume.await.unwrap();
        let mut deliveries = Vec::new();
        while deliveries.len() < count {
            let next = tokio::time::timeout(LIMIT, consumer.next()).await;
            let next = next.unwrap_or_else(|_| panic!("{} of {count} messages", deliveries.len()));
            deliveries.push(next.unwrap().unwrap());
        }
        deliveries
    }
}

/// Waits for all of these.
async fn all_confirmed(confirms: &mut Vec<PublisherConfirm>) {
    for confirm in confirms.drain(..) {
        assert!(confirm.await.unwrap().is_ack(), "not confirmed");
    }
}
