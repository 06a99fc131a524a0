//! Two queues, a relay that keeps the protocol, and a line between relay and page that can be cut. What
//! is on the line arrives in order, or not at all, as in a WebSocket.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::{
        inbox::{AckState, Row},
        mode::{Choice, Mode},
    },
    store::{Action, Phase, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Delivery, FailReason, Failure, Outcome, Publish,
    QueueCount, QueueStatus, Rights, ServerMessage, StopReason, Tags,
};

use crate::{limits, text};

pub(super) const SOURCE: &str = "dead";
pub(super) const TARGET: &str = "orders";
const UUID: &str = "0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f";

/// What becomes of a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Confirmed,
    /// In the target, but the connection is lost before the confirm.
    Unconfirmed,
    /// Not in the target.
    Failed(FailReason),
}

/// A message in a queue: its body, which no other has, and its name, if it has one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) body: String,
    id: Option<String>,
}

#[derive(Default)]
struct Session {
    /// Of the page's last `receive`.
    prefetch: Option<usize>,
    last_tag: u64,
    unsettled: BTreeMap<u64, Held>,
    stale_up_to: u64,
}

pub(super) struct World {
    pub(super) page: State,
    pub(super) now_ms: f64,
    pub(super) window: usize,
    to_relay: VecDeque<ClientMessage>,
    to_page: VecDeque<ServerMessage>,
    session: Option<Session>,
    pub(super) source: VecDeque<Held>,
    pub(super) target: Vec<Held>,
    made: u64,
    /// Bodies of what the user has settled for good.
    given_up: BTreeSet<String>,
    /// The rows of copies that are on the line or at the relay, by the id of the copy.
    in_flight: BTreeMap<u64, u64>,
    /// How many messages wait at once, at most so far, in the page and the window's books.
    pub(super) most_open: usize,
}

impl World {
    pub(super) fn new(window: usize) -> Self {
        let choices = [(SOURCE.to_owned(), Choice::now(Mode::Receive))].into();
        let mut page = State::new(choices);
        page.copy_ids = UUID.to_owned();
        Self {
            page,
            now_ms: 0.0,
            window,
            to_relay: VecDeque::new(),
            to_page: VecDeque::new(),
            session: None,
            source: VecDeque::new(),
            target: Vec::new(),
            made: 0,
            given_up: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            most_open: 0,
        }
    }

    /// So many messages in the source, received by a page that is connected; every third has no name.
    pub(super) fn with(window: usize, count: u64) -> Self {
        let mut world = Self::new(window);
        world.fill(count);
        world.open_link();
        world.run(|world| world.deliver(usize::MAX));
        world
    }

    pub(super) fn fill(&mut self, count: u64) {
        for _ in 0..count {
            self.made += 1;
            let id = (!self.made.is_multiple_of(3)).then(|| format!("id-{}", self.made));
            self.source.push_back(Held { body: format!("b{}", self.made), id });
        }
    }

    pub(super) fn act(&mut self, action: Action) {
        self.now_ms += 10.0;
        self.page.apply(action, self.now_ms);
        assert!(!self.page.is_out_of_step());
    }

    pub(super) fn open_link(&mut self) {
        if self.session.is_some() {
            return;
        }
        self.session = Some(Session::default());
        self.act(Action::Connection(Event::Opened));
        self.to_page.extend([
            ServerMessage::Welcome {
                protocol: 1,
                relay: String::new(),
                queues: vec![SOURCE.to_owned(), TARGET.to_owned()],
                rights: Rights::ALL,
                limits: limits(self.window),
                receive_at_once: false,
            },
            ServerMessage::Broker(BrokerState::UP),
        ]);
        self.count();
    }

