//! The top line: how the page stands with relay and broker, the queues, the theme.

use std::rc::Rc;

use warren_protocol::{QueueCount, QueueStatus};
use yew::prelude::*;

use crate::{
    status::{Chip, plural},
    theme::Theme,
};

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    pub(crate) broker: Chip,
    pub(crate) relay: Option<Chip>,
    pub(crate) counts: Rc<[QueueCount]>,
    pub(crate) current: Option<String>,
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
            <Queues counts={props.counts.clone()} current={props.current.clone()} />
            <button type="button" class="quiet" onclick={props.on_theme.reform(move |_| next)}>
                {"Theme: "}{props.theme.name()}
            </button>
        </header>
    }
}

fn chip(name: &'static str, chip: &Chip) -> Html {
    html! {
        <p class="chip" role="status" aria-label={name} data-tone={chip.tone.name()}>
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
    current: Option<String>,
}

/// What `rabbitmqctl list_queues` prints.
#[component]
fn Queues(props: &QueuesProps) -> Html {
    html! {
        <ul class="queues" role="list" aria-label="Queues">
            for count in props.counts.iter() {
                {queue(count, props.current.as_deref() == Some(count.name.as_str()))}
            }
        </ul>
    }
}

fn queue(count: &QueueCount, current: bool) -> Html {
    let aria_current = current.then_some("true");
    let name = html! { <b>{&count.name}</b> };
    match &count.status {
        QueueStatus::Counts { ready, consumers } => html! {
            <li key={count.name.clone()} data-queue={count.name.clone()} data-ready={ready.to_string()}
                data-consumers={consumers.to_string()} aria-current={aria_current}>
                {name}{" "}
                <span>{plural(u64::from(*ready), "ready", "ready")}</span>{" "}
                <span>{plural(u64::from(*consumers), "consumer", "consumers")}</span>
            </li>
        },
        QueueStatus::Unreadable { error } => html! {
            <li key={count.name.clone()} data-queue={count.name.clone()} aria-current={aria_current}>
                {name}{" "}<span class="error">{error}</span>
            </li>
        },
    }
}
