//! How long a link may be silent. The relay speaks every 10 seconds, but a browser tells only of
//! whole messages: a large one on a slow line is silence, and to connect again would begin it anew.
//! So a link that was given up for its silence lets the next be silent for twice as long.

/// A link that is silent for this many milliseconds is dead; with a look every second that is found
/// within 15 s.
pub const MIN_MS: f64 = 13_500.0;
/// The most, in milliseconds: 16 MiB at 0.6 Mbit/s.
pub const MAX_MS: f64 = 16.0 * MIN_MS;
/// A link that held for this many milliseconds may be silent for [`MIN_MS`] again.
pub const HEALTHY_MS: f64 = 300_000.0;

/// See the module.
#[derive(Debug)]
pub struct IdleTimeout {
    max_ms: f64,
}

impl Default for IdleTimeout {
    fn default() -> Self {
        Self { max_ms: MIN_MS }
    }
}

impl IdleTimeout {
    /// Whether a link is dead that has been open for `open_ms`, and silent for `silent_ms` by now.
    /// One that is not open yet has no message to bring.
    pub fn expired(&mut self, open_ms: Option<f64>, silent_ms: f64) -> bool {
        let Some(open_ms) = open_ms else {
            return silent_ms > MIN_MS;
        };
        if open_ms >= HEALTHY_MS && silent_ms <= MIN_MS {
            self.max_ms = MIN_MS;
        }
        let dead = silent_ms > self.max_ms;
        if dead {
            self.max_ms = (self.max_ms * 2.0).min(MAX_MS);
        }
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_that_was_silent_lets_the_next_be_silent_for_longer() {
        let mut idle_timeout = IdleTimeout::default();
        for max_ms in [1.0, 2.0, 4.0, 8.0, 16.0, 16.0].map(|times| times * MIN_MS) {
            assert!(!idle_timeout.expired(Some(max_ms), max_ms));
            assert!(idle_timeout.expired(Some(max_ms), max_ms + 1.0));
        }
        assert!(idle_timeout.expired(None, MIN_MS + 1.0), "none has been opened");
    }

    #[test]
    fn a_link_that_holds_is_watched_as_before() {
        let mut idle_timeout = IdleTimeout::default();
        assert!(idle_timeout.expired(Some(20_000.0), MIN_MS + 1.0));
        assert!(!idle_timeout.expired(Some(HEALTHY_MS), MIN_MS));
        assert!(idle_timeout.expired(Some(HEALTHY_MS + 1.0), MIN_MS + 1.0));
    }
}
