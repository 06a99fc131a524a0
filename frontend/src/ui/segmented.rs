//! A choice of one of a few things that lie side by side: a radio group (WAI-ARIA Authoring
//! Practices, "Radio Group") of which Tab reaches the chosen one, and the arrow keys the others.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement};
use yew::prelude::*;

/// One of the things.
#[derive(Clone, Copy)]
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    /// What it does, shown when the pointer rests on it; or why it cannot be chosen.
    pub(crate) title: &'static str,
    /// Whether it can be chosen.
    pub(crate) enabled: bool,
}

impl Segment {
    /// One that can be chosen.
    pub(crate) fn new(name: &'static str, title: &'static str) -> Self {
        Self { name, title, enabled: true }
    }
}

impl From<&'static str> for Segment {
    fn from(name: &'static str) -> Self {
        Self::new(name, "")
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
    group(name, segments, Some(chosen), on_choose, true)
}

/// [`segmented`], of which none may be chosen yet. The arrow keys move the focus alone, as in a
/// toolbar: what lies on the way to the wanted one must not be done.
pub(crate) fn segmented_with_care(
    name: &'static str,
    segments: &[Segment],
    chosen: Option<usize>,
    on_choose: &Callback<usize>,
) -> Html {
    group(name, segments, chosen, on_choose, false)
}

fn group(
    name: &'static str,
    segments: &[Segment],
    chosen: Option<usize>,
    on_choose: &Callback<usize>,
    arrows_choose: bool,
) -> Html {
    let choose = on_choose.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(next) = focus_next(&event, step)
            && arrows_choose
        {
            choose.emit(next);
        }
    };
    // Where none is chosen, Tab reaches the first.
    let reached = chosen.or_else(|| segments.iter().position(|segment| segment.enabled));
    html! {
        <div class="segmented" role="radiogroup" aria-label={name} {onkeydown}>
            for (index, segment) in segments.iter().enumerate() {
                <button type="button" role="radio"
                    aria-checked={(Some(index) == chosen).to_string()}
                    tabindex={if Some(index) == reached { "0" } else { "-1" }}
                    title={(!segment.title.is_empty()).then_some(segment.title)}
                    disabled={!segment.enabled}
                    onclick={on_choose.reform(move |_| index)}>
                    {segment.name}
                </button>
            }
        </div>
    }
}

/// Puts the focus on the next button of the group that can be chosen, and says which that is.
fn focus_next(event: &KeyboardEvent, step: i32) -> Option<usize> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let buttons = target.closest("[role=radiogroup]").ok()??.children();
    let count = i32::try_from(buttons.length()).ok()?;
    let at = (0..count).find(|at| buttons.item(*at as u32).as_ref() == Some(&target))?;
    let next = (1..=count).map(|far| (at + step * far).rem_euclid(count)).find_map(|next| {
        let button = buttons.item(next as u32)?.dyn_into::<HtmlButtonElement>().ok()?;
        (!button.disabled()).then_some((next, button))
    });
    let (next, button) = next?;
    // A button that is on the page takes the focus.
    let _ = button.focus();
    usize::try_from(next).ok()
}
