//! A client's frame as it is read: the fields of all kinds side by side.
//!
//! serde reads an enum that is tagged inside, and flattened fields, into a tree first, since the
//! tag may come last. Side by side the fields are read as they come, in one go, and by a third of
//! the code.

use serde::Deserialize;

use super::{AckMode, ClientMessage, Outcome, Publish, Tags};
use crate::{
    bounded::Bounded,
    limits,
    missing::{MissingField, required},
};

#[derive(Deserialize)]
pub(super) struct Frame {
    #[serde(rename = "type")]
    kind: Kind,
    protocol: Option<u32>,
    token: Option<String>,
    #[serde(default)]
    binary: bool,
    messages: Option<Bounded<Publish, { limits::MAX_BATCH }>>,
    queue: Option<String>,
    ack: Option<AckMode>,
    prefetch: Option<u16>,
    outcome: Option<Outcome>,
    up_to: Option<u64>,
    tags: Option<Bounded<u64, { limits::MAX_TAGS }>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Hello,
    Publish,
    Receive,
    Pause,
    Settle,
}

impl TryFrom<Frame> for ClientMessage {
    type Error = MissingField;

    fn try_from(frame: Frame) -> Result<Self, MissingField> {
        Ok(match frame.kind {
            Kind::Hello => Self::Hello {
                protocol: required(frame.protocol, "protocol")?,
                token: frame.token,
                binary: frame.binary,
            },
            Kind::Publish => Self::Publish { messages: required(frame.messages, "messages")?.0 },
            Kind::Receive => Self::Receive {
                queue: frame.queue,
                ack: required(frame.ack, "ack")?,
                prefetch: frame.prefetch,
            },
            Kind::Pause => Self::Pause,
            Kind::Settle => Self::Settle {
                outcome: required(frame.outcome, "outcome")?,
                which: tags(frame.up_to, frame.tags.map(|tags| tags.0))?,
            },
        })
    }
}

/// `"up_to": n` or `"tags": […]`.
pub(crate) fn tags(up_to: Option<u64>, tags: Option<Vec<u64>>) -> Result<Tags, MissingField> {
    match up_to {
        Some(tag) => Ok(Tags::UpTo(tag)),
        None => required(tags, "up_to` or `tags").map(Tags::Tags),
    }
}
