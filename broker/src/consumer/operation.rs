//! What a consumer's task asks the broker for, one thing after the other on its channel.

use std::{sync::Arc, task::Poll};

use futures_util::{future::join_all, poll};
use lapin::{
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
    },
    types::{AMQPValue, FieldTable, ShortString},
};
use tokio::sync::watch;
use warren_protocol::{Detail, Outcome, StopReason, StreamFrom, Tags};

use crate::{
    BrokerUrl,
    channel_quota::{ChannelQuota, channel_limit},
    connection::{CallError, Channel, Connection, Ended},
    declare::{self, QueueError},
    explain::{reply, says_no_such_queue},
    pool::ChannelPermit,
    queue_monitor::Queues,
    subscription::{ALL, ConsumeError},
    supervisor::{Link, up},
};

/// Where in a stream to consume from (RabbitMQ's own argument).
const STREAM_OFFSET: &str = "x-stream-offset";

/// Which consumers are served first (RabbitMQ's own argument): those of 0, who say nothing, before
/// this.
const PRIORITY: &str = "x-priority";
const LOW_PRIORITY: i32 = -1;

/// Something to be done on a channel.
pub(super) enum Operation {
    Consume {
        consumer: u64,
        queue: String,
        prefetch: u16,
        low_priority: bool,
        from: Option<StreamFrom>,
        counted: CountedConsumer,
    },
    Cancel {
        consumer: u64,
    },
    Settle {
        outcome: Outcome,
        tags: Vec<(u64, bool)>,
        which: Tags,
        count: usize,
    },
    /// A delivery that nobody has seen.
    GiveBack {
        tag: u64,
    },
    CheckStream {
        queue: String,
    },
    /// The permit is kept until the channel is closed.
    Close {
        give_back: bool,
        permit: Option<ChannelPermit>,
    },
}

/// What came of it.
pub(super) enum Done {
    Consuming {
        consumer: u64,
        prefetch: u16,
        stream: lapin::Consumer,
        counted: CountedConsumer,
        /// From a place that only streams have.
        from_place: bool,
    },
    StreamChecked(bool),
    Settled(Outcome, usize),
    Nothing,
    Failed {
        error: CallError,
        not_settled: Option<Tags>,
    },
}

/// One of this process's consumers of a queue, for as long as the broker may count it.
pub(super) struct CountedConsumer {
    queues: Queues,
    queue: String,
}

impl CountedConsumer {
    pub(super) fn new(queues: &Queues, queue: &str) -> Self {
        queues.known().add_consumer(queue);
        Self { queues: queues.clone(), queue: queue.to_owned() }
    }
}

impl Drop for CountedConsumer {
    fn drop(&mut self) {
        self.queues.known().remove_consumer(&self.queue);
        self.queues.look_soon();
    }
}

impl Operation {
    /// Does it.
    pub(super) async fn run(self, channel: Arc<Channel>) -> Done {
        let failed = |error, not_settled| Done::Failed { error, not_settled };
        match self {
            Self::Consume { consumer, queue, prefetch, low_priority, from, counted } => {
                let arguments = arguments(low_priority, from);
                match consume(&channel, consumer, &queue, prefetch, arguments).await {
                    Ok(stream) => {
                        let from_place = from.is_some();
                        Done::Consuming { consumer, prefetch, stream, counted, from_place }
                    }
                    Err(CallError::Channel { code: Some(reply::PRECONDITION_FAILED), words })
                        if low_priority && refuses(&words, PRIORITY) && names_stream(&words) =>
                    {
                        Done::StreamChecked(true)
                    }
                    Err(CallError::Channel { code: Some(reply::PRECONDITION_FAILED), words })
                        if from.is_some() && refuses(&words, STREAM_OFFSET) =>
                    {
                        failed(CallError::Refused(Detail::QueueNoStream { queue, words }), None)
                    }
                    Err(error) => failed(error, None),
                }
            }
            Self::Cancel { consumer } => {
                let options = BasicCancelOptions::default();
                let cancel = channel.raw().basic_cancel(consumer_tag(consumer), options);
                // Where the channel is gone, the consumer's stream says so.
                let _ = channel.call(cancel).await;
                Done::Nothing
            }
            Self::Settle { outcome, tags, which, count } => {
                match settle(&channel, outcome, tags).await {
                    Ok(()) => Done::Settled(outcome, count),
                    Err(error) => failed(error, Some(which)),
                }
            }
            Self::GiveBack { tag } => {
                match settle(&channel, Outcome::Requeue, vec![(tag, false)]).await {
                    Ok(()) => Done::Nothing,
                    Err(error) => failed(error, None),
                }
            }
            Self::CheckStream { queue } => {
                match is_stream(channel.connection().url(), &queue).await {
                    Ok(stream) => Done::StreamChecked(stream),
                    Err(error) => failed(error, None),
                }
            }
            Self::Close { give_back, permit } => {
                if give_back {
                    // Where the channel is gone, the broker requeues by itself.
                    let _ = settle(&channel, Outcome::Requeue, vec![(ALL, true)]).await;
                }
                channel.close().await;
                drop(permit);
                Done::Nothing
            }
        }
    }
}

