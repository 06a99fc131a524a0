//! How many deliveries a consumer may hold, by the sizes that it sees. Pure.
//!
//! AMQP's prefetch counts messages, memory is bytes: 500 × 16 MiB would be 8 GB.

/// The window before any size is known.
const START: u16 = 32;

/// Window times mean size stays within this, in bytes.
const BYTES: f64 = 32.0 * 1024.0 * 1024.0;

/// What the newest size weighs in the mean.
const WEIGHT: f64 = 1.0 / 16.0;

/// The prefetch window of one consumer.
#[derive(Debug)]
pub(super) struct Window {
    most: u16,
    current: u16,
    mean: Option<f64>,
    /// Deliveries since the window has changed.
    seen: u16,
}

impl Window {
    /// A window that may grow to `most`, at least 1.
    pub(super) fn new(most: u16) -> Self {
        let most = most.max(1);
        Self { most, current: START.min(most), mean: None, seen: 0 }
    }

    /// The window to consume with now.
    pub(super) fn current(&self) -> u16 {
        self.current
    }

    /// Takes the size of a delivery.
    pub(super) fn observe(&mut self, bytes: usize) {
        let bytes = bytes as f64;
        self.mean = Some(self.mean.map_or(bytes, |mean| mean + (bytes - mean) * WEIGHT));
        self.seen = self.seen.saturating_add(1);
    }

    /// Changes the window where it is wrong by a factor of 2 or more, and tells whether it has.
    /// It grows only after as many deliveries as it holds.
    pub(super) fn adapt(&mut self) -> bool {
        let Some(mean) = self.mean else { return false };
        let fitting = (BYTES / mean.max(1.0)).clamp(1.0, f64::from(self.most));
        // Within 1 and `most`, so the cast keeps the value.
        let fitting = fitting as u16;
        let grow = fitting / 2 >= self.current && self.seen >= self.current;
        let shrink = fitting <= self.current / 2;
        if grow || shrink {
            self.current = fitting;
            self.seen = 0;
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(most: u16, size: usize, deliveries: u16) -> u16 {
        let mut window = Window::new(most);
        for _ in 0..deliveries {
            window.observe(size);
            window.adapt();
        }
        window.current()
    }

    #[test]
    fn small_messages_get_what_was_asked_for() {
        assert_eq!(after(500, 100, 31), 32);
        assert_eq!(after(500, 100, 32), 500);
        assert_eq!(after(40, 100, 100), 32);
        assert_eq!(after(1, 100, 100), 1);
    }

    #[test]
    fn large_messages_stay_within_32_mib() {
        assert_eq!(after(500, 5 * 1024 * 1024, 1), 6);
        assert_eq!(after(500, 64 * 1024 * 1024, 1), 1);
    }

    #[test]
    fn it_follows_sizes_that_change() {
        let mut window = Window::new(500);
        for _ in 0..32 {
            window.observe(100);
        }
        assert!(window.adapt());
        for _ in 0..40 {
            window.observe(5 * 1024 * 1024);
        }
        assert!(window.adapt());
        assert!(window.current() <= 8, "{}", window.current());
    }
}
