//! Received messages moved to another queue: for each row its copy is published, the broker confirms
//! it, and only then the original is acknowledged. So a message is always in one of both queues; where
//! the link or the channel goes in between, it may be in both, with the same `message_id`.
//!
//! Pure: [`Run::next`] names the message whose copy is to go out, [`Run::sent`], [`Run::published`] and
//! [`Run::not_sent`] say what became of it. Who publishes owns the ids and the window.

mod failures;
mod tally;

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    rc::Rc,
};

use warren_protocol::{Detail, FailReason, Failure};

use crate::receive::{
    filter::{Filter, Look, Place},
    inbox::{Inbox, Message},
};

use failures::stops;

pub use failures::{Failed, MAX_FAILED, Why};
pub use tally::Tally;

/// How long to wait, in milliseconds, after the relay had no room for a copy.
pub const WAIT_MS: f64 = 1_000.0;

/// Why a run begins no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The user wants that.
    Asked,
    /// A copy failed, and others would hardly fare better.
    Failed,
    /// The channel of the originals is gone: they are back in their queue.
    ChannelLost,
    /// So is the link to the relay.
    LinkLost,
    /// A copy was perhaps published, and nobody will say so any more.
    Unconfirmed,
    /// The page was told to do something else with the source.
    SourceLeft,
    /// What the filter does not show takes up the window: no more comes.
    WindowFull,
}

/// What can be said of further messages of a run that takes all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// They come, or may.
    Coming,
    /// There are no more in the queue.
    Over,
    /// They do not come while so many are unsettled.
    WindowFull,
    /// The page does not receive them any more.
    Ended,
}

/// A copy that was published and not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flight {
    number: u64,
    bytes: usize,
}

/// What is taken.
#[derive(Debug)]
enum Take {
    /// These rows, in this order.
    Rows(VecDeque<u64>),
    /// Whatever is open from this row on, and passes the filter.
    All { filter: Filter, from: u64 },
}

/// One move; see the module.
#[derive(Debug)]
pub struct Run {
    source: String,
    target: String,
    take: Take,
    tally: Tally,
    /// By the id of the copy.
    in_flight: HashMap<u64, Flight>,
    /// Not taken by the relay; they go first.
    again: VecDeque<u64>,
    wait_until_ms: Option<f64>,
    failures: Vec<Failed>,
    stop: Option<Stop>,
    ended: bool,
    /// [`Inbox::lost_channels`] at the start.
    lost_channels: u64,
}

impl Run {
    /// Moves these rows, each once, the oldest first.
    #[must_use]
    pub fn of_rows(source: String, target: String, rows: Vec<u64>, inbox: &Inbox) -> Self {
        // One by one: `collect` would sort them first, by code of its own.
        let mut ordered = BTreeSet::new();
        ordered.extend(rows);
        let rows: VecDeque<u64> = ordered.into_iter().collect();
        let total = rows.len() as u64;
        Self::new(source, target, Take::Rows(rows), total, inbox)
    }

    /// Moves what is open and what comes, as far as the filter shows it; looks at `count` messages.
    #[must_use]
    pub fn of_all(
        source: String,
        target: String,
        filter: Filter,
        count: u64,
        inbox: &Inbox,
    ) -> Self {
        Self::new(source, target, Take::All { filter, from: 0 }, count, inbox)
    }

    fn new(source: String, target: String, take: Take, total: u64, inbox: &Inbox) -> Self {
        Self {
            source,
            target,
            take,
            tally: Tally { total, ..Tally::default() },
            in_flight: HashMap::new(),
            again: VecDeque::new(),
            wait_until_ms: None,
            failures: Vec::new(),
            stop: None,
            ended: total == 0,
            lost_channels: inbox.lost_channels(),
        }
    }

    /// Where the messages come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where they go.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// How far it is.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Why copies failed.
    #[must_use]
    pub fn failures(&self) -> &[Failed] {
        &self.failures
    }

    /// Why it begins no more, unless all is done.
    #[must_use]
    pub fn stopped(&self) -> Option<Stop> {
        self.stop
    }

