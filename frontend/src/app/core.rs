//! The state and the link, and what ties them: all that has to act at once when the page goes.
//!
//! It is shared with the listener for `pagehide`. Yew's queue of messages may yield to a timer
//! when it has been busy for 16 ms, and a page that goes has no timers any more.

use yew::Callback;

use super::owning::Owning;
use crate::{
    connection::{event::Event, link::Link},
    send::outbox::MAX_SAVED_BYTES,
    store::{Action, State},
    ui::{browser, locks::Answer},
};

/// The outbox is written to `sessionStorage` at most this often.
const SAVE_MS: f64 = 1_000.0;
/// With more messages than this, or more bytes, the outbox is written only once it rests, and
/// when the tab is left: thousands of messages take some 20 ms, which would be seen.
const SAVE_FEW: (usize, usize) = (200, 1024 * 1024);
pub(super) const OUTBOX_KEY: &str = "warren.outbox";
pub(super) const REPEAT_KEY: &str = "warren.repeat";
pub(super) const MOVE_KEY: &str = "warren.move";

pub(super) struct Core {
    pub(super) state: State,
    pub(super) link: Link,
    pub(super) owning: Owning,
    saved_revision: u64,
    saved_ms: f64,
    /// The outbox's revision at the last tick.
    ticked_revision: u64,
}

impl Core {
    /// Takes back what an earlier life of this tab has left, once `claimed` has led to
    /// [`Core::claimed`].
    pub(super) fn new(mut state: State, link: Link, claimed: Callback<Answer>) -> Self {
        let owning = Owning::new(claimed);
        state.outbox.hold(owning.is_asking());
        Self { state, link, owning, saved_revision: 0, saved_ms: 0.0, ticked_revision: 0 }
    }

    /// Applies what the link has reported.
    pub(super) fn apply(&mut self, event: Event, now_ms: f64) {
        if let Event::Locked { .. } = event {
            // A reload must not show it again.
            browser::remember_token("");
        }
        self.state.apply(Action::Connection(event), now_ms);
    }

    /// A second has passed.
    pub(super) fn tick(&mut self, now_ms: f64) {
        if let Some(event) = self.link.tick(now_ms) {
            self.apply(event, now_ms);
        }
        self.state.apply(Action::Tick, now_ms);
        self.save_sometimes(now_ms);
    }

    /// Tries again with another token.
    pub(super) fn unlock(&mut self, token: String, now_ms: f64) {
        browser::remember_token(&token);
        let event = self.link.set_token(token);
        self.apply(event, now_ms);
    }

    /// Writes to the relay what it and the socket have room for.
    pub(super) fn write(&mut self, now_ms: f64) {
        if self.state.is_out_of_step() {
            self.give_up(now_ms);
        }
        while self.link.has_room() {
            let Some(message) = self.state.outgoing(now_ms) else {
                return;
            };
            if !self.link.send(message) {
                self.give_up(now_ms);
            }
        }
    }

    /// The page goes. A browser may keep it, frozen, to go back to: it must not hold messages.
    pub(super) fn leave(&mut self, now_ms: f64) {
        self.save(now_ms);
        let moving = self.state.save_move();
        browser::remember(browser::session_storage(), MOVE_KEY, &moving);
        self.give_up(now_ms);
        self.owning.leave();
    }

    fn save_sometimes(&mut self, now_ms: f64) {
        let revision = self.state.outbox.revision();
        let rests = std::mem::replace(&mut self.ticked_revision, revision) == revision;
        let (messages, bytes) = self.state.outbox.unconfirmed();
        let few = messages <= SAVE_FEW.0 && bytes <= SAVE_FEW.1;
        if revision != self.saved_revision && now_ms - self.saved_ms >= SAVE_MS && (few || rests) {
            self.save(now_ms);
        }
    }

    /// Lets the unconfirmed messages survive a reload of the tab.
    pub(super) fn save(&mut self, now_ms: f64) {
        // What is there has not been taken back.
        if self.owning.is_asking() {
            return;
        }
        let offered = self.state.offered.as_ref().map_or(0, |offer| offer.lines().len());
        let saved = self.state.outbox.save_within(MAX_SAVED_BYTES.saturating_sub(offered));
        let totals = self.state.outbox.totals();
        let kept = self.keep(&saved.lines, now_ms);
        let left_out =
            if kept { saved.left_out } else { totals.queued + totals.in_flight + totals.failed };
        browser::remember(browser::session_storage(), REPEAT_KEY, &self.state.save_run());
        self.saved_revision = self.state.outbox.revision();
        self.saved_ms = now_ms;
        self.state.apply(Action::Saved { left_out }, now_ms);
    }

    fn give_up(&mut self, now_ms: f64) {
        if let Some(event) = self.link.give_up(now_ms) {
            self.apply(event, now_ms);
        }
    }
}
