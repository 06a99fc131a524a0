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
    Up,
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

#[derive(Serialize, Deserialize)]
struct FlatState {
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_in_ms: Option<u64>,
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
    fn from(FlatState { state, detail, retry_in_ms }: FlatState) -> Self {
        match state {
            State::Connecting => Self::Connecting { detail },
            State::Up => Self::Up,
            State::Blocked => Self::Blocked { detail },
            State::Down => Self::Down { detail, retry_in_ms },
        }
    }
}

impl From<BrokerState> for FlatState {
    fn from(state: BrokerState) -> Self {
        let (state, detail, retry_in_ms) = match state {
            BrokerState::Connecting { detail } => (State::Connecting, detail, None),
            BrokerState::Up => (State::Up, None, None),
            BrokerState::Blocked { detail } => (State::Blocked, detail, None),
            BrokerState::Down { detail, retry_in_ms } => (State::Down, detail, retry_in_ms),
        };
        Self { state, detail, retry_in_ms }
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
    },
    /// It is not, or cannot be read.
    Unreadable {
        /// Why.
        error: Detail,
    },
}

#[derive(Serialize, Deserialize)]
struct FlatCount {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ready: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    consumers: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Detail>,
}

impl TryFrom<FlatCount> for QueueCount {
    type Error = &'static str;

    fn try_from(count: FlatCount) -> Result<Self, Self::Error> {
        let FlatCount { name, ready, consumers, error } = count;
        let status = match (ready, consumers, error) {
            (Some(ready), Some(consumers), _) => QueueStatus::Counts { ready, consumers },
            (_, _, Some(error)) => QueueStatus::Unreadable { error },
            _ => return Err("a queue has neither counts nor an error"),
        };
        Ok(Self { name, status })
    }
}

impl From<QueueCount> for FlatCount {
    fn from(QueueCount { name, status }: QueueCount) -> Self {
        let (ready, consumers, error) = match status {
            QueueStatus::Counts { ready, consumers } => (Some(ready), Some(consumers), None),
            QueueStatus::Unreadable { error } => (None, None, Some(error)),
        };
        Self { name, ready, consumers, error }
    }
}
