//! RabbitMQ, as Warren's relay uses it: the only crate of the product that depends on lapin.
//!
//! [`Broker`] is the handle that sessions hold. **What can break together shares no connection**: a
//! broker's error destroys the connection that it comes by.
//!
//! | connection | carries | lives |
//! |---|---|---|
//! | control | declares and counts (`queue_monitor.rs`) | always |
//! | publish | a channel for each session that sends (`publisher.rs`) | always |
//! | one for each queue that is received from | a channel for each session (`consumer.rs`) | while somebody receives |
//! | watch | the tap of what is traced (`watch.rs`) | while somebody watches |
//!
//! Each is kept by a `supervisor.rs`, with a back-off, a health and words of its own. What is decided
//! is decided by pure state machines (`confirms.rs`, `subscription.rs`); tasks only do what they say.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod backoff;
mod budget;
mod channel_quota;
mod coalesce;
mod confirms;
mod connection;
mod consumer;
mod convert;
mod declare;
mod delivery_tags;
mod explain;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod intake;
mod interpreted;
mod known_queues;
pub mod metrics;
pub mod pem;
mod pool;
mod prefetch;
mod publisher;
mod queue_monitor;
mod state;
mod subscription;
mod supervisor;
mod tls;
mod transport;
mod url;
mod watch;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch::Receiver;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use warren_protocol::{BrokerState, QueueCount};

pub use budget::{Account, Budget, Half, Reserved};
pub use consumer::{Consumer, Event as ConsumerEvent};
pub use convert::HeaderLimits;
pub use declare::QueueKind;
pub use intake::Taken;
pub use metrics::Metrics;
pub use publisher::{Prepared, Published, Publisher};
pub use subscription::Receive;
pub use tls::BrokerTls;
pub use url::{BadBrokerUrl, BrokerUrl};
pub use watch::{WatchEvent, Watcher};

use channel_quota::ChannelQuota;
use pool::{ChannelPermit, Pool};
use queue_monitor::Queues;
use supervisor::{Link, Nodes, Supervisor};
use watch::Watch;

/// How to reach RabbitMQ, and which queues.
#[derive(Debug, Clone)]
pub struct BrokerConfig {
    /// Tried in turn; never empty.
    pub urls: Vec<BrokerUrl>,
    /// The queues that pages may use; never empty.
    pub queues: Vec<String>,
    /// What to declare where a queue does not exist.
    pub queue_kind: QueueKind,
}

/// What sessions know of the broker. Cheap to clone.
#[derive(Clone)]
pub struct Broker {
    state: Receiver<BrokerState>,
    queues: Queues,
    publish_pool: Arc<Pool>,
    queue_pools: Arc<QueuePools>,
    control: Receiver<Link>,
    watch: Arc<Watch>,
    budget: Budget,
    metrics: Arc<Metrics>,
    max_prefetch: u16,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A pool of connections for each queue that was received from: as many as there are queues.
struct QueuePools {
    supervisor: Supervisor,
    pools: Mutex<HashMap<String, Arc<Pool>>>,
    stop: CancellationToken,
}

impl Broker {
    /// Starts to connect, for ever, until `stop`. `max_prefetch` bounds every consumer's prefetch.
    #[must_use]
    pub fn start(
        config: BrokerConfig,
        max_prefetch: u16,
        budget: Budget,
        metrics: Arc<Metrics>,
        stop: CancellationToken,
    ) -> Self {
        prepare_lapin();
        let tasks = TaskTracker::new();
        let nodes = Arc::new(Nodes::new(config.urls.clone()));
        let quota = Arc::<ChannelQuota>::default();
        let supervisor = |purpose: &str, pace, outbound| Supervisor {
            nodes: Arc::clone(&nodes),
            quota: Arc::clone(&quota),
            pace,
            outbound,
            purpose: purpose.to_owned(),
        };
        let pool = |purpose| {
            let supervisor = supervisor(purpose, backoff::BROKER, None);
            Pool::new(supervisor, &tasks, &metrics, true, stop.clone())
        };
        let (control, publish_pool) = (pool("control"), pool("publish"));
        let outbound = || Some(Arc::clone(budget.outbound()));
        let watch_pool = {
            let supervisor = supervisor("watch", backoff::QUEUE, outbound());
            Pool::new(supervisor, &tasks, &metrics, false, stop.clone())
        };
        let queues = queue_monitor::start(&tasks, &config, control.first(), stop.clone());
        let state = state::follow(
            &tasks,
            control.first(),
            publish_pool.first(),
            Arc::clone(&metrics),
            stop.clone(),
        );
        let queue_pools = QueuePools {
            supervisor: supervisor("queue", backoff::QUEUE, outbound()),
            pools: Mutex::default(),
            stop: stop.clone(),
        };
        let queue_pools = Arc::new(queue_pools);
        let (control, watch) =
            (control.first(), Arc::new(Watch::new(watch_pool, budget.outbound().share())));
        Self {
            state,
            queues,
            publish_pool,
            queue_pools,
            control,
            watch,
            budget,
            metrics,
            max_prefetch,
            tasks,
            stop,
        }
    }

    /// How the relay stands with the broker, now and whenever it changes: the connections that all
    /// need. A queue's own trouble is told by its consumer.
    #[must_use]
    pub fn state(&self) -> Receiver<BrokerState> {
        self.state.clone()
    }

    /// The queues' counts, told when they change; read every second for as long as anyone holds the
    /// receiver.
    #[must_use]
    pub fn queue_counts(&self) -> Receiver<Option<Vec<QueueCount>>> {
        self.queues.subscribe()
    }

    /// The memory that all sessions share.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Brings up to date what the metrics show without counting.
    pub fn show_in_metrics(&self) {
        self.metrics.show(&self.state.borrow(), self.budget.used(), self.budget.limit());
    }

    /// For a session that publishes, with at most `max_in_flight` messages unanswered.
    #[must_use]
    pub fn publisher(&self, max_in_flight: usize) -> Publisher {
        publisher::start(self, max_in_flight)
    }

    /// For a session that receives; a look gives back everything after `look_time`.
    #[must_use]
    pub fn consumer(&self, look_time: Duration) -> Consumer {
        consumer::start(self, look_time)
    }

    /// For a session that watches `queue`, and to which only the queues `visible` may be named.
    #[must_use]
    pub fn watch(&self, queue: String, visible: Vec<String>) -> Watcher {
        self.watch.watch(self, queue, visible)
    }

    /// Waits until consumers have given back what they hold and the connections are closed. Call
    /// it when no session is left and after `stop`.
    pub async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A permit for the connection of `queue`.
    fn queue_permit(&self, queue: &str) -> ChannelPermit {
        let QueuePools { supervisor, pools, stop } = &*self.queue_pools;
        let mut pools = pools.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let purpose = format!("queue {queue}");
            let supervisor = Supervisor { purpose, ..supervisor.clone() };
            Pool::new(supervisor, &self.tasks, &self.metrics, false, stop.clone())
        };
        pools.entry(queue.to_owned()).or_insert_with(new).acquire()
    }
}

/// Starts the runtime that lapin's stream is dropped in, on lapin's own threads. It is started when it is
/// needed first, which is for a connection that ends: in a process that has no files left just then, that
/// would fail, and for every connection after it.
fn prepare_lapin() {
    let started = std::thread::spawn(|| drop(async_compat::Compat::new(())));
    // It has failed only where this process can do nothing at all.
    let _ = started.join();
}
