//! The queue's shape: what exists is used as it is; what is missing is declared.
//!
//! The tutorial's `hello` exists in the wild as transient, durable and quorum queue, and to
//! declare it again with other arguments is an error that closes the channel. So the relay asks
//! first, passively.

use clap::ValueEnum;
use lapin::{
    Connection, Error,
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable, ShortString},
};
use tracing::info;

use super::{
    BrokerUrl, connect,
    explain::{broker_words, connection_error, reply, reply_code},
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
pub(super) struct Counts {
    pub(super) ready: u32,
    pub(super) consumers: u32,
}

/// Why a queue cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum ShapeError {
    /// The broker has said no, in these words.
    #[error("{0}")]
    Refused(String),
    /// There is no broker to ask, or it does not answer.
    #[error("{0}")]
    NoBroker(String),
    /// The connection went away meanwhile.
    #[error(transparent)]
    Connection(#[from] Error),
}

/// Makes sure that `queue` exists.
pub(super) async fn ensure(
    connection: &Connection,
    url: &BrokerUrl,
    queue: &str,
    kind: QueueKind,
) -> Result<(), ShapeError> {
    match inspect(connection, queue).await? {
        Some(_) => Ok(()),
        None => declare(connection, url, queue, kind).await,
    }
}

/// Asks for a queue without making it; `None` where it does not exist. A channel of its own,
/// since a queue that is missing closes it.
pub(super) async fn inspect(
    connection: &Connection,
    queue: &str,
) -> Result<Option<Counts>, ShapeError> {
    let channel = connection.create_channel().await?;
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    match channel.queue_declare(name(queue), options, FieldTable::default()).await {
        Ok(found) => {
            let counts = Counts { ready: found.message_count(), consumers: found.consumer_count() };
            // Its answer tells nothing that matters.
            let _ = channel.close(200, "OK".into()).await;
            Ok(Some(counts))
        }
        Err(error) if reply_code(&error) == Some(reply::NOT_FOUND) => Ok(None),
        Err(error) => Err(refusal(error, queue)),
    }
}

/// Declares a queue that does not exist.
pub(super) async fn declare(
    connection: &Connection,
    url: &BrokerUrl,
    queue: &str,
    kind: QueueKind,
) -> Result<(), ShapeError> {
    let of_type = |name: &str| {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString(name.into()));
        arguments
    };
    match kind {
        QueueKind::Never => {
            return Err(ShapeError::Refused(format!(
                "queue {queue} does not exist, and --queue-kind never leaves it so"
            )));
        }
        QueueKind::Auto => {
            if let Err(reason) = declare_transient(url, queue).await? {
                info!(queue, reason, "no transient queue can be declared: trying quorum");
                declare_with(connection, queue, true, of_type("quorum")).await?;
            }
        }
        QueueKind::Transient => {
            declare_transient(url, queue).await?.map_err(ShapeError::Refused)?;
        }
        QueueKind::Durable => declare_with(connection, queue, true, of_type("classic")).await?,
        QueueKind::Quorum => declare_with(connection, queue, true, of_type("quorum")).await?,
        QueueKind::Stream => declare_with(connection, queue, true, of_type("stream")).await?,
    }
    info!(queue, ?kind, "queue declared");
    Ok(())
}

/// Declares the tutorial's queue, or tells in the broker's words why it refuses. On a connection
/// of its own: RabbitMQ 4.3 closes the connection over it (541).
async fn declare_transient(url: &BrokerUrl, queue: &str) -> Result<Result<(), String>, ShapeError> {
    let connection = connect(url).await.map_err(ShapeError::NoBroker)?;
    let declared = declare_with(&connection, queue, false, FieldTable::default()).await;
    let _ = connection.close(200, "OK".into()).await;
    match declared {
        Ok(()) => Ok(Ok(())),
        Err(ShapeError::Refused(reason)) => Ok(Err(reason)),
        Err(ShapeError::Connection(error)) if reply_code(&error).is_some() => {
            Ok(Err(broker_words(&error)))
        }
        Err(error) => Err(error),
    }
}

async fn declare_with(
    connection: &Connection,
    queue: &str,
    durable: bool,
    arguments: FieldTable,
) -> Result<(), ShapeError> {
    let channel = connection.create_channel().await?;
    let options = QueueDeclareOptions { durable, ..QueueDeclareOptions::default() };
    channel
        .queue_declare(name(queue), options, arguments)
        .await
        .map_err(|error| refusal(error, queue))?;
    let _ = channel.close(200, "OK".into()).await;
    Ok(())
}

/// A queue's name, which [`crate::config`] has checked for its length.
fn name(queue: &str) -> ShortString {
    ShortString::try_new(queue).unwrap_or_default()
}

fn refusal(error: Error, queue: &str) -> ShapeError {
    if !error.is_amqp_soft_error() {
        return ShapeError::Connection(error);
    }
    ShapeError::Refused(match reply_code(&error) {
        Some(reply::RESOURCE_LOCKED) => {
            format!("queue {queue} belongs to another connection alone (exclusive)")
        }
        Some(reply::ACCESS_REFUSED) => {
            format!("the relay's user may not do that with queue {queue}: {}", broker_words(&error))
        }
        _ => broker_words(&error),
    })
}

impl ShapeError {
    /// In words, for the page.
    pub(super) fn words(&self, url: &BrokerUrl) -> String {
        match self {
            Self::Refused(words) | Self::NoBroker(words) => words.clone(),
            Self::Connection(error) => connection_error(error, url),
        }
    }
}
