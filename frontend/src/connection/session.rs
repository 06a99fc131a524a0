//! How the page stands with the relay, and what the relay has said in this session. What is in a
//! [`Session`] goes with it: to lose the link is to assign another [`Connection`].

use std::rc::Rc;

use warren_protocol::{BrokerState, QueueCount, Rights};

use crate::connection::event::Closed;

/// How the page stands with the relay. `D` is what a session keeps of its deliveries, which is the
/// matter of those who receive.
#[derive(Debug, Default, PartialEq)]
pub enum Connection<D> {
    /// Cut off. Stays so while the next attempt is under way.
    Offline {
        /// How the link was closed.
        why: Closed,
        /// When the next attempt starts, in milliseconds since 1970-01-01 UTC.
        retry_at_ms: f64,
    },
    /// The first attempt is under way, or one with another token, or the link is open and the relay
    /// has not said `welcome`.
    #[default]
    Handshake,
    /// The relay asks for another token; there is no attempt until one is entered.
    Locked {
        /// Why, in the relay's words.
        why: String,
    },
    /// Frames flow.
    Ready(Session<D>),
}

/// What is true as long as one link lasts, from the relay's `welcome` on.
#[derive(Debug, Default, PartialEq)]
pub struct Session<D> {
    /// How the relay stands with the broker, where it has said so.
    pub broker: Option<BrokerState>,
    /// Its version, where it is RabbitMQ, as it last said: also while it takes no messages.
    pub rabbitmq_version: Option<String>,
    /// When `broker` arrived.
    pub broker_changed_ms: f64,
    /// What waits in the relay's queues, as it last said.
    pub counts: Rc<[QueueCount]>,
    /// The machine slept, and the relay has not been heard since: what it said may not hold.
    pub unsure: bool,
    /// What was asked for and said about receiving.
    pub deliveries: D,
}

/// What the relay has told in its last `welcome`. It outlives the session: the page goes on showing
/// the queues that were there, and does not offer again what it may not do.
#[derive(Debug, Default)]
pub struct Known {
    /// The relay's queues; the first is sent to and received from until another is chosen.
    pub queues: Rc<[String]>,
    /// What the relay lets this page do; everything until it has said so.
    pub rights: Option<Rights>,
    /// Whether the first queue is received from without being asked: nobody has named it.
    pub receive_at_once: bool,
}

impl<D> Connection<D> {
    /// The session, where there is one.
    #[must_use]
    pub fn session(&self) -> Option<&Session<D>> {
        match self {
            Self::Ready(session) => Some(session),
            Self::Offline { .. } | Self::Handshake | Self::Locked { .. } => None,
        }
    }

    /// The same, to be changed.
    pub fn session_mut(&mut self) -> Option<&mut Session<D>> {
        match self {
            Self::Ready(session) => Some(session),
            Self::Offline { .. } | Self::Handshake | Self::Locked { .. } => None,
        }
    }

    /// Whether there is no link to the relay, and none is being made for the first time.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        matches!(self, Self::Offline { .. } | Self::Locked { .. })
    }

    /// The machine slept: the link may be dead, or may be not, until the relay is heard.
    pub fn slept(&mut self) {
        if let Self::Ready(session) = self {
            session.unsure = true;
        }
    }

    /// The relay was heard.
    pub fn heard(&mut self) {
        if let Self::Ready(session) = self {
            session.unsure = false;
        }
    }

    /// The network is back: the next attempt starts now.
    pub fn retry_now(&mut self, now_ms: f64) {
        if let Self::Offline { retry_at_ms, .. } = self {
            *retry_at_ms = now_ms;
        }
    }
}

impl<D: Default> Connection<D> {
    /// The relay has said `welcome`. One that comes twice begins no second session.
    pub fn welcome(&mut self) {
        if self.session().is_none() {
            *self = Self::Ready(Session::default());
        }
    }
}

impl<D> Session<D> {
    /// The relay says how it stands with the broker.
    pub fn set_broker(&mut self, broker: BrokerState, now_ms: f64) {
        if let BrokerState::Up { product, version } = &broker {
            let is_rabbitmq = product.as_ref().is_none_or(|product| product == "RabbitMQ");
            self.rabbitmq_version = version.clone().filter(|_| is_rabbitmq);
        }
        self.broker = Some(broker);
        self.broker_changed_ms = now_ms;
    }

    /// The relay says what waits in its queues.
    pub fn set_counts(&mut self, counts: Vec<QueueCount>) {
        // What is equal stays the same in memory, so that the views need not look into it.
        if *self.counts != *counts {
            self.counts = counts.into();
        }
    }
}
