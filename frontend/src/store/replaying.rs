//! What the state does when an exported file is sent again.

use crate::send::{
    repeat::Repeat,
    replay::{Due, Found, Plan, Progress, Replay, Stopped},
    run::{self, MAX_BATCH},
};

use super::{Notice, State};

/// What the kept state of a replay begins with.
const REPLAY: &str = "replay ";
/// What stands before the number of messages that were to be sent again.
const COPIES: &str = " copies ";

impl State {
    /// Whether a file is being sent again, until its last message is through.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.replay.as_ref().is_some_and(|replay| !replay.has_ended())
    }

    /// Whether messages of a repeat are being made.
    #[must_use]
    pub fn is_repeating(&self) -> bool {
        self.repeat.as_ref().is_some_and(|repeat| repeat.is_making())
    }

    pub(super) fn start_replay(&mut self, plan: Plan, found: &Found) {
        // Both count their messages by the outbox's one run. A replay that has ended is closed before
        // another one starts: the second of two quick clicks on Start sends nothing.
        if self.is_repeating() || self.replay.is_some() {
            return;
        }
        // Without a queue to send to, each message would be one that may not be sent.
        if self.known.queues.is_empty() || !self.may_send() {
            return;
        }
        (self.refusal, self.repeat) = (None, None);
        self.outbox.start_run();
        self.replay = Some(Replay::new(plan, found, self.now_ms));
    }

    /// What of a repeat or a replay a reload of the tab would end, and how many messages that are to be
    /// sent again it would lose; nothing where there is neither. For
    /// [`Action::RestoreRepeat`](super::Action::RestoreRepeat).
    #[must_use]
    pub fn save_run(&self) -> String {
        let replay =
            self.replay.as_ref().and_then(Replay::save).map(|run| REPLAY.to_owned() + &run);
        let run =
            replay.or_else(|| self.repeat.as_ref().and_then(Repeat::save)).unwrap_or_default();
        match self.copies.len() {
            0 => run,
            copies => format!("{run}{COPIES}{copies}"),
        }
    }

    pub(super) fn restore_run(&mut self, saved: &str) {
        let (run, copies) = saved.split_once(COPIES).unwrap_or((saved, ""));
        let replay = run.strip_prefix(REPLAY);
        let ended = run::ended(replay.unwrap_or(run)).map(|(made, total)| match replay {
            Some(_) => Notice::ReplayEnded(made, total),
            None => Notice::RepeatEnded(made, total),
        });
        let notice = match copies.parse() {
            Ok(copies) => Some(Notice::NotSentAgain(copies, ended.map(Box::new))),
            Err(_) => ended,
        };
        if notice.is_some() {
            self.notice = notice;
        }
    }

    pub(super) fn with_replay(&mut self, change: impl FnOnce(&mut Replay)) {
        if let Some(replay) = &mut self.replay {
            change(replay);
        }
    }

    pub(super) fn settle_replay(&mut self) {
        if let Some(replay) = &mut self.replay {
            replay.settle(&mut self.outbox, self.now_ms);
        }
    }

    /// Hands the messages of the replay that are due to the outbox, as far as it has room, and says in
    /// how many milliseconds to call again. To be called after every action; none where that is
    /// enough. `message_id` gives a new UUID each time.
    pub fn make_of_file(
        &mut self,
        now_ms: f64,
        message_id: &mut dyn FnMut() -> String,
    ) -> Option<f64> {
        self.now_ms = now_ms;
        let wait_ms = self.hand_in_of_file(now_ms, message_id);
        // The last lines of the file may have been none that are sent.
        self.settle_replay();
        wait_ms
    }

    fn hand_in_of_file(
        &mut self,
        now_ms: f64,
        message_id: &mut dyn FnMut() -> String,
    ) -> Option<f64> {
        let replay = self.replay.as_mut()?;
        for _ in 0..MAX_BATCH {
            let wait_ms = replay.wait_ms(&self.known.queues, now_ms)?;
            if wait_ms > 0.0 {
                return Some(wait_ms);
            }
            if !self.outbox.has_room_for_made(replay.next_bytes()) {
                // A confirm makes room, and is an action.
                return None;
            }
            let Due { queue, body, properties } = replay.next(message_id())?;
            match self.outbox.push_of_run(Some(queue), body, properties, now_ms) {
                Ok(()) => replay.handed_in(),
                Err(refusal) => {
                    self.refusal = Some(refusal);
                    replay.stop(Stopped::Failed);
                }
            }
            replay.settle(&mut self.outbox, now_ms);
        }
        replay.is_making().then_some(0.0)
    }

    /// How far the replay is, where there is or was one.
    #[must_use]
    pub fn replay_progress(&self) -> Option<Progress> {
        self.replay.as_ref().map(|replay| replay.progress(self.outbox.tally()))
    }
}
