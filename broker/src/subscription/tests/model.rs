//! [`Subscription`] against a broker that closes channels and connections at any point, and a
//! driver whose answers are late, repeated or of channels that are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::{collection::vec, prelude::*, sample::Index};
use warren_protocol::{AckMode, Detail, Outcome, ReceiveMode, StopReason, StreamFrom, Tags};

use crate::subscription::{Command, ConsumeError, Delivered, Input, Notice, Receive, Subscription};

const MAX_PREFETCH: u16 = 50;
const QUEUES: [&str; 3] = ["a", "b", "log"];

#[derive(Debug, Clone)]
enum Step {
    Receive(usize, u16, ReceiveMode, Option<StreamFrom>),
    Pause,
    Drain,
    Settle(u8, u64, u64),
    /// The next thing that was asked for is done, or fails.
    Answer(bool),
    /// Whether others consume from the queue is answered.
    Counted(bool),
    /// The broker delivers to one of its consumers.
    Deliver(Index, usize),
    BatchEnded,
    /// The broker cancels a consumer: its queue is gone.
    QueueGone,
    LoseConnection(bool),
    /// The time of a look is over, be it the present one or not.
    LookOver,
    RetryNow,
    /// Something that was said of an earlier channel is said again.
    Stale(Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..3, 1u16..80, mode(), from())
            .prop_map(|(queue, prefetch, mode, from)| Step::Receive(queue, prefetch, mode, from)),
        1 => Just(Step::Pause),
        1 => Just(Step::Drain),
        5 => (0u8..6, 0u64..9, 0u64..9).prop_map(|(how, one, two)| Step::Settle(how, one, two)),
        9 => any::<Index>().prop_map(|at| Step::Answer(at.index(12) > 0)),
        3 => any::<bool>().prop_map(Step::Counted),
        9 => (any::<Index>(), 1usize..1000).prop_map(|(at, bytes)| Step::Deliver(at, bytes)),
        3 => Just(Step::BatchEnded),
        1 => Just(Step::QueueGone),
        1 => any::<bool>().prop_map(Step::LoseConnection),
        1 => Just(Step::LookOver),
        2 => Just(Step::RetryNow),
        1 => any::<Index>().prop_map(Step::Stale),
    ];
    vec(step, 1..120)
}

fn mode() -> impl Strategy<Value = ReceiveMode> {
    prop_oneof![Just(ReceiveMode::Take), Just(ReceiveMode::Look)]
}

fn from() -> impl Strategy<Value = Option<StreamFrom>> {
    prop_oneof![
        4 => Just(None),
        1 => Just(Some(StreamFrom::First)),
        1 => (0u64..9).prop_map(|offset| Some(StreamFrom::Offset(offset))),
    ]
}

/// A channel as the broker sees it.
#[derive(Debug)]
struct Channel {
    number: u64,
    queue: String,
    /// What its consumers are for, once there is one.
    mode: Option<ReceiveMode>,
    /// Running consumers, with their prefetch and how many deliveries they hold.
    consumers: BTreeMap<u64, (u16, u16)>,
    next_tag: u64,
    /// Unsettled, with the consumer; what the session has, and what it has not.
    unsettled: BTreeMap<u64, u64>,
    passed: BTreeSet<u64>,
}

struct World {
    core: Subscription,
    asked: VecDeque<Command>,
    counting: bool,
    channel: Option<Channel>,
    retries: bool,
    wanted: Option<Receive>,
    /// What the session has had of the stream last, and which queue it asked for last.
    had: Option<u64>,
    queue: String,
    last_offset: u64,
    /// The channel of the look whose time runs.
    timed: Option<u64>,
    last_tag: u64,
    stale: Vec<Input>,
    drained: bool,
    left: bool,
}

