//! How long a link may be silent. The relay speaks every 10 seconds, but a browser tells only of
//! whole frames: a large message on a slow line is silence, and to connect again would begin it anew.
//! So a link that was given up for its silence lets the next be silent for twice as long.

/// A link that is silent for this many milliseconds is dead; with a look every second that is found
/// within 15 s.
pub const LEAST_MS: f64 = 13_500.0;
/// The most, in milliseconds: 16 MiB at 0.6 Mbit/s.
pub const MOST_MS: f64 = 16.0 * LEAST_MS;
/// A link that held for this many milliseconds may be silent for [`LEAST_MS`] again.
pub const HEALTHY_MS: f64 = 300_000.0;

/// See the module.
#[derive(Debug)]
pub struct Silence {
    most_ms: f64,
}

impl Default for Silence {
    fn default() -> Self {
        Self { most_ms: LEAST_MS }
    }
}

impl Silence {
    /// Whether a link is dead that has been open for `open_ms`, and silent for `silent_ms` by now.
    /// One that is not open yet has no message to bring.
    pub fn is_death(&mut self, open_ms: Option<f64>, silent_ms: f64) -> bool {
        let Some(open_ms) = open_ms else {
            return silent_ms > LEAST_MS;
        };
        if open_ms >= HEALTHY_MS && silent_ms <= LEAST_MS {
            self.most_ms = LEAST_MS;
        }
        let dead = silent_ms > self.most_ms;
        if dead {
            self.most_ms = (self.most_ms * 2.0).min(MOST_MS);
        }
        dead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_that_was_silent_lets_the_next_be_silent_for_longer() {
        let mut silence = Silence::default();
        for most_ms in [1.0, 2.0, 4.0, 8.0, 16.0, 16.0].map(|times| times * LEAST_MS) {
            assert!(!silence.is_death(Some(most_ms), most_ms));
            assert!(silence.is_death(Some(most_ms), most_ms + 1.0));
        }
        assert!(silence.is_death(None, LEAST_MS + 1.0), "none has been opened");
    }

    #[test]
    fn a_link_that_holds_is_watched_as_before() {
        let mut silence = Silence::default();
        assert!(silence.is_death(Some(20_000.0), LEAST_MS + 1.0));
        assert!(!silence.is_death(Some(HEALTHY_MS), LEAST_MS));
        assert!(silence.is_death(Some(HEALTHY_MS + 1.0), LEAST_MS + 1.0));
    }
}
