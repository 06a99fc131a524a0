//! Warren's wire protocol, version 1: what the page and the relay say to each other.
//!
//! `GET /ws` upgrades to a WebSocket (RFC 6455). A message is one JSON object of a `"type"`, which
//! comes first, and its `"data"`. The client speaks first, with [`ClientMessage::Hello`]; it may send
//! further messages at once, before [`ServerMessage::Welcome`] arrives. Fields that a side does not
//! know are ignored; a message that cannot be read, or has an unknown type, is answered by
//! [`ServerMessage::Error`] with [`ErrorCode::BadMessage`], and the session goes on.
//!
//! ```text
//! → {"type":"hello","data":{"protocol":1}}
//! ← {"type":"welcome","data":{"protocol":1,"relay":"0.1.0","queues":["hello"],"limits":{…},…}}
//! ← {"type":"broker","data":{"state":"up"}}
//! → {"type":"publish","data":{"messages":[{"id":1,"body":{"text":"Hello World!"}}]}}
//! ← {"type":"published","data":{"confirmed":[1]}}
//! → {"type":"receive","data":{"ack":"auto"}}
//! ← {"type":"receiving","data":{"queue":"hello","ack":"auto","prefetch":500}}
//! ← {"type":"deliveries","data":{"messages":[{"tag":1,"body":{"text":"Hello World!"},…}]}}
//! → {"type":"settle","data":{"outcome":"ack","tags":{"up_to":1}}}
//! ```
//!
//! # Binary messages
//!
//! Text messages are all that a client needs. A binary one carries bodies as they are: the length of
//! its JSON in 4 bytes, big-endian; the JSON; then the bodies, one after the other. In the JSON such a
//! body is `{"bytes": n}`: the next n of these bytes. The relay reads both forms at any time, and
//! answers in binary ones where `hello` says `"binary": true`.
//!
//! The types here do no I/O and reading them never panics, whatever the input.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod body;
mod bounded;
mod client;
mod codec;
mod detail;
mod headers;
pub mod limits;
mod observed;
mod properties;
mod rights;
mod server;
mod status;
mod tagged;

pub use body::Body;
pub use client::{AckMode, ClientMessage, Outcome, Publish, ReceiveMode, StreamFrom, Tags};
pub use codec::{DecodeError, WireMessage};
pub use detail::{Detail, HandshakeHint, HeaderNeed};
pub use headers::{FieldTable, FieldValue, HeaderError, MAX_HEADER_DEPTH};
pub use observed::{Observed, ObservedKind};
pub use properties::Properties;
pub use rights::Rights;
pub use server::{Delivery, ErrorCode, FailReason, Failure, Limits, ServerMessage, StopReason};
pub use status::{BrokerState, QueueCount, QueueStatus, QueueType};

/// The protocol version that these types describe, named in `hello` and `welcome`.
pub const PROTOCOL_VERSION: u32 = 1;

/// WebSocket close codes (RFC 6455, section 7.4) that the relay sends.
pub mod close {
    /// The relay stops; connect again later.
    pub const GOING_AWAY: u16 = 1001;
    /// No `hello` as the first message in time, or answers that are not read.
    pub const POLICY: u16 = 1008;
    /// A message was larger than the relay reads: `welcome`'s `max_message_bytes`.
    pub const TOO_BIG: u16 = 1009;
    /// The relay has as many sessions, or clients that have not shown a token, as it may; try again
    /// later.
    pub const TRY_AGAIN_LATER: u16 = 1013;
    /// The client speaks a protocol version that this relay does not.
    pub const UNSUPPORTED_VERSION: u16 = 4000;
    /// The token is missing, wrong or no longer valid: the next attempt needs another one. An
    /// [`ErrorCode::NotAllowed`](crate::ErrorCode::NotAllowed) says so first. No other close means
    /// that a token was refused.
    pub const TOKEN_REFUSED: u16 = 4001;
}
