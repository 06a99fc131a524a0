//! A histogram of durations that is counted without a lock, a batch at a time.
//!
//! The library's own takes a lock for each observation; confirms come by the hundred.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};

/// Upper bounds, in microseconds: from a broker on this machine (0.2 ms) to one that has been
/// stuck for longer than a page waits (30 s); 1, 2, 5 between, so that a quantile is never off by
/// more than a factor of 2.5. The last takes the rest.
const BOUNDS: [u64; 18] = [
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    30_000_000,
    u64::MAX,
];

/// The histogram. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durations(Arc<Totals>);

#[derive(Debug, Default)]
struct Totals {
    counts: [AtomicU64; BOUNDS.len()],
    micros: AtomicU64,
}

/// What was observed and is not in the histogram yet.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    counts: [u64; BOUNDS.len()],
    micros: u64,
}

impl Observed {
    pub(crate) fn add(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.counts[BOUNDS.partition_point(|bound| *bound < micros)] += 1;
        self.micros = self.micros.saturating_add(micros);
    }
}

impl Durations {
    pub(crate) fn add(&self, observed: &Observed) {
        for (total, count) in self.0.counts.iter().zip(observed.counts) {
            if count > 0 {
                total.fetch_add(count, Ordering::Relaxed);
            }
        }
        self.0.micros.fetch_add(observed.micros, Ordering::Relaxed);
    }
}

impl TypedMetric for Durations {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let seconds = |micros: u64| micros as f64 / 1e6;
        let counts = self.0.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let bound = |bound| if bound == u64::MAX { f64::INFINITY } else { seconds(bound) };
        let buckets: Vec<(f64, u64)> = BOUNDS.map(bound).into_iter().zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = seconds(self.0.micros.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::{encoding::text, registry::Registry};

    use super::*;

    #[test]
    fn each_duration_is_in_the_bucket_that_it_does_not_exceed() {
        let durations = Durations::default();
        let mut observed = Observed::default();
        for micros in [0, 200, 201, 30_000_000, 30_000_001, u64::MAX] {
            observed.add(Duration::from_micros(micros));
        }
        durations.add(&observed);
        let mut registry = Registry::default();
        registry.register("d", "d", durations);
        let mut text = String::new();
        text::encode(&mut text, &registry).unwrap();
        for (bound, count) in [("0.0002", 2), ("0.0005", 3), ("20.0", 3), ("30.0", 4), ("+Inf", 6)]
        {
            let line = format!("d_bucket{{le=\"{bound}\"}} {count}");
            assert!(text.lines().any(|found| found == line), "no {line} in {text}");
        }
        assert!(text.contains("d_count 6\n"));
    }
}
