//! The bar over the end of the list: how many messages are selected and what can be done with them. What
//! cannot be taken back asks first, in the same place.

use std::rc::Rc;

use warren_protocol::Outcome;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use crate::{
    receive::{panel::Handlers, selection::Select, status::outcome_name},
    ui::{language::Language, number::grouped},
};

/// The id of what it lies in.
pub(crate) const BAR_ID: &str = "selection";

/// What is asked before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    Reject,
    SendAgain,
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
    /// What is asked, and in which words.
    pub(crate) asks: Option<(Ask, String)>,
}

pub(super) fn selection_bar(language: Language, selected: &Selected, on: &Rc<Handlers>) -> Html {
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
    html! {
        <div class="selection" id={BAR_ID} {onkeydown}>
            if let Some((ask, question)) = &selected.asks {
                <Question key="question" {language} ask={ask.clone()} question={question.clone()} {on} />
            } else {
                <div key="bar" class="selection-bar" role="group" aria-label={language.selected_messages()}>
                    {buttons(language, selected, on)}
                </div>
            }
        </div>
    }
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
        </>
    }
}

#[derive(Properties, PartialEq)]
struct QuestionProps {
    language: Language,
    ask: Ask,
    question: String,
    on: Rc<Handlers>,
}

/// It gets the focus, on the answer that does nothing.
#[component]
fn Question(props: &QuestionProps) -> Html {
    let QuestionProps { language, ask, question, on } = props;
    let no = use_node_ref();
    let focused = no.clone();
    use_effect_with((), move |()| {
        if let Some(no) = focused.cast::<HtmlElement>() {
            // A button that is on the page takes the focus.
            let _ = no.focus();
        }
    });
    let (yes, nothing, onclick): (_, _, Callback<MouseEvent>) = match ask {
        Ask::Reject => {
            (language.reject(), language.keep(), on.settle_selected.reform(|_| Outcome::Reject))
        }
        Ask::SendAgain => {
            (language.send_again(), language.cancel(), on.send_selected.reform(|_| ()))
        }
    };
    html! {
        <div class="selection-bar question" role="alertdialog" aria-labelledby="selection-question">
            <p id="selection-question">{question}</p>
            <button type="button" {onclick}>{yes}</button>
            <button type="button" ref={no} onclick={on.ask.reform(|_| None)}>{nothing}</button>
        </div>
    }
}
