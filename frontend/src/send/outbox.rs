//! What was sent and is not yet confirmed, and what became of the last few. Owns the order,
//! the window (how much may be in flight) and the retry of messages that the broker did not get.
//!
//! A message is dropped from here when the broker has confirmed it, when its run was stopped before it
//! went out, or when it failed for good and a thousand others, or 32 MiB of them, came after it; the last
//! are counted.

mod lent;
mod list;
mod message;
mod offer_words;
pub mod ownership;
mod run;
mod saved;
mod snapshot;
mod window;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use warren_protocol::{Body, FailReason, Failure, Limits, Properties};

pub use lent::{Added, Lent};
pub use list::{Row, Totals};
pub use message::{FailDetail, Outgoing, Refusal, SendState};
pub use offer_words::{OfferWords, offer_words};
pub use run::{Tally, Withdrawn};
pub use saved::{MAX_SAVED_BYTES, Saved};
pub use snapshot::Snapshot;
pub use window::BATCH_BYTES;

/// Messages that may wait for the broker's confirm here. More are refused, not lost.
pub const MAX_UNRESOLVED: usize = 10_000;
/// Bytes of messages that may wait here, with their headers: in some queues these are larger than the
/// bodies. A single message may always, whatever its size.
pub const MAX_UNRESOLVED_BYTES: usize = 64 * 1024 * 1024;
/// No more messages are made while this many wait here: what the relay takes at once by default, and as
/// much again. Leaves room for what is sent by hand.
pub const MAX_WAITING: usize = 4_000;
/// The same in bytes of messages; a single one may always wait.
pub const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;
/// Confirmed messages that stay in the list.
pub const MAX_CONFIRMED: usize = 100;
/// Failed messages that stay in the list.
pub const MAX_FAILED: usize = 1_000;
/// Bytes of confirmed and failed messages that stay in the list.
pub const MAX_RESOLVED_BYTES: usize = 32 * 1024 * 1024;
/// How long to hold back, in milliseconds, after the relay could not take a message although it
/// seemed to be able to. Ends early when a message is confirmed or the broker comes up.
const HOLD_MS: f64 = 1_000.0;

struct Entry {
    message: Rc<Outgoing>,
    state: SendState,
    /// Which run it belongs to, if any; see [`Outbox::start_run`].
    run: Option<u64>,
    /// It went out and nobody has said what became of it: it may have reached its queue.
    unsure: bool,
    /// It failed, and somebody has sent it again.
    by_hand: bool,
}

/// See the module.
#[derive(Default)]
pub struct Outbox {
    /// In the order in which they were handed in; keys are never used again.
    entries: BTreeMap<u64, Entry>,
    next_key: u64,
    queued: BTreeSet<u64>,
    /// The wire's id of each message in flight, with its key.
    in_flight: BTreeMap<u64, u64>,
    /// Increasing over all sessions, and so within each.
    next_id: u64,
    confirmed: BTreeSet<u64>,
    failed: BTreeSet<u64>,
    in_flight_bytes: usize,
    /// Copies of a move that are in flight, and the bytes of their bodies; see [`lent`].
    lent: (usize, usize),
    unresolved_bytes: usize,
    resolved_bytes: usize,
    confirmed_total: u64,
    forgotten: u64,
    hold_until_ms: Option<f64>,
    /// Nothing goes out: it is not known yet whose this outbox is.
    held: bool,
    /// The window was full, and half of it is not free again.
    full: bool,
    limits: Option<Limits>,
    revision: u64,
    run: u64,
    tally: Tally,
}

impl Outbox {
    /// Takes a message to be sent, or says why it cannot.
    pub fn push(
        &mut self,
        queue: Option<String>,
        body: Body,
        properties: Properties,
        now_ms: f64,
    ) -> Result<(), Refusal> {
        self.hand_in(queue, body, properties, now_ms, None)
    }

