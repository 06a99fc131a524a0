//! What the state does to receive: subscribes, takes in what arrives, and says what comes, what
//! does not, and why.

use warren_protocol::{
    AckMode, ClientMessage, Delivery, Detail, Observed, Outcome, QueueCount, QueueStatus,
    StopReason, Tags,
};

use crate::{
    receive::{
        filter::{Filter, Query, regex},
        inbox::Counters,
        status::{self, Receiving},
        subscription::{DeliveryState, Request, Subscription},
    },
    ui::{language::Language, number::grouped, preview::Kind, viewport::Rows as _},
};

use super::{Announcement, Notice, State};

/// How often the list of received messages is summed up for screen readers, in milliseconds.
pub const ANNOUNCE_MS: f64 = 2_000.0;
/// How long the page says what "Clear" did, in milliseconds.
pub const CLEARED_MS: f64 = 10_000.0;

/// What "Clear" did, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cleared {
    cleared: u64,
    open: u64,
    at_ms: f64,
}

/// What was summed up for screen readers, and when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Announced {
    counters: Counters,
    at_ms: f64,
}

impl State {
    pub(super) fn set_ack(&mut self, ack: AckMode) {
        self.ack = ack;
        self.inbox.set_by_hand(ack == AckMode::Manual);
    }

    /// Asks the relay for what the user wants to receive, unless that was asked for.
    pub(super) fn subscribe(&mut self) -> Option<ClientMessage> {
        let wanted = if self.receiving && self.may_receive() {
            Request::Receive(self.current_queue().map(str::to_owned), self.ack)
        } else {
            Request::Pause
        };
        self.subscription_mut()?.ask(wanted)
    }

    /// The relay delivers from this queue now.
    pub(super) fn on_receiving(&mut self, queue: String, prefetch: u16, stream: bool, at_ms: f64) {
        let Some(subscription) = self.subscription_mut() else { return };
        let name = queue.clone();
        if subscription.receiving(queue, prefetch, stream, at_ms) {
            self.inbox.lose_channel();
        }
        self.inbox.set_queue(&name);
    }

    pub(super) fn on_stopped(&mut self, reason: StopReason, detail: Option<Detail>) {
        let Some(subscription) = self.subscription_mut() else { return };
        if subscription.stopped(reason, detail) {
            self.inbox.lose_channel();
        }
    }

    pub(super) fn on_deliveries(&mut self, mut messages: Vec<Delivery>, at_ms: f64) {
        let Some(subscription) = self.subscription_mut() else { return };
        if !subscription.arrived(&mut messages, at_ms) {
            self.notice = Some(Notice::OutOfStep);
        }
        self.inbox.receive(messages, at_ms);
    }

    /// The watched queue's messages have passed by; `missed` of them, or of others, are not told.
    pub(super) fn on_observed(&mut self, events: Vec<Observed>, missed: u64, at_ms: f64) {
        // Without a session nothing was asked for.
        if self.connection.session().is_some() {
            self.inbox.observe(events, missed, at_ms);
        }
    }

    pub(super) fn on_stale(&mut self, tags: &Tags) {
        self.inbox.stale(tags);
        self.notice = Some(Notice::Stale);
    }

    pub(super) fn set_filter_text(&mut self, text: String) {
        // While it is mistaken, the last good one holds.
        match Query::parse(&text, &regex::compile) {
            Ok(query) => {
                let between = self.filter_times();
                self.inbox.set_filter(Filter { query, between });
                self.filter_mistake = None;
            }
            Err(mistake) => self.filter_mistake = Some(mistake),
        }
        self.filter_text = text;
    }

    pub(super) fn set_filter_times(&mut self, between: Option<(f64, f64)>) {
        let query = self.inbox.filter().map(|filter| filter.query.clone()).unwrap_or_default();
        self.inbox.set_filter(Filter { query, between });
    }

