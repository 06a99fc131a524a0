//! A sentence that the user has to know, until it is dismissed.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(crate) struct NoticeProps {
    pub(crate) text: String,
    pub(crate) on_dismiss: Callback<()>,
}

#[component]
pub(crate) fn Notice(props: &NoticeProps) -> Html {
    html! {
        <div class="notice" role="alert">
            <p>{&props.text}</p>
            <button type="button" onclick={props.on_dismiss.reform(|_| ())}>{"Dismiss"}</button>
        </div>
    }
}
