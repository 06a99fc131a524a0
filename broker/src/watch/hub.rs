//! Who watches what: gives each session what concerns its queue, within bounds, and nothing else.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use warren_protocol::{Detail, Observed, ObservedKind, StopReason};

use super::WatchEvent;
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
    Event { event: Box<Observed>, bytes: usize, memory: Arc<Taken> },
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

    /// Gives an event of `bytes` bytes to all who watch one of `queues`; how many had no room for it.
    pub(super) fn give(
        &self,
        event: &Observed,
        queues: &[&[u8]],
        bytes: usize,
        memory: &Arc<Taken>,
    ) -> u64 {
        let members = self.lock();
        let names = queues.iter().filter_map(|queue| str::from_utf8(queue).ok());
        let watching = names.filter_map(|queue| members.get(queue)).flatten();
        let fits = |member: &Arc<Shared>| member.give(event, queues, bytes, memory, self.max_bytes);
        watching.map(|member| u64::from(!fits(member))).sum()
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

    /// Whether there is room for it.
    fn give(
        &self,
        event: &Observed,
        queues: &[&[u8]],
        bytes: usize,
        memory: &Arc<Taken>,
        max_bytes: usize,
    ) -> bool {
        let mut pending = self.lock();
        let fits = pending.events < MAX_EVENTS && pending.bytes < max_bytes;
        if fits {
            let mut event = Box::new(event.clone());
            if event.kind == ObservedKind::Published {
                let seen = |queue: &&String| queues.contains(&queue.as_bytes());
                event.queues = self.visible.iter().filter(seen).cloned().collect();
            }
            pending.events += 1;
            pending.bytes += bytes;
            pending.items.push_back(Item::Event { event, bytes, memory: Arc::clone(memory) });
        } else {
            pending.missed += 1;
        }
        self.ready.notify_one();
        fits
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
            && let Some(Item::Event { bytes, .. }) = pending.items.front()
            && (events.is_empty() || taken + bytes <= max_bytes)
            && let Some(Item::Event { event, bytes, memory: held }) = pending.items.pop_front()
        {
            taken += bytes;
            events.push(*event);
            if memory.last().is_none_or(|last| !Arc::ptr_eq(last, &held)) {
                memory.push(held);
            }
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
