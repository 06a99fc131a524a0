//! When this page sent which message, to tell how long its own took to come back. Bounded.

use std::{
    collections::{HashMap, VecDeque},
    rc::Rc,
};

/// Messages under way that are remembered; the oldest go first, and then have no latency.
pub const MAX_ROUND_TRIPS: usize = 20_000;

/// See the module.
#[derive(Default)]
pub(super) struct RoundTrips {
    sent_ms: HashMap<Rc<str>, f64>,
    order: VecDeque<Rc<str>>,
}

impl RoundTrips {
    /// The message with this name goes out. One that is sent again keeps its first time.
    pub(super) fn sent(&mut self, id: &str, now_ms: f64) {
        if self.sent_ms.contains_key(id) {
            return;
        }
        let id: Rc<str> = id.into();
        self.order.push_back(Rc::clone(&id));
        self.sent_ms.insert(id, now_ms);
        if self.order.len() > MAX_ROUND_TRIPS
            && let Some(oldest) = self.order.pop_front()
        {
            self.sent_ms.remove(&oldest);
        }
    }

    /// How many milliseconds ago the message was sent, where it has not come back.
    pub(super) fn under_way(&self, id: &str, now_ms: f64) -> Option<u64> {
        let sent_ms = *self.sent_ms.get(id)?;
        (!sent_ms.is_nan()).then(|| (now_ms - sent_ms).max(0.0) as u64)
    }

    /// The message has come back: after how many milliseconds, the first time that it does.
    pub(super) fn back(&mut self, id: &str, now_ms: f64) -> Option<u64> {
        let sent_ms = self.sent_ms.get_mut(id)?;
        // The name stays until its turn to go, so that `order` and the map agree.
        let first = std::mem::replace(sent_ms, f64::NAN);
        // A clock that was set back shows as 0.
        (!first.is_nan()).then(|| (now_ms - first).max(0.0) as u64)
    }
}
