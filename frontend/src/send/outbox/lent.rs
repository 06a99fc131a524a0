//! The part of the window that is lent to a move. Its copies have ids of the outbox's, which count up
//! over both, so that an id in an answer is of one of them alone; and they are within the relay's
//! limits together with the outbox's own messages. They are never sent again from here.
//!
//! Half of the window is lent at most: neither waits for the other.

use warren_protocol::{Body, Limits, Properties, Publish, limits};

use super::{
    BATCH_BYTES, FailDetail, Outbox,
    message::{AROUND_MESSAGES, max_wire_bytes, too_large},
};
use crate::ui::preview::weight;

/// Messages of one `publish` that are not the outbox's own.
pub struct Lent<'a> {
    outbox: &'a mut Outbox,
    limits: Limits,
    messages: Vec<Publish>,
    batch_bytes: usize,
    wire_bytes: usize,
}

/// What became of a message that was to be added.
#[derive(Debug, PartialEq)]
pub enum Added {
    /// It goes out under this id.
    As(u64),
    /// There is no room for it now.
    Full,
    /// There never will be.
    TooLarge(FailDetail),
}

impl Outbox {
    /// Room for messages that are published by another part of the page; none before the relay has said
    /// its limits.
    pub fn lend(&mut self) -> Option<Lent<'_>> {
        let (limits, outbox) = (self.limits?, self);
        Some(Lent {
            outbox,
            limits,
            messages: Vec::new(),
            batch_bytes: 0,
            wire_bytes: AROUND_MESSAGES,
        })
    }

    /// So many of these were answered, with bodies of so many bytes.
    pub fn give_back(&mut self, count: usize, bytes: usize) {
        let (lent, lent_bytes) = self.lent;
        self.lent = (lent.saturating_sub(count), lent_bytes.saturating_sub(bytes));
    }
}

impl Lent<'_> {
    /// Adds a message to `queue`, if there is room.
    pub fn add(&mut self, queue: &str, body: &Body, properties: Properties) -> Added {
        let (limits, bytes) = (self.limits, body.len());
        let heavy = weight(body, &properties);
        let wire_bytes = max_wire_bytes(bytes, heavy, queue.len());
        let queue = Some(queue.to_owned());
        let largest = || Publish {
            id: u64::MAX,
            queue: queue.clone(),
            body: body.clone(),
            properties: properties.clone(),
        };
        if let Some(detail) = too_large(bytes, wire_bytes, limits, largest) {
            return Added::TooLarge(detail);
        }
        let (lent, lent_bytes) = self.outbox.lent;
        let (count, count_bytes) = self.outbox.window();
        let window_full = lent >= limits.max_in_flight / 2
            || lent_bytes + bytes > limits::MAX_IN_FLIGHT_BYTES / 2
            || count >= limits.max_in_flight
            || count_bytes + bytes > limits::MAX_IN_FLIGHT_BYTES;
        self.batch_bytes += heavy;
        self.wire_bytes = self.wire_bytes.saturating_add(wire_bytes);
        let batch_full = self.batch_bytes > BATCH_BYTES
            || self.messages.len() >= limits.max_batch
            || self.wire_bytes > limits.max_message_bytes;
        // A single one may always be in flight.
        if (window_full && count > 0) || (batch_full && !self.messages.is_empty()) {
            return Added::Full;
        }
        self.outbox.next_id += 1;
        let id = self.outbox.next_id;
        self.outbox.lent = (lent + 1, lent_bytes + bytes);
        self.messages.push(Publish { id, queue, body: body.clone(), properties });
        Added::As(id)
    }

    /// The messages, to be written now.
    #[must_use]
    pub fn into_messages(self) -> Vec<Publish> {
        self.messages
    }
}
