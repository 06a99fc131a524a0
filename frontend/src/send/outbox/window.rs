//! The outbox's window: how much may be in flight, and what goes out next within the relay's limits.

use std::rc::Rc;

use warren_protocol::{FailReason, Limits, Publish, limits};

use super::{
    Outbox, SendState,
    message::{AROUND_MESSAGES, too_large},
};

/// Bytes of one `publish`, roughly; a larger message gets one of its own.
pub const BATCH_BYTES: usize = 256 * 1024;

impl Outbox {
    /// The relay's limits, from its `welcome`. Without them nothing is sent.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = Some(limits);
        for key in self.queued.clone() {
            self.fail_if_too_large(key);
        }
    }

    /// The relay's limits, once known.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        self.limits
    }

    /// The next messages to write, in order and within the window: for one `publish`.
    pub fn take(&mut self, now_ms: f64) -> Vec<Publish> {
        let Some(limits) = self.limits else {
            return Vec::new();
        };
        if self.held || self.hold_until_ms.is_some_and(|until| now_ms < until) {
            return Vec::new();
        }
        self.hold_until_ms = None;
        // A full window empties by half before it is filled again: a few large batches cost the
        // page, the relay and the broker less than many small ones.
        let (count, count_bytes) = self.window();
        let half_free =
            count <= limits.max_in_flight / 2 && count_bytes <= limits::MAX_IN_FLIGHT_BYTES / 2;
        if self.full && !half_free {
            return Vec::new();
        }
        self.full = false;
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        let mut wire_bytes = AROUND_MESSAGES;
        while let Some(&key) = self.queued.first() {
            let Some(entry) = self.entries.get(&key) else {
                self.queued.remove(&key);
                continue;
            };
            let message = Rc::clone(&entry.message);
            let (bytes, heavy) = (message.body.len(), message.weight);
            let (count, count_bytes) = self.window();
            let window_full =
                count >= limits.max_in_flight || count_bytes + bytes > limits::MAX_IN_FLIGHT_BYTES;
            wire_bytes = wire_bytes.saturating_add(message.max_wire_bytes());
            let batch_full = batch_bytes + heavy > BATCH_BYTES
                || batch.len() >= limits.max_batch
                || wire_bytes > limits.max_message_bytes;
            if window_full && count > 0 {
                self.full = true;
                break;
            }
            if batch_full && !batch.is_empty() {
                break;
            }
            self.next_id += 1;
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.state = SendState::Sent { at_ms: now_ms };
            }
            self.queued.remove(&key);
            self.in_flight.insert(self.next_id, key);
            self.in_flight_bytes += bytes;
            self.revision += 1;
            batch_bytes += heavy;
            batch.push(message.publish(self.next_id));
        }
        batch
    }

    /// The relay closes the link over what is too large, so such a message never goes out.
    pub(super) fn fail_if_too_large(&mut self, key: u64) {
        let (Some(limits), Some(entry)) = (self.limits, self.entries.get(&key)) else {
            return;
        };
        let message = &entry.message;
        let publish = || message.publish(u64::MAX);
        let (body, wire) = (message.body.len(), message.max_wire_bytes());
        if let Some(detail) = too_large(body, wire, limits, publish) {
            self.queued.remove(&key);
            let detail = Some(detail);
            self.resolve(key, SendState::Failed { reason: FailReason::TooLarge, detail });
        }
    }

    /// What is in flight, and the bytes of its bodies, copies of a move included.
    pub(super) fn window(&self) -> (usize, usize) {
        let (lent, lent_bytes) = self.lent;
        (self.in_flight.len() + lent, self.in_flight_bytes + lent_bytes)
    }

    /// Takes a message out of the window.
    pub(super) fn take_in_flight(&mut self, id: u64) -> Option<u64> {
        let key = self.in_flight.remove(&id)?;
        let bytes = self.entries.get(&key)?.message.body.len();
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(bytes);
        Some(key)
    }
}
