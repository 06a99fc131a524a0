//! An exported file sent again: what is in it, which message is due, and how far it has got.
//!
//! The file is read in pieces, and a line only once the message before it was handed to the outbox.
//! So memory holds [`FEW_UNREAD_BYTES`] and a piece, one line of at most [`MAX_LINE_BYTES`] with its
//! message, and what waits in the outbox, which is bounded as well.

mod entry;
mod lines;
mod pauses;
mod plan;
mod preview;
mod progress;
mod survey;

use warren_protocol::{Body, Properties};

use super::{
    outbox::{Outbox, Tally},
    run::Run,
};
use crate::ui::preview::weight;

pub use entry::{Entry, LineError, LineWrong, Read, read};
pub use lines::{Line, Lines, MAX_LINE_BYTES};
pub use pauses::MAX_PAUSE_MS;
use pauses::{Times, Timing};
pub use plan::{Mistake, Pace, Plan, PlanForm};
pub use preview::{MAX_SHOWN, Preview};
pub use progress::Progress;
pub use survey::{Found, MAX_NAMES, OfQueue, Pauses, Survey};

/// Bytes of a piece of the file.
pub const PIECE_BYTES: usize = 512 * 1024;
/// The next piece is read when fewer bytes than this were not cut into lines yet.
pub const FEW_UNREAD_BYTES: usize = PIECE_BYTES / 2;

/// Why a replay has stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stopped {
    /// The user has stopped it.
    ByUser,
    /// A message failed.
    Failed,
    /// A line is no message.
    Line(LineError),
    /// A message is for a queue that the page may not use.
    Queue {
        /// Its line.
        line: u64,
        /// The queue.
        queue: String,
    },
    /// The file could not be read any further.
    File,
}

/// A message to be handed to the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// Where it goes.
    pub queue: String,
    /// What is sent.
    pub body: Body,
    /// They have a `message_id`.
    pub properties: Properties,
}

/// A replay; see the module.
#[derive(Debug)]
pub struct Replay {
    run: Run,
    plan: Plan,
    lines: Lines,
    times: Times,
    timing: Timing,
    /// The message that is next, and its [`weight`].
    next: Option<(Due, usize)>,
    /// The pause in the file before it.
    pause_ms: f64,
    /// How long it was to wait when that was last asked.
    waits_ms: f64,
    /// Lines that could not be sent, and were passed over.
    passed_over: u64,
    stopped: Option<Stopped>,
}

impl Replay {
    /// Starts a replay at `now_ms` of a file in which `found` was found.
    #[must_use]
    pub fn new(plan: Plan, found: &Found, now_ms: f64) -> Self {
        Self {
            run: Run::new(found.messages, now_ms),
            plan,
            lines: Lines::default(),
            times: Times::default(),
            timing: Timing::new(now_ms),
            next: None,
            pause_ms: 0.0,
            waits_ms: 0.0,
            passed_over: 0,
            stopped: None,
        }
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, piece: &[u8]) {
        if self.stopped.is_none() {
            self.lines.push(piece);
        }
    }

    /// The file has ended, or could not be read any further.
    pub fn finish(&mut self, readable: bool) {
        if readable {
            self.lines.end();
        } else {
            self.stop(Stopped::File);
        }
    }

