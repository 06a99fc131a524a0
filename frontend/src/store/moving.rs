//! The part of the state that moves received messages to another queue: who may, where to, and what
//! ties the run to inbox, outbox and link.

mod offer;
mod words;

use warren_protocol::{ClientMessage, FailReason, Failure, QueueStatus};

use crate::{
    receive::{
        copy::copy_of,
        moving::{Run, Stop, Supply, Tally, Why},
        subscription::Subscription,
    },
    send::outbox::{Added, FailDetail},
};

use super::{Notice, State};

pub use offer::Obstacle;
pub use words::{Moving, Phase};

impl State {
    pub(super) fn start_move(&mut self, rows: Vec<u64>, target: String) {
        if let Some(source) = self.move_source(&target) {
            self.move_run = Some(Run::of_rows(source, target, rows, &self.inbox));
        }
    }

    pub(super) fn start_move_all(&mut self, target: String, count: u64) {
        if let Some(source) = self.move_source(&target) {
            let filter = self.inbox.filter().cloned().unwrap_or_default();
            // What comes from now on is of no time that is past.
            let count =
                if filter.between.is_some() { count.min(self.inbox.open() as u64) } else { count };
            self.move_run = Some(Run::of_all(source, target, filter, count, &self.inbox));
        }
    }

    /// The queue to move from, where it may be moved to `target` now.
    fn move_source(&self, target: &str) -> Option<String> {
        let allowed = self.move_obstacle().is_none() && self.move_targets().any(|to| to == target);
        self.current_queue().filter(|_| allowed).map(str::to_owned)
    }

    pub(super) fn stop_move(&mut self) {
        if let Some(run) = &mut self.move_run {
            run.stop(Stop::Asked);
        }
    }

    pub(super) fn dismiss_move(&mut self) {
        self.move_run.take_if(|run| run.is_over());
    }

    pub(super) fn lose_move(&mut self) {
        if let Some(run) = self.move_run.as_mut().filter(|run| !run.is_over()) {
            run.lose_link();
        }
    }

    /// What of a move is to be said after a reload of the tab, which ends it; nothing where none is under
    /// way. For [`State::restore_move`].
    #[must_use]
    pub fn save_move(&self) -> String {
        let Some(run) = self.move_run.as_ref().filter(|run| !run.is_over()) else {
            return String::new();
        };
        let Tally { moved, total, .. } = run.tally();
        // Texts and numbers can always be written.
        serde_json::to_string(&(run.source(), run.target(), moved, total)).unwrap_or_default()
    }

    /// Says what became of a move in an earlier life of this tab.
    pub fn restore_move(&mut self, saved: &str) {
        if let Ok((source, target, moved, total)) = serde_json::from_str(saved) {
            self.notice = Some(Notice::MoveEnded { source, target, moved, total });
        }
    }

    /// Whether a move is under way.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.move_run.as_ref().is_some_and(|run| !run.is_over())
    }

    /// Whether one takes what comes: for that a larger window is worth it.
    pub(super) fn moves_all(&self) -> bool {
        self.move_run.as_ref().is_some_and(Run::takes_all)
    }

    /// The copies that are to go out next, while the broker takes messages.
    pub(super) fn publish_copies(&mut self, now_ms: f64) -> Option<ClientMessage> {
        if !self.sends() {
            return None;
        }
        let run = self.move_run.as_mut()?;
        let target = run.target().to_owned();
        let mut lent = self.outbox.lend()?;
        while let Some(message) = run.next(&self.inbox, now_ms) {
            let mut properties = copy_of(&message).properties;
            let name = || name_of_copy(&self.copy_ids, message.number);
            properties.message_id.get_or_insert_with(name);
            match lent.add(&target, &message.body, properties) {
                Added::As(id) => run.sent(id, message.body.len(), &mut self.inbox),
                Added::TooLarge(FailDetail::Said(detail)) => {
                    run.not_sent(Why::Said(FailReason::TooLarge, Some(detail)));
                }
                Added::TooLarge(FailDetail::OverWire { bytes, max }) => {
                    run.not_sent(Why::OverWire { bytes, max });
                }
                Added::Full => break,
            }
        }
        let messages = lent.into_messages();
        self.settle_move();
        (!messages.is_empty()).then_some(ClientMessage::Publish { messages })
    }

    /// The relay's answer, which may be about copies.
    pub(super) fn on_copies(&mut self, confirmed: &[u64], failed: &[Failure], at_ms: f64) {
        let Some(run) = &mut self.move_run else { return };
        let before = run.tally().moved;
        let (count, bytes) = run.published(confirmed, failed, &mut self.inbox, at_ms);
        self.moved += run.tally().moved - before;
        self.outbox.give_back(count, bytes);
    }

    /// To be called whenever something has happened.
    pub(super) fn settle_move(&mut self) {
        if !self.is_moving() {
            return;
        }
        let supply = self.supply();
        if let Some(run) = &mut self.move_run {
            run.settle(supply, &self.inbox, self.now_ms);
        }
    }

    /// What can be said of messages that are still to come for the move.
    fn supply(&self) -> Supply {
        let source = self.move_run.as_ref().map(Run::source);
        let paused = self.active_mode().is_none();
        if paused || !self.receives_by_hand() || self.current_queue() != source {
            return Supply::Ended;
        }
        // The window that it asks for is larger than that of a person who settles.
        let asked = |subscription: &&Subscription| *subscription.requested() == self.wanted();
        let Some(subscription) = self.subscription().filter(asked) else { return Supply::Coming };
        let Some(QueueStatus::Counts { ready, .. }) =
            self.current_counts().map(|count| &count.status)
        else {
            return Supply::Coming;
        };
        if subscription.is_full(self.inbox.open(), *ready > 0, self.now_ms) {
            Supply::WindowFull
        } else if *ready == 0 && subscription.is_idle(self.now_ms) {
            Supply::Over
        } else {
            Supply::Coming
        }
    }
}

/// A UUID that has its last twelve digits from the row's number: a row that is moved again in this page
/// gets the same one.
fn name_of_copy(page: &str, number: u64) -> String {
    let start = page.get(..page.len().saturating_sub(12)).unwrap_or_default();
    format!("{start}{number:012x}")
}
