//! The life of the open message, looked for only while it is shown.

use std::rc::Rc;

use super::ListView;
use crate::receive::{
    inbox::Inbox,
    inspector::Tab,
    life::{Life, Shown, is_known},
};

impl ListView {
    /// Takes in what has happened to the open message.
    pub(super) fn refresh_life(&mut self, inbox: &Inbox) {
        let shown = self.open.as_ref().filter(|_| self.tab == Tab::Life);
        let Some(subject) = shown.map(|row| &row.message).filter(|message| is_known(message))
        else {
            self.life = None;
            return;
        };
        let before = self.life.take().filter(|life| Rc::ptr_eq(life.subject(), subject));
        let mut life = before.unwrap_or_else(|| Life::new(Rc::clone(subject), inbox));
        life.look(inbox);
        self.life = Some(life);
    }

    /// The life of the open message, where the tab shows it.
    pub(crate) fn life(&self, inbox: &Inbox) -> Option<Shown> {
        self.life.as_ref().map(|life| life.shown(inbox))
    }

    /// Marks a row, opens its details and brings it into sight, while it is kept.
    pub(super) fn go_to(&mut self, number: u64, inbox: &Inbox) {
        if inbox.row(number).is_some() {
            self.marked = Some(number);
            self.open(inbox);
            self.scroll_to(number, inbox);
        }
    }
}
