//! The tab Life: what happened to the open message, line by line. A click on a line goes to its row.

use yew::prelude::*;

use crate::{
    receive::{
        inbox::Row,
        life::{Sent, Shown, event_words, sent_words},
        status::what_name,
    },
    ui::{clock::Clock, language::Language},
};

/// What the tab shows.
#[derive(Clone, PartialEq)]
pub(crate) struct LifeShown {
    pub(crate) events: Shown,
    /// How this page sent it, where it did.
    pub(crate) sent: Option<Sent>,
}

#[derive(Properties, PartialEq)]
pub(super) struct LifeTabProps {
    pub(super) language: Language,
    pub(super) clock: Clock,
    pub(super) life: LifeShown,
    /// The number of the open row.
    pub(super) current: u64,
    pub(super) on_go: Callback<u64>,
}

#[component]
pub(super) fn LifeTab(props: &LifeTabProps) -> Html {
    let LifeTabProps { language, clock, life, .. } = props;
    let Shown { first, between, last, .. } = &life.events;
    let alone = first.len() < 2 && life.sent.is_none();
    html! {
        <div class="life">
            <p class="note">{life.events.joined_words(*language)}</p>
            if let Some(warning) = life.events.warning(*language) {
                <p class="note warn">{warning}</p>
            }
            <ol role="list" aria-label={language.tab_life()}>
                if let Some(sent) = life.sent {
                    <li class="line" data-what="sent">
                        <time title={sent.at_ms.map(|at_ms| clock.full(at_ms))}>
                            {sent.at_ms.map(|at_ms| clock.short(at_ms))}
                        </time>
                        <b class="what">{language.sent_here()}</b>
                        <span>{sent_words(sent.confirm, *language)}</span>
                    </li>
                }
                for row in first {
                    {event(props, row)}
                }
                if *between > 0 {
                    <li class="note">{language.more_events(*between as u64)}</li>
                }
                for row in last {
                    {event(props, row)}
                }
            </ol>
            if alone {
                <p class="note">{language.life_alone()}</p>
            }
        </div>
    }
}

fn event(props: &LifeTabProps, row: &Row) -> Html {
    let LifeTabProps { language, clock, .. } = props;
    let (message, number) = (&row.message, row.message.number);
    let what = message.what();
    let words = event_words(row, *language);
    let title = message.watched.as_ref().map(|watched| watched.source.full());
    html! {
        <li key={number} data-what={what.id()}>
            <button type="button" class="line" title={language.go_to_row()}
                aria-current={(props.current == number).then_some("true")}
                onclick={props.on_go.reform(move |_| number)}>
                <time title={clock.full(message.at_ms)}>{clock.short(message.at_ms)}</time>
                <b class="what">{what_name(what, *language)}</b>
                <span {title}>{words}</span>
            </button>
        </li>
    }
}
