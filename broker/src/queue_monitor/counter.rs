//! Counts all queues, many questions at a time on one channel.

use std::{collections::VecDeque, sync::Arc};

use futures_util::future::join_all;
use tokio::time::timeout;
use tracing::warn;
use warren_protocol::{Detail, QueueCount, QueueStatus};

use super::{ANSWER_LIMIT, PIPELINE, asker::Asker};
use crate::{
    connection::{Channel, Connection},
    declare::{self, Counts, QueueError},
};

/// Counts all queues.
pub(super) struct Counter {
    pub(super) asker: Asker,
    pub(super) names: Vec<String>,
    pub(super) channel: Option<Channel>,
}

impl Counter {
    pub(super) async fn count(mut self) -> (Self, Vec<QueueCount>) {
        let Some(connection) = self.asker.connection() else {
            let status = QueueStatus::Unreadable { error: Detail::NotConnected };
            let counts = self.names.iter().cloned();
            let counts = counts.map(|name| QueueCount { name, status: status.clone() }).collect();
            return (self, counts);
        };
        let mut counts: Vec<Option<QueueStatus>> = vec![None; self.names.len()];
        if timeout(ANSWER_LIMIT, self.read(&connection, &mut counts)).await.is_err() {
            // Answers to the old questions must not be taken for those to new ones.
            self.channel = None;
        }
        let silent = || QueueStatus::Unreadable { error: Detail::BrokerSilent };
        let counts = self.names.iter().cloned().zip(counts);
        let counts = counts
            .map(|(name, status)| QueueCount { name, status: status.unwrap_or_else(silent) })
            .collect();
        (self, counts)
    }

    async fn read(&mut self, connection: &Arc<Connection>, counts: &mut [Option<QueueStatus>]) {
        let mut due = VecDeque::new();
        for (at, name) in self.names.iter().enumerate() {
            match self.asker.known.may_ask(name) {
                Ok(()) => due.push_back(at),
                Err(error) => counts[at] = Some(unreadable(error)),
            }
        }
        while !due.is_empty() {
            let channel = match self.channel(connection).await {
                Ok(channel) => channel,
                Err(error) => {
                    for at in due {
                        counts[at] = Some(unreadable(error.clone()));
                    }
                    return;
                }
            };
            let asked: Vec<usize> = due.iter().copied().take(PIPELINE).collect();
            let answers = asked.iter().map(|at| declare::inspect(&channel, &self.names[*at]));
            let mut answers = join_all(answers).await.into_iter();
            self.channel = channel.is_open().then_some(channel);
            // The broker answers in order: the first error is that of the queue which has closed
            // the channel, and those behind it were not looked at.
            for at in asked {
                let Some(answer) = answers.next() else { break };
                due.pop_front();
                let failed = answer.is_err();
                counts[at] = Some(self.judge(connection, at, answer).await);
                if failed && self.channel.is_none() {
                    break;
                }
            }
        }
    }

    /// What is told of a queue; one that is missing is declared, where Warren may.
    async fn judge(
        &self,
        connection: &Arc<Connection>,
        at: usize,
        answer: Result<Counts, QueueError>,
    ) -> QueueStatus {
        let queue = &self.names[at];
        let was_missing = matches!(answer, Err(QueueError::Missing(_)));
        let answer = self.asker.declare_missing(connection, queue, answer).await;
        self.asker.known.answered(queue, &answer);
        match answer {
            Ok(Counts { ready, consumers }) => {
                if was_missing {
                    warn!(queue, "the queue was missing and is declared");
                }
                let (queue_type, delivery_count) = self.asker.known.hints(queue);
                QueueStatus::Counts { ready, consumers, queue_type, delivery_count }
            }
            Err(error) => unreadable(error),
        }
    }

    /// The channel that counts, opened where it is not there.
    async fn channel(&mut self, connection: &Arc<Connection>) -> Result<Channel, QueueError> {
        match self.channel.take() {
            Some(channel) if channel.is_open() && Arc::ptr_eq(channel.connection(), connection) => {
                Ok(channel)
            }
            _ => connection.open_channel().await.map_err(|error| declare::refusal(error, "")),
        }
    }
}

fn unreadable(error: QueueError) -> QueueStatus {
    QueueStatus::Unreadable { error: error.into_detail() }
}
