//! A menu: a button that opens a box under it, by the browser's own `<details>`. Escape closes it,
//! and so does what is chosen in it.

use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

/// The menu that is called `name`, its button with `shown` on it.
pub(crate) fn menu(name: &'static str, shown: Html, on_open: Callback<()>, content: Html) -> Html {
    let onkeydown = |event: KeyboardEvent| {
        if event.key() == "Escape" && !event.is_composing() && close(&event) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    html! {
        <details class="menu" {onkeydown} ontoggle={on_open.reform(|_| ())}>
            <summary role="button" aria-label={name} title={name}>{shown}</summary>
            <div class="menu-content" role="group" aria-label={name}>{content}</div>
        </details>
    }
}

/// Closes the menu in which something happened, and puts the focus on its button; says whether it was
/// open.
pub(crate) fn close(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let menu = target.and_then(|target| target.closest("details[open]").ok().flatten());
    let Some(menu) = menu else { return false };
    // The attribute's name is valid, and its button takes the focus.
    let _ = menu.remove_attribute("open");
    let button =
        menu.first_element_child().and_then(|button| button.dyn_into::<HtmlElement>().ok());
    if let Some(button) = button {
        let _ = button.focus();
    }
    true
}
