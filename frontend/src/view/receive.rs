//! The Receive panel: the switch, the list, and what the page says about them.

use std::rc::Rc;

use yew::prelude::*;

use super::{choice::queue_choice, received_list::ReceivedList};
use crate::{
    inbox::{Counters, Message},
    status::grouped,
    viewport::Scroll,
};

#[derive(Properties, PartialEq)]
pub(crate) struct ReceiveProps {
    pub(crate) queues: Rc<[String]>,
    /// The queue that is received from.
    pub(crate) queue: Option<String>,
    pub(crate) on_queue: Callback<String>,
    pub(crate) receiving: bool,
    pub(crate) status: String,
    pub(crate) sharing: Option<String>,
    pub(crate) counters: Counters,
    /// A summary of what arrived, for screen readers.
    pub(crate) announcement: String,
    /// The rows to draw.
    pub(crate) rows: Vec<Rc<Message>>,
    /// How many lie above them.
    pub(crate) above: usize,
    /// How many lie below them.
    pub(crate) below: usize,
    /// The number of the first kept message.
    pub(crate) first: u64,
    /// Whether the newest row is kept in sight.
    pub(crate) follow: bool,
    /// Rows that arrived since it is not.
    pub(crate) unseen: u64,
    pub(crate) on_receiving: Callback<bool>,
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
            if props.queues.len() > 1 {
                {queue_choice("receive-queue", "Receive from", &props.queues, props.queue.as_ref(), &props.on_queue)}
            }
            <p class="flow">{&props.status}</p>
            if let Some(sharing) = &props.sharing {
                <p class="note">{sharing}</p>
            }
            <ReceivedList rows={props.rows.clone()} above={props.above} below={props.below}
                first={props.first} follow={props.follow} unseen={props.unseen}
                on_scrolled={&props.on_scrolled} on_follow={&props.on_follow} />
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
