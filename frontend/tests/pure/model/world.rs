//! Everything outside the page, as small as can be: a queue, a relay that keeps the protocol, and
//! a network between relay and page that loses, repeats and reorders frames.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::mode::{Choices, Mode},
    store::{Action, State},
};
use warren_protocol::{
    BrokerState, ClientMessage, Delivery, FailReason, Failure, QueueCount, QueueStatus,
    ReceiveMode, Rights, ServerMessage, StopReason, Tags,
};

use crate::{delivery, limits, text};

/// What is in flight at most, so that the window is reached.
pub(super) const WINDOW: usize = 3;

/// What happens to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It arrives.
    Whole,
    /// It arrives, and once more later.
    Twice,
    /// It never arrives.
    Lost,
}

/// What the broker does with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Confirmed,
    /// In the queue, but the connection is lost before the confirm.
    Unconfirmed,
    /// Not in the queue, and the connection is lost.
    Down,
    Returned,
}

/// One session of the relay.
#[derive(Debug, Default)]
struct Session {
    receives: bool,
    /// It only looks.
    looks: bool,
    last_tag: u64,
    /// Delivered and not settled: the message's name by tag.
    unsettled: BTreeMap<u64, String>,
    /// Shown in a look: nobody settles it.
    shown: BTreeMap<u64, String>,
    /// Tags of a channel that is gone.
    stale_up_to: u64,
}

