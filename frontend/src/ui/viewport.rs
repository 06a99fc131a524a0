//! Which rows of a long list are drawn. Rows have one fixed height; the list is anchored by
//! message numbers, so that it stays where it is while rows come and go above.

use std::ops::Range;

/// Rows drawn above and below what is seen, so that scrolling finds them there.
const OVERSCAN: usize = 12;

/// A list of rows, in the order of their numbers.
pub trait Rows {
    /// How many there are.
    fn len(&self) -> usize;
    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The number of the row at `index`.
    fn number(&self, index: usize) -> Option<u64>;
    /// How many rows come before the one with this number, or before where it would be.
    fn index(&self, number: u64) -> usize;
}

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
    /// Where that row is in the list.
    top_index: usize,
    /// Number of the newest row while it followed.
    seen: u64,
    moved: i64,
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
        Self { row_px: 28.0, fit: 40, follow: true, top: 0, top_index: 0, seen: 0, moved: 0 }
    }
}

impl Viewport {
    /// Takes in what the browser says about its list of `rows`.
    pub fn scrolled(&mut self, scroll: Scroll, rows: &dyn Rows) {
        let whole = |rows: f64| rows.clamp(0.0, 1e9) as usize;
        self.row_px = if scroll.row_px >= 1.0 { scroll.row_px } else { self.row_px };
        self.fit = (whole(scroll.height_px / self.row_px) + 1).min(1_000);
        if self.follow && !scroll.follow {
            self.seen = newest(rows);
        }
        self.follow = scroll.follow;
        // What follows is drawn the same wherever it is: each drawing scrolls it, which must not
        // ask for the next one.
        if !self.follow {
            self.top_index = whole(scroll.top_px / self.row_px).min(rows.len().saturating_sub(1));
            self.top = rows.number(self.top_index).unwrap_or(0);
        }
    }

    /// Keeps the first row in sight where it is after `rows` have changed.
    pub fn anchor(&mut self, rows: &dyn Rows) {
        let index = rows.index(self.top);
        if !self.follow {
            self.moved += index as i64 - self.top_index as i64;
        }
        self.top_index = index;
    }

    /// By how many rows the first row in sight has moved down since the page was opened, other
    /// than by scrolling. Negative where it moved up.
    #[must_use]
    pub fn moved(&self) -> i64 {
        self.moved
    }

    /// Keeps the newest row in sight again.
    pub fn follow(&mut self) {
        self.follow = true;
    }

    /// Brings the row with this number into sight, and says how many rows are above what is in
    /// sight then; nothing where it is there already.
    pub fn scroll_to(&mut self, number: u64, rows: &dyn Rows) -> Option<usize> {
        let index = rows.index(number);
        let top = self.top_index(rows);
        // The last row that fits may be cut off.
        let fit = self.fit.saturating_sub(2).max(1);
        if (top..top + fit).contains(&index) {
            return None;
        }
        let above = if index < top { index } else { (index + 1).saturating_sub(fit) };
        if self.follow {
            self.seen = newest(rows);
        }
        self.follow = false;
        self.top_index = above;
        self.top = rows.number(above).unwrap_or(0);
        Some(above)
    }

    /// Whether the newest row is kept in sight.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follow
    }

    /// The rows to draw, 0 being the first.
    #[must_use]
    pub fn range(&self, rows: &dyn Rows) -> Range<usize> {
        let top = self.top_index(rows);
        top.saturating_sub(OVERSCAN)..(top + self.fit + OVERSCAN).min(rows.len())
    }

    /// Rows that arrived since the list stopped to follow.
    #[must_use]
    pub fn unseen(&self, rows: &dyn Rows) -> u64 {
        if self.follow {
            return 0;
        }
        (rows.len() - rows.index(self.seen.saturating_add(1)).min(rows.len())) as u64
    }

    fn top_index(&self, rows: &dyn Rows) -> usize {
        let last_top = rows.len().saturating_sub(self.fit);
        if self.follow { last_top } else { rows.index(self.top).min(last_top) }
    }
}

fn newest(rows: &dyn Rows) -> u64 {
    rows.len().checked_sub(1).and_then(|last| rows.number(last)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Rows for Range<u64> {
        fn len(&self) -> usize {
            (self.end - self.start) as usize
        }

        fn number(&self, index: usize) -> Option<u64> {
            self.clone().nth(index)
        }

        fn index(&self, number: u64) -> usize {
            (number.clamp(self.start, self.end) - self.start) as usize
        }
    }

    fn scroll(top_px: f64, follow: bool) -> Scroll {
        Scroll { top_px, height_px: 200.0, row_px: 20.0, follow }
    }

    #[test]
    fn it_follows_the_newest_rows_and_draws_few() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(0.0, true), &(1..1));
        assert_eq!(viewport.range(&(1..100_001)), 99_977..100_000);
        assert_eq!(viewport.range(&(1..4)), 0..3);
        assert_eq!(viewport.unseen(&(1..100_001)), 0);
        let drawn = viewport.clone();
        viewport.scrolled(scroll(2_000_000.0, true), &(1..100_002));
        assert_eq!(viewport, drawn, "it has followed, and need not be drawn for that");
    }

    #[test]
    fn scrolled_away_it_stays_and_counts_what_is_new() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(10_000.0, false), &(1..1_001));
        assert_eq!(viewport.range(&(1..1_001)), 488..523);
        assert_eq!(viewport.unseen(&(1..1_013)), 12);
        // 100 rows were dropped above: the same messages are drawn.
        viewport.anchor(&(101..1_013));
        assert_eq!(viewport.range(&(101..1_013)), 388..423);
        assert_eq!(viewport.moved(), -100);
        // Older ones that a search has found come above.
        viewport.anchor(&(1..1_013));
        assert_eq!(viewport.moved(), 0);
        viewport.follow();
        assert_eq!(viewport.unseen(&(101..1_013)), 0);
        viewport.anchor(&(101..1_013));
        assert_eq!(viewport.moved(), 0);
    }

    #[test]
    fn a_row_out_of_sight_is_brought_into_sight_by_the_shortest_way() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(10_000.0, false), &(1..1_001));
        assert_eq!(viewport.scroll_to(501, &(1..1_001)), None);
        assert_eq!(viewport.scroll_to(500, &(1..1_001)), Some(499));
        assert_eq!(viewport.scroll_to(600, &(1..1_001)), Some(591));
        assert_eq!(viewport.scroll_to(600, &(1..1_001)), None);
        assert_eq!(viewport.scroll_to(u64::MAX, &(1..1)), None);
    }

    #[test]
    fn a_cleared_list_draws_nothing_and_odd_numbers_do_no_harm() {
        let mut viewport = Viewport::default();
        viewport.scrolled(scroll(10_000.0, false), &(1..1_001));
        viewport.anchor(&(1_001..1_001));
        assert_eq!(viewport.range(&(1_001..1_001)), 0..0);
        assert_eq!(viewport.unseen(&(1_001..1_001)), 0);
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let odd = Scroll { top_px: odd, height_px: odd, row_px: odd, follow: false };
            viewport.scrolled(odd, &(5..15));
            let rows = viewport.range(&(5..15));
            assert!(rows.start <= rows.end && rows.end <= 10);
        }
    }
}
