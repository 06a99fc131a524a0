//! The group "Properties" of the form.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    send::draft::{Field, FieldError, Fields, Header, HeaderKind, MAX_HEADERS},
    ui::choice::Choice,
};

#[derive(Properties, PartialEq)]
pub(crate) struct PropertiesProps {
    /// The group's element.
    pub(crate) node: NodeRef,
    pub(crate) fields: Fields,
    /// The content type where the user has set none.
    pub(crate) default_content_type: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) on_fields: Callback<Fields>,
}

impl PropertiesProps {
    fn error(&self, field: Field) -> Option<&str> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.why.as_str())
    }

    /// A callback that changes the fields and hands them on.
    fn change<E: 'static>(
        &self,
        change: impl Fn(&mut Fields, E) -> Option<()> + 'static,
    ) -> Callback<E> {
        let (fields, on_fields) = (self.fields.clone(), self.on_fields.clone());
        Callback::from(move |event| {
            let mut fields = fields.clone();
            if change(&mut fields, event).is_some() {
                on_fields.emit(fields);
            }
        })
    }

    fn typed(
        &self,
        field: impl Fn(&mut Fields) -> Option<&mut String> + 'static,
    ) -> Callback<InputEvent> {
        self.change(move |fields, event: InputEvent| {
            *field(fields)? = event.target_dyn_into::<HtmlInputElement>()?.value();
            Some(())
        })
    }
}

#[component]
pub(crate) fn PropertiesGroup(props: &PropertiesProps) -> Html {
    let fields = &props.fields;
    let content_type = fields.content_type.clone();
    let set = set_count(fields);
    let text = |label, field: Field, value: &String, pick: fn(&mut Fields) -> &mut String, hint| {
        input(props, label, field, value, hint, props.typed(move |fields| Some(pick(fields))))
    };
    html! {
        <details class="properties" ref={&props.node}>
            <summary>
                <span class="label">{"Properties"}</span>
                if set > 0 {
                    <span class="hint">{format!(" {set} set")}</span>
                }
            </summary>
            <div class="grid">
                {input(props, "Content type", Field::ContentType,
                    &content_type.unwrap_or_else(|| props.default_content_type.clone()), "",
                    props.typed(|fields| Some(fields.content_type.get_or_insert_default())))}
                {text("Priority", Field::Priority, &fields.priority, |fields| &mut fields.priority, "0 to 255")}
                {text("Expiration", Field::Expiration, &fields.expiration, |fields| &mut fields.expiration, "milliseconds")}
                {text("Correlation id", Field::CorrelationId, &fields.correlation_id, |fields| &mut fields.correlation_id, "")}
                {text("Reply to", Field::ReplyTo, &fields.reply_to, |fields| &mut fields.reply_to, "")}
                {text("Message id", Field::MessageId, &fields.message_id, |fields| &mut fields.message_id, "a new UUID")}
                {text("Type", Field::Kind, &fields.kind, |fields| &mut fields.kind, "")}
                {text("App id", Field::AppId, &fields.app_id, |fields| &mut fields.app_id, "")}
            </div>
            <label class="choice">
                <input type="checkbox" checked={fields.persistent}
                    oninput={props.change(|fields, event: InputEvent| {
                        fields.persistent = event.target_dyn_into::<HtmlInputElement>()?.checked();
                        Some(())
                    })} />
                {"Persistent"}
            </label>
            {headers(props)}
            {kept(props)}
        </details>
    }
}

/// How many properties differ from those of a new form, to be seen while the group is closed.
fn set_count(fields: &Fields) -> usize {
    let texts = [
        &fields.priority,
        &fields.expiration,
        &fields.correlation_id,
        &fields.reply_to,
        &fields.message_id,
        &fields.kind,
        &fields.app_id,
    ];
    texts.into_iter().filter(|text| !text.is_empty()).count()
        + usize::from(fields.content_type.as_ref().is_some_and(|text| !text.is_empty()))
        + usize::from(!fields.persistent)
        + fields.headers.len()
        + fields.kept_names().len()
}

