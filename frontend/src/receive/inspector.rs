//! One message in full: its body in one of several forms, its properties and headers, another
//! message beside it, and what can be done with it.

use std::rc::Rc;

use warren_protocol::Outcome;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    receive::{
        body_tab::BodyTab,
        columns::Columns,
        compare::Compare,
        detail_rows::{DetailRows, Part},
        inbox::{AckState, Row},
        life::is_known,
        life_tab::{LifeShown, LifeTab},
        list_view::Step,
        move_view::{MoveOffer, Moved, move_buttons},
        panel::Handlers,
        status::{near_limit, outcome_name, settled},
    },
    ui::{
        clock::Clock,
        language::Language,
        number::{grouped, size},
    },
};

/// What is shown of the message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Body,
    Properties,
    Headers,
    /// What happened to it, as far as the page knows.
    Life,
    /// What differs from the pinned message.
    Compare,
}

impl Tab {
    fn id(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Properties => "properties",
            Self::Headers => "headers",
            Self::Life => "life",
            Self::Compare => "compare",
        }
    }

    fn name(self, language: Language) -> &'static str {
        match self {
            Self::Body => language.tab_body(),
            Self::Properties => language.tab_properties(),
            Self::Headers => language.tab_headers(),
            Self::Life => language.tab_life(),
            Self::Compare => language.tab_compare(),
        }
    }
}

/// What is shown of a message, and what can be done with it.
pub(crate) struct InspectorProps<'a> {
    pub(crate) language: Language,
    pub(crate) clock: Clock,
    pub(crate) row: &'a Row,
    /// Whether it is still in the list.
    pub(crate) kept: bool,
    pub(crate) tab: Tab,
    /// What happened to the message, while that is shown.
    pub(crate) life: Option<&'a LifeShown>,
    /// The message that others are compared with.
    pub(crate) pinned: Option<&'a Row>,
    /// What the user may do with an open message.
    pub(crate) outcomes: &'static [Outcome],
    /// Whether the user may send.
    pub(crate) may_send: bool,
    /// Where the message can be moved to, where it can.
    pub(crate) moves: Option<&'a MoveOffer>,
    /// The filter's text, to which a click on a value adds.
    pub(crate) filter: &'a str,
    pub(crate) columns: &'a Rc<Columns>,
    /// What became of the last "Copy" or "Save".
    pub(crate) feedback: Option<AttrValue>,
    pub(crate) on: &'a Rc<Handlers>,
}

pub(super) fn inspector(props: &InspectorProps<'_>) -> Html {
    let (language, on) = (props.language, props.on);
    let message = &*props.row.message;
    let onkeydown = {
        let on_close = on.close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                on_close.emit(());
            }
        }
    };
    let other = props.pinned.filter(|row| row.message.number != message.number);
    let tab = match props.tab {
        Tab::Compare if other.is_none() => Tab::Body,
        Tab::Life if !is_known(message) => Tab::Body,
        tab => tab,
    };
    html! {
        <section class="inspector" aria-label={language.message_view()} {onkeydown}>
            {head(props)}
            {tabs(props, tab, other.is_some())}
            <div role="status">
                if let Some(feedback) = &props.feedback {
                    <p class="strip">{feedback}</p>
                }
                if let Some(warning) = message.returned.and_then(|returned| near_limit(returned, language)) {
                    <p class="strip warn">{warning}</p>
                }
                if !props.kept {
                    <p class="strip">{language.gone_from_list()}</p>
                }
            </div>
            <div class="tab" role="tabpanel" id="tab-panel" aria-labelledby={format!("tab-{}", tab.id())}>
                {content(props, tab, other)}
            </div>
            {actions(props)}
        </section>
    }
}

fn head(props: &InspectorProps<'_>) -> Html {
    let (language, on, message) = (props.language, &props.on, &props.row.message);
    let button = |name: &'static str, sign: &'static str, onclick: Callback<MouseEvent>| {
        html! {
            <button type="button" class="quiet" title={name} aria-label={name} {onclick}>{sign}</button>
        }
    };
    let is_pinned = props.pinned.is_some_and(|row| row.message.number == message.number);
    html! {
        <div class="bar">
            <h3 aria-live="polite">{"#"}{grouped(message.number)}</h3>
            <span class="dim about" title={props.clock.full(message.at_ms)}>
                {props.clock.short(message.at_ms)}{" · "}{size(message.preview.bytes)}
            </span>
            <button type="button" class="quiet" aria-pressed={is_pinned.to_string()}
                title={language.pin_title()} onclick={on.pin.reform(|_| ())}>
                {if is_pinned { language.unpin() } else { language.pin() }}
            </button>
            {button(language.previous(), "↑", on.step.reform(|_| Step::Up))}
            {button(language.next(), "↓", on.step.reform(|_| Step::Down))}
            {button(language.close(), "✕", on.close.reform(|_| ()))}
        </div>
    }
}

