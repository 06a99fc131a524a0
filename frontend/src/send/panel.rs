//! The Send panel: where to, the form, the repeat, and what was sent.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    send::{
        compose::{Compose, Edit},
        draft::{Attached, Draft, Prepared},
        outbox::{Row, Totals},
        repeat::{Plan, Progress},
        repeat_form::repeat_progress,
        replay,
        replay_form::{ReplayForm, ReplayShown, replay_words},
        saved_menu::SavedMenu,
        sent_list::sent_list,
    },
    ui::{choice::Choice, clock::Clock, language::Language},
};

/// What the panel's controls do. Made once: a new callback would draw everything again.
#[derive(PartialEq)]
pub(crate) struct SendHandlers {
    pub(crate) queue: Callback<String>,
    pub(crate) file: Callback<web_sys::File>,
    pub(crate) send: Callback<Prepared>,
    pub(crate) repeat: Callback<(Prepared, Plan)>,
    pub(crate) stop: Callback<()>,
    pub(crate) again: Callback<u64>,
    pub(crate) edit: Callback<u64>,
    /// The form is filled.
    pub(crate) fill: Callback<Draft>,
    /// An exported file is to be sent again.
    pub(crate) replay: Callback<web_sys::File>,
    pub(crate) start_replay: Callback<replay::Plan>,
    pub(crate) stop_replay: Callback<()>,
    pub(crate) close_replay: Callback<()>,
}

/// What the panel shows.
pub(crate) struct SendProps {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    /// Without it the panel shows only what was sent before, if anything.
    pub(crate) may_send: bool,
    /// Why the last send was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) edit: Option<Edit>,
    pub(crate) file: Attached,
    pub(crate) max_body_bytes: Option<usize>,
    pub(crate) queues: Rc<[String]>,
    /// The queue that is sent to.
    pub(crate) queue: Option<String>,
    pub(crate) repeat: Option<Progress>,
    /// The exported file that is sent again, if any.
    pub(crate) replay: Option<ReplayShown>,
    pub(crate) rows: Rc<[Row]>,
    pub(crate) totals: Totals,
    /// Whether what is sent now goes out now.
    pub(crate) sends: bool,
    /// Unconfirmed messages that a reload would lose.
    pub(crate) unsaved: usize,
    pub(crate) on: Rc<SendHandlers>,
}

pub(crate) fn send_panel(props: &SendProps) -> Html {
    if !props.may_send && props.rows.is_empty() {
        return html! {};
    }
    let (language, on) = (props.language, &props.on);
    let replays = props.replay.as_ref().is_some_and(ReplayShown::is_running);
    html! {
        <section class="send" aria-labelledby="send-title">
            <div class="bar">
                <h2 id="send-title">{language.send()}</h2>
                if props.may_send && !props.queues.is_empty() {
                    <span class="dim" aria-hidden="true">{language.to()}</span>
                    <Choice id="send-queue" name={language.send_to()} options={&props.queues}
                        chosen={props.queue.clone()} on_choose={&on.queue} />
                }
                if props.may_send {
                    <span class="space"></span>
                    <SavedMenu {language} on_fill={&on.fill} on_replay={&on.replay} />
                }
            </div>
            <div class="send-parts">
                if props.may_send {
                    <Compose {language} edit={props.edit.clone()} file={props.file.clone()}
                        repeat={props.repeat} {replays}
                        max_body_bytes={props.max_body_bytes}
                        on_file={&on.file} on_send={&on.send} on_repeat={&on.repeat} />
                }
                if let Some(shown) = &props.replay {
                    {replay_group(props, shown)}
                }
                if let Some(progress) = props.repeat {
                    {repeat_progress(language, &progress, props.sends, &on.stop)}
                }
                if let Some(refusal) = &props.refusal {
                    <p class="error" role="alert">{refusal}</p>
                }
                {notes(props)}
            </div>
            <div class="sent">
                <h3>{language.sent()}<span class="totals">{props.totals.words(language)}</span></h3>
                {sent_list(language, props.clock, &props.rows, props.queues.len() > 1, on)}
            </div>
        </section>
    }
}

/// The exported file that is sent again.
fn replay_group(props: &SendProps, shown: &ReplayShown) -> Html {
    let (language, on) = (props.language, &props.on);
    html! {
        <div class="run" role="group" aria-label={language.replay()}>
            {replay_words(language, shown, props.sends)}
            if let ReplayShown::Found { found, .. } = shown {
                // Another file is asked about anew: its messages may belong elsewhere.
                <ReplayForm key={Rc::as_ptr(found).addr()} {language} found={Rc::clone(found)}
                    queues={&props.queues}
                    queue={props.queue.clone()} max_body_bytes={props.max_body_bytes}
                    repeats={props.repeat.is_some_and(|repeat| repeat.run.is_making())}
                    on_start={&on.start_replay} on_close={&on.close_replay} />
            } else {
                <div class="line">
                    if shown.can_stop() {
                        <button type="button" onclick={on.stop_replay.reform(|_| ())}>
                            {language.stop()}
                        </button>
                    } else if !shown.is_running() {
                        <button type="button" onclick={on.close_replay.reform(|_| ())}>
                            {language.close()}
                        </button>
                    }
                </div>
            }
        </div>
    }
}

/// What the user should know about messages that are not through.
fn notes(props: &SendProps) -> Html {
    let (totals, language) = (&props.totals, props.language);
    let waiting =
        (!props.sends && totals.queued > 0).then(|| language.waits_here(totals.queued as u64));
    let unsaved = (props.unsaved > 0).then(|| language.reload_loses(props.unsaved as u64));
    let forgotten = (totals.forgotten > 0).then(|| language.no_longer_listed(totals.forgotten));
    html! {
        <div role="status">
            for note in [waiting, unsaved, forgotten].into_iter().flatten() {
                <p class="note">{note}</p>
            }
        </div>
    }
}
