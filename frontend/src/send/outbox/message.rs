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
        max_wire_bytes(self.body.len(), self.weight, queue)
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

/// The bytes that a message takes on the wire at most, by those of its body, of all of it, and of the
/// name of its queue.
pub(super) fn max_wire_bytes(body: usize, weight: usize, queue: usize) -> usize {
    // The names of the fields are within what the weight has for each message.
    body.saturating_add((weight - body + queue).saturating_mul(MAX_ESCAPED))
}

/// Why the relay would close the link over a message that takes so many bytes at most. `publish` is
/// called where it must be known how many it takes.
pub(super) fn too_large(
    body: usize,
    max_wire_bytes: usize,
    limits: Limits,
    publish: impl FnOnce() -> Publish,
) -> Option<FailDetail> {
    let max = limits.max_body_bytes;
    if body > max {
        return Some(FailDetail::Said(Detail::BodyTooLarge { bytes: body, max }));
    }
    let max = limits.max_message_bytes;
    if AROUND_MESSAGES.saturating_add(max_wire_bytes) <= max {
        return None;
    }
    let bytes = ClientMessage::Publish { messages: vec![publish()] }.into_binary().len();
    (bytes > max).then_some(FailDetail::OverWire { bytes, max })
}
