//! [`Confirms`] against a broker and a lapin that lose, delay, repeat and shuffle what they may.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// The session sends messages of these kinds.
    Accept(Vec<Kind>),
    /// The channel that was asked for is there, or could not be had.
    Open(bool),
    /// The broker takes so many of what was published.
    Take(usize),
    /// lapin's answers arrive, shuffled.
    Arrive(Vec<Index>),
    /// An answer arrives again.
    Repeat(Index),
    LoseConnection,
    /// A channel that was given up turns out to be there.
    OpenedLate,
    Flow(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stored,
    Returned,
    Nacked,
    /// The broker closes the channel over it.
    Poison,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![
        6 => Just(Kind::Stored),
        2 => Just(Kind::Returned),
        1 => Just(Kind::Nacked),
        1 => Just(Kind::Poison),
    ];
    let step = prop_oneof![
        4 => vec(kind, 1..5).prop_map(Step::Accept),
        3 => any::<bool>().prop_map(Step::Open),
        4 => (1usize..5).prop_map(Step::Take),
        4 => vec(any::<Index>(), 8).prop_map(Step::Arrive),
        1 => any::<Index>().prop_map(Step::Repeat),
        1 => Just(Step::LoseConnection),
        1 => Just(Step::OpenedLate),
        1 => any::<bool>().prop_map(Step::Flow),
    ];
    vec(step, 1..80)
}

/// The broker, and lapin's way to pass on what it says.
#[derive(Default)]
struct World {
    core: Confirms<Kind>,
    opening: bool,
    open: bool,
    flows: bool,
    next_id: u64,
    /// Which of the session's messages is published under a number.
    ids: BTreeMap<u64, u64>,
    on_the_way: VecDeque<(u64, Kind, Key)>,
    /// Returned, and attached to no confirm yet.
    returns: VecDeque<(Key, String)>,
    resolved: Vec<Confirm>,
    old: Vec<Confirm>,
    stored: BTreeSet<u64>,
    answers: BTreeMap<u64, Result<(), Failure>>,
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::Accept(kinds) => self.accept(&kinds),
            Step::Open(true) if self.opening => {
                (self.opening, self.open) = (false, true);
                self.on(Input::Opened);
            }
            Step::Open(false) if self.opening => {
                self.opening = false;
                self.on(Input::Lost(Lost::NoChannel(Detail::broker_says("no channel"))));
            }
            Step::Open(_) => {}
            Step::Take(count) => (0..count).for_each(|_| self.take()),
            Step::Arrive(order) => {
                let mut batch = std::mem::take(&mut self.resolved);
                for (at, index) in order.iter().enumerate().take(batch.len()) {
                    let other = index.index(batch.len());
                    batch.swap(at, other);
                }
                self.old.extend(batch.iter().map(|confirm| Confirm { returned: None, ..*confirm }));
                self.on(Input::Confirmed(batch));
            }
            Step::Repeat(index) if !self.old.is_empty() => {
                let again = index.get(&self.old).clone();
                self.on(Input::Confirmed(vec![again]));
            }
            Step::Repeat(_) => {}
            Step::LoseConnection if self.open || self.opening => {
                self.lose(Lost::Connection(Detail::broker_says("lost")));
            }
            Step::LoseConnection => {}
            Step::OpenedLate if !self.opening => self.on(Input::Opened),
            Step::OpenedLate => {}
            Step::Flow(flows) => {
                self.flows = flows;
                self.on(Input::Flow(flows));
            }
        }
    }

    fn accept(&mut self, kinds: &[Kind]) {
        let messages = kinds.iter().map(|kind| {
            self.next_id += 1;
            // Few keys, so that several messages share one.
            let message_id = Some((self.next_id % 5).to_string());
            let key = Key { queue: "q".to_owned(), message_id, body: None };
            Accepted { id: self.next_id, bytes: 10, key, message: *kind }
        });
        let messages = messages.collect();
        self.on(Input::Accepted(messages));
    }

    /// The broker takes the next message, and lapin resolves its confirm.
    fn take(&mut self) {
        let Some((number, kind, key)) = self.on_the_way.pop_front() else { return };
        match kind {
            Kind::Poison => {
                self.on_the_way.clear();
                return self.lose(Lost::OverMessage(Detail::broker_says("406")));
            }
            Kind::Returned => self.returns.push_back((key, "312 NO_ROUTE".to_owned())),
            Kind::Stored => {
                self.stored.insert(self.ids[&number]);
            }
            Kind::Nacked => {}
        }
        // lapin attaches a return to whichever confirm completes next; a later one may do so first.
        let returned = self.returns.pop_front();
        self.resolved.push(Confirm { number, acked: kind != Kind::Nacked, returned });
    }

    fn lose(&mut self, why: Lost) {
        (self.open, self.opening) = (false, false);
        self.on_the_way.clear();
        self.returns.clear();
        self.resolved.clear();
        self.on(Input::Lost(why));
    }

    fn on(&mut self, input: Input<Kind>) {
        let mut keys: VecDeque<Key> =
            self.core.waiting.iter().map(|next| next.key.clone()).collect();
        let mut ids: VecDeque<u64> = self.core.waiting.iter().map(|next| next.id).collect();
        if let Input::Accepted(messages) = &input {
            keys.extend(messages.iter().map(|message| message.key.clone()));
            ids.extend(messages.iter().map(|message| message.id));
        }
        for command in self.core.on(input) {
            match command {
                Command::Open => {
                    assert!(!self.open && !self.opening, "one channel at a time");
                    self.opening = true;
                }
                Command::Publish(number, kind) => {
                    assert!(self.open, "published without a channel");
                    let (id, key) = (ids.pop_front().unwrap(), keys.pop_front().unwrap());
                    assert!(self.ids.insert(number, id).is_none(), "number {number} is used again");
                    self.on_the_way.push_back((number, kind, key));
                }
                Command::Answer { id, result, .. } => {
                    if result.is_ok() {
                        assert!(self.stored.contains(&id), "{id} is confirmed and in no queue");
                    }
                    assert!(self.answers.insert(id, result).is_none(), "{id} is answered twice");
                }
                Command::Returned(_) => {}
            }
        }
    }
}

