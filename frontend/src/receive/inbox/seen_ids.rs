//! The names of messages that were seen, to tell those that arrive twice. Bounded.

use std::{
    collections::{HashSet, VecDeque},
    rc::Rc,
};

/// Names of messages that are remembered; the oldest go first.
pub const MAX_SEEN_IDS: usize = 100_000;

/// See the module.
#[derive(Default)]
pub(super) struct SeenIds {
    names: HashSet<Rc<str>>,
    order: VecDeque<Rc<str>>,
}

impl SeenIds {
    /// Whether `id` was seen before; from now on it was.
    pub(super) fn before(&mut self, id: &str) -> bool {
        if self.names.contains(id) {
            return true;
        }
        let id: Rc<str> = id.into();
        self.names.insert(Rc::clone(&id));
        self.order.push_back(id);
        if self.order.len() > MAX_SEEN_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.names.remove(&oldest);
        }
        false
    }
}
