//! Asks the broker for one queue, and declares it where it is missing and may be declared.

use std::sync::Arc;

use tokio::{sync::watch, time::timeout};
use warren_protocol::Detail;

use super::{ANSWER_LIMIT, Request};
use crate::{
    QueueKind,
    connection::Connection,
    declare::{self, Counts, QueueError},
    known_queues::KnownQueues,
    supervisor::Link,
};

/// Asks the broker for one queue.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) link: watch::Receiver<Link>,
    pub(super) known: Arc<KnownQueues>,
    pub(super) kind: QueueKind,
}

impl Asker {
    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        match &*self.link.borrow() {
            Link::Up(connection) => Some(Arc::clone(connection)),
            Link::Connecting { .. } | Link::Down { .. } => None,
        }
    }

    pub(super) async fn answer(self, request: Request) {
        let Request { queue, declare, reply } = request;
        let answer = timeout(ANSWER_LIMIT, self.ask(&queue, declare));
        let no_answer = |_| Err(QueueError::NoBroker(Detail::BrokerSilent));
        // Who has left meanwhile needs no answer.
        let _ = reply.send(answer.await.unwrap_or_else(no_answer));
    }

    async fn ask(&self, queue: &str, declare: bool) -> Result<Counts, QueueError> {
        self.known.may_ask(queue)?;
        let no_broker = || QueueError::NoBroker(Detail::NotConnected);
        let connection = self.connection().ok_or_else(no_broker)?;
        // A channel of its own, since a queue that is missing closes it.
        let channel =
            connection.open_channel().await.map_err(|error| declare::refusal(error, queue))?;
        let mut answer = declare::inspect(&channel, queue).await;
        if answer.is_ok() {
            channel.close().await;
        } else if declare {
            answer = self.declare_missing(&connection, queue, answer).await;
        }
        self.known.answered(queue, &answer);
        answer
    }

    /// Declares a queue that `answer` says is missing, where Warren may.
    pub(super) async fn declare_missing(
        &self,
        connection: &Arc<Connection>,
        queue: &str,
        answer: Result<Counts, QueueError>,
    ) -> Result<Counts, QueueError> {
        if !matches!(answer, Err(QueueError::Missing(_))) || self.kind == QueueKind::Never {
            return answer;
        }
        if !self.known.may_declare(queue) {
            return Err(QueueError::Missing(Detail::QueueGone { queue: queue.to_owned() }));
        }
        let queue_type = declare::declare(connection, queue, self.kind).await?;
        self.known.set_declared_here(queue, queue_type);
        Ok(Counts { ready: 0, consumers: 0 })
    }
}
