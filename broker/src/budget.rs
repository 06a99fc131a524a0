//! One budget of memory for the process, so that no number of sessions can use up the machine.
//!
//! Half of it is for what comes from clients (large WebSocket messages while they are assembled,
//! bodies until the broker has confirmed them), half for what goes to them (deliveries until they
//! are written to a socket). So neither can starve the other, and the deliveries of one session shall take
//! a sixteenth.

use std::{
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits of a semaphore are counted in this many bytes: it has no room for more permits than a
/// 32-bit number.
const UNIT: usize = 1024;

/// The deliveries of one session shall take this part of their half: a sixteenth of the whole.
const SHARES: usize = 8;

/// The budget. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget {
    limit: usize,
    inbound: Half,
    outbound: Arc<Outbound>,
}

/// What comes from clients, of a [`Budget`].
#[derive(Debug, Clone)]
pub struct Half {
    bytes: usize,
    units: Arc<Semaphore>,
}

/// Bytes that are taken until this is dropped.
#[derive(Debug, Default)]
pub struct Reserved {
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Reserved {
    /// Takes over `other`, of the same half.
    fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        match (&mut self.permit, other.permit) {
            (Some(permit), Some(other)) => permit.merge(other),
            (own, other) => *own = own.take().or(other),
        }
    }

    /// Gives back what is more than `bytes`.
    fn shrink(&mut self, bytes: usize) {
        self.bytes = bytes.min(self.bytes);
        if let Some(permit) = &mut self.permit {
            let spare = permit.num_permits().saturating_sub(self.bytes.div_ceil(UNIT));
            drop(permit.split(spare));
        }
    }
}

impl Budget {
    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let half = limit / 2;
        let inbound = {
            let units = (half / UNIT).clamp(SHARES, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
            Half { bytes: units * UNIT, units: Arc::new(Semaphore::new(units)) }
        };
        Self { limit, inbound, outbound: Outbound::new(half) }
    }

    /// For what comes from clients.
    #[must_use]
    pub fn inbound(&self) -> &Half {
        &self.inbound
    }

    /// For what goes to clients.
    pub(crate) fn outbound(&self) -> &Arc<Outbound> {
        &self.outbound
    }

    /// All of it, in bytes.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bytes that are taken.
    #[must_use]
    pub fn used(&self) -> usize {
        self.inbound.used() + self.outbound.used()
    }
}

impl Half {
    fn free(&self) -> usize {
        self.units.available_permits() * UNIT
    }

    fn used(&self) -> usize {
        self.bytes.saturating_sub(self.free())
    }

    /// Takes `bytes`, where they are free.
    #[must_use]
    pub fn try_reserve(&self, bytes: usize) -> Option<Reserved> {
        let units = bytes.div_ceil(UNIT);
        let permit = Arc::clone(&self.units).try_acquire_many_owned(u32::try_from(units).ok()?);
        Some(Reserved { bytes, permit: Some(permit.ok()?) })
    }

    /// Waits until `bytes` are free, in turn with others who wait, and takes them; more than there
    /// are at all is taken as all. Cancel-safe.
    pub async fn reserve(&self, bytes: usize) -> Reserved {
        let units = bytes.min(self.bytes).div_ceil(UNIT);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let permit = Arc::clone(&self.units).acquire_many_owned(units).await.ok();
        Reserved { bytes: bytes.min(self.bytes), permit }
    }
}

/// Steps in which an [`Account`] grows and shrinks, in bytes: not with each message.
const STEP: usize = 256 * 1024;

/// What one session has taken, which changes with each of its messages.
#[derive(Debug)]
pub struct Account {
    half: Half,
    taken: Reserved,
}

impl Account {
    /// An account with nothing in it.
    #[must_use]
    pub fn new(half: Half) -> Self {
        Self { half, taken: Reserved::default() }
    }

    /// Takes over what was taken already: what was read is what is kept.
    pub fn deposit(&mut self, reserved: Reserved) {
        self.taken.merge(reserved);
    }

    /// Takes what is missing so that `total` bytes are taken, and perhaps a little more. Where they are
    /// not free, nothing changes and the answer is `false`.
    #[must_use]
    pub fn grow_to(&mut self, total: usize) -> bool {
        // More than there are at all is taken as all.
        let total = total.min(self.half.bytes);
        if total > self.taken.bytes {
            let more = (total - self.taken.bytes).next_multiple_of(STEP).min(self.half.bytes);
            let Some(reserved) = self.half.try_reserve(more) else { return false };
            self.taken.merge(reserved);
        }
        true
    }

    /// Gives back what is more than `total` bytes, but for a little.
    pub fn shrink_to(&mut self, total: usize) {
        if total == 0 {
            self.taken.shrink(0);
        } else if self.taken.bytes >= total + 2 * STEP {
            self.taken.shrink(total + STEP);
        }
    }
}

/// What goes to clients, of a [`Budget`]. It comes without being asked for, so that it is counted,
/// and no more is let in while it is over the limit.
#[derive(Debug)]
pub(crate) struct Outbound {
    limit: usize,
    used: AtomicUsize,
    waiting: Mutex<Vec<Waker>>,
}

