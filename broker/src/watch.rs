//! Watching: copies of what is published to a queue and of what is delivered from it, as RabbitMQ's
//! tracing gives them (the exchange `amq.rabbitmq.trace`). Nothing is taken from anybody.
//!
//! One tap serves all sessions that watch, on a connection of its own: a queue that only this process
//! has, bound to what is traced. Every step is bounded, and what a bound costs is counted as missed:
//!
//! | step | bound | what is over it |
//! |---|---|---|
//! | the tap, in RabbitMQ | [`channel::MAX_EVENTS`], [`channel::MAX_BYTES`] | the oldest are dropped, and counted in a second queue |
//! | on the way, in lapin | [`channel::PREFETCH`], and the memory of the process | waits in the tap |
//! | for one session | [`hub::MAX_EVENTS`], and its share of the memory of the process | is left out for that session |
//!
//! The trace is of the whole vhost: [`hub::Hub`] gives a session only what concerns its queue, and names to
//! it only queues that it may use.

mod channel;
mod hub;
mod probe;
mod tap;
mod trace;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::time::timeout;
use warren_protocol::{Detail, Observed, StopReason};

use crate::{Broker, coalesce::Coalesce, intake::Taken, pool::Pool, supervisor};
use hub::{Hub, Member, Taking};
use tap::Tap;

/// Events of one message to a client, at most, and bytes of their bodies; one larger event goes alone.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 256 * 1024;

/// How long it may take to find out whether a queue is a stream; after that it is watched as any.
const STREAM_CHECK_LIMIT: Duration = Duration::from_secs(5);

/// What a watcher tells its session.
#[derive(Debug)]
pub enum WatchEvent {
    /// Tracing is on: events come from now on.
    Watching,
    /// No events from now on, and why.
    Stopped(StopReason, Detail),
    /// The queue is a stream: to receive from it shows everything, and takes nothing.
    Stream,
    /// What has passed, in the broker's order, and how many were missed since the last time. The memory
    /// is that of the bodies: keep it until they are written.
    Observed {
        /// May be none, where some were missed.
        events: Vec<Observed>,
        /// How many.
        missed: u64,
        /// Shared with the other sessions that watch.
        memory: Vec<Arc<Taken>>,
    },
}

/// A session's watch of one queue, until it is dropped.
pub struct Watcher {
    queue: String,
    stage: Stage,
    coalesce: Coalesce,
}

enum Stage {
    /// Asks whether the queue is a stream. The member joins once it is known to be none.
    Checking(BoxFuture<'static, bool>, Option<Member>),
    Watching(Member),
    Stream,
}

/// The tap's task, started by the first session that watches.
pub(crate) struct Watch {
    hub: Arc<Hub>,
    pool: Arc<Pool>,
    started: OnceLock<()>,
}

impl Watch {
    /// Nobody watches. `pool` is for the tap's connection; events of `share` bytes may wait for one
    /// session.
    pub(crate) fn new(pool: Arc<Pool>, share: usize) -> Self {
        Self { hub: Hub::new(share), pool, started: OnceLock::new() }
    }

    /// Watches `queue` for a session that may see the queues `visible`.
    pub(crate) fn watch(&self, broker: &Broker, queue: String, visible: Vec<String>) -> Watcher {
        self.started.get_or_init(|| {
            let tap = Tap::new(Arc::clone(&self.hub), Arc::clone(&self.pool), broker);
            let stop = broker.stop.clone();
            broker.tasks.spawn(async move {
                tokio::select! {
                    () = tap.run() => {}
                    () = stop.cancelled() => {}
                }
            });
        });
        let checking = Box::pin(is_stream(broker.clone(), queue.clone()));
        let member = Member::new(&self.hub, queue.clone(), visible);
        let stage = Stage::Checking(checking, Some(member));
        Watcher { queue, stage, coalesce: Coalesce::default() }
    }
}

/// Whether the queue is a stream; no, where that cannot be found out.
async fn is_stream(broker: Broker, queue: String) -> bool {
    if let Some(stream) = broker.queues.known().is_stream(&queue) {
        return stream;
    }
    let Ok(connection) = supervisor::up(&mut broker.control.clone()).await else { return false };
    let asked = crate::consumer::is_stream(connection.url(), &queue);
    match timeout(STREAM_CHECK_LIMIT, asked).await {
        Ok(Ok(stream)) => {
            broker.queues.known().set_stream(&queue, stream);
            stream
        }
        Ok(Err(_)) | Err(_) => false,
    }
}

impl Watcher {
    /// What is watched.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// The next event. Cancel-safe.
    pub async fn event(&mut self) -> WatchEvent {
        if let Stage::Checking(checking, member) = &mut self.stage {
            let stream = checking.await;
            self.stage = match member.take() {
                Some(member) if !stream => {
                    member.join();
                    Stage::Watching(member)
                }
                _ => Stage::Stream,
            };
            if stream {
                return WatchEvent::Stream;
            }
        }
        let Stage::Watching(member) = &self.stage else { return std::future::pending().await };
        self.coalesce.elapsed().await;
        loop {
            match member.take(BATCH, BATCH_BYTES) {
                Some(Taking::State(event)) => return event,
                Some(Taking::Events { events, missed, memory, more }) => {
                    self.coalesce.note(if more { 0 } else { events.len() }, BATCH);
                    return WatchEvent::Observed { events, missed, memory };
                }
                None => member.ready().await,
            }
        }
    }
}
