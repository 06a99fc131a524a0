//! [`Subscription`] against a broker that closes channels and connections at any point, and a
//! driver whose answers are late, repeated or of channels that are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::{collection::vec, prelude::*, sample::Index};
use warren_protocol::{AckMode, Detail};

use super::*;

const MAX_PREFETCH: u16 = 50;
const QUEUES: [&str; 3] = ["a", "b", "log"];

#[derive(Debug, Clone)]
enum Step {
    Receive(usize, u16),
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
    RetryNow,
    /// Something that was said of an earlier channel is said again.
    Stale(Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0usize..3, 1u16..80).prop_map(|(queue, prefetch)| Step::Receive(queue, prefetch)),
        1 => Just(Step::Pause),
        1 => Just(Step::Drain),
        4 => (0u8..4, 0u64..40, 0u64..40).prop_map(|(how, one, two)| Step::Settle(how, one, two)),
        9 => any::<Index>().prop_map(|at| Step::Answer(at.index(12) > 0)),
        3 => any::<bool>().prop_map(Step::Counted),
        9 => (any::<Index>(), 1usize..1000).prop_map(|(at, bytes)| Step::Deliver(at, bytes)),
        3 => Just(Step::BatchEnded),
        1 => Just(Step::QueueGone),
        1 => any::<bool>().prop_map(Step::LoseConnection),
        2 => Just(Step::RetryNow),
        1 => any::<Index>().prop_map(Step::Stale),
    ];
    vec(step, 1..120)
}

