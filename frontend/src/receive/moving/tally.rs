//! How far a move is, in numbers.

/// How many messages of a run are where. All but `total` add up to at most `total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// To be moved, at most.
    pub total: u64,
    /// In the target, and acknowledged here.
    pub moved: u64,
    /// On their way.
    pub in_flight: u64,
    /// Not moved for a reason of their own, or for the one that stopped the run.
    pub failed: u64,
    /// Settled or lost before their turn came.
    pub gone: u64,
    /// Not shown by the filter.
    pub passed_over: u64,
    /// In the target, and back in the source as well.
    pub doubled: u64,
    /// Still in the source, and perhaps in the target as well.
    pub unconfirmed: u64,
}

impl Tally {
    /// Not begun.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.total.saturating_sub(self.begun() + self.gone + self.passed_over)
    }

    fn begun(&self) -> u64 {
        self.moved + self.in_flight + self.failed + self.doubled + self.unconfirmed
    }
}
