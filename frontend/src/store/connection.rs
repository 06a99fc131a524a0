//! What the state does when the link changes and when the relay speaks, and how the page stands
//! with relay and broker.

use std::rc::Rc;

use warren_protocol::{BrokerState, Detail, ErrorCode, QueueCount, ServerMessage};

use crate::{
    connection::{
        event::{Arrival, Event},
        problem::Problem,
        session,
        status::{self, Pill},
    },
    receive::subscription::Subscription,
    ui::language::{Language, detail::detail as detail_words, sentence},
};

use super::{Notice, Said, State};

/// How the page stands with the relay. A session has a [`Subscription`], which ends with it.
pub type Connection = session::Connection<Subscription>;

impl State {
    pub(super) fn on_connection(&mut self, event: Event) {
        match event {
            Event::Opened => self.lose_session(Connection::Handshake),
            Event::Lost { why, retry_at_ms } => {
                self.lose_session(Connection::Offline { why, retry_at_ms });
            }
            Event::ReconnectNow => self.connection.retry_now(self.now_ms),
            Event::Locked { why } => {
                // The form says it now.
                self.notice.take_if(|notice| matches!(notice, Notice::NotAllowed(_)));
                self.locked_before = None;
                self.lose_session(Connection::Locked { why });
            }
            Event::Unlock => {
                // Nobody has to be locked out to enter one: it may end a session that is fine.
                self.locked_before = self.locked().map(str::to_owned);
                self.lose_session(Connection::Handshake);
            }
            Event::Slept => self.connection.slept(),
            Event::Arrived(Arrival { at_ms, content }) => {
                self.connection.heard();
                match content {
                    Ok(message) => self.on_message(message, at_ms),
                    Err(why) => self.unreadable(why),
                }
            }
        }
    }

    /// What was true of the session, if there was one, is no longer.
    fn lose_session(&mut self, next: Connection) {
        self.connection = next;
        self.outbox.link_lost();
        self.lose_move();
        self.inbox.lose_link();
        self.look_anyway = false;
    }

    fn on_message(&mut self, message: ServerMessage, at_ms: f64) {
        match message {
            ServerMessage::Welcome { queues, rights, limits, receive_at_once, .. } => {
                self.connection.welcome();
                (self.locked_before, self.token_detail) = (None, None);
                let (queues, rights) = (queues.into(), Some(rights));
                self.known = session::Known { queues, rights, receive_at_once };
                self.outbox.set_limits(limits);
            }
            ServerMessage::Published { confirmed, failed } => {
                self.on_copies(&confirmed, &failed, at_ms);
                self.outbox.published(&confirmed, failed, at_ms);
            }
            ServerMessage::Stale { tags } => self.on_stale(&tags),
            ServerMessage::Error { code, message, detail } => {
                self.on_error(code, Said { detail, message });
            }
            ServerMessage::Broker(state) => self.on_broker(state, at_ms),
            ServerMessage::Queues { queues } => {
                if let Some(session) = self.connection.session_mut() {
                    session.set_counts(queues);
                }
            }
            ServerMessage::Receiving { queue, mode, prefetch, stream, .. } => {
                self.on_receiving(queue, mode, prefetch, stream, at_ms);
            }
            ServerMessage::Watching { queue } => self.on_watching(&queue),
            ServerMessage::Stopped { reason, detail } => self.on_stopped(reason, detail),
            ServerMessage::Deliveries { messages } => self.on_deliveries(messages, at_ms),
            ServerMessage::Observed { events, missed } => self.on_observed(events, missed, at_ms),
        }
    }

    fn on_broker(&mut self, state: BrokerState, at_ms: f64) {
        // The relay speaks of it only in a session.
        let Some(session) = self.connection.session_mut() else { return };
        // What is received comes by another connection: `stopped` tells of that.
        if state.is_up() {
            self.outbox.broker_up();
        }
        session.set_broker(state, at_ms);
    }

    fn on_error(&mut self, code: ErrorCode, said: Said) {
        let notice = match code {
            // The tag was settled twice, which changes nothing.
            ErrorCode::UnknownTag => return,
            // The link says what follows from it.
            ErrorCode::NotAllowed if self.connection.session().is_none() => {
                self.token_detail = said.detail;
                return;
            }
            ErrorCode::NotAllowed => {
                if said.detail == Some(Detail::TokenWithdrawn) {
                    self.token_detail.clone_from(&said.detail);
                }
                Notice::NotAllowed(said)
            }
            ErrorCode::NotSupported => Notice::NotSupported(said),
            ErrorCode::BadMessage | ErrorCode::UnknownQueue => Notice::NotUnderstood(said),
        };
        self.notice = Some(notice);
    }

    fn unreadable(&mut self, why: String) {
        self.unreadable += 1;
        self.notice = Some(Notice::Unreadable(self.unreadable, why));
    }

    /// Why the relay asks for another token, in words, until it lets the page in.
    #[must_use]
    pub fn locked_words(&self, language: Language) -> Option<String> {
        let said = self.locked()?;
        let words = match &self.token_detail {
            Some(detail) => detail_words(detail, language),
            None if said.is_empty() => language.other_token().to_owned(),
            None => said.to_owned(),
        };
        Some(sentence(&words, language))
    }

    /// Why the relay asks for another token, in its words, until it lets the page in.
    #[must_use]
    pub fn locked(&self) -> Option<&str> {
        match &self.connection {
            Connection::Locked { why } => Some(why),
            _ => self.locked_before.as_deref(),
        }
    }

    /// The relay's queues, also while the page is cut off.
    #[must_use]
    pub fn queues(&self) -> Rc<[String]> {
        Rc::clone(&self.known.queues)
    }

    /// How the relay stands with the broker, where it has said so in this session.
    #[must_use]
    pub fn broker(&self) -> Option<&BrokerState> {
        self.connection.session()?.broker.as_ref()
    }

    /// What waits in the relay's queues, as it last said in this session.
    #[must_use]
    pub fn counts(&self) -> Rc<[QueueCount]> {
        self.connection.session().map(|session| Rc::clone(&session.counts)).unwrap_or_default()
    }

    /// See [`status::pill`].
    #[must_use]
    pub fn pill(&self) -> Pill {
        status::pill(&self.connection)
    }

    /// See [`status::problem`].
    #[must_use]
    pub fn problem(&self, language: Language) -> Option<Problem> {
        status::problem(&self.connection, self.now_ms, language)
    }

    /// The queue that was chosen, where the relay has it; its first where not.
    pub(super) fn offered<'a>(&'a self, chosen: Option<&'a String>) -> Option<&'a str> {
        let queues = &self.known.queues;
        // Before `welcome` the choice holds: a message must not go elsewhere because it is early.
        let early = queues.is_empty();
        let chosen = chosen.filter(|chosen| early || queues.contains(chosen));
        chosen.or_else(|| queues.first()).map(String::as_str)
    }
}
