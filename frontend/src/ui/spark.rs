//! The two-minute line of messages per second in the header, with its numbers beside it.

use yew::prelude::*;

use crate::ui::{
    language::Language,
    number::grouped,
    rates::{Series, path},
};

const HEIGHT: u64 = 24;

pub(crate) fn spark(language: Language, series: &Series) -> Html {
    let max = series.max();
    if max == 0 {
        return html! { <p class="rates quiet-rates wide">{language.no_messages_yet()}</p> };
    }
    let (sent, received) = series.now();
    html! {
        <div class="rates" title={language.rates_title()}>
            <svg role="img" class="wide" aria-label={series.words(language)} viewBox="0 -1 119 26"
                preserveAspectRatio="none">
                <path class="received-line" d={path(&series.received, max, HEIGHT)} />
                <path class="sent-line" d={path(&series.sent, max, HEIGHT)} />
            </svg>
            <span class="sent-rate">{"↑ "}<b>{grouped(sent)}</b>{"/s"}</span>
            <span class="received-rate">{"↓ "}<b>{grouped(received)}</b>{"/s"}</span>
        </div>
    }
}
