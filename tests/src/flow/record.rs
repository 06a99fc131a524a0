//! What became of every message of a flow, by its number, and the verdict.

use std::collections::{BTreeMap, BTreeSet};

use warren_protocol::{Delivery, FailReason};

/// The identity that a message with this number has.
pub(super) fn message_id(run: u64, number: u64) -> String {
    format!("{run:016x}-{number}")
}

/// Of all pages of one flow.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Names the flow in its messages; none where its pages only receive what another one sends.
    pub(super) run: Option<u64>,
    pub(super) accepted: BTreeSet<u64>,
    pub(super) confirmed: BTreeSet<u64>,
    pub(super) failed: BTreeMap<u64, FailReason>,
    /// How often each number arrived, and how often an arrival was settled.
    pub(super) received: BTreeMap<u64, (u32, u32)>,
    /// The first `message_id` of each number, where another one sends.
    pub(super) identities: BTreeMap<u64, String>,
    /// Messages that no one of this flow has sent, or not under this name.
    pub(super) strange: Vec<String>,
    /// Why pages lost their link to the relay, in order.
    pub(super) links_lost: Vec<String>,
    pub(super) states: Vec<String>,
    /// What the relay did not understand, in its words.
    pub(super) errors: Vec<String>,
}

impl Record {
    /// Takes a delivery in and returns its number.
    pub(super) fn receive(&mut self, delivery: &Delivery) -> u64 {
        let number = delivery.body.as_text().and_then(|text| text.parse().ok());
        let id = delivery.properties.message_id.clone();
        let (Some(number), Some(id)) = (number, id) else {
            self.strange.push(format!("{delivery:?}"));
            return u64::MAX;
        };
        let known = match (self.run, self.identities.get(&number)) {
            (Some(run), _) => message_id(run, number) == id,
            (None, Some(earlier)) => *earlier == id,
            (None, None) => self.identities.insert(number, id).is_none(),
        };
        if !known || !self.accepted.contains(&number) {
            self.strange.push(format!("{delivery:?}"));
        }
        self.received.entry(number).or_default().0 += 1;
        number
    }

    pub(super) fn settled(&mut self, number: u64) {
        if let Some((_, settled)) = self.received.get_mut(&number) {
            *settled += 1;
        }
    }

    /// Accepted messages that have neither failed visibly nor arrived.
    pub(super) fn missing(&self) -> Vec<u64> {
        let there = |number: &&u64| {
            !self.received.contains_key(number) && !self.failed.contains_key(number)
        };
        self.accepted.iter().filter(there).copied().collect()
    }
}

/// What a flow that is over amounts to.
#[derive(Debug)]
pub struct Report {
    /// Messages that the outbox took.
    pub accepted: usize,
    /// Messages that the broker confirmed.
    pub confirmed: usize,
    /// Messages that failed visibly, by number.
    pub failed: BTreeMap<u64, FailReason>,
    /// Messages that were accepted and have neither failed nor arrived.
    pub missing: Vec<u64>,
    /// Messages that arrived more than once, as the same.
    pub duplicates: usize,
    /// Messages whose arrival was settled more than once.
    pub settled_again: usize,
    /// Why pages lost their link to the relay, in order.
    pub links_lost: Vec<String>,
    /// The broker's states that the pages were told of, in order.
    pub states: Vec<String>,
    /// What the relay did not understand, in its words.
    pub errors: Vec<String>,
    strange: Vec<String>,
}

impl From<&Record> for Report {
    fn from(record: &Record) -> Self {
        let again = record.received.iter().filter(|(_, (_, settled))| *settled > 1);
        Self {
            accepted: record.accepted.len(),
            confirmed: record.confirmed.len(),
            failed: record.failed.clone(),
            missing: record.missing(),
            duplicates: record.received.values().filter(|(times, _)| *times > 1).count(),
            settled_again: again.count(),
            links_lost: record.links_lost.clone(),
            states: record.states.clone(),
            errors: record.errors.clone(),
            strange: record.strange.clone(),
        }
    }
}

impl Report {
    /// Every accepted message has arrived, and whatever arrived was sent under that name.
    ///
    /// # Panics
    /// When that does not hold.
    pub fn assert_whole(&self) {
        self.assert_honest();
        assert!(self.failed.is_empty(), "failed: {self:#?}");
        let some = &self.missing[..self.missing.len().min(10)];
        assert!(self.missing.is_empty(), "lost {}: {some:?} …", self.missing.len());
    }

    /// Whatever arrived was sent under that name.
    ///
    /// # Panics
    /// When that does not hold.
    pub fn assert_honest(&self) {
        assert!(self.strange.is_empty(), "strange messages: {self:#?}");
        println!(
            "{} accepted, {} confirmed, {} failed, {} missing, {} duplicates\nlinks lost: {:?}\nbroker: {:?}",
            self.accepted,
            self.confirmed,
            self.failed.len(),
            self.missing.len(),
            self.duplicates,
            self.links_lost,
            self.states,
        );
    }
}
