//! The parts of the form: body, properties and headers, repeat.

use yew::prelude::*;

use super::{Compose, ComposeProps};
use crate::send::{
    body_editor::{BodyEditorProps, body_editor},
    draft::{Draft, Field, FieldError},
    property_chips::{PropertyChipsProps, property_chips},
    repeat_form::{RepeatFormProps, repeat_form},
};

impl Compose {
    pub(super) fn body(&self, props: &ComposeProps, errors: &[FieldError]) -> Html {
        let error = |field| errors.iter().find(|error| error.field == field);
        let on = &self.callbacks;
        body_editor(&BodyEditorProps {
            language: props.language,
            text: &self.text,
            grows: self.grows,
            format: self.draft.format,
            line_ends: self.draft.line_ends,
            shows_line_ends: self.shows_line_ends,
            file: &props.file,
            error: error(Field::Body),
            wrong_file: error(Field::File),
            note: self.note.as_deref(),
            on_typed: &on.typed,
            on_paste: &on.paste,
            on_format: &on.format,
            on_line_ends: &on.line_ends,
            on_lay_out: &on.lay_out,
            on_file: &props.on_file,
        })
    }

    pub(super) fn properties(&self, props: &ComposeProps, errors: &[FieldError]) -> Html {
        let on = &self.callbacks;
        let draft = Draft { file: props.file.clone(), ..self.draft.clone() };
        property_chips(&PropertyChipsProps {
            language: props.language,
            fields: &self.draft.fields,
            default_content_type: draft.default_content_type().unwrap_or_default(),
            errors,
            editing: self.editing,
            on_fields: &on.fields,
            on_edit: &on.chip,
        })
    }

    pub(super) fn repeat(&self, props: &ComposeProps, errors: &[FieldError]) -> Html {
        let on = &self.callbacks;
        repeat_form(&RepeatFormProps {
            language: props.language,
            typed: &self.repeat,
            mistake: self.mistake.as_ref(),
            can_number: self.can_number(),
            obstacle: self.obstacle(props, errors),
            on_typed: &on.repeat,
            on_start: &on.start,
        })
    }
}
