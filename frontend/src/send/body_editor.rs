//! The message body: how it is written, and its text box or file.

use web_sys::{DragEvent, HtmlInputElement};
use yew::prelude::*;

use crate::{
    send::draft::{Attached, FieldError, Format},
    ui::number::size,
};

#[derive(Properties, PartialEq)]
pub(crate) struct BodyFieldProps {
    /// The text box, which stays on the page whatever the format: no text is lost.
    pub(crate) text: NodeRef,
    pub(crate) format: Format,
    pub(crate) file: Attached,
    /// What is wrong with the text.
    pub(crate) error: Option<FieldError>,
    /// That there is no file, or that the one that is there cannot be sent.
    pub(crate) wrong_file: Option<FieldError>,
    pub(crate) on_typed: Callback<()>,
    pub(crate) on_format: Callback<Format>,
    pub(crate) on_lay_out: Callback<()>,
    pub(crate) on_file: Callback<web_sys::File>,
}

#[component]
pub(crate) fn BodyField(props: &BodyFieldProps) -> Html {
    let is_file = props.format == Format::File;
    let why = props.error.as_ref().map(|error| error.why.clone());
    // Else the browser would leave the page to show the file; other drags are left alone.
    let over = |event: DragEvent| {
        if brings_files(&event) {
            event.prevent_default();
        }
    };
    let on_file = props.on_file.clone();
    let dropped = move |event: DragEvent| {
        if brings_files(&event) {
            event.prevent_default();
            let files = event.data_transfer().and_then(|transfer| transfer.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                on_file.emit(file);
            }
        }
    };
    html! {
        <div class="field" ondragover={over} ondrop={dropped}>
            <div class="line">
                <label class="label" for="body" hidden={is_file}>{"Message body"}</label>
                <span class="label" hidden={!is_file} aria-hidden="true">{"Message body"}</span>
                <span class="formats" role="radiogroup" aria-label="Format">
                    for format in Format::ALL {
                        <label class="choice">
                            <input type="radio" name="format" checked={props.format == format}
                                oninput={props.on_format.reform(move |_| format)} />
                            {format.name()}
                        </label>
                    }
                </span>
                if props.format == Format::Json {
                    <button type="button" class="small" disabled={why.is_some()}
                        onclick={props.on_lay_out.reform(|_| ())}>
                        {"Format"}
                    </button>
                }
            </div>
            <div hidden={is_file}>
                <textarea id="body" ref={&props.text} rows="4"
                    autocapitalize="off" autocorrect="off" spellcheck="false" autocomplete="off"
                    defaultvalue="Hello World!" aria-describedby="body-error send-hint"
                    aria-invalid={why.as_ref().map(|_| "true")}
                    oninput={props.on_typed.reform(|_| ())} />
            </div>
            if is_file {
                {picker(props)}
            }
            <p id="body-error" class="error" role="status">
                if !is_file {
                    {why}
                }
            </p>
        </div>
    }
}

fn brings_files(event: &DragEvent) -> bool {
    let files = "Files".into();
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&files, 0))
}

fn picker(props: &BodyFieldProps) -> Html {
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
        Attached::Nothing => html! { <span class="hint">{"or drop one here"}</span> },
        Attached::Reading { name } => {
            html! { <span class="hint">{"Reading "}{name}{"…"}</span> }
        }
        Attached::Ready(file) => html! {
            <span class="file"><b>{&file.name}</b>{" "}{size(file.body.len())}</span>
        },
        Attached::Failed { why } => html! { <span class="error">{why}</span> },
    };
    html! {
        <div class="drop">
            <label class="pick">
                {"Choose a file"}
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
