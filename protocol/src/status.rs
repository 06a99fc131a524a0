//! How the broker and its queues are.
//!
//! Each is read and written as a flat object: serde's derive would read these enums by way of a tree, whose
//! code takes 4 KB of the page's WebAssembly, in brotli.

use serde::{Deserialize, Serialize};

use crate::Detail;

/// How the relay stands with the broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FlatState", into = "FlatState")]
pub enum BrokerState {
    /// A connection is being made.
    Connecting {
        /// What went wrong before.
        detail: Option<Detail>,
    },
    /// Messages flow.
    Up {
        /// What the broker calls itself: `RabbitMQ`.
        product: Option<String>,
        /// Its version, as `4.0.5`.
        version: Option<String>,
    },
    /// The broker takes no messages (`connection.blocked`); receiving and settling go on.
    Blocked {
        /// The broker's reason.
        detail: Option<Detail>,
    },
    /// There is no connection.
    Down {
        /// Why.
        detail: Option<Detail>,
        /// Milliseconds until the next try.
        retry_in_ms: Option<u64>,
    },
}

impl BrokerState {
    /// Messages flow; the broker has not said what it is.
    pub const UP: Self = Self::Up { product: None, version: None };

    /// Whether messages flow.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }
}

#[derive(Serialize, Deserialize)]
struct FlatState {
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_in_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Connecting,
    Up,
    Blocked,
    Down,
}

impl From<FlatState> for BrokerState {
    fn from(flat: FlatState) -> Self {
        let FlatState { state, detail, retry_in_ms, product, version } = flat;
        match state {
            State::Connecting => Self::Connecting { detail },
            State::Up => Self::Up { product, version },
            State::Blocked => Self::Blocked { detail },
            State::Down => Self::Down { detail, retry_in_ms },
        }
    }
}

impl From<BrokerState> for FlatState {
    fn from(state: BrokerState) -> Self {
        let with =
            |state, detail| Self { state, detail, retry_in_ms: None, product: None, version: None };
        match state {
            BrokerState::Connecting { detail } => with(State::Connecting, detail),
            BrokerState::Up { product, version } => {
                Self { product, version, ..with(State::Up, None) }
            }
            BrokerState::Blocked { detail } => with(State::Blocked, detail),
            BrokerState::Down { detail, retry_in_ms } => {
                Self { retry_in_ms, ..with(State::Down, detail) }
            }
        }
    }
}

/// One queue's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "FlatCount", into = "FlatCount")]
pub struct QueueCount {
    /// The queue's name.
    pub name: String,
    /// Its counts, or why they cannot be read.
    pub status: QueueStatus,
}

/// A queue's counts, or why they cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueStatus {
    /// The queue is there.
    Counts {
        /// Messages that wait to be delivered.
        ready: u32,
        /// Consumers, of this relay and of others.
        consumers: u32,
        /// What kind of queue it is, where the relay has learned that from its messages: AMQP does not
        /// tell.
        queue_type: Option<QueueType>,
        /// The highest `x-delivery-count` that this relay has seen in one of its messages: how often
        /// that went back to its quorum queue.
        delivery_count: Option<u32>,
    },
    /// It is not, or cannot be read.
    Unreadable {
        /// Why.
        error: Detail,
    },
}

impl QueueStatus {
    /// Counts of a queue of which nothing else is known.
    #[must_use]
    pub fn counts(ready: u32, consumers: u32) -> Self {
        Self::Counts { ready, consumers, queue_type: None, delivery_count: None }
    }
}

/// Kinds of queues, as far as they differ for who receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueType {
    /// On one node, or mirrored.
    Classic,
    /// Replicated; from RabbitMQ 4.0 on it drops or dead-letters what was given back too often.
    Quorum,
    /// A log, which keeps its messages.
    Stream,
}

#[derive(Serialize, Deserialize)]
struct FlatCount {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consumers: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue_type: Option<QueueType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivery_count: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Detail>,
}

impl TryFrom<FlatCount> for QueueCount {
    type Error = &'static str;

    fn try_from(count: FlatCount) -> Result<Self, Self::Error> {
        let FlatCount { name, ready, consumers, queue_type, delivery_count, error } = count;
        let status = match (ready, consumers, error) {
            (Some(ready), Some(consumers), _) => {
                QueueStatus::Counts { ready, consumers, queue_type, delivery_count }
            }
            (_, _, Some(error)) => QueueStatus::Unreadable { error },
            _ => return Err("a queue has neither counts nor an error"),
        };
        Ok(Self { name, status })
    }
}

impl From<QueueCount> for FlatCount {
    fn from(QueueCount { name, status }: QueueCount) -> Self {
        let unknown = Self {
            name,
            ready: None,
            consumers: None,
            queue_type: None,
            delivery_count: None,
            error: None,
        };
        match status {
            QueueStatus::Counts { ready, consumers, queue_type, delivery_count } => Self {
                ready: Some(ready),
                consumers: Some(consumers),
                queue_type,
                delivery_count,
                ..unknown
            },
            QueueStatus::Unreadable { error } => Self { error: Some(error), ..unknown },
        }
    }
}
