//! One message sent many times: how many, how fast, how many are due now, and how far it has got.
//!
//! A run hands messages to the outbox as fast as the broker confirms them: it never has more than
//! [`MAX_WAITING`] of them there, whatever its length, so that a million messages take no more
//! memory than a few thousand.

mod plan;
mod progress;

use warren_protocol::{Body, Properties};

use crate::send::{
    draft::Prepared,
    outbox::{Outbox, Withdrawn},
    placeholders::{Template, Values},
};

pub(super) use plan::whole;
pub use plan::{MAX_PER_SECOND, MAX_TOTAL, Mistake, Plan, PlanForm};
pub use progress::{Phase, Progress, ended};

/// A run makes no more while this many messages wait in the outbox: what the relay takes at once
/// by default, and as much again. Leaves room there for what is sent by hand.
pub const MAX_WAITING: usize = 4_000;
/// The same in bytes of messages; a single one may always wait.
pub const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;
/// Messages made in one go, so that no animation frame is late.
pub const MAX_BATCH: u64 = 1_000;
/// A run stops by itself after this many failures, since the rest would hardly fare better.
pub const MAX_FAILED: u64 = 100;
/// What a run at a steady rate makes up for, in milliseconds: timers of hidden tabs are late. A
/// longer gap, as when the machine sleeps or the broker is away, is not made up for.
pub const CATCH_UP_MS: f64 = 5_000.0;

/// What became of a run's messages, counted by the outbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The broker is responsible for them.
    pub confirmed: u64,
    /// Failed, and not sent again since.
    pub failed: u64,
}

/// A run; see the module.
#[derive(Debug)]
pub struct Repeat {
    plan: Plan,
    queue: Option<String>,
    template: Template,
    made: u64,
    /// Messages that were withdrawn and may have reached their queue all the same.
    unsure: u64,
    stopped: bool,
    /// When the next message is due, at a steady rate.
    due_ms: f64,
    started_ms: f64,
    ended_ms: Option<f64>,
    /// Where the speed is measured from.
    mark: (f64, u64),
    per_second: u64,
}

impl Repeat {
    /// Starts a run at `now_ms`, to `queue`, or to the relay's first.
    #[must_use]
    pub fn new(message: Prepared, queue: Option<String>, plan: Plan, now_ms: f64) -> Self {
        let template = if plan.numbered { Template::of(message) } else { Template::plain(message) };
        Self {
            plan,
            queue,
            template,
            made: 0,
            unsure: 0,
            stopped: false,
            due_ms: now_ms,
            started_ms: now_ms,
            ended_ms: None,
            mark: (now_ms, 0),
            per_second: 0,
        }
    }

    /// Makes no more, and what waits in the outbox is withdrawn.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether there is more to make.
    #[must_use]
    pub fn is_making(&self) -> bool {
        !self.stopped && self.made < self.plan.total
    }

    /// How many messages are to be made now, at most [`MAX_BATCH`].
    pub fn due(&mut self, now_ms: f64) -> u64 {
        if !self.is_making() {
            return 0;
        }
        let left = (self.plan.total - self.made).min(MAX_BATCH);
        let Some(every_ms) = self.plan.every_ms() else {
            return left;
        };
        // A clock that was set back or far ahead starts the beat anew.
        if self.due_ms - now_ms > every_ms || !self.due_ms.is_finite() {
            self.due_ms = now_ms;
        }
        self.due_ms = self.due_ms.max(now_ms - CATCH_UP_MS);
        if now_ms < self.due_ms {
            return 0;
        }
        (((now_ms - self.due_ms) / every_ms) as u64).saturating_add(1).min(left)
    }

    /// How long to wait until [`Repeat::due`] gives more, in milliseconds; none where it does
    /// not by itself.
    #[must_use]
    pub fn wait_ms(&self, now_ms: f64) -> Option<f64> {
        if !self.is_making() {
            return None;
        }
        let wait_ms = if self.plan.every_ms().is_some() { self.due_ms - now_ms } else { 0.0 };
        Some(wait_ms.max(0.0))
    }

    /// The next message, to be handed in now; `message_id` is a new UUID.
    pub fn next(&mut self, message_id: String, now_ms: f64) -> (Body, Properties) {
        self.made += 1;
        self.due_ms += self.plan.every_ms().unwrap_or(0.0);
        let values = Values { number: self.made, uuid: &message_id, now_ms };
        let Prepared { body, properties } = self.template.fill(values);
        (body, properties)
    }

    /// Where the messages go.
    #[must_use]
    pub fn queue(&self) -> Option<&String> {
        self.queue.as_ref()
    }

    /// The most that a body takes, in bytes.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        self.template.body_bytes()
    }

    /// Takes in what became of the messages so far, and withdraws what is not to go out any more; to be
    /// called whenever that may have changed.
    pub fn settle(&mut self, outbox: &mut Outbox, now_ms: f64) {
        if outbox.tally().failed >= MAX_FAILED {
            self.stopped = true;
        }
        if self.stopped && self.ended_ms.is_none() {
            let Withdrawn { messages, unsure } = outbox.withdraw_run();
            self.made = self.made.saturating_sub(messages);
            self.unsure += unsure;
        }
        let tally = outbox.tally();
        let pending = self.made.saturating_sub(tally.confirmed + tally.failed);
        if self.ended_ms.is_none() && !self.is_making() && pending == 0 {
            self.ended_ms = Some(now_ms);
        }
        self.measure(tally, now_ms);
    }

    /// What of the run a reload of the tab would end, for [`ended`].
    #[must_use]
    pub fn save(&self) -> String {
        if self.is_making() { format!("{} {}", self.made, self.plan.total) } else { String::new() }
    }

    /// How far the run is.
    #[must_use]
    pub fn progress(&self, tally: Tally) -> Progress {
        let phase = match self.ended_ms {
            _ if self.is_making() => Phase::Making,
            None => Phase::Finishing { stopped: self.stopped },
            Some(ended_ms) => Phase::Ended { ms: (ended_ms - self.started_ms).max(0.0) },
        };
        Progress {
            total: self.plan.total,
            made: self.made,
            confirmed: tally.confirmed,
            failed: tally.failed,
            unsure: self.unsure,
            per_second: self.per_second,
            phase,
        }
    }

    /// The speed of the last second or so, and of the whole run once it has ended.
    fn measure(&mut self, tally: Tally, now_ms: f64) {
        const SPAN_MS: f64 = 1_000.0;
        let (from_ms, from) = match self.ended_ms {
            Some(_) => (self.started_ms, 0),
            None => self.mark,
        };
        let span_ms = self.ended_ms.unwrap_or(now_ms) - from_ms;
        if self.ended_ms.is_none() && span_ms < SPAN_MS {
            return;
        }
        let count = tally.confirmed.saturating_sub(from) as f64;
        self.per_second = (count * 1_000.0 / span_ms.max(1.0)).round() as u64;
        self.mark = (now_ms, tally.confirmed);
    }
}
