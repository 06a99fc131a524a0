//! The form of the Send panel: the message, and how often it is sent. It owns the draft, so that
//! typing draws this form and nothing else; a text lives in its text box alone and is read when
//! it is needed.

use std::rc::Rc;

use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::{
    send::{
        body_editor::BodyField,
        draft::{Attached, Draft, Field, FieldError, Fields, Format, Prepared},
        json,
        properties_form::PropertiesGroup,
        repeat::{Mistake, Plan, PlanForm},
        repeat_form::RepeatForm,
    },
    ui::{browser, choice::queue_choice},
};

/// Longer texts are not checked with each key, which would be felt, but when they are sent.
const MAX_LIVE_UNITS: u32 = 256 * 1024;

/// A message that goes back into the form.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    /// Counts the clicks on "Edit": the same message may be wanted twice.
    pub(crate) number: u64,
    pub(crate) draft: Rc<Draft>,
}

impl PartialEq for Edit {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ComposeProps {
    pub(crate) edit: Option<Edit>,
    pub(crate) file: Attached,
    /// Whether a repeat makes messages.
    pub(crate) repeating: bool,
    pub(crate) max_body_bytes: Option<usize>,
    pub(crate) queues: Rc<[String]>,
    pub(crate) queue: Option<String>,
    pub(crate) on_queue: Callback<String>,
    pub(crate) on_file: Callback<web_sys::File>,
    pub(crate) on_send: Callback<Prepared>,
    pub(crate) on_repeat: Callback<(Prepared, Plan)>,
}

pub(crate) enum Msg {
    Send,
    Start,
    Key(KeyboardEvent),
    /// The text has changed.
    Typed,
    Format(Format),
    LayOut,
    Fields(Box<Fields>),
    Repeat(PlanForm),
}

pub(crate) struct Compose {
    text: NodeRef,
    /// The group "Properties", to be opened where something in it is wrong.
    properties: NodeRef,
    /// All but the text and the file.
    draft: Draft,
    /// What is wrong with the text for the repeat, which may number it.
    wrong_text: Option<FieldError>,
    /// What was wrong with the text or the file when it was last to be sent, until they change.
    refused: Option<FieldError>,
    /// Whether something was to be sent and could not: what is missing is said from then on.
    tried: bool,
    repeat: PlanForm,
    mistake: Option<Mistake>,
    /// What gets the focus once it is drawn.
    focus: Option<String>,
    callbacks: Callbacks,
}

/// Made once: a new callback would make every group draw itself again.
struct Callbacks {
    key: Callback<KeyboardEvent>,
    typed: Callback<()>,
    format: Callback<Format>,
    lay_out: Callback<()>,
    fields: Callback<Fields>,
    repeat: Callback<PlanForm>,
    start: Callback<()>,
}

impl Component for Compose {
    type Message = Msg;
    type Properties = ComposeProps;