    /// Where the next piece of the file begins.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.lines.pushed_bytes()
    }

    /// Whether the next piece of the file is wanted.
    #[must_use]
    pub fn wants_piece(&self) -> bool {
        self.stopped.is_none()
            && !self.lines.has_ended()
            && self.lines.unread_bytes() < FEW_UNREAD_BYTES
    }

    /// Makes no more. After the user's word or a failure, what waits in the outbox is withdrawn; what was
    /// handed in before a line that is wrong, or before the file could not be read, goes out.
    pub fn stop(&mut self, why: Stopped) {
        if self.has_ended() {
            return;
        }
        if matches!(why, Stopped::ByUser | Stopped::Failed) {
            self.run.withdraw();
        }
        self.stopped.get_or_insert(why);
        self.next = None;
        self.lines = Lines::default();
    }

    /// Whether there is more to make.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.stopped.is_none() && !(self.next.is_none() && self.lines.is_over())
    }

    /// Whether every message that it made is confirmed, has failed or was withdrawn, and it makes no more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.run.ended_ms().is_some()
    }

    /// How long to wait for the next message that is there, in milliseconds; none where there is none.
    /// The page may send to the queues `offered`.
    pub fn wait_ms(&mut self, offered: &[String], now_ms: f64) -> Option<f64> {
        self.read_on(offered);
        self.next.as_ref()?;
        let pause_ms = self.pause_before_next();
        self.waits_ms = pause_ms.map_or(0.0, |pause_ms| self.timing.wait_ms(pause_ms, now_ms));
        Some(self.waits_ms)
    }

    /// The bytes of the next message.
    #[must_use]
    pub fn next_bytes(&self) -> usize {
        self.next.as_ref().map_or(0, |(_, bytes)| *bytes)
    }

    /// The next message, to be handed in now. `message_id` is a new one.
    pub fn next(&mut self, message_id: String) -> Option<Due> {
        let (mut due, _) = self.next.take()?;
        if self.plan.new_ids {
            due.properties.message_id = Some(message_id);
        } else {
            due.properties.message_id.get_or_insert(message_id);
        }
        Some(due)
    }

    /// The outbox has taken it.
    pub fn handed_in(&mut self) {
        if let Some(pause_ms) = self.pause_before_next() {
            self.timing.handed_in(pause_ms);
        }
        self.pause_ms = 0.0;
        self.run.make();
    }

    /// Takes in what became of the messages so far, and withdraws what is not to go out any more; to be
    /// called whenever that may have changed.
    pub fn settle(&mut self, outbox: &mut Outbox, now_ms: f64) {
        if outbox.tally().failed > 0 && !self.plan.goes_on {
            self.stop(Stopped::Failed);
        }
        self.run.settle(self.is_making(), outbox, now_ms);
    }

    /// How far the replay is.
    #[must_use]
    pub fn progress(&self, tally: Tally) -> Progress {
        Progress {
            run: self.run.progress(self.is_making(), tally),
            wait_ms: self.waits_ms,
            passed_over: self.passed_over,
            stopped: self.stopped.clone(),
        }
    }

    /// See [`Run::save`].
    #[must_use]
    pub fn save(&self) -> Option<String> {
        self.run.save(self.is_making())
    }

    /// Reads lines until the next message is there. One that cannot be sent is passed over, or ends the
    /// run.
    fn read_on(&mut self, offered: &[String]) {
        while self.next.is_none() && self.stopped.is_none() {
            let Some(line) = self.lines.next() else { return };
            let entry = match read(&line) {
                Ok(Read::Message(entry)) => entry,
                Ok(Read::Delivered) => continue,
                Err(error) => {
                    self.pass_over(Stopped::Line(error));
                    continue;
                }
            };
            let pause_ms = self.times.pause(entry.at_ms).ms();
            // Pauses before messages that are passed over count, but the sum is no longer than one.
            self.pause_ms = (self.pause_ms + pause_ms).min(MAX_PAUSE_MS);
            let Entry { line, queue, body, properties, .. } = *entry;
            let queue = self.plan.queue.clone().unwrap_or(queue);
            if offered.contains(&queue) {
                let bytes = weight(&body, &properties);
                self.next = Some((Due { queue, body, properties }, bytes));
            } else {
                self.pass_over(Stopped::Queue { line, queue });
            }
        }
    }

    /// The pause before the next message; none where it goes as soon as it can.
    fn pause_before_next(&self) -> Option<f64> {
        match self.plan.pace {
            Pace::Fast => None,
            Pace::PerSecond(_) if self.run.made() == 0 => Some(0.0),
            Pace::PerSecond(count) => Some(1_000.0 / count.max(1) as f64),
            Pace::Original => Some(self.pause_ms),
        }
    }

    fn pass_over(&mut self, why: Stopped) {
        if self.plan.goes_on {
            self.passed_over += 1;
        } else {
            self.stop(why);
        }
    }
}
