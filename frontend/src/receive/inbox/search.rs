//! Which rows are shown: all that are kept, or those that the filter lets through, which are looked
//! for in steps.

use super::{FilterIndex, Inbox};
use crate::{receive::filter::Filter, ui::viewport::Rows};

/// What it costs to look at a message of no size, in bytes looked at.
const LOOK_WORK: usize = 128;

impl Inbox {
    /// Shows only messages that the filter lets through, from the next [`Inbox::search`] on. What
    /// was found before is looked for anew, and what was selected before may not be shown.
    pub fn set_filter(&mut self, filter: Filter) {
        let next = self.counters.arrived() + 1;
        if !filter.is_empty() {
            self.selection.clear();
        }
        self.filter_index = (!filter.is_empty()).then(|| FilterIndex::new(filter, next));
    }

    /// What is looked for, if anything.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        self.filter_index.as_ref().map(FilterIndex::filter)
    }

    /// Whether only some are shown.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.filter_index.is_some()
    }

    /// Whether messages are still to be looked at.
    #[must_use]
    pub fn is_searching(&self) -> bool {
        self.filter_index.as_ref().is_some_and(|filter_index| {
            self.kept_before(filter_index.up()) < self.kept()
                || self.kept_before(filter_index.down()) > 0
        })
    }

    /// Goes on to look for what the filter lets through, for about as long as it takes to look at
    /// `work` bytes.
    pub fn search(&mut self, mut work: usize) {
        let Some(mut filter_index) = self.filter_index.take() else {
            return;
        };
        while work > 0 {
            let at = |index| self.kept_number(index).and_then(|number| self.row(number));
            if let Some(row) = at(self.kept_before(filter_index.up())) {
                filter_index.scan_newer(&row.message, &mut work);
            } else if let Some(row) =
                self.kept_before(filter_index.down()).checked_sub(1).and_then(at)
            {
                filter_index.scan_older(&row.message, &mut work);
            } else {
                break;
            }
            // A short message costs something too.
            work = work.saturating_sub(LOOK_WORK);
        }
        self.filter_index = Some(filter_index);
    }
}

/// What is shown: all that is kept, or what the filter lets through.
impl Rows for Inbox {
    fn len(&self) -> usize {
        self.filter_index
            .as_ref()
            .map_or_else(|| self.kept(), |filter_index| filter_index.passed.len())
    }

    fn number(&self, index: usize) -> Option<u64> {
        match &self.filter_index {
            Some(filter_index) => filter_index.passed.get(index).copied(),
            None => self.kept_number(index),
        }
    }

    fn index(&self, number: u64) -> usize {
        match &self.filter_index {
            Some(filter_index) => filter_index.passed.partition_point(|passed| *passed < number),
            None => self.kept_before(number),
        }
    }
}
