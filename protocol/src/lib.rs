//! Warren's wire protocol, version 1: what the page and the relay say to each other.
//!
//! `GET /ws` upgrades to a WebSocket (RFC 6455). Every frame holds one JSON object, tagged by its
//! `"type"`. The relay writes text frames, or binary ones where `hello` asks for them, and reads
//! both. The client speaks first, with [`ClientMessage::Hello`];
//! it may send further frames at once, before [`ServerMessage::Welcome`] arrives. Fields that a
//! side does not know are ignored; a frame that cannot be read, or has an unknown `type`, is
//! answered by [`ServerMessage::Error`] with [`ErrorCode::BadMessage`], and the session goes on.
//!
//! ```text
//! → {"type":"hello","protocol":1}
//! ← {"type":"welcome","protocol":1,"relay":"0.1.0","queues":["hello"],"limits":{…}}
//! ← {"type":"broker","state":"up"}
//! → {"type":"publish","messages":[{"id":1,"body":{"text":"Hello World!"}}]}
//! ← {"type":"published","confirmed":[1]}
//! → {"type":"receive","ack":"auto"}
//! ← {"type":"receiving","queue":"hello","ack":"auto","prefetch":500}
//! ← {"type":"deliveries","messages":[{"tag":1,"body":{"text":"Hello World!"},…}]}
//! → {"type":"settle","outcome":"ack","up_to":1}
//! ```
//!
//! The types here do no I/O and reading them never panics, whatever the input.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod body;
mod bounded;
mod client;
mod headers;
mod json;
pub mod limits;
mod missing;
mod properties;
mod server;

pub use body::Body;
pub use client::{AckMode, ClientMessage, Outcome, Publish, Tags};
pub use headers::{FieldTable, FieldValue, HeaderError, MAX_HEADER_DEPTH};
pub use properties::Properties;
pub use server::{
    BrokerState, Delivery, ErrorCode, FailReason, Failure, Limits, QueueCount, QueueStatus, Rights,
    ServerMessage, StopReason,
};

/// The protocol version that these types describe, named in `hello` and `welcome`.
pub const PROTOCOL_VERSION: u32 = 1;

/// WebSocket close codes (RFC 6455, section 7.4) that the relay sends.
pub mod close {
    /// The relay stops; connect again later.
    pub const GOING_AWAY: u16 = 1001;
    /// No `hello` as the first frame in time, or answers that are not read.
    pub const POLICY: u16 = 1008;
    /// A frame was larger than the relay reads, [`crate::limits::max_frame_bytes`] unless its
    /// `--max-frame` says otherwise.
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
