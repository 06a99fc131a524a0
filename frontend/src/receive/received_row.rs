//! One received message in the list: what it is, what has become of it, and the buttons that
//! settle it while it is open.

use warren_protocol::Outcome;
use yew::prelude::*;

use crate::{
    receive::{
        inbox::{AckState, Row},
        status::{near_limit, settled},
    },
    ui::{
        clock::clock,
        number::{grouped, size},
        preview::Kind,
    },
};

#[derive(Properties, PartialEq)]
pub(crate) struct ReceivedRowProps {
    pub(crate) row: Row,
    /// Whether the user has marked it.
    pub(crate) marked: bool,
    /// What the user may do with it while it is open.
    pub(crate) outcomes: &'static [Outcome],
    pub(crate) on_choose: Callback<u64>,
    pub(crate) on_settle: Callback<(u64, Outcome)>,
}

#[component]
pub(crate) fn ReceivedRow(props: &ReceivedRowProps) -> Html {
    let Row { message, ack_state } = &props.row;
    let number = message.number;
    let body = match message.preview.kind {
        Kind::Text => classes!("open", "body"),
        Kind::Empty | Kind::Binary => classes!("open", "body", "dim"),
    };
    let settle = |outcome: Outcome| {
        let onclick = props.on_settle.reform(move |event: MouseEvent| {
            // Else the row would be chosen too.
            event.stop_propagation();
            (number, outcome)
        });
        html! { <button type="button" class="small" {onclick}>{settle_name(outcome)}</button> }
    };
    html! {
        <div class="message" role="group" aria-label={format!("Message {}", grouped(number))}
            aria-current={props.marked.then_some("true")} data-number={number.to_string()}
            data-ack-state={ack_state_name(*ack_state)}
            onclick={props.on_choose.reform(move |_| number)}>
            <span class="number">{grouped(number)}</span>
            // The keyboard reaches it by the list's arrow keys.
            <button type="button" class={body} tabindex="-1">{&message.preview.line}</button>
            <span class="badges">
                if message.preview.kind == Kind::Binary {
                    <span class="badge">{"binary"}</span>
                }
                if message.redelivered {
                    <span class="badge">{"redelivered"}</span>
                }
                if message.duplicate {
                    <span class="badge warn">{"duplicate"}</span>
                }
                {delivered_badge(message.returned)}
                if let Some(ms) = message.took_ms {
                    <span class="badge" title="From this page to the queue and back">
                        {grouped(ms)}{" ms"}
                    </span>
                }
                {ack_state_badge(*ack_state)}
            </span>
            if *ack_state == AckState::Open {
                <span class="settle">
                    for outcome in props.outcomes {
                        {settle(*outcome)}
                    }
                </span>
            }
            <span class="size">{size(message.preview.bytes)}</span>
            <time>{clock(message.at_ms)}</time>
        </div>
    }
}

/// How often a quorum queue has delivered it, once that is more than once.
fn delivered_badge(returned: Option<u64>) -> Html {
    let Some(returned) = returned.filter(|returned| *returned > 0) else {
        return Html::default();
    };
    let warning = near_limit(returned);
    let class = classes!("badge", warning.is_some().then_some("warn"));
    let times = grouped(returned.saturating_add(1));
    html! { <span {class} title={warning}>{"delivered "}{times}{" times"}</span> }
}

fn settle_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ack => "Ack",
        Outcome::Requeue => "Requeue",
        Outcome::Reject => "Reject",
    }
}

fn ack_state_name(ack_state: AckState) -> &'static str {
    match ack_state {
        AckState::Automatic => "automatic",
        AckState::Open => "open",
        AckState::Settled(outcome) => settled(outcome),
        AckState::Lost => "lost",
    }
}

fn ack_state_badge(ack_state: AckState) -> Html {
    match ack_state {
        // What is as it should be needs no word in every row.
        AckState::Automatic | AckState::Open => Html::default(),
        AckState::Settled(_) => {
            html! { <span class="badge good">{ack_state_name(ack_state)}</span> }
        }
        AckState::Lost => html! {
            <span class="badge warn"
                title="Its channel is gone, so it cannot be settled here. The broker delivers it again.">
                {"delivered again"}
            </span>
        },
    }
}
