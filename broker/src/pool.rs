//! Connections of one purpose, each with permits for the channels of many sessions.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use tracing::warn;
use warren_protocol::Detail;

use crate::{
    connection::{Connection, Ended},
    metrics::Metrics,
    supervisor::{Link, Supervisor},
};

/// Sessions for each connection, at most: passing messages for many is one thread's work.
const SESSIONS_PER_CONNECTION: usize = 1_000;

/// The connections, from the first permit that is taken to the last that is given back.
pub(crate) struct Pool {
    supervisor: Supervisor,
    tasks: TaskTracker,
    metrics: Arc<Metrics>,
    /// Whether the first connection is kept without a session.
    keeps_one: bool,
    stop: CancellationToken,
    slots: Mutex<Vec<Arc<Slot>>>,
}

/// One connection of the pool.
struct Slot {
    link: watch::Receiver<Link>,
    used: AtomicUsize,
    capacity: Arc<AtomicUsize>,
    stop: CancellationToken,
}

/// The right to one session's channels on a connection, until it is dropped. The connection is
/// made, lost and made again beneath it.
pub(crate) struct ChannelPermit {
    pool: Arc<Pool>,
    slot: Arc<Slot>,
}

impl Pool {
    /// A pool without connections; with one that is being made where it `keeps_one`.
    pub(crate) fn new(
        supervisor: Supervisor,
        tasks: &TaskTracker,
        metrics: &Arc<Metrics>,
        keeps_one: bool,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let pool = Arc::new(Self {
            supervisor,
            tasks: tasks.clone(),
            metrics: Arc::clone(metrics),
            keeps_one,
            stop,
            slots: Mutex::default(),
        });
        if keeps_one {
            pool.first();
        }
        pool
    }

    /// A permit of the first connection that has one; only where all are full, another is made.
    /// That the permits are counted before it is there keeps many from making one each.
    pub(crate) fn acquire(self: &Arc<Self>) -> ChannelPermit {
        let mut slots = self.lock();
        let has_room = |slot: &&Arc<Slot>| {
            slot.used.load(Ordering::Relaxed) < slot.capacity.load(Ordering::Relaxed)
        };
        let slot = slots.iter().find(has_room).cloned().unwrap_or_else(|| {
            let slot = self.open();
            slots.push(Arc::clone(&slot));
            slot
        });
        slot.used.fetch_add(1, Ordering::Relaxed);
        drop(slots);
        ChannelPermit { pool: Arc::clone(self), slot }
    }

    /// The first connection, made where there is none.
    pub(crate) fn first(&self) -> watch::Receiver<Link> {
        let mut slots = self.lock();
        if slots.is_empty() {
            slots.push(self.open());
        }
        slots[0].link.clone()
    }

    fn open(&self) -> Arc<Slot> {
        let (sender, link) = watch::channel(Link::Connecting { cause: None });
        let stop = self.stop.child_token();
        let capacity = Arc::new(AtomicUsize::new(SESSIONS_PER_CONNECTION));
        let metrics = Arc::clone(&self.metrics);
        let of_a_queue = !self.keeps_one;
        let purpose = self.supervisor.purpose.clone();
        let lost = move |cause: &Ended| {
            // What all need is told by the broker's state.
            if of_a_queue {
                metrics.queue_reconnects.inc();
                let cause = cause.detail.to_string();
                warn!(purpose, cause, "a queue's connection was lost");
            }
        };
        self.tasks.spawn(self.supervisor.clone().keep(sender, stop.clone(), lost));
        self.tasks.spawn(follow_capacity(link.clone(), Arc::clone(&capacity), stop.clone()));
        Arc::new(Slot { link, used: AtomicUsize::new(0), capacity, stop })
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the capacity of a connection at what the broker allows it.
async fn follow_capacity(
    mut link: watch::Receiver<Link>,
    capacity: Arc<AtomicUsize>,
    stop: CancellationToken,
) {
    loop {
        if let Link::Up(connection) = &*link.borrow_and_update() {
            // One is left for what is looked up beside the sessions.
            let max = connection.channel_max().saturating_sub(1).max(1);
            capacity.store(SESSIONS_PER_CONNECTION.min(max), Ordering::Relaxed);
        }
        tokio::select! {
            changed = link.changed() => if changed.is_err() {
                return;
            },
            () = stop.cancelled() => return,
        }
    }
}

impl ChannelPermit {
    /// How its connection is.
    pub(crate) fn link(&self) -> watch::Receiver<Link> {
        self.slot.link.clone()
    }

    /// Its connection, or why there is none now.
    pub(crate) fn connection(&self) -> Result<Arc<Connection>, Detail> {
        match &*self.slot.link.borrow() {
            Link::Up(connection) => Ok(Arc::clone(connection)),
            Link::Connecting { cause: Some(cause) } | Link::Down { cause, .. } => {
                Err(cause.detail.clone())
            }
            Link::Connecting { cause: None } => Err(Detail::NotConnected),
        }
    }

    /// A permit of another connection, since this connection has no channel left.
    pub(crate) fn elsewhere(&self) -> Self {
        self.slot.capacity.fetch_min(
            self.slot.used.load(Ordering::Relaxed).saturating_sub(1).max(1),
            Ordering::Relaxed,
        );
        self.pool.acquire()
    }
}

impl Drop for ChannelPermit {
    fn drop(&mut self) {
        let mut slots = self.pool.lock();
        let was_last = self.slot.used.fetch_sub(1, Ordering::Relaxed) == 1;
        let is_first = slots
            .first()
            .is_some_and(|first| self.pool.keeps_one && Arc::ptr_eq(first, &self.slot));
        if was_last && !is_first {
            slots.retain(|slot| !Arc::ptr_eq(slot, &self.slot));
            self.slot.stop.cancel();
        }
    }
}
