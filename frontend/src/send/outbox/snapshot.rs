//! The rows of the "Sent" list as they are drawn: a copy that is taken at a [`Pace`].

use std::rc::Rc;

use super::{Outbox, Row};
use crate::ui::pace::Pace;

/// See [`Pace::new`]: a row takes some ten elements, and at high rates all hundred are new.
const FEW_CHANGES: u64 = 10;
const PACE_MS: f64 = 500.0;

/// See the module.
pub struct Snapshot {
    rows: Rc<[Row]>,
    revision: u64,
    pace: Pace,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self { rows: Rc::default(), revision: 0, pace: Pace::new(FEW_CHANGES, PACE_MS) }
    }
}

impl Snapshot {
    /// Brings the rows up to date, unless it is too soon; then says in how many milliseconds to
    /// try again.
    pub fn refresh(&mut self, outbox: &Outbox, now_ms: f64) -> Option<f64> {
        let revision = outbox.revision();
        if revision == self.revision {
            return None;
        }
        let wait_ms = self.pace.wait_ms(revision, now_ms);
        if wait_ms.is_none() {
            self.rows = outbox.rows().into();
            self.revision = revision;
            self.pace.drawn(revision, now_ms);
        }
        wait_ms
    }

    /// The rows, newest first.
    #[must_use]
    pub fn rows(&self) -> Rc<[Row]> {
        Rc::clone(&self.rows)
    }
}
