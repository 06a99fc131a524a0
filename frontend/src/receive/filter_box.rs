//! The filter above the list: what is typed, what is wrong with it, and the range of time that was
//! dragged over the bars.

use web_sys::{HtmlInputElement, InputEvent, KeyboardEvent};
use yew::prelude::*;

use crate::ui::language::Language;

/// The field's id: "/" goes to it from wherever nothing is being typed.
pub(crate) const FILTER_ID: &str = "filter";

/// Letters that a filter may have.
const MAX_LETTERS: usize = 2_000;

#[derive(Properties, PartialEq)]
pub(crate) struct FilterBoxProps {
    pub(crate) language: Language,
    /// What is filtered by: changed elsewhere too, as by a click on a value.
    pub(crate) text: String,
    /// What is wrong with it; the list shows what the last right one lets through.
    pub(crate) mistake: Option<String>,
    /// How many messages it shows of how many; none while it is empty.
    pub(crate) found: Option<String>,
    /// The range of time, in words.
    pub(crate) range: Option<String>,
    pub(crate) on_filter: Callback<String>,
    pub(crate) on_all_times: Callback<()>,
}

#[component]
pub(crate) fn FilterBox(props: &FilterBoxProps) -> Html {
    let language = props.language;
    let input = use_node_ref();
    let shown = input.clone();
    use_effect_with(props.text.clone(), move |text| {
        // What is being typed is left alone: it is the same.
        if let Some(input) = shown.cast::<HtmlInputElement>()
            && input.value() != *text
        {
            input.set_value(text);
        }
    });
    let oninput = {
        let on_filter = props.on_filter.clone();
        move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                on_filter.emit(input.value());
            }
        }
    };
    let onkeydown = {
        let (on_filter, empty) = (props.on_filter.clone(), props.text.is_empty());
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && !empty {
                event.prevent_default();
                event.stop_propagation();
                on_filter.emit(String::new());
            }
        }
    };
    html! {
        <>
            <div class="filter" data-wrong={props.mistake.as_ref().map(|_| "true")}>
                if let Some(range) = &props.range {
                    <span class="token">
                        {range}
                        <button type="button" class="cross" title={language.clear_time_range()}
                            aria-label={language.clear_time_range()}
                            onclick={props.on_all_times.reform(|_| ())}>{"✕"}</button>
                    </span>
                }
                <input id={FILTER_ID} type="search" ref={input} aria-label={language.filter()}
                    placeholder={language.filter_hint()} maxlength={MAX_LETTERS.to_string()}
                    autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
                    aria-keyshortcuts="/" aria-invalid={props.mistake.as_ref().map(|_| "true")}
                    aria-describedby="filter-mistake" {oninput} {onkeydown} />
                if let Some(found) = &props.found {
                    <span class="dim" role="status">{found}</span>
                }
                <kbd aria-hidden="true">{"/"}</kbd>
            </div>
            <p id="filter-mistake" class="error filter-mistake" role="status">
                {props.mistake.clone()}
            </p>
        </>
    }
}