    /// The range of time that the list is filtered by, in milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn filter_times(&self) -> Option<(f64, f64)> {
        self.inbox.filter().and_then(|filter| filter.between)
    }

    pub(super) fn clear(&mut self) {
        let before = self.inbox.counters().dropped;
        self.inbox.clear();
        let cleared = self.inbox.counters().dropped - before;
        self.cleared =
            Some(Cleared { cleared, open: self.inbox.open() as u64, at_ms: self.now_ms });
    }

    pub(super) fn announce(&mut self) {
        let counters = self.inbox.counters();
        let Announced { counters: before, at_ms } = self.announced;
        if counters.arrived() == before.arrived() || self.now_ms - at_ms < ANNOUNCE_MS {
            return;
        }
        self.announced = Announced { counters, at_ms: self.now_ms };
        let new = counters.received - before.received;
        let newest = self.inbox.newest().map(|message| &message.preview);
        self.announcement = match newest {
            _ if self.inbox.is_watching() => Announcement::Observed {
                published: counters.published - before.published,
                delivered: counters.delivered - before.delivered,
            },
            Some(preview) if new == 1 && preview.kind == Kind::Text => {
                Announcement::One(counters.arrived(), preview.line.clone())
            }
            _ => Announcement::Many(new),
        };
    }

    /// The queue that is received from: the relay's first where none.
    #[must_use]
    pub fn current_queue(&self) -> Option<&str> {
        self.offered(self.chosen_to_receive.as_ref())
    }

    /// The counts of the current queue, once known.
    #[must_use]
    pub fn current_counts(&self) -> Option<&QueueCount> {
        let name = self.current_queue()?;
        self.connection.session()?.counts.iter().find(|count| count.name == name)
    }

    /// Whether the page may receive, as far as it knows.
    #[must_use]
    pub fn may_receive(&self) -> bool {
        self.known.rights.is_none_or(|rights| rights.receive)
    }

    /// What this session says about receiving.
    fn subscription(&self) -> Option<&Subscription> {
        self.connection.session().map(|session| &session.deliveries)
    }

    fn subscription_mut(&mut self) -> Option<&mut Subscription> {
        self.connection.session_mut().map(|session| &mut session.deliveries)
    }

    /// Whether deliveries come.
    #[must_use]
    pub fn delivery_state(&self) -> &DeliveryState {
        self.subscription().map_or(&DeliveryState::Idle, Subscription::delivery_state)
    }

    /// See [`Subscription::is_out_of_step`].
    #[must_use]
    pub fn is_out_of_step(&self) -> bool {
        self.subscription().is_some_and(Subscription::is_out_of_step)
    }

    /// What the user may do with a message that is open: a stream takes nothing back, and drops
    /// nothing.
    #[must_use]
    pub fn outcomes(&self) -> &'static [Outcome] {
        if self.subscription().is_some_and(Subscription::is_stream) {
            &[Outcome::Ack]
        } else {
            &[Outcome::Ack, Outcome::Requeue, Outcome::Reject]
        }
    }

    /// How many messages the filter shows of how many, where it is set.
    #[must_use]
    pub fn found_words(&self, language: Language) -> Option<String> {
        let inbox = &self.inbox;
        let kept = inbox.counters().kept;
        inbox
            .is_filtered()
            .then(|| status::found(inbox.len() as u64, kept, inbox.is_searching(), language))
    }

    /// What the user should know about receiving beside [`State::receiving_words`].
    #[must_use]
    pub fn receive_notes(&self, language: Language) -> Vec<String> {
        [self.stream_words(language), self.window_words(language), self.cleared_words(language)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// Why messages can only be acknowledged, where they cannot be settled in another way.
    fn stream_words(&self, language: Language) -> Option<String> {
        let subscription = self.subscription()?;
        let queue = subscription.queue()?;
        (subscription.is_stream() && self.inbox.open() > 0).then(|| language.stream_words(queue))
    }

    /// Why no more come while messages wait to be settled by hand, in words.
    #[must_use]
    pub fn window_words(&self, language: Language) -> Option<String> {
        let open = self.inbox.open();
        let waiting = self.current_counts().is_some_and(
            |count| matches!(count.status, QueueStatus::Counts { ready, .. } if ready > 0),
        );
        let full = self.subscription()?.is_full(open, waiting, self.now_ms);
        full.then(|| language.window_full(open as u64))
    }

    /// Why nothing comes although messages wait and nothing is unsettled: a queue may have one active
    /// consumer at a time.
    fn stand_by_words(&self, language: Language) -> Option<String> {
        let QueueCount { name, status: QueueStatus::Counts { ready, consumers, .. } } =
            self.current_counts()?
        else {
            return None;
        };
        let idle = self.subscription()?.is_idle(self.now_ms) && self.inbox.open() == 0;
        (idle && *ready > 0 && *consumers > 1)
            .then(|| language.stand_by(name, &grouped(u64::from(*ready))))
    }

    /// What the last "Clear" did, for a while.
    #[must_use]
    pub fn cleared_words(&self, language: Language) -> Option<String> {
        let Cleared { cleared, open, at_ms } = self.cleared?;
        (self.now_ms - at_ms < CLEARED_MS).then(|| language.cleared(cleared, open))
    }

    /// See [`status::sharing`].
    #[must_use]
    pub fn sharing_words(&self, language: Language) -> Option<String> {
        status::sharing(self.current_counts(), language)
    }

    /// See [`status::receiving`].
    #[must_use]
    pub fn receiving_words(&self, language: Language) -> String {
        if let Some(words) = self.stand_by_words(language) {
            return words;
        }
        let what = Receiving {
            wanted: self.receiving,
            cut_off: self.connection.is_cut_off(),
            broker: self.broker(),
            delivery_state: self.delivery_state(),
            queue: self.current_counts(),
            empty: self.inbox.is_empty(),
        };
        status::receiving(what, language)
    }

    /// What to do where nothing has been received; none where nothing comes.
    #[must_use]
    pub fn empty_hint(&self, language: Language) -> Option<String> {
        let queue = self.current_queue()?;
        let comes = *self.delivery_state() == DeliveryState::Receiving;
        (comes && self.inbox.is_empty()).then(|| language.empty_hint(queue))
    }
}