    /// Whether nothing of it is under way, and nothing begins.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// Whether it takes messages as they come.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        matches!(self.take, Take::All { .. }) && self.stop.is_none() && !self.ended
    }

    /// Begins no more. What is in flight is waited for.
    pub fn stop(&mut self, why: Stop) {
        if !self.ended {
            self.stop.get_or_insert(why);
        }
    }

    /// The message whose copy is to go out next; the same until it did, or could not.
    pub fn next(&mut self, inbox: &Inbox, now_ms: f64) -> Option<Rc<Message>> {
        self.lose_channel(inbox);
        let waits = self.wait_until_ms.is_some_and(|until| now_ms < until);
        if self.stop.is_some() || self.ended || waits {
            return None;
        }
        self.wait_until_ms = None;
        while let Some(number) = self.again.front() {
            if let Some(message) = inbox.open_message(*number) {
                return Some(Rc::clone(message));
            }
            self.again.pop_front();
            self.tally.gone += 1;
        }
        match &mut self.take {
            Take::Rows(rows) => {
                while let Some(number) = rows.front() {
                    if let Some(message) = inbox.open_message(*number) {
                        return Some(Rc::clone(message));
                    }
                    rows.pop_front();
                    self.tally.gone += 1;
                }
                None
            }
            Take::All { filter, from } => {
                while self.tally.left() > 0 {
                    let message = inbox.next_open(*from)?;
                    *from = message.number;
                    if filter.look(message, Place::default(), &mut { usize::MAX }) == Look::Found {
                        return Some(Rc::clone(message));
                    }
                    *from += 1;
                    self.tally.passed_over += 1;
                }
                None
            }
        }
    }

    /// The copy of [`Run::next`] goes out under this id, with a body of so many bytes.
    pub fn sent(&mut self, id: u64, bytes: usize, inbox: &mut Inbox) {
        let Some(number) = self.advance() else { return };
        inbox.hold(number);
        self.in_flight.insert(id, Flight { number, bytes });
        self.tally.in_flight += 1;
    }

    /// The copy of [`Run::next`] cannot go out.
    pub fn not_sent(&mut self, why: Why) {
        if self.advance().is_some() {
            self.fail(why);
        }
    }

    /// Takes the number of [`Run::next`] out of what is to be moved.
    fn advance(&mut self) -> Option<u64> {
        if let Some(number) = self.again.pop_front() {
            return Some(number);
        }
        match &mut self.take {
            Take::Rows(rows) => rows.pop_front(),
            Take::All { from, .. } => {
                *from += 1;
                Some(*from - 1)
            }
        }
    }

    /// The relay's answer. Other ids are ignored. Gives how many copies were answered, and the bytes of
    /// their bodies.
    pub fn published(
        &mut self,
        confirmed: &[u64],
        failed: &[Failure],
        inbox: &mut Inbox,
        now_ms: f64,
    ) -> (usize, usize) {
        let (mut count, mut bytes) = (0, 0);
        let mut answered = |run: &mut Self, id: u64| {
            let flight = run.in_flight.remove(&id)?;
            run.tally.in_flight -= 1;
            (count, bytes) = (count + 1, bytes + flight.bytes);
            Some(flight.number)
        };
        for id in confirmed {
            let Some(number) = answered(self, *id) else { continue };
            if inbox.settle_moved(number) {
                self.tally.moved += 1;
            } else {
                self.tally.doubled += 1;
            }
        }
        for failure in failed {
            let Some(number) = answered(self, failure.id) else { continue };
            inbox.let_go(number);
            if failure.reason == FailReason::TooManyInFlight && failure.retry {
                self.again.push_back(number);
                self.wait_until_ms = Some(now_ms + WAIT_MS);
            } else if failure.reason == FailReason::BrokerDown
                && failure.detail != Some(Detail::RelayStops)
            {
                // The broker may have taken it, and gone before it said so.
                self.tally.unconfirmed += 1;
                self.stop(Stop::Unconfirmed);
            } else {
                self.fail(Why::Said(failure.reason, failure.detail.clone()));
            }
        }
        (count, bytes)
    }

    fn fail(&mut self, why: Why) {
        self.tally.failed += 1;
        if stops(&why) || self.tally.failed >= MAX_FAILED {
            self.stop(Stop::Failed);
        }
        failures::count(&mut self.failures, why);
    }

    /// The link is gone, and with it every answer. Nothing is sent again.
    pub fn lose_link(&mut self) {
        self.stop(Stop::LinkLost);
        self.tally.unconfirmed += self.tally.in_flight;
        self.tally.in_flight = 0;
        self.in_flight.clear();
        self.ended = true;
    }

    fn lose_channel(&mut self, inbox: &Inbox) {
        if inbox.lost_channels() != self.lost_channels {
            self.stop(Stop::ChannelLost);
        }
    }

    /// Ends it where nothing is under way and nothing is to begin; to be called after each event.
    pub fn settle(&mut self, supply: Supply, inbox: &Inbox, now_ms: f64) {
        self.lose_channel(inbox);
        if self.takes_all() && supply == Supply::Ended {
            self.stop(Stop::SourceLeft);
        }
        if self.ended || self.next(inbox, now_ms).is_some() || !self.in_flight.is_empty() {
            return;
        }
        if self.takes_all() && self.again.is_empty() && self.tally.left() > 0 {
            match supply {
                Supply::Coming | Supply::Ended => return,
                // Somebody else has taken some of them.
                Supply::Over => self.tally.total -= self.tally.left(),
                Supply::WindowFull => self.stop(Stop::WindowFull),
            }
        }
        self.ended = self.stop.is_some() || self.again.is_empty();
    }
}
