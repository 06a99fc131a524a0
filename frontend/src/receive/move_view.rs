//! What is shown of a move: where a message, or the selection, can go; how far it is, and what it did.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    receive::{panel::Handlers, selection_bar::Ask},
    ui::{language::Language, number::shortest},
};

/// What of a queue is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// What is selected and open.
    Selection,
    /// The message of this row.
    Row(u64),
    /// What the filter shows of so many messages that are open or come.
    All(u64),
}

/// Where something can be moved to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MoveOffer {
    pub(crate) targets: Vec<String>,
    /// The one in which the most of it died.
    pub(crate) suggested: Option<String>,
}

/// How far a move is, in words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MoveProgress {
    pub(crate) numbers: String,
    pub(crate) notes: Vec<String>,
    /// Of 1.
    pub(crate) part: f64,
    /// Whether it can be stopped.
    pub(crate) stops: bool,
    /// Whether nothing of it is under way.
    pub(crate) over: bool,
}

pub(super) fn move_buttons(
    language: Language,
    offer: &MoveOffer,
    moved: Moved,
    on: &Rc<Handlers>,
) -> Html {
    let button = |name: String, target: &str| {
        let target = target.to_owned();
        let onclick = on.ask.reform(move |_: MouseEvent| Some(Ask::Move(target.clone(), moved)));
        html! { <button type="button" title={name.clone()} {onclick}>{name}</button> }
    };
    html! {
        <>
            if let Some(queue) = &offer.suggested {
                {button(language.move_to(queue), queue)}
            }
            if offer.suggested.is_none() || offer.targets.len() > 1 {
                <details class="menu up">
                    <summary role="button">{language.move_to_other()}</summary>
                    <div class="menu-content" role="group" aria-label={language.move_to_other()}>
                        for queue in &offer.targets {
                            {button(queue.clone(), queue)}
                        }
                    </div>
                </details>
            }
        </>
    }
}

pub(super) fn move_progress(language: Language, moving: &MoveProgress, on: &Rc<Handlers>) -> Html {
    html! {
        <div class="selection-bar moving" role="group" aria-label={language.move_messages()}>
            <progress max="1" value={shortest(moving.part)} aria-label={language.move_messages()} />
            <b>{&moving.numbers}</b>
            if moving.stops {
                <button type="button" onclick={on.stop_move.reform(|_| ())}>{language.stop()}</button>
            }
            if moving.over {
                <button type="button" class="quiet" title={language.close()} aria-label={language.close()}
                    onclick={on.dismiss_move.reform(|_| ())}>{"✕"}</button>
            }
            <div class="lines" role="status">
                for note in &moving.notes {
                    <p>{note}</p>
                }
            </div>
        </div>
    }
}
