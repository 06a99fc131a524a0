//! The Receive panel: who acknowledges, the list, the details, and what the page says about them.

use std::rc::Rc;

use warren_protocol::{AckMode, Outcome};
use yew::prelude::*;

use crate::{
    receive::{
        ack_choice::Acknowledge,
        body_view::Form,
        filter_box::FilterBox,
        inbox::{Counters, Row},
        inspector::Details,
        list_view::Step,
        received_list::{List, ReceivedList},
    },
    ui::{choice::queue_choice, number::grouped, viewport::Scroll},
};

/// What the panel's controls do. Made once: a new callback would draw everything again.
#[derive(PartialEq)]
pub(crate) struct Handlers {
    pub(crate) receiving: Callback<bool>,
    /// The queue to receive from.
    pub(crate) queue: Callback<String>,
    pub(crate) ack: Callback<AckMode>,
    pub(crate) settle: Callback<(u64, Outcome)>,
    pub(crate) settle_all: Callback<()>,
    pub(crate) filter: Callback<String>,
    pub(crate) clear: Callback<()>,
    pub(crate) scrolled: Callback<Scroll>,
    pub(crate) follow: Callback<()>,
    pub(crate) choose: Callback<u64>,
    pub(crate) step: Callback<Step>,
    pub(crate) open: Callback<()>,
    pub(crate) close: Callback<()>,
    pub(crate) copy: Callback<(u64, Form)>,
    pub(crate) save: Callback<u64>,
    pub(crate) again: Callback<u64>,
    pub(crate) export: Callback<()>,
}

#[derive(Properties, PartialEq)]
pub(crate) struct ReceiveProps {
    pub(crate) queues: Rc<[String]>,
    /// The queue that is received from.
    pub(crate) queue: Option<String>,
    pub(crate) receiving: bool,
    pub(crate) status: String,
    pub(crate) ack: AckMode,
    /// Messages that wait for the user's word.
    pub(crate) open: usize,
    /// What the user should know beside the status.
    pub(crate) notes: Vec<String>,
    pub(crate) sharing: Option<String>,
    /// How many messages the filter shows of how many.
    pub(crate) found: Option<String>,
    pub(crate) counters: Counters,
    /// A summary of what arrived, for screen readers.
    pub(crate) announcement: String,
    /// Whether there is something to export, and all of it is known.
    pub(crate) exports: bool,
    pub(crate) list: List,
    /// What the user may do with an open message.
    pub(crate) outcomes: &'static [Outcome],
    /// The row whose details are open, and whether it is still in the list.
    pub(crate) details: Option<(Row, bool)>,
    /// What became of the last "Copy" or "Save".
    pub(crate) feedback: Option<AttrValue>,
    pub(crate) on: Rc<Handlers>,
}

#[component]
pub(crate) fn ReceivePanel(props: &ReceiveProps) -> Html {
    let (receiving, on) = (props.receiving, &props.on);
    html! {
        <section class="panel" aria-labelledby="receive-title">
            <div class="bar">
                <h2 id="receive-title">{"Receive"}</h2>
                <button type="button" class="switch" role="switch" aria-checked={receiving.to_string()}
                    onclick={on.receiving.reform(move |_| !receiving)}>
                    {"Receiving"}
                </button>
                <button type="button" class="quiet end" onclick={on.export.reform(|_| ())}
                    disabled={!props.exports}
                    title="Saves the messages that the list shows, as NDJSON">
                    {"Export"}
                </button>
                <button type="button" class="quiet" onclick={on.clear.reform(|_| ())}
                    title="Empties this view only; nothing in the queue changes">
                    {"Clear"}
                </button>
            </div>
            if props.queues.len() > 1 {
                {queue_choice("receive-queue", "Receive from", &props.queues, props.queue.as_ref(), &on.queue)}
            }
            <Acknowledge ack={props.ack} open={props.open} on_ack={&on.ack}
                on_settle_all={&on.settle_all} />
            <p class="flow">{&props.status}</p>
            if let Some(sharing) = &props.sharing {
                <p class="note">{sharing}</p>
            }
            <div role="status">
                for note in &props.notes {
                    <p class="note">{note}</p>
                }
            </div>
            <FilterBox found={props.found.clone()} on_filter={&on.filter} />
            <div class="reading">
                <ReceivedList list={props.list.clone()} outcomes={props.outcomes} on={on} />
                if let Some((row, kept)) = &props.details {
                    <Details row={row.clone()} kept={*kept} feedback={props.feedback.clone()}
                        on_copy={&on.copy} on_save={&on.save} on_again={&on.again}
                        on_close={&on.close} />
                }
            </div>
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
            {counter("duplicates", if counters.duplicates == 1 { " duplicate" } else { " duplicates" },
                counters.duplicates)}
        </div>
    }
}
