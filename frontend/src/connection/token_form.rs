//! Asks for the relay's token.

use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct TokenFormProps {
    /// Why, in the relay's words.
    pub(crate) why: String,
    /// Whether the relay is looking at the last one; not while it cannot be reached.
    pub(crate) checking: bool,
    pub(crate) on_token: Callback<String>,
}

#[component]
pub(crate) fn TokenForm(props: &TokenFormProps) -> Html {
    let input = use_node_ref();
    let submit = {
        let (input, on_token, checking) = (input.clone(), props.on_token.clone(), props.checking);
        move |event: SubmitEvent| {
            event.prevent_default();
            let token = input.cast::<HtmlInputElement>().map(|input| input.value());
            let token = token.unwrap_or_default().trim().to_owned();
            if !token.is_empty() && !checking {
                on_token.emit(token);
            }
        }
    };
    html! {
        <main>
            <form class="panel token" aria-labelledby="token-title" onsubmit={submit}>
                <h2 id="token-title">{"Token"}</h2>
                <p role="alert">
                    if props.checking {
                        {"Checking the token…"}
                    } else {
                        {sentence(&props.why)}
                    }
                </p>
                <p class="hint" id="token-hint">
                    {"The relay prints it when it starts, as part of the address to open; or ask whoever runs it. This tab keeps it until it is closed."}
                </p>
                <div class="line">
                    <label for="token">{"Token"}</label>
                    <input id="token" ref={input} type="password" autocomplete="off"
                        autocapitalize="off" autocorrect="off" spellcheck="false"
                        required=true aria-describedby="token-hint" />
                    <button type="submit" class="primary" disabled={props.checking}>{"Enter"}</button>
                </div>
            </form>
        </main>
    }
}

/// `the token is wrong` as `The token is wrong.`
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
