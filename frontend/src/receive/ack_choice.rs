//! Who acknowledges: the page, or the user with each row's buttons.

use warren_protocol::AckMode;
use yew::prelude::*;

use crate::ui::number::grouped;

#[derive(Properties, PartialEq)]
pub(crate) struct AcknowledgeProps {
    pub(crate) ack: AckMode,
    /// Messages that wait for the user's word.
    pub(crate) open: usize,
    pub(crate) on_ack: Callback<AckMode>,
    pub(crate) on_settle_all: Callback<()>,
}

#[component]
pub(crate) fn Acknowledge(props: &AcknowledgeProps) -> Html {
    let choice = |ack: AckMode, name: &'static str| {
        html! {
            <label class="choice">
                <input type="radio" name="acknowledge" checked={props.ack == ack}
                    onchange={props.on_ack.reform(move |_| ack)} />
                {name}
            </label>
        }
    };
    html! {
        <div class="bar acknowledge">
            <div class="choices" role="radiogroup" aria-labelledby="acknowledge-name">
                <span id="acknowledge-name" class="label">{"Acknowledge"}</span>
                {choice(AckMode::Auto, "Automatic")}
                {choice(AckMode::Manual, "Manual")}
            </div>
            if props.open > 0 {
                <span class="dim" data-open={props.open.to_string()}>
                    {grouped(props.open as u64)}{" unsettled"}
                </span>
                <button type="button" class="small" onclick={props.on_settle_all.reform(|_| ())}>
                    {"Ack all"}
                </button>
            }
        </div>
    }
}
