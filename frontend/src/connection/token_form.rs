//! Asks for the relay's token.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::ui::{browser, language::Language};

/// `why` says why, in words; `checking` is whether the relay is looking at the last one, which it
/// is not while it cannot be reached.
pub(crate) fn token_form(
    language: Language,
    why: &str,
    checking: bool,
    on_token: &Callback<String>,
) -> Html {
    let on_token = on_token.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let field = browser::document().and_then(|document| document.get_element_by_id("token"));
        let input = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        let token = input.map(|input| input.value()).unwrap_or_default().trim().to_owned();
        if !token.is_empty() && !checking {
            on_token.emit(token);
        }
    };
    html! {
        <main>
            <form class="panel token" aria-labelledby="token-title" onsubmit={submit}>
                <h2 id="token-title">{language.token()}</h2>
                <p role="alert">
                    if checking {
                        {language.token_checking()}
                    } else {
                        {why}
                    }
                </p>
                <p class="hint" id="token-hint">
                    {language.token_hint()}
                </p>
                <div class="line">
                    <label for="token">{language.token()}</label>
                    <input id="token" type="password" autocomplete="off"
                        autocapitalize="off" autocorrect="off" spellcheck="false"
                        required=true aria-describedby="token-hint" />
                    <button type="submit" class="primary" disabled={checking}>{language.token_enter()}</button>
                </div>
            </form>
        </main>
    }
}
