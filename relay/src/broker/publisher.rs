//! The one task that owns the publishing channel and its confirms.
//!
//! One channel for all sessions, since lapin queues a message's tag and its frames under
//! different locks. Publishing is pipelined: many messages wait for their confirm at once.

mod flight;
mod task;

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use lapin::{BasicProperties, types::ShortString};
use tokio::sync::{mpsc, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use warren_protocol::{FailReason, Failure, Publish};

use super::{
    convert::{self, HeaderLimits, InvalidProperty},
    link::Link,
    queues::Queues,
};
use crate::metrics::Metrics;
use flight::Key;
use task::Task;

/// Batches from sessions that wait for the task.
const BATCHES: usize = 64;

/// Where sessions hand over what they publish. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Publisher {
    batches: mpsc::Sender<Batch>,
}

/// Messages of one session, to be published in this order.
struct Batch {
    messages: Vec<Prepared>,
    reply: mpsc::Sender<Published>,
}

/// A message that has been checked and converted.
pub(crate) struct Prepared {
    id: u64,
    queue: ShortString,
    body: Vec<u8>,
    properties: BasicProperties,
}

/// What became of one message.
#[derive(Debug)]
pub(crate) struct Published {
    /// The session's id of it.
    pub(crate) id: u64,
    /// Bytes of its body.
    pub(crate) bytes: usize,
    /// Confirmed, or why not.
    pub(crate) result: Result<(), Failure>,
}

impl Prepared {
    /// Checks a message for what the broker would close the channel over.
    pub(crate) fn new(
        publish: Publish,
        queue: &str,
        limits: &HeaderLimits,
    ) -> Result<Self, Failure> {
        let id = publish.id;
        let invalid = |error: InvalidProperty| Failure {
            id,
            reason: FailReason::InvalidProperty,
            detail: Some(error.to_string()),
            retry: false,
        };
        let queue = ShortString::try_new(queue)
            .map_err(|_| invalid(InvalidProperty::TooLong("queue".to_owned())))?;
        let properties = convert::to_amqp(publish.properties, limits).map_err(invalid)?;
        Ok(Self { id, queue, body: publish.body.into_bytes(), properties })
    }

    fn bytes(&self) -> usize {
        self.body.len()
    }

    fn key(&self) -> Key {
        Key::new(&self.queue, &self.properties, &self.body)
    }
}

/// Room for one batch.
pub(crate) struct Permit(mpsc::OwnedPermit<Batch>);

impl Permit {
    /// Hands over `messages`; each is answered once through `reply`, which must have room for
    /// all that the session has in flight.
    pub(crate) fn send(self, messages: Vec<Prepared>, reply: mpsc::Sender<Published>) {
        self.0.send(Batch { messages, reply });
    }
}

impl Publisher {
    /// Waits for room. `None` once the relay is stopping.
    pub(crate) async fn reserve(&self) -> Option<Permit> {
        self.batches.clone().reserve_owned().await.ok().map(Permit)
    }
}

/// Starts the task.
pub(super) fn start(
    tasks: &TaskTracker,
    link: watch::Receiver<Option<Arc<Link>>>,
    queues: Queues,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Publisher {
    let (batches, inbox) = mpsc::channel(BATCHES);
    let (backlog, suspects) = (VecDeque::new(), HashSet::new());
    let task = Task { batches: inbox, link, queues, backlog, suspects, metrics };
    tasks.spawn(async move {
        tokio::select! {
            () = task.run() => {}
            () = stop.cancelled() => {}
        }
    });
    Publisher { batches }
}

fn failure(id: u64, reason: FailReason, detail: &str, retry: bool) -> Failure {
    Failure { id, reason, detail: Some(detail.to_owned()), retry }
}

fn down(id: u64, detail: &str) -> Failure {
    failure(id, FailReason::BrokerDown, detail, true)
}

/// Answers a message that is not published.
fn refuse(
    metrics: &Metrics,
    reply: &mpsc::Sender<Published>,
    message: &Prepared,
    failure: Failure,
) {
    metrics.failed(failure.reason);
    deliver(reply, Published { id: message.id, bytes: message.bytes(), result: Err(failure) });
}

/// A session's channel has room for all that it has in flight, so this fails only where the
/// session is gone, and with it the one who asked.
fn deliver(reply: &mpsc::Sender<Published>, published: Published) {
    let _ = reply.try_send(published);
}
