//! Asks for queues and declares them: what exists is used as it is.
//!
//! The tutorial's `hello` exists in the wild as transient, durable and quorum queue, and to
//! declare it again with other arguments is an error that closes the channel. So the relay asks
//! first, passively, and declares only what is missing and what it may.

use std::sync::Arc;

use clap::ValueEnum;
use lapin::{
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable, ShortString},
};
use tracing::info;
use warren_protocol::{Detail, QueueType};

use crate::{
    channel_quota::ChannelQuota,
    connection::{CallError, Channel, Connection},
    explain::{self, reply},
};

/// What to declare where a queue does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueueKind {
    /// The tutorial's: transient; where the broker refuses that (RabbitMQ 4.3 and newer), quorum
    Auto,
    /// Classic and not durable: gone when the broker restarts
    Transient,
    /// Classic and durable
    Durable,
    /// Replicated over the nodes of a cluster
    Quorum,
    /// An append-only log: every page gets every message
    Stream,
    /// Declare nothing: a queue that does not exist is an error
    Never,
}

/// What a queue holds and who consumes from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) ready: u32,
    pub(crate) consumers: u32,
}

/// Why a queue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum QueueError {
    /// It does not exist.
    Missing(Detail),
    /// The broker has said no.
    Refused(Detail),
    /// There is no broker to ask, or it does not answer.
    NoBroker(Detail),
}

impl QueueError {
    /// What is said of it.
    pub(crate) fn into_detail(self) -> Detail {
        match self {
            Self::Missing(detail) | Self::Refused(detail) | Self::NoBroker(detail) => detail,
        }
    }
}

/// Asks for a queue without making it. A queue that is missing closes the channel.
pub(crate) async fn inspect(channel: &Channel, queue: &str) -> Result<Counts, QueueError> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let asked = channel.raw().queue_declare(name(queue)?, options, FieldTable::default());
    let found = channel.call(asked).await.map_err(|error| refusal(error, queue))?;
    Ok(Counts { ready: found.message_count(), consumers: found.consumer_count() })
}

/// Declares a queue that does not exist, on channels of `connection`, and tells its type.
pub(crate) async fn declare(
    connection: &Arc<Connection>,
    queue: &str,
    kind: QueueKind,
) -> Result<QueueType, QueueError> {
    let of_type = |name: &str| {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString(name.into()));
        arguments
    };
    let queue_type = match kind {
        QueueKind::Never => return Err(missing(queue)),
        QueueKind::Auto => match declare_transient(connection, queue).await {
            Err(QueueError::Refused(reason)) => {
                let reason = reason.to_string();
                info!(queue, reason, "no transient queue can be declared: trying quorum");
                declare_with(connection, queue, true, of_type("quorum")).await?;
                QueueType::Quorum
            }
            declared => declared.map(|()| QueueType::Classic)?,
        },
        QueueKind::Transient => {
            declare_transient(connection, queue).await?;
            QueueType::Classic
        }
        QueueKind::Durable => {
            declare_with(connection, queue, true, of_type("classic")).await?;
            QueueType::Classic
        }
        QueueKind::Quorum => {
            declare_with(connection, queue, true, of_type("quorum")).await?;
            QueueType::Quorum
        }
        QueueKind::Stream => {
            declare_with(connection, queue, true, of_type("stream")).await?;
            QueueType::Stream
        }
    };
    info!(queue, ?kind, "queue declared");
    Ok(queue_type)
}

/// Declares the tutorial's queue, on a connection of its own: RabbitMQ 4.3 closes the connection
/// over it (541).
async fn declare_transient(connection: &Arc<Connection>, queue: &str) -> Result<(), QueueError> {
    // Its channel is gone in a moment: the quota is not asked for it.
    let quota = Arc::<ChannelQuota>::default();
    let own = Connection::open(connection.url(), &quota, "declare", None).await;
    let own = Arc::new(own.map_err(QueueError::NoBroker)?);
    let declared = declare_with(&own, queue, false, FieldTable::default()).await;
    let ended = own.close().await;
    match declared {
        // The broker has refused it with the connection.
        Err(QueueError::NoBroker(detail)) if ended.is_some_and(|ended| ended.code.is_some()) => {
            Err(QueueError::Refused(detail))
        }
        declared => declared,
    }
}

async fn declare_with(
    connection: &Arc<Connection>,
    queue: &str,
    durable: bool,
    arguments: FieldTable,
) -> Result<(), QueueError> {
    let channel = connection.open_channel().await.map_err(|error| refusal(error, queue))?;
    let options = QueueDeclareOptions { durable, ..QueueDeclareOptions::default() };
    let asked = channel.raw().queue_declare(name(queue)?, options, arguments);
    channel.call(asked).await.map_err(|error| refusal(error, queue))?;
    channel.close().await;
    Ok(())
}

/// A queue's name on the wire.
pub(crate) fn name(queue: &str) -> Result<ShortString, QueueError> {
    ShortString::try_new(queue)
        .map_err(|_| QueueError::Refused(Detail::QueueNameTooLong { queue: queue.to_owned() }))
}

/// What is said of a queue that nobody has declared.
pub(crate) fn missing(queue: &str) -> QueueError {
    QueueError::Missing(Detail::QueueMissing { queue: queue.to_owned() })
}

pub(crate) fn refusal(error: CallError, queue: &str) -> QueueError {
    let name = || queue.to_owned();
    match error {
        CallError::Ended(ended) => QueueError::NoBroker(ended.detail),
        CallError::NoChannelLeft(detail) | CallError::Refused(detail) => {
            QueueError::Refused(detail)
        }
        CallError::Channel { code: Some(reply::NOT_FOUND), words } => {
            // The node that has it may be down as well, or the queue may have crashed.
            if explain::says_no_such_queue(&words) {
                missing(queue)
            } else {
                QueueError::Refused(Detail::QueueRefused { queue: name(), words })
            }
        }
        CallError::Channel { code: Some(reply::RESOURCE_LOCKED), .. } => {
            QueueError::Refused(Detail::QueueExclusive { queue: name() })
        }
        CallError::Channel { code: Some(reply::ACCESS_REFUSED), words } => {
            QueueError::Refused(Detail::QueueForbidden { queue: name(), words })
        }
        CallError::Channel { code: Some(_), words } => {
            QueueError::Refused(Detail::BrokerSays { words })
        }
        CallError::Channel { code: None, words } => {
            QueueError::NoBroker(Detail::BrokerSays { words })
        }
    }
}
