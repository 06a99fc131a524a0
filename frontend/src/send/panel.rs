//! The Send panel: the form, the repeat, and what was sent.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    send::{
        compose::{Compose, Edit},
        draft::{Attached, Prepared},
        outbox::{Row, Totals},
        repeat::{Phase, Plan, Progress},
        repeat_form::RepeatProgress,
        sent_list::SentList,
    },
    ui::number::plural,
};

#[derive(Properties, PartialEq)]
pub(crate) struct SendProps {
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
    pub(crate) on_queue: Callback<String>,
    pub(crate) on_file: Callback<web_sys::File>,
    pub(crate) repeat: Option<Progress>,
    pub(crate) rows: Rc<[Row]>,
    pub(crate) totals: Totals,
    /// Whether what is sent now goes out now.
    pub(crate) sends: bool,
    /// Unconfirmed messages that a reload would lose.
    pub(crate) unsaved: usize,
    pub(crate) on_send: Callback<Prepared>,
    pub(crate) on_repeat: Callback<(Prepared, Plan)>,
    pub(crate) on_stop: Callback<()>,
    pub(crate) on_again: Callback<u64>,
    pub(crate) on_edit: Callback<u64>,
}

#[component]
pub(crate) fn SendPanel(props: &SendProps) -> Html {
    if !props.may_send && props.rows.is_empty() {
        return html! {};
    }
    let repeating = props.repeat.is_some_and(|progress| progress.phase == Phase::Making);
    html! {
        <section class="panel send" aria-labelledby="send-title">
            <div class="bar"><h2 id="send-title">{"Send"}</h2></div>
            if props.may_send {
                <Compose edit={props.edit.clone()} file={props.file.clone()} {repeating}
                    max_body_bytes={props.max_body_bytes} queues={props.queues.clone()}
                    queue={props.queue.clone()} on_queue={&props.on_queue} on_file={&props.on_file}
                    on_send={&props.on_send} on_repeat={&props.on_repeat} />
            }
            if let Some(progress) = props.repeat {
                <RepeatProgress {progress} sends={props.sends} on_stop={&props.on_stop} />
            }
            if let Some(refusal) = &props.refusal {
                <p class="error" role="alert">{refusal}</p>
            }
            {notes(props)}
            <p class="label">{"Sent"}<span class="totals">{props.totals.words()}</span></p>
            <SentList rows={&props.rows} several={props.queues.len() > 1}
                on_again={&props.on_again} on_edit={&props.on_edit} />
        </section>
    }
}

/// What the user should know about messages that are not through.
fn notes(props: &SendProps) -> Html {
    let count = |number: usize| plural(number as u64, "message", "messages");
    let totals = &props.totals;
    let waiting = (!props.sends && totals.queued > 0).then(|| {
        let (wait, them) = if totals.queued == 1 { ("waits", "it") } else { ("wait", "them") };
        format!("{} {wait} here until the broker takes {them}.", count(totals.queued))
    });
    let unsaved = (props.unsaved > 0)
        .then(|| format!("A reload would lose {}. Keep this tab open.", count(props.unsaved)));
    let forgotten = (totals.forgotten > 0).then(|| {
        let failed = plural(totals.forgotten, "failed message is", "failed messages are");
        format!("{failed} no longer listed.")
    });
    html! {
        <div role="status">
            for note in [waiting, unsaved, forgotten].into_iter().flatten() {
                <p class="note">{note}</p>
            }
        </div>
    }
}
