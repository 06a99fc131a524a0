//! Messages that are only shown: nobody settles them here, and they go back when the look ends, but for
//! those of a stream, which never leave it.

use warren_protocol::Outcome;

use super::{AckState, Inbox, Purpose};

impl Inbox {
    /// What the relay delivers from now on is for this. That ends a look, unless it goes on; or turns
    /// out to be one into a stream: then what is shown is acknowledged.
    pub fn set_purpose(&mut self, purpose: Purpose) {
        self.purpose = purpose;
        match purpose {
            Purpose::Look => {}
            Purpose::Take => self.end_look(),
            Purpose::Read => {
                for number in self.unsettled.acknowledge_shown() {
                    self.set_ack_state(number, AckState::Automatic);
                }
            }
        }
    }

    /// How many messages are shown that go back.
    #[must_use]
    pub fn shown(&self) -> usize {
        self.unsettled.shown()
    }

    /// A look is over: what it has shown went back.
    pub fn end_look(&mut self) {
        for number in self.unsettled.end_look() {
            self.set_ack_state(number, AckState::Settled(Outcome::Requeue));
            self.given_back(number);
        }
    }
}
