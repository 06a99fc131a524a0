//! How long the relay has been silent, told from how long the machine has slept: while it sleeps no
//! message arrives, and those that wait to be read get their time before the link counts as dead.
//! Until one has arrived nobody knows whether the link is.

use crate::connection::idle_timeout::IdleTimeout;

/// Ticks come every second; after a longer gap than this, in milliseconds, the machine or the tab was
/// asleep.
pub const ASLEEP_MS: f64 = 5_000.0;

/// What a tick has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The machine or the tab was asleep, and nothing was heard since.
    Slept,
    /// The link is dead.
    Dead,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Silence {
    heard_ms: f64,
    ticked_ms: Option<f64>,
    /// Nothing was heard since what waits was given its time.
    granted: bool,
    idle_timeout: IdleTimeout,
}

impl Silence {
    /// The relay was heard, or the wait for it begins.
    pub fn heard(&mut self, now_ms: f64) {
        (self.heard_ms, self.granted) = (now_ms, false);
    }

    /// Time passes; expected about once per second. `link` is there while there is a link, and says
    /// for how many milliseconds it has been open, if it is.
    pub fn tick(&mut self, link: Option<Option<f64>>, now_ms: f64) -> Option<Finding> {
        let gap = self.ticked_ms.replace(now_ms).map_or(0.0, |ticked_ms| now_ms - ticked_ms);
        let silent_ms = now_ms - self.heard_ms;
        let open_ms = link?;
        // A machine that is awake again may sleep again.
        self.granted &= gap > ASLEEP_MS;
        // Timers of a hidden tab are late as well, but messages are not.
        if gap > ASLEEP_MS && silent_ms > ASLEEP_MS && !self.granted {
            // Once: in a tab that is hidden for long, each tick is a minute late.
            (self.heard_ms, self.granted) = (now_ms, true);
            return Some(Finding::Slept);
        }
        self.idle_timeout.expired(open_ms, silent_ms).then_some(Finding::Dead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::idle_timeout::MIN_MS;

    const OPEN: Option<Option<f64>> = Some(Some(60_000.0));

    /// Ticks each second after `from_ms` up to `to_ms`.
    fn ticks(silence: &mut Silence, from_ms: f64, to_ms: f64) -> Option<Finding> {
        let seconds = ((to_ms - from_ms) / 1_000.0) as u32;
        (1..=seconds).find_map(|second| silence.tick(OPEN, from_ms + f64::from(second) * 1_000.0))
    }

    #[test]
    fn a_link_that_is_silent_for_too_long_is_dead() {
        let mut silence = Silence::default();
        silence.heard(1_000_000.0);
        assert_eq!(ticks(&mut silence, 1_000_000.0, 1_000_000.0 + MIN_MS), None);
        let late_ms = 1_000_000.0 + MIN_MS;
        assert_eq!(ticks(&mut silence, late_ms, late_ms + 1_000.0), Some(Finding::Dead));
    }

    #[test]
    fn a_machine_that_slept_is_told_once_and_what_waits_gets_its_time() {
        let mut silence = Silence::default();
        silence.heard(0.0);
        assert_eq!(ticks(&mut silence, 0.0, 2_000.0), None);
        // An hour later.
        let woke_ms = 3_600_000.0;
        assert_eq!(silence.tick(OPEN, woke_ms), Some(Finding::Slept));
        assert_eq!(ticks(&mut silence, woke_ms, woke_ms + MIN_MS), None);
        let late_ms = woke_ms + MIN_MS;
        assert_eq!(ticks(&mut silence, late_ms, late_ms + 1_000.0), Some(Finding::Dead));
    }

    #[test]
    fn a_dead_link_is_found_in_a_tab_whose_ticks_are_a_minute_apart() {
        let mut silence = Silence::default();
        silence.heard(0.0);
        assert_eq!(silence.tick(OPEN, 1_000.0), None);
        let tick = |silence: &mut Silence, minute: f64| silence.tick(OPEN, minute * 60_000.0);
        assert_eq!(tick(&mut silence, 1.0), Some(Finding::Slept));
        assert_eq!(tick(&mut silence, 2.0), Some(Finding::Dead));
        // The next one may be silent for twice as long, and is heard for a while.
        for minute in [3.0, 4.0, 5.0] {
            silence.heard(minute * 60_000.0 - 10_000.0);
            assert_eq!(tick(&mut silence, minute), Some(Finding::Slept));
        }
        assert_eq!(tick(&mut silence, 6.0), Some(Finding::Dead));
    }

    #[test]
    fn a_machine_that_sleeps_again_before_anything_is_heard_is_no_dead_link() {
        let mut silence = Silence::default();
        silence.heard(0.0);
        assert_eq!(silence.tick(OPEN, 1_000.0), None);
        assert_eq!(silence.tick(OPEN, 3_600_000.0), Some(Finding::Slept));
        assert_eq!(silence.tick(OPEN, 3_601_000.0), None);
        assert_eq!(silence.tick(OPEN, 7_200_000.0), Some(Finding::Slept));
    }

    #[test]
    fn a_link_that_was_heard_since_is_one() {
        let mut silence = Silence::default();
        silence.heard(0.0);
        silence.tick(OPEN, 1_000.0);
        // The tick of a hidden tab is a minute late, or the message was read before it.
        silence.heard(61_000.0 - ASLEEP_MS);
        assert_eq!(silence.tick(OPEN, 61_000.0), None);
    }

    #[test]
    fn the_first_tick_follows_on_no_other_and_without_a_link_none_tells_of_sleep() {
        let mut silence = Silence::default();
        silence.heard(1_000_000.0);
        assert_eq!(silence.tick(OPEN, 1_000_000.0 + ASLEEP_MS + 1.0), None);
        assert_eq!(silence.tick(None, 2_000_000.0), None);
        silence.heard(2_000_500.0);
        assert_eq!(silence.tick(Some(None), 2_001_000.0), None);
        assert_eq!(silence.tick(Some(None), 2_016_000.0), Some(Finding::Slept));
    }
}
