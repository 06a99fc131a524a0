//! What a watch shows: copies of messages that pass through a queue.

use serde::{Deserialize, Serialize};

use crate::{Body, Properties};

/// Something that has happened to a message, as RabbitMQ's tracing tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// What.
    pub kind: ObservedKind,
    /// When the relay heard of it, by its clock, in milliseconds since 1970-01-01 UTC. Tracing has no
    /// time of its own.
    pub at_ms: u64,
    /// The message itself.
    pub body: Body,
    /// As its publisher set them. A `timestamp` beyond 32 bits comes cut off: tracing has no more.
    #[serde(default, skip_serializing_if = "Properties::is_empty")]
    pub properties: Properties,
    /// Where it was published; the default exchange is `""`.
    pub exchange: String,
    /// With which routing keys: one, and those of `CC`.
    pub routing_keys: Vec<String>,
    /// The connection that it came or went by, as RabbitMQ names it: `client address -> its own`.
    pub connection: String,
    /// The user of that connection.
    pub user: String,
    /// The node that did it.
    pub node: String,
    /// Of a delivery: whether the broker has delivered it before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redelivered: bool,
    /// Of a published message: the queues that it was routed to, of those that this session may use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
}

/// What has happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservedKind {
    /// It was published, and routed to the watched queue.
    Published,
    /// The watched queue delivered it to a consumer, or to who fetched it (`basic.get`).
    Delivered,
}
