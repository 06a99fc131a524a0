//! The message body: how it is written, and its text box or file.

use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, DragEvent, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::{
    send::draft::{
        Attached, FieldError, Format, LineEnds,
        line_ends::{self, Pasted},
    },
    ui::{
        choice::Choice,
        language::Language,
        number::size,
        segmented::{Segment, segmented},
    },
};

/// What is shown of the body, and what its parts do.
pub(crate) struct BodyEditorProps<'a> {
    pub(crate) language: Language,
    /// The text box, which stays on the page whatever the format: no text is lost.
    pub(crate) text: &'a NodeRef,
    /// Whether it grows with its text.
    pub(crate) grows: bool,
    pub(crate) format: Format,
    /// What a line feed of the text box stands for.
    pub(crate) line_ends: LineEnds,
    pub(crate) shows_line_ends: bool,
    pub(crate) file: &'a Attached,
    /// What is wrong with the text.
    pub(crate) error: Option<&'a FieldError>,
    /// That there is no file, or that the one that is there cannot be sent.
    pub(crate) wrong_file: Option<&'a FieldError>,
    /// What the page did to a text that was pasted.
    pub(crate) note: Option<&'a str>,
    pub(crate) on_typed: &'a Callback<()>,
    /// Says what becomes of what is about to be pasted or dropped into the text.
    pub(crate) on_paste: &'a Callback<Pasted>,
    pub(crate) on_format: &'a Callback<Format>,
    pub(crate) on_line_ends: &'a Callback<LineEnds>,
    pub(crate) on_lay_out: &'a Callback<()>,
    pub(crate) on_file: &'a Callback<web_sys::File>,
}

pub(crate) fn body_editor(props: &BodyEditorProps<'_>) -> Html {
    let language = props.language;
    let is_file = props.format == Format::File;
    let why = props.error.as_ref().map(|error| error.why.clone());
    let formats = Format::ALL.map(|format| Segment::from(format.name(language)));
    let choose =
        props.on_format.reform(|index: usize| Format::ALL.get(index).copied().unwrap_or_default());
    let chosen = Format::ALL.iter().position(|format| *format == props.format).unwrap_or(0);
    html! {
        <div class="field">
            <div class="editor" data-wrong={why.as_ref().map(|_| "true")}>
                <div class="editor-head">
                    {segmented(language.format(), &formats, chosen, &choose)}
                    <span class="space"></span>
                    if props.shows_line_ends && matches!(props.format, Format::Text | Format::Json) {
                        {line_ends_choice(props)}
                    }
                    if props.format == Format::Json {
                        <button type="button" class="quiet" disabled={why.is_some()}
                            aria-label={language.lay_out()}
                            onclick={props.on_lay_out.reform(|_| ())}>
                            {language.lay_out_short()}
                        </button>
                    }
                </div>
                <textarea id="body" ref={props.text} rows="7" hidden={is_file}
                    data-grows={props.grows.then_some("")}
                    autocapitalize="off" autocorrect="off" spellcheck="false" autocomplete="off"
                    aria-label={language.message_body()}
                    defaultvalue="Hello World!" aria-describedby="body-error send-hint"
                    aria-invalid={why.as_ref().map(|_| "true")} onpaste={paste(props)} ondrop={drop(props)}
                    oninput={props.on_typed.reform(|_| ())} />
                if is_file {
                    {picker(props)}
                }
            </div>
            <p id="body-error" class="error" role="status">
                if !is_file {
                    {why}
                }
            </p>
            if let Some(note) = &props.note {
                <p class="note" role="status">{note}</p>
            }
        </div>
    }
}

