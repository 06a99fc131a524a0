//! What was received, and what a watch saw: a bounded ring of messages for the view, honest
//! counters, and what is to be settled. What waits for the user's word is never dropped from view:
//! it leaves the ring for a place of its own, which the relay's prefetch bounds.

mod by_tag;
mod counters;
mod filter_index;
mod looks;
mod message;
mod moved;
mod round_trips;
mod search;
mod seen_ids;
mod selecting;
mod unsettled;
mod watched;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};

use warren_protocol::{ClientMessage, Delivery, Outcome, Tags};

use crate::{receive::selection::Selection, ui::viewport::Rows as _};

use filter_index::FilterIndex;
use looks::Looks;
use message::Seen;
use round_trips::RoundTrips;
use seen_ids::SeenIds;
use unsettled::Unsettled;
use watched::Watch;

pub use counters::Counters;
pub use message::{Message, Row};
pub use round_trips::MAX_ROUND_TRIPS;
pub use seen_ids::MAX_SEEN_IDS;
pub use unsettled::{AckState, MAX_SETTLE_TAGS, MAX_UNSETTLED, Purpose};
pub use watched::{Source, Watched, What};

/// Messages that are kept for the view; the oldest go first, but for those that are unsettled.
pub const MAX_MESSAGES: usize = 100_000;
/// Bytes of messages that are kept for the view; the oldest go first, the newest always stays.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// See the module.
#[derive(Default)]
pub struct Inbox {
    /// Of consecutive numbers, the newest last.
    ring: VecDeque<Row>,
    bytes: usize,
    /// What was unsettled when its turn came to leave the ring, by number.
    pinned: BTreeMap<u64, Row>,
    /// Something in `pinned` may have been settled.
    pinned_settled: bool,
    counters: Counters,
    seen_ids: SeenIds,
    /// The queue that is received from, as the relay names it.
    queue: Rc<str>,
    round_trips: RoundTrips,
    unsettled: Unsettled,
    by_hand: bool,
    looks: Looks,
    /// How many rows had come when the session began: what came before has other tags.
    before_session: u64,
    filter_index: Option<FilterIndex>,
    watch: Watch,
    selection: Selection,
    /// Their copies are on the way to another queue.
    on_the_move: BTreeSet<u64>,
    lost_channels: u64,
}

impl Inbox {
    /// Whether what arrives from now on waits for the user's word.
    pub fn set_by_hand(&mut self, by_hand: bool) {
        self.by_hand = by_hand;
    }

    /// What arrives from now on comes from this queue.
    pub fn set_queue(&mut self, queue: &str) {
        if *self.queue != *queue {
            self.queue = queue.into();
        }
    }

    /// Takes a batch of deliveries in.
    pub fn receive(&mut self, deliveries: Vec<Delivery>, now_ms: f64) {
        self.watch.received();
        if self.pinned_settled {
            self.evict_pinned();
        }
        for delivery in deliveries {
            self.keep(delivery, now_ms);
        }
    }

    /// A message with this name goes out from this page.
    pub fn sent(&mut self, id: &str, now_ms: f64) {
        self.round_trips.sent(id, now_ms);
    }

    /// The next `settle` to write, if any. Nothing is given out twice.
    pub fn take_settle(&mut self) -> Option<ClientMessage> {
        self.unsettled.take()
    }

    /// Acknowledges everything that is open.
    pub fn settle_all(&mut self) {
        for number in self.unsettled.open_numbers().collect::<Vec<_>>() {
            self.settle(number, Outcome::Ack);
        }
    }

    /// How many messages wait for the user's word.
    #[must_use]
    pub fn open(&self) -> usize {
        self.unsettled.open()
    }

    /// The channel is gone: what is not settled cannot be any more, and the broker delivers it
    /// again.
    pub fn lose_channel(&mut self) {
        self.end_look();
        self.on_the_move.clear();
        self.lost_channels += 1;
        let (by_hand, automatic) = self.unsettled.lose();
        for number in by_hand {
            self.lose(number);
        }
        for tag in automatic {
            if let Some(number) = self.ring_row(tag).map(|row| row.message.number) {
                self.given_back(number);
            }
        }
    }

    /// The link is gone, and its channel with it; tags start anew.
    pub fn lose_link(&mut self) {
        self.lose_channel();
        self.looks = Looks::default();
        self.before_session = self.counters.arrived();
    }

    /// The relay says that these could not be settled.
    pub fn stale(&mut self, which: &Tags) {
        for number in self.unsettled.stale(which) {
            self.lose(number);
        }
        match which {
            Tags::List(tags) => {
                for tag in tags {
                    let Some(row) = self.session_row(*tag) else { continue };
                    let number = row.message.number;
                    match row.ack_state {
                        AckState::Settled(_) => self.lose(number),
                        _ => self.given_back(number),
                    }
                }
            }
            // How much of it was settled before, nobody knows.
            Tags::UpTo(last) => {
                for number in (self.before_session + 1..=self.counters.arrived()).rev() {
                    let Some(row) = self.row(number) else { break };
                    if row.ack_state == AckState::Automatic && row.message.tag <= *last {
                        self.given_back(number);
                    }
                }
            }
        }
    }

