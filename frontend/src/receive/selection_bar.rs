//! The bar over the end of the list: how many messages are selected and what can be done with them. What
//! cannot be taken back asks first, in the same place, and so does the move of a single message.

use std::rc::Rc;

use warren_protocol::Outcome;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    receive::{
        deaths::Death,
        move_view::{MoveOffer, MoveProgress, Moved, move_buttons, move_progress},
        panel::Handlers,
        selection::Select,
        status::outcome_name,
    },
    ui::{language::Language, number::grouped},
};

/// The id of what it lies in.
pub(crate) const BAR_ID: &str = "selection";

/// What is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    Reject,
    SendAgain,
    /// To this queue: what is selected, or one row.
    Move(String, Moved),
}

/// A question, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    pub(crate) question: String,
    /// Of a move: messages that died alike, in words; where they are some of several.
    pub(crate) groups: Vec<(String, Death)>,
    /// What there is to know first.
    pub(crate) lines: Vec<String>,
    /// Of a move: what else of the queue can be moved, and how many messages that looks at.
    pub(crate) all: Option<(String, u64)>,
}

/// What is selected, and what can be done with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Selected {
    pub(crate) count: u64,
    /// How many of them wait for the user's word.
    pub(crate) open: u64,
    /// How many rows the list shows.
    pub(crate) shown: u64,
    /// What the user may do with an open message.
    pub(crate) outcomes: &'static [Outcome],
    /// Whether the user may send.
    pub(crate) may_send: bool,
    /// Where it can be moved to, where it can.
    pub(crate) moves: Option<MoveOffer>,
    /// Why nothing can be settled or moved now, where another mode would let it.
    pub(crate) hint: Option<&'static str>,
}

/// What the bar shows, while something is selected, asked or moved.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bar {
    pub(crate) selected: Option<Selected>,
    /// In place of what can be done.
    pub(crate) asks: Option<Asked>,
    pub(crate) moving: Option<MoveProgress>,
}

/// The bar, where it shows something.
pub(super) fn selection_bar(language: Language, bar: &Bar, on: &Rc<Handlers>) -> Option<Html> {
    if *bar == Bar::default() {
        return None;
    }
    let onkeydown = {
        let on_escape = on.escape.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                on_escape.emit(());
            }
        }
    };
    let moving = bar.moving.as_ref().map(|moving| move_progress(language, moving, on));
    let below = match (&bar.asks, &bar.selected) {
        (Some(asked), _) => {
            html! { <Question key="question" {language} asked={asked.clone()} {on} /> }
        }
        (None, Some(selected)) => html! {
            <div key="bar" class="selection-bar" role="group" aria-label={language.selected_messages()}>
                {buttons(language, selected, on)}
            </div>
        },
        (None, None) => Html::default(),
    };
    Some(html! {
        <div class="selection" id={BAR_ID} {onkeydown}>
            {moving.unwrap_or_default()}
            {below}
        </div>
    })
}

fn buttons(language: Language, selected: &Selected, on: &Rc<Handlers>) -> Html {
    let Selected { count, open, shown, .. } = *selected;
    let outcome_button = |outcome: Outcome| {
        let name = outcome_name(outcome, language);
        let name = match open == count {
            true => name.to_owned(),
            false => language.some_of(name, open, count),
        };
        let onclick = match outcome {
            Outcome::Reject => on.ask.reform(|_: MouseEvent| Some(Ask::Reject)),
            Outcome::Ack | Outcome::Requeue => on.settle_selected.reform(move |_| outcome),
        };
        html! { <button type="button" {onclick}>{name}</button> }
    };
    html! {
        <>
            <b>{language.selected(count)}</b>
            if count < shown {
                <button type="button" class="quiet" title={language.select_all_shown()}
                    onclick={on.select.reform(|_| Select::All)}>
                    {language.all_shown(&grouped(shown))}
                </button>
            }
            if let Some(offer) = &selected.moves {
                {move_buttons(language, offer, Moved::Selection, on)}
            }
            if selected.may_send {
                <button type="button" onclick={on.ask.reform(|_| Some(Ask::SendAgain))}>
                    {language.send_again()}
                </button>
            }
            if open > 0 {
                for outcome in selected.outcomes.iter().copied() {
                    {outcome_button(outcome)}
                }
            }
            <button type="button" title={language.export_selection_title()}
                onclick={on.export_selected.reform(|_| ())}>
                {language.export()}
            </button>
            <button type="button" class="quiet" title={language.clear_selection()}
                aria-label={language.clear_selection()} onclick={on.select.reform(|_| Select::Nothing)}>
                {"✕"}
            </button>
            if let Some(hint) = selected.hint {
                <div class="lines groups">
                    <p>{hint}</p>
                    <button type="button" onclick={on.by_hand.reform(|_| ())}>
                        {language.receive_by_hand()}
                    </button>
                </div>
            }
        </>
    }
}

fn group(name: &str, death: &Death, on: &Rc<Handlers>) -> Html {
    let death = death.clone();
    let onclick = on.select_deaths.reform(move |_: MouseEvent| death.clone());
    html! { <button type="button" {onclick}>{name.to_owned()}</button> }
}

#[derive(Properties, PartialEq)]
struct QuestionProps {
    language: Language,
    asked: Asked,
    on: Rc<Handlers>,
}

/// It gets the focus, on the answer that does nothing.
#[component]
fn Question(props: &QuestionProps) -> Html {
    let QuestionProps { language, asked, on } = props;
    let no = use_node_ref();
    let focused = no.clone();
    use_effect_with((), move |()| {
        if let Some(no) = focused.cast::<HtmlElement>() {
            // A button that is on the page takes the focus.
            let _ = no.focus();
        }
    });
    let (yes, nothing, onclick): (_, _, Callback<MouseEvent>) = match &asked.ask {
        Ask::Reject => {
            (language.reject(), language.keep(), on.settle_selected.reform(|_| Outcome::Reject))
        }
        Ask::SendAgain => {
            (language.send_again(), language.cancel(), on.send_selected.reform(|_| ()))
        }
        Ask::Move(target, moved) => {
            let (target, moved) = (target.clone(), *moved);
            let onclick = on.start_move.reform(move |_| (target.clone(), moved));
            (language.move_messages(), language.cancel(), onclick)
        }
    };
    html! {
        <div class="selection-bar question" role="alertdialog" aria-labelledby="selection-question">
            <p id="selection-question">{&asked.question}</p>
            if !asked.lines.is_empty() || !asked.groups.is_empty() {
                <div class="lines">
                    if !asked.groups.is_empty() {
                        <div class="groups" role="group" aria-label={language.select_only()}>
                            <span aria-hidden="true">{language.select_only()}</span>
                            for (name, death) in &asked.groups {
                                {group(name, death, on)}
                            }
                        </div>
                    }
                    for line in &asked.lines {
                        <p>{line}</p>
                    }
                </div>
            }
            <button type="button" {onclick}>{yes}</button>
            if let (Some((name, count)), Ask::Move(target, _)) = (&asked.all, &asked.ask) {
                <button type="button" onclick={
                    let (target, count) = (target.clone(), *count);
                    on.start_move.reform(move |_| (target.clone(), Moved::All(count)))
                }>{name}</button>
            }
            <button type="button" ref={no} onclick={on.ask.reform(|_| None)}>{nothing}</button>
        </div>
    }
}
