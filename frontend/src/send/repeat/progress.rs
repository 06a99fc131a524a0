//! How far a run is, in numbers and in words.

use crate::ui::{
    language::Language,
    number::{grouped, tenths},
};

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// It makes messages.
    Making,
    /// It makes no more, and some are not through.
    Finishing {
        /// Whether it was stopped, and what waited in the outbox was withdrawn.
        stopped: bool,
    },
    /// Every message that it made is confirmed or has failed.
    Ended {
        /// How long it took, in milliseconds.
        ms: f64,
    },
}

/// How far a run is; `confirmed` + `failed` ≤ `made` ≤ `total`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// How many were wanted.
    pub total: u64,
    /// How many the outbox has got, but for those that were withdrawn.
    pub made: u64,
    /// How many the broker has confirmed.
    pub confirmed: u64,
    /// How many have failed.
    pub failed: u64,
    /// Messages that were withdrawn, and that a lost connection may have taken to their queue.
    pub unsure: u64,
    /// Confirmed in the last second, on average over the run once it has ended.
    pub per_second: u64,
    /// See [`Phase`].
    pub phase: Phase,
}

impl Progress {
    /// Whether Stop would do something.
    #[must_use]
    pub fn can_stop(&self) -> bool {
        matches!(self.phase, Phase::Making | Phase::Finishing { stopped: false })
    }

    /// The numbers: `12,034 of 100,000 confirmed · 10,200 per second`.
    #[must_use]
    pub fn numbers(&self, language: Language) -> String {
        let mut text = language.confirmed_of(&grouped(self.confirmed), &grouped(self.total));
        if self.failed > 0 {
            text.push_str(" · ");
            text.push_str(&language.failed_count(&grouped(self.failed)));
        }
        text.push_str(" · ");
        text.push_str(&language.count_per_second(&grouped(self.per_second)));
        text
    }

    /// What there is to know beside the numbers; `sends` is whether messages go out now.
    #[must_use]
    pub fn words(&self, sends: bool, language: Language) -> Option<String> {
        let open = self.made.saturating_sub(self.confirmed + self.failed);
        let cut_short = self.made < self.total;
        let words = match self.phase {
            _ if self.can_stop() && !sends => language.repeat_waits().to_owned(),
            Phase::Making => return None,
            Phase::Finishing { .. } if cut_short => language.repeat_stopping(self.made, open),
            Phase::Finishing { .. } => return None,
            Phase::Ended { .. } if cut_short && self.failed >= super::MAX_FAILED => {
                language.repeat_failed(self.made)
            }
            Phase::Ended { .. } if cut_short => language.repeat_stopped(self.made),
            Phase::Ended { ms } => language.done_in(&tenths(ms / 1_000.0)),
        };
        if self.unsure == 0 {
            return Some(words);
        }
        Some([words, language.may_be_in_queue(self.unsure)].join(language.between_sentences()))
    }
}

/// How many messages a run had made of how many when a reload of the tab ended it; `saved` is of
/// [`Repeat::save`](super::Repeat::save).
#[must_use]
pub fn ended(saved: &str) -> Option<(u64, u64)> {
    let (made, total) = saved.split_once(' ')?;
    let (made, total): (u64, u64) = (made.parse().ok()?, total.parse().ok()?);
    (made < total).then_some((made, total))
}
