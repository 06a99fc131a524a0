//! How often the page is drawn. While thousands of messages go through each second nobody can
//! read them one by one, and to draw in every animation frame would cost more than to send and to
//! receive.

/// With [`Pace::took`]: drawing takes one part in so many of the time.
const PARTS: f64 = 24.0;
/// With [`Pace::took`]: however long drawing takes, it is done this often, in milliseconds.
const LONGEST_MS: f64 = 250.0;

/// Lets few changes be drawn at once, and many at a steady pace.
#[derive(Debug, Clone)]
pub struct Pace {
    /// So many changes are drawn at once.
    few: u64,
    /// More of them are drawn when this many milliseconds have passed.
    every_ms: f64,
    drawn: u64,
    drawn_ms: f64,
}

impl Pace {
    /// At most `few` changes are drawn at once, more every `every_ms` milliseconds.
    #[must_use]
    pub fn new(few: u64, every_ms: f64) -> Self {
        Self { few, every_ms, drawn: 0, drawn_ms: f64::NEG_INFINITY }
    }

    /// How many milliseconds to wait before drawing; none where it is time now. `changes` counts
    /// all of them up to now.
    #[must_use]
    pub fn wait_ms(&self, changes: u64, now_ms: f64) -> Option<f64> {
        let age_ms = now_ms - self.drawn_ms;
        let many = changes.abs_diff(self.drawn) > self.few;
        // A clock that was set back does not stop the page.
        (many && (0.0..self.every_ms).contains(&age_ms)).then_some(self.every_ms - age_ms)
    }

    /// Drawing took so many milliseconds: from now on it waits so long that it takes only a part
    /// of the time, whatever it costs on this machine.
    pub fn took(&mut self, ms: f64) {
        self.every_ms = (ms * PARTS).clamp(0.0, LONGEST_MS);
    }

    /// All changes up to `changes` are drawn.
    pub fn drawn(&mut self, changes: u64, now_ms: f64) {
        self.drawn = changes;
        self.drawn_ms = now_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_changes_are_drawn_at_once_and_many_at_a_pace() {
        let mut pace = Pace::new(10, 100.0);
        assert_eq!(pace.wait_ms(1_000, 5.0), None, "the first time");
        pace.drawn(1_000, 5.0);
        assert_eq!(pace.wait_ms(1_010, 6.0), None);
        assert_eq!(pace.wait_ms(1_011, 45.0), Some(60.0));
        assert_eq!(pace.wait_ms(1_011, 105.0), None);
        assert_eq!(pace.wait_ms(1_011, 4.0), None, "the clock was set back");
        pace.took(10.0);
        assert_eq!(pace.wait_ms(1_011, 45.0), Some(200.0));
        pace.took(1e9);
        assert_eq!(pace.wait_ms(1_011, 5.0), Some(LONGEST_MS));
        for odd in [f64::NAN, f64::INFINITY] {
            assert_eq!(pace.wait_ms(9_999, odd), None);
        }
    }
}
