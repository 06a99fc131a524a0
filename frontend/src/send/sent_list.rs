//! The list of what was sent, and what became of each message.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    send::{
        outbox::{Row, SendState},
        status::failure,
    },
    ui::{
        clock::clock,
        number::{grouped, size},
    },
};

#[derive(Properties, PartialEq)]
pub(crate) struct SentListProps {
    pub(crate) rows: Rc<[Row]>,
    /// Whether the relay has several queues, so that each row says its own.
    pub(crate) several: bool,
    pub(crate) on_again: Callback<u64>,
    pub(crate) on_edit: Callback<u64>,
}

#[component]
pub(crate) fn SentList(props: &SentListProps) -> Html {
    html! {
        <ul class="sent" role="list" aria-label="Sent">
            for row in props.rows.iter() {
                <SentRow key={row.key} row={row.clone()} several={props.several}
                    on_again={&props.on_again} on_edit={&props.on_edit} />
            }
        </ul>
    }
}

#[derive(Properties, PartialEq)]
struct SentRowProps {
    row: Row,
    several: bool,
    on_again: Callback<u64>,
    on_edit: Callback<u64>,
}

#[component]
fn SentRow(props: &SentRowProps) -> Html {
    let Row { key, message, state } = &props.row;
    let key = *key;
    // "Sent" is claimed once the broker has confirmed it, not before.
    let (claim, word) = match state {
        SendState::Queued => ("[ ] Queued", "queued"),
        SendState::Sent { .. } => ("[ ] Sending", "sent"),
        SendState::Confirmed { .. } => ("[x] Sent", "confirmed"),
        SendState::Failed { .. } => ("[!] Failed", "failed"),
    };
    html! {
        <li>
            <span class="what">
                {claim}{" '"}<span class="body">{&message.preview.line}</span>{"'"}
            </span>
            if let Some(queue) = message.queue.as_ref().filter(|_| props.several) {
                <span class="to">{"to "}{queue}</span>
            }
            <span class="size">{size(message.preview.bytes)}</span>
            <time>{clock(message.at_ms)}</time>
            <span class="outcome">
                <span data-state={word}>{word}</span>
                if let SendState::Confirmed { ms } = state {
                    {" "}<span class="took">{grouped(*ms)}{" ms"}</span>
                }
            </span>
            <span class="buttons">
                <button type="button" class="quiet" onclick={props.on_again.reform(move |_| key)}>
                    {"Send again"}
                </button>
                <button type="button" class="quiet" onclick={props.on_edit.reform(move |_| key)}>
                    {"Edit"}
                </button>
            </span>
            if let SendState::Failed { reason, detail } = state {
                <span class="reason error">{failure(*reason, detail.as_deref())}</span>
            }
        </li>
    }
}
