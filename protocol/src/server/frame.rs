//! The relay's frame as it is read: the fields of all kinds side by side; `client/frame.rs` says
//! why.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    BrokerState, Delivery, ErrorCode, Failure, Limits, QueueCount, QueueStatus, Rights,
    ServerMessage, StopReason,
};
use crate::{
    AckMode,
    client::tags,
    missing::{MissingField, required},
};

#[derive(Deserialize)]
pub(super) struct Frame {
    #[serde(rename = "type")]
    kind: Kind,
    protocol: Option<u32>,
    relay: Option<String>,
    queues: Option<Vec<Queue>>,
    rights: Option<Rights>,
    limits: Option<Limits>,
    state: Option<State>,
    detail: Option<String>,
    retry_in_ms: Option<u64>,
    queue: Option<String>,
    ack: Option<AckMode>,
    prefetch: Option<u16>,
    #[serde(default)]
    stream: bool,
    reason: Option<StopReason>,
    messages: Option<Vec<Delivery>>,
    #[serde(default)]
    confirmed: Vec<u64>,
    #[serde(default)]
    failed: Vec<Failure>,
    up_to: Option<u64>,
    tags: Option<Vec<u64>>,
    code: Option<ErrorCode>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Welcome,
    Broker,
    Queues,
    Receiving,
    Stopped,
    Deliveries,
    Published,
    Stale,
    Error,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Connecting,
    Up,
    Blocked,
    Down,
}

/// `welcome` names the queues, `queues` counts them.
enum Queue {
    Name(String),
    Count(QueueCount),
}

impl TryFrom<Frame> for ServerMessage {
    type Error = MissingField;

    fn try_from(frame: Frame) -> Result<Self, MissingField> {
        let Frame { detail, .. } = frame;
        Ok(match frame.kind {
            Kind::Welcome => Self::Welcome {
                protocol: required(frame.protocol, "protocol")?,
                relay: required(frame.relay, "relay")?,
                queues: all(frame.queues, |queue| match queue {
                    Queue::Name(name) => Some(name),
                    Queue::Count(_) => None,
                })?,
                rights: frame.rights.unwrap_or(Rights::ALL),
                limits: required(frame.limits, "limits")?,
            },
            Kind::Broker => Self::Broker {
                state: match required(frame.state, "state")? {
                    State::Connecting => BrokerState::Connecting { detail },
                    State::Up => BrokerState::Up,
                    State::Blocked => BrokerState::Blocked { detail },
                    State::Down => BrokerState::Down { detail, retry_in_ms: frame.retry_in_ms },
                },
            },
            Kind::Queues => Self::Queues {
                queues: all(frame.queues, |queue| match queue {
                    Queue::Count(count) => Some(count),
                    Queue::Name(_) => None,
                })?,
            },
            Kind::Receiving => Self::Receiving {
                queue: required(frame.queue, "queue")?,
                ack: required(frame.ack, "ack")?,
                prefetch: required(frame.prefetch, "prefetch")?,
                stream: frame.stream,
            },
            Kind::Stopped => Self::Stopped { reason: required(frame.reason, "reason")?, detail },
            Kind::Deliveries => {
                Self::Deliveries { messages: required(frame.messages, "messages")? }
            }
            Kind::Published => Self::Published { confirmed: frame.confirmed, failed: frame.failed },
            Kind::Stale => Self::Stale { which: tags(frame.up_to, frame.tags)? },
            Kind::Error => Self::Error {
                code: required(frame.code, "code")?,
                message: required(frame.message, "message")?,
            },
        })
    }
}

/// The queues, where each is as `pick` wants it.
fn all<T>(
    queues: Option<Vec<Queue>>,
    pick: impl Fn(Queue) -> Option<T>,
) -> Result<Vec<T>, MissingField> {
    required(queues.and_then(|queues| queues.into_iter().map(pick).collect()), "queues")
}

/// A count as it is read: the numbers, or an error in their place.
#[derive(Deserialize)]
pub(super) struct Count {
    name: String,
    ready: Option<u32>,
    consumers: Option<u32>,
    error: Option<String>,
}

impl TryFrom<Count> for QueueCount {
    type Error = MissingField;

    fn try_from(count: Count) -> Result<Self, MissingField> {
        let status = match (count.ready, count.consumers) {
            (Some(ready), Some(consumers)) => QueueStatus::Counts { ready, consumers },
            _ => QueueStatus::Unreadable { error: required(count.error, "error")? },
        };
        Ok(Self { name: count.name, status })
    }
}

impl<'de> Deserialize<'de> for Queue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrCount;

        impl<'de> Visitor<'de> for NameOrCount {
            type Value = Queue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a queue's name, or its counts")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Queue, E> {
                Ok(Queue::Name(name.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Queue, A::Error> {
                QueueCount::deserialize(MapAccessDeserializer::new(map)).map(Queue::Count)
            }
        }

        deserializer.deserialize_any(NameOrCount)
    }
}
