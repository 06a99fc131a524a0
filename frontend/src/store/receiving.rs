//! What the state does to receive: takes in what arrives, has it settled, filters it and sums it up.

use warren_protocol::{
    AckMode, Delivery, Detail, Observed, Outcome, QueueCount, ReceiveMode, StopReason, Tags,
};

use crate::{
    receive::{
        filter::{Filter, Query, regex},
        inbox::Counters,
        subscription::{DeliveryState, Subscription},
    },
    ui::preview::Kind,
};

use super::{Announcement, Notice, State};

/// How often the list of received messages is summed up for screen readers, in milliseconds.
pub const ANNOUNCE_MS: f64 = 2_000.0;
/// How long the page says what "Clear" did, in milliseconds.
pub const CLEARED_MS: f64 = 10_000.0;

/// What "Clear" did, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cleared {
    pub(super) cleared: u64,
    pub(super) open: u64,
    pub(super) at_ms: f64,
}

/// What was summed up for screen readers, and when.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Announced {
    counters: Counters,
    at_ms: f64,
}

impl State {
    /// The relay delivers from this queue now.
    pub(super) fn on_receiving(
        &mut self,
        queue: String,
        mode: ReceiveMode,
        prefetch: u16,
        stream: bool,
        at_ms: f64,
    ) {
        let Some(subscription) = self.subscription_mut() else { return };
        let name = queue.clone();
        let loses = subscription.receiving(queue, mode, prefetch, stream, at_ms);
        let purpose = subscription.purpose();
        if loses {
            self.inbox.lose_channel();
        }
        if stream && self.current_queue() == Some(&name) && self.ack() == AckMode::Auto {
            // Now that it is known to keep its messages.
            self.inbox.set_by_hand(false);
        }
        self.inbox.set_queue(&name);
        self.inbox.set_purpose(purpose);
        self.inbox.set_watching(false);
        self.note_offset();
    }

    /// The relay watches this queue now: what was received from before comes no more.
    pub(super) fn on_watching(&mut self, queue: &str) {
        let Some(subscription) = self.subscription_mut() else { return };
        subscription.watching();
        self.inbox.set_queue(queue);
        self.inbox.end_look();
        self.inbox.set_watching(true);
    }

    pub(super) fn on_stopped(&mut self, reason: StopReason, detail: Option<Detail>) {
        let Some(subscription) = self.subscription_mut() else { return };
        if subscription.stopped(reason, detail) {
            self.inbox.lose_channel();
        }
        if reason == StopReason::Paused {
            self.inbox.end_look();
            self.on_look_over();
        }
    }

    pub(super) fn on_deliveries(&mut self, mut messages: Vec<Delivery>, at_ms: f64) {
        let Some(subscription) = self.subscription_mut() else { return };
        if !subscription.arrived(&mut messages, at_ms) {
            self.notice = Some(Notice::OutOfStep);
        }
        self.inbox.receive(messages, at_ms);
        self.note_offset();
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
        // A stream keeps its messages, settled or not.
        let stream = self.subscription().is_some_and(Subscription::is_stream);
        if !stream && !self.inbox.is_known_back(tags) {
            self.notice = Some(Notice::Stale);
        }
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
            _ if new == 0 => Announcement::Observed {
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

    /// What this session says about receiving.
    pub(super) fn subscription(&self) -> Option<&Subscription> {
        self.connection.session().map(|session| &session.deliveries)
    }

    pub(super) fn subscription_mut(&mut self) -> Option<&mut Subscription> {
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
    /// nothing; in a look the relay settles nothing.
    #[must_use]
    pub fn outcomes(&self) -> &'static [Outcome] {
        match self.subscription() {
            Some(subscription) if subscription.is_look() => &[],
            Some(subscription) if subscription.is_stream() => &[Outcome::Ack],
            _ => &[Outcome::Ack, Outcome::Requeue, Outcome::Reject],
        }
    }
}
