//! What is counted of the broker: publishing, receiving, connections, memory.
//!
//! Counting takes no lock, and no more than a batch at a time: every series is made at the start,
//! which also shows it as 0 before anything has happened. Labels have a handful of values each;
//! nothing of a message, a queue or a user is ever one.

mod durations;
mod series;

use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::{Registry, Unit},
};
use warren_protocol::{BrokerState, FailReason, Outcome};

use durations::Durations;
pub(crate) use durations::Observed;
pub use series::{Each, Share, bytes, counter, gauge};

/// What becomes of a published message; the protocol's own words where it fails.
const PUBLISHED: [(Option<FailReason>, &str); 10] = [
    (None, "confirmed"),
    (Some(FailReason::Returned), "returned"),
    (Some(FailReason::Nacked), "nacked"),
    (Some(FailReason::TooLarge), "too_large"),
    (Some(FailReason::InvalidProperty), "invalid_property"),
    (Some(FailReason::Refused), "refused"),
    (Some(FailReason::UnknownQueue), "unknown_queue"),
    (Some(FailReason::NotAllowed), "not_allowed"),
    (Some(FailReason::TooManyInFlight), "too_many_in_flight"),
    (Some(FailReason::BrokerDown), "broker_down"),
];

const SETTLED: [(Outcome, &str); 3] =
    [(Outcome::Ack, "ack"), (Outcome::Requeue, "requeue"), (Outcome::Reject, "reject")];

const BROKER_STATES: [(&str, &str); 4] =
    [("connecting", "connecting"), ("up", "up"), ("blocked", "blocked"), ("down", "down")];

/// The counters, gauges and the histogram.
pub struct Metrics {
    published: Each<Option<FailReason>, Counter>,
    published_bytes: Counter,
    in_flight: Gauge,
    /// From handing a message to the channel until the broker's answer.
    pub(crate) confirm: Durations,
    deliveries: Counter,
    delivered_bytes: Counter,
    settles: Each<Outcome, Counter>,
    /// Settles whose channel was gone.
    pub(crate) stale_settles: Counter,
    unsettled: Gauge,
    broker_state: Each<&'static str, Gauge>,
    was_connected: AtomicBool,
    reconnects: Counter,
    /// Connections of single queues that were lost.
    pub(crate) queue_reconnects: Counter,
    memory_used: Gauge,
    memory_limit: Gauge,
}

impl Metrics {
    /// Registers the series in `registry`.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        let confirm = Durations::default();
        let help = "From publishing a message to the broker's answer";
        registry.register_with_unit("confirm", help, Unit::Seconds, confirm.clone());
        let bytes_gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register_with_unit(name, help, Unit::Bytes, gauge.clone());
            gauge
        };
        Self {
            published: Each::new(
                registry,
                "published",
                "Messages from pages, by what became of them",
                "outcome",
                &PUBLISHED,
            ),
            published_bytes: bytes(registry, "published", "Bodies of confirmed messages"),
            in_flight: gauge(
                registry,
                "in_flight",
                "Messages from pages that wait for their confirm",
            ),
            confirm,
            deliveries: counter(registry, "deliveries", "Messages from queues to pages"),
            delivered_bytes: bytes(
                registry,
                "delivered",
                "Bodies of messages from queues to pages",
            ),
            settles: Each::new(registry, "settles", "Deliveries settled", "outcome", &SETTLED),
            stale_settles: counter(
                registry,
                "stale_settles",
                "Settles that came after their channel was gone",
            ),
            unsettled: gauge(registry, "unsettled", "Deliveries that pages have not settled"),
            broker_state: Each::new(
                registry,
                "broker_state",
                "1 for how the relay stands with RabbitMQ, else 0",
                "state",
                &BROKER_STATES,
            ),
            was_connected: AtomicBool::new(false),
            reconnects: counter(
                registry,
                "broker_reconnects",
                "Times that RabbitMQ was reached again after a loss",
            ),
            queue_reconnects: counter(
                registry,
                "queue_reconnects",
                "Connections of single queues that were lost",
            ),
            memory_used: bytes_gauge(
                registry,
                "memory_used",
                "What is taken of --memory-budget: bodies in flight, deliveries, large frames",
            ),
            memory_limit: bytes_gauge(registry, "memory_limit", "--memory-budget"),
        }
    }

    /// Shows what changes without being counted; to be called before the text is made.
    pub(crate) fn show(&self, state: &BrokerState, memory_used: usize, memory_limit: usize) {
        let now = match state {
            BrokerState::Connecting { .. } => "connecting",
            BrokerState::Up => "up",
            BrokerState::Blocked { .. } => "blocked",
            BrokerState::Down { .. } => "down",
        };
        for (name, gauge) in self.broker_state.iter() {
            gauge.set(i64::from(*name == now));
        }
        let bytes = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.memory_used.set(bytes(memory_used));
        self.memory_limit.set(bytes(memory_limit));
    }

    pub(crate) fn confirmed(&self, messages: u64, bytes: u64) {
        self.published.get(None).inc_by(messages);
        self.published_bytes.inc_by(bytes);
    }

    /// A message from a page is in no queue, or may not be.
    pub fn failed(&self, reason: FailReason) {
        self.published.get(Some(reason)).inc();
    }

    pub(crate) fn delivered(&self, messages: usize, bytes: usize) {
        self.deliveries.inc_by(messages as u64);
        self.delivered_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn settled(&self, outcome: Outcome, deliveries: usize) {
        self.settles.get(outcome).inc_by(deliveries as u64);
    }

    /// Messages can flow now.
    pub(crate) fn connected(&self) {
        if self.was_connected.swap(true, Ordering::Relaxed) {
            self.reconnects.inc();
        }
    }

    /// One session's part of what is in flight.
    #[must_use]
    pub fn in_flight(&self) -> Share {
        Share::of(&self.in_flight)
    }

    /// One consumer's part of what is unsettled.
    pub(crate) fn unsettled(&self) -> Share {
        Share::of(&self.unsettled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_and_outcomes_have_the_protocols_names() {
        for (reason, name) in PUBLISHED {
            if let Some(reason) = reason {
                assert_eq!(serde_name(&reason), name);
            }
        }
        for (outcome, name) in SETTLED {
            assert_eq!(serde_name(&outcome), name);
        }
    }

    /// The name of a variant on the wire: `TooLarge` is `too_large`.
    fn serde_name(variant: &impl std::fmt::Debug) -> String {
        let mut name = String::new();
        for letter in format!("{variant:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }

    #[test]
    fn what_a_task_has_counts_until_it_is_gone() {
        let metrics = Metrics::register(&mut Registry::default());
        let (mut one, mut other) = (metrics.in_flight(), metrics.in_flight());
        one.set(5);
        other.set(7);
        one.set(2);
        assert_eq!(metrics.in_flight.get(), 9);
        drop(other);
        assert_eq!(metrics.in_flight.get(), 2);
    }
}