impl World {
    fn new() -> Self {
        Self {
            core: Subscription::new(MAX_PREFETCH, 10_000),
            asked: VecDeque::new(),
            counting: false,
            channel: None,
            retries: false,
            wanted: None,
            queue: String::new(),
            had: None,
            last_offset: 0,
            timed: None,
            last_tag: 0,
            stale: Vec::new(),
            drained: false,
            left: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Receive(queue, prefetch, mode, from) if !self.drained => {
                let queue = QUEUES[queue].to_owned();
                if self.queue != queue || from.is_some() {
                    (self.queue, self.had) = (queue.clone(), None);
                }
                let wanted = Receive { queue, mode, ack: AckMode::Auto, prefetch, from };
                self.wanted = Some(wanted.clone());
                self.on(Input::Receive(wanted));
            }
            Step::Receive(..) => {}
            Step::Pause => {
                self.wanted = None;
                self.on(Input::Pause);
                self.assert_no_look_holds();
            }
            Step::Drain => {
                (self.wanted, self.drained) = (None, true);
                self.on(Input::Drain);
                self.assert_no_look_holds();
            }
            Step::LookOver => self.look_over(),
            Step::Settle(how, one, two) => {
                let outcome =
                    [Outcome::Ack, Outcome::Requeue, Outcome::Reject][usize::from(how % 3)];
                // Of the newest, and one that was never given out.
                let tag = |back| (self.last_tag + 1).saturating_sub(back);
                let (one, two) = (tag(one), tag(two));
                let which = if how < 3 { Tags::UpTo(one) } else { Tags::List(vec![one, two]) };
                self.on(Input::Settle(outcome, which));
            }
            Step::Answer(well) => self.answer(well),
            Step::Counted(only_ours) if self.counting => {
                self.counting = false;
                let channel = self.core.channel();
                self.on(Input::Counted { channel, only_ours });
            }
            Step::Counted(_) => {}
            Step::Deliver(at, bytes) => self.deliver(at, bytes),
            Step::BatchEnded => self.on(Input::BatchEnded),
            Step::QueueGone => {
                if let Some(channel) = &mut self.channel
                    && let Some((consumer, _)) = channel.consumers.pop_first()
                {
                    let channel = channel.number;
                    self.on(Input::ConsumerEnded { channel, consumer });
                }
            }
            Step::LoseConnection(refused) => self.lose(refused),
            Step::RetryNow if self.retries => {
                self.retries = false;
                self.on(Input::RetryNow);
            }
            Step::RetryNow => {}
            Step::Stale(at) if !self.stale.is_empty() => {
                let stale = at.get(&self.stale).clone();
                let before = self.core.unsettled();
                let commands = self.core.on(stale);
                assert_eq!(commands, [], "something stale has an effect");
                assert_eq!(self.core.unsettled(), before);
            }
            Step::Stale(_) => {}
        }
    }

    fn look_over(&mut self) {
        let Some(channel) = self.timed.take() else { return };
        let of_stream = self.channel.as_ref().is_some_and(|channel| channel.queue == "log");
        let over = Input::LookOver { channel, seconds: 300 };
        if channel != self.core.channel() || of_stream {
            assert_eq!(self.core.on(over), [], "another look ends, or that at a stream");
            return;
        }
        self.wanted = None;
        self.on(over);
        assert!(self.channel.is_none(), "a look goes on");
        self.assert_no_look_holds();
    }

    /// What a look has shown is back in its queue, or was lost with its channel.
    fn assert_no_look_holds(&self) {
        if let Some(channel) = &self.channel {
            assert_ne!(channel.mode, Some(ReceiveMode::Look), "it stays open");
        } else {
            assert_eq!(self.core.unsettled(), 0);
        }
    }

    fn lose(&mut self, refused: bool) {
        let reason = if refused { StopReason::Refused } else { StopReason::QueueDown };
        let detail = Detail::broker_says("gone");
        let error = ConsumeError { reason, detail, forgets_place: refused };
        let lost = self.channel.take().map(|channel| channel.number);
        let opening = self.asked.iter().find_map(|command| match command {
            Command::Open { channel, .. } => Some(*channel),
            _ => None,
        });
        self.asked.clear();
        self.counting = false;
        for channel in lost.into_iter().chain(opening) {
            if refused {
                self.had = None;
            }
            self.stale.push(Input::Failed { channel, error: error.clone() });
            self.on(Input::Failed { channel, error: error.clone() });
        }
    }

