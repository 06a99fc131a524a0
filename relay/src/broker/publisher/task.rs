//! The publisher's task: takes batches in turn, publishes while there is a channel.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::StreamExt as _;
use lapin::{Channel, Error, options::ConfirmSelectOptions};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tracing::warn;

use super::{
    Batch, Prepared, Published, down,
    flight::{Flight, Key},
    refuse,
};
use crate::{
    broker::{explain::connection_error, link::Link, queues::Queues},
    metrics::Metrics,
};

/// How long to wait before a channel is asked for again, where the connection seems to be there.
const RETRY: Duration = Duration::from_secs(1);

type Waiting = (Prepared, mpsc::Sender<Published>);

pub(super) struct Task {
    pub(super) batches: mpsc::Receiver<Batch>,
    pub(super) link: watch::Receiver<Option<Arc<Link>>>,
    pub(super) queues: Queues,
    /// Taken from `batches` and not yet published; at most one batch.
    pub(super) backlog: VecDeque<Waiting>,
    /// What was in flight when the broker closed the channel over some message. Each of these is
    /// published alone when it comes again, so that the culprit is found out.
    pub(super) suspects: HashSet<Key>,
    pub(super) metrics: Arc<Metrics>,
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
            // Raced with the link's end: what is asked of a connection at the very moment of its
            // loss may never be answered.
            let opened = tokio::select! {
                opened = open_channel(&link) => opened,
                changed = self.link.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                },
            };
            match opened {
                Ok(channel) => {
                    let flight = Flight::new(channel, Arc::clone(&link), Arc::clone(&self.metrics));
                    if !self.serve(flight).await {
                        return;
                    }
                }
                Err(error) => {
                    // Most often the connection is about to be found lost.
                    warn!(cause = connection_error(&error, &link.url), "no publishing channel");
                    tokio::select! {
                        changed = self.link.changed() => if changed.is_err() {
                            return;
                        },
                        () = sleep(RETRY) => {}
                    }
                }
            }
        }
    }

    /// Answers everything with `broker_down` until there is a link; `false` when all is over.
    async fn refuse_until_linked(&mut self) -> bool {
        for (message, reply) in self.backlog.drain(..) {
            let failure = down(message.id, "not connected to RabbitMQ");
            refuse(&self.metrics, &reply, &message, failure);
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
            self.publish_backlog(&mut flight);
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
        if !flight.suspects.is_empty() {
            self.suspects = flight.suspects;
        }
        true
    }

    /// Publishes what waits, a suspect only while nothing else is in flight.
    fn publish_backlog(&mut self, flight: &mut Flight) {
        let now = Instant::now();
        while let Some((message, _)) = self.backlog.front() {
            let suspect = !self.suspects.is_empty() && self.suspects.contains(&message.key());
            if (suspect || flight.has_suspect) && !flight.is_empty() {
                return;
            }
            let Some((message, reply)) = self.backlog.pop_front() else { return };
            flight.has_suspect = suspect && self.suspects.remove(&message.key());
            flight.publish(message, reply, now);
        }
    }
}

async fn open_channel(link: &Link) -> Result<Channel, Error> {
    let channel = link.publishing.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}
