//! How often the page is drawn. While thousands of messages go through each second nobody can
//! read them one by one, and to draw in every animation frame would cost more than to send and to
//! receive.

/// With [`Pace::took`]: drawing takes one part in so many of the time.
const PARTS: f64 = 24.0;
/// With [`Pace::took`]: however long drawing takes, it is done this often, in milliseconds.
const LONGEST_MS: f64 = 250.0;

/// With [`Pace::new`]: no more than so many changes a second are few for long. A message that is sent and
/// comes back is some four changes, so these are more messages than somebody can read.
const FEW_PER_SECOND: f64 = 150.0;

/// Lets few changes be drawn at once, and many at a steady pace.
#[derive(Debug, Clone)]
pub struct Pace {
    /// So many changes are few.
    few: f64,
    /// More of them are drawn when this many milliseconds have passed.
    every_ms: f64,
    drawn: u64,
    drawn_ms: f64,
    /// What was drawn lately, less [`FEW_PER_SECOND`].
    lately: f64,
}

impl Pace {
    /// At most `few` changes are drawn at once, more every `every_ms` milliseconds.
    #[must_use]
    pub fn new(few: u64, every_ms: f64) -> Self {
        let drawn_ms = f64::NEG_INFINITY;
        Self { few: few as f64, every_ms, drawn: 0, drawn_ms, lately: 0.0 }
    }

    /// How many milliseconds to wait before drawing; none where it is time now. `changes` counts
    /// all of them up to now.
    #[must_use]
    pub fn wait_ms(&self, changes: u64, now_ms: f64) -> Option<f64> {
        let age_ms = now_ms - self.drawn_ms;
        let many = self.lately(changes, now_ms) > self.few;
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
        // With a bound, so that what comes after a flood is drawn in a moment.
        self.lately = self.lately(changes, now_ms).min(self.few);
        self.drawn = changes;
        self.drawn_ms = now_ms;
    }

    /// With all changes up to `changes`, fewer the longer ago the others were drawn.
    fn lately(&self, changes: u64, now_ms: f64) -> f64 {
        let seconds = ((now_ms - self.drawn_ms) / 1_000.0).max(0.0);
        (self.lately - seconds * FEW_PER_SECOND).max(0.0) + changes.abs_diff(self.drawn) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_changes_are_drawn_at_once_and_many_at_a_pace() {
        let mut pace = Pace::new(10, 100.0);
        assert_eq!(pace.wait_ms(0, 5.0), None, "the first time");
        pace.drawn(0, 5.0);
        assert_eq!(pace.wait_ms(10, 6.0), None);
        assert_eq!(pace.wait_ms(1_000, 45.0), Some(60.0));
        assert_eq!(pace.wait_ms(1_000, 105.0), None);
        assert_eq!(pace.wait_ms(1_000, 4.0), None, "the clock was set back");
        pace.took(10.0);
        assert_eq!(pace.wait_ms(1_000, 45.0), Some(200.0));
        pace.took(1e9);
        assert_eq!(pace.wait_ms(1_000, 5.0), Some(LONGEST_MS));
        for odd in [f64::NAN, f64::INFINITY] {
            assert_eq!(pace.wait_ms(9_999, odd), None);
        }
    }

    /// Draws each animation frame in which it is time for so long, while so many changes come in each;
    /// says how often it did.
    fn drawings(pace: &mut Pace, frames: std::ops::Range<u64>, changes: u64) -> usize {
        let each = frames.filter(|frame| {
            let (changes, now_ms) = (frame * changes, *frame as f64 * 16.0);
            let now = pace.wait_ms(changes, now_ms).is_none();
            if now {
                pace.drawn(changes, now_ms);
            }
            now
        });
        each.count()
    }

    #[test]
    fn few_changes_in_each_frame_for_long_are_many() {
        let mut pace = Pace::new(10, 160.0);
        assert_eq!(drawings(&mut pace, 0..100, 2), 100);
        let mut pace = Pace::new(10, 160.0);
        assert!((10..=20).contains(&drawings(&mut pace, 0..100, 8)));
        let last = 99 * 8;
        pace.drawn(last, 1_600.0);
        assert_eq!(pace.wait_ms(last + 3, 1_620.0), None, "few come behind many");
    }
}
