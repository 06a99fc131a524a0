//! What the state does with each queue: what was chosen for it, what the relay is asked for because of
//! that, and which look has to wait for another word.

use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Detail, QueueStatus, QueueType, StreamFrom,
};

use crate::{
    receive::{
        broker_headers::stream_offset,
        inbox::Purpose,
        look,
        mode::{Choice, Mode, rights_words},
        strip::{self, Strip},
        subscription::{AUTO_PREFETCH, Request, Subscription},
    },
    ui::language::Language,
};

use super::State;

impl State {
    /// What was chosen for the current queue, where its token allows that.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        let queue = self.current_queue()?;
        let at_once = || self.is_received_at_once().then_some(Choice::now(Mode::Receive));
        let choice = self.choices.get(queue).copied().or_else(at_once);
        choice.filter(|choice| self.may(choice.mode))
    }

    /// Whether the current queue is the one that the page receives from unasked, as the tutorial does.
    fn is_received_at_once(&self) -> bool {
        let first = self.known.queues.first().map(String::as_str);
        self.known.receive_at_once && first == self.current_queue()
    }

    /// Who acknowledges what is received from the current queue. Until its user says so that is the user,
    /// so that nothing is gone from a queue by a click that only starts to receive: but for the tutorial's
    /// queue, and for what the relay reads as a stream, which keeps its messages.
    #[must_use]
    pub fn ack(&self) -> AckMode {
        let chosen = self.choice().and_then(|choice| choice.ack);
        let keeps = self.is_received_at_once() || self.is_read_as_stream();
        chosen.unwrap_or(if keeps { AckMode::Auto } else { AckMode::Manual })
    }

    /// Whether what is received is its user's to acknowledge, be that paused or not.
    pub(super) fn receives_by_hand(&self) -> bool {
        self.mode() == Some(Mode::Receive) && self.ack() == AckMode::Manual
    }

    pub(super) fn set_ack(&mut self, ack: AckMode) {
        if let Some(choice) = self.choice() {
            self.set_choice(Choice { ack: Some(ack), ..choice });
        }
    }

    /// What is done with the current queue, be it paused or not.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        self.choice().map(|choice| choice.mode)
    }

    /// What is being done with it: nothing while that is paused.
    pub(super) fn active_mode(&self) -> Option<Mode> {
        self.choice().filter(|choice| !choice.paused).map(|choice| choice.mode)
    }

    pub(super) fn choose(&mut self, mode: Mode) {
        if self.may(mode) {
            // What was chosen for receiving ends with it.
            let same = self.choice().filter(|choice| choice.mode == mode);
            let ack = same.and_then(|choice| choice.ack);
            self.set_choice(Choice { ack, ..Choice::now(mode) });
        }
    }

    pub(super) fn set_paused(&mut self, paused: bool) {
        if let Some(choice) = self.choice() {
            self.set_choice(Choice { paused, ..choice });
        }
    }

    fn set_choice(&mut self, choice: Choice) {
        if let Some(queue) = self.current_queue().map(str::to_owned) {
            self.choices.insert(queue, choice);
        }
        if choice.mode == Mode::Watch {
            self.begin = None;
        }
        self.look_anyway = false;
    }

    pub(super) fn receive_from(&mut self, queue: String) {
        if self.current_queue() != Some(&queue) {
            self.look_anyway = false;
            self.begin = None;
        }
        self.chosen_to_receive = Some(queue);
    }

    /// Whether the token allows this, as far as the page knows.
    #[must_use]
    pub fn may(&self, mode: Mode) -> bool {
        self.known.rights.is_none_or(|rights| mode.is_allowed(rights))
    }

    /// Whether the page may see any message.
    #[must_use]
    pub fn may_see(&self) -> bool {
        Mode::ALL.into_iter().any(|mode| self.may(mode))
    }

    /// What the token allows, in words, where that is not everything.
    #[must_use]
    pub fn rights_words(&self, language: Language) -> Option<String> {
        rights_words(self.known.rights?, language)
    }

    /// Whether the current queue is a stream, as far as is known.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.is_read_as_stream() || self.hints().0 == Some(QueueType::Stream)
    }

    /// Whether the relay has said so of what it delivers from. A hint may be of an earlier queue of that name.
    fn is_read_as_stream(&self) -> bool {
        let queue = self.current_queue();
        self.subscription()
            .is_some_and(|subscription| subscription.is_stream() && subscription.queue() == queue)
    }

    /// Whether it looks like one of which the relay has not learned it: messages are in it, nobody else
    /// consumes them, and none has come for a while. A stream is read from its end, and says so with
    /// its first message alone.
    #[must_use]
    pub fn may_be_stream(&self) -> bool {
        let waits = self.current_counts().is_some_and(|count| {
            matches!(count.status, QueueStatus::Counts { ready, consumers, .. } if ready > 0 && consumers <= 1)
        });
        let unsettled = self.inbox.open() + self.inbox.shown();
        let idle =
            self.subscription().is_some_and(|subscription| subscription.is_idle(self.now_ms));
        waits && idle && unsettled == 0 && !self.is_stream() && self.hints().0.is_none()
    }

    /// How the last look at the current queue ended by itself.
    fn look_over(&self) -> Option<&Detail> {
        let of_this = |subscription: &&Subscription| subscription.queue() == self.current_queue();
        self.subscription().filter(of_this).and_then(Subscription::look_over)
    }

    /// What the relay has learned of the current queue: its kind, and how often a message went back.
    fn hints(&self) -> (Option<QueueType>, Option<u32>) {
        match self.current_counts().map(|count| &count.status) {
            Some(QueueStatus::Counts { queue_type, delivery_count, .. }) => {
                (*queue_type, *delivery_count)
            }
            _ => (None, None),
        }
    }

    /// What is known of a look at the current queue.
    #[must_use]
    pub fn look(&self) -> look::Known<'_> {
        let (queue_type, delivery_count) = self.hints();
        let queue_type = if self.is_stream() { Some(QueueType::Stream) } else { queue_type };
        look::Known { queue_type, delivery_count, version: self.rabbitmq_version() }
    }

    /// RabbitMQ's version, once the relay has said it in this session.
    fn rabbitmq_version(&self) -> Option<&str> {
        self.connection.session()?.rabbitmq_version.as_deref()
    }

    /// Whether a look has to wait until the relay has said what is known of its cost, or until the user
    /// has said that it may be the last of a message. One that goes on does not.
    pub(super) fn is_look_held(&self) -> bool {
        let Some(queue) = self.current_queue() else { return false };
        let goes_on = self.subscription().is_some_and(|subscription| {
            matches!(subscription.requested(), Request::Look(Some(looked), _) if looked == queue)
        });
        if goes_on || self.look_anyway || self.active_mode() != Some(Mode::Look) {
            return false;
        }
        let broker =
            matches!(self.broker(), Some(BrokerState::Up { .. } | BrokerState::Blocked { .. }));
        !broker || self.current_counts().is_none() || self.look().is_risky()
    }

    /// Asks the relay for what the user wants of the current queue, unless that was asked for.
    pub(super) fn subscribe(&mut self) -> Option<ClientMessage> {
        let wanted = self.wanted();
        let begin = match wanted {
            Request::Pause | Request::Watch(_) => None,
            Request::Look(..) | Request::Receive { .. } => self.begin.take(),
        };
        let asked = wanted == *self.subscription()?.requested();
        if let Request::Receive { ack, .. } = wanted {
            // Not before: what came until now may be of a queue whose messages its user acknowledges.
            self.inbox.set_by_hand(ack == AckMode::Manual);
        }
        if asked && begin.is_none() {
            return None;
        }
        let begin = begin.or_else(|| self.next_offset());
        let looks = matches!(wanted, Request::Look(..));
        let message = self.subscription_mut()?.ask(wanted.from(begin));
        if looks {
            // To look, the relay gives back what is unsettled, and what is on its way.
            let purpose = if self.is_stream() { Purpose::Read } else { Purpose::Look };
            self.inbox.lose_channel();
            self.inbox.set_purpose(purpose);
        }
        message
    }

    /// What the relay is to be asked for.
    pub(super) fn wanted(&self) -> Request {
        let queue = self.current_queue().map(str::to_owned);
        match self.active_mode() {
            Some(Mode::Watch) => Request::Watch(queue),
            Some(Mode::Look) if !self.is_look_held() => Request::Look(queue, None),
            Some(Mode::Receive) => {
                let ack = self.ack();
                let by_itself = ack == AckMode::Auto || self.moves_all();
                let prefetch = by_itself.then_some(AUTO_PREFETCH);
                Request::Receive { queue, ack, prefetch, from: None }
            }
            Some(Mode::Look) | None => Request::Pause,
        }
    }

    /// Where in the current queue, a stream, this page has come to in another session, or before it
    /// turned to another queue. Where this session reads from it, the relay knows by itself.
    fn next_offset(&self) -> Option<StreamFrom> {
        let queue = self.current_queue()?;
        let reads = self.subscription()?.read() == Some(queue);
        let offset = self.next_offsets.get(queue).filter(|_| !reads)?;
        Some(StreamFrom::Offset(*offset))
    }

    /// Notes how far a stream was read.
    pub(super) fn note_offset(&mut self) {
        if !self.subscription().is_some_and(Subscription::is_stream) {
            return;
        }
        let newest = self.inbox.newest();
        let next = newest.and_then(|message| {
            Some((message.queue.to_string(), stream_offset(&message.properties)?.checked_add(1)?))
        });
        self.next_offsets.extend(next);
    }

    pub(super) fn begin_anywhere(&mut self) {
        if let Some(queue) = self.current_queue().map(str::to_owned) {
            self.next_offsets.remove(&queue);
        }
        self.begin = None;
        if let Some(subscription) = self.subscription_mut() {
            subscription.ask_again();
        }
    }

    /// Where the time of a look was over, the page does not look again by itself.
    pub(super) fn on_look_over(&mut self) {
        let over = self.subscription().is_some_and(|subscription| {
            let over = matches!(subscription.look_over(), Some(Detail::LookOver { .. }));
            let queue = self.current_queue();
            over && matches!(subscription.requested(), Request::Look(looked, _) if looked.as_deref() == queue)
        });
        if over && self.active_mode() == Some(Mode::Look) {
            self.set_paused(true);
        }
    }

    /// What the user has to know of what goes on, and can do about it.
    #[must_use]
    pub fn strip(&self, language: Language) -> Option<Strip> {
        strip::strip(
            strip::Situation {
                choice: self.choice()?,
                queue: self.current_queue()?,
                held: self.is_look_held(),
                look: self.look(),
                look_over: self.look_over(),
                delivery_state: self.delivery_state(),
            },
            language,
        )
    }

    /// How many messages wait in the current queue and who consumes them, in words.
    #[must_use]
    pub fn waiting_words(&self, language: Language) -> Option<String> {
        let queue = self.current_queue()?;
        Some(crate::receive::status::waiting(queue, self.current_counts(), language))
    }
}
