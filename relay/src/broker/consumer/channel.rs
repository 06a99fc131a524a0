//! A consumer's channel: opened for a wish, consumed from, given back to.

use std::sync::Arc;

use lapin::{
    Channel, Error,
    options::{BasicConsumeOptions, BasicNackOptions, BasicQosOptions},
    types::{AMQPValue, FieldTable, ShortString},
};
use warren_protocol::StopReason;

use super::Wish;
use crate::broker::{
    explain::{broker_words, connection_error},
    link::{Link, Place},
    queues::Queues,
    shape::ShapeError,
};

/// A channel that is there.
pub(super) struct Live {
    pub(super) channel: Channel,
    pub(super) consumer: Option<lapin::Consumer>,
    /// What is consumed, for as long as `consumer` is there.
    pub(super) wish: Wish,
    /// Our own cancel is under way, and why. A stream that ends without one was ended by the
    /// broker: the queue is gone.
    pub(super) cancelled: Option<Cancelled>,
    pub(super) link: Arc<Link>,
    /// Kept for as long as the channel.
    _place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cancelled {
    /// To stop: what is left in lapin's queue goes back to the broker's.
    ToStop,
    /// To consume with another window: what is left is delivered first.
    ToResume,
}

/// Why a channel could not be opened or used.
pub(super) struct Trouble {
    pub(super) reason: StopReason,
    pub(super) words: String,
}

impl Trouble {
    fn refused(words: String) -> Self {
        Self { reason: StopReason::Refused, words }
    }

    fn broker_down(words: String) -> Self {
        Self { reason: StopReason::BrokerDown, words }
    }

    pub(super) fn of(error: &Error, link: &Link) -> Self {
        if error.is_amqp_soft_error() {
            Self::refused(broker_words(error))
        } else {
            Self::broker_down(connection_error(error, &link.url))
        }
    }

    fn of_queue(error: &ShapeError, link: &Link) -> Self {
        let words = error.words(&link.url);
        match error {
            ShapeError::Refused(_) => Self::refused(words),
            ShapeError::NoBroker(_) | ShapeError::Connection(_) => Self::broker_down(words),
        }
    }
}

/// Opens a channel for a wish, its queue made sure of. Nothing is consumed yet.
pub(super) async fn open(link: Arc<Link>, queues: Queues, wish: Wish) -> Result<Live, Trouble> {
    queues.ensure(wish.queue.clone()).await.map_err(|error| Trouble::of_queue(&error, &link))?;
    let place = link.place().await.map_err(Trouble::broker_down)?;
    let channel = place.create_channel().await.map_err(|error| Trouble::of(&error, &link))?;
    Ok(Live { channel, consumer: None, wish, cancelled: None, link, _place: place })
}

pub(super) async fn consume(
    channel: &Channel,
    wish: &Wish,
    window: u16,
    offset: Option<i64>,
) -> Result<lapin::Consumer, Error> {
    channel.basic_qos(window, BasicQosOptions::default()).await?;
    let mut arguments = FieldTable::default();
    if let Some(offset) = offset {
        arguments.insert("x-stream-offset".into(), AMQPValue::LongLongInt(offset));
    }
    let queue = ShortString::try_new(wish.queue.as_str()).unwrap_or_default();
    let options = BasicConsumeOptions::default();
    channel.basic_consume(queue, ShortString::default(), options, arguments).await
}

pub(super) async fn requeue(channel: &Channel, tag: u64, multiple: bool) {
    // Where the channel is gone, the broker requeues by itself.
    let _ = channel.basic_nack(tag, BasicNackOptions { multiple, requeue: true }).await;
}
