//! What a repeat and a replay have in common: how many messages they hand to the outbox, what became of
//! these, how Stop ends them, and what is kept of them for a reload.

use super::outbox::{Outbox, Tally, Withdrawn};
use crate::ui::{language::Language, number::grouped};

/// Messages made in one go, so that no animation frame is late.
pub const MAX_BATCH: u64 = 1_000;
/// What a run at a steady rate makes up for, in milliseconds: timers of hidden tabs are late. A
/// longer gap, as when the machine sleeps or the broker is away, is not made up for.
pub const CATCH_UP_MS: f64 = 5_000.0;

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Phase {
    /// It makes messages.
    Making,
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

/// How far a run is; `confirmed` + `failed` ≤ `made`, and `made` ≤ `total` unless a replay's file has
/// changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// How many there are to be.
    pub total: u64,
    /// How many the outbox has got, but for those that were withdrawn.
    pub made: u64,
    /// How many the broker has confirmed.
    pub confirmed: u64,
    /// How many have failed.
    pub failed: u64,
    /// Messages that were withdrawn, and that a lost connection may have taken to their queue.
    pub unsure: u64,
    /// See [`Phase`].
    pub phase: Phase,
}

impl Progress {
    /// Whether Stop would do something.
    #[must_use]
    pub fn can_stop(&self) -> bool {
        matches!(self.phase, Phase::Making | Phase::Finishing { withdrawn: false })
    }

    /// Whether messages are made now.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.phase == Phase::Making
    }

    /// Whether messages are made now, or are not through.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !matches!(self.phase, Phase::Ended { .. })
    }

    /// How many are not through.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.made.saturating_sub(self.confirmed + self.failed)
    }

    /// Whether it waits for messages to go out; `sends` is whether they do now. What is on its way is not
    /// waiting.
    #[must_use]
    pub fn waits(&self, sends: bool) -> bool {
        self.can_stop() && !sends
    }

    /// The counts: `300 of 1,000 confirmed`, and `2 failed` where some have.
    #[must_use]
    pub fn counts(&self, language: Language) -> Vec<String> {
        let mut counts =
            vec![language.confirmed_of(&grouped(self.confirmed), &grouped(self.total))];
        if self.failed > 0 {
            counts.push(language.failed_count(&grouped(self.failed)));
        }
        counts
    }

    /// What there is to know of those that may be in their queue though they were withdrawn.
    #[must_use]
    pub fn unsure_words(&self, language: Language) -> Option<String> {
        (self.unsure > 0).then(|| language.may_be_in_queue(self.unsure))
    }
}

/// A run: counts of its messages, and how it ends.
#[derive(Debug)]
pub struct Run {
    total: u64,
    made: u64,
    /// Messages that were withdrawn and may have reached their queue all the same.
    unsure: u64,
    /// Whether what waits in the outbox is withdrawn.
    withdraws: bool,
    started_ms: f64,
    ended_ms: Option<f64>,
}

impl Run {
    /// Starts one of `total` messages at `now_ms`.
    #[must_use]
    pub fn new(total: u64, now_ms: f64) -> Self {
        Self { total, made: 0, unsure: 0, withdraws: false, started_ms: now_ms, ended_ms: None }
    }

    /// How many there are to be.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many were made, but for those that were withdrawn.
    #[must_use]
    pub fn made(&self) -> u64 {
        self.made
    }

    /// One more is made.
    pub fn make(&mut self) {
        self.made += 1;
    }

    /// What waits in the outbox is withdrawn, from the next [`Run::settle`] on.
    pub fn withdraw(&mut self) {
        self.withdraws = true;
    }

    /// Whether what waits in the outbox is withdrawn.
    #[must_use]
    pub fn withdraws(&self) -> bool {
        self.withdraws
    }

    /// When it started, in milliseconds.
    #[must_use]
    pub fn started_ms(&self) -> f64 {
        self.started_ms
    }

    /// When every message that it made was confirmed, had failed or was withdrawn, and it made no more.
    #[must_use]
    pub fn ended_ms(&self) -> Option<f64> {
        self.ended_ms
    }

    /// Takes in what became of the messages so far, and withdraws what is not to go out any more; to be
    /// called whenever that may have changed. `makes` is whether there is more to make.
    pub fn settle(&mut self, makes: bool, outbox: &mut Outbox, now_ms: f64) {
        if self.ended_ms.is_some() {
            return;
        }
        if self.withdraws {
            let Withdrawn { messages, unsure } = outbox.withdraw_run();
            self.made = self.made.saturating_sub(messages);
            self.unsure += unsure;
        }
        let Tally { confirmed, failed } = outbox.tally();
        if !makes && self.made <= confirmed + failed {
            self.ended_ms = Some(now_ms);
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self, makes: bool, tally: Tally) -> Progress {
        let phase = match self.ended_ms {
            _ if makes => Phase::Making,
            None => Phase::Finishing { withdrawn: self.withdraws },
            Some(ended_ms) => Phase::Ended { ms: (ended_ms - self.started_ms).max(0.0) },
        };
        Progress {
            total: self.total,
            made: self.made,
            confirmed: tally.confirmed,
            failed: tally.failed,
            unsure: self.unsure,
            phase,
        }
    }

    /// What of it a reload of the tab would end, for [`ended`]; nothing where it does not make messages.
    #[must_use]
    pub fn save(&self, makes: bool) -> Option<String> {
        makes.then(|| format!("{} {}", self.made, self.total))
    }
}

/// How many messages a run had made of how many when a reload of the tab ended it; `saved` is of
/// [`Run::save`].
#[must_use]
pub fn ended(saved: &str) -> Option<(u64, u64)> {
    let (made, total) = saved.split_once(' ')?;
    let (made, total): (u64, u64) = (made.parse().ok()?, total.parse().ok()?);
    (made < total).then_some((made, total))
}
