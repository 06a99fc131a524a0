//! How long to wait between attempts to reach the relay: 0.5 s, doubled each time to at most
//! 30 s, with full jitter so that many pages do not come back at the same instant.

/// The most that the first wait can be, in milliseconds.
pub const BASE_MS: f64 = 500.0;
/// The most that any wait can be, in milliseconds.
pub const CAP_MS: f64 = 30_000.0;
/// A link that held this long counts as healthy: the next wait starts from [`BASE_MS`] again.
pub const HEALTHY_MS: f64 = 10_000.0;
/// Never less than this, in milliseconds: jitter may come out as zero.
const FLOOR_MS: f64 = 100.0;

/// Counts failed attempts.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: i32,
}

impl Backoff {
    /// The wait in milliseconds before the next attempt, after a link that was open for
    /// `open_ms` (0 when it never opened). `random` is uniform in 0..1.
    pub fn next_ms(&mut self, open_ms: f64, random: f64) -> f64 {
        if open_ms >= HEALTHY_MS {
            self.failures = 0;
        }
        let max = (BASE_MS * 2f64.powi(self.failures)).min(CAP_MS);
        self.failures = (self.failures + 1).min(16);
        (max * random.clamp(0.0, 1.0)).max(FLOOR_MS)
    }

    /// The next wait may be the longest: another attempt soon cannot help.
    pub fn max_out(&mut self) {
        self.failures = 16;
    }

    /// The next wait is the shortest again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap() {
        let mut backoff = Backoff::default();
        let waits: Vec<f64> = (0..8).map(|_| backoff.next_ms(0.0, 1.0)).collect();
        assert_eq!(waits, [500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16_000.0, 30_000.0, 30_000.0]);
    }

    #[test]
    fn a_healthy_link_starts_over_and_a_short_one_does_not() {
        let mut backoff = Backoff::default();
        backoff.next_ms(0.0, 1.0);
        assert_eq!(backoff.next_ms(HEALTHY_MS - 1.0, 1.0), 1000.0);
        assert_eq!(backoff.next_ms(HEALTHY_MS, 1.0), 500.0);
    }

    #[test]
    fn jitter_covers_the_whole_wait_but_never_spins() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.next_ms(0.0, 0.0), FLOOR_MS);
        assert_eq!(backoff.next_ms(0.0, 0.5), 500.0);
        assert_eq!(backoff.next_ms(0.0, f64::NAN).max(FLOOR_MS), FLOOR_MS);
    }
}
