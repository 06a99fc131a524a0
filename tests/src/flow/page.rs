//! The page without a browser: its own pure state machine on a thread of its own, with the
//! reconnects, the batches and the watchdog of `frontend/src/connection/link.rs` and `app.rs`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use warren_frontend::{
    connection::{
        backoff::Backoff,
        event::{Arrival, Closed, Event},
        status,
    },
    receive::{
        mode::{Choice, Mode},
        subscription::DeliveryState,
    },
    send::draft::Prepared,
    store::{Action, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, FailReason, Failure, PROTOCOL_VERSION, ServerMessage,
    WireMessage as _, close,
};

use super::{
    FLOW, Goal, Role, Shared,
    link::{End, Link, Unsettled},
    record::message_id,
    unique,
};
use crate::{amqp::QUEUE, fault::Random};

/// A browser draws so often, and a page takes in what has arrived when it draws.
const PICTURE: Duration = Duration::from_millis(16);
/// The relay speaks every 10 seconds. A link that is silent for so long is dead.
const SILENCE: Duration = Duration::from_secs(15);
/// Messages that wait in the outbox, at most, until more are handed in.
const WAITING: usize = 2_000;
/// Messages handed in with each picture once the flow has had its share: 2,000 a second or so.
const SLOWLY: u64 = 32;

pub(super) fn run(shared: Arc<Shared>, address: &str, role: Role) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Page::new(shared, role).live(address));
}

struct Page {
    shared: Arc<Shared>,
    role: Role,
    goal: watch::Receiver<Goal>,
    state: State,
    backoff: Backoff,
    random: Random,
    handed_in: u64,
    /// The number of each message on the wire, by the wire's id.
    on_the_wire: HashMap<u64, u64>,
    arrived: Vec<Arrival>,
    unsettled: Unsettled,
}

impl Page {
    fn new(shared: Arc<Shared>, role: Role) -> Self {
        let random = Random(unique());
        let paused = role == Role::Sends;
        let choice = Choice { mode: Mode::Receive, paused, ack: Some(AckMode::Auto) };
        Self {
            role,
            goal: shared.goal.subscribe(),
            state: State::new([(QUEUE.to_owned(), choice)].into()),
            backoff: Backoff::default(),
            random,
            handed_in: 0,
            on_the_wire: HashMap::new(),
            arrived: Vec::new(),
            unsettled: Unsettled::default(),
            shared,
        }
    }

    async fn live(mut self, address: &str) {
        while *self.goal.borrow_and_update() != Goal::Leave {
            self.unsettled = Arc::new(Mutex::default());
            let open = Link::open(address, Arc::clone(&self.shared), Arc::clone(&self.unsettled));
            let opened = timeout(SILENCE, open).await;
            let opened_ms = now_ms();
            let (open_ms, end) = match opened {
                Ok(Ok(link)) => match self.serve(link).await {
                    Some(end) => (now_ms() - opened_ms, end),
                    None => return,
                },
                Ok(Err(end)) => (0.0, end),
                Err(_) => (0.0, (0, "no answer".to_owned())),
            };
            self.lost(open_ms, end).await;
        }
    }

