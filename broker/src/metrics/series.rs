//! Series of a registry: counters and gauges, families of them, and one task's part of a gauge.

use prometheus_client::{
    metrics::{TypedMetric, counter::Counter, family::Family, gauge::Gauge},
    registry::{Metric, Registry, Unit},
};

/// Registers a counter.
pub fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

/// Registers a counter of bytes.
pub fn bytes(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register_with_unit(name, help, Unit::Bytes, counter.clone());
    counter
}

/// Registers a gauge.
pub fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

/// One label and its value.
pub type Label = [(&'static str, &'static str); 1];

/// Registers a family with a series for each of `values`: all show as 0 before anything has happened.
pub fn family<M: Clone + Default + Metric + TypedMetric>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: impl IntoIterator<Item = &'static str>,
) -> Family<Label, M> {
    let family = Family::default();
    for value in values {
        drop(family.get_or_create(&[(label, value)]));
    }
    registry.register(name, help, family.clone());
    family
}

/// One task's part of a gauge, which goes when the task does.
#[derive(Debug)]
pub struct GaugeGuard {
    gauge: Gauge,
    amount: i64,
}

impl GaugeGuard {
    /// A part of 0.
    pub fn of(gauge: &Gauge) -> Self {
        Self { gauge: gauge.clone(), amount: 0 }
    }

    /// The part is `amount` now.
    pub fn set(&mut self, amount: usize) {
        let amount = i64::try_from(amount).unwrap_or(i64::MAX);
        if amount != self.amount {
            self.gauge.inc_by(amount - self.amount);
            self.amount = amount;
        }
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.gauge.dec_by(self.amount);
    }
}
