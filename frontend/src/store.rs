//! The page's state and everything that changes it. Pure: time comes in with the actions, and
//! what is to be written to the relay is pulled out with [`State::outgoing`], as much as the
//! link has room for.

mod action;
mod sending;

use std::rc::Rc;

use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Delivery, ErrorCode, Outcome, QueueCount, QueueStatus,
    Rights, ServerMessage, StopReason,
};

use crate::{
    connection::{
        event::{Arrival, Event},
        session::Link,
        status as connection_status,
    },
    receive::{inbox::Inbox, status as receive_status, subscription::DeliveryState},
    send::{
        outbox::Outbox,
        repeat::{self, Repeat},
    },
    ui::{
        number::{grouped, plural},
        preview::Kind,
        rates::Rates,
        viewport::Rows as _,
    },
};

pub use action::Action;

/// How often the list of received messages is summed up for screen readers, in milliseconds.
pub const ANNOUNCE_MS: f64 = 2_000.0;
/// How long messages have to wait in the queue, and none to arrive, in milliseconds, before the
/// window counts as full.
pub const WINDOW_FULL_MS: f64 = 2_000.0;
/// How many deliveries the page asks to hold while it settles them by itself. With the relay's own
/// 500 it gets a quarter fewer messages of 100 bytes each second: they are on their way most of the
/// time. A person who settles gets those 500, since what one page holds no other one sees.
pub const AUTO_PREFETCH: u16 = 2_000;
/// How long the page says what "Clear" did, in milliseconds.
pub const CLEARED_MS: f64 = 10_000.0;

/// What "Clear" did, and when.
#[derive(Debug, Clone, Copy)]
struct Cleared {
    cleared: u64,
    open: u64,
    at_ms: f64,
}

/// What the relay is asked for.
#[derive(Default, PartialEq)]
enum Subscription {
    /// Nothing: deliveries do not come, as in a new session.
    #[default]
    Pause,
    Receive(Option<String>, AckMode),
}

/// See the module.
#[derive(Default)]
pub struct State {
    /// How the page stands with the relay.
    pub link: Link,
    /// How the relay stands with the broker, where it has said so in this session.
    pub broker: Option<BrokerState>,
    /// Why the relay asks for another token, in its words, until it lets the page in.
    pub locked: Option<String>,
    /// What the relay lets this page do; everything until it has said so.
    pub rights: Option<Rights>,
    /// When `broker` arrived.
    pub broker_changed_ms: f64,
    /// The relay's queues; the first is sent to and received from until another is chosen.
    pub queues: Rc<[String]>,
    /// The queue that was chosen to send to; it may be one that the relay does not offer.
    chosen_to_send: Option<String>,
    /// The queue that was chosen to receive from, likewise.
    chosen_to_receive: Option<String>,
    /// Their counts, as the relay last said.
    pub counts: Rc<[QueueCount]>,
    /// The switch "Receiving".
    pub receiving: bool,
    /// Who acknowledges what arrives.
    pub ack: AckMode,
    /// Whether deliveries come.
    pub delivery_state: DeliveryState,
    /// What was sent.
    pub outbox: Outbox,
    /// A message that is sent many times, until the next one.
    pub repeat: Option<Repeat>,
    /// What was received.
    pub inbox: Inbox,
    /// Why the last send was refused, in words.
    pub refusal: Option<String>,
    /// How many messages went each second.
    pub rates: Rates,
    /// Something that the user has to know, until it is dismissed.
    pub notice: Option<String>,
    /// Unconfirmed messages that a reload of the tab would lose.
    pub unsaved: usize,
    /// A summary of what arrived, for screen readers.
    pub announcement: String,
    /// The time of the last action, in milliseconds since 1970-01-01 UTC.
    pub now_ms: f64,
    /// What this session has been told about receiving.
    requested: Subscription,
    /// The queue and the window of the relay's last `receiving` in this session.
    window: Option<(String, u16)>,
    /// Whether it is a stream, as far as the relay has said: a stream takes nothing back.
    stream: bool,
    /// When deliveries last arrived.
    arrived_ms: f64,
    cleared: Option<Cleared>,
    /// The last delivery of this session; tags count up by one from 1.
    last_tag: u64,
    out_of_step: bool,
    unreadable: u64,
    announced: u64,
    announced_ms: f64,
}

impl State {
    /// The state of a page that was just opened.
    #[must_use]
    pub fn new(receiving: bool, ack: AckMode) -> Self {
        let mut state = Self { receiving, ..Self::default() };
        state.set_ack(ack);
        state
    }

    /// The queue that is received from: the relay's first where none.
    #[must_use]
    pub fn current_queue(&self) -> Option<&str> {
        self.offered(self.chosen_to_receive.as_ref())
    }

