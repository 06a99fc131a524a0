//! How many deliveries a consumer may hold, by the sizes that are seen. Pure.
//!
//! AMQP's prefetch counts messages, memory is bytes: 500 × 16 MiB would be 8 GB. To change a
//! consumer's prefetch another has to be started, so it is changed seldom, and `subscription.rs`
//! says when.

/// That of a stream, as RabbitMQ's documentation proposes.
const START_OF_STREAM: u16 = 100;

/// The prefetch before any size is known: with RabbitMQ 4's largest messages 512 MiB, of which no
/// more is let in than there is memory for, and few enough small ones.
const START: u16 = 32;

/// What the newest size weighs in the mean.
const WEIGHT: f64 = 1.0 / 16.0;

/// Deliveries after which a change that could not be made is tried again.
const PATIENCE: u32 = 2_000;

/// The prefetch of one consumer.
#[derive(Debug)]
pub(crate) struct Prefetch {
    /// What the session asks for.
    max: u16,
    /// What the deliveries may take, in bytes.
    share: usize,
    mean: Option<f64>,
    /// Deliveries since it was looked at last.
    seen: u32,
    /// Not before so many have been seen.
    wait_for: u32,
}

impl Prefetch {
    /// A prefetch of at most `max` deliveries and, but for one, `share` bytes.
    pub(crate) fn new(max: u16, share: usize) -> Self {
        Self { max: max.max(1), share, mean: None, seen: 0, wait_for: 0 }
    }

    /// The session asks for another maximum.
    pub(crate) fn set_max(&mut self, max: u16) {
        self.max = max.max(1);
        self.wait_for = 0;
    }

    /// Takes the mean size that others have seen in this queue, or forgets that of another queue.
    pub(crate) fn set_mean(&mut self, mean: Option<f64>) {
        self.mean = mean;
        self.seen = 0;
    }

    /// Takes the size of a delivery.
    pub(crate) fn observe(&mut self, bytes: usize) {
        let bytes = bytes as f64;
        self.mean = Some(self.mean.map_or(bytes, |mean| mean + (bytes - mean) * WEIGHT));
        self.seen = self.seen.saturating_add(1);
    }

    /// What to consume with.
    pub(crate) fn fitting(&self) -> u16 {
        let Some(mean) = self.mean else { return START.min(self.max) };
        let fitting = (self.share as f64 / mean.max(1.0)).clamp(1.0, f64::from(self.max));
        // Within 1 and `max`, so the cast keeps the value.
        fitting as u16
    }

    /// What to consume a stream with: that of its consumer stays, since an acknowledgement asks for
    /// one more message there.
    pub(crate) fn of_stream(&self) -> u16 {
        if self.mean.is_some() { self.fitting() } else { START_OF_STREAM.min(self.max) }
    }

    /// Whether `current` is wrong by a factor of 2 or more. It grows only after as many deliveries as
    /// it holds.
    pub(crate) fn is_wrong(&self, current: u16) -> bool {
        let fitting = self.fitting();
        let grows = fitting / 2 >= current && self.seen >= u32::from(current);
        let shrinks = fitting <= current / 2;
        (grows || shrinks) && self.seen >= self.wait_for
    }

    /// It was changed to `current`, which is less than fits where the session held some already.
    pub(crate) fn changed(&mut self, current: u16) {
        self.seen = 0;
        self.wait_for = if current < self.fitting() / 2 { PATIENCE } else { 0 };
    }

    /// It cannot be changed now.
    pub(crate) fn denied(&mut self) {
        self.seen = 0;
        self.wait_for = PATIENCE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE: usize = 32 * 1024 * 1024;

    fn after(max: u16, size: usize, deliveries: u16) -> u16 {
        let mut prefetch = Prefetch::new(max, SHARE);
        let mut current = prefetch.fitting();
        for _ in 0..deliveries {
            prefetch.observe(size);
            if prefetch.is_wrong(current) {
                current = prefetch.fitting();
                prefetch.changed(current);
            }
        }
        current
    }

    #[test]
    fn small_messages_get_what_was_asked_for() {
        assert_eq!(after(500, 100, START - 1), START);
        assert_eq!(after(500, 100, START), 500);
        assert_eq!(after(1, 100, 100), 1);
    }

    #[test]
    fn large_messages_stay_within_the_share() {
        assert_eq!(after(500, 5 * 1024 * 1024, 2), 6);
        assert_eq!(after(500, 64 * 1024 * 1024, 1), 1);
    }

    #[test]
    fn it_follows_sizes_that_change() {
        let mut prefetch = Prefetch::new(500, SHARE);
        prefetch.set_mean(Some(100.0));
        assert_eq!(prefetch.fitting(), 500);
        for _ in 0..40 {
            prefetch.observe(5 * 1024 * 1024);
        }
        assert!(prefetch.is_wrong(500));
        assert!(prefetch.fitting() <= 8);
    }

    #[test]
    fn what_was_denied_is_tried_again_much_later() {
        let mut prefetch = Prefetch::new(500, SHARE);
        prefetch.observe(100);
        prefetch.observe(100);
        assert!(prefetch.is_wrong(2));
        prefetch.denied();
        let again = (0..10_000).position(|_| {
            prefetch.observe(100);
            prefetch.is_wrong(2)
        });
        assert_eq!(again, Some(PATIENCE as usize - 1));
    }
}
