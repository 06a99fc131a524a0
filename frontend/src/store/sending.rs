//! What the state does when messages are sent: one at a time, or again and again.

use std::rc::Rc;

use warren_protocol::{BrokerState, ClientMessage, Properties};

use crate::{
    receive::{
        copy::copy_of,
        inbox::Message,
        life::{Confirm, Sent},
    },
    send::{
        draft::Prepared,
        outbox::{SendState, Totals},
        repeat::{Plan, Progress, Repeat},
        status::refused,
    },
    ui::language::Language,
};

use super::State;

impl State {
    /// The queue that is sent to: the relay's first where none.
    #[must_use]
    pub fn send_queue(&self) -> Option<&str> {
        self.offered(self.chosen_to_send.as_ref())
    }

    /// Whether the page may send, as far as it knows.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.known.rights.is_none_or(|rights| rights.send)
    }

    /// How this page sent a message that it sees again, if it did.
    #[must_use]
    pub fn sent(&self, message: &Message) -> Option<Sent> {
        let id = message.properties.message_id.as_deref()?;
        match self.outbox.find(id) {
            Some((at_ms, state)) => {
                let confirm = match state {
                    SendState::Queued | SendState::Sent { .. } => Confirm::Waiting,
                    SendState::Confirmed { ms } => Confirm::After(*ms),
                    SendState::Failed { .. } => Confirm::Failed,
                };
                Some(Sent { at_ms: Some(at_ms), confirm })
            }
            None => message.took_ms.map(|_| Sent { at_ms: None, confirm: Confirm::Forgotten }),
        }
    }

    /// Why the last send was refused, in words.
    #[must_use]
    pub fn refusal_words(&self, language: Language) -> Option<String> {
        self.refusal.map(|refusal| refused(refusal, language))
    }

    /// Whether a message handed in now would go out now.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.broker().is_some_and(BrokerState::is_up)
    }

    /// The largest body that the relay takes, once known.
    #[must_use]
    pub fn max_body_bytes(&self) -> Option<usize> {
        self.outbox.limits().map(|limits| limits.max_body_bytes)
    }

    /// What has become of all that is sent; what is to be sent again waits too, with or without room in
    /// the outbox.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let totals = self.outbox.totals();
        Totals { queued: totals.queued + self.copies.len(), ..totals }
    }

    /// How many messages that wait a reload of the tab would lose: only the outbox's are kept.
    #[must_use]
    pub fn reload_loses(&self) -> usize {
        self.unsaved + self.copies.len()
    }

    /// The next messages that wait to be sent, while the broker takes them.
    pub(super) fn publish(&mut self, now_ms: f64) -> Option<ClientMessage> {
        if !self.sends() {
            return None;
        }
        let messages = self.outbox.take(now_ms);
        for message in &messages {
            if let Some(id) = &message.properties.message_id {
                self.inbox.sent(id, now_ms);
            }
        }
        (!messages.is_empty()).then_some(ClientMessage::Publish { messages })
    }

    pub(super) fn send(&mut self, message: Prepared, message_id: String) {
        let queue = self.send_queue().map(str::to_owned);
        let Prepared { body, mut properties } = message;
        properties.message_id.get_or_insert(message_id);
        self.refusal = self.outbox.push(queue, body, properties, self.now_ms).err();
    }

    pub(super) fn start_repeat(&mut self, message: Prepared, plan: Plan) {
        // Both count their messages by the outbox's one run; and the second of two quick clicks on Start
        // must not begin the first run anew.
        if self.is_replaying() || self.is_repeating() {
            return;
        }
        (self.refusal, self.replay) = (None, None);
        self.outbox.start_run();
        let queue = self.send_queue().map(str::to_owned);
        self.repeat = Some(Repeat::new(message, queue, plan, self.now_ms));
    }

    pub(super) fn stop_repeat(&mut self) {
        if let Some(repeat) = &mut self.repeat {
            repeat.stop();
        }
    }

    pub(super) fn settle_repeat(&mut self) {
        if let Some(repeat) = &mut self.repeat {
            repeat.settle(&mut self.outbox, self.now_ms);
        }
    }

    /// What is selected goes once more to the queue that is sent to.
    pub(super) fn send_selected(&mut self) {
        self.refusal = None;
        let queue: Option<Rc<str>> = self.send_queue().map(Rc::from);
        let selected = self.inbox.selected();
        self.copies.extend(selected.map(|row| (queue.clone(), Rc::clone(&row.message))));
    }

    /// Hands received messages that are to be sent again to the outbox, as far as it has room.
    fn make_copies(&mut self, now_ms: f64, message_id: &mut dyn FnMut() -> String) {
        while let Some((queue, message)) = self.copies.front() {
            if !self.outbox.has_room_for_made(message.body.len()) {
                // A confirm makes room, and is an action.
                return;
            }
            let properties =
                Properties { message_id: Some(message_id()), ..copy_of(message).properties };
            let queue = queue.as_deref().map(str::to_owned);
            match self.outbox.push(queue, message.body.clone(), properties, now_ms) {
                Ok(()) => drop(self.copies.pop_front()),
                Err(refusal) => {
                    self.refusal = Some(refusal);
                    self.copies.clear();
                }
            }
        }
    }

    /// Hands the messages of the repeat that are due to the outbox, as far as it has room, and
    /// received ones that are to be sent again, and says in how many milliseconds to call again. To be
    /// called after every action; none where that is enough. `message_id` gives a new UUID each time.
    pub fn make(&mut self, now_ms: f64, message_id: &mut dyn FnMut() -> String) -> Option<f64> {
        self.now_ms = now_ms;
        self.make_copies(now_ms, message_id);
        let repeat = self.repeat.as_mut()?;
        for _ in 0..repeat.due(now_ms) {
            if !self.outbox.has_room_for_made(repeat.body_bytes()) {
                // A confirm makes room, and is an action.
                return None;
            }
            let (body, properties) = repeat.next(message_id(), now_ms);
            if let Err(refusal) =
                self.outbox.push_of_run(repeat.queue().cloned(), body, properties, now_ms)
            {
                self.refusal = Some(refusal);
                repeat.stop();
            }
            repeat.settle(&mut self.outbox, now_ms);
            if !repeat.is_making() {
                return None;
            }
        }
        repeat.wait_ms(now_ms)
    }

    /// How far the repeat is, where there is or was one.
    #[must_use]
    pub fn repeat_progress(&self) -> Option<Progress> {
        self.repeat.as_ref().map(|repeat| repeat.progress(self.outbox.tally()))
    }
}
