//! Who watches what: gives each session what concerns its queue, within bounds, and nothing else.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use warren_protocol::{Body, Detail, Observed, ObservedKind, StopReason};

use super::{WatchEvent, trace::Trace};
use crate::intake::Taken;

/// Events that wait for one session, at most: some 0.5 s of the most that a page can show.
pub(super) const MAX_EVENTS: usize = 10_000;

/// All sessions that watch.
pub(super) struct Hub {
    members: Mutex<HashMap<String, Vec<Arc<Shared>>>>,
    changed: Notify,
    /// Bytes that wait for one session, bodies and headers, beyond which no further event is taken.
    max_bytes: usize,
}

/// One session's watch. Dropped, it has left.
pub(super) struct Member {
    hub: Arc<Hub>,
    queue: String,
    shared: Arc<Shared>,
}

/// What hub and member share.
struct Shared {
    /// The queues that may be named to it.
    visible: Vec<String>,
    pending: Mutex<Pending>,
    ready: Notify,
}

#[derive(Default)]
struct Pending {
    /// What was told last.
    told: Option<Told>,
    items: VecDeque<Item>,
    events: usize,
    bytes: usize,
    missed: u64,
}

enum Item {
    Told(Told),
    Event(Arc<Event>),
}

/// An event, for all who watch one of its queues.
pub(super) struct Event {
    observed: Observed,
    /// The queues that it concerns.
    queues: Vec<String>,
    /// What it takes, in bytes.
    bytes: usize,
    /// The memory of its body.
    memory: Option<Arc<Taken>>,
}

impl Event {
    pub(super) fn new(trace: &Trace<'_>, body: Vec<u8>, memory: Option<Taken>) -> Self {
        let (mut observed, overhead) = trace.observed();
        let bytes = body.len() + overhead;
        observed.body = Body::from(body);
        let names = trace.queues.iter().filter_map(|queue| str::from_utf8(queue).ok());
        let queues = names.map(str::to_owned).collect();
        Self { observed, queues, bytes, memory: memory.map(Arc::new) }
    }
}

/// How the watch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Watching,
    Stopped(StopReason, Detail),
}

/// What a member gets.
pub(super) enum Taking {
    State(WatchEvent),
    Events {
        events: Vec<Observed>,
        missed: u64,
        memory: Vec<Arc<Taken>>,
        /// More waits.
        more: bool,
    },
}

impl Hub {
    /// Nobody watches.
    pub(super) fn new(max_bytes: usize) -> Arc<Self> {
        Arc::new(Self { members: Mutex::default(), changed: Notify::new(), max_bytes })
    }

    /// Waits until somebody watches or has left. Cancel-safe.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The queues that are watched.
    pub(super) fn queues(&self) -> BTreeSet<String> {
        self.lock().keys().cloned().collect()
    }

    /// Whether nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// Whether somebody watches the queue of this name.
    pub(super) fn watches(&self, queue: &[u8]) -> bool {
        str::from_utf8(queue).is_ok_and(|queue| self.lock().contains_key(queue))
    }

    /// Tells those who watch `queue` how that is, unless they know.
    pub(super) fn tell(&self, queue: &str, told: &Told) {
        for member in self.lock().get(queue).into_iter().flatten() {
            member.tell(told);
        }
    }

    /// Tells all.
    pub(super) fn tell_all(&self, told: &Told) {
        for member in self.lock().values().flatten() {
            member.tell(told);
        }
    }

    /// Gives an event to all who watch one of its queues; how many had no room for it.
    pub(super) fn give(&self, event: Event) -> u64 {
        let (members, event) = (self.lock(), Arc::new(event));
        let watching = event.queues.iter().filter_map(|queue| members.get(queue)).flatten();
        watching.map(|member| u64::from(!member.give(&event, self.max_bytes))).sum()
    }

