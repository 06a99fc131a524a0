//! One task that looks after the queues on the control connection: declares what is missing and
//! may be declared, and counts for all pages at once, as `rabbitmqctl list_queues` does.
//!
//! It counts on one channel, many questions at a time, so that 60 queues on a broker far away take
//! one round trip. A queue that cannot be read closes that channel, and is asked for ever less
//! often.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{
    StreamExt as _,
    future::{BoxFuture, join_all},
    stream::FuturesUnordered,
};
use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;
use warren_protocol::{QueueCount, QueueStatus};

use crate::{
    BrokerConfig, QueueKind,
    connection::{Channel, Connection},
    declare::{self, Counts, QueueError},
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

const NOT_CONNECTED: &str = "not connected to RabbitMQ";
const NO_ANSWER: &str = "RabbitMQ does not answer";

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
        let stopping = || QueueError::NoBroker("the relay is stopping".to_owned());
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

/// Asks the broker for one queue.
#[derive(Clone)]
struct Asker {
    link: watch::Receiver<Link>,
    known: Arc<KnownQueues>,
    kind: QueueKind,
}

impl Asker {
    fn connection(&self) -> Option<Arc<Connection>> {
        match &*self.link.borrow() {
            Link::Up(connection) => Some(Arc::clone(connection)),
            Link::Connecting { .. } | Link::Down { .. } => None,
        }
    }

    async fn answer(self, request: Request) {
        let Request { queue, declare, reply } = request;
        let answer = timeout(ANSWER_LIMIT, self.ask(&queue, declare));
        let no_answer = |_| Err(QueueError::NoBroker(NO_ANSWER.to_owned()));
        // Who has left meanwhile needs no answer.
        let _ = reply.send(answer.await.unwrap_or_else(no_answer));
    }

    async fn ask(&self, queue: &str, declare: bool) -> Result<Counts, QueueError> {
        self.known.may_ask(queue)?;
        let no_broker = || QueueError::NoBroker(NOT_CONNECTED.to_owned());
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
    async fn declare_missing(
        &self,
        connection: &Arc<Connection>,
        queue: &str,
        answer: Result<Counts, QueueError>,
    ) -> Result<Counts, QueueError> {
        if !matches!(answer, Err(QueueError::Missing(_))) || self.kind == QueueKind::Never {
            return answer;
        }
        if !self.known.may_declare(queue) {
            return Err(QueueError::Missing(format!(
                "queue {queue} is gone; Warren has not declared it and leaves that to its owner"
            )));
        }
        declare::declare(connection, queue, self.kind).await?;
        self.known.set_declared_here(queue);
        Ok(Counts { ready: 0, consumers: 0 })
    }
}

/// Counts all queues.
struct Counter {
    asker: Asker,
    names: Vec<String>,
    channel: Option<Channel>,
}

impl Counter {
    async fn count(mut self) -> (Self, Vec<QueueCount>) {
        let Some(connection) = self.asker.connection() else {
            let status = QueueStatus::Unreadable { error: NOT_CONNECTED.to_owned() };
            let counts = self.names.iter().cloned();
            let counts = counts.map(|name| QueueCount { name, status: status.clone() }).collect();
            return (self, counts);
        };
        let mut counts: Vec<Option<QueueStatus>> = vec![None; self.names.len()];
        if timeout(ANSWER_LIMIT, self.read(&connection, &mut counts)).await.is_err() {
            // Answers to the old questions must not be taken for those to new ones.
            self.channel = None;
        }
        let silent = || QueueStatus::Unreadable { error: NO_ANSWER.to_owned() };
        let counts = self.names.iter().cloned().zip(counts);
        let counts = counts
            .map(|(name, status)| QueueCount { name, status: status.unwrap_or_else(silent) })
            .collect();
        (self, counts)
    }

    async fn read(&mut self, connection: &Arc<Connection>, counts: &mut [Option<QueueStatus>]) {
        let unreadable = |error: &QueueError| QueueStatus::Unreadable { error: error.to_string() };
        let mut due = VecDeque::new();
        for (at, name) in self.names.iter().enumerate() {
            match self.asker.known.may_ask(name) {
                Ok(()) => due.push_back(at),
                Err(error) => counts[at] = Some(unreadable(&error)),
            }
        }
        while !due.is_empty() {
            let channel = match self.channel(connection).await {
                Ok(channel) => channel,
                Err(error) => {
                    for at in due {
                        counts[at] = Some(unreadable(&error));
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
                QueueStatus::Counts { ready, consumers }
            }
            Err(error) => QueueStatus::Unreadable { error: error.to_string() },
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