    /// Does the next thing that was asked for.
    fn answer(&mut self, well: bool) {
        let Some(command) = self.asked.pop_front() else { return };
        if !well {
            self.asked.push_front(command);
            return self.lose(true);
        }
        match command {
            Command::Open { channel, queue } => {
                let stream = (queue == "log").then_some(true);
                self.channel = Some(Channel {
                    number: channel,
                    queue,
                    mode: None,
                    consumers: BTreeMap::new(),
                    next_tag: 0,
                    unsettled: BTreeMap::new(),
                    passed: BTreeSet::new(),
                });
                let opened = Input::Opened { channel, stream, mean_bytes: None };
                self.stale.push(opened.clone());
                self.on(opened);
            }
            Command::Consume { consumer, prefetch, from, .. } => {
                let Some(channel) = &mut self.channel else { return };
                if from.is_some() && channel.queue != "log" {
                    return self.lose(true);
                }
                channel.consumers.insert(consumer, (prefetch, 0));
                let channel = channel.number;
                let consuming = Input::Consuming { channel, consumer, prefetch };
                self.stale.push(consuming.clone());
                self.on(consuming);
            }
            Command::Cancel { consumer } => {
                let Some(channel) = &mut self.channel else { return };
                let channel_number = channel.number;
                if channel.consumers.remove(&consumer).is_some() {
                    self.on(Input::ConsumerEnded { channel: channel_number, consumer });
                }
            }
            _ => {}
        }
        // What belongs to a channel that is gone is late.
        let present = self.core.channel();
        self.stale.retain(|input| match input {
            Input::Opened { channel, .. }
            | Input::Consuming { channel, .. }
            | Input::Failed { channel, .. } => *channel != present,
            _ => false,
        });
    }

    fn deliver(&mut self, at: Index, bytes: usize) {
        let Some(channel) = &mut self.channel else { return };
        let free: Vec<u64> = channel
            .consumers
            .iter()
            .filter(|(_, (prefetch, held))| held < prefetch)
            .map(|(consumer, _)| *consumer)
            .collect();
        if free.is_empty() {
            return;
        }
        let consumer = *at.get(&free);
        channel.next_tag += 1;
        let (number, tag) = (channel.number, channel.next_tag);
        if let Some((_, held)) = channel.consumers.get_mut(&consumer) {
            *held += 1;
        }
        channel.unsettled.insert(tag, consumer);
        self.last_offset += 1;
        let offset = (channel.queue == "log").then_some(self.last_offset);
        match self.core.delivered(number, tag, bytes, offset) {
            Delivered::Pass(session_tag) => {
                assert_eq!(session_tag, self.last_tag + 1, "tags count up by one");
                self.last_tag = session_tag;
                channel.passed.insert(tag);
                let wanted = self.wanted.as_ref().expect("nothing is wanted");
                assert_eq!(wanted.queue, channel.queue, "a delivery of another queue");
                assert_eq!(Some(wanted.mode), channel.mode, "a delivery of another mode");
                self.had = offset;
            }
            Delivered::GiveBack => {
                assert_ne!(channel.queue, "log", "a stream takes nothing back");
                channel.settled(tag);
            }
            Delivered::Ignore => {}
            Delivered::AskFirst => panic!("the queue's kind is known"),
        }
    }

