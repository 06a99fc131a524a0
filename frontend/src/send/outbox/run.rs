//! The messages of a repeat or a replay in the outbox: told from others by their run, and counted exactly.

use warren_protocol::{Body, Properties};

use super::{Outbox, Refusal};

/// What became of a run's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The broker is responsible for them.
    pub confirmed: u64,
    /// Failed, and not sent again since.
    pub failed: u64,
}

/// What of a run was taken back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Messages that are not sent any more.
    pub messages: u64,
    /// Those of them that may have reached their queue all the same.
    pub unsure: u64,
}

impl Outbox {
    /// The run's messages from now on are those of a new one, and counted from 0.
    pub fn start_run(&mut self) {
        self.run += 1;
        self.tally = Tally::default();
    }

    /// [`Outbox::push`] for a message of the run.
    pub fn push_of_run(
        &mut self,
        queue: Option<String>,
        body: Body,
        properties: Properties,
        now_ms: f64,
    ) -> Result<(), Refusal> {
        self.hand_in(queue, body, properties, now_ms, Some(self.run))
    }

    /// Takes back the run's messages that wait here: they leave the list, and are not sent. What is in
    /// flight stays, and so does what somebody has sent again by hand.
    pub fn withdraw_run(&mut self) -> Withdrawn {
        let mut withdrawn = Withdrawn::default();
        let of_run = |key: &u64| {
            let entry = self.entries.get(key)?;
            (entry.run == Some(self.run) && !entry.by_hand).then_some(*key)
        };
        let keys: Vec<u64> = self.queued.iter().filter_map(of_run).collect();
        for key in keys {
            self.queued.remove(&key);
            let Some(entry) = self.entries.remove(&key) else { continue };
            self.unresolved_bytes = self.unresolved_bytes.saturating_sub(entry.message.weight);
            withdrawn.messages += 1;
            withdrawn.unsure += u64::from(entry.unsure);
            self.revision += 1;
        }
        withdrawn
    }

    /// What became of the run's messages.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// How many messages wait for the broker's confirm, and their bytes.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        (self.queued.len() + self.in_flight.len(), self.unresolved_bytes)
    }
}
