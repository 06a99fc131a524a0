//! Series of a registry: counters and gauges, one for each value of a label, and one task's part
//! of a gauge.

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

/// A metric for each value of one label.
pub struct Each<T, M> {
    metrics: Vec<(T, M)>,
    /// Counts what no value was registered for, and is never shown.
    other: M,
}

type Label = [(&'static str, &'static str); 1];

impl<T, M> Each<T, M>
where
    T: Copy + PartialEq,
    M: Clone + Default + Metric + TypedMetric,
{
    /// Registers `name` with a series for each of `values`, by the names in the label.
    pub fn new(
        registry: &mut Registry,
        name: &str,
        help: &str,
        label: &'static str,
        values: &[(T, &'static str)],
    ) -> Self {
        let family = Family::<Label, M>::default();
        let metric = |&(value, name): &(T, &'static str)| {
            (value, family.get_or_create_owned(&[(label, name)]))
        };
        let metrics = values.iter().map(metric).collect();
        registry.register(name, help, family);
        Self { metrics, other: M::default() }
    }

    /// The metric of one value.
    pub fn get(&self, value: T) -> &M {
        let found = self.metrics.iter().find(|(known, _)| *known == value);
        found.map_or(&self.other, |(_, metric)| metric)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &(T, M)> {
        self.metrics.iter()
    }
}

/// One task's part of a gauge, which goes when the task does.
#[derive(Debug)]
pub struct Share {
    gauge: Gauge,
    amount: i64,
}

impl Share {
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

impl Drop for Share {
    fn drop(&mut self) {
        self.gauge.dec_by(self.amount);
    }
}