fn input(
    props: &PropertiesProps,
    label: &'static str,
    field: Field,
    value: &str,
    hint: &'static str,
    oninput: Callback<InputEvent>,
) -> Html {
    let (id, error) = (field.id(), props.error(field));
    html! {
        <div class="field">
            <label for={id.clone()}>{label}</label>
            <input id={id.clone()} type="text" value={value.to_owned()} placeholder={hint}
                autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
                aria-invalid={error.map(|_| "true")} aria-describedby={format!("{id}-error")}
                {oninput} />
            <span id={format!("{id}-error")} class="error">{error}</span>
        </div>
    }
}

fn headers(props: &PropertiesProps) -> Html {
    let full = props.fields.headers.len() >= MAX_HEADERS;
    let add = props.change(|fields, _: MouseEvent| {
        fields.headers.push(Header::default());
        Some(())
    });
    html! {
        <div class="headers" role="group" aria-label="Headers">
            for (row, header) in props.fields.headers.iter().enumerate() {
                {header_row(props, row, header)}
            }
            <button type="button" class="small" disabled={full} onclick={add}>{"Add header"}</button>
        </div>
    }
}

fn header_row(props: &PropertiesProps, row: usize, header: &Header) -> Html {
    let (name, value) = (Field::HeaderName(row), Field::HeaderValue(row));
    let number = row + 1;
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
    let remove = props.change(move |fields, _: MouseEvent| {
        (row < fields.headers.len()).then(|| {
            fields.headers.remove(row);
        })
    });
    let invalid = |field| props.error(field).map(|_| "true");
    html! {
        <div class="header">
            <input id={name.id()} type="text" value={header.name.clone()} placeholder="name"
                aria-label={format!("Header {number} name")} autocomplete="off"
                autocapitalize="off" autocorrect="off" spellcheck="false"
                aria-invalid={invalid(name)} aria-describedby={error_id.clone()}
                oninput={props.typed(move |fields| Some(&mut fields.headers.get_mut(row)?.name))} />
            <Choice name={format!("Header {number} type")} options={kinds}
                chosen={header.kind.name().to_owned()} on_choose={kind} />
            if header.kind == HeaderKind::Boolean {
                <label class="choice">
                    <input id={value.id()} type="checkbox" checked={header.value == "true"}
                        aria-label={format!("Header {number} value")}
                        oninput={props.change(move |fields, event: InputEvent| {
                            let on = event.target_dyn_into::<HtmlInputElement>()?.checked();
                            fields.headers.get_mut(row)?.value = on.to_string();
                            Some(())
                        })} />
                    {&header.value}
                </label>
            } else {
                <input id={value.id()} type="text" value={header.value.clone()} placeholder="value"
                    aria-label={format!("Header {number} value")} autocomplete="off"
                    autocapitalize="off" autocorrect="off" spellcheck="false" aria-invalid={invalid(value)}
                    aria-describedby={error_id.clone()}
                    oninput={props.typed(move |fields| {
                        Some(&mut fields.headers.get_mut(row)?.value)
                    })} />
            }
            <button type="button" class="small quiet" onclick={remove}
                aria-label={format!("Remove header {number}")}>
                {"Remove"}
            </button>
            <span id={error_id} class="error">{errors.join("; ")}</span>
        </div>
    }
}

/// What the form cannot show of a message that is edited.
fn kept(props: &PropertiesProps) -> Html {
    let names = props.fields.kept_names();
    if names.is_empty() {
        return Html::default();
    }
    let forget = props.change(|fields, _: MouseEvent| {
        fields.kept = Default::default();
        Some(())
    });
    html! {
        <div class="line">
            <span class="hint">{"Sent as they were: "}{names.join(", ")}</span>
            <button type="button" class="small" onclick={forget}>{"Leave these out"}</button>
        </div>
    }
}
