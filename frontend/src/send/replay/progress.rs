//! How far a replay is, in numbers and in words.

use super::Stopped;
use crate::ui::{
    language::Language,
    number::{grouped, tenths},
    visible,
};

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// It makes messages.
    Making {
        /// How long the next one is to wait, in milliseconds.
        wait_ms: f64,
    },
    /// It makes no more, and some are not through.
    Finishing {
        /// Whether what waited in the outbox was withdrawn.
        withdrawn: bool,
    },
    /// Every message that it made is confirmed or has failed.
    Ended {
        /// How long it took, in milliseconds.
        ms: f64,
    },
}

/// How far a run is; `confirmed` + `failed` ≤ `made`, and `made` ≤ `total` unless the file has changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Messages of the file.
    pub total: u64,
    /// How many the outbox has got, but for those that were withdrawn.
    pub made: u64,
    /// How many RabbitMQ has confirmed.
    pub confirmed: u64,
    /// How many have failed.
    pub failed: u64,
    /// Lines that could not be sent.
    pub passed_over: u64,
    /// Messages that were withdrawn, and that a lost connection may have taken to their queue.
    pub unsure: u64,
    /// Why it has stopped before its end.
    pub stopped: Option<Stopped>,
    /// See [`Phase`].
    pub phase: Phase,
}

/// A shorter wait is not worth a word.
const LONG_WAIT_MS: f64 = 2_000.0;

impl Progress {
    /// Whether Stop would do something.
    #[must_use]
    pub fn can_stop(&self) -> bool {
        matches!(self.phase, Phase::Making { .. } | Phase::Finishing { withdrawn: false })
    }

    /// The numbers: `300 of 1,000 confirmed · 2 failed`.
    #[must_use]
    pub fn numbers(&self, language: Language) -> String {
        let mut parts = vec![language.confirmed_of(&grouped(self.confirmed), &grouped(self.total))];
        if self.failed > 0 {
            parts.push(language.failed_count(&grouped(self.failed)));
        }
        if self.passed_over > 0 {
            parts.push(language.replay_passed_over(self.passed_over));
        }
        parts.join(" · ")
    }

    /// What there is to know beside the numbers; `sends` is whether messages go out now.
    #[must_use]
    pub fn words(&self, sends: bool, language: Language) -> Option<String> {
        let mut words = Vec::from_iter(self.stopped.as_ref().map(|why| why.words(language)));
        let open = self.made.saturating_sub(self.confirmed + self.failed);
        let left = self.total.saturating_sub(self.made + self.unsure);
        match self.phase {
            // What is on its way is not waiting.
            Phase::Making { .. } | Phase::Finishing { withdrawn: false } if !sends => {
                words.push(language.repeat_waits().to_owned());
            }
            Phase::Making { wait_ms } if wait_ms >= LONG_WAIT_MS => {
                words.push(language.replay_next_in(wait_ms));
            }
            Phase::Making { .. } => {}
            Phase::Finishing { .. } => words.push(language.replay_open_messages(open)),
            Phase::Ended { ms } if self.stopped.is_none() => {
                words.push(language.done_in(&tenths(ms / 1_000.0)));
            }
            Phase::Ended { .. } if left > 0 => words.push(language.replay_left(left)),
            Phase::Ended { .. } => {}
        }
        if self.unsure > 0 {
            words.push(language.may_be_in_queue(self.unsure));
        }
        (!words.is_empty()).then(|| words.join(language.between_sentences()))
    }
}

impl Stopped {
    /// Why, in words.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        match self {
            Self::ByUser => language.replay_stopped().to_owned(),
            Self::Failed => language.replay_stopped_failed().to_owned(),
            Self::Line(error) => language.replay_stopped_line(&error.words(language)),
            Self::Queue { line, queue } if queue.is_empty() => {
                language.replay_stopped_unnamed(*line)
            }
            Self::Queue { line, queue } => {
                language.replay_stopped_queue(*line, &visible::name(queue))
            }
            Self::File => language.replay_stopped_file().to_owned(),
        }
    }
}
