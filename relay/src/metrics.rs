//! What the relay counts, and its text for `/metrics`.
//!
//! Counting takes no lock: every series is made at the start, which also shows it as 0 before
//! anything has happened. Labels have a handful of values each; nothing of a message, an address
//! or a user is ever one.

mod durations;
mod process;
mod series;

use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};
use warren_protocol::{BrokerState, FailReason, Outcome};

pub(crate) use durations::{Durations, Observed};
pub(crate) use series::Share;
use series::{Each, bytes, counter, gauge};

use crate::refusal::Reason;

/// The content type of [`Metrics::text`] (OpenMetrics 1.0.0, section "Overall Structure").
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

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

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The client closed it, or its connection was lost.
    Left,
    /// The client was silent, or took nothing, for too long.
    Unresponsive,
    /// The client sent a frame over the limit.
    TooBig,
    /// The client let too many answers wait.
    NotReading,
    /// Its token is gone, or allows something else.
    TokenChanged,
    /// The relay stops.
    RelayStops,
}

const ENDED: [(Ended, &str); 6] = [
    (Ended::Left, "left"),
    (Ended::Unresponsive, "unresponsive"),
    (Ended::TooBig, "too_big"),
    (Ended::NotReading, "not_reading"),
    (Ended::TokenChanged, "token_changed"),
    (Ended::RelayStops, "relay_stops"),
];

const BROKER_STATES: [(&str, &str); 4] =
    [("connecting", "connecting"), ("up", "up"), ("blocked", "blocked"), ("down", "down")];

/// The counters, gauges and the histogram.
pub(crate) struct Metrics {
    sessions: Gauge,
    sessions_started: Counter,
    sessions_ended: Each<Ended, Counter>,
    refused: Each<Reason, Counter>,
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
    registry: Registry,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let ours = registry.sub_registry_with_prefix("warren");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "The relay's version", version);
        let confirm = Durations::default();
        let help = "From publishing a message to the broker's answer";
        ours.register_with_unit("confirm", help, Unit::Seconds, confirm.clone());
        Self {
            sessions: gauge(ours, "sessions", "Pages that are connected"),
            sessions_started: counter(ours, "sessions_started", "Pages that were let in"),
            sessions_ended: Each::new(ours, "sessions_ended", "Pages that left", "reason", &ENDED),
            refused: Each::new(ours, "refused", "Who was not let in", "reason", &Reason::ALL),
            published: Each::new(
                ours,
                "published",
                "Messages from pages, by what became of them",
                "outcome",
                &PUBLISHED,
            ),
            published_bytes: bytes(ours, "published", "Bodies of confirmed messages"),
            in_flight: gauge(ours, "in_flight", "Messages from pages that wait for their confirm"),
            confirm,
            deliveries: counter(ours, "deliveries", "Messages from queues to pages"),
            delivered_bytes: bytes(ours, "delivered", "Bodies of messages from queues to pages"),
            settles: Each::new(ours, "settles", "Deliveries settled", "outcome", &SETTLED),
            stale_settles: counter(
                ours,
                "stale_settles",
                "Settles that came after their channel was gone",
            ),
            unsettled: gauge(ours, "unsettled", "Deliveries that pages have not settled"),
            broker_state: Each::new(
                ours,
                "broker_state",
                "1 for how the relay stands with RabbitMQ, else 0",
                "state",
                &BROKER_STATES,
            ),
            was_connected: AtomicBool::new(false),
            reconnects: counter(
                ours,
                "broker_reconnects",
                "Connections to RabbitMQ made again after a loss",
            ),
            registry,
        }
    }

    /// All of it as OpenMetrics text. `state` is the broker's now.
    pub(crate) fn text(&self, state: &BrokerState) -> String {
        let now = match state {
            BrokerState::Connecting { .. } => "connecting",
            BrokerState::Up => "up",
            BrokerState::Blocked { .. } => "blocked",
            BrokerState::Down { .. } => "down",
        };
        for (name, gauge) in self.broker_state.iter() {
            gauge.set(i64::from(*name == now));
        }
        let mut text = String::new();
        // A String takes all that is written to it.
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    /// A page was let in, and is there until this is dropped.
    pub(crate) fn session(&self) -> Share {
        self.sessions_started.inc();
        let mut share = Share::of(&self.sessions);
        share.set(1);
        share
    }

    pub(crate) fn session_ended(&self, how: Ended) {
        self.sessions_ended.get(how).inc();
    }

    pub(crate) fn refused(&self, reason: Reason) {
        self.refused.get(reason).inc();
    }

    pub(crate) fn confirmed(&self, messages: u64, bytes: u64) {
        self.published.get(None).inc_by(messages);
        self.published_bytes.inc_by(bytes);
    }

    pub(crate) fn failed(&self, reason: FailReason) {
        self.published.get(Some(reason)).inc();
    }

    pub(crate) fn delivered(&self, messages: usize, bytes: usize) {
        self.deliveries.inc_by(messages as u64);
        self.delivered_bytes.inc_by(bytes as u64);
    }

    pub(crate) fn settled(&self, outcome: Outcome, deliveries: usize) {
        self.settles.get(outcome).inc_by(deliveries as u64);
    }

    /// There is a connection to the broker.
    pub(crate) fn connected(&self) {
        if self.was_connected.swap(true, Ordering::Relaxed) {
            self.reconnects.inc();
        }
    }

    /// One session's part of what is in flight.
    pub(crate) fn in_flight(&self) -> Share {
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
        for (reason, name) in PUBLISHED.into_iter().skip(1) {
            assert_eq!(serde_json::to_value(reason).unwrap(), name);
        }
        for (outcome, name) in SETTLED {
            assert_eq!(serde_json::to_value(outcome).unwrap(), name);
        }
    }

    #[test]
    fn every_series_shows_before_anything_has_happened() {
        let text = Metrics::new().text(&BrokerState::Up);
        for line in [
            "warren_published_total{outcome=\"broker_down\"} 0",
            "warren_refused_total{reason=\"wrong_token\"} 0",
            "warren_sessions_ended_total{reason=\"left\"} 0",
            "warren_broker_state{state=\"up\"} 1",
            "warren_broker_state{state=\"down\"} 0",
            "warren_confirm_seconds_count 0",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn what_a_task_has_counts_until_it_is_gone() {
        let metrics = Metrics::new();
        let (mut one, mut other) = (metrics.in_flight(), metrics.in_flight());
        one.set(5);
        other.set(7);
        one.set(2);
        assert_eq!(metrics.in_flight.get(), 9);
        drop(other);
        assert_eq!(metrics.in_flight.get(), 2);
    }
}
