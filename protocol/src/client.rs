//! What a client (the page) says to the relay.

mod frame;

use serde::{Deserialize, Serialize};

use crate::{
    Body, Properties,
    json::{json, list},
};
use frame::Frame;
pub(crate) use frame::tags;

/// A frame from the client to the relay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "Frame")]
pub enum ClientMessage {
    /// Must be the first frame, within 10 seconds of the upgrade; once only.
    Hello {
        /// [`crate::PROTOCOL_VERSION`].
        protocol: u32,
        /// The relay's token, where it asks for one.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// Whether the relay shall write its JSON into binary frames: a browser hands those on as
        /// they are, and turns text frames into UTF-16 and back.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        binary: bool,
    },
    /// Publish these, in this order. Each is answered once, in some
    /// [`Published`](crate::ServerMessage::Published).
    Publish {
        /// The messages.
        messages: Vec<Publish>,
    },
    /// Start to receive, or change how. A wish that outlives broker outages: answered by
    /// [`Receiving`](crate::ServerMessage::Receiving) as soon as, and each time, it holds.
    Receive {
        /// One of `welcome`'s queues; the first where absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// Who acknowledges.
        ack: AckMode,
        /// How many deliveries may be unsettled at once: 1 to `welcome`'s `max_prefetch`, where
        /// absent [`crate::limits::DEFAULT_PREFETCH`]. More than the most is taken as the most.
        #[serde(skip_serializing_if = "Option::is_none")]
        prefetch: Option<u16>,
    },
    /// Stop to receive. Unsettled deliveries stay with this session. Answered by
    /// [`Stopped`](crate::ServerMessage::Stopped).
    Pause,
    /// Settle deliveries. Tags whose channel is gone are answered by
    /// [`Stale`](crate::ServerMessage::Stale).
    Settle {
        /// What becomes of them.
        outcome: Outcome,
        /// Which: `"tags": […]` or `"up_to": n`.
        #[serde(flatten)]
        which: Tags,
    },
}

impl ClientMessage {
    /// The frame's JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Publish { messages } => list(
                "publish",
                messages.iter().map(|message| (Envelope::of(message), &message.body)),
            ),
            _ => json(self),
        }
    }

    /// Reads a frame, of text or binary.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// One message to publish to the default exchange, with the queue's name as the routing key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Publish {
    /// Chosen by the client, increasing within a session; names the message in the answer.
    pub id: u64,
    /// One of `welcome`'s queues; the first where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// At most `welcome`'s `max_body_bytes`.
    pub body: Body,
    /// Set them as a `send.py` would; `message_id` lets receivers tell a message that was sent
    /// again.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
}

impl Publish {
    /// The bytes that it takes on the wire in a [`ClientMessage::Publish`], or up to three more: the
    /// comma after it is counted, and the longer name of a body's form.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        around_body(&Envelope::of(self)) + self.body.encoded_len()
    }

    /// The same at most, for such a message with any id and its body as [`Body::into_compact`]
    /// gives it. Nothing is copied.
    #[must_use]
    pub fn compact_len(queue: Option<&str>, body: &Body, properties: &Properties) -> usize {
        around_body(&Envelope { id: u64::MAX, queue, properties }) + body.compact_len()
    }

    /// The bytes of a [`ClientMessage::Publish`] without its messages.
    pub const EMPTY_LEN: usize = r#"{"type":"publish","messages":[]}"#.len();
}

/// All but what is between the quotes of the body, as [`list`] writes it.
fn around_body(envelope: &Envelope<'_>) -> usize {
    json(envelope).len() + r#","body":{"base64":""},"#.len()
}

/// A message without its body.
#[derive(Serialize)]
struct Envelope<'a> {
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<&'a str>,
    #[serde(skip_serializing_if = "Properties::is_empty")]
    properties: &'a Properties,
}

impl<'a> Envelope<'a> {
    fn of(message: &'a Publish) -> Self {
        Self { id: message.id, queue: message.queue.as_deref(), properties: &message.properties }
    }
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

/// A choice of delivery tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tags {
    /// Every tag of this session, not settled yet, that is at most this.
    UpTo(u64),
    /// These.
    Tags(Vec<u64>),
}
