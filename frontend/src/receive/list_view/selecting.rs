//! What the user is asked about the selection or a message, and where the keyboard goes when its bar closes.

use super::ListView;
use crate::{
    receive::{
        inbox::Inbox,
        move_view::Moved,
        received_list::LIST_ID,
        selection_bar::{Ask, Asked, BAR_ID},
    },
    ui::browser,
};

impl ListView {
    /// What the user is asked before it is done.
    pub(crate) fn asks(&self) -> Option<&Asked> {
        self.asks.as_ref()
    }

    pub(super) fn ask(&mut self, asks: Option<Asked>) {
        if asks.is_none() {
            browser::focus(LIST_ID);
        }
        self.asks = asks;
    }

    /// What the question is about changes: it is asked no longer, and the focus stays where it is.
    pub(crate) fn forget_question(&mut self) {
        self.asks = None;
    }

    /// Takes in what has become of the rows: where what is asked about is settled or gone, there is
    /// nothing to ask, and without a selection no bar.
    pub(super) fn refresh_selection(&mut self, inbox: &Inbox) {
        let selecting = !inbox.selection().is_empty();
        let over = self.asks.as_ref().is_some_and(|asked| match asked.ask {
            Ask::SendAgain => !selecting,
            Ask::Move(_, Moved::Row(number)) => inbox.open_message(number).is_none(),
            Ask::Reject | Ask::Move(..) => inbox.selected_open() == 0,
        });
        if over {
            self.asks = None;
        }
        let gone = self.selecting && !selecting && self.asks.is_none();
        if (over || gone) && browser::has_focus_in(BAR_ID) {
            browser::focus(LIST_ID);
        }
        self.selecting = selecting;
    }
}