    pub(super) fn lose_link(&mut self) {
        self.to_relay.clear();
        self.to_page.clear();
        self.in_flight.clear();
        if let Some(session) = self.session.take() {
            self.give_back(session.unsettled);
            self.act(Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 0.0 }));
        }
    }

    pub(super) fn lose_channel(&mut self) {
        let Some(session) = &mut self.session else { return };
        let Some(prefetch) = session.prefetch else { return };
        session.stale_up_to = session.last_tag;
        let unsettled = std::mem::take(&mut session.unsettled);
        let reason = StopReason::QueueDown;
        self.to_page.push_back(ServerMessage::Stopped { reason, detail: None });
        self.to_page.push_back(receiving(prefetch));
        self.give_back(unsettled);
    }

    fn give_back(&mut self, unsettled: BTreeMap<u64, Held>) {
        for held in unsettled.into_values().rev() {
            self.source.push_front(held);
        }
    }

    /// The relay says what waits.
    pub(super) fn count(&mut self) {
        if self.session.is_some() {
            let ready = u32::try_from(self.source.len()).unwrap();
            let count = |name: &str, ready| QueueCount {
                name: name.to_owned(),
                status: QueueStatus::counts(ready, 1),
            };
            let queues = vec![count(SOURCE, ready), count(TARGET, 0)];
            self.to_page.push_back(ServerMessage::Queues { queues });
        }
    }

    pub(super) fn write(&mut self) -> bool {
        let Some(message) = self.page.outgoing(self.now_ms) else { return false };
        if let ClientMessage::Publish { messages } = &message {
            assert!(!messages.is_empty());
            let rows = self.page.inbox.rows_from(0).filter(|row| row.ack_state == AckState::Open);
            let open: BTreeMap<&[u8], u64> =
                rows.map(|row| (row.message.body.as_bytes(), row.message.number)).collect();
            for Publish { id, queue, body, .. } in messages {
                assert_eq!(queue.as_deref(), Some(TARGET));
                let number = open[body.as_bytes()];
                assert!(self.in_flight.insert(*id, number).is_none(), "{id} is given twice");
            }
            assert!(self.in_flight.len() <= self.window, "more than the window");
        }
        self.to_relay.push_back(message);
        true
    }

    pub(super) fn page_reads(&mut self) -> bool {
        let Some(message) = self.to_page.pop_front() else { return false };
        if let ServerMessage::Published { confirmed, failed } = &message {
            for id in confirmed.iter().chain(failed.iter().map(|failure| &failure.id)) {
                self.in_flight.remove(id);
            }
        }
        let arrival = Arrival { at_ms: self.now_ms, content: Ok(message) };
        self.act(Action::Connection(Event::Arrived(arrival)));
        self.most_open = self.most_open.max(self.page.inbox.open());
        true
    }

    /// The relay reads a message; copies in it meet these verdicts, in turn.
    pub(super) fn relay_reads(&mut self, verdicts: &[Verdict]) -> bool {
        let Some(message) = self.to_relay.pop_front() else { return false };
        let Some(session) = &mut self.session else { return true };
        match message {
            ClientMessage::Receive { queue, ack, prefetch, .. } => {
                assert_eq!(queue.as_deref(), Some(SOURCE));
                let prefetch = prefetch.map_or(500, usize::from);
                session.prefetch = Some(prefetch);
                self.to_page.push_back(match receiving(prefetch) {
                    ServerMessage::Receiving { queue, mode, prefetch, stream, .. } => {
                        ServerMessage::Receiving { queue, mode, ack, prefetch, stream }
                    }
                    other => other,
                });
            }
            ClientMessage::Pause => {
                session.prefetch = None;
                let reason = StopReason::Paused;
                self.to_page.push_back(ServerMessage::Stopped { reason, detail: None });
            }
            ClientMessage::Settle { outcome, tags } => self.settle(outcome, &tags),
            ClientMessage::Publish { messages } => {
                let verdicts = verdicts.iter().copied().cycle();
                let (mut confirmed, mut failed) = (Vec::new(), Vec::new());
                for (publish, verdict) in messages.into_iter().zip(verdicts) {
                    match verdict {
                        Verdict::Confirmed => confirmed.push(publish.id),
                        Verdict::Unconfirmed => {
                            failed.push(failure(publish.id, FailReason::BrokerDown));
                        }
                        Verdict::Failed(reason) => failed.push(failure(publish.id, reason)),
                    }
                    if matches!(verdict, Verdict::Confirmed | Verdict::Unconfirmed) {
                        let body = publish.body.as_text().unwrap().to_owned();
                        self.target.push(Held { body, id: publish.properties.message_id });
                    }
                }
                self.to_page.push_back(ServerMessage::Published { confirmed, failed });
            }
            other => unreachable!("{other:?}"),
        }
        true
    }

    fn settle(&mut self, outcome: Outcome, which: &Tags) {
        let Some(session) = &mut self.session else { return };
        let Tags::List(tags) = which else { panic!("{which:?} of what is settled by hand") };
        let settled = tags.iter().filter_map(|tag| session.unsettled.remove_entry(tag));
        let settled: BTreeMap<u64, Held> = settled.collect();
        if tags.iter().any(|tag| *tag <= session.stale_up_to) {
            self.to_page.push_back(ServerMessage::Stale { tags: which.clone() });
        }
        if outcome == Outcome::Requeue {
            self.give_back(settled);
        }
    }

    /// The relay passes on up to `count` messages.
    pub(super) fn deliver(&mut self, count: usize) -> bool {
        let Some(session) = &mut self.session else { return false };
        let room = session.prefetch.unwrap_or(0).saturating_sub(session.unsettled.len());
        let count = count.min(room).min(self.source.len());
        let mut messages = Vec::new();
        for held in self.source.drain(..count) {
            session.last_tag += 1;
            messages.push(Delivery {
                tag: session.last_tag,
                ..crate::delivery(0, text(&held.body), held.id.as_deref())
            });
            session.unsettled.insert(session.last_tag, held);
        }
        if !messages.is_empty() {
            self.to_page.push_back(ServerMessage::Deliveries { messages });
        }
        count > 0
    }

    pub(super) fn rows(&self) -> Vec<Row> {
        self.page.inbox.rows_from(0).cloned().collect()
    }

    /// The numbers of what is open.
    pub(super) fn open(&self) -> Vec<u64> {
        let open = |row: &&Row| row.ack_state == AckState::Open;
        self.rows().iter().filter(open).map(|row| row.message.number).collect()
    }

    /// The user settles rows; what is on its way to the target must not be.
    pub(super) fn user_settles(&mut self, action: Action) {
        let before = self.rows();
        self.act(action);
        for (row, after) in before.iter().zip(self.rows()) {
            let body = row.message.body.as_text().unwrap();
            if row.ack_state == AckState::Open && after.ack_state != AckState::Open {
                let number = row.message.number;
                let copied = self.in_flight.values().any(|copied| *copied == number);
                assert!(!copied, "row {number} was settled while its copy is on its way");
                if after.ack_state != AckState::Settled(Outcome::Requeue) {
                    self.given_up.insert(body.to_owned());
                }
            }
        }
    }

    pub(super) fn phase(&self) -> Option<Phase> {
        self.page.moving(Language::English).map(|moving| moving.phase)
    }

    /// Lets everything go well, and the relay deliver, until nothing moves.
    pub(super) fn run(&mut self, deliver: impl Fn(&mut Self) -> bool) {
        for _ in 0..100_000 {
            let mut moves = false;
            while self.write() {
                moves = true;
            }
            moves |= self.relay_reads(&[Verdict::Confirmed]);
            moves |= deliver(self);
            moves |= self.page_reads();
            if !moves {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    /// Time passes, in which nothing comes but the counts.
    pub(super) fn rest(&mut self) {
        self.count();
        self.run(|_| false);
        self.now_ms += 3_000.0;
        self.act(Action::Tick);
        self.run(|_| false);
    }

    /// Every message is somewhere, and only with its own name in two places.
    pub(super) fn check(&self) {
        let session = self.session.iter().flat_map(|session| session.unsettled.values());
        let held: Vec<&Held> = self.source.iter().chain(session).collect();
        let mut names = BTreeMap::<&str, BTreeSet<&str>>::new();
        for copy in &self.target {
            let id = copy.id.as_deref().expect("a copy has a name");
            names.entry(&copy.body).or_default().insert(id);
        }
        for number in 1..=self.made {
            let body = format!("b{number}");
            let is_held = held.iter().any(|held| held.body == body);
            let copied = names.get(body.as_str());
            let given_up = self.given_up.contains(&body);
            assert!(is_held || copied.is_some() || given_up, "{body} is lost");
            if let Some(names) = copied
                && number % 3 != 0
            {
                assert_eq!(names.iter().collect::<Vec<_>>(), [&format!("id-{number}")]);
            }
        }
    }
}

fn receiving(prefetch: usize) -> ServerMessage {
    ServerMessage::Receiving {
        queue: SOURCE.to_owned(),
        mode: warren_protocol::ReceiveMode::Take,
        ack: AckMode::Manual,
        prefetch: u16::try_from(prefetch).unwrap(),
        stream: false,
    }
}

fn failure(id: u64, reason: FailReason) -> Failure {
    Failure { id, reason, detail: None, retry: reason != FailReason::InvalidProperty }
}
