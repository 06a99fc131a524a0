//! Elements of the page, by their ids.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use super::document;

/// Puts the focus on the element that has this id, where there is one.
pub(crate) fn focus(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that is on the page takes the focus.
        let _ = element.focus();
    }
}

/// Whether the focus is on something in the element with this id.
pub(crate) fn has_focus_in(id: &str) -> bool {
    let Some(document) = document() else { return false };
    let element = document.get_element_by_id(id);
    element.is_some_and(|element| element.contains(document.active_element().as_deref()))
}

/// Clicks on the element that has this id, where there is one.
pub(crate) fn click(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}
