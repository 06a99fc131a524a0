//! One task that looks after the queues on the control connection: declares what is missing and
//! may be declared, and counts for all pages at once, as `rabbitmqctl list_queues` does.
//!
//! It counts on one channel, many questions at a time, so that 60 queues on a broker far away take
//! one round trip. A queue that cannot be read closes that channel, and is asked for ever less
//! often.

mod asker;
mod counter;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use warren_protocol::{Detail, QueueCount};

use asker::Asker;
use counter::Counter;

use crate::{
    BrokerConfig, QueueKind,
    declare::{Counts, QueueError},
    known_queues::KnownQueues,
    supervisor::Link,
};

/// How often the counts are read while a page is open, and at most because of messages that came
/// back.
const PERIOD: Duration = Duration::from_secs(1);

/// How soon they are read again at most where somebody comes or a consumer starts or ends.
const SOON: Duration = Duration::from_millis(100);

/// How long the broker may take to answer. Pages take silence for a dead link, so a broker that
/// says nothing must not keep the relay from saying that.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Questions that are on their way at once, on the channel that counts. `join_all` asks up to 30
/// in order.
const PIPELINE: usize = 24;

/// Sessions that wait to hear of their queue, and those that are served at once.
const REQUESTS: usize = 64;
const REQUESTS_AT_ONCE: usize = 8;

/// The handle. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queues {
    counts: watch::Sender<Option<Vec<QueueCount>>>,
    requests: mpsc::Sender<Request>,
    look_now: Arc<Notify>,
    look_soon: Arc<Notify>,
    known: Arc<KnownQueues>,
    kind: QueueKind,
}

struct Request {
    queue: String,
    /// Whether it may be declared where it is missing.
    declare: bool,
    reply: oneshot::Sender<Result<Counts, QueueError>>,
}

impl Queues {
    /// The counts, the last known at once; they are read for as long as anyone holds a receiver.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Option<Vec<QueueCount>>> {
        let mut receiver = self.counts.subscribe();
        receiver.mark_changed();
        self.look_soon();
        receiver
    }

    /// The counts, when they change and somebody else has them read.
    pub(crate) fn counts(&self) -> watch::Receiver<Option<Vec<QueueCount>>> {
        self.counts.subscribe()
    }

    /// Look now rather than at the next second, but not more than once a second: a queue seems to
    /// be gone.
    pub(crate) fn look_now(&self) {
        self.look_now.notify_one();
    }

    /// Look at once: somebody has come, or a consumer has started or ended.
    pub(crate) fn look_soon(&self) {
        self.look_soon.notify_one();
    }

    /// What the process knows of them.
    pub(crate) fn known(&self) -> &Arc<KnownQueues> {
        &self.known
    }

    /// Whether Warren declares queues that are missing.
    pub(crate) fn declares(&self) -> bool {
        self.kind != QueueKind::Never
    }

    /// Makes sure that `queue` exists, where Warren declares queues. Where it does not, whoever uses
    /// the queue finds out.
    pub(crate) async fn ensure(&self, queue: &str) -> Result<(), QueueError> {
        if !self.declares() {
            return Ok(());
        }
        self.ask(queue, true).await.map(|_| ())
    }

    /// Counts `queue` now.
    pub(crate) async fn count(&self, queue: &str) -> Result<Counts, QueueError> {
        self.ask(queue, false).await
    }

    async fn ask(&self, queue: &str, declare: bool) -> Result<Counts, QueueError> {
        let stopping = || QueueError::NoBroker(Detail::RelayStops);
        let (reply, answer) = oneshot::channel();
        let request = Request { queue: queue.to_owned(), declare, reply };
        self.requests.send(request).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// Starts the task.
pub(crate) fn start(
    tasks: &TaskTracker,
    config: &BrokerConfig,
    link: watch::Receiver<Link>,
    stop: CancellationToken,
) -> Queues {
    let (requests, inbox) = mpsc::channel(REQUESTS);
    let known = Arc::<KnownQueues>::default();
    let queues = Queues {
        counts: watch::Sender::new(None),
        requests,
        look_now: Arc::default(),
        look_soon: Arc::default(),
        known: Arc::clone(&known),
        kind: config.queue_kind,
    };
    let asker = Asker { link: link.clone(), known, kind: config.queue_kind };
    let counter = Counter { asker: asker.clone(), names: config.queues.clone(), channel: None };
    let monitor = Monitor {
        asker,
        link,
        counts: queues.counts.clone(),
        requests: inbox,
        look_now: Arc::clone(&queues.look_now),
        look_soon: Arc::clone(&queues.look_soon),
    };
    tasks.spawn(async move {
        tokio::select! {
            () = monitor.run(counter) => {}
            () = stop.cancelled() => {}
        }
    });
    queues
}

struct Monitor {
    asker: Asker,
    link: watch::Receiver<Link>,
    counts: watch::Sender<Option<Vec<QueueCount>>>,
    requests: mpsc::Receiver<Request>,
    look_now: Arc<Notify>,
    look_soon: Arc<Notify>,
}

impl Monitor {
    async fn run(mut self, counter: Counter) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut idle = Some(counter);
        let mut counting: Option<BoxFuture<'static, (Counter, Vec<QueueCount>)>> = None;
        let mut asking = FuturesUnordered::new();
        let (mut wanted, mut not_before) = (true, Instant::now());
        loop {
            tokio::select! {
                () = sleep_until(not_before), if wanted && idle.is_some() => {
                    wanted = false;
                    if let Some(counter) = idle.take() {
                        counting = Some(Box::pin(counter.count()));
                    }
                }
                Some((counter, counts)) = next(&mut counting) => {
                    counting = None;
                    idle = Some(counter);
                    not_before = Instant::now() + PERIOD;
                    self.tell(counts);
                }
                Some(request) = self.requests.recv(), if asking.len() < REQUESTS_AT_ONCE => {
                    asking.push(self.asker.clone().answer(request));
                }
                Some(()) = asking.next() => {}
                () = self.look_now.notified() => wanted = true,
                () = self.look_soon.notified() => {
                    not_before = not_before.min(Instant::now() + SOON);
                    wanted = true;
                }
                Ok(()) = self.link.changed() => {
                    not_before = Instant::now();
                    wanted = true;
                }
                _ = ticks.tick() => {
                    if self.counts.receiver_count() > 0 {
                        wanted = true;
                    } else {
                        self.forget();
                    }
                }
            }
        }
    }

    fn tell(&self, counts: Vec<QueueCount>) {
        self.counts.send_if_modified(|known| {
            let changed = known.as_ref() != Some(&counts);
            *known = Some(counts);
            changed
        });
    }

    /// What was counted long ago is told to nobody.
    fn forget(&self) {
        self.counts.send_if_modified(|known| {
            *known = None;
            false
        });
    }
}

async fn next<T>(future: &mut Option<BoxFuture<'static, T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}
