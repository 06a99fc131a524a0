//! One received message in the list: what it is, what has become of it, and the buttons that
//! settle it while it is open.

use std::rc::Rc;

use warren_protocol::Outcome;
use yew::prelude::*;

use crate::{
    receive::{
        broker_headers::stream_offset,
        cells,
        columns::{Column, Columns},
        inbox::{AckState, Message, Row, What},
        selection::Select,
        status::{near_limit, outcome_name, settled, what_name},
    },
    ui::{
        clock::Clock,
        language::Language,
        number::{grouped, size},
        preview::Kind,
    },
};

#[derive(Properties, PartialEq)]
pub(crate) struct ReceivedRowProps {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) columns: Rc<Columns>,
    pub(crate) row: Row,
    /// Whether the user has marked it.
    pub(crate) marked: bool,
    pub(crate) selected: bool,
    /// What the user may do with it while it is open.
    pub(crate) outcomes: &'static [Outcome],
    pub(crate) on_choose: Callback<u64>,
    pub(crate) on_settle: Callback<(u64, Outcome)>,
    pub(crate) on_select: Callback<Select>,
}

#[component]
pub(crate) fn ReceivedRow(props: &ReceivedRowProps) -> Html {
    let ReceivedRowProps { language, columns, clock, .. } = props;
    let Row { message, ack_state } = &props.row;
    let number = message.number;
    let has = |column| columns.has(column);
    let cell = |class: &'static str, text: &str| {
        html! { <span {class} title={text.to_owned()}>{text.to_owned()}</span> }
    };
    let line = match message.preview.kind {
        Kind::Empty => html! { language.empty_body() },
        Kind::Binary => html! { &message.preview.line },
        Kind::Text => cells::coloured(&message.preview.line),
    };
    let dim = message.preview.kind != Kind::Text;
    html! {
        <div class={classes!("message", message.watched.is_some().then_some("event"))}
            data-what={message.what().id()} role="group" aria-label={language.message_number(&grouped(number))}
            aria-current={props.marked.then_some("true")} data-number={number.to_string()}
            data-ack-state={ack_state_id(*ack_state)} data-selected={props.selected.then_some("true")}
            onclick={props.on_choose.reform(move |_| number)}>
            {checkbox(props, number)}
            if has(Column::Number) {
                <span class="number">{grouped(number)}</span>
            }
            if has(Column::What) {
                {arrow(message.what(), *language)}
            }
            if has(Column::Time) {
                <time title={clock.full(message.at_ms)}>{clock.short(message.at_ms)}</time>
            }
            if has(Column::What) {
                <span class="what">{what_name(message.what(), *language)}</span>
            }
            if has(Column::By) {
                {by(message, *language)}
            }
            if has(Column::Key) {
                {cell("key", &cells::keys(message))}
            }
            if has(Column::Exchange) {
                {cell("key", &message.exchange)}
            }
            if has(Column::Type) {
                {cell("key", message.properties.kind.as_deref().unwrap_or_default())}
            }
            for term in columns.own() {
                {cell("key", &cells::own(message, term))}
            }
            // The keyboard reaches it by the list's arrow keys.
            <button type="button" class={classes!("body", dim.then_some("dim"))} tabindex="-1">
                {line}
            </button>
            <span class="badges">{badges(props)}</span>
            if has(Column::Size) {
                <span class="size">{size(message.preview.bytes)}</span>
            }
            if *ack_state == AckState::Open {
                <span class="settle">
                    for outcome in props.outcomes {
                        {settle(props, number, *outcome)}
                    }
                </span>
            }
        </div>
    }
}

/// The keyboard reaches it by the key `x`.
fn checkbox(props: &ReceivedRowProps, number: u64) -> Html {
    let onclick = props.on_select.reform(move |event: MouseEvent| {
        // Else the row would be chosen too.
        event.stop_propagation();
        if event.shift_key() { Select::Through(number) } else { Select::Toggle(number) }
    });
    html! {
        <label class="select" onclick={|event: MouseEvent| event.stop_propagation()}>
            <input type="checkbox" tabindex="-1" checked={props.selected}
                aria-label={props.language.select_message(&grouped(number))} {onclick} />
        </label>
    }
}

