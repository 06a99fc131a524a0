//! The line below the list: what was received, and what is shown of it. What is not there is not
//! counted either.

use yew::prelude::*;

use crate::{
    receive::inbox::Counters,
    ui::{
        language::{Counted, Language},
        number::grouped,
    },
};

/// `found` is how many of those that are kept the filter shows, in words; none without a filter.
/// `sharing` says that other consumers get some of the messages.
pub(super) fn footer(
    language: Language,
    counters: &Counters,
    found: Option<&str>,
    sharing: Option<&str>,
) -> Html {
    let counter = |what: Counted, name: &'static str, count: u64, wide: bool| {
        html! {
            <span class={wide.then_some("wide")}>
                <b data-counter={name} data-value={count.to_string()}>{grouped(count)}</b>
                {" "}{language.counted(what, count)}
            </span>
        }
    };
    html! {
        <footer role="group" aria-label={language.counters()}>
            {counter(Counted::Received, "received", counters.received, false)}
            if let Some(found) = found {
                <span data-found="">{found}{" "}{language.counted(Counted::Shown, 2)}</span>
            } else {
                {counter(Counted::Shown, "kept", counters.kept, false)}
            }
            if counters.dropped > 0 {
                {counter(Counted::Dropped, "dropped", counters.dropped, true)}
            }
            if counters.duplicates > 0 {
                {counter(Counted::Duplicates, "duplicates", counters.duplicates, true)}
            }
            <span class="space"></span>
            if let Some(sharing) = sharing {
                <span class="sharing wide" title={sharing.to_owned()}>{sharing}</span>
            }
        </footer>
    }
}
