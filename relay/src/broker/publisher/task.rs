//! The publisher's task: takes batches in turn, publishes while there is a channel.

use std::{collections::VecDeque, sync::Arc};

use futures_util::StreamExt as _;
use lapin::{Channel, Error, options::ConfirmSelectOptions};
use tokio::sync::{mpsc, watch};
use tracing::warn;

use super::{Batch, Prepared, Published, answer, down, flight::Flight};
use crate::broker::{explain::connection_error, link::Link, queues::Queues};

type Waiting = (Prepared, mpsc::Sender<Published>);

pub(super) struct Task {
    pub(super) batches: mpsc::Receiver<Batch>,
    pub(super) link: watch::Receiver<Option<Arc<Link>>>,
    pub(super) queues: Queues,
    /// Taken from `batches` and not yet published; at most one batch.
    pub(super) backlog: VecDeque<Waiting>,
    /// How many messages are still to be published one at a time, after the broker has closed
    /// the channel over one of them: alone in flight, it is found out.
    pub(super) probation: usize,
}

impl Task {
    pub(super) async fn run(mut self) {
        loop {
            let link = self.link.borrow_and_update().clone();
            let Some(link) = link else {
                if !self.refuse_until_linked().await {
                    return;
                }
                continue;
            };
            match open_channel(&link).await {
                Ok(channel) => {
                    let flight = Flight::new(channel, Arc::clone(&link));
                    if !self.serve(flight).await {
                        return;
                    }
                }
                Err(error) => {
                    // The connection is about to be found lost; the supervisor makes a new one.
                    warn!(cause = connection_error(&error, &link.url), "no publishing channel");
                    if self.link.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Answers everything with `broker_down` until there is a link; `false` when all is over.
    async fn refuse_until_linked(&mut self) -> bool {
        for (message, reply) in self.backlog.drain(..) {
            answer(&reply, &message, Err(down(message.id, "not connected to RabbitMQ")));
        }
        tokio::select! {
            changed = self.link.changed() => changed.is_ok(),
            batch = self.batches.recv() => match batch {
                Some(batch) => {
                    self.take(batch);
                    true
                }
                None => false,
            },
        }
    }

    fn take(&mut self, batch: Batch) {
        let Batch { messages, reply } = batch;
        self.backlog.extend(messages.into_iter().map(|message| (message, reply.clone())));
    }

    /// Publishes on one channel for as long as it lives; `false` when all is over.
    async fn serve(&mut self, mut flight: Flight) -> bool {
        while !flight.dead {
            while !self.backlog.is_empty() && (self.probation == 0 || flight.is_empty()) {
                if let Some((message, reply)) = self.backlog.pop_front() {
                    self.probation = self.probation.saturating_sub(1);
                    flight.publish(message, reply);
                }
            }
            tokio::select! {
                batch = self.batches.recv(), if self.backlog.is_empty() => match batch {
                    Some(batch) => self.take(batch),
                    None => return false,
                },
                Some(done) = flight.confirms.next() => {
                    if flight.settle(done) {
                        self.queues.look_now();
                    }
                }
                changed = self.link.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    flight.lose(None);
                }
            }
        }
        self.probation = self.probation.max(flight.suspects);
        true
    }
}

async fn open_channel(link: &Link) -> Result<Channel, Error> {
    let channel = link.publishing.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}
