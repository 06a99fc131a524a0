//! What the user is asked about the selection, and where the keyboard goes when its bar closes.

use super::ListView;
use crate::{
    receive::{
        inbox::Inbox,
        received_list::LIST_ID,
        selection_bar::{Ask, Asked, BAR_ID},
    },
    ui::browser,
};

impl ListView {
    /// What the user is asked before it is done with all that is selected.
    pub(crate) fn asks(&self) -> Option<&Asked> {
        self.asks.as_ref()
    }

    pub(super) fn ask(&mut self, asks: Option<Asked>) {
        if asks.is_none() {
            browser::focus(LIST_ID);
        }
        self.asks = asks;
    }

    /// Takes in what has become of the selection: without one there is nothing to ask, and no bar.
    pub(super) fn refresh_selection(&mut self, inbox: &Inbox) {
        let selecting = !inbox.selection().is_empty();
        let about_open =
            self.asks.as_ref().is_some_and(|asked| matches!(asked.ask, Ask::Reject | Ask::Move(_)));
        let over = about_open && inbox.selected_open() == 0;
        if over || !selecting {
            self.asks = None;
        }
        if (over || self.selecting && !selecting) && browser::has_focus_in(BAR_ID) {
            browser::focus(LIST_ID);
        }
        self.selecting = selecting;
    }
}
