//! The rows of the "Sent" list as they are drawn. While hundreds of messages go through with
//! every picture, nobody can read them, and drawing them all would cost more than sending them.

use std::rc::Rc;

use super::{Outbox, Row};

/// So many changes are shown at once.
const FEW_CHANGES: u64 = 10;
/// More of them are shown after this many milliseconds.
const PACE_MS: f64 = 250.0;

/// See the module.
#[derive(Default)]
pub struct Snapshot {
    rows: Rc<[Row]>,
    revision: u64,
    taken_ms: f64,
}

impl Snapshot {
    /// Brings the rows up to date, unless it is too soon; then says in how many milliseconds to
    /// try again.
    pub fn refresh(&mut self, outbox: &Outbox, now_ms: f64) -> Option<f64> {
        let changes = outbox.revision().abs_diff(self.revision);
        if changes == 0 {
            return None;
        }
        let age_ms = now_ms - self.taken_ms;
        if changes > FEW_CHANGES && (0.0..PACE_MS).contains(&age_ms) {
            return Some(PACE_MS - age_ms);
        }
        self.rows = outbox.rows().into();
        self.revision = outbox.revision();
        self.taken_ms = now_ms;
        None
    }

    /// The rows, newest first.
    #[must_use]
    pub fn rows(&self) -> Rc<[Row]> {
        Rc::clone(&self.rows)
    }
}
