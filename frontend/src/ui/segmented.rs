//! A choice of one of a few things that lie side by side: a radio group (WAI-ARIA Authoring
//! Practices, "Radio Group") of which Tab reaches the chosen one, and the arrow keys the others.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// One of the things.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    /// What it does, shown when the pointer rests on it.
    pub(crate) title: &'static str,
}

impl From<&'static str> for Segment {
    fn from(name: &'static str) -> Self {
        Self { name, title: "" }
    }
}

/// The group that is called `name`, of which the segment at `chosen` is chosen. No component, since
/// that is 2 KB more.
pub(crate) fn segmented(
    name: &'static str,
    segments: &[Segment],
    chosen: usize,
    on_choose: &Callback<usize>,
) -> Html {
    let (count, choose) = (segments.len().max(1), on_choose.clone());
    let onkeydown = move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => (chosen + 1) % count,
            "ArrowLeft" | "ArrowUp" => (chosen + count - 1) % count,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
        let group = target.and_then(|target| target.closest("[role=radiogroup]").ok().flatten());
        let button = group.and_then(|group| group.children().item(next as u32));
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            // A button that is on the page takes the focus.
            let _ = button.focus();
        }
        choose.emit(next);
    };
    html! {
        <div class="segmented" role="radiogroup" aria-label={name} {onkeydown}>
            for (index, segment) in segments.iter().enumerate() {
                <button type="button" role="radio" aria-checked={(index == chosen).to_string()}
                    tabindex={if index == chosen { "0" } else { "-1" }}
                    title={(!segment.title.is_empty()).then_some(segment.title)}
                    onclick={on_choose.reform(move |_| index)}>
                    {segment.name}
                </button>
            }
        </div>
    }
}
