//! A message of the outbox: as it was handed in, what has become of it, and how large it is on the
//! wire.

use serde::{Deserialize, Serialize};
use warren_protocol::{
    Body, ClientMessage, Detail, FailReason, Limits, Properties, Publish, WireMessage as _,
};

use crate::ui::preview::{Preview, weight};

/// How many bytes one byte of a text takes in JSON at most (`\u0001`).
const MAX_ESCAPED: usize = 6;
/// What a `publish` takes around its messages, in bytes, at most.
pub(super) const AROUND_MESSAGES: usize = 64;

/// A message as it was handed in.
#[derive(Debug)]
pub struct Outgoing {
    /// The queue; the relay's first where absent.
    pub queue: Option<String>,
    /// What is sent.
    pub body: Body,
    /// Carries the `message_id`, which a message keeps when it is sent again.
    pub properties: Properties,
    /// When it was handed in, in milliseconds since 1970-01-01 UTC.
    pub at_ms: f64,
    /// What a row shows of the body.
    pub preview: Preview,
    /// See [`weight`].
    pub(super) weight: usize,
}

impl Outgoing {
    pub(super) fn new(
        queue: Option<String>,
        body: Body,
        properties: Properties,
        at_ms: f64,
    ) -> Self {
        let (preview, weight) = (Preview::of(&body), weight(&body, &properties));
        Self { queue, body, properties, at_ms, preview, weight }
    }

    /// The bytes that it takes on the wire at most, whatever the characters of its properties.
    pub(super) fn max_wire_bytes(&self) -> usize {
        let queue = self.queue.as_ref().map_or(0, String::len);
        // The names of the fields are within what the weight has for each message.
        let around = (self.weight - self.body.len() + queue).saturating_mul(MAX_ESCAPED);
        self.body.len().saturating_add(around)
    }

    /// The bytes that it takes on the wire alone.
    fn wire_bytes(&self) -> usize {
        ClientMessage::Publish { messages: vec![self.publish(u64::MAX)] }.into_binary().len()
    }

    pub(super) fn publish(&self, id: u64) -> Publish {
        let Self { queue, body, properties, .. } = self;
        Publish { id, queue: queue.clone(), body: body.clone(), properties: properties.clone() }
    }
}

/// More about why a message failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailDetail {
    /// The relay has said it.
    Said(Detail),
    /// It takes this many bytes on the wire, and the relay reads at most so many.
    OverWire {
        /// What it takes.
        bytes: usize,
        /// What the relay reads.
        max: usize,
    },
}

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// So many already wait.
    Messages(usize),
    /// As many bytes as may already wait.
    Bytes,
}

/// What has become of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum SendState {
    /// It waits here.
    Queued,
    /// It went to the relay; the broker has not confirmed it.
    Sent {
        /// When it went, in milliseconds since 1970-01-01 UTC.
        at_ms: f64,
    },
    /// The broker is responsible for it.
    Confirmed {
        /// Milliseconds from sending to the confirm.
        ms: u64,
    },
    /// It is in no queue, or may not be.
    Failed {
        /// What kind of failure.
        reason: FailReason,
        /// More about it.
        detail: Option<FailDetail>,
    },
}

/// Why the relay would close the link over a message.
pub(super) fn too_large(message: &Outgoing, limits: Limits) -> Option<FailDetail> {
    let (bytes, max) = (message.body.len(), limits.max_body_bytes);
    if bytes > max {
        return Some(FailDetail::Said(Detail::BodyTooLarge { bytes, max }));
    }
    let max = limits.max_message_bytes;
    if AROUND_MESSAGES.saturating_add(message.max_wire_bytes()) <= max {
        return None;
    }
    let bytes = message.wire_bytes();
    (bytes > max).then_some(FailDetail::OverWire { bytes, max })
}
