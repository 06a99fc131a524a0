//! One message sent many times: how many, how fast, how many are due now, and how far it has got.
//!
//! A repeat hands messages to the outbox as fast as the broker confirms them, so that a million messages
//! take no more memory than a few thousand.

mod plan;
mod progress;

use warren_protocol::{Body, Properties};

use super::{
    draft::Prepared,
    outbox::{Outbox, Tally},
    placeholders::{Template, Values},
    run::{CATCH_UP_MS, MAX_BATCH, Run},
};

pub(super) use plan::whole;
pub use plan::{MAX_PER_SECOND, MAX_TOTAL, Mistake, Plan, PlanForm};
pub use progress::Progress;

/// A repeat stops by itself after this many failures, since the rest would hardly fare better.
pub const MAX_FAILED: u64 = 100;

/// A repeat; see the module.
#[derive(Debug)]
pub struct Repeat {
    run: Run,
    plan: Plan,
    queue: Option<String>,
    template: Template,
    /// When the next message is due, at a steady rate.
    due_ms: f64,
    /// Where the speed is measured from.
    mark: (f64, u64),
    per_second: u64,
}

impl Repeat {
    /// Starts a repeat at `now_ms`, to `queue`, or to the relay's first.
    #[must_use]
    pub fn new(message: Prepared, queue: Option<String>, plan: Plan, now_ms: f64) -> Self {
        let template = if plan.numbered { Template::of(message) } else { Template::plain(message) };
        Self {
            run: Run::new(plan.total, now_ms),
            plan,
            queue,
            template,
            due_ms: now_ms,
            mark: (now_ms, 0),
            per_second: 0,
        }
    }

    /// Makes no more, and what waits in the outbox is withdrawn.
    pub fn stop(&mut self) {
        self.run.withdraw();
    }

    /// Whether there is more to make.
    #[must_use]
    pub fn is_making(&self) -> bool {
        !self.run.withdraws() && self.run.made() < self.run.total()
    }

    /// How many messages are to be made now, at most [`MAX_BATCH`].
    pub fn due(&mut self, now_ms: f64) -> u64 {
        if !self.is_making() {
            return 0;
        }
        let left = (self.run.total() - self.run.made()).min(MAX_BATCH);
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
        self.run.make();
        self.due_ms += self.plan.every_ms().unwrap_or(0.0);
        let values = Values { number: self.run.made(), uuid: &message_id, now_ms };
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
            self.stop();
        }
        self.run.settle(self.is_making(), outbox, now_ms);
        self.measure(outbox.tally(), now_ms);
    }

    /// See [`Run::save`].
    #[must_use]
    pub fn save(&self) -> Option<String> {
        self.run.save(self.is_making())
    }

    /// How far the repeat is.
    #[must_use]
    pub fn progress(&self, tally: Tally) -> Progress {
        let run = self.run.progress(self.is_making(), tally);
        Progress { run, per_second: self.per_second }
    }

    /// The speed of the last second or so, and of the whole run once it has ended.
    fn measure(&mut self, tally: Tally, now_ms: f64) {
        const SPAN_MS: f64 = 1_000.0;
        let ended_ms = self.run.ended_ms();
        let (from_ms, from) = match ended_ms {
            Some(_) => (self.run.started_ms(), 0),
            None => self.mark,
        };
        let span_ms = ended_ms.unwrap_or(now_ms) - from_ms;
        if ended_ms.is_none() && span_ms < SPAN_MS {
            return;
        }
        let count = tally.confirmed.saturating_sub(from) as f64;
        self.per_second = (count * 1_000.0 / span_ms.max(1.0)).round() as u64;
        self.mark = (now_ms, tally.confirmed);
    }
}
