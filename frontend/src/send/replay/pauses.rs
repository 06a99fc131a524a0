//! The pauses between the messages of a file, and when the next message is due. No wait is longer than
//! the pause itself, whatever the file says and the machine's clock does.

use crate::send::run::CATCH_UP_MS;

/// The longest pause that is kept, in milliseconds; longer ones are cut to it.
pub const MAX_PAUSE_MS: f64 = 60.0 * 60_000.0;

/// What lies between a message and the one before it in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pause {
    /// So many milliseconds; 0 before the first message.
    Kept(f64),
    /// More than [`MAX_PAUSE_MS`].
    TooLong,
    /// The message is older than the one before it.
    Backwards,
    /// The message has no time.
    NoTime,
}

impl Pause {
    /// The milliseconds of it that are kept.
    pub(super) fn ms(self) -> f64 {
        match self {
            Self::Kept(ms) => ms,
            Self::TooLong => MAX_PAUSE_MS,
            Self::Backwards | Self::NoTime => 0.0,
        }
    }
}

/// The times of a file's messages, one after the other.
#[derive(Debug, Default)]
pub(super) struct Times {
    last_ms: Option<f64>,
}

impl Times {
    /// The pause before a message of this time.
    pub(super) fn pause(&mut self, at_ms: Option<f64>) -> Pause {
        let Some(at_ms) = at_ms else { return Pause::NoTime };
        // To the message before, not to the latest: one odd time must not take the pauses from all
        // that follow.
        match self.last_ms.replace(at_ms).map_or(0.0, |last_ms| at_ms - last_ms) {
            ms if ms < 0.0 => Pause::Backwards,
            ms if ms > MAX_PAUSE_MS => Pause::TooLong,
            ms => Pause::Kept(ms),
        }
    }
}

/// When the next message is due.
#[derive(Debug)]
pub(super) struct Timing {
    /// When the pause before it began.
    since_ms: f64,
}

impl Timing {
    pub(super) fn new(now_ms: f64) -> Self {
        Self { since_ms: now_ms }
    }

    /// How long to wait for a message before which lies a pause of `pause_ms`.
    pub(super) fn wait_ms(&mut self, pause_ms: f64, now_ms: f64) -> f64 {
        // A clock that was set back begins the pause anew.
        if self.since_ms > now_ms {
            self.since_ms = now_ms;
        }
        // Timers of hidden tabs are late. A longer gap is not made up for, as when the machine sleeps,
        // its clock is set ahead or RabbitMQ is away: the messages would come as a flood.
        self.since_ms = self.since_ms.max(now_ms - pause_ms - CATCH_UP_MS);
        (self.since_ms + pause_ms - now_ms).max(0.0)
    }

    /// The message was handed in.
    pub(super) fn handed_in(&mut self, pause_ms: f64) {
        self.since_ms += pause_ms;
    }
}