    /// Sends a message of the list again: a failed one as it was, with its `message_id`, any
    /// other as a new message that is named `message_id`.
    pub fn send_again(&mut self, key: u64, message_id: String, now_ms: f64) -> Result<(), Refusal> {
        let Some(entry) = self.entries.get(&key) else {
            return Ok(());
        };
        if matches!(entry.state, SendState::Failed { .. }) {
            self.room_for(entry.message.weight)?;
            self.queue_again(key);
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.by_hand = true;
            }
            self.fail_if_too_large(key);
            return Ok(());
        }
        let (queue, body) = (entry.message.queue.clone(), entry.message.body.clone());
        let mut properties = entry.message.properties.clone();
        properties.message_id = Some(message_id);
        self.push(queue, body, properties, now_ms)
    }

    /// The broker takes messages (again).
    pub fn broker_up(&mut self) {
        self.hold_until_ms = None;
    }

    /// The link to the relay is gone, and with it every answer: what was in flight waits again,
    /// in its old place, and may reach the queue twice with the same `message_id`.
    pub fn link_lost(&mut self) {
        for (_, key) in std::mem::take(&mut self.in_flight) {
            self.queue_again(key);
            self.note_unsure(key);
        }
        self.in_flight_bytes = 0;
        self.lent = (0, 0);
        self.hold_until_ms = None;
    }

    /// Lets nothing out for as long as it is `held`.
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// The relay's answer. Ids that are not in flight are ignored.
    pub fn published(&mut self, confirmed: &[u64], failed: Vec<Failure>, now_ms: f64) {
        for id in confirmed {
            let Some(key) = self.take_in_flight(*id) else { continue };
            let sent_ms = match self.entries.get(&key).map(|entry| &entry.state) {
                Some(SendState::Sent { at_ms }) => *at_ms,
                _ => now_ms,
            };
            // A clock that was set back shows as 0.
            let ms = (now_ms - sent_ms).max(0.0) as u64;
            self.confirmed_total += 1;
            self.hold_until_ms = None;
            self.resolve(key, SendState::Confirmed { ms });
        }
        for failure in failed {
            let Some(key) = self.take_in_flight(failure.id) else {
                continue;
            };
            // Others may be sent again too, but not by themselves: that would go on for ever.
            let by_itself =
                matches!(failure.reason, FailReason::BrokerDown | FailReason::TooManyInFlight);
            if by_itself && failure.retry {
                self.queue_again(key);
                // The relay refuses what is too much before it publishes it.
                if failure.reason == FailReason::BrokerDown {
                    self.note_unsure(key);
                }
                self.hold_until_ms = Some(now_ms + HOLD_MS);
            } else {
                let Failure { reason, detail, .. } = failure;
                let detail = detail.map(FailDetail::Said);
                self.resolve(key, SendState::Failed { reason, detail });
            }
        }
    }

    /// Counts the changes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn hand_in(
        &mut self,
        queue: Option<String>,
        body: Body,
        properties: Properties,
        now_ms: f64,
        run: Option<u64>,
    ) -> Result<(), Refusal> {
        let message = Outgoing::new(queue, body, properties, now_ms);
        self.room_for(message.weight)?;
        self.insert(Rc::new(message), run);
        Ok(())
    }

    /// Whether a message of so many bytes may be made, of a run or as a copy of others. Where it may not, a
    /// confirm makes room; what is sent by hand may wait all the same.
    #[must_use]
    pub fn has_room_for_made(&self, bytes: usize) -> bool {
        let (waiting, waiting_bytes) = self.waiting();
        waiting == 0 || (waiting < MAX_WAITING && waiting_bytes + bytes <= MAX_WAITING_BYTES)
    }

    fn room_for(&self, bytes: usize) -> Result<(), Refusal> {
        let (waiting, waiting_bytes) = self.waiting();
        if waiting >= MAX_UNRESOLVED {
            return Err(Refusal::Messages(waiting));
        }
        if waiting > 0 && waiting_bytes + bytes > MAX_UNRESOLVED_BYTES {
            return Err(Refusal::Bytes);
        }
        Ok(())
    }

    fn insert(&mut self, message: Rc<Outgoing>, run: Option<u64>) {
        self.unresolved_bytes += message.weight;
        let (state, unsure, by_hand) = (SendState::Queued, false, false);
        let key = self.queue(Entry { message, state, run, unsure, by_hand });
        self.revision += 1;
        self.fail_if_too_large(key);
    }

    /// Puts an entry that waits behind all others.
    #[inline(never)]
    fn queue(&mut self, entry: Entry) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        self.entries.insert(key, entry);
        self.queued.insert(key);
        key
    }

    fn queue_again(&mut self, key: u64) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if self.failed.remove(&key) {
            if entry.run == Some(self.run) {
                self.tally.failed = self.tally.failed.saturating_sub(1);
            }
            let bytes = entry.message.weight;
            self.resolved_bytes = self.resolved_bytes.saturating_sub(bytes);
            self.unresolved_bytes += bytes;
        }
        entry.state = SendState::Queued;
        self.queued.insert(key);
        self.revision += 1;
    }

    fn note_unsure(&mut self, key: u64) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.unsure = true;
        }
    }

    fn resolve(&mut self, key: u64, state: SendState) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        let bytes = entry.message.weight;
        self.unresolved_bytes = self.unresolved_bytes.saturating_sub(bytes);
        self.resolved_bytes += bytes;
        let of_run = u64::from(entry.run == Some(self.run));
        if matches!(state, SendState::Failed { .. }) {
            self.tally.failed += of_run;
            self.failed.insert(key);
        } else {
            self.tally.confirmed += of_run;
            self.confirmed.insert(key);
        }
        entry.state = state;
        self.revision += 1;
        self.forget_oldest();
    }

    /// Keeps the resolved messages within their bounds, confirmed ones going first.
    fn forget_oldest(&mut self) {
        while self.confirmed.len() > MAX_CONFIRMED
            || self.failed.len() > MAX_FAILED
            || (self.resolved_bytes > MAX_RESOLVED_BYTES
                && self.confirmed.len() + self.failed.len() > 1)
        {
            let failed = self.failed.len() > MAX_FAILED || self.confirmed.is_empty();
            let list = if failed { &mut self.failed } else { &mut self.confirmed };
            let Some(key) = list.pop_first() else { return };
            self.forgotten += u64::from(failed);
            if let Some(entry) = self.entries.remove(&key) {
                let bytes = entry.message.weight;
                self.resolved_bytes = self.resolved_bytes.saturating_sub(bytes);
            }
        }
    }
}
