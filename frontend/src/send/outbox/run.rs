//! The messages of a repeat in the outbox: told from others by their run, and counted exactly.

use warren_protocol::{Body, Properties};

use super::{Outbox, Refusal};
use crate::send::repeat::Tally;

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