proptest! {
    /// No confirm is claimed for a message that is in no queue, and every accepted message is
    /// answered exactly once.
    #[test]
    fn every_message_is_answered_once_and_truly(steps in steps()) {
        let mut world = World { core: Confirms::default(), flows: true, ..World::default() };
        for step in steps {
            world.step(step);
        }
        // All that can be answered is, and then the connection is lost.
        world.step(Step::Flow(true));
        for _ in 0..4 {
            world.step(Step::Open(true));
            world.step(Step::Take(1_000));
            world.step(Step::Arrive(Vec::new()));
        }
        world.lose(Lost::Connection(Detail::broker_says("lost")));
        prop_assert_eq!(world.answers.len() as u64, world.next_id);
        prop_assert!(world.core.is_idle());
    }
}

fn accepted(id: u64) -> Accepted<()> {
    let key = Key { queue: "q".to_owned(), message_id: Some(id.to_string()), body: None };
    Accepted { id, bytes: 10, key, message: () }
}

fn failures(commands: Vec<Command<()>>) -> Vec<(u64, FailReason, bool)> {
    let failure = |command| match command {
        Command::Answer { result: Err(Failure { id, reason, retry, .. }), .. } => {
            Some((id, reason, retry))
        }
        _ => None,
    };
    commands.into_iter().filter_map(failure).collect()
}

fn open_with(ids: std::ops::RangeInclusive<u64>) -> Confirms<()> {
    let mut core = Confirms::default();
    core.on(Input::Accepted(ids.map(accepted).collect()));
    core.on(Input::Opened);
    core
}

#[test]
fn the_culprit_of_a_closed_channel_is_found_alone() {
    let mut core = open_with(1..=3);
    let over = || Lost::OverMessage(Detail::broker_says("406"));
    let lost = failures(core.on(Input::Lost(over())));
    assert_eq!(lost, [1, 2, 3].map(|id| (id, FailReason::BrokerDown, true)));
    // They come again, the second is the bad one.
    core.on(Input::Accepted((1..=3).map(accepted).collect()));
    let published = |commands: Vec<Command<()>>| {
        commands.into_iter().filter(|command| matches!(command, Command::Publish(..))).count()
    };
    assert_eq!(published(core.on(Input::Opened)), 1);
    let confirm = |number| Input::Confirmed(vec![Confirm { number, acked: true, returned: None }]);
    assert_eq!(published(core.on(confirm(3))), 1);
    assert_eq!(failures(core.on(Input::Lost(over()))), [(2, FailReason::Refused, false)]);
    assert_eq!(published(core.on(Input::Opened)), 1);
}

#[test]
fn what_is_forbidden_fails_at_once_and_for_one_cause() {
    let mut core = open_with(1..=2_000);
    let refused = failures(core.on(Input::Lost(Lost::Forbidden(Detail::broker_says("403")))));
    assert_eq!(refused.len(), 2_000);
    assert!(refused.iter().all(|(_, reason, retry)| *reason == FailReason::Refused && !retry));
}

#[test]
fn only_what_is_too_large_fails_over_its_size() {
    let mut core = Confirms::default();
    core.on(Input::Accepted(vec![accepted(1), Accepted { bytes: 99, ..accepted(2) }]));
    core.on(Input::Opened);
    let lost = failures(
        core.on(Input::Lost(Lost::OverSize { max: 50, detail: Detail::broker_says("406") })),
    );
    assert_eq!(lost, [(1, FailReason::BrokerDown, true), (2, FailReason::Refused, false)]);
}

#[test]
fn nothing_is_handed_over_while_the_broker_takes_nothing() {
    let mut core = open_with(1..=1);
    core.on(Input::Flow(false));
    assert_eq!(core.on(Input::Accepted(vec![accepted(2)])), []);
    assert_eq!(core.on(Input::Flow(true)), [Command::Publish(1, ())]);
}
