//! The tap on its channel: what RabbitMQ is asked for.

use std::sync::Arc;

use lapin::{
    BasicProperties,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        QueueBindOptions, QueueDeclareOptions, QueuePurgeOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use warren_protocol::{Detail, StopReason};

use super::{hub::Told, trace::EXCHANGE};
use crate::{
    connection::{CallError, Channel, Connection},
    explain::reply,
    intake::Taken,
};

/// Events that wait in RabbitMQ for this relay, at most: some seconds of a busy vhost.
pub(super) const MAX_EVENTS: i64 = 100_000;
/// Bytes of their bodies, at most.
pub(super) const MAX_BYTES: i64 = 64 * 1024 * 1024;
/// Events that are on their way or not acknowledged, at most. Without acknowledgements RabbitMQ would
/// queue without a bound what a slow line does not take.
pub(super) const PREFETCH: u16 = 500;

/// The longest routing key, in bytes.
const MAX_KEY: usize = 255;

/// The channel, with the tap and its consumer.
pub(super) struct TapChannel {
    channel: Channel,
    name: String,
    /// The queue that counts what the tap drops.
    dropped: String,
}

impl TapChannel {
    /// Sets the tap up; nothing but what is published comes by it yet.
    pub(super) async fn open(
        connection: &Arc<Connection>,
        name: String,
    ) -> Result<(Self, lapin::Consumer), CallError> {
        let channel = connection.open_channel().await?;
        let dropped = format!("{name}.dropped");
        let tap = Self { channel, name, dropped };
        let (raw, channel) = (tap.channel.raw(), &tap.channel);
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(MAX_EVENTS));
        arguments.insert("x-max-length-bytes".into(), AMQPValue::LongLongInt(MAX_BYTES));
        arguments.insert("x-overflow".into(), AMQPValue::LongString("drop-head".into()));
        tap.declare(&tap.dropped, arguments.clone()).await?;
        let to = |text: &str| AMQPValue::LongString(text.into());
        arguments.insert("x-dead-letter-exchange".into(), to(""));
        arguments.insert("x-dead-letter-routing-key".into(), to(&tap.dropped));
        tap.declare(&tap.name, arguments).await?;
        tap.bind("publish.#").await?;
        channel.call(raw.basic_qos(PREFETCH, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions { exclusive: true, ..BasicConsumeOptions::default() };
        let tag = ShortString::from("warren.watch");
        let consume = raw.basic_consume(short(&tap.name), tag, options, FieldTable::default());
        let consumer = channel.call(consume).await?;
        Ok((tap, consumer))
    }

    async fn declare(&self, name: &str, arguments: FieldTable) -> Result<(), CallError> {
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let declare = self.channel.raw().queue_declare(short(name), options, arguments);
        self.channel.call(declare).await.map(|_| ())
    }

    async fn bind(&self, key: &str) -> Result<(), CallError> {
        let (queue, exchange, options) =
            (short(&self.name), short(EXCHANGE), QueueBindOptions::default());
        let arguments = FieldTable::default();
        let bind = self.channel.raw().queue_bind(queue, exchange, short(key), options, arguments);
        self.channel.call(bind).await
    }

    /// What is delivered from `queue` comes from now on. Of a queue whose name has more than 247 bytes
    /// it never does: its trace has a routing key that AMQP cannot carry.
    pub(super) async fn bind_queue(&self, queue: &str) -> Result<(), CallError> {
        match key(queue) {
            Some(key) => self.bind(&key).await,
            None => Ok(()),
        }
    }

    /// What is delivered from `queue` comes no more.
    pub(super) async fn unbind_queue(&self, queue: &str) -> Result<(), CallError> {
        let Some(key) = key(queue) else { return Ok(()) };
        let (queue, exchange) = (short(&self.name), short(EXCHANGE));
        let unbind =
            self.channel.raw().queue_unbind(queue, exchange, short(&key), FieldTable::default());
        self.channel.call(unbind).await
    }

    /// Sends a probe.
    pub(super) async fn probe(&self, number: u64) -> Result<(), CallError> {
        let properties =
            BasicProperties::default().with_message_id(number.to_string().as_str().into());
        let options = BasicPublishOptions::default();
        let publish = self.channel.raw().basic_publish(
            ShortString::from(""),
            short(&self.name),
            options,
            b"",
            properties,
        );
        self.channel.call(publish).await.map(|_| ())
    }

    /// The number of a probe, where the delivery is one.
    pub(super) fn probe_number(&self, delivery: &lapin::message::Delivery) -> Option<u64> {
        let is_mine =
            delivery.exchange.as_str().is_empty() && delivery.routing_key.as_str() == self.name;
        let id = delivery.properties.message_id().as_ref().filter(|_| is_mine)?;
        id.as_str().parse().ok()
    }

    /// How many events the tap has dropped since the last call. More than [`MAX_EVENTS`] or
    /// [`MAX_BYTES`] are not counted.
    pub(super) async fn take_dropped(&self) -> Result<u64, CallError> {
        let purge =
            self.channel.raw().queue_purge(short(&self.dropped), QueuePurgeOptions::default());
        self.channel.call(purge).await.map(u64::from)
    }

    /// Acknowledges all up to this tag.
    pub(super) async fn ack(&self, tag: u64) -> Result<(), CallError> {
        let ack = self.channel.raw().basic_ack(tag, BasicAckOptions { multiple: true });
        self.channel.call(ack).await.map(|_| ())
    }

    /// Bodies of so many bytes were taken from lapin.
    pub(super) fn take_intake(&self, bytes: usize) -> Option<Taken> {
        self.channel.take_intake(bytes)
    }

    /// What an error of a delivery means.
    pub(super) async fn judge(&self, error: &lapin::Error) -> CallError {
        self.channel.connection().judge(error).await
    }
}

/// The key that deliveries of the queue are traced with.
fn key(queue: &str) -> Option<String> {
    let key = format!("deliver.{queue}");
    (key.len() <= MAX_KEY).then_some(key)
}

/// Of names that are known to fit.
fn short(name: &str) -> ShortString {
    ShortString::try_new(name).unwrap_or_default()
}

/// What those who watch are told of it.
pub(super) fn stopped(error: CallError, user: &str, vhost: &str) -> Told {
    let (reason, detail) = match error {
        CallError::Channel { code: Some(reply::ACCESS_REFUSED), words } => {
            let (user, vhost) = (user.to_owned(), vhost.to_owned());
            (StopReason::NotTraced, Detail::WatchForbidden { user, vhost, words })
        }
        CallError::Channel { words, .. } => (StopReason::NotTraced, Detail::WatchRefused { words }),
        CallError::NoChannelLeft(detail) | CallError::Refused(detail) => {
            (StopReason::NotTraced, detail)
        }
        // RabbitMQ ends the connection over a trace whose routing key AMQP cannot carry: that of an
        // exchange whose name has more than 247 bytes.
        CallError::Ended(ended) if ended.is_about_content() => {
            (StopReason::NotTraced, Detail::WatchRefused { words: ended.detail.to_string() })
        }
        CallError::Ended(ended) => (StopReason::BrokerDown, ended.detail),
    };
    Told::Stopped(reason, detail)
}
