//! How long to wait before the next try: doubling, jittered, and from the start again after health.

use std::time::Duration;

use tokio::time::Instant;

/// Bounds of a back-off, and what ends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The first delay is at most this.
    pub(crate) first: Duration,
    /// No delay is longer.
    pub(crate) max: Duration,
    /// What has worked for so long is healthy: the next failure is a first one.
    pub(crate) healthy: Duration,
}

/// Of the connections that everything needs: pages wait for them.
pub(crate) const BROKER: Pace = Pace {
    first: Duration::from_millis(500),
    max: Duration::from_secs(30),
    healthy: Duration::from_secs(10),
};

/// Of one queue's connection and consumers: what its broker refuses once it mostly refuses again,
/// and each try is a line in its log.
pub(crate) const QUEUE: Pace = Pace {
    first: Duration::from_secs(1),
    max: Duration::from_secs(60),
    healthy: Duration::from_secs(30),
};

/// How often it failed in a row.
#[derive(Debug)]
pub(crate) struct Backoff {
    pace: Pace,
    failures: u32,
    works_since: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, failures: 0, works_since: None }
    }

    /// It works from now on.
    pub(crate) fn works(&mut self) {
        self.works_since.get_or_insert_with(Instant::now);
    }

    /// It has failed: how long to wait before the next try. Anything from half of the longest to the
    /// longest, so that many do not come back in step, and none at once.
    pub(crate) fn failed(&mut self) -> Duration {
        if self.works_since.take().is_some_and(|since| since.elapsed() >= self.pace.healthy) {
            self.failures = 0;
        }
        let longest = self.pace.first.saturating_mul(1 << self.failures.min(16)).min(self.pace.max);
        self.failures = self.failures.saturating_add(1);
        longest.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// The next try is a first one.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.pace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn delays_double_to_the_longest_and_start_again_after_health() {
        let mut backoff = Backoff::new(QUEUE);
        for longest in [1, 2, 4, 8, 16, 32, 60, 60] {
            let (delay, longest) = (backoff.failed(), Duration::from_secs(longest));
            assert!(delay <= longest && delay >= longest / 2, "{delay:?} of {longest:?}");
        }
        backoff.works();
        tokio::time::advance(QUEUE.healthy / 2).await;
        assert!(backoff.failed() >= QUEUE.max / 2, "half a minute is no health");
        backoff.works();
        tokio::time::advance(QUEUE.healthy).await;
        assert!(backoff.failed() <= QUEUE.first);
    }
}
