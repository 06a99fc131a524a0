//! Which rows of a long list are drawn. Rows have one fixed height, the list is anchored by
//! message numbers, so that it stays where it is while old rows are dropped above.

use std::ops::Range;

/// Rows drawn above and below what is seen, so that scrolling finds them there.
const OVERSCAN: usize = 12;

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Viewport {
    /// Height of a row in CSS pixels; never less than 1.
    row_px: f64,
    /// Rows that fit.
    fit: usize,
    /// Whether the newest row is kept in sight.
    follow: bool,
    /// Number of the first row in sight, unless it follows.
    top: u64,
    /// Number of the newest row while it followed.
    seen: u64,
}

/// What the browser says about the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scroll {
    /// CSS pixels above what is seen.
    pub top_px: f64,
    /// Height of what is seen.
    pub height_px: f64,
    /// Height of a row.
    pub row_px: f64,
    /// Whether the newest row is kept in sight.
    pub follow: bool,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { row_px: 28.0, fit: 40, follow: true, top: 0, seen: 0 }
    }
}

impl Viewport {
    /// Takes in what the browser says, for a list of `total` rows from number `first` on.
    pub fn scrolled(&mut self, scroll: Scroll, first: u64, total: usize) {
        let whole = |rows: f64| rows.clamp(0.0, 1e9) as u64;
        self.row_px = if scroll.row_px >= 1.0 { scroll.row_px } else { self.row_px };
        self.fit = whole(scroll.height_px / self.row_px) as usize + 1;
        self.fit = self.fit.min(1_000);
        if self.follow && !scroll.follow {
            self.seen = newest(first, total);
        }
        self.follow = scroll.follow;
        self.top = first + whole(scroll.top_px / self.row_px);
    }

    /// Keeps the newest row in sight again.
    pub fn follow(&mut self) {
        self.follow = true;
    }

    /// Whether the newest row is kept in sight.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// The rows to draw, 0 being the first kept.
    #[must_use]
    pub fn rows(&self, first: u64, total: usize) -> Range<usize> {
        let last_top = total.saturating_sub(self.fit);
        let top = if self.follow {
            last_top
        } else {
            usize::try_from(self.top.saturating_sub(first))
                .map_or(last_top, |top| top.min(last_top))
        };
        top.saturating_sub(OVERSCAN)..(top + self.fit + OVERSCAN).min(total)
    }

    /// Rows that arrived since the list stopped to follow.
    #[must_use]
    pub fn unseen(&self, first: u64, total: usize) -> u64 {
        if self.follow || total == 0 {
            return 0;
        }
        newest(first, total).saturating_sub(self.seen)
    }
}

fn newest(first: u64, total: usize) -> u64 {
    (first + total as u64).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scroll(top_px: f64, follow: bool) -> Scroll {
        Scroll { top_px, height_px: 200.0, row_px: 20.0, follow }
    }

    #[test]
    fn it_follows_the_newest_rows_and_draws_few() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(0.0, true), 1, 0);
        assert_eq!(viewport.rows(1, 100_000), 99_977..100_000);
        assert_eq!(viewport.rows(1, 3), 0..3);
        assert_eq!(viewport.unseen(1, 100_000), 0);
    }

    #[test]
    fn scrolled_away_it_stays_and_counts_what_is_new() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(10_000.0, false), 1, 1_000);
        assert_eq!(viewport.rows(1, 1_000), 488..523);
        assert_eq!(viewport.unseen(1, 1_012), 12);
        // 100 rows were dropped above: the same messages are drawn.
        assert_eq!(viewport.rows(101, 912), 388..423);
        viewport.follow();
        assert_eq!(viewport.unseen(101, 912), 0);
    }

    #[test]
    fn a_cleared_list_draws_nothing_and_odd_numbers_do_no_harm() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(10_000.0, false), 1, 1_000);
        assert_eq!(viewport.rows(1_001, 0), 0..0);
        assert_eq!(viewport.unseen(1_001, 0), 0);
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let odd = Scroll { top_px: odd, height_px: odd, row_px: odd, follow: false };
            viewport.scrolled(odd, 5, 10);
            let rows = viewport.rows(5, 10);
            assert!(rows.start <= rows.end && rows.end <= 10);
        }
    }
}
