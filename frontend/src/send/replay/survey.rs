//! What is in an exported file, found out before anything of it is sent.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    entry::{LineError, Read, read},
    lines::{Line, Lines},
    pauses::{Pause, Times},
};
use crate::ui::visible;

/// Names of queues, and of what is left out, that are told apart; a file with more is no export of
/// Warren's.
pub const MAX_NAMES: usize = 1_000;

/// What the file has for one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfQueue {
    /// So many messages.
    pub messages: u64,
    /// The line of the first.
    pub first_line: u64,
}

/// The pauses between the messages of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pauses {
    /// All that are kept, in milliseconds.
    pub ms: f64,
    /// So many are longer than [`MAX_PAUSE_MS`](super::MAX_PAUSE_MS), and are cut to it.
    pub too_long: u64,
    /// Messages that are older than the one before them.
    pub backwards: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Survey {
    lines: Lines,
    times: Times,
    found: Found,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Messages that can be sent.
    pub messages: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
    /// The largest of them.
    pub largest: usize,
    /// By the queue that they were in, for the first [`MAX_NAMES`] queues.
    pub queues: BTreeMap<String, OfQueue>,
    /// Messages of further queues.
    pub further: u64,
    /// Deliveries that were watched, which are not sent.
    pub delivered: u64,
    /// Lines that are no message.
    pub wrong: u64,
    /// The first of them.
    pub first_wrong: Option<LineError>,
    /// The names of what is left out of some, as they are shown.
    pub left_out: BTreeSet<String>,
    /// Messages without a time.
    pub timeless: u64,
    /// When the first message was received, and the last, in milliseconds since 1970-01-01 UTC.
    pub times_ms: Option<(f64, f64)>,
    /// What "original pauses" would keep.
    pub pauses: Pauses,
}

impl Survey {
    /// Takes the next piece of the file.
    pub fn push(&mut self, piece: &[u8]) {
        self.lines.push(piece);
        self.read_on();
    }

    /// The file has ended.
    #[must_use]
    pub fn finish(mut self) -> Found {
        self.lines.end();
        self.read_on();
        self.found
    }

    /// Where the next piece of the file begins.
    #[must_use]
    pub fn at(&self) -> u64 {
        self.lines.pushed_bytes()
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> &Found {
        &self.found
    }

    fn read_on(&mut self) {
        for line in self.lines.by_ref() {
            self.found.line(&line, &mut self.times);
        }
    }
}

impl Found {
    fn line(&mut self, line: &Line, times: &mut Times) {
        let entry = match read(line) {
            Ok(Read::Message(entry)) => entry,
            Ok(Read::Delivered) => {
                self.delivered += 1;
                return;
            }
            Err(error) => {
                self.wrong += 1;
                self.first_wrong.get_or_insert(error);
                return;
            }
        };
        self.messages += 1;
        self.bytes += entry.body.len() as u64;
        self.largest = self.largest.max(entry.body.len());
        if let Some(queue) = self.queues.get_mut(&entry.queue) {
            queue.messages += 1;
        } else if self.queues.len() < MAX_NAMES {
            self.queues.insert(entry.queue, OfQueue { messages: 1, first_line: entry.line });
        } else {
            self.further += 1;
        }
        for name in entry.left_out {
            if self.left_out.len() < MAX_NAMES {
                self.left_out.insert(visible::name(&name));
            }
        }
        let pause = times.pause(entry.at_ms);
        self.pauses.ms += pause.ms();
        self.pauses.too_long += u64::from(pause == Pause::TooLong);
        self.pauses.backwards += u64::from(pause == Pause::Backwards);
        match (entry.at_ms, &mut self.times_ms) {
            (None, _) => self.timeless += 1,
            (Some(at_ms), None) => self.times_ms = Some((at_ms, at_ms)),
            (Some(at_ms), Some((first, last))) => {
                (*first, *last) = (first.min(at_ms), last.max(at_ms));
            }
        }
    }

    /// Queues of the file that are none of `offered`, each with its messages.
    pub fn unknown<'a>(
        &'a self,
        offered: &'a [String],
    ) -> impl Iterator<Item = (&'a str, OfQueue)> + 'a {
        let queues = self.queues.iter().map(|(name, of)| (name.as_str(), *of));
        queues.filter(|(name, _)| !offered.iter().any(|offered| offered == name))
    }
}
