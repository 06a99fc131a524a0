//! How far a replay is, in numbers and in words.

use super::Stopped;
use crate::{
    send::run::{self, Phase},
    ui::{language::Language, number::tenths, visible},
};

/// How far a replay is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How far its run is.
    pub run: run::Progress,
    /// While it makes messages, how long the next one is to wait, in milliseconds.
    pub wait_ms: f64,
    /// Lines that could not be sent.
    pub passed_over: u64,
    /// Why it has stopped before its end.
    pub stopped: Option<Stopped>,
}

/// A shorter wait is not worth a word.
const LONG_WAIT_MS: f64 = 2_000.0;

impl Progress {
    /// The numbers: `300 of 1,000 confirmed · 2 failed`.
    #[must_use]
    pub fn numbers(&self, language: Language) -> String {
        let mut parts = self.run.counts(language);
        if self.passed_over > 0 {
            parts.push(language.replay_passed_over(self.passed_over));
        }
        parts.join(" · ")
    }

    /// What there is to know beside the numbers; `sends` is whether messages go out now.
    #[must_use]
    pub fn words(&self, sends: bool, language: Language) -> Option<String> {
        let mut words = Vec::from_iter(self.stopped.as_ref().map(|why| why.words(language)));
        let run = &self.run;
        let left = run.total.saturating_sub(run.made + run.unsure);
        match run.phase {
            _ if run.waits(sends) => words.push(language.sending_waits().to_owned()),
            Phase::Making if self.wait_ms >= LONG_WAIT_MS => {
                words.push(language.replay_next_in(self.wait_ms));
            }
            Phase::Making => {}
            Phase::Finishing { .. } => words.push(language.replay_open_messages(run.open())),
            Phase::Ended { ms } if self.stopped.is_none() => {
                words.push(language.done_in(&tenths(ms / 1_000.0)));
            }
            Phase::Ended { .. } if left > 0 => words.push(language.replay_left(left)),
            Phase::Ended { .. } => {}
        }
        words.extend(run.unsure_words(language));
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
