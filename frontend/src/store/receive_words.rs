//! What the state says about receiving: what comes, what does not, and why.

use warren_protocol::{QueueCount, QueueStatus};

use crate::{
    receive::{
        mode::Mode,
        status::{self, Receiving},
        subscription::DeliveryState,
    },
    ui::{language::Language, number::grouped, viewport::Rows as _},
};

use super::{
    State,
    receiving::{CLEARED_MS, Cleared},
};

impl State {
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
        let may_be_stream = self.may_be_stream().then(|| language.may_be_stream().to_owned());
        let notes = [self.stream_words(language), may_be_stream, self.window_words(language)];
        notes.into_iter().chain([self.cleared_words(language)]).flatten().collect()
    }

    /// Why messages can only be acknowledged, where they cannot be settled in another way.
    fn stream_words(&self, language: Language) -> Option<String> {
        let subscription = self.subscription()?;
        let queue = subscription.queue()?;
        (subscription.is_stream() && self.inbox.open() > 0).then(|| language.stream_words(queue))
    }

    /// Why no more come while messages are unsettled, in words.
    #[must_use]
    pub fn window_words(&self, language: Language) -> Option<String> {
        let (open, shown) = (self.inbox.open(), self.inbox.shown());
        let waiting = status::waits(self.current_counts());
        let full = self.subscription()?.is_full(open + shown, waiting, self.now_ms);
        match shown {
            _ if !full => None,
            0 => Some(language.window_full(open as u64)),
            // All that there is was shown, where nothing waits.
            _ => waiting.then(|| language.look_full(&grouped(shown as u64))),
        }
    }

    /// Why nothing comes although messages wait and nothing is unsettled: a queue may have one active
    /// consumer at a time.
    fn stand_by_words(&self, language: Language) -> Option<String> {
        let QueueCount { name, status: QueueStatus::Counts { ready, consumers, .. } } =
            self.current_counts()?
        else {
            return None;
        };
        let unsettled = self.inbox.open() + self.inbox.shown();
        let idle = self.subscription()?.is_idle(self.now_ms) && unsettled == 0;
        let ready = grouped(u64::from(*ready));
        (idle && ready != "0" && *consumers > 1).then(|| match self.mode() {
            Some(Mode::Look) => language.consumers_first(name, &ready),
            _ => language.stand_by(name, &ready),
        })
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
            choice: self.choice(),
            shown: self.inbox.shown() as u64,
            held: self.is_look_held(),
            stream: self.is_stream(),
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
        let queue = self.current_queue().filter(|_| self.inbox.is_empty())?;
        match (self.delivery_state(), self.mode()?) {
            (DeliveryState::Receiving, Mode::Receive) => Some(language.empty_hint(queue)),
            (DeliveryState::Watching, Mode::Watch) => Some(language.watch_hint(queue)),
            _ => None,
        }
    }
}