/// The page and everything around it.
pub(super) struct World {
    pub(super) page: State,
    now_ms: f64,
    to_relay: VecDeque<ClientMessage>,
    to_page: VecDeque<ServerMessage>,
    session: Option<Session>,
    queue: VecDeque<String>,
    /// Names of messages for which a confirm was given.
    confirmed: BTreeSet<String>,
    /// Names that have been in the queue.
    pub(super) queued: BTreeSet<String>,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            page: State::new(Choices::new()),
            now_ms: 0.0,
            to_relay: VecDeque::new(),
            to_page: VecDeque::new(),
            session: None,
            queue: VecDeque::new(),
            confirmed: BTreeSet::new(),
            queued: BTreeSet::new(),
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.now_ms += 100.0;
        self.page.apply(action, self.now_ms);
        if self.page.is_out_of_step() {
            self.lose_link();
        }
    }

    pub(super) fn open_link(&mut self) {
        if self.session.is_some() {
            return;
        }
        self.session = Some(Session::default());
        self.act(Action::Connection(Event::Opened));
        self.to_page.push_back(ServerMessage::Welcome {
            protocol: 1,
            relay: String::new(),
            queues: vec!["hello".to_owned()],
            rights: Rights::ALL,
            limits: limits(WINDOW),
            receive_at_once: true,
        });
        self.to_page.push_back(ServerMessage::Broker(BrokerState::UP));
        let status = QueueStatus::counts(0, 0);
        let queues = vec![QueueCount { name: "hello".to_owned(), status }];
        self.to_page.push_back(ServerMessage::Queues { queues });
    }

    /// All that is on its way is gone, and what is unsettled goes back.
    pub(super) fn lose_link(&mut self) {
        self.to_relay.clear();
        self.to_page.clear();
        if let Some(session) = self.session.take() {
            self.requeue(session.shown);
            self.requeue(session.unsettled);
            self.act(Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 0.0 }));
        }
    }

    /// The relay's channel is gone, and there is a new one.
    pub(super) fn lose_channel(&mut self) {
        let Some(session) = &mut self.session else { return };
        session.stale_up_to = session.last_tag;
        let unsettled = std::mem::take(&mut session.unsettled);
        let shown = std::mem::take(&mut session.shown);
        if session.receives {
            let detail = None;
            self.to_page
                .push_back(ServerMessage::Stopped { reason: StopReason::BrokerDown, detail });
        }
        self.requeue(shown);
        self.requeue(unsettled);
    }

    fn requeue(&mut self, unsettled: BTreeMap<u64, String>) {
        for name in unsettled.into_values().rev() {
            self.queue.push_front(name);
        }
    }

    /// The page writes a frame, if it has one.
    pub(super) fn write(&mut self) -> bool {
        self.now_ms += 100.0;
        let frame = self.page.outgoing(self.now_ms);
        let any = frame.is_some();
        self.to_relay.extend(frame);
        any
    }

    /// The next frame reaches the page.
    pub(super) fn page_reads(&mut self) {
        if let Some(message) = self.to_page.pop_front() {
            self.now_ms += 100.0;
            let frame = Arrival { at_ms: self.now_ms, content: Ok(message) };
            self.act(Action::Connection(Event::Arrived(frame)));
        }
    }

    /// The frame at `at` reaches the relay, which answers.
    pub(super) fn relay_reads(&mut self, at: usize, way: Way, verdict: Verdict) {
        let Some(message) = pick(&mut self.to_relay, at, way) else { return };
        let Some(session) = &mut self.session else { return };
        match message {
            ClientMessage::Hello { .. } => {}
            ClientMessage::Receive { queue, ack, mode, .. } => {
                let looks = mode == ReceiveMode::Look;
                let mut back = std::mem::take(&mut session.shown);
                if session.looks != looks {
                    session.stale_up_to = session.last_tag;
                    back.append(&mut session.unsettled);
                }
                (session.receives, session.looks) = (true, looks);
                self.requeue(back);
                let queue = queue.unwrap_or_default();
                self.to_page.push_back(ServerMessage::Receiving {
                    mode,
                    queue,
                    ack,
                    prefetch: 500,
                    stream: false,
                });
            }
            ClientMessage::Watch { .. } => unreachable!("the model has no watch"),
            ClientMessage::Pause => {
                session.receives = false;
                let shown = std::mem::take(&mut session.shown);
                self.requeue(shown);
                let reason = StopReason::Paused;
                self.to_page.push_back(ServerMessage::Stopped { reason, detail: None });
            }
            ClientMessage::Settle { tags, .. } => self.settle(&tags),
            ClientMessage::Publish { messages } => {
                assert!(messages.len() <= WINDOW, "more at once than the relay takes");
                for message in messages {
                    let name = message.properties.message_id.expect("the page names messages");
                    self.publish(message.id, name, verdict);
                }
            }
        }
    }

    fn publish(&mut self, id: u64, name: String, verdict: Verdict) {
        if matches!(verdict, Verdict::Confirmed | Verdict::Unconfirmed) {
            self.queued.insert(name.clone());
            self.queue.push_back(name.clone());
        }
        let fail = |reason, retry| Failure { id, reason, detail: None, retry };
        let failed = match verdict {
            Verdict::Confirmed => {
                self.confirmed.insert(name);
                self.to_page
                    .push_back(ServerMessage::Published { confirmed: vec![id], failed: vec![] });
                return;
            }
            Verdict::Unconfirmed | Verdict::Down => fail(FailReason::BrokerDown, true),
            Verdict::Returned => fail(FailReason::Returned, true),
        };
        self.to_page
            .push_back(ServerMessage::Published { confirmed: vec![], failed: vec![failed] });
    }

    /// Takes out of the queue what is settled; the page must have it.
    fn settle(&mut self, which: &Tags) {
        let Some(session) = &mut self.session else { return };
        let shows = |tag: &u64| session.shown.contains_key(tag);
        match which {
            Tags::UpTo(tag) => assert!(session.shown.range(..=tag).next().is_none(), "{tag}"),
            Tags::List(tags) => assert!(!tags.iter().any(shows), "{tags:?} are only shown"),
        }
        let tags: Vec<u64> = match which {
            Tags::UpTo(tag) => session.unsettled.range(..=tag).map(|(tag, _)| *tag).collect(),
            Tags::List(tags) => tags.clone(),
        };
        let settled: Vec<String> =
            tags.iter().filter_map(|tag| session.unsettled.remove(tag)).collect();
        if tags.iter().any(|tag| *tag <= session.stale_up_to) {
            self.to_page.push_back(ServerMessage::Stale { tags: which.clone() });
        }
        let shown = self.shown();
        for name in settled {
            assert!(shown.contains(&name), "{name} was acknowledged and never shown");
        }
    }

    /// The relay passes on up to `count` messages from the queue.
    pub(super) fn deliver(&mut self, count: usize) {
        let Some(session) = &mut self.session else { return };
        if !session.receives {
            return;
        }
        let count = count.min(self.queue.len());
        let messages: Vec<Delivery> = self
            .queue
            .drain(..count)
            .map(|name| {
                session.last_tag += 1;
                let place = if session.looks { &mut session.shown } else { &mut session.unsettled };
                place.insert(session.last_tag, name.clone());
                delivery(session.last_tag, text("x"), Some(&name))
            })
            .collect();
        if !messages.is_empty() {
            self.to_page.push_back(ServerMessage::Deliveries { messages });
        }
    }

    /// The names of what the page shows.
    pub(super) fn shown(&self) -> BTreeSet<String> {
        let kept = self.page.inbox.rows(0..usize::MAX);
        kept.iter().filter_map(|message| message.message.properties.message_id.clone()).collect()
    }

    /// Whether a confirm was given for this message.
    pub(super) fn has_confirmed(&self, name: &str) -> bool {
        self.confirmed.contains(name)
    }

    /// Where the message is, for whoever has lost it.
    pub(super) fn holds(&self, name: &str) -> bool {
        let sessions = self.session.iter();
        let unsettled =
            sessions.flat_map(|session| session.unsettled.values().chain(session.shown.values()));
        self.queue.iter().chain(unsettled).any(|held| held == name)
    }

    /// A new link on which all goes well, until nothing moves any more.
    pub(super) fn heal(&mut self) {
        self.lose_link();
        self.open_link();
        self.act(Action::Choose(Mode::Receive));
        for _ in 0..1_000 {
            self.act(Action::Tick);
            let wrote = self.write();
            let moves = wrote || !self.to_relay.is_empty() || !self.to_page.is_empty();
            self.relay_reads(0, Way::Whole, Verdict::Confirmed);
            self.deliver(WINDOW);
            self.page_reads();
            let totals = self.page.outbox.totals();
            if !moves && totals.queued == 0 && self.queue.is_empty() {
                return;
            }
        }
        panic!("it never comes to rest: {:?}", self.page.outbox.totals());
    }

    /// What is nowhere at rest: messages that wait in the queue, or for a settle.
    pub(super) fn left_over(&self) -> usize {
        self.queue.len() + self.session.as_ref().map_or(0, |session| session.unsettled.len())
    }
}

fn pick<T: Clone>(frames: &mut VecDeque<T>, at: usize, way: Way) -> Option<T> {
    let at = at.min(frames.len().checked_sub(1)?);
    let frame = match way {
        Way::Twice => frames.get(at).cloned(),
        Way::Whole | Way::Lost => frames.remove(at),
    }?;
    (way != Way::Lost).then_some(frame)
}
