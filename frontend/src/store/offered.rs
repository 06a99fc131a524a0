//! What the state does with the messages of an earlier life of the tab.

use crate::send::outbox::ownership::Offer;

use super::State;

impl State {
    pub(super) fn restore(&mut self, lines: &str, saved_ms: f64) {
        let left = self.outbox.restore(lines);
        if !left.is_empty() {
            self.offer(Offer::new(left, saved_ms, false));
        }
    }

    pub(super) fn offer(&mut self, offer: Offer) {
        self.offered = Some(match self.offered.take() {
            Some(before) => before.and(offer),
            None => offer,
        });
    }

    /// Those for which there is no room stay offered.
    pub(super) fn send_offered(&mut self) {
        if let Some(offer) = self.offered.take() {
            self.restore(offer.lines(), offer.saved_ms);
        }
    }

    pub(super) fn give_away(&mut self) {
        self.outbox.give_away();
        self.offered = None;
        // Their messages are not here any more to be counted, and a notice says where they ended. What it
        // says was not sent again must not be.
        (self.repeat, self.replay) = (None, None);
        self.copies.clear();
    }
}
