//! The Receive panel: the switch, the list, and what the page says about them.

use warren_protocol::{AckMode, Outcome};
use yew::prelude::*;

use super::{acknowledge::Acknowledge, received_list::ReceivedList};
use crate::{
    inbox::{Counters, Row},
    status::grouped,
    viewport::Scroll,
};

#[derive(Properties, PartialEq)]
pub(crate) struct ReceiveProps {
    pub(crate) receiving: bool,
    pub(crate) status: String,
    pub(crate) ack: AckMode,
    /// Messages that wait for the user's word.
    pub(crate) open: usize,
    /// Why no more come while they wait.
    pub(crate) window: Option<String>,
    pub(crate) sharing: Option<String>,
    /// What the last "Clear" did.
    pub(crate) cleared: Option<String>,
    pub(crate) counters: Counters,
    /// A summary of what arrived, for screen readers.
    pub(crate) announcement: String,
    /// The rows to draw.
    pub(crate) rows: Vec<Row>,
    /// How many lie above them.
    pub(crate) above: usize,
    /// How many lie below them.
    pub(crate) below: usize,
    /// See [`Viewport::moved`](crate::viewport::Viewport::moved).
    pub(crate) moved: i64,
    /// Whether the newest row is kept in sight.
    pub(crate) follow: bool,
    /// Rows that arrived since it is not.
    pub(crate) unseen: u64,
    pub(crate) on_receiving: Callback<bool>,
    pub(crate) on_ack: Callback<AckMode>,
    pub(crate) on_settle: Callback<(u64, Outcome)>,
    pub(crate) on_settle_all: Callback<()>,
    pub(crate) on_clear: Callback<()>,
    pub(crate) on_scrolled: Callback<Scroll>,
    pub(crate) on_follow: Callback<()>,
}

#[component]
pub(crate) fn ReceivePanel(props: &ReceiveProps) -> Html {
    let receiving = props.receiving;
    html! {
        <section class="panel" aria-labelledby="receive-title">
            <div class="bar">
                <h2 id="receive-title">{"Receive"}</h2>
                <button type="button" class="switch" role="switch" aria-checked={receiving.to_string()}
                    onclick={props.on_receiving.reform(move |_| !receiving)}>
                    {"Receiving"}
                </button>
                <button type="button" class="quiet end" onclick={props.on_clear.reform(|_| ())}
                    title="Empties this view only; nothing in the queue changes">
                    {"Clear"}
                </button>
            </div>
            <Acknowledge ack={props.ack} open={props.open} on_ack={&props.on_ack}
                on_settle_all={&props.on_settle_all} />
            <p class="flow">{&props.status}</p>
            if let Some(sharing) = &props.sharing {
                <p class="note">{sharing}</p>
            }
            <div role="status">
                for note in [&props.window, &props.cleared].into_iter().flatten() {
                    <p class="note">{note}</p>
                }
            </div>
            <ReceivedList rows={props.rows.clone()} above={props.above} below={props.below}
                moved={props.moved} follow={props.follow} unseen={props.unseen}
                on_scrolled={&props.on_scrolled} on_follow={&props.on_follow}
                on_settle={&props.on_settle} />
            {counters(&props.counters)}
            <p class="unseen" aria-live="polite">{&props.announcement}</p>
        </section>
    }
}

fn counters(counters: &Counters) -> Html {
    let counter = |name: &'static str, words: &'static str, value: u64| {
        html! {
            <span>
                <b data-counter={name} data-value={value.to_string()}>{grouped(value)}</b>{words}
            </span>
        }
    };
    html! {
        <div class="counters" role="group" aria-label="Counters">
            {counter("received", " received", counters.received)}
            {counter("kept", " kept", counters.kept)}
            {counter("dropped", " dropped from view", counters.dropped)}
            {counter("duplicates", " duplicates", counters.duplicates)}
        </div>
    }
}