/// The tabs, of which Tab reaches the chosen one and the arrow keys the others (WAI-ARIA Authoring
/// Practices, "Tabs").
fn tabs(props: &InspectorProps<'_>, chosen: Tab, compares: bool) -> Html {
    let properties = &props.row.message.properties;
    let headers = properties.headers.as_ref().map_or(0, |headers| headers.0.len());
    let mut tabs = vec![(Tab::Body, 0), (Tab::Properties, 0), (Tab::Headers, headers)];
    if is_known(&props.row.message) {
        tabs.push((Tab::Life, 0));
    }
    if compares {
        tabs.push((Tab::Compare, 0));
    }
    let order: Vec<Tab> = tabs.iter().map(|(tab, _)| *tab).collect();
    let on_tab = props.on.tab.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let at = order.iter().position(|tab| *tab == chosen).unwrap_or(0);
        let next = match event.key().as_str() {
            "ArrowRight" => (at + 1) % order.len(),
            "ArrowLeft" => (at + order.len() - 1) % order.len(),
            _ => return,
        };
        event.prevent_default();
        if let Some(tab) = order.get(next) {
            on_tab.emit(*tab);
            crate::ui::browser::focus(&format!("tab-{}", tab.id()));
        }
    };
    html! {
        <div class="inspector-tabs" role="tablist" {onkeydown}>
            for (tab, count) in tabs {
                <button type="button" role="tab" id={format!("tab-{}", tab.id())}
                    aria-controls="tab-panel" aria-selected={(tab == chosen).to_string()}
                    tabindex={if tab == chosen { "0" } else { "-1" }}
                    aria-label={tab.name(props.language)}
                    onclick={props.on.tab.reform(move |_| tab)}>
                    // Not a part of its name, so the style sheet shows it.
                    <span data-count={(count > 0).then(|| grouped(count as u64))}>
                        {tab.name(props.language)}
                    </span>
                </button>
            }
        </div>
    }
}

fn content(props: &InspectorProps<'_>, tab: Tab, other: Option<&Row>) -> Html {
    let language = props.language;
    let rows = |part: Part| {
        html! {
            <DetailRows {language} clock={props.clock} row={props.row.clone()} {part}
                filter={props.filter.to_owned()} columns={props.columns} on={props.on} />
        }
    };
    match (tab, other) {
        (Tab::Compare, Some(other)) => {
            html! { <Compare {language} one={other.clone()} other={props.row.clone()} /> }
        }
        (Tab::Life, _) => html! {
            if let Some(life) = props.life {
                <LifeTab {language} clock={props.clock} life={life.clone()}
                    current={props.row.message.number} on_go={&props.on.go_to} />
            }
        },
        (Tab::Body | Tab::Compare, _) => html! {
            <>
                <BodyTab {language} row={props.row.clone()} filter={props.filter.to_owned()}
                    columns={props.columns} on={props.on} />
                {rows(Part::Summary)}
            </>
        },
        (Tab::Properties, _) => rows(Part::Properties),
        (Tab::Headers, _) => rows(Part::Headers),
    }
}

fn actions(props: &InspectorProps<'_>) -> Html {
    let (language, on, number) = (props.language, &props.on, props.row.message.number);
    let button = |name: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" {onclick}>{name}</button> }
    };
    html! {
        <div class="bar actions">
            if props.may_send {
                {button(language.send_again(), on.again.reform(move |_| number))}
            }
            if let Some(offer) = props.moves {
                {move_buttons(language, offer, Moved::Row(number), on)}
            }
            <span class="space"></span>
            if props.row.ack_state == AckState::Open {
                for outcome in props.outcomes.iter().copied() {
                    {button(outcome_name(outcome, language), on.settle.reform(move |_| (number, outcome)))}
                }
            } else if let AckState::Settled(outcome) = props.row.ack_state {
                <span class="dim">{settled(outcome, language)}</span>
            }
        </div>
    }
}
