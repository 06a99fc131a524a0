//! All headers at once as JSON, in a text box of its own. What is right is taken as it is typed;
//! what is wrong stays there until it is right.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::PropertyChipsProps;
use crate::send::draft::Field;

/// The button that opens the text box, in the place of the rows.
pub(super) fn open_button(props: &PropertyChipsProps<'_>) -> Html {
    let language = props.language;
    let rows = props.errors.iter().any(|error| {
        matches!(error.field, Field::HeaderName(_) | Field::HeaderValue(_)) && !error.missing
    });
    let nameless =
        props.fields.headers.iter().any(|row| row.name.is_empty() && !row.value.is_empty());
    let rows = rows || nameless;
    let open = props.fields.headers_json.is_some();
    let on_edit = props.on_edit.clone();
    let toggle = props.change(move |fields, _: MouseEvent| {
        if open {
            fields.close_headers_json();
            return Some(());
        }
        // The rows are not edited beside it, and one that was only begun is none.
        on_edit.emit(None);
        fields.headers.retain(|header| !header.name.is_empty() || !header.value.is_empty());
        fields.open_headers_json();
        Some(())
    });
    html! {
        <button type="button" class="chip add" aria-label={language.headers_as_json_name()}
            title={if rows { language.headers_as_json_wrong() } else { language.headers_as_json_name() }}
            aria-expanded={open.to_string()} disabled={rows} onclick={toggle}>
            {language.headers_as_json()}
        </button>
    }
}

/// The text box.
pub(super) fn editor(props: &PropertyChipsProps<'_>) -> Html {
    let Some(text) = &props.fields.headers_json else { return Html::default() };
    let language = props.language;
    let error = props.error(Field::HeadersJson);
    let typed = props.change(|fields, event: InputEvent| {
        fields.type_headers_json(event.target_dyn_into::<HtmlTextAreaElement>()?.value());
        Some(())
    });
    let close = props.change(|fields, ()| {
        fields.close_headers_json();
        Some(())
    });
    let onkeydown = {
        let close = close.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Escape" && !event.is_composing() {
                event.prevent_default();
                event.stop_propagation();
                close.emit(());
            }
        }
    };
    let rows = text.lines().count().clamp(3, 16).to_string();
    html! {
        <div class="chip-editor" role="group" aria-label={language.headers_json()} {onkeydown}>
            <textarea id={Field::HeadersJson.id()} {rows} value={text.clone()}
                aria-label={language.headers_json()} autocapitalize="off" autocorrect="off"
                spellcheck="false" autocomplete="off" aria-invalid={error.map(|_| "true")}
                aria-describedby="headers-json-error headers-json-hint" oninput={typed} />
            <span id="headers-json-hint" class="hint">{language.headers_json_hint()}</span>
            <span class="space"></span>
            <button type="button" class="small" disabled={error.is_some()}
                onclick={close.reform(|_| ())}>
                {language.done()}
            </button>
            <span id="headers-json-error" class="error" role="status">{error}</span>
        </div>
    }
}
