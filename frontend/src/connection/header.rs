//! The top line: how the page stands with relay and broker, the queues, what flows, the theme.

use std::rc::Rc;

use warren_protocol::{QueueCount, QueueStatus};
use yew::prelude::*;

use crate::{
    connection::status::Chip,
    ui::{number::plural, rates::Series, spark::Spark, theme::Theme},
};

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    pub(crate) broker: Chip,
    pub(crate) relay: Option<Chip>,
    pub(crate) counts: Rc<[QueueCount]>,
    /// The queues that are sent to and received from.
    pub(crate) current: [Option<String>; 2],
    pub(crate) series: Series,
    pub(crate) on_queue: Callback<String>,
    pub(crate) theme: Theme,
    pub(crate) on_theme: Callback<Theme>,
}

#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let next = props.theme.next();
    html! {
        <header>
            <h1>{"Warren"}</h1>
            {chip("Broker", &props.broker)}
            if let Some(relay) = &props.relay {
                {chip("Relay", relay)}
            }
            <Queues counts={props.counts.clone()} current={props.current.clone()}
                on_queue={&props.on_queue} />
            <Spark series={props.series.clone()} />
            <button type="button" class="quiet" onclick={props.on_theme.reform(move |_| next)}>
                {"Theme: "}{props.theme.name()}
            </button>
        </header>
    }
}

fn chip(name: &'static str, chip: &Chip) -> Html {
    html! {
        <p class="chip" role="status" aria-label={name} data-tone={chip.tone.name()}
            title={chip.text.clone()}>
            {&chip.text}
            // Counts down each second, which nobody wants to have read out.
            if let Some(next_try) = &chip.next_try {
                <span aria-live="off">{next_try}</span>
            }
        </p>
    }
}

#[derive(Properties, PartialEq)]
struct QueuesProps {
    counts: Rc<[QueueCount]>,
    current: [Option<String>; 2],
    on_queue: Callback<String>,
}

/// What `rabbitmqctl list_queues` prints. Each chooses its queue for both panels.
#[component]
fn Queues(props: &QueuesProps) -> Html {
    html! {
        <ul class="queues" role="list" aria-label="Queues">
            for count in props.counts.iter() {
                {queue(props, count)}
            }
        </ul>
    }
}

fn queue(props: &QueuesProps, count: &QueueCount) -> Html {
    let name = &count.name;
    let current = props.current.iter().flatten().any(|current| current == name);
    let on_queue = props.on_queue.clone();
    let chosen = name.clone();
    let button = |content: Html| {
        html! {
            <button type="button" aria-current={current.then_some("true")}
                onclick={move |_| on_queue.emit(chosen.clone())}>
                <b>{name}</b>{content}
            </button>
        }
    };
    match &count.status {
        QueueStatus::Counts { ready, consumers } => html! {
            <li key={name.clone()} data-queue={name.clone()} data-ready={ready.to_string()}
                data-consumers={consumers.to_string()}>
                {button(html! {
                    <>
                        {" "}<span>{plural(u64::from(*ready), "ready", "ready")}</span>
                        {" "}<span>{plural(u64::from(*consumers), "consumer", "consumers")}</span>
                    </>
                })}
            </li>
        },
        QueueStatus::Unreadable { error } => html! {
            <li key={name.clone()} data-queue={name.clone()}>
                {button(html! { <>{" "}<span class="error">{error}</span></> })}
            </li>
        },
    }
}
