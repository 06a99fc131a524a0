//! The bar over the end of the list: how many messages are selected and what can be done with them. What
//! cannot be taken back asks first, in the same place.

use std::rc::Rc;

use warren_protocol::Outcome;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    receive::{
        move_view::{MoveOffer, MoveProgress, move_buttons, move_progress},
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
    /// To this queue.
    Move(String),
}

/// A question, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) ask: Ask,
    pub(crate) question: String,
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
    pub(crate) asks: Option<Asked>,
}

/// The bar, while something is selected or moved.
pub(super) fn selection_bar(
    language: Language,
    selected: Option<&Selected>,
    moving: Option<&MoveProgress>,
    on: &Rc<Handlers>,
) -> Option<Html> {
    if selected.is_none() && moving.is_none() {
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
    let bar = selected.map(|selected| match &selected.asks {
        Some(asked) => html! { <Question key="question" {language} asked={asked.clone()} {on} /> },
        None => html! {
            <div key="bar" class="selection-bar" role="group" aria-label={language.selected_messages()}>
                {buttons(language, selected, on)}
            </div>
        },
    });
    Some(html! {
        <div class="selection" id={BAR_ID} {onkeydown}>
            {moving.map(|moving| move_progress(language, moving, on)).unwrap_or_default()}
            {bar.unwrap_or_default()}
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
                {move_buttons(language, offer, on)}
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
                <p class="lines">{hint}</p>
            }
        </>
    }
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
        Ask::Move(target) => {
            let target = target.clone();
            let onclick = on.move_selected.reform(move |_| (target.clone(), None));
            (language.move_messages(), language.cancel(), onclick)
        }
    };
    html! {
        <div class="selection-bar question" role="alertdialog" aria-labelledby="selection-question">
            <p id="selection-question">{&asked.question}</p>
            if !asked.lines.is_empty() {
                <div class="lines">
                    for line in &asked.lines {
                        <p>{line}</p>
                    }
                </div>
            }
            <button type="button" {onclick}>{yes}</button>
            if let (Some((name, count)), Ask::Move(target)) = (&asked.all, &asked.ask) {
                <button type="button" onclick={
                    let (target, count) = (target.clone(), *count);
                    on.move_selected.reform(move |_| (target.clone(), Some(count)))
                }>{name}</button>
            }
            <button type="button" ref={no} onclick={on.ask.reform(|_| None)}>{nothing}</button>
        </div>
    }
}
