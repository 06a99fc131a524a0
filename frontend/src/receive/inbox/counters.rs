//! What the page says about what came.

/// Counts since the page was opened. `received` + `published` + `delivered` = `kept` + `dropped`,
/// always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that were delivered to this page.
    pub received: u64,
    /// Messages that a watch saw published.
    pub published: u64,
    /// Deliveries to others that a watch saw.
    pub delivered: u64,
    /// Events of a watch that the relay could not show.
    pub missed: u64,
    /// Shown, or a scroll away.
    pub kept: u64,
    /// No longer shown: beyond the bounds, or cleared.
    pub dropped: u64,
    /// Of those received, how many had a `message_id` that had been seen in their queue.
    pub duplicates: u64,
}

impl Counters {
    /// All rows that came, kept or not: the number of the newest.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.received + self.published + self.delivered
    }
}
