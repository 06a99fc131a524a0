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

/// What the line says.
pub(super) struct FooterProps<'a> {
    pub(super) language: Language,
    pub(super) counters: &'a Counters,
    /// Whether what comes is watched.
    pub(super) watching: bool,
    /// How many of those that are kept the filter shows, in words; none without a filter.
    pub(super) found: Option<&'a str>,
    /// That other consumers get some of the messages, in words.
    pub(super) sharing: Option<&'a str>,
}

pub(super) fn footer(props: &FooterProps<'_>) -> Html {
    let FooterProps { language, counters, watching, .. } = *props;
    html! {
        <footer role="group" aria-label={language.counters()}>
            if watching {
                {watched(props)}
            } else {
                {received(props)}
            }
            if counters.dropped > 0 {
                {counter(language, Counted::Dropped, counters.dropped, true)}
            }
            if !watching && counters.duplicates > 0 {
                {counter(language, Counted::Duplicates, counters.duplicates, true)}
            }
            <span class="space"></span>
            if watching {
                <span class="sharing wide" title={language.takes_nothing()}>{language.takes_nothing()}</span>
            } else if let Some(sharing) = props.sharing {
                <span class="sharing wide" title={sharing.to_owned()}>{sharing}</span>
            }
        </footer>
    }
}

fn counter(language: Language, what: Counted, count: u64, wide: bool) -> Html {
    html! {
        <span class={wide.then_some("wide")}>
            <b data-counter={name(what)} data-value={count.to_string()}>{grouped(count)}</b>
            {" "}{language.counted(what, count)}
        </span>
    }
}

fn received(props: &FooterProps<'_>) -> Html {
    let FooterProps { language, counters, .. } = *props;
    html! {
        <>
            {counter(language, Counted::Received, counters.received, false)}
            if props.found.is_some() {
                {found(props)}
            } else {
                {counter(language, Counted::Shown, counters.kept, false)}
            }
        </>
    }
}

/// Where something was missed, why.
fn watched(props: &FooterProps<'_>) -> Html {
    let FooterProps { language, counters, .. } = *props;
    html! {
        <>
            {counter(language, Counted::Published, counters.published, false)}
            {counter(language, Counted::Delivered, counters.delivered, false)}
            if counters.missed > 0 {
                <span class="missed" data-counter="missed" data-value={counters.missed.to_string()}
                    title={language.missed(&grouped(counters.missed))}>
                    {language.missed(&grouped(counters.missed))}
                </span>
            } else {
                {counter(language, Counted::Missed, 0, false)}
            }
            {found(props)}
        </>
    }
}

fn found(props: &FooterProps<'_>) -> Html {
    html! {
        if let Some(found) = props.found {
            <span data-found="">{found}{" "}{props.language.counted(Counted::Shown, 2)}</span>
        }
    }
}

/// What tests know a count by.
fn name(what: Counted) -> &'static str {
    match what {
        Counted::Received => "received",
        Counted::Shown => "kept",
        Counted::Dropped => "dropped",
        Counted::Duplicates => "duplicates",
        Counted::Published => "published",
        Counted::Delivered => "delivered",
        Counted::Missed => "missed",
    }
}