    /// Lives with a link until it ends, or until the page is to leave.
    async fn serve(&mut self, mut link: Link) -> Option<End> {
        link.write(ClientMessage::Hello { protocol: PROTOCOL_VERSION, token: None, binary: true });
        self.state.apply(Action::Connection(Event::Opened), now_ms());
        let mut heard_ms = now_ms();
        let mut picture = interval(PICTURE);
        picture.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                bytes = link.next() => match bytes {
                    Ok(bytes) => {
                        heard_ms = now_ms();
                        let content =
                            ServerMessage::from_binary(bytes).map_err(|why| why.to_string());
                        self.arrived.push(Arrival { at_ms: heard_ms, content });
                    }
                    Err(end) => return Some(end),
                },
                _ = picture.tick() => {
                    self.take_in();
                    self.hand_in();
                    self.write(&link);
                    if self.state.is_out_of_step() {
                        return Some((0, "out of step".to_owned()));
                    }
                    if now_ms() - heard_ms > SILENCE.as_secs_f64() * 1000.0 {
                        return Some((0, "silence".to_owned()));
                    }
                    if self.may_leave() {
                        timeout(SILENCE, link.close()).await.ok();
                        return None;
                    }
                }
            }
        }
    }

    /// Takes in what has arrived, and gets ready to come back.
    async fn lost(&mut self, open_ms: f64, (code, reason): End) {
        self.take_in();
        if matches!(code, close::POLICY | close::UNSUPPORTED_VERSION) {
            self.backoff.max_out();
        }
        let wait_ms = self.backoff.next_ms(open_ms, self.random.fraction());
        let why = Closed { code, reason };
        if open_ms > 0.0 {
            let words = status::closed(&why, Language::English);
            self.shared.change(|record| record.links_lost.push(words));
        }
        self.state.apply(
            Action::Connection(Event::Lost { why, retry_at_ms: now_ms() + wait_ms }),
            now_ms(),
        );
        self.hand_in();
        let leaving = self.goal.wait_for(|goal| *goal == Goal::Leave);
        tokio::select! {
            () = sleep(Duration::from_secs_f64(wait_ms / 1000.0)) => {}
            _ = leaving => {}
        }
    }

    /// Whether the page is to leave, and receives nothing any more that it would leave unsettled.
    fn may_leave(&mut self) -> bool {
        if *self.goal.borrow_and_update() != Goal::Leave {
            return false;
        }
        if self.state.choice().is_some_and(|choice| !choice.paused) {
            self.state.apply(Action::SetPaused(true), now_ms());
            return false;
        }
        *self.state.delivery_state() != DeliveryState::Receiving
    }

    fn take_in(&mut self) {
        for arrival in std::mem::take(&mut self.arrived) {
            self.note(&arrival);
            self.state.apply(Action::Connection(Event::Arrived(arrival)), now_ms());
        }
    }

    /// Keeps the record, which the page itself has no need for.
    fn note(&mut self, arrival: &Arrival) {
        let message =
            arrival.content.as_ref().unwrap_or_else(|why| panic!("not the protocol: {why}"));
        match message {
            ServerMessage::Deliveries { messages } => {
                let mut unsettled = self.unsettled.lock().unwrap();
                self.shared.change(|record| {
                    for delivery in messages {
                        unsettled.insert(delivery.tag, record.receive(delivery));
                    }
                });
            }
            ServerMessage::Published { confirmed, failed } => self.shared.change(|record| {
                let numbers = confirmed.iter().filter_map(|id| self.on_the_wire.get(id));
                record.confirmed.extend(numbers);
                for failure in failed.iter().filter(|failure| !is_sent_again(failure)) {
                    let number = self.on_the_wire.get(&failure.id);
                    record.failed.extend(number.map(|number| (*number, failure.reason)));
                }
            }),
            ServerMessage::Broker(state) => {
                self.shared.change(|record| record.states.push(told(state)));
            }
            ServerMessage::Error { message, .. } => {
                self.shared.change(|record| record.errors.push(message.clone()));
            }
            _ => {}
        }
    }

    fn hand_in(&mut self) {
        if self.role == Role::Receives {
            return;
        }
        let max = match *self.goal.borrow() {
            Goal::Flow => FLOW.max(self.handed_in + SLOWLY),
            Goal::Finish | Goal::Leave => FLOW,
        };
        while self.handed_in < max && self.state.outbox.totals().queued < WAITING {
            self.handed_in += 1;
            let number = self.handed_in;
            let message_id = self.shared.change(|record| {
                record.accepted.insert(number);
                message_id(record.run.unwrap(), number)
            });
            let text = number.to_string();
            self.state.apply(Action::Send { message: Prepared::text(text), message_id }, now_ms());
            assert_eq!(self.state.refusal, None, "the outbox is not full");
        }
    }

    fn write(&mut self, link: &Link) {
        while link.has_room() {
            let Some(message) = self.state.outgoing(now_ms()) else { return };
            if let ClientMessage::Publish { messages } = &message {
                let numbers = messages
                    .iter()
                    .map(|message| (message.id, message.body.as_text().unwrap().parse().unwrap()));
                self.on_the_wire.extend(numbers);
            }
            link.write(message);
        }
    }
}

/// Whether the outbox itself sends it again.
fn is_sent_again(failure: &Failure) -> bool {
    let by_itself = matches!(failure.reason, FailReason::BrokerDown | FailReason::TooManyInFlight);
    by_itself && failure.retry
}

fn told(state: &BrokerState) -> String {
    use BrokerState::{Blocked, Connecting, Down, Up};
    let (word, detail) = match state {
        Up { .. } => ("up", None),
        Connecting { detail } => ("connecting", detail.as_ref()),
        Blocked { detail } => ("blocked", detail.as_ref()),
        Down { detail, .. } => ("down", detail.as_ref()),
    };
    let detail = detail.map(ToString::to_string).unwrap_or_default();
    format!("{word}: {detail}")
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1000.0
}
