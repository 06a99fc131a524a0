//! What the page does to send, beside what its state does: brings messages and files into the
//! form, and makes the messages of a repeat in time.

use std::rc::Rc;

use warren_protocol::Body;
use yew::prelude::*;

use super::{App, core::Core, drawing::Redraw, replaying};
use crate::{
    send::{
        compose::Edit,
        draft::{Attached, Draft, File, Prepared, too_large},
        panel::SendHandlers,
        repeat::Plan,
    },
    store::Action,
    ui::browser::{self, FileReading, Wake},
};

pub(super) const QUEUE_KEY: &str = "warren.send-queue";

pub(crate) enum Msg {
    Send(Box<Prepared>),
    StartRepeat(Box<(Prepared, Plan)>),
    StopRepeat,
    /// It is time to make messages of the repeat.
    Make,
    /// A file was picked or dropped.
    Pick(web_sys::File),
    /// It was read, or cannot be.
    Read(Option<File>),
    /// The queue to send to.
    To(String),
    /// A message of the "Sent" list is sent again.
    Again(u64),
    /// A message of the "Sent" list goes into the form.
    Edit(u64),
    /// The form is filled.
    Fill(Box<Draft>),
}

/// What the Send panel's controls do.
pub(super) fn handlers(scope: &html::Scope<App>) -> SendHandlers {
    let on = scope.callback(super::Msg::Send);
    let replay = scope.callback(super::Msg::Replay);
    SendHandlers {
        queue: on.reform(Msg::To),
        file: on.reform(Msg::Pick),
        send: on.reform(|message| Msg::Send(Box::new(message))),
        repeat: on.reform(|repeat| Msg::StartRepeat(Box::new(repeat))),
        stop: on.reform(|()| Msg::StopRepeat),
        again: on.reform(Msg::Again),
        edit: on.reform(Msg::Edit),
        fill: on.reform(|draft| Msg::Fill(Box::new(draft))),
        replay: replay.reform(replaying::Msg::Open),
        start_replay: replay.reform(replaying::Msg::Start),
        stop_replay: replay.reform(|()| replaying::Msg::Stop),
        close_replay: replay.reform(|()| replaying::Msg::Close),
    }
}

impl App {
    pub(super) fn on_send(
        &mut self,
        ctx: &Context<Self>,
        core: &mut Core,
        msg: Msg,
        now_ms: f64,
    ) -> Redraw {
        match msg {
            Msg::Send(message) => {
                let message_id = browser::uuid();
                core.state.apply(Action::Send { message: *message, message_id }, now_ms);
                return Redraw::WithTheAnswer;
            }
            Msg::Make => {
                self.make = None;
                // It is drawn with the answers, which come in a moment, or with the tick.
                return Redraw::No;
            }
            Msg::StartRepeat(repeat) => {
                let (message, plan) = *repeat;
                self.make = None;
                core.state.apply(Action::StartRepeat(message, plan), now_ms);
            }
            Msg::StopRepeat => {
                core.state.apply(Action::StopRepeat, now_ms);
                // A reload must neither say that it has ended the repeat, nor send what was withdrawn.
                core.save(now_ms);
            }
            Msg::Pick(file) => self.pick(ctx, core, &file),
            // Another file, or a message with one, has come in between.
            Msg::Read(_) if self.reading.is_none() => {}
            Msg::Read(file) => {
                self.reading = None;
                self.file = match file {
                    Some(file) => Attached::Ready(Rc::new(file)),
                    None => Attached::Failed { why: self.language.file_unreadable().to_owned() },
                };
            }
            Msg::To(queue) => {
                self.list_view.forget_question();
                send_to(core, queue, now_ms);
            }
            Msg::Again(key) => {
                let message_id = browser::uuid();
                core.state.apply(Action::SendAgain { key, message_id }, now_ms);
            }
            Msg::Fill(draft) => self.edit(*draft, Vec::new()),
            Msg::Edit(key) => {
                if let Some(message) = core.state.outbox.message(key) {
                    let draft = Draft::of(&message.body, &message.properties, self.language);
                    self.edit(draft, Vec::new());
                }
            }
        }
        Redraw::NextFrame
    }

    /// Brings a message into the form, which lacks what is `left_out` of it.
    pub(super) fn edit(&mut self, draft: Draft, left_out: Vec<String>) {
        let number = self.edit.as_ref().map_or(0, |edit| edit.number) + 1;
        if draft.file != Attached::Nothing {
            // A file that is still being read must not take its place.
            self.reading = None;
            self.file = draft.file.clone();
        }
        self.edit = Some(Edit { number, draft: Rc::new(draft), left_out });
    }

    /// Reads a file, unless it is too large to be sent.
    fn pick(&mut self, ctx: &Context<Self>, core: &Core, file: &web_sys::File) {
        let (name, bytes) = (file.name(), file.size() as usize);
        self.reading = None;
        self.file = match core.state.max_body_bytes() {
            Some(max) if bytes > max => {
                Attached::Failed { why: too_large(&name, bytes, max, self.language) }
            }
            _ => {
                let read = ctx.link().callback(|file| super::Msg::Send(Msg::Read(file)));
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

    /// Makes the messages of the repeat or the replay that are due, and sees to it that this goes on.
    pub(super) fn make(&mut self, ctx: &Context<Self>, core: &mut Core, now_ms: f64) {
        let mut of_file = core.state.make_of_file(now_ms, &mut browser::uuid);
        self.read_on(ctx, core, now_ms);
        if of_file.is_none() {
            // That may have found the end of the file, whose last line may have nothing that ends it.
            of_file = core.state.make_of_file(now_ms, &mut browser::uuid);
        }
        let wait_ms = core.state.make(now_ms, &mut browser::uuid).or(of_file);
        self.make = match (wait_ms, self.make.take()) {
            (None, _) => None,
            (Some(_), Some(wake)) => Some(wake),
            (Some(wait_ms), None) => {
                let make = ctx.link().callback(|()| super::Msg::Send(Msg::Make));
                Wake::new(wait_ms, move || make.emit(()))
            }
        };
    }
}

pub(super) fn send_to(core: &mut Core, queue: String, now_ms: f64) {
    browser::remember(browser::session_storage(), QUEUE_KEY, &queue);
    core.state.apply(Action::SendTo(queue), now_ms);
}
