//! What is counted of the broker: publishing, receiving, connections, memory.
//!
//! Every series is made at the start, which shows it as 0 before anything has happened, and counted a
//! batch at a time. Labels have a handful of values each;
//! nothing of a message, a queue or a user is ever one.

mod series;

use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use warren_protocol::{BrokerState, FailReason, Outcome};

pub use series::{GaugeGuard, Label, bytes, counter, family, gauge};

const CONFIRMED: &str = "confirmed";

/// Why messages fail, by the protocol's own words.
const FAILURES: [FailReason; 9] = [
    FailReason::Returned,
    FailReason::Nacked,
    FailReason::TooLarge,
    FailReason::InvalidProperty,
    FailReason::Refused,
    FailReason::UnknownQueue,
    FailReason::NotAllowed,
    FailReason::TooManyInFlight,
    FailReason::BrokerDown,
];

fn failure_label(reason: FailReason) -> &'static str {
    match reason {
        FailReason::Returned => "returned",
        FailReason::Nacked => "nacked",
        FailReason::TooLarge => "too_large",
        FailReason::InvalidProperty => "invalid_property",
        FailReason::Refused => "refused",
        FailReason::UnknownQueue => "unknown_queue",
        FailReason::NotAllowed => "not_allowed",
        FailReason::TooManyInFlight => "too_many_in_flight",
        FailReason::BrokerDown => "broker_down",
    }
}

const OUTCOMES: [Outcome; 3] = [Outcome::Ack, Outcome::Requeue, Outcome::Reject];

fn outcome_label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ack => "ack",
        Outcome::Requeue => "requeue",
        Outcome::Reject => "reject",
    }
}

const BROKER_STATES: [&str; 4] = ["connecting", "up", "blocked", "down"];

/// Upper bounds of the histogram, in seconds: from a broker on this machine (0.2 ms) to one that has
/// been stuck for longer than a page waits (30 s); 1, 2, 5 between, so that a quantile is never off by
/// more than a factor of 2.5.
const CONFIRM_BOUNDS: [f64; 17] = [
    0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
    20.0, 30.0,
];

/// The counters, gauges and the histogram.
pub struct Metrics {
    published: Family<Label, Counter>,
    published_bytes: Counter,
    in_flight: Gauge,
    /// From handing a message to the channel until the broker's answer.
    pub(crate) confirm: Histogram,
    deliveries: Counter,
    delivered_bytes: Counter,
    settles: Family<Label, Counter>,
    /// Settles whose channel was gone.
    pub(crate) stale_settles: Counter,
    unsettled: Gauge,
    broker_state: Family<Label, Gauge>,
    was_connected: AtomicBool,
    reconnects: Counter,
    /// Connections of single queues and of the watch that were lost.
    pub(crate) queue_reconnects: Counter,
    /// Events that were read from the tap for somebody.
    pub(crate) observed: Counter,
    /// Those that the tap or a session's bound has lost.
    pub(crate) watch_missed: Counter,
    memory_used: Gauge,
    memory_limit: Gauge,
}

impl Metrics {
    /// Registers the series in `registry`.
    #[must_use]
    pub fn register(registry: &mut Registry) -> Self {
        let confirm = Histogram::new(CONFIRM_BOUNDS);
        let help = "From publishing a message to the broker's answer";
        registry.register_with_unit("confirm", help, Unit::Seconds, confirm.clone());
        let bytes_gauge = |registry: &mut Registry, name: &str, help: &str| {
            let gauge: Gauge = Gauge::default();
            registry.register_with_unit(name, help, Unit::Bytes, gauge.clone());
            gauge
        };
        Self {
            published: family(
                registry,
                "published",
                "Messages from pages, by what became of them",
                "outcome",
                FAILURES.map(failure_label).into_iter().chain([CONFIRMED]),
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
            settles: family(
                registry,
                "settles",
                "Deliveries settled",
                "outcome",
                OUTCOMES.map(outcome_label),
            ),
            stale_settles: counter(
                registry,
                "stale_settles",
                "Settles that came after their channel was gone",
            ),
            unsettled: gauge(registry, "unsettled", "Deliveries that pages have not settled"),
            broker_state: family(
                registry,
                "broker_state",
                "1 for how the relay stands with RabbitMQ, else 0",
                "state",
                BROKER_STATES,
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
                "Connections of single queues and of the watch that were lost",
            ),
            observed: counter(registry, "observed", "Events of watched queues"),
            watch_missed: counter(
                registry,
                "watch_missed",
                "Events that were dropped by a bound, of the tap or of a session that watches",
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
            BrokerState::Up { .. } => "up",
            BrokerState::Blocked { .. } => "blocked",
            BrokerState::Down { .. } => "down",
        };
        for name in BROKER_STATES {
            self.broker_state.get_or_create(&[("state", name)]).set(i64::from(name == now));
        }
        let bytes = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.memory_used.set(bytes(memory_used));
        self.memory_limit.set(bytes(memory_limit));
    }

    pub(crate) fn confirmed(&self, messages: u64, bytes: u64) {
        self.published.get_or_create(&[("outcome", CONFIRMED)]).inc_by(messages);
        self.published_bytes.inc_by(bytes);
    }

    /// A message from a page is in no queue, or may not be.
    pub fn failed(&self, reason: FailReason) {
        self.published.get_or_create(&[("outcome", failure_label(reason))]).inc();
    }

    pub(crate) fn delivered(&self, messages: usize, bytes: usize) {
        self.deliveries.inc_by(messages as u64);
        self.delivered_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn settled(&self, outcome: Outcome, deliveries: usize) {
        let label = [("outcome", outcome_label(outcome))];
        self.settles.get_or_create(&label).inc_by(deliveries as u64);
    }

    /// Messages can flow now.
    pub(crate) fn connected(&self) {
        if self.was_connected.swap(true, Ordering::Relaxed) {
            self.reconnects.inc();
        }
    }

    /// One session's part of what is in flight.
    #[must_use]
    pub fn in_flight(&self) -> GaugeGuard {
        GaugeGuard::of(&self.in_flight)
    }

    /// One consumer's part of what is unsettled.
    pub(crate) fn unsettled(&self) -> GaugeGuard {
        GaugeGuard::of(&self.unsettled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_and_outcomes_have_the_protocols_names() {
        for reason in FAILURES {
            assert_eq!(serde_name(&reason), failure_label(reason));
        }
        for outcome in OUTCOMES {
            assert_eq!(serde_name(&outcome), outcome_label(outcome));
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
