//! What one session publishes, from being accepted to being answered once. Pure: [`Confirms::on`]
//! takes what has happened and says what to do; `publisher.rs` does it.
//!
//! **Returns are matched by message, not by confirm.** lapin attaches a returned message to
//! whichever confirm completes next, so that a confirm which carries somebody else's return does
//! not tell whether its own message was returned: that return may be attached to a later one. It is
//! certain once every message that was seen to be returned is acknowledged as well.
//!
//! **One bad message fails alone.** Where the broker closes the channel over a message, what was in
//! flight is answered as perhaps lost, and each of it is published alone when it comes again, so
//! that the culprit is found within its session.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet, VecDeque};

use warren_protocol::{Detail, FailReason, Failure};

/// What a message is told by. The body's hash stands in where there is no message id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) queue: String,
    pub(crate) message_id: Option<String>,
    pub(crate) body: Option<u64>,
}

/// A message that was accepted; `M` is what it takes to publish it.
#[derive(Debug)]
pub(crate) struct Accepted<M> {
    /// The session's id of it.
    pub(crate) id: u64,
    /// Bytes of its body.
    pub(crate) bytes: usize,
    pub(crate) key: Key,
    pub(crate) message: M,
}

/// The broker's answer for a message, as lapin passes it on.
#[derive(Debug, Clone)]
pub(crate) struct Confirm {
    /// The message's number, from [`Command::Publish`].
    pub(crate) number: u64,
    /// `basic.ack`, not `basic.nack`.
    pub(crate) acked: bool,
    /// Some message that the broker has returned, and why in its words.
    pub(crate) returned: Option<(Key, String)>,
}

/// Why a channel is gone, or could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The connection is gone: what was in flight may or may not be in its queue.
    Connection(Detail),
    /// No channel could be had, for this reason.
    NoChannel(Detail),
    /// The broker has closed the channel over something that was published on it.
    OverMessage(Detail),
    /// The broker has closed the channel over the size of a message; it takes this many bytes.
    OverSize { max: usize, detail: Detail },
    /// The broker lets the relay's user publish nothing.
    Forbidden(Detail),
}

