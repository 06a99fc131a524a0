//! A sentence that the user has to know, until it is dismissed.

use yew::prelude::*;

use crate::ui::language::Language;

pub(crate) fn notice(language: Language, text: &str, on_dismiss: &Callback<()>) -> Html {
    html! {
        <div class="notice" role="alert">
            <p>{text}</p>
            <button type="button" onclick={on_dismiss.reform(|_| ())}>{language.dismiss()}</button>
        </div>
    }
}
