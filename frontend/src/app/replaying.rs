//! What the page does to send an exported file again, beside what its state does: reads the file in
//! pieces, first to say what is in it, then to send it.

use std::rc::Rc;

use yew::prelude::*;

use super::{App, core::Core};
use crate::{
    send::{
        replay::{PIECE_BYTES, Plan, Survey},
        replay_form::ReplayShown,
    },
    store::{Action, State},
    ui::browser::FileReading,
};

pub(crate) enum Msg {
    /// A file was picked or dropped.
    Open(web_sys::File),
    /// A piece of this file was read, or cannot be.
    Piece(web_sys::File, Option<Vec<u8>>),
    Start(Plan),
    Stop,
    /// What is shown of it is not wanted any more.
    Close,
}

/// The file, and what is done with it.
pub(super) struct Replaying {
    file: web_sys::File,
    reading: Option<FileReading>,
    survey: Option<Survey>,
    /// What is shown of it before it is sent.
    shown: ReplayShown,
    /// Whether it is sent, or was: what is shown is the run's progress from then on.
    started: bool,
}

impl App {
    pub(super) fn on_replay(
        &mut self,
        ctx: &Context<Self>,
        core: &mut Core,
        msg: Msg,
        now_ms: f64,
    ) {
        match msg {
            // One that runs is shown, and has to be stopped first.
            Msg::Open(_) if core.state.is_replaying() || !core.state.may_send() => {}
            Msg::Open(file) => {
                core.state.apply(Action::CloseReplay, now_ms);
                let shown = ReplayShown::Reading { name: file.name(), messages: 0, percent: 0 };
                let survey = Some(Survey::default());
                self.replaying =
                    Some(Replaying { file, reading: None, survey, shown, started: false });
            }
            // One of a file that is gone may still be on its way.
            Msg::Piece(file, _) if !self.replays(&file) => {}
            Msg::Piece(_, piece) => self.on_piece(core, piece, now_ms),
            Msg::Start(plan) => {
                if let Some(replaying) = &mut self.replaying
                    && let ReplayShown::Found { found, .. } = &replaying.shown
                {
                    core.state.apply(Action::StartReplay(plan, Rc::clone(found)), now_ms);
                    replaying.started = core.state.replay.is_some();
                    self.make = None;
                }
            }
            Msg::Stop => {
                core.state.apply(Action::StopReplay, now_ms);
                // A reload must not send what was withdrawn.
                core.save(now_ms);
            }
            Msg::Close => {
                self.replaying = None;
                core.state.apply(Action::StopReplay, now_ms);
                core.state.apply(Action::CloseReplay, now_ms);
                core.save(now_ms);
            }
        }
        self.read_on(ctx, core, now_ms);
    }

    fn on_piece(&mut self, core: &mut Core, piece: Option<Vec<u8>>, now_ms: f64) {
        let Some(replaying) = &mut self.replaying else { return };
        replaying.reading = None;
        let name = replaying.file.name();
        // A file that has become shorter has nothing there. To ask again would go on for ever.
        let Some(piece) = piece.filter(|piece| !piece.is_empty()) else {
            if replaying.survey.take().is_some() {
                replaying.shown = ReplayShown::Unreadable { name };
            } else {
                core.state.apply(Action::ReplayEnd { readable: false }, now_ms);
            }
            return;
        };
        if let Some(survey) = &mut replaying.survey {
            survey.push(&piece);
            let percent = (survey.at() as f64 * 100.0 / replaying.file.size().max(1.0)) as u64;
            let messages = survey.found().messages;
            replaying.shown = ReplayShown::Reading { name, messages, percent };
        } else {
            core.state.apply(Action::ReplayPiece(piece), now_ms);
        }
    }

    /// Reads the next piece where it is wanted; to be called after every message.
    pub(super) fn read_on(&mut self, ctx: &Context<Self>, core: &mut Core, now_ms: f64) {
        let Some(replaying) = &mut self.replaying else { return };
        if replaying.reading.is_some() {
            return;
        }
        // Who reads the file knows how far: a second reader begins where it begins.
        let sent = core.state.replay.as_ref().filter(|replay| replay.wants_piece());
        let at = match (&replaying.survey, sent) {
            (Some(survey), _) => survey.at() as f64,
            (None, Some(replay)) => replay.at() as f64,
            (None, None) => return,
        };
        let size = replaying.file.size();
        if at >= size {
            match replaying.survey.take() {
                Some(survey) => {
                    let (name, found) = (replaying.file.name(), Rc::new(survey.finish()));
                    replaying.shown = ReplayShown::Found { name, found };
                }
                None => core.state.apply(Action::ReplayEnd { readable: true }, now_ms),
            }
            return;
        }
        let to = (at + PIECE_BYTES as f64).min(size);
        let of = replaying.file.clone();
        let read =
            ctx.link().callback(move |piece| super::Msg::Replay(Msg::Piece(of.clone(), piece)));
        let piece = replaying.file.slice_with_f64_and_f64(at, to).ok();
        let done = read.clone();
        replaying.reading =
            piece.and_then(|piece| FileReading::new(&piece, move |bytes| done.emit(bytes)));
        if replaying.reading.is_none() {
            read.emit(None);
        }
    }

    /// Whether it is this file that is read.
    fn replays(&self, file: &web_sys::File) -> bool {
        self.replaying.as_ref().is_some_and(|replaying| replaying.file == *file)
    }

    /// What the Send panel shows of it.
    pub(super) fn replay_shown(&self, state: &State) -> Option<ReplayShown> {
        let replaying = self.replaying.as_ref()?;
        Some(match state.replay_progress() {
            Some(progress) => ReplayShown::Runs { name: replaying.file.name(), progress },
            // A repeat has taken the place of the run. To ask again how to send the file would look as
            // if nothing of it had been sent.
            None if replaying.started => return None,
            None => replaying.shown.clone(),
        })
    }
}