#[derive(Debug)]
pub(crate) enum Input<M> {
    /// The session sends these, in this order.
    Accepted(Vec<Accepted<M>>),
    /// A channel in confirm mode is there.
    Opened,
    /// Everything that was resolved since the last time, in any order.
    Confirmed(Vec<Confirm>),
    /// There is no channel, or none any more.
    Lost(Lost),
    /// Whether the broker takes messages (`connection.blocked`).
    Flow(bool),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<M> {
    /// Open a channel: [`Input::Opened`] or [`Input::Lost`] follows.
    Open,
    /// Publish on the channel, in this order; the number names it in [`Confirm`].
    Publish(u64, M),
    /// Tell the session what became of its message.
    Answer { id: u64, bytes: usize, result: Result<(), Failure> },
    /// A queue seems to be gone.
    Returned(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    NoChannel,
    Opening,
    Open,
}

#[derive(Debug)]
struct InFlight {
    id: u64,
    bytes: usize,
    key: Key,
    /// The broker has returned it, in these words.
    returned: Option<String>,
    /// Acknowledged (or not, if `false`), but it may turn out to be returned.
    acked: Option<bool>,
}

/// The state machine of one publishing session; `M` is a message.
#[derive(Debug)]
pub(crate) struct Confirms<M> {
    phase: Phase,
    flows: bool,
    waiting: VecDeque<Accepted<M>>,
    /// By order of publishing; numbers are never used again.
    in_flight: BTreeMap<u64, InFlight>,
    next_number: u64,
    /// In flight, acknowledged and not answered.
    undecided: usize,
    /// What was in flight when the broker closed the channel over one message of it.
    suspects: HashSet<Key>,
    /// A suspect is in flight, alone.
    alone: bool,
}

impl<M> Default for Confirms<M> {
    fn default() -> Self {
        Self {
            phase: Phase::NoChannel,
            flows: true,
            waiting: VecDeque::new(),
            in_flight: BTreeMap::new(),
            next_number: 0,
            undecided: 0,
            suspects: HashSet::new(),
            alone: false,
        }
    }
}

impl<M> Confirms<M> {
    /// Whether nothing is to be answered.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// The channel was closed because nothing was published for a while.
    pub(crate) fn channel_closed(&mut self) {
        if self.is_idle() {
            self.phase = Phase::NoChannel;
        }
    }

    /// Takes what has happened, and says what to do, in this order.
    pub(crate) fn on(&mut self, input: Input<M>) -> Vec<Command<M>> {
        let mut commands = Vec::new();
        match input {
            Input::Accepted(messages) => self.waiting.extend(messages),
            // A late one of a channel that was given up is no channel.
            Input::Opened if self.phase == Phase::Opening => self.phase = Phase::Open,
            Input::Opened => {}
            Input::Confirmed(confirms) => self.confirmed(confirms, &mut commands),
            Input::Lost(why) => self.lost(&why, &mut commands),
            Input::Flow(flows) => self.flows = flows,
        }
        self.publish(&mut commands);
        commands
    }

    /// Publishes what waits, a suspect only while nothing else is in flight.
    fn publish(&mut self, commands: &mut Vec<Command<M>>) {
        if self.phase == Phase::NoChannel && !self.waiting.is_empty() {
            self.phase = Phase::Opening;
            commands.push(Command::Open);
        }
        if self.phase != Phase::Open || !self.flows {
            return;
        }
        while let Some(next) = self.waiting.front() {
            let suspect = !self.suspects.is_empty() && self.suspects.contains(&next.key);
            if (suspect || self.alone) && !self.in_flight.is_empty() {
                return;
            }
            let Some(Accepted { id, bytes, key, message }) = self.waiting.pop_front() else {
                return;
            };
            self.alone = suspect && self.suspects.remove(&key);
            let number = self.next_number;
            self.next_number += 1;
            self.in_flight.insert(number, InFlight { id, bytes, key, returned: None, acked: None });
            commands.push(Command::Publish(number, message));
        }
    }

    fn confirmed(&mut self, confirms: Vec<Confirm>, commands: &mut Vec<Command<M>>) {
        let mut certain = Vec::with_capacity(confirms.len());
        for Confirm { number, acked, returned } in confirms {
            if let Some(message) = self.in_flight.get_mut(&number)
                && message.acked.is_none()
            {
                message.acked = Some(acked);
                self.undecided += 1;
            }
            match returned {
                Some((key, words)) => self.mark_returned(&key, &words),
                None => certain.push(number),
            }
        }
        for number in certain {
            self.answer(number, commands);
        }
        if self.undecided > 0 {
            self.answer_after_returns(commands);
        }
    }

    /// Where several in flight are told by the same key, it may be any of them: so none is claimed to
    /// be in its queue.
    fn mark_returned(&mut self, key: &Key, words: &str) {
        for message in self.in_flight.values_mut().filter(|message| message.key == *key) {
            message.returned.get_or_insert_with(|| words.to_owned());
        }
    }

    fn answer_after_returns(&mut self, commands: &mut Vec<Command<M>>) {
        let run_is_over = self
            .in_flight
            .values()
            .all(|message| message.returned.is_none() || message.acked.is_some());
        let numbers: Vec<u64> = self
            .in_flight
            .iter()
            .filter(|(_, message)| {
                message.acked.is_some() && (run_is_over || message.returned.is_some())
            })
            .map(|(number, _)| *number)
            .collect();
        for number in numbers {
            self.answer(number, commands);
        }
    }

    fn answer(&mut self, number: u64, commands: &mut Vec<Command<M>>) {
        let Some(message) = self.in_flight.remove(&number) else { return };
        self.undecided -= usize::from(message.acked.is_some());
        let InFlight { id, bytes, key, returned, acked } = message;
        let result = match (returned, acked) {
            (Some(words), _) => {
                commands.push(Command::Returned(key.queue.clone()));
                let detail = Detail::Unroutable { queue: key.queue, words };
                Err(failure(id, FailReason::Returned, detail, true))
            }
            (None, Some(false)) => {
                let detail = Detail::NotTaken { queue: key.queue };
                Err(failure(id, FailReason::Nacked, detail, true))
            }
            (None, _) => Ok(()),
        };
        commands.push(Command::Answer { id, bytes, result });
    }

    /// Nothing that is in flight can be confirmed any more.
    fn lost(&mut self, why: &Lost, commands: &mut Vec<Command<M>>) {
        self.phase = Phase::NoChannel;
        self.undecided = 0;
        self.alone = false;
        let in_flight = std::mem::take(&mut self.in_flight);
        let culprit_is_found = in_flight.len() == 1;
        if matches!(why, Lost::OverMessage(_)) && !culprit_is_found {
            self.suspects.clear();
        }
        for message in in_flight.into_values() {
            let InFlight { id, bytes, key, returned, .. } = message;
            let failure = match (returned, why) {
                (Some(words), _) => {
                    let detail = Detail::Unroutable { queue: key.queue, words };
                    failure(id, FailReason::Returned, detail, true)
                }
                (None, Lost::Forbidden(detail)) => {
                    failure(id, FailReason::Refused, detail.clone(), false)
                }
                (None, Lost::OverMessage(detail)) if culprit_is_found => {
                    failure(id, FailReason::Refused, detail.clone(), false)
                }
                (None, Lost::OverSize { max, detail }) if bytes > *max => {
                    failure(id, FailReason::Refused, detail.clone(), false)
                }
                (None, Lost::OverMessage(detail)) => {
                    self.suspects.insert(key);
                    failure(id, FailReason::BrokerDown, detail.clone(), true)
                }
                (
                    None,
                    Lost::OverSize { detail, .. }
                    | Lost::Connection(detail)
                    | Lost::NoChannel(detail),
                ) => failure(id, FailReason::BrokerDown, detail.clone(), true),
            };
            commands.push(Command::Answer { id, bytes, result: Err(failure) });
        }
        // What waits is still nowhere: it goes on with the next channel, unless there is none.
        let (reason, detail, retry) = match why {
            Lost::OverMessage(_) | Lost::OverSize { .. } => return,
            Lost::Forbidden(detail) => (FailReason::Refused, detail, false),
            Lost::Connection(detail) | Lost::NoChannel(detail) => {
                (FailReason::BrokerDown, detail, true)
            }
        };
        for Accepted { id, bytes, .. } in std::mem::take(&mut self.waiting) {
            let result = Err(failure(id, reason, detail.clone(), retry));
            commands.push(Command::Answer { id, bytes, result });
        }
    }
}

pub(crate) fn failure(id: u64, reason: FailReason, detail: Detail, retry: bool) -> Failure {
    Failure { id, reason, detail: Some(detail), retry }
}
