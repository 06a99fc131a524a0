//! What was received: a bounded ring of messages for the view, honest counters, and what is to
//! be acknowledged.

use std::{
    collections::{HashSet, VecDeque},
    rc::Rc,
};

use warren_protocol::{Body, ClientMessage, Delivery, Outcome, Properties, Tags};

use crate::preview::{Preview, weight};

/// Messages that are kept for the view; the oldest go first.
pub const MAX_MESSAGES: usize = 100_000;
/// Bytes of messages that are kept for the view; the oldest go first, the newest always stays.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Names of messages that are remembered to tell duplicates.
pub const MAX_SEEN: usize = 100_000;

/// A received message.
#[derive(Debug)]
pub struct Message {
    /// Counts up from 1 as messages arrive, as long as the page lives.
    pub number: u64,
    /// When it arrived, in milliseconds since 1970-01-01 UTC.
    pub at_ms: f64,
    /// The body.
    pub body: Body,
    /// As the publisher set them.
    pub properties: Properties,
    /// Whether the broker has delivered it before, to this page or to another consumer.
    pub redelivered: bool,
    /// Whether this page has received a message with the same `message_id` before.
    pub duplicate: bool,
    /// What a row shows of the body.
    pub preview: Preview,
    weight: usize,
}

impl PartialEq for Message {
    /// Numbers tell messages apart; bodies may be large.
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// What the page says about what it received. `received` = `kept` + `dropped`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// All that arrived.
    pub received: u64,
    /// Shown, or a scroll away.
    pub kept: u64,
    /// No longer shown: beyond the bounds, or cleared.
    pub dropped: u64,
    /// Of those received, how many had a `message_id` that had been seen.
    pub duplicates: u64,
}

/// See the module.
#[derive(Default)]
pub struct Inbox {
    ring: VecDeque<Rc<Message>>,
    bytes: usize,
    counters: Counters,
    seen: HashSet<Rc<str>>,
    seen_order: VecDeque<Rc<str>>,
    unsettled_up_to: Option<u64>,
}

impl Inbox {
    /// Takes a batch of deliveries in, to be acknowledged as one.
    pub fn receive(&mut self, deliveries: Vec<Delivery>, now_ms: f64) {
        for delivery in deliveries {
            self.unsettled_up_to = self.unsettled_up_to.max(Some(delivery.tag));
            self.keep(delivery, now_ms);
        }
    }

    /// The acknowledgement of everything received so far, once.
    pub fn take_settle(&mut self) -> Option<ClientMessage> {
        let up_to = self.unsettled_up_to.take()?;
        Some(ClientMessage::Settle { outcome: Outcome::Ack, which: Tags::UpTo(up_to) })
    }

    /// The channel or the link is gone: what is not acknowledged cannot be any more, and the
    /// broker delivers it again.
    pub fn forget_settle(&mut self) {
        self.unsettled_up_to = None;
    }

    /// Empties the view. What was received stays counted, and is dropped from view.
    pub fn clear(&mut self) {
        self.counters.dropped += self.ring.len() as u64;
        self.ring = VecDeque::new();
        self.bytes = 0;
    }

    /// See [`Counters`].
    #[must_use]
    pub fn counters(&self) -> Counters {
        Counters { kept: self.ring.len() as u64, ..self.counters }
    }

    /// The number of the oldest message kept, or of the next to come.
    #[must_use]
    pub fn first_number(&self) -> u64 {
        self.counters.dropped + 1
    }

    /// How many messages are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// The kept messages at `range`, 0 being the oldest; what lies outside is left out.
    #[must_use]
    pub fn rows(&self, range: std::ops::Range<usize>) -> Vec<Rc<Message>> {
        let end = range.end.min(self.ring.len());
        self.ring.range(range.start.min(end)..end).map(Rc::clone).collect()
    }

    /// The newest message.
    #[must_use]
    pub fn newest(&self) -> Option<&Rc<Message>> {
        self.ring.back()
    }

    fn keep(&mut self, delivery: Delivery, now_ms: f64) {
        // The relay writes text where it can; another one may not.
        let body = match delivery.body {
            Body::Base64(bytes) => Body::from_bytes(bytes),
            text => text,
        };
        let duplicate =
            delivery.properties.message_id.as_deref().is_some_and(|id| self.seen_before(id));
        self.counters.received += 1;
        self.counters.duplicates += u64::from(duplicate);
        let weight = weight(&body, &delivery.properties);
        self.bytes += weight;
        self.ring.push_back(Rc::new(Message {
            number: self.counters.received,
            at_ms: now_ms,
            preview: Preview::of(&body),
            body,
            properties: delivery.properties,
            redelivered: delivery.redelivered,
            duplicate,
            weight,
        }));
        while self.ring.len() > MAX_MESSAGES || (self.bytes > MAX_BYTES && self.ring.len() > 1) {
            let Some(oldest) = self.ring.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.weight);
            self.counters.dropped += 1;
        }
    }

    fn seen_before(&mut self, id: &str) -> bool {
        if self.seen.contains(id) {
            return true;
        }
        let id: Rc<str> = id.into();
        self.seen.insert(Rc::clone(&id));
        self.seen_order.push_back(id);
        if self.seen_order.len() > MAX_SEEN
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        false
    }
}