/// Opens a channel for `queue` on the connection behind `link`, the queue made sure of.
pub(super) async fn open(
    queue: String,
    queues: Queues,
    mut link: watch::Receiver<Link>,
) -> Result<Channel, CallError> {
    let connection = up(&mut link).await.map_err(CallError::Ended)?;
    // Where it is missing and may not be declared, the broker's own words come with the consumer.
    if let Err(QueueError::Missing(detail) | QueueError::Refused(detail)) =
        queues.ensure(&queue).await
    {
        return Err(CallError::Refused(detail));
    }
    connection.open_channel().await
}

async fn consume(
    channel: &Channel,
    consumer: u64,
    queue: &str,
    prefetch: u16,
    arguments: FieldTable,
) -> Result<lapin::Consumer, CallError> {
    channel.call(channel.raw().basic_qos(prefetch, BasicQosOptions::default())).await?;
    let (tag, options) = (consumer_tag(consumer), BasicConsumeOptions::default());
    let consume = channel.raw().basic_consume(name(queue)?, tag, options, arguments);
    channel.call(consume).await
}

/// What a consumer is started with.
fn arguments(low_priority: bool, from: Option<StreamFrom>) -> FieldTable {
    let mut arguments = FieldTable::default();
    if low_priority {
        arguments.insert(PRIORITY.into(), AMQPValue::LongInt(LOW_PRIORITY));
    }
    let place = from.map(|from| match from {
        StreamFrom::First => AMQPValue::LongString("first".into()),
        StreamFrom::Last => AMQPValue::LongString("last".into()),
        StreamFrom::Next => AMQPValue::LongString("next".into()),
        StreamFrom::Offset(offset) => {
            AMQPValue::LongLongInt(i64::try_from(offset).unwrap_or(i64::MAX))
        }
        StreamFrom::Timestamp(seconds) => AMQPValue::Timestamp(seconds),
    });
    if let Some(place) = place {
        arguments.insert(STREAM_OFFSET.into(), place);
    }
    arguments
}

/// Whether the broker refuses an argument for the queue's type: "invalid arg 'x-priority' for queue
/// 'q' in vhost '/' of queue type rabbit_stream_queue".
fn refuses(words: &str, argument: &str) -> bool {
    words.contains(&format!("invalid arg '{argument}'"))
}

fn names_stream(words: &str) -> bool {
    words.ends_with("rabbit_stream_queue")
}

/// A consumer's tag on its channel.
fn consumer_tag(consumer: u64) -> ShortString {
    ShortString::from(format!("warren.{consumer}"))
}

