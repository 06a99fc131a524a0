//! One task that looks after the queues: declares one that is missing, and counts for all pages
//! at once, as `rabbitmqctl list_queues` does.

use std::{collections::HashMap, sync::Arc, time::Duration};

use lapin::Connection;
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use warren_protocol::{QueueCount, QueueStatus};

use super::{
    link::Link,
    shape::{self, ShapeError},
};
use crate::config::BrokerConfig;

/// How often the counts are read while a page is open.
const PERIOD: Duration = Duration::from_secs(1);

/// How long the broker may take to answer. Pages take silence for a dead link, so a broker that
/// says nothing must not keep the relay from saying that.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How long what the broker has refused to declare is not asked for again: each time may take a
/// connection of its own.
const REFUSED: Duration = Duration::from_secs(10);

/// Consumers that wait for their queue to be declared.
const REQUESTS: usize = 64;

/// The handle. Cheap to clone.
#[derive(Clone)]
pub(super) struct Queues {
    counts: watch::Sender<Option<Vec<QueueCount>>>,
    requests: mpsc::Sender<Request>,
    look_now: Arc<Notify>,
}

/// Please make sure that `queue` exists.
struct Request {
    queue: String,
    reply: oneshot::Sender<Result<(), ShapeError>>,
}

impl Queues {
    /// The counts, the last known at once; they are read for as long as anyone holds a receiver.
    pub(super) fn subscribe(&self) -> watch::Receiver<Option<Vec<QueueCount>>> {
        let mut receiver = self.counts.subscribe();
        receiver.mark_changed();
        self.look_now();
        receiver
    }

    /// Look now rather than at the next second: a queue seems to be gone.
    pub(super) fn look_now(&self) {
        self.look_now.notify_one();
    }

    /// Makes sure that `queue` exists.
    pub(super) async fn ensure(&self, queue: String) -> Result<(), ShapeError> {
        let (reply, answer) = oneshot::channel();
        let stopping = || ShapeError::NoBroker("the relay is stopping".to_owned());
        let request = Request { queue, reply };
        self.requests.send(request).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// Starts the task.
pub(super) fn start(
    tasks: &TaskTracker,
    config: &BrokerConfig,
    link: watch::Receiver<Option<Arc<Link>>>,
    stop: CancellationToken,
) -> Queues {
    let (requests, inbox) = mpsc::channel(REQUESTS);
    let counts = watch::Sender::new(None);
    let look_now = Arc::new(Notify::new());
    let keeper = Keeper {
        config: config.clone(),
        link,
        counts: counts.clone(),
        requests: inbox,
        look_now: Arc::clone(&look_now),
        refused: HashMap::new(),
    };
    tasks.spawn(async move {
        tokio::select! {
            () = keeper.run() => {}
            () = stop.cancelled() => {}
        }
    });
    Queues { counts, requests, look_now }
}

struct Keeper {
    config: BrokerConfig,
    link: watch::Receiver<Option<Arc<Link>>>,
    counts: watch::Sender<Option<Vec<QueueCount>>>,
    requests: mpsc::Receiver<Request>,
    look_now: Arc<Notify>,
    /// Queues that could not be declared: when, and why.
    refused: HashMap<String, (Instant, ShapeError)>,
}

impl Keeper {
    async fn run(mut self) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(request) = self.requests.recv() => self.ensure(request).await,
                () = self.look_now.notified() => self.count().await,
                _ = ticks.tick() => self.tick().await,
            }
        }
    }

    /// Counts while anyone looks. What was counted for others, long ago, is told to nobody.
    async fn tick(&mut self) {
        if self.counts.receiver_count() > 0 {
            self.count().await;
        } else {
            self.counts.send_if_modified(|known| {
                *known = None;
                false
            });
        }
    }

    fn link(&self) -> Option<Arc<Link>> {
        self.link.borrow().clone()
    }

    async fn ensure(&mut self, request: Request) {
        let result = match self.link() {
            Some(link) => timeout(ANSWER_LIMIT, self.declare_if_missing(&link, &request.queue))
                .await
                .unwrap_or_else(|_| Err(ShapeError::NoBroker(NO_ANSWER.to_owned()))),
            None => Err(not_connected()),
        };
        // A consumer that has left meanwhile needs no answer.
        let _ = request.reply.send(result);
    }

    async fn declare_if_missing(&mut self, link: &Link, queue: &str) -> Result<(), ShapeError> {
        let connection = link.first_consuming().ok_or_else(not_connected)?;
        match shape::inspect(&connection, queue).await? {
            Some(_) => Ok(()),
            None => self.declare(link, &connection, queue).await,
        }
    }

    async fn declare(
        &mut self,
        link: &Link,
        connection: &Connection,
        queue: &str,
    ) -> Result<(), ShapeError> {
        if let Some((since, why)) = self.refused.get(queue)
            && since.elapsed() < REFUSED
        {
            return Err(why.clone());
        }
        let declared = shape::declare(connection, &link.url, queue, self.config.queue_kind).await;
        match &declared {
            Err(why @ ShapeError::Refused(_)) => {
                self.refused.insert(queue.to_owned(), (Instant::now(), why.clone()));
            }
            Ok(()) | Err(_) => {
                self.refused.remove(queue);
            }
        }
        declared
    }

    async fn count(&mut self) {
        let link = self.link();
        let until = Instant::now() + ANSWER_LIMIT;
        let unreadable = |error: &str| QueueStatus::Unreadable { error: error.to_owned() };
        let mut counts = Vec::with_capacity(self.config.queues.len());
        for name in self.config.queues.clone() {
            let status = match &link {
                Some(link) => timeout_at(until, self.status(link, &name))
                    .await
                    .unwrap_or_else(|_| unreadable(NO_ANSWER)),
                None => unreadable(NOT_CONNECTED),
            };
            counts.push(QueueCount { name, status });
        }
        self.counts.send_if_modified(|known| {
            let changed = known.as_ref() != Some(&counts);
            *known = Some(counts);
            changed
        });
    }

    /// Counts one queue, and declares it again where it has vanished.
    async fn status(&mut self, link: &Link, queue: &str) -> QueueStatus {
        let unreadable =
            |error: &ShapeError| QueueStatus::Unreadable { error: error.words(&link.url) };
        let Some(connection) = link.first_consuming() else {
            return QueueStatus::Unreadable { error: NOT_CONNECTED.to_owned() };
        };
        match shape::inspect(&connection, queue).await {
            Ok(Some(counts)) => {
                QueueStatus::Counts { ready: counts.ready, consumers: counts.consumers }
            }
            Ok(None) => match self.declare(link, &connection, queue).await {
                Ok(()) => {
                    warn!(queue, "the queue had vanished and is declared again");
                    QueueStatus::Counts { ready: 0, consumers: 0 }
                }
                Err(error) => unreadable(&error),
            },
            Err(error) => unreadable(&error),
        }
    }
}

const NO_ANSWER: &str = "RabbitMQ does not answer";
const NOT_CONNECTED: &str = "not connected to RabbitMQ";

fn not_connected() -> ShapeError {
    ShapeError::NoBroker(NOT_CONNECTED.to_owned())
}