    /// So many events were lost, of any queue.
    pub(super) fn missed(&self, count: u64) {
        for member in self.lock().values().flatten() {
            member.lock().missed += count;
            member.ready.notify_one();
        }
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Arc<Shared>>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn tell(&self, told: &Told) {
        let mut pending = self.lock();
        if pending.told.as_ref() != Some(told) {
            pending.told = Some(told.clone());
            pending.items.push_back(Item::Told(told.clone()));
            self.ready.notify_one();
        }
    }

    /// Whether there is room for it. What comes before the watch is told to work is not part of it.
    fn give(&self, event: &Arc<Event>, max_bytes: usize) -> bool {
        let mut pending = self.lock();
        if pending.told != Some(Told::Watching) {
            return true;
        }
        let fits = pending.events < MAX_EVENTS && pending.bytes < max_bytes;
        if fits {
            pending.events += 1;
            pending.bytes += event.bytes;
            pending.items.push_back(Item::Event(Arc::clone(event)));
        } else {
            pending.missed += 1;
        }
        self.ready.notify_one();
        fits
    }

    /// The event as this member sees it.
    fn show(&self, event: Arc<Event>) -> (Observed, Option<Arc<Taken>>) {
        let memory = event.memory.clone();
        let seen = |queue: &&String| event.queues.contains(queue);
        let queues = match event.observed.kind {
            ObservedKind::Published => self.visible.iter().filter(seen).cloned().collect(),
            ObservedKind::Delivered => Vec::new(),
        };
        // The last who sees it needs no copy.
        let observed = match Arc::try_unwrap(event) {
            Ok(event) => event.observed,
            Err(event) => event.observed.clone(),
        };
        (Observed { queues, ..observed }, memory)
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Member {
    /// One that has not joined: nothing comes yet.
    pub(super) fn new(hub: &Arc<Hub>, queue: String, visible: Vec<String>) -> Self {
        let shared = Shared { visible, pending: Mutex::default(), ready: Notify::new() };
        Self { hub: Arc::clone(hub), queue, shared: Arc::new(shared) }
    }

    /// From now on events come.
    pub(super) fn join(&self) {
        let mut members = self.hub.lock();
        members.entry(self.queue.clone()).or_default().push(Arc::clone(&self.shared));
        drop(members);
        self.hub.changed.notify_one();
    }

    /// Waits until [`Self::take`] may have something. Cancel-safe.
    pub(super) async fn ready(&self) {
        self.shared.ready.notified().await;
    }

    /// What comes next: a state, or at most so many events with bodies of so many bytes.
    pub(super) fn take(&self, max: usize, max_bytes: usize) -> Option<Taking> {
        let mut pending = self.shared.lock();
        if let Some(Item::Told(_)) = pending.items.front()
            && let Some(Item::Told(told)) = pending.items.pop_front()
        {
            return Some(Taking::State(match told {
                Told::Watching => WatchEvent::Watching,
                Told::Stopped(reason, detail) => WatchEvent::Stopped(reason, detail),
            }));
        }
        let (mut events, mut memory, mut taken) = (Vec::new(), Vec::<Arc<Taken>>::new(), 0);
        while events.len() < max
            && let Some(Item::Event(event)) = pending.items.front()
            && (events.is_empty() || taken + event.bytes <= max_bytes)
            && let Some(Item::Event(event)) = pending.items.pop_front()
        {
            taken += event.bytes;
            let (event, held) = self.shared.show(event);
            events.push(event);
            memory.extend(held);
        }
        pending.events -= events.len();
        pending.bytes -= taken;
        let missed = mem::take(&mut pending.missed);
        let more = !pending.items.is_empty();
        (!events.is_empty() || missed > 0).then_some(Taking::Events {
            events,
            missed,
            memory,
            more,
        })
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut members = self.hub.lock();
        if let Some(of_queue) = members.get_mut(&self.queue) {
            of_queue.retain(|member| !Arc::ptr_eq(member, &self.shared));
            if of_queue.is_empty() {
                members.remove(&self.queue);
            }
        }
        drop(members);
        self.hub.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