    /// The queue that is sent to: the relay's first where none.
    #[must_use]
    pub fn send_queue(&self) -> Option<&str> {
        self.offered(self.chosen_to_send.as_ref())
    }

    fn offered<'a>(&'a self, chosen: Option<&'a String>) -> Option<&'a str> {
        // Before `welcome` the choice holds: a message must not go elsewhere because it is early.
        let early = self.queues.is_empty();
        let chosen = chosen.filter(|chosen| early || self.queues.contains(chosen));
        chosen.or_else(|| self.queues.first()).map(String::as_str)
    }

    /// The counts of the current queue, once known.
    #[must_use]
    pub fn current_counts(&self) -> Option<&QueueCount> {
        let name = self.current_queue()?;
        self.counts.iter().find(|count| count.name == name)
    }

    /// Whether the page may send, as far as it knows.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.rights.is_none_or(|rights| rights.send)
    }

    /// Whether the page may receive, as far as it knows.
    #[must_use]
    pub fn may_receive(&self) -> bool {
        self.rights.is_none_or(|rights| rights.receive)
    }

    /// What the user may do with a message that is open: a stream takes nothing back, and drops
    /// nothing.
    #[must_use]
    pub fn outcomes(&self) -> &'static [Outcome] {
        if self.stream {
            &[Outcome::Ack]
        } else {
            &[Outcome::Ack, Outcome::Requeue, Outcome::Reject]
        }
    }

    /// Whether a message handed in now would go out now.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.link == Link::Ready && self.broker == Some(BrokerState::Up)
    }

    /// The largest body that the relay takes, once known.
    #[must_use]
    pub fn max_body_bytes(&self) -> Option<usize> {
        self.outbox.limits().map(|limits| limits.max_body_bytes)
    }

    /// Brings the state up to date with `action`, which happened at `now_ms`.
    pub fn apply(&mut self, action: Action, now_ms: f64) {
        self.now_ms = now_ms;
        match action {
            Action::Tick => {
                self.announce();
                let confirmed = self.outbox.totals().confirmed;
                self.rates.tick(confirmed, self.inbox.counters().received, now_ms);
            }
            Action::Send { message, message_id } => self.send(message, message_id),
            Action::StartRepeat(message, plan) => self.start_repeat(message, plan),
            Action::StopRepeat => self.stop_repeat(),
            Action::RestoreRepeat(saved) => {
                self.notice = repeat::ended_words(&saved).or(self.notice.take());
            }
            Action::SendAgain { key, message_id } => {
                self.refusal = self.outbox.send_again(key, message_id, now_ms).err();
            }
            Action::SetReceiving(receiving) => self.receiving = receiving,
            Action::SetAck(ack) => self.set_ack(ack),
            // What is refused must not be shown as done.
            Action::Settle { outcome, .. } if !self.outcomes().contains(&outcome) => {}
            Action::Settle { number, outcome } => self.inbox.settle(number, outcome),
            Action::SettleAll => self.inbox.settle_all(),
            Action::SendTo(queue) => self.chosen_to_send = Some(queue),
            Action::ReceiveFrom(queue) => self.chosen_to_receive = Some(queue),
            Action::Filter(text) => self.inbox.set_filter(&text),
            Action::Search(work) => self.inbox.search(work),
            Action::Clear => self.clear(),
            Action::DismissNotice => self.notice = None,
            Action::Restore(json) => self.outbox.restore(&json),
            Action::Saved { left_out } => self.unsaved = left_out,
            Action::Connection(event) => self.on_connection(event),
        }
        self.settle_repeat();
    }

    fn on_connection(&mut self, event: Event) {
        match event {
            Event::Opened => self.link = Link::Open,
            Event::Lost { why, retry_at_ms } => {
                self.link = Link::Lost { why, retry_at_ms };
                self.lose_link();
            }
            Event::ReconnectNow => {
                if let Link::Lost { retry_at_ms, .. } = &mut self.link {
                    *retry_at_ms = self.now_ms;
                }
            }
            Event::Locked { why } => {
                self.link = Link::Locked;
                // The form says it now.
                self.notice.take_if(|notice| *notice == connection_status::not_allowed(&why));
                self.locked = Some(why);
                self.lose_link();
            }
            Event::Unlock => {
                // Nobody has to be locked out to enter one: it may end a session that is fine.
                self.link = Link::Connecting;
                self.lose_link();
            }
            Event::Arrived(Arrival { at_ms, content }) => match content {
                Ok(message) => self.handle_message(message, at_ms),
                Err(why) => self.unreadable(&why),
            },
        }
    }

    /// What was true of the session is no longer.
    fn lose_link(&mut self) {
        self.broker = None;
        self.delivery_state = DeliveryState::Idle;
        self.requested = Subscription::Pause;
        self.window = None;
        self.stream = false;
        self.counts = Rc::default();
        self.last_tag = 0;
        self.out_of_step = false;
        self.outbox.link_lost();
        self.inbox.lose_link();
    }

    /// The next message to write to the relay, if any; to be called while the link has room.
    pub fn outgoing(&mut self, now_ms: f64) -> Option<ClientMessage> {
        if self.link != Link::Ready || self.out_of_step {
            return None;
        }
        if let Some(settle) = self.inbox.take_settle() {
            return Some(settle);
        }
        if let Some(message) = self.subscribe() {
            return Some(message);
        }
        if self.sends() {
            let messages = self.outbox.take(now_ms);
            for message in &messages {
                if let Some(id) = &message.properties.message_id {
                    self.inbox.sent(id, now_ms);
                }
            }
            return (!messages.is_empty()).then_some(ClientMessage::Publish { messages });
        }
        None
    }

    /// Asks the relay for what the user wants to receive, unless that was asked for.
    fn subscribe(&mut self) -> Option<ClientMessage> {
        let wanted = if self.receiving && self.may_receive() {
            Subscription::Receive(self.current_queue().map(str::to_owned), self.ack)
        } else {
            Subscription::Pause
        };
        if wanted == self.requested {
            return None;
        }
        let message = match &wanted {
            Subscription::Pause => ClientMessage::Pause,
            Subscription::Receive(queue, ack) => {
                // From another queue nothing comes until the relay says so.
                self.delivery_state = DeliveryState::Idle;
                let prefetch = (*ack == AckMode::Auto).then_some(AUTO_PREFETCH);
                ClientMessage::Receive { queue: queue.clone(), ack: *ack, prefetch }
            }
        };
        self.requested = wanted;
        Some(message)
    }

    fn handle_message(&mut self, message: ServerMessage, at_ms: f64) {
        match message {
            ServerMessage::Welcome { queues, rights, limits, .. } => {
                self.link = Link::Ready;
                self.locked = None;
                self.rights = Some(rights);
                self.queues = queues.into();
                self.outbox.set_limits(limits);
            }
            ServerMessage::Broker(state) => {
                // What is received comes by another connection: `stopped` tells of that.
                if state == BrokerState::Up {
                    self.outbox.broker_up();
                }
                self.broker = Some(state);
                self.broker_changed_ms = at_ms;
            }
            ServerMessage::Queues { queues } => {
                if *self.counts != *queues {
                    self.counts = queues.into();
                }
            }
            ServerMessage::Receiving { queue, prefetch, stream, .. } => {
                // Another queue has another channel, and the old one is gone.
                if self.window.as_ref().is_some_and(|(before, _)| *before != queue) {
                    self.inbox.lose_channel();
                }
                self.window = Some((queue, prefetch));
                self.arrived_ms = at_ms;
                self.stream = stream;
                self.delivery_state = DeliveryState::Receiving;
            }
            ServerMessage::Stopped { reason, detail } => {
                // A pause keeps its channel, any other end of deliveries loses it.
                if reason != StopReason::Paused {
                    self.inbox.lose_channel();
                }
                self.delivery_state = DeliveryState::Stopped(reason, detail);
            }
            ServerMessage::Deliveries { mut messages } => {
                self.arrived_ms = at_ms;
                messages.truncate(self.in_step(&messages));
                self.inbox.receive(messages, at_ms);
            }
            ServerMessage::Published { confirmed, failed } => {
                self.outbox.published(&confirmed, failed, at_ms);
            }
            ServerMessage::Stale { tags } => {
                self.inbox.stale(&tags);
                self.notice = Some(
                    "Some messages arrived but could not be acknowledged, since the broker's \
                     channel was lost. The broker delivers them again."
                        .to_owned(),
                );
            }
            ServerMessage::Error { code, message } => match code {
                // The tag was settled twice, which changes nothing.
                ErrorCode::UnknownTag => {}
                // The link says what follows from it.
                ErrorCode::NotAllowed if self.link != Link::Ready => {}
                ErrorCode::NotAllowed => {
                    self.notice = Some(connection_status::not_allowed(&message))
                }
                ErrorCode::NotSupported => {
                    self.notice = Some(receive_status::not_supported(&message))
                }
                _ => {
                    self.notice =
                        Some(format!("The relay did not understand this page: {message}"));
                }
            },
        }
    }

    fn set_ack(&mut self, ack: AckMode) {
        self.ack = ack;
        self.inbox.set_by_hand(ack == AckMode::Manual);
    }

    fn clear(&mut self) {
        let before = self.inbox.counters().dropped;
        self.inbox.clear();
        let cleared = self.inbox.counters().dropped - before;
        self.cleared =
            Some(Cleared { cleared, open: self.inbox.open() as u64, at_ms: self.now_ms });
    }

    /// Whether the link must be given up: a delivery of this session is missing, so that an
    /// acknowledgement could cover what nobody has seen. The broker delivers again what is
    /// unsettled.
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.out_of_step
    }

    /// How many of these deliveries follow on what has arrived, one by one.
    fn in_step(&mut self, deliveries: &[Delivery]) -> usize {
        if self.out_of_step {
            return 0;
        }
        let follows = |(tag, delivery): (u64, &Delivery)| delivery.tag == tag;
        let count = (self.last_tag + 1..).zip(deliveries).take_while(|pair| follows(*pair)).count();
        self.last_tag += count as u64;
        if count < deliveries.len() {
            self.out_of_step = true;
            self.notice = Some(
                "A message from the relay was missing or came twice. None was acknowledged \
                 unseen; the page connects again, and the broker delivers again."
                    .to_owned(),
            );
        }
        count
    }

    fn unreadable(&mut self, why: &str) {
        self.unreadable += 1;
        self.notice = Some(format!(
            "{} from the relay could not be read ({why}). Reload the page if this goes on.",
            plural(self.unreadable, "message", "messages")
        ));
    }

    fn announce(&mut self) {
        let received = self.inbox.counters().received;
        if received == self.announced || self.now_ms - self.announced_ms < ANNOUNCE_MS {
            return;
        }
        let new = received - self.announced;
        self.announced = received;
        self.announced_ms = self.now_ms;
        let newest = self.inbox.newest().map(|message| &message.preview);
        self.announcement = match newest {
            Some(preview) if new == 1 && preview.kind == Kind::Text => {
                format!("Received message {}: {}", grouped(received), preview.line)
            }
            _ => format!("Received {}", plural(new, "message", "messages")),
        };
    }

    /// See [`connection_status::broker`].
    #[must_use]
    pub fn broker_chip(&self) -> connection_status::Chip {
        connection_status::broker(
            &self.link,
            self.broker.as_ref(),
            self.broker_changed_ms,
            self.now_ms,
        )
    }

    /// How many messages the filter shows of how many, where it is set.
    #[must_use]
    pub fn found_words(&self) -> Option<String> {
        let inbox = &self.inbox;
        let kept = inbox.counters().kept;
        inbox
            .is_filtered()
            .then(|| receive_status::found(inbox.len() as u64, kept, inbox.is_searching()))
    }

    /// What the user should know about receiving beside [`State::receiving_words`].
    #[must_use]
    pub fn receive_notes(&self) -> Vec<String> {
        [self.stream_words(), self.window_words(), self.cleared_words()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Why messages can only be acknowledged, where they cannot be settled in another way.
    fn stream_words(&self) -> Option<String> {
        let (queue, _) = self.window.as_ref()?;
        (self.stream && self.inbox.open() > 0).then(|| receive_status::stream(queue))
    }

    /// Why no more come while messages wait to be settled by hand, in words.
    #[must_use]
    pub fn window_words(&self) -> Option<String> {
        let (_, prefetch) = self.window.as_ref()?;
        let open = self.inbox.open();
        if self.delivery_state != DeliveryState::Receiving || open == 0 {
            return None;
        }
        // A window of large messages is full sooner than the relay says in `receiving`.
        let ready = self.current_counts().is_some_and(
            |count| matches!(count.status, QueueStatus::Counts { ready, .. } if ready > 0),
        );
        let waits = ready && self.now_ms - self.arrived_ms >= WINDOW_FULL_MS;
        let full = open >= usize::from(*prefetch);
        (full || waits).then(|| receive_status::window_full(open as u64))
    }

    /// Why nothing comes although messages wait and nothing is unsettled: a queue may have one active
    /// consumer at a time.
    fn stand_by_words(&self) -> Option<String> {
        let QueueCount { name, status: QueueStatus::Counts { ready, consumers } } =
            self.current_counts()?
        else {
            return None;
        };
        let idle = self.delivery_state == DeliveryState::Receiving && self.inbox.open() == 0;
        let waits = self.now_ms - self.arrived_ms >= WINDOW_FULL_MS;
        (idle && waits && *ready > 0 && *consumers > 1)
            .then(|| receive_status::stand_by(name, *ready))
    }

    /// What the last "Clear" did, for a while.
    #[must_use]
    pub fn cleared_words(&self) -> Option<String> {
        let Cleared { cleared, open, at_ms } = self.cleared?;
        (self.now_ms - at_ms < CLEARED_MS).then(|| receive_status::cleared(cleared, open))
    }

    /// See [`receive_status::receiving`].
    #[must_use]
    pub fn receiving_words(&self) -> String {
        if let Some(words) = self.stand_by_words() {
            return words;
        }
        receive_status::receiving(
            self.receiving,
            matches!(self.link, Link::Lost { .. } | Link::Locked),
            self.broker.as_ref(),
            &self.delivery_state,
            self.current_counts(),
            self.inbox.is_empty(),
        )
    }
}
