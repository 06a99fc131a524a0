//! What is wrong with the form, and what becomes of it when it is sent.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::{Compose, ComposeProps, Editing};
use crate::{
    send::{
        draft::{Attached, Draft, FieldError, Format, Prepared},
        placeholders::{Template, Values},
    },
    ui::browser,
};

/// Longer texts are not checked with each key, which would be felt, but when they are sent.
const MAX_LIVE_UNITS: u32 = 256 * 1024;

/// The text box grows with a text of so many UTF-16 units at most: the browser lays all of it out
/// with each drawing then, which made messages of 1 MiB three times as slow.
const MAX_GROWING_UNITS: u32 = 8 * 1024;

impl Compose {
    pub(super) fn text(&self) -> String {
        self.text.cast::<HtmlTextAreaElement>().map(|text| text.value()).unwrap_or_default()
    }

    pub(super) fn can_number(&self) -> bool {
        matches!(self.draft.format, Format::Text | Format::Json)
    }

    /// Whether "Send" fills placeholders in.
    pub(super) fn fills(&self) -> bool {
        self.draft.fills == Some(true) && self.can_number()
    }

    /// Why a repeat cannot be started.
    pub(super) fn obstacle(
        &self,
        props: &ComposeProps,
        errors: &[FieldError],
    ) -> Option<&'static str> {
        // Not what was refused: a text that is only right once it is numbered can be started.
        let wrong_body = if self.draft.format == Format::File {
            matches!(props.file, Attached::Failed { .. })
        } else {
            self.wrong_text.is_some()
        };
        let wrong = wrong_body || errors.iter().any(|error| error.field.is_property());
        if props.repeat.is_some_and(|progress| progress.run.is_making()) {
            Some(props.language.repeat_runs())
        } else if props.replays {
            Some(props.language.replay_runs())
        } else if self.mistake.is_some() {
            Some(props.language.correct_number())
        } else {
            wrong.then(|| props.language.correct_message())
        }
    }

    /// Checks the text as it stands, where its format asks for that; says whether the answer is
    /// another one than before.
    pub(super) fn check_text(&mut self, ctx: &Context<Self>) -> bool {
        let checked = matches!(self.draft.format, Format::Json | Format::Base64);
        let units = self.text.cast::<HtmlTextAreaElement>().map_or(0, |text| text.text_length());
        let short = units <= MAX_LIVE_UNITS;
        let grows = units <= MAX_GROWING_UNITS;
        let wrong = if checked && short {
            let language = ctx.props().language;
            let filled = self.repeat.numbered || self.fills();
            Draft::wrong_text(self.draft.format, &self.text(), filled, language)
        } else {
            None
        };
        let differs =
            self.refused.take().is_some() || wrong != self.wrong_text || grows != self.grows;
        (self.wrong_text, self.grows) = (wrong, grows);
        differs
    }

    /// The message, unless something is wrong; then that is said, and gets the focus.
    pub(super) fn prepared(&mut self, ctx: &Context<Self>, numbered: bool) -> Option<Prepared> {
        let props = ctx.props();
        let draft = Draft { text: self.text(), file: props.file.clone(), ..self.draft.clone() };
        let errors = match draft.check(props.max_body_bytes, numbered, props.language) {
            Ok(message) => {
                self.tried = false;
                self.refused = None;
                return Some(message);
            }
            Err(errors) => errors,
        };
        self.tried = true;
        self.refused = errors.iter().find(|error| !error.field.is_property()).cloned();
        if let Some(first) = errors.first() {
            if let Some(editing) = Editing::of(first.field) {
                self.editing = Some(editing);
            }
            self.focus = Some(first.field.id());
        }
        None
    }

    pub(super) fn send(&mut self, ctx: &Context<Self>) -> bool {
        let fills = self.fills();
        if let Some(mut message) = self.prepared(ctx, fills) {
            self.left_out.clear();
            if fills {
                self.filled += 1;
                let (uuid, now_ms) = (browser::uuid(), browser::now_ms());
                let values = Values { number: self.filled, uuid: &uuid, now_ms };
                message = Template::of(message).fill(values);
            }
            ctx.props().on_send.emit(message);
        }
        true
    }

    pub(super) fn start(&mut self, ctx: &Context<Self>) -> bool {
        let mut plan = match self.repeat.check(ctx.props().language) {
            Ok(plan) => plan,
            Err(mistake) => {
                self.focus = Some(mistake.id().to_owned());
                self.mistake = Some(mistake);
                return true;
            }
        };
        plan.numbered &= self.can_number();
        if let Some(message) = self.prepared(ctx, plan.numbered) {
            ctx.props().on_repeat.emit((message, plan));
        }
        true
    }
}
