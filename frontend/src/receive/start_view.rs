//! What is shown of a queue for which nothing was chosen: how much waits in it, and what can be done
//! with it. Nothing is taken from it until somebody says so.

use yew::prelude::*;

use crate::receive::{mode::Mode, panel::ReceiveProps};

pub(super) fn start_view(props: &ReceiveProps<'_>, waiting: &str) -> Html {
    let language = props.language;
    html! {
        <div class="start" role="group" aria-label={language.start_with()}>
            <p class="waiting" role="status">{waiting}</p>
            for mode in Mode::ALL {
                {offer(props, mode)}
            }
            if let Some(rights) = &props.rights {
                <p class="dim">{rights}</p>
            }
        </div>
    }
}

/// A mode, and what it would do, or why it cannot be chosen.
fn offer(props: &ReceiveProps<'_>, mode: Mode) -> Html {
    let (language, may) = (props.language, (props.may)(mode));
    let does = if may { mode.does(language) } else { mode.refused(language) };
    let id = mode.does_id();
    html! {
        <div class="offer">
            <button type="button" disabled={!may} aria-describedby={id}
                onclick={props.on.mode.reform(move |_| mode)}>
                {mode.name(language)}
            </button>
            <p {id}>
                {does}
                if mode == Mode::Look && may {
                    <small class="dim">{language.between_sentences()}{&props.look_cost}</small>
                }
            </p>
        </div>
    }
}