/// Whether a message goes into the queue or out of it.
fn arrow(what: What, language: Language) -> Html {
    let (arrow, name) = match what {
        What::Published => ("→", language.into_queue()),
        What::Received | What::Delivered | What::Redelivered => ("←", language.out_of_queue()),
    };
    html! { <span class="arrow" role="img" aria-label={name}>{arrow}</span> }
}

/// Who published it, or got it.
fn by(message: &Message, language: Language) -> Html {
    match &message.watched {
        Some(watched) => html! {
            <span class="by" title={watched.source.full()}>{watched.source.short()}</span>
        },
        None => html! { <span class="by">{language.this_page()}</span> },
    }
}

fn settle(props: &ReceivedRowProps, number: u64, outcome: Outcome) -> Html {
    let onclick = props.on_settle.reform(move |event: MouseEvent| {
        // Else the row would be chosen too.
        event.stop_propagation();
        (number, outcome)
    });
    html! {
        // Tab does not go through all rows: the keyboard reaches those of the marked one.
        <button type="button" class="small" tabindex={if props.marked { "0" } else { "-1" }} {onclick}>{outcome_name(outcome, props.language)}</button>
    }
}

fn badges(props: &ReceivedRowProps) -> Html {
    let (language, Row { message, ack_state }) = (props.language, &props.row);
    let what = message.what();
    let unsaid = message.watched.is_some() && !props.columns.has(Column::What);
    html! {
        <>
            if unsaid {
                <span class="badge what">{what_name(what, language)}</span>
            }
            if message.preview.kind == Kind::Binary {
                <span class="badge">{language.binary()}</span>
            }
            // Of an event it is said already.
            if message.returned.is_none_or(|returned| returned == 0) && message.redelivered && what != What::Redelivered {
                <span class="badge warn">{language.redelivered()}</span>
            }
            {offset_badge(message, language)}
            {delivered_badge(message.returned, message.redelivered, language)}
            if message.duplicate {
                <span class="badge warn" title={language.duplicate_title()}>{language.duplicate()}</span>
            }
            if let Some(ms) = message.took_ms {
                <span class="badge good" title={language.yours_title()}>
                    {language.yours(&grouped(ms))}
                </span>
            }
            {ack_state_badge(*ack_state, language)}
        </>
    }
}

/// Its place in its stream.
fn offset_badge(message: &Message, language: Language) -> Html {
    let Some(offset) = stream_offset(&message.properties) else { return Html::default() };
    let (offset, exact) = (grouped(offset), offset.to_string());
    html! {
        <span class="badge" data-offset={exact.clone()} title={language.stream_offset_title(&exact)}>
            {language.stream_offset(&offset)}
        </span>
    }
}

/// How often a quorum queue has delivered it, once that is more than once.
fn delivered_badge(returned: Option<u64>, redelivered: bool, language: Language) -> Html {
    let Some(returned) = returned.filter(|returned| *returned > 0) else {
        return Html::default();
    };
    let warning = near_limit(returned, language);
    let class = classes!("badge", "warn", warning.is_some().then_some("near-limit"));
    let title = warning.or_else(|| redelivered.then(|| language.redelivered().to_owned()));
    let times = grouped(returned.saturating_add(1));
    html! { <span {class} {title}>{language.delivery_count(&times)}</span> }
}

/// What tests and the style sheet know it by.
fn ack_state_id(ack_state: AckState) -> &'static str {
    match ack_state {
        AckState::Watched => "watched",
        AckState::Automatic => "automatic",
        AckState::Shown => "shown",
        AckState::Open => "open",
        AckState::Settled(Outcome::Ack) => "acknowledged",
        AckState::Settled(Outcome::Requeue) => "given-back",
        AckState::Settled(Outcome::Reject) => "rejected",
        AckState::Lost => "lost",
    }
}

fn ack_state_badge(ack_state: AckState, language: Language) -> Html {
    match ack_state {
        // What is as it should be needs no word in every row.
        AckState::Watched | AckState::Automatic | AckState::Shown | AckState::Open => {
            Html::default()
        }
        AckState::Settled(outcome) => {
            html! { <span class="badge good">{settled(outcome, language)}</span> }
        }
        AckState::Lost => html! {
            <span class="badge warn" title={language.delivered_again_title()}>
                {language.delivered_again()}
            </span>
        },
    }
}
