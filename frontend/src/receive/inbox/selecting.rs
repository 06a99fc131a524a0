//! The selection of rows: always of rows that the list shows. What leaves the list, or is settled by
//! the user, leaves the selection.

use std::{ops::RangeInclusive, rc::Rc};

use warren_protocol::Outcome;

use super::{AckState, Inbox, Message, Row};
use crate::{
    receive::selection::{Select, Selection},
    ui::viewport::Rows as _,
};

impl Inbox {
    /// What is selected.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The selected rows, the oldest first.
    pub fn selected(&self) -> impl Iterator<Item = &Row> {
        self.selection.ranges().flatten().filter_map(|number| self.row(number))
    }

    /// How many of the selected rows wait for the user's word.
    #[must_use]
    pub fn selected_open(&self) -> usize {
        self.selected_open_numbers().count()
    }

    /// The queue from which all of these came, where that is one.
    #[must_use]
    pub fn selected_queue(&self) -> Option<Rc<str>> {
        let rows = self.selected_open_numbers().filter_map(|number| self.row(number));
        let mut queues = rows.map(|row| &row.message.queue);
        let first = queues.next()?;
        queues.all(|queue| queue == first).then(|| Rc::clone(first))
    }

    /// Changes what is selected.
    pub fn select(&mut self, select: Select) {
        match select {
            Select::Toggle(number) if self.shows(number) => {
                self.selection.set(number..=number, !self.selection.contains(number));
                self.selection.set_anchor(number);
            }
            Select::Through(number) if self.shows(number) => {
                let anchor = self.selection.anchor().unwrap_or(number);
                let selected = !self.selection.contains(number);
                self.select_shown(anchor.min(number)..=anchor.max(number), selected);
                self.selection.set_anchor(number);
            }
            Select::Toggle(_) | Select::Through(_) => {}
            Select::All => self.select_shown(0..=u64::MAX, true),
            Select::Nothing => self.selection.clear(),
        }
    }

    /// Selects no longer what is not like this.
    pub fn keep_selected(&mut self, keeps: impl Fn(&Message) -> bool) {
        let others = self.selected().filter(|row| !keeps(&row.message));
        for number in others.map(|row| row.message.number).collect::<Vec<_>>() {
            self.selection.set(number..=number, false);
        }
    }

    /// Settles the message of a row. Where it is not open, or is being moved, nothing happens.
    pub fn settle(&mut self, number: u64, outcome: Outcome) {
        let Some(row) = self.row(number) else { return };
        if self.on_the_move.contains(&number) {
            return;
        }
        let tag = row.message.tag;
        if row.ack_state == AckState::Open && self.unsettled.settle(tag, number, outcome) {
            self.set_ack_state(number, AckState::Settled(outcome));
            self.selection.set(number..=number, false);
            if outcome != Outcome::Ack {
                self.given_back(number);
            }
        }
    }

    /// Settles what is selected and open.
    pub fn settle_selected(&mut self, outcome: Outcome) {
        for number in self.selected_open_numbers().collect::<Vec<_>>() {
            self.settle(number, outcome);
        }
    }

    /// The selected rows that wait for the user's word.
    pub fn selected_open_numbers(&self) -> impl Iterator<Item = u64> {
        // Where none is selected, none is looked at.
        let open = (!self.selection.is_empty()).then(|| self.unsettled.open_numbers());
        open.into_iter().flatten().filter(|number| self.selection.contains(*number))
    }

    /// Whether a row is kept and passes the filter.
    #[must_use]
    pub fn shows(&self, number: u64) -> bool {
        self.number(self.index(number)) == Some(number)
    }

    fn select_shown(&mut self, range: RangeInclusive<u64>, selected: bool) {
        let mut selection = std::mem::take(&mut self.selection);
        match &self.filter_index {
            Some(filter_index) => {
                let (from, to) = (self.index(*range.start()), range.end());
                let passed = filter_index.passed.range(from..).take_while(|number| *number <= to);
                for number in passed {
                    selection.set(*number..=*number, selected);
                }
            }
            None => {
                for number in self.pinned.range(range.clone()).map(|(number, _)| *number) {
                    selection.set(number..=number, selected);
                }
                let first = self.ring_first().max(*range.start());
                selection.set(first..=self.counters.arrived().min(*range.end()), selected);
            }
        }
        self.selection = selection;
    }
}
