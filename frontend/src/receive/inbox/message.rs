//! A message as a row has it, and what has become of it.

use std::rc::Rc;

use warren_protocol::{Body, Delivery, FieldValue, Properties};

use super::{AckState, Watched};
use crate::{
    receive::broker_headers,
    ui::preview::{Preview, weight},
};

/// A message that was received, or that a watch saw.
#[derive(Debug)]
pub struct Message {
    /// Counts up from 1 as messages arrive, as long as the page lives.
    pub number: u64,
    /// When it arrived, in milliseconds since 1970-01-01 UTC; of an event, when the relay heard of
    /// it, by the relay's clock.
    pub at_ms: f64,
    /// The queue it came from, or that is watched; empty where the relay has not named one.
    pub queue: Rc<str>,
    /// Its name in its session; an event has that of the delivery before it.
    pub tag: u64,
    /// The body.
    pub body: Body,
    /// As the publisher set them.
    pub properties: Properties,
    /// Where it was published; the default exchange is `""`.
    pub exchange: String,
    /// With which routing key; of an event, with which first.
    pub routing_key: String,
    /// Whether the broker has delivered it before, to this page or to another consumer.
    pub redelivered: bool,
    /// Whether this page has received a message with the same `message_id` from the same queue
    /// before, and has not given it back.
    pub duplicate: bool,
    /// How long it took from this page and back, in milliseconds, where the page sent it; of an
    /// event, until it was seen published.
    pub took_ms: Option<u64>,
    /// How often a quorum queue got it back before this delivery, where it says so.
    pub returned: Option<u64>,
    /// What a row shows of the body.
    pub preview: Preview,
    /// What a watch told of it; none where this page received it.
    pub watched: Option<Watched>,
    pub(super) weight: usize,
}

impl Message {
    /// A delivery, or a copy of one, as it is kept: what a row shows of it is computed here, once.
    pub(super) fn of(delivery: Delivery, seen: Seen, watched: Option<Watched>) -> Self {
        let Delivery { tag, body, properties, redelivered, exchange, routing_key } = delivery;
        let Seen { number, at_ms, queue, duplicate, took_ms } = seen;
        Self {
            number,
            at_ms,
            queue,
            tag,
            redelivered,
            exchange,
            routing_key,
            duplicate,
            took_ms,
            returned: broker_headers::returned(&properties),
            preview: Preview::of(&body),
            weight: weight(&body, &properties),
            watched,
            body,
            properties,
        }
    }

    /// The value of the header that is called `name`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&FieldValue> {
        self.properties.headers.as_ref()?.0.get(name)
    }
}

/// What the page knows of a delivery when it arrives.
pub(super) struct Seen {
    pub(super) number: u64,
    pub(super) at_ms: f64,
    pub(super) queue: Rc<str>,
    pub(super) duplicate: bool,
    pub(super) took_ms: Option<u64>,
}

/// A message and what has become of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The message.
    pub message: Rc<Message>,
    /// What has become of it.
    pub ack_state: AckState,
}

impl PartialEq for Row {
    /// Bodies may be large, and one message has one place in memory.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.message, &other.message) && self.ack_state == other.ack_state
    }
}
