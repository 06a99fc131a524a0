//! The list of what was sent, and what became of each message: one line each.

use yew::prelude::*;

use crate::{
    send::{
        outbox::{Row, SendState},
        panel::SendHandlers,
        status::failure,
    },
    ui::{clock::Clock, language::Language, number::grouped},
};

/// `several` is whether the relay has several queues, so that each row says its own.
pub(super) fn sent_list(
    language: Language,
    clock: Clock,
    rows: &[Row],
    several: bool,
    on: &SendHandlers,
) -> Html {
    html! {
        <>
            <ul role="list" aria-label={language.sent()}>
                for row in rows.iter() {
                    <SentRow key={row.key} {language} {clock} row={row.clone()} {several}
                        on_again={&on.again} on_edit={&on.edit} />
                }
            </ul>
            // What the tutorial's send.py prints, for those who hear the page.
            <p class="unseen" aria-live="polite">
                {rows.first().map(|row| claim(row, language))}
            </p>
        </>
    }
}

/// `[x] Sent 'Hello World!'`: "Sent" is claimed once the broker has confirmed it, not before.
fn claim(Row { message, state, .. }: &Row, language: Language) -> String {
    let claim = match state {
        SendState::Queued => language.claim_queued(),
        SendState::Sent { .. } => language.claim_sending(),
        SendState::Confirmed { .. } => language.claim_sent(),
        SendState::Failed { .. } => language.claim_failed(),
    };
    format!("{claim} '{}'", message.preview.line)
}

#[derive(Properties, PartialEq)]
struct SentRowProps {
    language: Language,
    clock: Clock,
    row: Row,
    several: bool,
    on_again: Callback<u64>,
    on_edit: Callback<u64>,
}

#[component]
fn SentRow(props: &SentRowProps) -> Html {
    let (language, Row { key, message, state }) = (props.language, &props.row);
    let key = *key;
    let (mark, name) = match state {
        SendState::Queued => ("…", "queued"),
        SendState::Sent { .. } => ("…", "sent"),
        SendState::Confirmed { .. } => ("✓", "confirmed"),
        SendState::Failed { .. } => ("✕", "failed"),
    };
    let outcome = match state {
        SendState::Queued => language.waiting().to_owned(),
        SendState::Sent { .. } => language.sending().to_owned(),
        SendState::Confirmed { ms } => language.milliseconds(&grouped(*ms)),
        SendState::Failed { .. } => language.failed().to_owned(),
    };
    html! {
        <li data-state={name} title={claim(&props.row, language)}>
            <span class="mark" aria-hidden="true">{mark}</span>
            <span class="body">{&message.preview.line}</span>
            if let Some(queue) = message.queue.as_ref().filter(|_| props.several) {
                <span class="to" title={queue.clone()}>{language.to_queue(queue)}</span>
            }
            <time title={props.clock.full(message.at_ms)}>{props.clock.short(message.at_ms)}</time>
            <span class="outcome">{outcome}</span>
            <span class="buttons">
                <button type="button" class="small" onclick={props.on_again.reform(move |_| key)}>
                    {language.send_again()}
                </button>
                <button type="button" class="small" onclick={props.on_edit.reform(move |_| key)}>
                    {language.edit()}
                </button>
            </span>
            if let SendState::Failed { reason, detail } = state {
                <span class="reason error">{failure(*reason, detail.as_ref(), language)}</span>
            }
        </li>
    }
}
