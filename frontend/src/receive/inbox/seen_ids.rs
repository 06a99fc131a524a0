//! The names of messages that were seen, each in its queue, to tell those that arrive twice.
//! Bounded.
//!
//! One message in two queues is no duplicate, nor is one that the page gave back and that returns.

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

/// Names of messages that are remembered; the oldest go first.
pub const MAX_SEEN_IDS: usize = 100_000;

/// See the module.
#[derive(Default)]
pub(super) struct SeenIds {
    /// Queue and name, and when they came, counted. The page has maps of this type all the same.
    names: HashMap<Rc<str>, f64>,
    /// The same in their order. One that was forgotten stays until its turn.
    order: VecDeque<(Rc<str>, f64)>,
    count: f64,
}

impl SeenIds {
    /// Whether `id` was seen before in this queue; from now on it was.
    pub(super) fn before(&mut self, queue: &str, id: &str) -> bool {
        let name = name(queue, id);
        if self.names.contains_key(&*name) {
            return true;
        }
        let name: Rc<str> = name.into();
        self.count += 1.0;
        self.names.insert(Rc::clone(&name), self.count);
        self.order.push_back((name, self.count));
        if self.order.len() > MAX_SEEN_IDS
            && let Some((oldest, count)) = self.order.pop_front()
            && self.names.get(&oldest) == Some(&count)
        {
            self.names.remove(&oldest);
        }
        false
    }

    /// `id` is back in its queue: that it comes again is nothing new.
    pub(super) fn forget(&mut self, queue: &str, id: &str) {
        self.names.remove(&*name(queue, id));
    }
}

fn name(queue: &str, id: &str) -> String {
    queue.to_owned() + "\0" + id
}
