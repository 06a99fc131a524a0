//! Rows whose copies are on their way to another queue: nobody settles them until it is known what
//! became of the copy. To acknowledge one before could lose the message.

use std::rc::Rc;

use warren_protocol::Outcome;

use super::{AckState, Inbox, Message};

impl Inbox {
    /// The copy of this row goes out: it cannot be settled until it is let go.
    pub fn hold(&mut self, number: u64) {
        self.on_the_move.insert(number);
    }

    /// It is known what became of the copy.
    pub fn let_go(&mut self, number: u64) {
        self.on_the_move.remove(&number);
    }

    /// The copy is where it should be: acknowledges the original. Says whether that can still be done.
    pub fn settle_moved(&mut self, number: u64) -> bool {
        self.let_go(number);
        let open = self.open_message(number).is_some();
        self.settle(number, Outcome::Ack);
        open
    }

    /// The message of a row that is open.
    #[must_use]
    pub fn open_message(&self, number: u64) -> Option<&Rc<Message>> {
        self.row(number).filter(|row| row.ack_state == AckState::Open).map(|row| &row.message)
    }

    /// The first open row from this number on.
    #[must_use]
    pub fn next_open(&self, number: u64) -> Option<&Rc<Message>> {
        let mut rows = self.rows_from(number).filter(|row| row.ack_state == AckState::Open);
        rows.next().map(|row| &row.message)
    }

    /// Counts the channels that were lost: what was open before can not be settled any more.
    #[must_use]
    pub fn lost_channels(&self) -> u64 {
        self.lost_channels
    }
}