    /// It cannot be settled any more.
    fn lose(&mut self, number: u64) {
        self.set_ack_state(number, AckState::Lost);
        self.given_back(number);
    }

    /// The broker has it back, as the page knows: when it returns, it is no duplicate.
    fn given_back(&mut self, number: u64) {
        let Some(message) = self.row(number).map(|row| Rc::clone(&row.message)) else { return };
        if let Some(id) = &message.properties.message_id {
            self.seen_ids.forget(&message.queue, id);
        }
    }

    /// Empties the view, but for what is unsettled. What was received stays counted.
    pub fn clear(&mut self) {
        self.evict_pinned();
        for row in std::mem::take(&mut self.ring) {
            self.evict(row);
        }
        self.bytes = 0;
    }

    /// See [`Counters`].
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters { kept: self.kept() as u64, ..self.counters }
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept() == 0
    }

    /// The rows at `range`, 0 being the oldest; what lies outside is left out.
    #[must_use]
    pub fn rows(&self, range: std::ops::Range<usize>) -> Vec<Row> {
        range.map_while(|index| self.row(self.number(index)?)).cloned().collect()
    }

    /// The kept rows from this number on, the oldest first.
    pub fn rows_from(&self, number: u64) -> impl DoubleEndedIterator<Item = &Row> {
        let skipped = number.saturating_sub(self.ring_first());
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX).min(self.ring.len());
        self.pinned.range(number..).map(|(_, row)| row).chain(self.ring.range(skipped..))
    }

    /// The row with this number, while it is kept.
    #[must_use]
    pub fn row(&self, number: u64) -> Option<&Row> {
        let index = number.checked_sub(self.ring_first()).and_then(|at| usize::try_from(at).ok());
        match index {
            Some(index) => self.ring.get(index),
            None => self.pinned.get(&number),
        }
    }

    /// The newest message.
    #[must_use]
    pub fn newest(&self) -> Option<&Rc<Message>> {
        self.ring.back().map(|row| &row.message)
    }

    /// How many rows are kept before the one with this number, or before where it would be.
    fn kept_before(&self, number: u64) -> usize {
        match number.checked_sub(self.ring_first()) {
            Some(at) => {
                self.pinned.len() + usize::try_from(at).unwrap_or(usize::MAX).min(self.ring.len())
            }
            None => self.pinned.range(..number).count(),
        }
    }

    /// The number of the kept row at `index`.
    fn kept_number(&self, index: usize) -> Option<u64> {
        match index.checked_sub(self.pinned.len()) {
            Some(index) => self.ring.get(index).map(|row| row.message.number),
            None => self.pinned.keys().nth(index).copied(),
        }
    }

    fn kept(&self) -> usize {
        self.pinned.len() + self.ring.len()
    }

    /// The number of the first in the ring, or of the next to come.
    fn ring_first(&self) -> u64 {
        self.counters.arrived() + 1 - self.ring.len() as u64
    }

    fn set_ack_state(&mut self, number: u64, ack_state: AckState) {
        let index = number.checked_sub(self.ring_first()).and_then(|at| usize::try_from(at).ok());
        let row = match index {
            Some(index) => self.ring.get_mut(index),
            None => self.pinned.get_mut(&number),
        };
        if let Some(row) = row {
            row.ack_state = ack_state;
            self.pinned_settled |= index.is_none();
        }
    }

    fn keep(&mut self, delivery: Delivery, at_ms: f64) {
        let id = delivery.properties.message_id.as_deref();
        let duplicate = id.is_some_and(|id| self.seen_ids.before(&self.queue, id));
        let took_ms = id.and_then(|id| self.round_trips.back(id, at_ms));
        self.counters.received += 1;
        self.counters.duplicates += u64::from(duplicate);
        let number = self.counters.arrived();
        let ack_state = self.arrive(delivery.tag, number);
        let queue = Rc::clone(&self.queue);
        let seen = Seen { number, at_ms, queue, duplicate, took_ms };
        self.push(Row { message: Rc::new(Message::of(delivery, seen, None)), ack_state });
    }

    /// Keeps a row, whose number is the next, and drops what is beyond the bounds.
    fn push(&mut self, row: Row) {
        self.bytes += row.message.weight;
        self.ring.push_back(row);
        while self.ring.len() > 1 && (self.kept() > MAX_MESSAGES || self.bytes > MAX_BYTES) {
            let Some(oldest) = self.ring.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.message.weight);
            self.evict(oldest);
        }
    }

    /// What was held goes, unless it is unsettled still.
    fn evict_pinned(&mut self) {
        self.pinned_settled = false;
        for row in std::mem::take(&mut self.pinned).into_values() {
            self.evict(row);
        }
    }

    /// A row has left the ring.
    fn evict(&mut self, row: Row) {
        if row.ack_state == AckState::Open {
            self.pinned.insert(row.message.number, row);
            return;
        }
        self.counters.dropped += 1;
        self.selection.set(row.message.number..=row.message.number, false);
        if let Some(filter_index) = &mut self.filter_index {
            filter_index.forget(row.message.number);
        }
    }
}
