//! The little picture of messages per second, with its numbers beside it.

use yew::prelude::*;

use crate::ui::{
    number::grouped,
    rates::{Series, path},
};

const HEIGHT: u64 = 24;

#[derive(Properties, PartialEq)]
pub(crate) struct SparkProps {
    pub(crate) series: Series,
}

#[component]
pub(crate) fn Spark(props: &SparkProps) -> Html {
    let series = &props.series;
    let max = series.max();
    let (sent, received) = series.now();
    html! {
        <div class="spark">
            <svg role="img" aria-label={series.words()} viewBox="0 -1 119 26" preserveAspectRatio="none">
                <path class="received-line" d={path(&series.received, max, HEIGHT)} />
                <path class="sent-line" d={path(&series.sent, max, HEIGHT)} />
            </svg>
            <p class="rates">
                <span class="sent-rate">{grouped(sent)}{" sent/s"}</span>
                <span class="received-rate">{grouped(received)}{" received/s"}</span>
            </p>
        </div>
    }
}
