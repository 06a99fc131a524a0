//! What the page does to send, beside what its state does: brings messages and files into the
//! form, and makes the messages of a repeat in time.

use std::rc::Rc;

use warren_protocol::Body;
use yew::prelude::*;

use super::{App, Msg, SEND_QUEUE_KEY, core::Core};
use crate::{
    send::{
        compose::Edit,
        draft::{Attached, Draft, File, too_large},
    },
    store::Action,
    ui::browser::{self, FileReading, Wake},
};

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
    pub(super) fn pick(&mut self, ctx: &Context<Self>, core: &Core, file: &web_sys::File) {
        let (name, bytes) = (file.name(), file.size() as usize);
        self.reading = None;
        self.file = match core.state.max_body_bytes() {
            Some(max) if bytes > max => Attached::Failed { why: too_large(&name, bytes, max) },
            _ => {
                let read = ctx.link().callback(Msg::Read);
                let (of, kind) = (name.clone(), file.type_());
                self.reading = FileReading::new(file, move |bytes| {
                    let file = |bytes| File {
                        name: of.clone(),
                        kind: kind.clone(),
                        body: Body::from(bytes),
                    };
                    read.emit(bytes.map(file));
                });
                Attached::Reading { name }
            }
        };
    }

    /// Makes the messages of the repeat that are due, and sees to it that this goes on.
    pub(super) fn make(&mut self, ctx: &Context<Self>, core: &mut Core, now_ms: f64) {
        let wait_ms = core.state.make(now_ms, &mut browser::uuid);
        self.make = match (wait_ms, self.make.take()) {
            (None, _) => None,
            (Some(_), Some(wake)) => Some(wake),
            (Some(wait_ms), None) => {
                let make = ctx.link().callback(|()| Msg::Make);
                Wake::new(wait_ms, move || make.emit(()))
            }
        };
    }
}

pub(super) fn send_to(core: &mut Core, queue: String, now_ms: f64) {
    browser::remember(browser::session_storage(), SEND_QUEUE_KEY, &queue);
    core.state.apply(Action::SendTo(queue), now_ms);
}