/// Looks at what is pasted while the text is still as it was, and the browser can be kept from
/// pasting it: Yew's messages may come later.
fn paste(props: &BodyEditorProps<'_>) -> Callback<Event> {
    let (field, on_paste) = (props.text.clone(), props.on_paste.clone());
    let (format, ends) = (props.format, props.line_ends);
    Callback::from(move |event: Event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        let text = data.and_then(|data| data.get_data("text/plain").ok());
        let (Some(text), Some(field)) = (text, field.cast::<HtmlTextAreaElement>()) else {
            return;
        };
        let (_, rest) = marked_and_rest(&field);
        let pasted = line_ends::pasted(&text, &rest, format, ends);
        if matches!(pasted, Pasted::AsBase64(_)) {
            event.prevent_default();
        }
        on_paste.emit(pasted);
    })
}

/// The same for a text that is dropped, which takes no other's place. What was dragged within the text
/// box only moves, and files are no text: wherever they are dropped, the page picks them.
fn drop(props: &BodyEditorProps<'_>) -> Callback<DragEvent> {
    let (field, on_paste) = (props.text.clone(), props.on_paste.clone());
    let (format, ends) = (props.format, props.line_ends);
    Callback::from(move |event: DragEvent| {
        let data = event
            .data_transfer()
            .filter(|data| data.files().is_none_or(|files| files.length() == 0));
        let text = data.and_then(|data| data.get_data("text/plain").ok());
        let (Some(text), Some(field)) = (text, field.cast::<HtmlTextAreaElement>()) else {
            return;
        };
        let (marked, _) = marked_and_rest(&field);
        if line_ends::boxed(&text) == marked {
            return;
        }
        let pasted = line_ends::pasted(&text, &field.value(), format, ends);
        if matches!(pasted, Pasted::AsBase64(_)) {
            event.prevent_default();
        }
        on_paste.emit(pasted);
    })
}

fn line_ends_choice(props: &BodyEditorProps<'_>) -> Html {
    let names: Rc<[String]> = LineEnds::ALL.iter().map(|ends| ends.name().to_owned()).collect();
    html! {
        <label class="line-ends">
            {props.language.with_colon(props.language.line_ends(), "")}
            <Choice name={props.language.line_ends()} options={names}
                chosen={props.line_ends.name().to_owned()}
                on_choose={props.on_line_ends.reform(|name: String| {
                    LineEnds::from_name(&name).unwrap_or_default()
                })} />
        </label>
    }
}

fn picker(props: &BodyEditorProps<'_>) -> Html {
    let language = props.language;
    let on_file = props.on_file.clone();
    let picked = Callback::from(move |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        if let Some(input) = input
            && let Some(file) = input.files().and_then(|files| files.get(0))
        {
            on_file.emit(file);
            // Else picking the same file again would not be an event.
            input.set_value("");
        }
    });
    let words = match &props.file {
        Attached::Nothing => html! { <span class="hint">{language.or_drop()}</span> },
        Attached::Reading { name } => {
            html! { <span class="hint">{language.reading_file(name)}</span> }
        }
        Attached::Ready(file) => html! {
            <span class="file"><b>{&file.name}</b>{" "}{size(file.body.len())}</span>
        },
        Attached::Failed { why } => html! { <span class="error">{why}</span> },
    };
    html! {
        <div class="drop">
            <label class="pick">
                {language.choose_file()}
                <input id="file" type="file" class="unseen" aria-describedby="file-words"
                    onchange={picked} />
            </label>
            <span id="file-words" role="status">
                {words}
                if let Some(wrong) = &props.wrong_file {
                    // The other words say it already.
                    if matches!(props.file, Attached::Nothing | Attached::Ready(_)) {
                        <span class="error">{" "}{&wrong.why}</span>
                    }
                }
            </span>
        </div>
    }
}

/// What is marked in a text box, which a paste replaces, and what else it holds.
fn marked_and_rest(field: &HtmlTextAreaElement) -> (String, String) {
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let at = |at: Result<Option<u32>, _>| at.ok().flatten().unwrap_or(0) as usize;
    let start = at(field.selection_start()).min(units.len());
    let end = at(field.selection_end()).clamp(start, units.len());
    let rest = [&units[..start], &units[end..]].concat();
    (String::from_utf16_lossy(&units[start..end]), String::from_utf16_lossy(&rest))
}