    fn create(ctx: &Context<Self>) -> Self {
        let scope = ctx.link();
        Self {
            text: NodeRef::default(),
            properties: NodeRef::default(),
            draft: Draft::default(),
            wrong_text: None,
            refused: None,
            tried: false,
            repeat: PlanForm::default(),
            mistake: None,
            focus: None,
            callbacks: Callbacks {
                key: scope.callback(Msg::Key),
                typed: scope.callback(|()| Msg::Typed),
                format: scope.callback(Msg::Format),
                lay_out: scope.callback(|()| Msg::LayOut),
                fields: scope.callback(|fields| Msg::Fields(Box::new(fields))),
                repeat: scope.callback(Msg::Repeat),
                start: scope.callback(|()| Msg::Start),
            },
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Key(event) => {
                let wanted = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
                // A held key would send dozens; Enter ends what an input method composes.
                if !wanted || event.repeat() || event.is_composing() {
                    return false;
                }
                event.prevent_default();
                self.send(ctx)
            }
            Msg::Send => self.send(ctx),
            Msg::Start => self.start(ctx),
            Msg::Typed => self.check_text(),
            Msg::Format(format) => {
                self.draft.format = format;
                self.check_text();
                true
            }
            Msg::LayOut => {
                if let (Some(text), Ok(laid_out)) =
                    (self.text.cast::<HtmlTextAreaElement>(), json::indent(&self.text()))
                {
                    text.set_value(&laid_out);
                }
                self.check_text();
                true
            }
            Msg::Fields(fields) => {
                self.draft.fields = *fields;
                true
            }
            Msg::Repeat(typed) => {
                let numbered = typed.numbered != self.repeat.numbered;
                self.mistake = typed.check().err();
                self.repeat = typed;
                if numbered {
                    self.check_text();
                }
                true
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ComposeProps) -> bool {
        let props = ctx.props();
        if props.edit != old.edit
            && let Some(edit) = &props.edit
        {
            self.draft =
                Draft { text: String::new(), file: Attached::Nothing, ..(*edit.draft).clone() };
            if let Some(text) = self.text.cast::<HtmlTextAreaElement>() {
                text.set_value(&edit.draft.text);
            }
            self.tried = false;
            self.check_text();
            let field = if self.draft.format == Format::File { Field::File } else { Field::Body };
            self.focus = Some(field.id());
        } else if props.file != old.file {
            if !matches!(old.file, Attached::Reading { .. }) {
                // A file that was dropped on a text is what is to be sent.
                self.draft.format = Format::File;
            }
            self.check_text();
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props, on) = (ctx.link(), ctx.props(), &self.callbacks);
        let mut errors = self.draft.wrong_fields();
        errors.extend(self.refused.as_ref().or(self.wrong_text.as_ref()).cloned());
        errors.retain(|error| self.tried || !error.missing);
        let error = |field| errors.iter().find(|error| error.field == field).cloned();
        // Not what was refused: a text that is only right once it is numbered can be started.
        let wrong_body = if self.draft.format == Format::File {
            matches!(props.file, Attached::Failed { .. })
        } else {
            self.wrong_text.is_some()
        };
        let wrong = wrong_body || errors.iter().any(|error| error.field.is_property());
        let obstacle = if props.repeating {
            Some("A repeat is running")
        } else if self.mistake.is_some() {
            Some("First correct the number above")
        } else if wrong {
            Some("First correct the message above")
        } else {
            None
        };
        let draft = Draft { file: props.file.clone(), ..self.draft.clone() };
        let default_content_type = draft.default_content_type().unwrap_or_default().to_owned();
        html! {
            <div class="compose">
                <div class="compose" onkeydown={&on.key}>
                if props.queues.len() > 1 {
                    {queue_choice("send-queue", "Send to", &props.queues, props.queue.as_ref(), &props.on_queue)}
                }
                <BodyField text={&self.text} format={self.draft.format} file={props.file.clone()}
                    error={error(Field::Body)} wrong_file={error(Field::File)}
                    on_typed={&on.typed} on_format={&on.format}
                    on_lay_out={&on.lay_out} on_file={&props.on_file} />
                <div class="bar">
                    <button type="button" class="primary" onclick={scope.callback(|_| Msg::Send)}>
                        {"Send"}
                    </button>
                    <span id="send-hint" class="hint">{"Ctrl+Enter or ⌘+Enter sends"}</span>
                </div>
                <PropertiesGroup node={&self.properties} fields={self.draft.fields.clone()}
                    {default_content_type} {errors} on_fields={&on.fields} />
                </div>
                <RepeatForm typed={self.repeat.clone()} mistake={self.mistake.clone()}
                    can_number={self.can_number()}
                    obstacle={obstacle.map(str::to_owned)}
                    on_typed={&on.repeat} on_start={&on.start} />
            </div>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(id) = self.focus.take() {
            browser::focus(&id);
        }
    }
}

impl Compose {
    fn text(&self) -> String {
        self.text.cast::<HtmlTextAreaElement>().map(|text| text.value()).unwrap_or_default()
    }

    fn can_number(&self) -> bool {
        matches!(self.draft.format, Format::Text | Format::Json)
    }

    /// Checks the text as it stands, where its format asks for that; says whether the answer is
    /// another one than before.
    fn check_text(&mut self) -> bool {
        let checked = matches!(self.draft.format, Format::Json | Format::Base64);
        let short = self
            .text
            .cast::<HtmlTextAreaElement>()
            .is_some_and(|text| text.text_length() <= MAX_LIVE_UNITS);
        let wrong = if checked && short {
            Draft::wrong_text(self.draft.format, &self.text(), self.repeat.numbered)
        } else {
            None
        };
        let differs = self.refused.take().is_some() || wrong != self.wrong_text;
        self.wrong_text = wrong;
        differs
    }

    /// The message, unless something is wrong; then that is said, and gets the focus.
    fn prepared(&mut self, ctx: &Context<Self>, numbered: bool) -> Option<Prepared> {
        let props = ctx.props();
        let draft = Draft { text: self.text(), file: props.file.clone(), ..self.draft.clone() };
        let errors = match draft.check(props.max_body_bytes, numbered) {
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
            if first.field.is_property()
                && let Some(group) = self.properties.cast::<HtmlElement>()
            {
                // The name is valid.
                let _ = group.set_attribute("open", "");
            }
            self.focus = Some(first.field.id());
        }
        None
    }

    fn send(&mut self, ctx: &Context<Self>) -> bool {
        if let Some(message) = self.prepared(ctx, false) {
            ctx.props().on_send.emit(message);
        }
        true
    }

    fn start(&mut self, ctx: &Context<Self>) -> bool {
        let mut plan = match self.repeat.check() {
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
