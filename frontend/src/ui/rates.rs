//! How many messages were sent and received in each of the last 120 seconds.

use std::{collections::VecDeque, fmt::Write as _, rc::Rc};

use crate::ui::{
    language::Language,
    number::{grouped, tenths},
};

/// Seconds that are kept.
pub const SECONDS: usize = 120;
const SECOND_MS: f64 = 1_000.0;

/// What is drawn: two series of at most [`SECONDS`] counts, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Confirmed by the broker.
    pub sent: Rc<[u64]>,
    /// Delivered to this page.
    pub received: Rc<[u64]>,
}

/// See the module.
#[derive(Default)]
pub struct Rates {
    sent: VecDeque<u64>,
    received: VecDeque<u64>,
    /// The totals at the time of the last count.
    counted: Option<(f64, u64, u64)>,
    series: Series,
}

impl Rates {
    /// Takes the totals in, about once per second; a longer gap counts as that many seconds.
    pub fn tick(&mut self, sent: u64, received: u64, now_ms: f64) {
        let Some((at_ms, old_sent, old_received)) = self.counted else {
            self.counted = Some((now_ms, sent, received));
            return;
        };
        let seconds = ((now_ms - at_ms) / SECOND_MS).round();
        if (0.0..1.0).contains(&seconds) {
            return;
        }
        // A clock that was set back counts as a second.
        let gap = if seconds >= 1.0 { seconds as u64 } else { 1 };
        self.counted = Some((now_ms, sent, received));
        count(&mut self.sent, sent.saturating_sub(old_sent), gap);
        count(&mut self.received, received.saturating_sub(old_received), gap);
        self.series = Series {
            sent: self.sent.iter().copied().collect(),
            received: self.received.iter().copied().collect(),
        };
    }

    /// When the last second ended, in milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn counted_ms(&self) -> f64 {
        self.counted.map_or(0.0, |(at_ms, _, _)| at_ms)
    }

    /// See [`Series`].
    #[must_use]
    pub fn series(&self) -> Series {
        self.series.clone()
    }
}

fn count(ring: &mut VecDeque<u64>, number: u64, seconds: u64) {
    // Spread evenly, and none lost: a single message in a long gap counts too.
    let until =
        |second: u64| (u128::from(number) * u128::from(second) / u128::from(seconds)) as u64;
    for second in seconds.saturating_sub(SECONDS as u64)..seconds {
        if ring.len() == SECONDS {
            ring.pop_front();
        }
        ring.push_back(until(second + 1) - until(second));
    }
}

impl Series {
    /// The last second's numbers, sent and received.
    #[must_use]
    pub fn now(&self) -> (u64, u64) {
        let last = |series: &[u64]| series.last().copied().unwrap_or_default();
        (last(&self.sent), last(&self.received))
    }

    /// The highest number of both.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.sent.iter().chain(self.received.iter()).copied().max().unwrap_or_default()
    }

    /// The lines in words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let max = |series: &[u64]| grouped(series.iter().copied().max().unwrap_or_default());
        let (sent, received) = self.now();
        language.rates_in_words(
            &grouped(sent),
            &max(&self.sent),
            &grouped(received),
            &max(&self.received),
        )
    }
}

/// The path (SVG 2, section 9.3) of a bar for each of `counts`, the newest at the right, in a
/// picture of [`SECONDS`] × `height` units whose top is `max`. A count that is not 0 is seen.
#[must_use]
pub fn bars(counts: &[u64], max: u64, height: u64) -> String {
    let mut path = String::new();
    let left = SECONDS.saturating_sub(counts.len());
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let part = *count as f64 / max.max(1) as f64;
        let tall = tenths((height as f64 * part.clamp(0.0, 1.0)).max(1.0));
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {height}v-{tall}h.85v{tall}z", left + at);
    }
    path
}

/// The path (SVG 2, section 9.3) of a line through `counts`, the newest at the right, in a picture
/// of [`SECONDS`] × `height` units whose top is `max`.
#[must_use]
pub fn path(counts: &[u64], max: u64, height: u64) -> String {
    let mut path = String::new();
    let left = SECONDS.saturating_sub(counts.len());
    for (at, count) in counts.iter().enumerate() {
        let part = *count as f64 / max.max(1) as f64;
        let y = tenths(height as f64 * (1.0 - part.clamp(0.0, 1.0)));
        let command = if at == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {y}", left + at);
    }
    path
}
