//! The properties and headers as chips under the body: what is set is seen, and a click edits it in
//! place.

mod editor;
mod headers_json;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::{
    send::draft::{Field, FieldError, Fields, Header, MAX_HEADERS},
    ui::language::Language,
};

/// What is edited in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Editing {
    Property(Field),
    Persistent,
    /// A header, by its row.
    Header(usize),
}

impl Editing {
    /// What to edit so that this field is seen; none where it is no property.
    pub(crate) fn of(field: Field) -> Option<Self> {
        match field {
            Field::Body | Field::File | Field::HeadersJson => None,
            Field::HeaderName(row) | Field::HeaderValue(row) => Some(Self::Header(row)),
            property => Some(Self::Property(property)),
        }
    }

    /// The id of the input that takes the focus.
    pub(crate) fn id(self) -> String {
        match self {
            Self::Property(field) => field.id(),
            Self::Persistent => "persistent".to_owned(),
            Self::Header(row) => Field::HeaderName(row).id(),
        }
    }
}

/// What the chips show, and what becomes of a change.
pub(crate) struct PropertyChipsProps<'a> {
    pub(crate) language: Language,
    pub(crate) fields: &'a Fields,
    /// The content type where the user has set none.
    pub(crate) default_content_type: &'a str,
    pub(crate) errors: &'a [FieldError],
    pub(crate) editing: Option<Editing>,
    pub(crate) on_fields: &'a Callback<Fields>,
    pub(crate) on_edit: &'a Callback<Option<Editing>>,
}

impl PropertyChipsProps<'_> {
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

    fn is_edited(&self, editing: Editing) -> bool {
        self.editing == Some(editing)
    }
}

pub(crate) fn property_chips(props: &PropertyChipsProps<'_>) -> Html {
    let fields = &props.fields;
    let set = Field::PROPERTIES.into_iter().filter_map(|field| {
        let text = fields.property(field)?;
        let shown = if field == Field::ContentType && fields.content_type.is_none() {
            props.default_content_type
        } else {
            text.as_str()
        };
        let edited = props.is_edited(Editing::Property(field));
        (!shown.is_empty() || edited).then_some((field, shown))
    });
    html! {
        <div class="properties" role="group" aria-label={props.language.properties_and_headers()}>
            <div class="chips">
                for (field, text) in set {
                    {chip(props, Editing::Property(field), field.amqp_name(), text, props.error(field).is_some())}
                }
                if !fields.persistent || props.is_edited(Editing::Persistent) {
                    {chip(props, Editing::Persistent, "persistent", yes(props.language, fields.persistent), false)}
                }
                for (row, header) in fields.headers.iter().enumerate() {
                    {header_chip(props, row, header)}
                }
                for name in fields.kept_names() {
                    {kept_chip(props, name)}
                }
                {add_property(props)}
                {add_header(props)}
                {headers_json::open_button(props)}
            </div>
            {editor::editor(props)}
            {headers_json::editor(props)}
            {other_errors(props)}
        </div>
    }
}

fn yes(language: Language, yes: bool) -> &'static str {
    if yes { language.yes() } else { language.no() }
}

fn chip(
    props: &PropertyChipsProps<'_>,
    editing: Editing,
    name: &str,
    value: &str,
    wrong: bool,
) -> Html {
    let edited = props.is_edited(editing);
    let next = (!edited).then_some(editing);
    html! {
        <button type="button" class="chip" data-wrong={wrong.then_some("true")}
            disabled={matches!(editing, Editing::Header(_)) && props.fields.headers_json.is_some()}
            aria-expanded={edited.to_string()} title={format!("{name}: {value}")}
            aria-label={props.language.edit_valued(name, value)}
            onclick={props.on_edit.reform(move |_| next)}>
            <span class="name">{name.to_owned()}</span>{" "}<span class="value">{value.to_owned()}</span>
        </button>
    }
}

fn header_chip(props: &PropertyChipsProps<'_>, row: usize, header: &Header) -> Html {
    let name = if header.name.is_empty() { props.language.new_header() } else { &header.name };
    let wrong =
        [Field::HeaderName(row), Field::HeaderValue(row)].map(|field| props.error(field).is_some());
    chip(props, Editing::Header(row), name, &header.value, wrong.contains(&true))
}

/// What the form cannot show of a message that is edited.
fn kept_chip(props: &PropertyChipsProps<'_>, name: String) -> Html {
    let label = props.language.leave_out(&name);
    let shown = name.clone();
    let leave_out = props.change(move |fields: &mut Fields, _: MouseEvent| {
        fields.leave_out(&name);
        Some(())
    });
    html! {
        <span class="chip kept">
            <span class="name">{shown}</span>
            <span class="value">{props.language.as_it_was()}</span>
            <button type="button" class="cross" aria-label={label.clone()} title={label}
                disabled={props.fields.headers_json.is_some()} onclick={leave_out}>{"✕"}</button>
        </span>
    }
}

fn add_property(props: &PropertyChipsProps<'_>) -> Html {
    let (fields, language) = (&props.fields, props.language);
    let shown = |field: &Field| {
        let text = match field {
            Field::ContentType => {
                fields.content_type.as_deref().unwrap_or(props.default_content_type)
            }
            field => match fields.property(*field) {
                Some(text) => text,
                None => return true,
            },
        };
        !text.is_empty()
    };
    let unset: Vec<Field> = Field::PROPERTIES.into_iter().filter(|field| !shown(field)).collect();
    let offered = unset.clone();
    let persistent = fields.persistent;
    let on_edit = props.on_edit.clone();
    let toggle = props.change(|fields, ()| {
        fields.persistent = !fields.persistent;
        Some(())
    });
    let onchange = Callback::from(move |event: Event| {
        let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else { return };
        let value = select.value();
        select.set_value("");
        if value == "persistent" {
            toggle.emit(());
            return on_edit.emit(Some(Editing::Persistent));
        }
        if let Some(field) = offered.iter().find(|field| field.amqp_name() == value) {
            on_edit.emit(Some(Editing::Property(*field)));
        }
    });
    html! {
        <select class="chip add" aria-label={language.add_property_name()} {onchange}>
            <option value="" selected=true>{language.add_property()}</option>
            for field in unset {
                <option value={field.amqp_name()}>{field.amqp_name()}</option>
            }
            if persistent {
                <option value="persistent">{"persistent"}</option>
            }
        </select>
    }
}

fn add_header(props: &PropertyChipsProps<'_>) -> Html {
    let row = props.fields.headers.len();
    let (on_edit, add) = (
        props.on_edit.clone(),
        props.change(|fields, ()| {
            fields.headers.push(Header::default());
            Some(())
        }),
    );
    html! {
        <button type="button" class="chip add" disabled={row >= MAX_HEADERS || props.fields.headers_json.is_some()}
            aria-label={props.language.add_header_name()}
            onclick={move |_| {
                add.emit(());
                on_edit.emit(Some(Editing::Header(row)));
            }}>
            {props.language.add_header()}
        </button>
    }
}

/// What is wrong in fields that are not open now.
fn other_errors(props: &PropertyChipsProps<'_>) -> Html {
    let shown = |error: &&FieldError| {
        Editing::of(error.field).is_some_and(|editing| !props.is_edited(editing))
    };
    html! {
        <div role="status">
            for error in props.errors.iter().filter(shown) {
                <p class="error">{props.language.with_colon(error.field.amqp_name(), &error.why)}</p>
            }
        </div>
    }
}
