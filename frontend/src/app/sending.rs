//! What the page does to send, beside what its state does: brings messages and files into the
//! form, makes the messages of a repeat in time, and saves what is not confirmed.

use std::rc::Rc;

use yew::prelude::*;

use super::{App, Msg, OUTBOX_KEY, RECEIVE_QUEUE_KEY, REPEAT_KEY, SEND_QUEUE_KEY};
use crate::{
    browser::{self, FileReading, Wake},
    draft::{Attached, Draft, too_large},
    store::Action,
    view::compose::Edit,
};

/// The outbox is written to `sessionStorage` at most this often.
const SAVE_MS: f64 = 1_000.0;
/// With more messages than this, or more bytes, the outbox is written only once it rests, and
/// when the tab is left: thousands of messages take some 20 ms, which would be seen.
const SAVE_FEW: (usize, usize) = (200, 1024 * 1024);

impl App {
    /// Brings a message into the form.
    pub(super) fn edit(&mut self, draft: Draft) {
        let number = self.edit.as_ref().map_or(0, |edit| edit.number) + 1;
        if draft.file != Attached::Nothing {
            self.file = draft.file.clone();
        }
        self.edit = Some(Edit { number, draft: Rc::new(draft) });
    }

    /// Reads a file, unless it is too large to be sent.
    pub(super) fn pick(&mut self, ctx: &Context<Self>, file: &web_sys::File) {
        let (name, bytes) = (file.name(), file.size() as usize);
        self.reading = None;
        self.file = match self.state.max_body_bytes() {
            Some(most) if bytes > most => Attached::Failed { why: too_large(&name, bytes, most) },
            _ => {
                let read = ctx.link().callback(Msg::Read);
                self.reading = FileReading::new(file, move |file| read.emit(file));
                Attached::Reading { name }
            }
        };
    }

    pub(super) fn send_to(&mut self, queue: String, now_ms: f64) {
        browser::remember(browser::session_storage(), SEND_QUEUE_KEY, &queue);
        self.state.apply(Action::SendTo(queue), now_ms);
    }

    pub(super) fn receive_from(&mut self, queue: String, now_ms: f64) {
        browser::remember(browser::session_storage(), RECEIVE_QUEUE_KEY, &queue);
        self.state.apply(Action::ReceiveFrom(queue), now_ms);
    }

    /// Makes the messages of the repeat that are due, and sees to it that this goes on.
    pub(super) fn make(&mut self, ctx: &Context<Self>, now_ms: f64) {
        let wait_ms = self.state.make(now_ms, &mut browser::uuid);
        self.make = match (wait_ms, self.make.take()) {
            (None, _) => None,
            (Some(_), Some(wake)) => Some(wake),
            (Some(wait_ms), None) => {
                let make = ctx.link().callback(|()| Msg::Make);
                Wake::new(wait_ms, move || make.emit(()))
            }
        };
    }

    pub(super) fn save_sometimes(&mut self, now_ms: f64) {
        let revision = self.state.outbox.revision();
        let rests = std::mem::replace(&mut self.ticked_revision, revision) == revision;
        let (messages, bytes) = self.state.outbox.unconfirmed();
        let few = messages <= SAVE_FEW.0 && bytes <= SAVE_FEW.1;
        if revision != self.saved_revision && now_ms - self.saved_ms >= SAVE_MS && (few || rests) {
            self.save(now_ms);
        }
    }

    /// Lets the unconfirmed messages survive a reload of the tab.
    pub(super) fn save(&mut self, now_ms: f64) {
        let saved = self.state.outbox.save();
        let totals = self.state.outbox.totals();
        let kept = browser::remember(browser::session_storage(), OUTBOX_KEY, &saved.lines);
        let left_out =
            if kept { saved.left_out } else { totals.queued + totals.in_flight + totals.failed };
        if let Some(repeat) = &self.state.repeat {
            browser::remember(browser::session_storage(), REPEAT_KEY, &repeat.save());
        }
        self.saved_revision = self.state.outbox.revision();
        self.saved_ms = now_ms;
        self.state.apply(Action::Saved { left_out }, now_ms);
    }
}
