//! An exported file sent again: what is in it, which message is due, and how far it has got.
//!
//! The file is read in pieces, and the next one only when most of the last was handed to the outbox:
//! memory holds a piece, the line that has begun, and what is in flight, whatever the file's size.

mod entry;
mod lines;
mod plan;
mod progress;
mod survey;

use std::collections::VecDeque;

use warren_protocol::{Body, Properties};

use crate::send::repeat::{CATCH_UP_MS, Tally};

pub use entry::{Entry, LineError, LineWrong, Read, read};
pub use lines::{Line, Lines, MAX_LINE_BYTES};
pub use plan::{Pace, Plan, PlanForm};
pub use progress::{Phase, Progress};
pub use survey::{Found, OfQueue, Survey};

/// Bytes of a piece of the file.
pub const PIECE_BYTES: usize = 512 * 1024;
/// The next piece is read when fewer messages wait than this.
const FEW_WAITING: usize = 500;

/// Why a run has stopped before its end.
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

/// A run; see the module.
#[derive(Debug)]
pub struct Replay {
    plan: Plan,
    total: u64,
    offered: Vec<String>,
    lines: Lines,
    waiting: VecDeque<Result<Entry, LineError>>,
    file_ended: bool,
    made: u64,
    /// Lines that could not be sent, and were passed over.
    passed_over: u64,
    stopped: Option<Stopped>,
    started_ms: f64,
    ended_ms: Option<f64>,
    /// When the next message is due, at a steady rate.
    due_ms: f64,
    /// The time of the first message in the file.
    first_ms: Option<f64>,
}

impl Replay {
    /// Starts a run at `now_ms` of a file in which `found` was found, where the page may send to the
    /// queues `offered`.
    #[must_use]
    pub fn new(plan: Plan, found: &Found, offered: &[String], now_ms: f64) -> Self {
        Self {
            plan,
            total: found.messages,
            offered: offered.to_vec(),
            lines: Lines::default(),
            waiting: VecDeque::new(),
            file_ended: false,
            made: 0,
            passed_over: 0,
            stopped: None,
            started_ms: now_ms,
            ended_ms: None,
            due_ms: now_ms,
            first_ms: None,
        }
    }

    /// Takes the next piece of the file.
    pub fn push(&mut self, piece: &[u8]) {
        let waiting = &mut self.waiting;
        self.lines.push(piece, |line| take(waiting, &line));
    }

    /// The file has ended, or could not be read any further.
    pub fn finish(&mut self, readable: bool) {
        let waiting = &mut self.waiting;
        if readable {
            self.lines.finish(|line| take(waiting, &line));
        } else {
            self.stopped.get_or_insert(Stopped::File);
        }
        self.file_ended = true;
    }

    /// Whether the next piece of the file is wanted.
    #[must_use]
    pub fn wants_piece(&self) -> bool {
        self.stopped.is_none() && !self.file_ended && self.waiting.len() < FEW_WAITING
    }

    /// Makes no more. What was handed in goes out all the same.
    pub fn stop(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
    }

    /// Whether there is more to make.
    #[must_use]
    pub fn is_making(&self) -> bool {
        self.stopped.is_none() && !(self.file_ended && self.waiting.is_empty())
    }

    /// How long to wait for the next message that is there, in milliseconds; none where there is none.
    #[must_use]
    pub fn wait_ms(&mut self, now_ms: f64) -> Option<f64> {
        if !self.is_making() {
            return None;
        }
        let entry = self.waiting.front()?.as_ref().ok();
        let due_ms = match (self.plan.pace, entry.and_then(|entry| entry.at_ms)) {
            (Pace::PerSecond(_), _) => self.due_ms,
            (Pace::Original, Some(at_ms)) => {
                let first_ms = *self.first_ms.get_or_insert(at_ms);
                self.started_ms + (at_ms - first_ms)
            }
            _ => now_ms,
        };
        Some((due_ms - now_ms).max(0.0))
    }

    /// The bytes of the next message's body.
    #[must_use]
    pub fn next_bytes(&self) -> usize {
        self.waiting
            .front()
            .and_then(|entry| entry.as_ref().ok())
            .map_or(0, |entry| entry.body.len())
    }

    /// The next message, to be handed in now; none where what came next is none, which may end the
    /// run. `message_id` is a new one.
    pub fn next(&mut self, message_id: String, now_ms: f64) -> Option<Due> {
        let entry = match self.waiting.pop_front()? {
            Ok(entry) => entry,
            Err(error) => {
                self.pass_over(Stopped::Line(error));
                return None;
            }
        };
        let queue = self.plan.queue.clone().unwrap_or(entry.queue);
        if !self.offered.contains(&queue) {
            self.pass_over(Stopped::Queue { line: entry.line, queue });
            return None;
        }
        if let Pace::PerSecond(count) = self.plan.pace {
            // Timers of hidden tabs are late; a longer gap is not made up for.
            self.due_ms = self.due_ms.max(now_ms - CATCH_UP_MS);
            self.due_ms += 1_000.0 / count.max(1) as f64;
        }
        let mut properties = entry.properties;
        if self.plan.new_ids {
            properties.message_id = Some(message_id);
        } else {
            properties.message_id.get_or_insert(message_id);
        }
        self.made += 1;
        Some(Due { queue, body: entry.body, properties })
    }

    /// Takes in what became of the messages so far; to be called whenever that may have changed.
    pub fn settle(&mut self, tally: Tally, now_ms: f64) {
        if tally.failed > 0 && !self.plan.goes_on {
            self.stop(Stopped::Failed);
        }
        let open = self.made.saturating_sub(tally.confirmed + tally.failed);
        if self.ended_ms.is_none() && !self.is_making() && open == 0 {
            self.ended_ms = Some(now_ms);
            self.waiting = VecDeque::new();
        }
    }

    /// How far the run is.
    #[must_use]
    pub fn progress(&self, tally: Tally) -> Progress {
        let phase = match self.ended_ms {
            _ if self.is_making() => Phase::Making,
            None => Phase::Finishing,
            Some(ended_ms) => Phase::Ended { ms: (ended_ms - self.started_ms).max(0.0) },
        };
        Progress {
            total: self.total,
            made: self.made,
            confirmed: tally.confirmed,
            failed: tally.failed,
            passed_over: self.passed_over,
            stopped: self.stopped.clone(),
            phase,
        }
    }

    /// What of the run a reload of the tab would end, for [`ended`](crate::send::repeat::ended).
    #[must_use]
    pub fn save(&self) -> String {
        if self.is_making() { format!("{} {}", self.made, self.total) } else { String::new() }
    }

    fn pass_over(&mut self, why: Stopped) {
        if self.plan.goes_on {
            self.passed_over += 1;
        } else {
            self.stop(why);
        }
    }
}

fn take(waiting: &mut VecDeque<Result<Entry, LineError>>, line: &Line) {
    match read(line) {
        Ok(Read::Message(entry)) => waiting.push_back(Ok(*entry)),
        Ok(Read::Delivered) => {}
        Err(error) => waiting.push_back(Err(error)),
    }
}
