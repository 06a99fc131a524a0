//! Which of the kept messages a filter lets through. New ones are looked at first, then the others
//! from the newest to the oldest, in steps: what is found is there to be shown at once.

use std::collections::VecDeque;

use super::Message;
use crate::receive::filter::{Filter, Look, Place};

/// See the module.
pub(super) struct FilterIndex {
    filter: Filter,
    /// The numbers of those that passed, ascending.
    pub(super) passed: VecDeque<u64>,
    /// Every message from here on is still to be looked at.
    up: u64,
    /// So is every one before this.
    down: u64,
    up_at: At,
    down_at: At,
}

/// How far the look into a message has come.
#[derive(Default)]
struct At {
    number: u64,
    place: Place,
}

impl FilterIndex {
    /// Nothing has been looked at; `next` is the number of the next message to arrive.
    pub(super) fn new(filter: Filter, next: u64) -> Self {
        let (up_at, down_at) = (At::default(), At::default());
        Self { filter, passed: VecDeque::new(), up: next, down: next, up_at, down_at }
    }

    /// What is looked for.
    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The first that has not been looked at of those that came since the search began.
    pub(super) fn up(&self) -> u64 {
        self.up
    }

    /// All before this have not been looked at.
    pub(super) fn down(&self) -> u64 {
        self.down
    }

    /// Looks at the newest of the old ones.
    pub(super) fn scan_older(&mut self, message: &Message, work: &mut usize) {
        match look(&self.filter, message, &mut self.down_at, work) {
            Some(true) => self.passed.push_front(message.number),
            Some(false) => {}
            None => return,
        }
        self.down = message.number;
    }

    /// Looks at the oldest of the new ones.
    pub(super) fn scan_newer(&mut self, message: &Message, work: &mut usize) {
        match look(&self.filter, message, &mut self.up_at, work) {
            Some(true) => self.passed.push_back(message.number),
            Some(false) => {}
            None => return,
        }
        self.up = message.number + 1;
    }

    /// The message is no longer kept.
    pub(super) fn forget(&mut self, number: u64) {
        if let Ok(index) = self.passed.binary_search(&number) {
            self.passed.remove(index);
        }
    }
}

/// Goes on with a look into a message, and says whether it passes once that is known.
fn look(filter: &Filter, message: &Message, at: &mut At, work: &mut usize) -> Option<bool> {
    let from = if at.number == message.number { at.place } else { Place::default() };
    match filter.look(message, from, work) {
        Look::Found => Some(true),
        Look::Absent => Some(false),
        Look::Unfinished(place) => {
            *at = At { number: message.number, place };
            None
        }
    }
}