    fn on(&mut self, input: Input) {
        // The user asks for it, or the queue is gone already.
        let by_user = matches!(
            input,
            Input::Receive(_)
                | Input::Pause
                | Input::Drain
                | Input::Leave
                | Input::LookOver { .. }
                | Input::ConsumerEnded { .. }
        );
        for command in self.core.on(input) {
            match &command {
                Command::Open { .. } => {
                    assert!(!self.left);
                    self.asked.push_back(command);
                }
                Command::Consume { prefetch, low_priority, from, .. } => {
                    assert!((1..=MAX_PREFETCH).contains(prefetch));
                    let asked = self.wanted.as_ref().and_then(|wanted| wanted.from);
                    let behind = self.had.map(|offset| StreamFrom::Offset(offset + 1));
                    let stream =
                        self.channel.as_ref().is_some_and(|channel| channel.queue == "log");
                    let at_end = stream.then_some(StreamFrom::Next);
                    let place = behind.or(asked).or(at_end);
                    assert_eq!(*from, place, "it does not begin where it should");
                    self.will_consume(*low_priority, from.is_some());
                    self.asked.push_back(command);
                }
                Command::Cancel { consumer } => {
                    let stays = self.channel.as_ref().is_some_and(|channel| {
                        channel.consumers.keys().any(|running| running != consumer)
                    });
                    let unwanted = self.wanted.is_none()
                        || self.channel.as_ref().is_none_or(|channel| {
                            Some(&channel.queue) != self.wanted.as_ref().map(|wanted| &wanted.queue)
                        });
                    assert!(by_user || stays || unwanted, "the queue's only consumer is cancelled");
                    self.asked.push_back(command);
                }
                Command::Settle { outcome, tags, .. } => self.settle(*outcome, tags),
                Command::Count => self.counting = true,
                Command::Close { give_back } => {
                    if let Some(channel) = self.channel.take() {
                        let stream = channel.queue == "log";
                        assert!(!(*give_back && stream), "a stream takes nothing back");
                        let holds = !channel.unsettled.is_empty();
                        assert!(*give_back || stream || !holds, "a channel is lost");
                    }
                    self.asked.clear();
                    self.counting = false;
                }
                Command::RetryLater => self.retries = true,
                Command::TimeLook => {
                    let channel = self.channel.as_ref().expect("nothing is looked at");
                    assert_eq!(channel.mode, Some(ReceiveMode::Look));
                    self.timed = Some(channel.number);
                }
                Command::Emit(Notice::Drained) => {
                    assert_eq!(self.core.unsettled(), 0);
                }
                Command::Emit(_) => {}
            }
        }
    }

    /// All consumers of a channel are of one mode: a look's are behind others, but in a stream.
    fn will_consume(&mut self, low_priority: bool, from_place: bool) {
        let mode = self.wanted.as_ref().expect("nothing is wanted").mode;
        let channel = self.channel.as_mut().expect("consumed without a channel");
        let is_look = *channel.mode.get_or_insert(mode) == ReceiveMode::Look;
        assert_eq!(channel.mode, Some(mode), "a look's channel takes, or the other way round");
        let stream = channel.queue == "log" || from_place;
        assert_eq!(low_priority, is_look && !stream);
    }

    /// The broker closes the channel over a tag that it does not know.
    fn settle(&mut self, outcome: Outcome, tags: &[(u64, bool)]) {
        let channel = self.channel.as_mut().expect("settled without a channel");
        let stream = channel.queue == "log";
        assert!(outcome == Outcome::Ack || !stream, "a stream takes nothing back");
        let look = channel.mode == Some(ReceiveMode::Look);
        assert!(outcome == Outcome::Requeue || !look || stream, "a look takes nothing");
        for (tag, multiple) in tags {
            assert!(channel.passed.contains(tag), "{tag} is settled twice or was never passed on");
            let these: Vec<u64> = if *multiple {
                channel.unsettled.range(..=tag).map(|(tag, _)| *tag).collect()
            } else {
                vec![*tag]
            };
            for tag in these {
                channel.settled(tag);
            }
        }
    }
}

impl Channel {
    fn settled(&mut self, tag: u64) {
        self.passed.remove(&tag);
        if let Some(consumer) = self.unsettled.remove(&tag)
            && let Some((_, held)) = self.consumers.get_mut(&consumer)
        {
            *held -= 1;
        }
    }
}

proptest! {
    /// Nothing is settled twice, no tag is used again, a prefetch is within its bounds, no consumer
    /// is cancelled that the queue or the turn may depend on, a stream is settled by ack alone and
    /// goes on where it was, and a look takes nothing: what it holds goes back.
    #[test]
    fn whatever_happens_nothing_is_settled_wrongly(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.left = true;
        world.wanted = None;
        world.on(Input::Leave);
        prop_assert_eq!(world.core.unsettled(), 0);
    }
}