impl Outbound {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0), waiting: Mutex::default() })
    }

    /// The most that the deliveries of one session shall take, in bytes.
    pub(crate) fn share(&self) -> usize {
        self.limit / SHARES
    }

    /// Bytes that are taken.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::SeqCst)
    }

    pub(crate) fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::SeqCst);
    }

    pub(crate) fn release(&self, bytes: usize) {
        let before = self.used.fetch_sub(bytes, Ordering::SeqCst);
        if before >= self.limit && before - bytes < self.limit {
            // Whom this wakes may wait again, or release more, at once.
            let waiting = mem::take(&mut *self.waiting());
            waiting.into_iter().for_each(Waker::wake);
        }
    }

    /// Whether less than the limit is taken; if not, wakes once it is.
    pub(crate) fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.used() < self.limit {
            return Poll::Ready(());
        }
        let mut waiting = self.waiting();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        drop(waiting);
        // It may have been released before the waker was there.
        if self.used() < self.limit { Poll::Ready(()) } else { Poll::Pending }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn the_halves_are_apart_and_what_is_dropped_is_free() {
        let budget = Budget::new(512 * MIB);
        assert_eq!((budget.outbound().share(), budget.limit()), (32 * MIB, 512 * MIB));
        let all = budget.inbound().try_reserve(256 * MIB).unwrap();
        assert!(budget.inbound().try_reserve(1).is_none());
        budget.outbound().add(MIB);
        assert_eq!(budget.used(), 257 * MIB);
        budget.outbound().release(MIB);
        drop(all);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn an_account_follows_what_a_session_has() {
        let budget = Budget::new(4 * MIB);
        let (mut one, mut other) =
            (Account::new(budget.inbound().clone()), Account::new(budget.inbound().clone()));
        assert!(one.grow_to(100) && one.grow_to(MIB) && other.grow_to(MIB / 2));
        assert!(!other.grow_to(2 * MIB), "one has half of it");
        one.shrink_to(0);
        assert!(other.grow_to(MIB + MIB / 2));
        other.shrink_to(0);
        assert_eq!(budget.used(), 0);
        assert!(one.grow_to(64 * MIB), "who is alone gets what there is");
        one.shrink_to(0);
        one.deposit(budget.inbound().try_reserve(2 * MIB).unwrap());
        assert!(one.grow_to(64 * MIB), "more than all is covered by all");
        one.shrink_to(0);
        other.deposit(budget.inbound().try_reserve(2 * MIB).unwrap());
        assert!(other.grow_to(2 * MIB), "it is covered by what was taken before");
        other.shrink_to(0);
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn what_a_large_message_took_is_its_own_and_then_free_while_small_ones_go_on() {
        let budget = Budget::new(16 * MIB);
        let mut account = Account::new(budget.inbound().clone());
        account.deposit(budget.inbound().try_reserve(6 * MIB).unwrap());
        let waiting = budget.inbound().reserve(8 * MIB);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        for messages in 1..=6 {
            assert!(account.grow_to(messages * MIB), "it was read with room for all");
        }
        account.shrink_to(1000);
        let taken = account.taken.bytes;
        assert!(taken <= 1000 + 2 * STEP, "{taken}");
        assert!(account.grow_to(50_000));
        account.shrink_to(1000);
        assert_eq!(account.taken.bytes, taken, "it does not change with each message");
        account.shrink_to(0);
        assert!(futures_util::poll!(&mut waiting).is_ready());
    }

    #[tokio::test]
    async fn who_waits_gets_it_in_turn_and_more_than_all_is_all() {
        let budget = Budget::new(2 * MIB);
        let first = budget.inbound().reserve(64 * MIB).await;
        let second = budget.inbound().reserve(1);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        assert!(futures_util::poll!(&mut second).is_ready());
    }

    /// Unparks its thread.
    struct Unpark(std::thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    fn polls(outbound: &Outbound, waker: &Waker) -> bool {
        outbound.poll_room(&mut Context::from_waker(waker)).is_ready()
    }

    #[test]
    fn all_who_wait_are_woken_each_time_that_there_is_room_again() {
        struct Woken(AtomicUsize);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let outbound = Outbound::new(100);
        let woken = [(); 3].map(|()| Arc::new(Woken(AtomicUsize::new(0))));
        let wakers = woken.each_ref().map(|woken| Waker::from(Arc::clone(woken)));
        outbound.add(150);
        for round in 1..4 {
            for waker in wakers.iter().chain(&wakers) {
                assert!(!polls(&outbound, waker));
            }
            outbound.release(60);
            // Over it again before any of them looks.
            outbound.add(60);
            for woken in &woken {
                assert_eq!(woken.0.load(Ordering::SeqCst), round);
            }
        }
        outbound.release(60);
        assert!(wakers.iter().all(|waker| polls(&outbound, waker)));
    }

    #[test]
    fn no_wake_up_is_lost_between_threads() {
        const ROUNDS: usize = 3_000;
        let outbound = Outbound::new(100);
        let (begun, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let reach = |counter: &AtomicUsize, round| {
            let since = std::time::Instant::now();
            while counter.load(Ordering::SeqCst) < round {
                assert!(since.elapsed().as_secs() < 20, "not woken");
                std::thread::yield_now();
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
                for round in 1..=ROUNDS {
                    reach(&begun, round);
                    while !polls(&outbound, &waker) {
                        std::thread::park_timeout(std::time::Duration::from_secs(40));
                    }
                    over.store(round, Ordering::SeqCst);
                }
            });
            for round in 1..=ROUNDS {
                outbound.add(100);
                begun.store(round, Ordering::SeqCst);
                // At any point of the other's poll.
                (0..round % 64).for_each(|_| std::hint::spin_loop());
                outbound.release(100);
                reach(&over, round);
            }
        });
    }
}
