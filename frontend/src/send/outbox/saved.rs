//! The outbox's form in the tab's `sessionStorage`, which lets unconfirmed messages survive a
//! reload. One JSON object per line, so that a line that cannot be read costs no other; bounded.

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use warren_protocol::{Body, FailReason, Properties};

use super::{Outbox, Outgoing, SendState};

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
    failed: Option<(FailReason, &'a Option<String>)>,
}

#[derive(Deserialize)]
struct Reading {
    queue: Option<String>,
    body: Body,
    #[serde(default)]
    properties: Properties,
    at_ms: f64,
    failed: Option<(FailReason, Option<String>)>,
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
        let mut lines = String::new();
        let mut left_out = 0;
        let unconfirmed = self
            .entries
            .values()
            .filter(|entry| !matches!(entry.state, SendState::Confirmed { .. }));
        for entry in unconfirmed {
            let message = &entry.message;
            // A body that cannot fit is not serialised only to be thrown away.
            let fits = message.body.len() < MAX_SAVED_BYTES;
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
                Some(Ok(line)) if lines.len() + line.len() < MAX_SAVED_BYTES => {
                    lines.push_str(&line);
                    lines.push('\n');
                }
                _ => left_out += 1,
            }
        }
        Saved { lines, left_out }
    }

    /// Takes back what [`Outbox::save`] gave; what cannot be read is passed over.
    pub fn restore(&mut self, lines: &str) {
        for line in lines.lines() {
            let Ok(item) = serde_json::from_str::<Reading>(line) else {
                continue;
            };
            if self.room_for(item.body.len()).is_err() {
                continue;
            }
            let key = self.next_key;
            let message = Outgoing::new(item.queue, item.body, item.properties, item.at_ms);
            self.insert(Rc::new(message), None);
            if let Some((reason, detail)) = item.failed
                && self.queued.remove(&key)
            {
                self.resolve(key, SendState::Failed { reason, detail });
            }
        }
    }
}
