//! What the relay says to a client (the page).

use serde::{Deserialize, Serialize};

use crate::{
    AckMode, Body, BrokerState, Detail, Observed, Properties, QueueCount, ReceiveMode, Rights, Tags,
};

/// A message from the relay to the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`.
    Welcome {
        /// [`crate::PROTOCOL_VERSION`].
        protocol: u32,
        /// The relay's own version.
        relay: String,
        /// The queues that this session may use; the first is the default. Never empty.
        queues: Vec<String>,
        /// What this session may do.
        rights: Rights,
        /// What the client has to keep within.
        limits: Limits,
        /// Nobody has named a queue to the relay, so the first is the tutorial's, and a page may receive
        /// from it without being asked. A queue that was named is somebody's: a page takes nothing from
        /// it until its user says so.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        receive_at_once: bool,
    },
    /// How the relay stands with the broker: at once after `welcome`, then on every change.
    Broker(BrokerState),
    /// The queues' counts: at once after `welcome`, then within a second when they change, and at
    /// least every 10 seconds.
    Queues {
        /// One entry for each of `welcome`'s queues, in the same order.
        queues: Vec<QueueCount>,
    },
    /// Deliveries come from now on, or again after an outage.
    Receiving {
        /// From this queue.
        queue: String,
        /// As `receive` asked.
        #[serde(default)]
        mode: ReceiveMode,
        /// As `receive` asked.
        ack: AckMode,
        /// As `receive` asked, within `max_prefetch`. The relay may hold fewer at first.
        prefetch: u16,
        /// Whether the queue is a stream, whose messages stay in it: `requeue` and `reject` are
        /// answered by `error` `not_supported`. Known once the first message has come, and
        /// `receiving` is said again then.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stream: bool,
    },
    /// Copies of what passes through the queue come from now on, or again: tracing is on, as a message
    /// of the relay's own has shown, whose trace came.
    Watching {
        /// Through this queue.
        queue: String,
    },
    /// What has passed through the watched queue, in the order in which the broker told.
    Observed {
        /// May be empty where some were missed.
        events: Vec<Observed>,
        /// How many were lost by a bound since the last `observed`: of the tap, of the relay's memory, or
        /// of what waits for this client. Those that the tap lost may have been of other queues.
        #[serde(default, skip_serializing_if = "is_zero")]
        missed: u64,
    },
    /// No deliveries from now on, or nothing that is watched. Unless the reason is `paused`, what is unsettled is delivered again,
    /// and `receiving` or `watching` follows once they come again. A client that has paused gets this too where it
    /// holds deliveries whose channel is gone.
    Stopped {
        /// Why.
        reason: StopReason,
        /// More about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Detail>,
    },
    /// Messages from the queue, in the order in which the broker delivered them.
    Deliveries {
        /// At least one.
        messages: Vec<Delivery>,
    },
    /// What became of published messages.
    Published {
        /// Ids that the broker has confirmed: it is responsible for them now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        confirmed: Vec<u64>,
        /// Ids that are in no queue, or may not be.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        failed: Vec<Failure>,
    },
    /// These could not be settled: their channel is gone and the broker delivers them again.
    Stale {
        /// Which.
        tags: Tags,
    },
    /// The last message could not be taken; nothing in it was done.
    Error {
        /// What kind of mistake.
        code: ErrorCode,
        /// In English words that a person can act on.
        message: String,
        /// The same for other languages; not of [`ErrorCode::BadMessage`], which a client's developer
        /// reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Detail>,
    },
}

/// What a client has to keep within. Above that, `publish` is answered by a [`Failure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest body, in bytes.
    pub max_body_bytes: usize,
    /// Most messages without an answer; their bodies are also bound by
    /// [`crate::limits::MAX_IN_FLIGHT_BYTES`].
    pub max_in_flight: usize,
    /// Most unsettled deliveries that `receive` may ask for.
    pub max_prefetch: u16,
    /// Most messages in one `publish`; one with more is answered by `error` `bad_message`.
    pub max_batch: usize,
    /// Largest WebSocket message that the relay reads, in bytes as encoded; a larger one ends the
    /// session ([`crate::close::TOO_BIG`]).
    pub max_message_bytes: usize,
}

/// Why deliveries have stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// `pause` was asked for; with a `detail`, the time of a look was over.
    Paused,
    /// The queue was deleted, or its node is down. The relay declares it again only if it declared it
    /// before, and waits for it otherwise.
    QueueDeleted,
    /// The connection to the broker is gone; the relay connects again.
    BrokerDown,
    /// The broker refuses to let the relay consume; the relay tries again.
    Refused,
    /// The connection that this queue's messages come by is gone. Other queues and publishing have
    /// connections of their own; the relay opens this one again.
    QueueDown,
    /// A watch shows nothing, since tracing is off or not for this user; `detail` names what to do. The
    /// relay looks again every few seconds.
    NotTraced,
}

fn is_zero(missed: &u64) -> bool {
    *missed == 0
}

/// One message from the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Names the delivery in `settle`. Counts up by one within the session, from 1, and is never
    /// used again, also across broker outages: a client that sees a gap has missed a delivery.
    pub tag: u64,
    /// The message itself.
    pub body: Body,
    /// As its publisher set them.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
    /// Whether the broker has delivered it before.
    pub redelivered: bool,
    /// Where it was published; the default exchange is `""`.
    pub exchange: String,
    /// With which routing key.
    pub routing_key: String,
}

/// A message that was not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The client's id.
    pub id: u64,
    /// What kind of failure.
    pub reason: FailReason,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
    /// Whether sending the same again can help.
    pub retry: bool,
}

/// Why a message was not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailReason {
    /// The broker could not route it: the queue is gone (`basic.return`).
    Returned,
    /// The broker refused it (`basic.nack`), as a full queue does.
    Nacked,
    /// The body is larger than `max_body_bytes`.
    TooLarge,
    /// A property that the broker would close the channel over, or that would route elsewhere.
    InvalidProperty,
    /// The broker closed the channel over this message, for the reason in `detail`.
    Refused,
    /// Not one of `welcome`'s queues.
    UnknownQueue,
    /// This session may not send.
    NotAllowed,
    /// More in flight than `max_in_flight` allows, or than the relay has memory for.
    TooManyInFlight,
    /// No connection, or it was lost before the confirm: it may or may not be in the queue.
    BrokerDown,
}

/// What was wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, an unknown type, or fields that do not fit it.
    BadMessage,
    /// Not one of `welcome`'s queues.
    UnknownQueue,
    /// A tag that this session was never given, or has settled already.
    UnknownTag,
    /// The relay does not let this session do that; or its token does not let it in, and the link
    /// is closed with [`crate::close::TOKEN_REFUSED`].
    NotAllowed,
    /// This kind of queue does not allow that: a stream takes nothing back.
    NotSupported,
}
