//! The outbox's form in the tab's `sessionStorage`, which lets unconfirmed messages survive a
//! reload. One JSON object per line, so that a line that cannot be read costs no other; bounded.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use warren_protocol::{Body, FailReason, Properties};

use super::{FailDetail, Outbox, Outgoing, SendState};
use crate::ui::json;

/// Bytes that [`Outbox::save`] gives at most. Browsers allow about 5 MiB of
/// `sessionStorage` for each origin.
pub const MAX_SAVED_BYTES: usize = 4 * 1024 * 1024;

/// What a reload would bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// For [`Outbox::restore`].
    pub lines: String,
    /// Messages that did not fit into [`MAX_SAVED_BYTES`].
    pub left_out: usize,
}

#[derive(Serialize)]
struct Writing<'a> {
    queue: &'a Option<String>,
    body: &'a Body,
    properties: &'a Properties,
    at_ms: f64,
    failed: Option<(FailReason, &'a Option<FailDetail>)>,
}

#[derive(Deserialize)]
struct Reading {
    queue: Option<String>,
    body: Body,
    #[serde(default)]
    properties: Properties,
    at_ms: f64,
    failed: Option<(FailReason, Option<FailDetail>)>,
}

impl Outbox {
    /// How many messages [`Outbox::save`] writes, and about how many bytes.
    #[must_use]
    pub fn unconfirmed(&self) -> (usize, usize) {
        let (waiting, bytes) = self.waiting();
        (waiting + self.failed.len(), bytes + self.resolved_bytes)
    }

    /// Every message that is not confirmed, oldest first, as far as it fits.
    #[must_use]
    pub fn save(&self) -> Saved {
        self.save_within(MAX_SAVED_BYTES)
    }

    /// [`Outbox::save`] for `max_bytes`.
    #[must_use]
    pub fn save_within(&self, max_bytes: usize) -> Saved {
        let mut lines = String::new();
        let mut left_out = 0;
        let unconfirmed = self
            .entries
            .values()
            .filter(|entry| !matches!(entry.state, SendState::Confirmed { .. }));
        for entry in unconfirmed {
            let message = &entry.message;
            // A body that cannot fit is not serialised only to be thrown away.
            let fits = message.body.len() < max_bytes;
            let written = fits.then(|| {
                serde_json::to_string(&Writing {
                    queue: &message.queue,
                    body: &message.body,
                    properties: &message.properties,
                    at_ms: message.at_ms,
                    failed: match &entry.state {
                        SendState::Failed { reason, detail } => Some((*reason, detail)),
                        _ => None,
                    },
                })
            });
            match written {
                Some(Ok(line)) if lines.len() + line.len() < max_bytes => {
                    lines.push_str(&line);
                    lines.push('\n');
                }
                _ => left_out += 1,
            }
        }
        Saved { lines, left_out }
    }

    /// Takes back what [`Outbox::save`] gave, before all that waits here; what cannot be read is
    /// passed over. Gives the lines back for which there is no room.
    pub fn restore(&mut self, lines: &str) -> String {
        let mut left = String::new();
        let newer = self.queued.clone();
        for line in lines.lines() {
            let Some(item) = read(line) else {
                continue;
            };
            let message = Outgoing::new(item.queue, item.body, item.properties, item.at_ms);
            if self.room_for(message.weight).is_err() {
                left.push_str(line);
                left.push('\n');
                continue;
            }
            let key = self.next_key;
            self.insert(Rc::new(message), None);
            if let Some((reason, detail)) = item.failed
                && self.queued.remove(&key)
            {
                self.resolve(key, SendState::Failed { reason, detail });
            }
        }
        // What is newer gets new keys, since it goes out in the order of keys.
        for key in newer {
            if let Some(entry) = self.entries.remove(&key) {
                self.queued.remove(&key);
                self.queue(entry);
            }
        }
        left
    }

    /// Forgets every message that is not confirmed: they are another tab's.
    pub fn give_away(&mut self) {
        self.link_lost();
        for key in self.failed.clone() {
            self.queue_again(key);
        }
        for key in std::mem::take(&mut self.queued) {
            self.entries.remove(&key);
        }
        self.unresolved_bytes = 0;
        self.revision += 1;
    }
}

/// How many messages of [`Outbox::save`]'s lines wait to be sent.
pub(super) fn waiting_in(lines: &str) -> usize {
    lines.lines().filter_map(read).filter(|item| item.failed.is_none()).count()
}

// Else each caller gets a reader of its own, of several KB.
#[inline(never)]
fn read(line: &str) -> Option<Reading> {
    json::read(line).ok()
}