/// Whether the queue is a stream: only from those may be consumed from an offset, and the broker
/// closes the channel of who tries. On a connection of its own: the queue's may be paused for want of
/// memory until this is known, and what comes to the trial must harm nobody. It is remembered, so that
/// this happens once for each stream.
pub(crate) async fn is_stream(url: &BrokerUrl, queue: &str) -> Result<bool, CallError> {
    let quota = Arc::<ChannelQuota>::default();
    let connection = Connection::open(url, &quota, "trial", None).await;
    let connection =
        Arc::new(connection.map_err(|detail| CallError::Ended(Ended::because(detail)))?);
    let is_stream = consumes_from_offset(&connection, queue).await;
    connection.close().await;
    is_stream
}

async fn consumes_from_offset(
    connection: &Arc<Connection>,
    queue: &str,
) -> Result<bool, CallError> {
    let trial = connection.open_channel().await?;
    trial.call(trial.raw().basic_qos(1, BasicQosOptions::default())).await?;
    let arguments = arguments(false, Some(StreamFrom::Next));
    let options = BasicConsumeOptions::default();
    let tag = ShortString::from("warren.trial");
    let consume = trial.raw().basic_consume(name(queue)?, tag, options, arguments);
    match trial.call(consume).await {
        Ok(_) => Ok(true),
        // Any other refusal says nothing of what it is.
        Err(CallError::Channel { words, .. }) if refuses(&words, STREAM_OFFSET) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Settles tags of the channel, each with AMQP's `multiple`, in this order.
async fn settle(
    channel: &Channel,
    outcome: Outcome,
    tags: Vec<(u64, bool)>,
) -> Result<(), CallError> {
    let settles = tags.into_iter().map(|(tag, multiple)| {
        let raw = channel.raw();
        Box::pin(async move {
            match outcome {
                Outcome::Ack => raw.basic_ack(tag, BasicAckOptions { multiple }).await,
                Outcome::Requeue | Outcome::Reject => {
                    let requeue = outcome == Outcome::Requeue;
                    raw.basic_nack(tag, BasicNackOptions { multiple, requeue }).await
                }
            }
        })
    });
    let in_order = async {
        let mut all = Ok(());
        let mut waiting = Vec::new();
        for mut settle in settles {
            // The first poll hands it to lapin.
            match poll!(&mut settle) {
                Poll::Ready(done) => all = all.and(done),
                Poll::Pending => waiting.push(settle),
            }
        }
        join_all(waiting).await.into_iter().fold(all, Result::and)
    };
    channel.call(in_order).await
}

fn name(queue: &str) -> Result<ShortString, CallError> {
    declare::name(queue).map_err(|error| CallError::Refused(error.into_detail()))
}

/// What the session is told of it.
pub(super) fn consume_error(queue: &str, error: CallError) -> ConsumeError {
    let queue = queue.to_owned();
    let forgets_place = match &error {
        CallError::Channel { code, words } => {
            *code == Some(reply::NOT_FOUND) && says_no_such_queue(words)
        }
        CallError::Refused(detail) => matches!(detail, Detail::QueueNoStream { .. }),
        CallError::NoChannelLeft(_) | CallError::Ended(_) => false,
    };
    let (reason, detail) = match error {
        CallError::Channel { code: Some(reply::NOT_FOUND | reply::RESOURCE_LOCKED), words } => {
            (StopReason::Refused, Detail::BrokerSays { words })
        }
        CallError::Refused(detail) | CallError::NoChannelLeft(detail) => {
            (StopReason::Refused, detail)
        }
        CallError::Channel { code: Some(_), words } => {
            (StopReason::Refused, Detail::QueueRefused { queue, words })
        }
        CallError::Channel { code: None, words } => {
            (StopReason::QueueDown, Detail::QueueRefused { queue, words })
        }
        CallError::Ended(ended) if channel_limit(&ended).is_some() => {
            (StopReason::Refused, ended.detail)
        }
        // The broker or lapin has ended it over something that came by it.
        CallError::Ended(ended) if ended.is_about_content() => {
            let cause = Box::new(ended.detail);
            (StopReason::QueueDown, Detail::QueueEndsConnection { queue, cause })
        }
        CallError::Ended(ended) => (StopReason::BrokerDown, ended.detail),
    };
    ConsumeError { reason, detail, forgets_place }
}
