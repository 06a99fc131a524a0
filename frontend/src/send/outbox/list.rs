//! The outbox as the "Sent" list shows it: few rows and all totals, however much waits.

use std::rc::Rc;

use super::{Entry, Outbox, Outgoing, SendState};
use crate::ui::language::Language;

/// Rows that [`Outbox::rows`] gives of the newest, and again of older failed ones.
const MAX_ROWS: usize = 100;

/// One line of the "Sent" list.
#[derive(Debug, Clone)]
pub struct Row {
    /// Names the message as long as the page lives.
    pub key: u64,
    /// The message.
    pub message: Rc<Outgoing>,
    /// What has become of it.
    pub state: SendState,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
            && Rc::ptr_eq(&self.message, &other.message)
            && self.state == other.state
    }
}

/// How many messages are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Waiting here.
    pub queued: usize,
    /// Sent and not confirmed.
    pub in_flight: usize,
    /// Confirmed since the page was opened.
    pub confirmed: u64,
    /// Failed and still listed.
    pub failed: usize,
    /// Failed and no longer listed.
    pub forgotten: u64,
}

impl Totals {
    /// `2 waiting · 1 in flight · 12,034 confirmed`.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let counts = [self.queued as u64, self.in_flight as u64, self.failed as u64];
        language.send_totals([counts[0], counts[1], counts[2], self.confirmed])
    }
}

impl Outbox {
    /// The newest hundred messages, newest first, then older ones that failed.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let row = |(key, entry): (&u64, &Entry)| Row {
            key: *key,
            message: Rc::clone(&entry.message),
            state: entry.state.clone(),
        };
        let mut rows: Vec<Row> = self.entries.iter().rev().take(MAX_ROWS).map(row).collect();
        let oldest = rows.last().map_or(0, |row| row.key);
        let older_failed = self.failed.range(..oldest).rev().take(MAX_ROWS);
        rows.extend(older_failed.filter_map(|key| self.entries.get_key_value(key).map(row)));
        rows
    }

    /// The message of a row that is still listed.
    #[must_use]
    pub fn message(&self, key: u64) -> Option<&Rc<Outgoing>> {
        self.entries.get(&key).map(|entry| &entry.message)
    }

    /// The newest message with this `message_id` that is still listed: when it was handed in, in
    /// milliseconds since 1970-01-01 UTC, and what has become of it.
    #[must_use]
    pub fn find(&self, message_id: &str) -> Option<(f64, &SendState)> {
        let mut entries = self.entries.values().rev();
        let is_it =
            |entry: &&Entry| entry.message.properties.message_id.as_deref() == Some(message_id);
        entries.find(is_it).map(|entry| (entry.message.at_ms, &entry.state))
    }

    /// See [`Totals`].
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals {
            queued: self.queued.len(),
            in_flight: self.in_flight.len(),
            confirmed: self.confirmed_total,
            failed: self.failed.len(),
            forgotten: self.forgotten,
        }
    }
}
