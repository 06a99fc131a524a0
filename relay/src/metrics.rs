//! What the relay counts, and its text for `/metrics`.
//!
//! Every series is made at the start, which shows it as 0 before anything has happened. Labels have a handful of values each; nothing of a message, an address
//! or a user is ever one.

mod process;

use std::sync::Arc;

use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use warren_broker::metrics::{GaugeGuard, Label, counter, family, gauge};

use crate::{rejection::Reason, session::End};

/// The content type of [`Metrics::text`] (OpenMetrics 1.0.0, section "Overall Structure").
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The counters and gauges of sessions, and all of the broker's.
pub(crate) struct Metrics {
    sessions: Gauge,
    sessions_started: Counter,
    sessions_ended: Family<Label, Counter>,
    refused: Family<Label, Counter>,
    broker: Arc<warren_broker::Metrics>,
    registry: Registry,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let ours = registry.sub_registry_with_prefix("warren");
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        ours.register("build", "The relay's version", version);
        Self {
            sessions: gauge(ours, "sessions", "Pages that are connected"),
            sessions_started: counter(ours, "sessions_started", "Pages that were let in"),
            sessions_ended: family(
                ours,
                "sessions_ended",
                "Pages that left",
                "reason",
                End::ALL.map(End::label),
            ),
            refused: family(
                ours,
                "refused",
                "Who was not let in",
                "reason",
                Reason::ALL.map(Reason::label),
            ),
            broker: Arc::new(warren_broker::Metrics::register(ours)),
            registry,
        }
    }

    /// What is counted of the broker.
    pub(crate) fn broker(&self) -> &Arc<warren_broker::Metrics> {
        &self.broker
    }

    /// All of it as OpenMetrics text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // A String takes all that is written to it.
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    /// A page was let in, and is there until this is dropped.
    pub(crate) fn session(&self) -> GaugeGuard {
        self.sessions_started.inc();
        let mut share = GaugeGuard::of(&self.sessions);
        share.set(1);
        share
    }

    pub(crate) fn session_ended(&self, end: End) {
        self.sessions_ended.get_or_create(&[("reason", end.label())]).inc();
    }

    pub(crate) fn refused(&self, reason: Reason) {
        self.refused.get_or_create(&[("reason", reason.label())]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_shows_before_anything_has_happened() {
        let text = Metrics::new().text();
        for line in [
            "warren_published_total{outcome=\"broker_down\"} 0",
            "warren_refused_total{reason=\"wrong_token\"} 0",
            "warren_sessions_ended_total{reason=\"left\"} 0",
            "warren_broker_state{state=\"up\"} 0",
            "warren_confirm_seconds_count 0",
            "warren_memory_used_bytes 0",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
