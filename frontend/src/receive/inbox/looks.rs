//! Messages that are only shown: nobody settles them here, and they go back when the look ends, but for
//! those of a stream, which never leave it.

use warren_protocol::{Outcome, Tags};

use super::{AckState, Inbox, Purpose};

/// What the inbox knows of looks in this session.
#[derive(Default)]
pub(super) struct Looks {
    /// What deliveries are for.
    purpose: Purpose,
    /// The highest tag that was shown.
    shown_up_to: u64,
}

impl Inbox {
    /// Takes a delivery in, and says what becomes of it.
    pub(super) fn arrive(&mut self, tag: u64, number: u64) -> AckState {
        let ack_state = self.unsettled.arrive(tag, number, self.looks.purpose, self.by_hand);
        if ack_state == AckState::Shown {
            self.looks.shown_up_to = tag;
        }
        ack_state
    }

    /// What the relay delivers from now on is for this. That ends a look, unless it goes on; or turns
    /// out to be one into a stream: then what is shown is acknowledged.
    pub fn set_purpose(&mut self, purpose: Purpose) {
        self.looks.purpose = purpose;
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

    /// Whether the page knows by itself that all of these went back: a look has shown the last.
    #[must_use]
    pub fn is_known_back(&self, which: &Tags) -> bool {
        matches!(which, Tags::UpTo(tag) if *tag <= self.looks.shown_up_to)
    }

    /// A look is over: what it has shown went back.
    pub fn end_look(&mut self) {
        for number in self.unsettled.end_look() {
            self.set_ack_state(number, AckState::Settled(Outcome::Requeue));
            self.given_back(number);
        }
    }
}
