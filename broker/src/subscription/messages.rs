//! What goes into a [`Subscription`](super::Subscription) and what comes out.

use warren_protocol::{AckMode, Detail, Outcome, ReceiveMode, StopReason, StreamFrom, Tags};

/// The tag of every unsettled delivery of a channel (AMQP 0-9-1, basic.nack).
pub(crate) const ALL: u64 = 0;

/// What a session wants to receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receive {
    /// From this queue.
    pub queue: String,
    /// What becomes of the messages.
    pub mode: ReceiveMode,
    /// Who acknowledges.
    pub ack: AckMode,
    /// Most deliveries that may be unsettled at once.
    pub prefetch: u16,
    /// Where to begin, which only a stream has; without it, behind what the session has had of the
    /// queue.
    pub from: Option<StreamFrom>,
}

impl Receive {
    /// Whether the broker would answer both alike.
    pub(super) fn asks_alike(&self, other: &Self) -> bool {
        self.queue == other.queue && self.mode == other.mode && self.from == other.from
    }
}

/// Why a queue cannot be received from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsumeError {
    pub(crate) reason: StopReason,
    pub(crate) detail: Detail,
    /// The queue is gone or no stream: a place in it means nothing any more.
    pub(crate) forgets_place: bool,
}

/// What has happened. Numbers name the channel: what is late, of one that is gone, changes nothing.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Receive(Receive),
    Pause,
    /// Pause for good, and say when nothing is unsettled.
    Drain,
    /// The session is gone.
    Leave,
    Settle(Outcome, Tags),
    /// The channel was gone before the broker got this.
    NotSettled(Tags),
    /// It is time to try again.
    RetryNow,
    Opened {
        channel: u64,
        /// Whether the queue is a stream, where that is known.
        stream: Option<bool>,
        /// The mean size of its messages, where that is known.
        mean_bytes: Option<f64>,
    },
    /// A consumer runs, with this prefetch.
    Consuming {
        channel: u64,
        consumer: u64,
        prefetch: u16,
    },
    /// A consumer's deliveries are at their end: it was cancelled, by us or by the broker.
    ConsumerEnded {
        channel: u64,
        consumer: u64,
    },
    /// The answer to [`Command::Count`].
    Counted {
        channel: u64,
        /// The queue has no consumers but those of this process.
        only_ours: bool,
    },
    /// The answer to [`Delivered::AskFirst`], or what a refusal of [`Command::Consume`] has shown.
    StreamChecked {
        channel: u64,
        stream: bool,
    },
    /// A batch of deliveries was passed on.
    BatchEnded,
    /// The time of a look, in seconds, is over.
    LookOver {
        channel: u64,
        seconds: u64,
    },
    /// The channel could not be had, or is gone.
    Failed {
        channel: u64,
        error: ConsumeError,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Open a channel on the queue's connection, the queue made sure of. [`Input::Opened`] or
    /// [`Input::Failed`] follows.
    Open {
        channel: u64,
        queue: String,
    },
    /// Start a consumer. [`Input::Consuming`], [`Input::StreamChecked`] or [`Input::Failed`] follows.
    Consume {
        consumer: u64,
        prefetch: u16,
        /// Behind all others, as a look does.
        low_priority: bool,
        /// Where in a stream.
        from: Option<StreamFrom>,
    },
    /// [`Input::ConsumerEnded`] follows.
    Cancel {
        consumer: u64,
    },
    /// Settle these tags of the channel, each with AMQP's `multiple`; they are the session's `which`.
    /// Where that fails, [`Input::NotSettled`] follows.
    Settle {
        outcome: Outcome,
        tags: Vec<(u64, bool)>,
        which: Tags,
        /// How many deliveries these are.
        count: usize,
    },
    /// Count the queue's consumers.
    Count,
    /// Close the channel, and give back what is unsettled where `give_back`.
    Close {
        give_back: bool,
    },
    /// [`Input::RetryNow`] follows, after a while or when it may work.
    RetryLater,
    /// [`Input::LookOver`] follows, unless the channel is closed before.
    TimeLook,
    Emit(Notice),
}

/// What the session is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    Receiving(Receive, bool),
    Stopped(StopReason, Option<Detail>),
    Stale(Tags),
    UnknownTag(u64),
    /// A stream takes nothing back.
    NotSupported(Outcome),
    /// A look takes nothing.
    NotInLook(Outcome),
    Drained,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// The session gets it under this tag.
    Pass(u64),
    /// It goes back to its queue.
    GiveBack,
    /// Nobody wants it, and nothing is to be done.
    Ignore,
    /// It may be of a stream: ask the broker, then hand the delivery in again.
    AskFirst,
}
