//! What a watch shows: copies of messages, kept as rows beside those that were received, with what
//! happened to them and through whom. Nothing of it is ever settled.
//!
//! A hundred thousand rows name a handful of connections: each is in memory once.

use std::{collections::HashSet, hash::Hash, rc::Rc};

use warren_protocol::{Delivery, Observed, ObservedKind};

use super::{AckState, Inbox, Message, Row, message::Seen};

/// Values that are remembered to be shared. Beyond that, they begin anew; rows keep theirs.
const MAX_SHARED: usize = 4_096;

/// What a watch tells of a message beside the message itself.
#[derive(Debug)]
pub struct Watched {
    /// What happened to it.
    pub kind: ObservedKind,
    /// Through whom.
    pub source: Rc<Source>,
    /// The routing keys behind the first: those of `CC` and `BCC`.
    pub other_keys: Rc<Vec<String>>,
    /// Of a published message: the queues that it was routed to, of those that the page may use.
    pub queues: Rc<Vec<String>>,
}

/// Who published a message, or got it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The connection, as RabbitMQ names it.
    pub connection: String,
    /// Its user.
    pub user: String,
    /// The node that it is connected to.
    pub node: String,
}

impl Source {
    /// The client's address where the connection's name has it, as in
    /// `10.0.0.7:52114 -> 10.0.0.1:5672`; other names as they are.
    #[must_use]
    pub fn client(&self) -> &str {
        self.connection.split_once(" -> ").map_or(&self.connection, |(client, _)| client)
    }

    /// `shop · 10.0.0.7:52114`.
    #[must_use]
    pub fn short(&self) -> String {
        joined([&self.user, self.client()])
    }

    /// The same with the connection's whole name, and the node.
    #[must_use]
    pub fn full(&self) -> String {
        joined([&self.user, &self.connection, &self.node])
    }
}

fn joined<const N: usize>(parts: [&str; N]) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// What a row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The message was delivered to this page.
    Received,
    /// It was published.
    Published,
    /// It was delivered to somebody.
    Delivered,
    /// It was delivered, and had been before.
    Redelivered,
}

impl What {
    /// What style sheet and export know it by, and the filter behind `is:`, where a redelivery is a
    /// delivery.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Published => "published",
            Self::Delivered => "delivered",
            Self::Redelivered => "redelivered",
        }
    }
}

impl Message {
    /// What the row of this message tells.
    #[must_use]
    pub fn what(&self) -> What {
        match self.watched.as_ref().map(|watched| watched.kind) {
            None => What::Received,
            Some(ObservedKind::Published) => What::Published,
            Some(ObservedKind::Delivered) if self.redelivered => What::Redelivered,
            Some(ObservedKind::Delivered) => What::Delivered,
        }
    }

    /// With which routing keys it was published.
    pub fn routing_keys(&self) -> impl Iterator<Item = &str> {
        let others = self.watched.iter().flat_map(|watched| watched.other_keys.iter());
        std::iter::once(&self.routing_key).chain(others).map(String::as_str)
    }
}

/// Values of which equal ones are one in memory.
struct Interner<T>(HashSet<Rc<T>>);

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}

impl<T: Eq + Hash> Interner<T> {
    fn share(&mut self, value: T) -> Rc<T> {
        if let Some(shared) = self.0.get(&value) {
            return Rc::clone(shared);
        }
        if self.0.len() >= MAX_SHARED {
            self.0.clear();
        }
        let shared = Rc::new(value);
        self.0.insert(Rc::clone(&shared));
        shared
    }
}

/// What the inbox knows of the watch.
#[derive(Default)]
pub(super) struct Watch {
    /// Whether what comes now comes from it.
    is_on: bool,
    /// How far the time of the newest row was behind the page's clock when it came, in milliseconds.
    behind_ms: f64,
    sources: Interner<Source>,
    lists: Interner<Vec<String>>,
}

impl Watch {
    /// A message was received: it has the time of the page's clock.
    pub(super) fn received(&mut self) {
        self.behind_ms = 0.0;
    }
}

impl Inbox {
    /// Takes in what a watch has seen, of which `missed` could not be shown.
    pub fn observe(&mut self, events: Vec<Observed>, missed: u64, now_ms: f64) {
        self.counters.missed = self.counters.missed.saturating_add(missed);
        if let Some(newest) = events.last() {
            self.watch.behind_ms = now_ms - newest.at_ms as f64;
        }
        if self.pinned_settled {
            self.evict_pinned();
        }
        for event in events {
            self.keep_event(event, now_ms);
        }
    }

    /// What comes from now on comes from a watch, or is received.
    pub fn set_watching(&mut self, watching: bool) {
        self.watch.is_on = watching;
    }

    /// Whether what comes, or came last, comes from a watch.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.watch.is_on
    }

    /// How far the times of rows are behind the page's clock, in milliseconds: events have the time of
    /// the relay's clock.
    #[must_use]
    pub fn behind_ms(&self) -> f64 {
        self.watch.behind_ms
    }

    fn keep_event(&mut self, event: Observed, now_ms: f64) {
        let Observed { kind, connection, user, node, queues, .. } = event;
        match kind {
            ObservedKind::Published => self.counters.published += 1,
            ObservedKind::Delivered => self.counters.delivered += 1,
        }
        let id = event.properties.message_id.as_deref();
        let took_ms = id
            .filter(|_| kind == ObservedKind::Published)
            .and_then(|id| self.round_trips.under_way(id, now_ms));
        let mut keys = event.routing_keys;
        let routing_key = if keys.is_empty() { String::new() } else { keys.remove(0) };
        let watched = Watched {
            kind,
            source: self.watch.sources.share(Source { connection, user, node }),
            other_keys: self.watch.lists.share(keys),
            queues: self.watch.lists.share(queues),
        };
        let seen = Seen {
            number: self.counters.arrived(),
            at_ms: event.at_ms as f64,
            queue: Rc::clone(&self.queue),
            duplicate: false,
            took_ms,
        };
        let delivery = Delivery {
            // It has none; that of the delivery before it keeps their order.
            tag: self.newest_tag(),
            body: event.body,
            properties: event.properties,
            redelivered: event.redelivered,
            exchange: event.exchange,
            routing_key,
        };
        let message = Rc::new(Message::of(delivery, seen, Some(watched)));
        self.push(Row { message, ack_state: AckState::Watched });
    }

    /// The tag of this session's newest row; 0 where there is none.
    fn newest_tag(&self) -> u64 {
        let newest = self.newest().filter(|newest| newest.number > self.before_session);
        newest.map_or(0, |newest| newest.tag)
    }
}
