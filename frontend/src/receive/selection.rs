//! Which rows are selected: a set of row numbers, kept as ranges, so that a list of 100,000 rows
//! costs as much as one row.

use std::{collections::BTreeMap, ops::RangeInclusive};

/// What the user does with the selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// Selects a row, or no longer.
    Toggle(u64),
    /// Does with a row, and with all from the one that was toggled last to it, what
    /// [`Select::Toggle`] would do with the row alone.
    Through(u64),
    /// Selects all that the list shows.
    All,
    /// Selects none.
    Nothing,
}

/// See the module. Rows are numbered from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The first and the last of each range; there is a gap between any two.
    ranges: BTreeMap<u64, u64>,
    count: u64,
    /// The row that was toggled last.
    anchor: Option<u64>,
}

impl Selection {
    /// How many rows are selected.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether the row with this number is.
    #[must_use]
    pub fn contains(&self, number: u64) -> bool {
        self.ranges.range(..=number).next_back().is_some_and(|(_, last)| *last >= number)
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = RangeInclusive<u64>> {
        self.ranges.iter().map(|(first, last)| *first..=*last)
    }

    /// The row that was toggled last.
    #[must_use]
    pub fn anchor(&self) -> Option<u64> {
        self.anchor
    }

    /// A row that is toggled next is reached from this one.
    pub fn set_anchor(&mut self, number: u64) {
        self.anchor = Some(number);
    }

    /// Selects a range, or no longer.
    pub fn set(&mut self, range: RangeInclusive<u64>, selected: bool) {
        let (mut first, mut last) = range.into_inner();
        if first > last {
            return;
        }
        self.cut(first, last);
        if !selected {
            return;
        }
        self.count += last - first + 1;
        // What touches it is one range with it.
        let before = self.ranges.range(..first).next_back().map(|(first, last)| (*first, *last));
        if let Some((start, _)) = before.filter(|(_, end)| end + 1 == first) {
            first = start;
        }
        if let Some(end) = last.checked_add(1).and_then(|next| self.ranges.remove(&next)) {
            last = end;
        }
        self.ranges.insert(first, last);
    }

    /// Selects none.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes a range out.
    fn cut(&mut self, first: u64, last: u64) {
        while let Some((start, end)) =
            self.ranges.range(..=last).next_back().map(|(start, end)| (*start, *end))
            && end >= first
        {
            self.ranges.remove(&start);
            if start < first {
                self.ranges.insert(start, first - 1);
            }
            if end > last {
                self.ranges.insert(last + 1, end);
            }
            self.count -= end.min(last) - start.max(first) + 1;
        }
    }
}
