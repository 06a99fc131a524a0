//! The field or header that is edited, in a line of its own.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Editing, PropertyChipsProps};
use crate::{
    send::draft::{Field, Header, HeaderKind},
    ui::choice::Choice,
};

/// The field or header that is edited, in a line of its own.
pub(super) fn editor(props: &PropertyChipsProps<'_>) -> Html {
    match props.editing {
        None => Html::default(),
        Some(Editing::Property(field)) => property_editor(props, field),
        Some(Editing::Persistent) => persistent_editor(props),
        Some(Editing::Header(row)) => match props.fields.headers.get(row) {
            Some(header) => header_editor(props, row, header),
            None => Html::default(),
        },
    }
}

/// The frame of an editor: Enter and "Done" end it, "Remove" empties what it edits.
fn framed(props: &PropertyChipsProps<'_>, name: &str, fields: Html, remove: Callback<()>) -> Html {
    let on_edit = props.on_edit.clone();
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let ends = event.key() == "Escape"
            || (event.key() == "Enter" && !event.ctrl_key() && !event.meta_key());
        if ends && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            on_edit.emit(None);
        }
    });
    let on_edit = props.on_edit.clone();
    let language = props.language;
    html! {
        <div class="chip-editor" role="group" aria-label={language.edit_named(name)} {onkeydown}>
            {fields}
            <button type="button" class="small quiet" aria-label={language.remove_named(name)}
                onclick={move |_| {
                    remove.emit(());
                    on_edit.emit(None);
                }}>
                {language.remove()}
            </button>
            <button type="button" class="small" onclick={props.on_edit.reform(|_| None)}>
                {language.done()}
            </button>
        </div>
    }
}

fn property_editor(props: &PropertyChipsProps<'_>, field: Field) -> Html {
    let Some(text) = props.fields.property(field) else { return Html::default() };
    let value = match (field, &props.fields.content_type) {
        (Field::ContentType, None) => props.default_content_type.to_owned(),
        _ => text.clone(),
    };
    let (id, name, error) = (field.id(), field.amqp_name(), props.error(field));
    let hint = match field {
        Field::Priority => props.language.hint_priority(),
        Field::Expiration => props.language.hint_expiration(),
        Field::MessageId => props.language.hint_message_id(),
        _ => "",
    };
    let remove = props.change(move |fields, ()| {
        fields.property_mut(field)?.clear();
        Some(())
    });
    let fields = html! {
        <>
            <label for={id.clone()}>{name}</label>
            <input id={id.clone()} type="text" {value} placeholder={hint} autocomplete="off"
                autocapitalize="off" autocorrect="off" spellcheck="false"
                aria-invalid={error.map(|_| "true")} aria-describedby={format!("{id}-error")}
                oninput={props.typed(move |fields| fields.property_mut(field))} />
            <span id={format!("{id}-error")} class="error" role="status">{error}</span>
        </>
    };
    framed(props, name, fields, remove)
}

fn persistent_editor(props: &PropertyChipsProps<'_>) -> Html {
    let set = props.change(|fields, event: InputEvent| {
        fields.persistent = event.target_dyn_into::<HtmlInputElement>()?.checked();
        Some(())
    });
    let remove = props.change(|fields, ()| {
        fields.persistent = true;
        Some(())
    });
    let fields = html! {
        <label class="choice">
            <input id="persistent" type="checkbox" checked={props.fields.persistent} oninput={set} />
            {"persistent"}
        </label>
    };
    framed(props, "persistent", fields, remove)
}

fn header_editor(props: &PropertyChipsProps<'_>, row: usize, header: &Header) -> Html {
    let language = props.language;
    let (name, value) = (Field::HeaderName(row), Field::HeaderValue(row));
    let error_id = format!("header-error-{row}");
    let errors: Vec<&str> =
        [name, value].into_iter().filter_map(|field| props.error(field)).collect();
    let kinds: Rc<[String]> = HeaderKind::ALL.map(|kind| kind.name().to_owned()).into();
    let kind = props.change(move |fields, kind: String| {
        let header = fields.headers.get_mut(row)?;
        header.kind = HeaderKind::from_name(&kind);
        if header.kind == HeaderKind::Boolean && header.value != "false" {
            header.value = "true".to_owned();
        }
        Some(())
    });
    let remove = props.change(move |fields, ()| {
        (row < fields.headers.len()).then(|| {
            fields.headers.remove(row);
        })
    });
    let invalid = |field| props.error(field).map(|_| "true");
    let fields = html! {
        <>
            <input id={name.id()} type="text" value={header.name.clone()} placeholder={language.name_here()}
                aria-label={language.header_name()} autocomplete="off"
                autocapitalize="off" autocorrect="off" spellcheck="false"
                aria-invalid={invalid(name)} aria-describedby={error_id.clone()}
                oninput={props.typed(move |fields| Some(&mut fields.headers.get_mut(row)?.name))} />
            <Choice name={language.header_type()} options={kinds}
                chosen={header.kind.name().to_owned()} on_choose={kind} />
            if header.kind == HeaderKind::Boolean {
                <label class="choice">
                    <input id={value.id()} type="checkbox" checked={header.value == "true"}
                        aria-label={language.header_value()}
                        oninput={props.change(move |fields, event: InputEvent| {
                            let on = event.target_dyn_into::<HtmlInputElement>()?.checked();
                            fields.headers.get_mut(row)?.value = on.to_string();
                            Some(())
                        })} />
                    {&header.value}
                </label>
            } else {
                <input id={value.id()} type="text" value={header.value.clone()} placeholder={language.value_here()}
                    aria-label={language.header_value()} autocomplete="off"
                    autocapitalize="off" autocorrect="off" spellcheck="false"
                    aria-invalid={invalid(value)} aria-describedby={error_id.clone()}
                    oninput={props.typed(move |fields| {
                        Some(&mut fields.headers.get_mut(row)?.value)
                    })} />
            }
            <span id={error_id} class="error" role="status">{errors.join(language.between_errors())}</span>
        </>
    };
    let name = if header.name.is_empty() { language.new_header() } else { &header.name };
    framed(props, name, fields, remove)
}
