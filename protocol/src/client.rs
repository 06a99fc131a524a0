//! What a client (the page) says to the relay.

use serde::{Deserialize, Serialize};

use crate::{
    Body, Properties, bounded,
    limits::{MAX_BATCH, MAX_TAGS},
};

/// A message from the client to the relay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// Must be the first message, within 10 seconds of the upgrade; once only.
    Hello {
        /// [`crate::PROTOCOL_VERSION`].
        protocol: u32,
        /// The relay's token, where it asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Whether the relay shall answer in binary messages, with bodies as they are. It reads both
        /// forms at any time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        binary: bool,
    },
    /// Publish these, in this order. Each is answered once, in some
    /// [`Published`](crate::ServerMessage::Published).
    Publish {
        /// At most `welcome`'s `max_batch`.
        #[serde(deserialize_with = "bounded::list::<_, _, MAX_BATCH>")]
        messages: Vec<Publish>,
    },
    /// Start to receive, or change how. This outlives broker outages: it is answered by
    /// [`Receiving`](crate::ServerMessage::Receiving) as soon as, and each time, it holds.
    Receive {
        /// One of `welcome`'s queues; the first where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// What becomes of the messages.
        #[serde(default, skip_serializing_if = "ReceiveMode::is_take")]
        mode: ReceiveMode,
        /// Who acknowledges. Of no meaning in a look.
        ack: AckMode,
        /// How many deliveries may be unsettled at once: 1 to `welcome`'s `max_prefetch`, where
        /// absent [`crate::limits::DEFAULT_PREFETCH`]. More is taken as `max_prefetch`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prefetch: Option<u16>,
        /// Where in a stream to begin; where absent, behind what this session has had of it, and at
        /// its end for a new one. Any other queue is `refused` with this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<StreamFrom>,
    },
    /// Show copies of what is published to a queue and of what is delivered from it, and take nothing.
    /// Ends a `receive`, which ends a watch. Outlives outages, as `receive` does; answered by
    /// [`Watching`](crate::ServerMessage::Watching) each time it holds.
    Watch {
        /// One of `welcome`'s queues; the first where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
    },
    /// Stop to receive, or to watch. Unsettled deliveries stay with this session, but for those of a
    /// look, which go back. Answered by [`Stopped`](crate::ServerMessage::Stopped).
    Pause,
    /// Settle deliveries. Tags whose channel is gone are answered by
    /// [`Stale`](crate::ServerMessage::Stale).
    Settle {
        /// What becomes of them.
        outcome: Outcome,
        /// Which.
        tags: Tags,
    },
}

/// One message to publish to the default exchange, with the queue's name as the routing key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publish {
    /// Chosen by the client, increasing within a session; names the message in the answer.
    pub id: u64,
    /// One of `welcome`'s queues; the first where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Bytes, at most `welcome`'s `max_body_bytes` of them.
    pub body: Body,
    /// Set them as a `send.py` would; `message_id` lets receivers tell a message that was sent
    /// again.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
}

/// Who acknowledges deliveries. The relay always consumes with acknowledgements; this says what
/// the client means to do, and comes back in `receiving`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AckMode {
    /// The client, as soon as it has them.
    #[default]
    Auto,
    /// A person, one by one.
    Manual,
}

/// What becomes of messages that are received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiveMode {
    /// They are this session's to settle.
    #[default]
    Take,
    /// They are shown, and go back to their queue when the session pauses, leaves or receives
    /// otherwise, when the relay stops, and after a while (`[limits] look-time`). `ack` and `reject`
    /// are answered by `error` `not_allowed`; only of a stream, which keeps its messages, may be
    /// acknowledged, so that more come.
    Look,
}

impl ReceiveMode {
    fn is_take(&self) -> bool {
        *self == Self::Take
    }
}

/// A place in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamFrom {
    /// The first message that is there.
    First,
    /// The last chunk of messages.
    Last,
    /// What is published from now on.
    Next,
    /// The message with this offset, as in the header `x-stream-offset`.
    Offset(u64),
    /// The first chunk that was written at this time or later, in seconds since 1970-01-01 UTC.
    Timestamp(u64),
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done: the broker forgets it (`basic.ack`).
    Ack,
    /// Back into the queue (`basic.nack` with `requeue`).
    Requeue,
    /// Not wanted: the broker drops it, or dead-letters it where the queue says so
    /// (`basic.nack` without `requeue`).
    Reject,
}

/// A choice of delivery tags: `{"up_to": n}` or `{"list": […]}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tags {
    /// Every tag of this session, not settled yet, that is at most this.
    UpTo(u64),
    /// These.
    #[serde(deserialize_with = "bounded::list::<_, _, MAX_TAGS>")]
    List(Vec<u64>),
}