/// A channel as the broker sees it.
#[derive(Debug)]
struct Channel {
    number: u64,
    queue: String,
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
    wanted: Option<(String, u16)>,
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
            last_tag: 0,
            stale: Vec::new(),
            drained: false,
            left: false,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Receive(queue, prefetch) if !self.drained => {
                let queue = QUEUES[queue].to_owned();
                self.wanted = Some((queue.clone(), prefetch));
                self.on(Input::Receive(Receive { queue, ack: AckMode::Auto, prefetch }));
            }
            Step::Receive(..) => {}
            Step::Pause => {
                self.wanted = None;
                self.on(Input::Pause);
            }
            Step::Drain => {
                (self.wanted, self.drained) = (None, true);
                self.on(Input::Drain);
            }
            Step::Settle(how, one, two) => {
                let outcome =
                    [Outcome::Ack, Outcome::Requeue, Outcome::Reject][usize::from(how % 3)];
                let which = if how < 2 { Tags::UpTo(one) } else { Tags::List(vec![one, two]) };
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

    fn lose(&mut self, refused: bool) {
        let reason = if refused { StopReason::Refused } else { StopReason::QueueDown };
        let error = ConsumeError { reason, detail: Detail::broker_says("gone") };
        let lost = self.channel.take().map(|channel| channel.number);
        let opening = self.asked.iter().find_map(|command| match command {
            Command::Open { channel, .. } => Some(*channel),
            _ => None,
        });
        self.asked.clear();
        self.counting = false;
        for channel in lost.into_iter().chain(opening) {
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
                    consumers: BTreeMap::new(),
                    next_tag: 0,
                    unsettled: BTreeMap::new(),
                    passed: BTreeSet::new(),
                });
                let opened = Input::Opened { channel, stream, mean_bytes: None };
                self.stale.push(opened.clone());
                self.on(opened);
            }
            Command::Consume { consumer, prefetch, .. } => {
                let Some(channel) = &mut self.channel else { return };
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
        let offset = (channel.queue == "log").then_some(7);
        match self.core.delivered(number, tag, bytes, offset) {
            Delivered::Pass(session_tag) => {
                assert_eq!(session_tag, self.last_tag + 1, "tags count up by one");
                self.last_tag = session_tag;
                channel.passed.insert(tag);
                let wanted = self.wanted.as_ref().expect("nothing is wanted");
                assert_eq!(wanted.0, channel.queue, "a delivery of another queue");
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
                | Input::ConsumerEnded { .. }
        );
        for command in self.core.on(input) {
            match &command {
                Command::Open { .. } => {
                    assert!(!self.left);
                    self.asked.push_back(command);
                }
                Command::Consume { prefetch, .. } => {
                    assert!((1..=MAX_PREFETCH).contains(prefetch));
                    self.asked.push_back(command);
                }
                Command::Cancel { consumer } => {
                    let stays = self.channel.as_ref().is_some_and(|channel| {
                        channel.consumers.keys().any(|running| running != consumer)
                    });
                    let unwanted = self.wanted.is_none()
                        || self.channel.as_ref().is_none_or(|channel| {
                            Some(&channel.queue) != self.wanted.as_ref().map(|wanted| &wanted.0)
                        });
                    assert!(by_user || stays || unwanted, "the queue's only consumer is cancelled");
                    self.asked.push_back(command);
                }
                Command::Settle { outcome, tags, .. } => self.settle(*outcome, tags),
                Command::Count => self.counting = true,
                Command::Close { give_back } => {
                    if let Some(channel) = self.channel.take() {
                        assert_eq!(*give_back, channel.queue != "log");
                    }
                    self.asked.clear();
                    self.counting = false;
                }
                Command::RetryLater => self.retries = true,
                Command::Emit(Notice::Drained) => {
                    assert_eq!(self.core.unsettled(), 0);
                }
                Command::Emit(_) => {}
            }
        }
    }

    /// The broker closes the channel over a tag that it does not know.
    fn settle(&mut self, outcome: Outcome, tags: &[(u64, bool)]) {
        let channel = self.channel.as_mut().expect("settled without a channel");
        assert!(outcome == Outcome::Ack || channel.queue != "log", "a stream takes nothing back");
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
    /// is cancelled that the queue or the turn may depend on, and a stream is settled by ack alone.
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

fn receive(queue: &str, prefetch: u16) -> Input {
    Input::Receive(Receive { queue: queue.to_owned(), ack: AckMode::Auto, prefetch })
}

/// A subscription whose first consumer runs.
fn running(stream: Option<bool>) -> Subscription {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(receive("q", 50));
    let channel = core.channel();
    core.on(Input::Opened { channel, stream, mean_bytes: None });
    core.on(Input::Consuming { channel, consumer: 1, prefetch: 2 });
    core
}

/// Two deliveries have come, so that the prefetch is known to be too small.
fn grown(core: &mut Subscription) -> u64 {
    let channel = core.channel();
    for tag in 1..=2 {
        assert!(matches!(core.delivered(channel, tag, 10, None), Delivered::Pass(_)));
    }
    assert_eq!(core.on(Input::BatchEnded), [Command::Count]);
    channel
}

#[test]
fn a_consumer_is_replaced_before_it_is_cancelled() {
    let mut core = running(None);
    let channel = grown(&mut core);
    let counted = Input::Counted { channel, only_ours: true };
    let started = core.on(counted.clone());
    assert_eq!(started, [Command::Consume { consumer: 2, prefetch: 48, offset: None }]);
    let runs = Input::Consuming { channel, consumer: 2, prefetch: 48 };
    assert_eq!(core.on(runs), [Command::Count]);
    assert_eq!(core.on(counted), [Command::Cancel { consumer: 1 }]);
}

#[test]
fn a_consumer_stays_where_others_consume() {
    let mut core = running(None);
    let channel = grown(&mut core);
    let others = Input::Counted { channel, only_ours: false };
    assert_eq!(core.on(others.clone()), []);
    assert_eq!(core.on(Input::BatchEnded), [], "not asked again at once");
    // Or have come while the other was started: then that one goes.
    let mut core = running(None);
    let channel = grown(&mut core);
    core.on(Input::Counted { channel, only_ours: true });
    core.on(Input::Consuming { channel, consumer: 2, prefetch: 50 });
    assert_eq!(core.on(others), [Command::Cancel { consumer: 2 }]);
}

#[test]
fn a_stream_takes_nothing_back() {
    let mut core = running(Some(true));
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    let requeue = core.on(Input::Settle(Outcome::Requeue, Tags::UpTo(1)));
    assert_eq!(requeue, [Command::Emit(Notice::NotSupported(Outcome::Requeue))]);
    assert_eq!(core.unsettled(), 1);
    let left = core.on(Input::Leave);
    assert_eq!(left, [Command::Cancel { consumer: 1 }, Command::Close { give_back: false }]);
}

#[test]
fn a_stream_is_found_by_its_first_message_and_goes_on_after_a_pause() {
    let mut core = running(None);
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::AskFirst);
    let again = core.on(Input::StreamChecked { channel, stream: true });
    assert!(again.iter().any(|command| matches!(command, Command::Open { .. })), "{again:?}");
    let channel = core.channel();
    core.on(Input::Opened { channel, stream: Some(true), mean_bytes: None });
    let notice = core.on(Input::Consuming { channel, consumer: 2, prefetch: 50 });
    assert!(matches!(notice.as_slice(), [Command::Emit(Notice::Receiving(_, true))]));
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    core.on(Input::Pause);
    assert_eq!(core.delivered(channel, 2, 10, Some(8)), Delivered::Ignore);
    let resumed = core.on(receive("q", 50));
    assert!(
        matches!(resumed.as_slice(), [Command::Consume { offset: Some(8), .. }]),
        "{resumed:?}"
    );
}

#[test]
fn an_offset_that_somebody_has_written_means_nothing() {
    let mut core = running(None);
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::AskFirst);
    assert_eq!(core.on(Input::StreamChecked { channel, stream: false }), []);
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    let requeue = core.on(Input::Settle(Outcome::Requeue, Tags::UpTo(1)));
    assert!(matches!(requeue.as_slice(), [Command::Settle { .. }]));
}

#[test]
fn what_fails_alike_is_told_once_and_tried_again() {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(receive("q", 50));
    let error =
        ConsumeError { reason: StopReason::Refused, detail: Detail::broker_says("exclusive") };
    let fail = |core: &mut Subscription| {
        core.on(Input::Failed { channel: core.channel(), error: error.clone() })
    };
    assert_eq!(fail(&mut core).len(), 2);
    assert!(matches!(core.on(Input::RetryNow).as_slice(), [Command::Open { .. }]));
    assert_eq!(fail(&mut core), [Command::RetryLater]);
}

#[test]
fn a_settle_of_a_lost_channel_is_stale() {
    let mut core = running(None);
    let channel = core.channel();
    core.delivered(channel, 1, 10, None);
    let error =
        ConsumeError { reason: StopReason::BrokerDown, detail: Detail::broker_says("gone") };
    core.on(Input::Failed { channel, error });
    let stale = core.on(Input::Settle(Outcome::Ack, Tags::UpTo(1)));
    assert_eq!(stale, [Command::Emit(Notice::Stale(Tags::UpTo(1)))]);
}

#[test]
fn who_has_paused_is_told_that_what_is_unsettled_comes_again() {
    let mut core = running(Some(false));
    let channel = core.channel();
    core.delivered(channel, 1, 10, None);
    core.on(Input::Pause);
    let error =
        ConsumeError { reason: StopReason::BrokerDown, detail: Detail::broker_says("gone") };
    let notice = core.on(Input::Failed { channel, error });
    let stopped = Notice::Stopped(StopReason::BrokerDown, Some(Detail::broker_says("gone")));
    assert_eq!(notice, [Command::Emit(stopped)]);
}
