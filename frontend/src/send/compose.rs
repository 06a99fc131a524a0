//! The form of the Send panel: the message, and how often it is sent. It owns the draft, so that
//! typing draws this form and nothing else; a text lives in its text box alone and is read when
//! it is needed.

mod checking;
mod parts;
mod pasting;
mod saving;

use std::rc::Rc;

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::{
    send::{
        draft::{
            Attached, Draft, Field, FieldError, Fields, Format, Header, LineEnds, Prepared,
            line_ends::Pasted,
        },
        json,
        property_chips::Editing,
        repeat::{Mistake, Plan, PlanForm, Progress},
    },
    ui::{browser, language::Language},
};

/// A message that goes back into the form.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    /// Counts the clicks on "Edit": the same message may be wanted twice.
    pub(crate) number: u64,
    pub(crate) draft: Rc<Draft>,
    /// What the message had beside that, by name.
    pub(crate) left_out: Vec<String>,
}

impl PartialEq for Edit {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ComposeProps {
    pub(crate) language: Language,
    pub(crate) edit: Option<Edit>,
    pub(crate) file: Attached,
    /// How far the repeat is, where there is or was one.
    pub(crate) repeat: Option<Progress>,
    /// Whether a file is being sent again.
    pub(crate) replays: bool,
    pub(crate) max_body_bytes: Option<usize>,
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
    /// What becomes of what is pasted into the text; the browser puts it in next.
    Paste(Pasted),
    Format(Format),
    LineEnds(LineEnds),
    LayOut,
    Fields(Box<Fields>),
    /// A property or a header is edited, or none any more.
    Chip(Option<Editing>),
    /// Opens or closes the form of the repeat.
    ShowRepeat,
    /// Opens it.
    OpenRepeat,
    Repeat(PlanForm),
    Saving(saving::Msg),
    /// Whether "Send" fills placeholders in.
    Fills(bool),
}

pub(crate) struct Compose {
    text: NodeRef,
    editing: Option<Editing>,
    /// What the page did to a text that was pasted.
    note: Option<String>,
    /// What the message that is edited had and the form has not.
    left_out: Vec<String>,
    /// The next change of the text is that of a paste which the note is about.
    pastes: bool,
    /// Other line ends than LF were pasted: they can be chosen from then on.
    shows_line_ends: bool,
    /// All but the text and the file.
    draft: Draft,
    /// Whether the text box grows with its text.
    grows: bool,
    /// What is wrong with the text for the repeat, which may number it.
    wrong_text: Option<FieldError>,
    /// What was wrong with the text or the file when it was last to be sent, until they change.
    refused: Option<FieldError>,
    /// Whether something was to be sent and could not: what is missing is said from then on.
    tried: bool,
    shows_repeat: bool,
    repeat: PlanForm,
    mistake: Option<Mistake>,
    saving: saving::Saving,
    /// Messages that were sent with placeholders filled in, since they are.
    filled: u64,
    /// What gets the focus once it is drawn.
    focus: Option<String>,
    callbacks: Callbacks,
}

/// Made once: a new callback would make every group draw itself again.
struct Callbacks {
    key: Callback<KeyboardEvent>,
    typed: Callback<()>,
    paste: Callback<Pasted>,
    format: Callback<Format>,
    line_ends: Callback<LineEnds>,
    lay_out: Callback<()>,
    fields: Callback<Fields>,
    chip: Callback<Option<Editing>>,
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
            editing: None,
            note: None,
            left_out: Vec::new(),
            pastes: false,
            shows_line_ends: false,
            draft: Draft::default(),
            grows: true,
            wrong_text: None,
            refused: None,
            tried: false,
            shows_repeat: false,
            repeat: PlanForm::default(),
            mistake: None,
            saving: saving::Saving::default(),
            filled: 0,
            focus: None,
            callbacks: Callbacks {
                key: scope.callback(Msg::Key),
                typed: scope.callback(|()| Msg::Typed),
                paste: scope.callback(Msg::Paste),
                format: scope.callback(Msg::Format),
                line_ends: scope.callback(Msg::LineEnds),
                lay_out: scope.callback(|()| Msg::LayOut),
                fields: scope.callback(|fields| Msg::Fields(Box::new(fields))),
                chip: scope.callback(Msg::Chip),
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
            Msg::Typed => {
                // That of the paste itself does not count.
                let noted = !std::mem::take(&mut self.pastes) && self.note.take().is_some();
                self.check_text(ctx) || noted
            }
            Msg::Paste(pasted) => self.paste(ctx, pasted),
            Msg::Format(format) => {
                self.draft.format = format;
                self.check_text(ctx);
                true
            }
            Msg::LineEnds(line_ends) => {
                self.draft.line_ends = line_ends;
                true
            }
            Msg::LayOut => {
                if let (Some(text), Ok(laid_out)) =
                    (self.text.cast::<HtmlTextAreaElement>(), json::indent(&self.text()))
                {
                    text.set_value(&laid_out);
                }
                self.check_text(ctx);
                true
            }
            Msg::Fields(fields) => {
                self.draft.fields = *fields;
                true
            }
            Msg::Chip(editing) => {
                // A header that was begun and left is none.
                let headers = &mut self.draft.fields.headers;
                let begun = |header: &Header| header.name.is_empty() && header.value.is_empty();
                self.editing = match editing {
                    Some(Editing::Header(row)) => {
                        let before =
                            headers.iter().take(row).filter(|header| begun(header)).count();
                        let mut at = 0..;
                        headers.retain(|header| at.next() == Some(row) || !begun(header));
                        Some(Editing::Header(row - before))
                    }
                    other => {
                        headers.retain(|header| !begun(header));
                        other
                    }
                };
                self.focus = self.editing.map(Editing::id);
                true
            }
            Msg::ShowRepeat => {
                self.shows_repeat = !self.shows_repeat;
                self.focus = self.shows_repeat.then(|| "repeat-total".to_owned());
                true
            }
            Msg::OpenRepeat => {
                self.shows_repeat = true;
                self.focus = Some("repeat-total".to_owned());
                true
            }
            Msg::Saving(msg) => self.on_saving(ctx, msg),
            Msg::Fills(fills) => {
                self.draft.fills = Some(fills);
                self.check_text(ctx);
                true
            }
            Msg::Repeat(typed) => {
                let numbered = typed.numbered != self.repeat.numbered;
                self.mistake = typed.check(ctx.props().language).err();
                self.repeat = typed;
                if numbered {
                    self.check_text(ctx);
                }
                true
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ComposeProps) -> bool {
        let props = ctx.props();
        if props.language != old.language {
            self.mistake = self.repeat.check(props.language).err();
            self.check_text(ctx);
        }
        if props.edit != old.edit
            && let Some(edit) = &props.edit
        {
            self.draft =
                Draft { text: String::new(), file: Attached::Nothing, ..(*edit.draft).clone() };
            if let Some(text) = self.text.cast::<HtmlTextAreaElement>() {
                text.set_value(&edit.draft.text);
            }
            (self.tried, self.filled) = (false, 0);
            self.editing = None;
            self.note = None;
            self.left_out.clone_from(&edit.left_out);
            self.shows_line_ends = self.draft.line_ends != LineEnds::default();
            self.check_text(ctx);
            let field = if self.draft.format == Format::File { Field::File } else { Field::Body };
            self.focus = Some(field.id());
        } else if props.file != old.file {
            if !matches!(old.file, Attached::Reading { .. }) {
                // A file that was dropped on a text is what is to be sent.
                self.draft.format = Format::File;
            }
            self.check_text(ctx);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props, on) = (ctx.link(), ctx.props(), &self.callbacks);
        let language = props.language;
        let mut errors = self.draft.wrong_fields(language);
        errors.extend(self.refused.as_ref().or(self.wrong_text.as_ref()).cloned());
        errors.retain(|error| self.tried || !error.missing);
        html! {
            <div class="compose">
                <div class="compose" onkeydown={&on.key}>
                    {self.body(props, &errors)}
                    {self.properties(props, &errors)}
                    if !self.left_out.is_empty() {
                        <p class="note" role="status">{language.copy_leaves_out(&self.left_out)}</p>
                    }
                    <div class="line">
                        <span class="split">
                            <button type="button" class="primary" onclick={scope.callback(|_| Msg::Send)}>
                                {language.send()}
                            </button>
                            {self.send_menu(ctx, language)}
                        </span>
                        <kbd aria-hidden="true">{"Ctrl ⏎"}</kbd>
                        <span id="send-hint" class="unseen">{language.send_hint()}</span>
                        <span class="space"></span>
                        <button type="button" aria-expanded={self.shows_repeat.to_string()}
                            onclick={scope.callback(|_| Msg::ShowRepeat)}>
                            {language.repeat_open()}
                        </button>
                    </div>
                </div>
                {self.fills_choice(ctx, language)}
                {self.save_form(ctx, language)}
                if self.shows_repeat {
                    {self.repeat(props, &errors)}
                }
            </div>
        }
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(id) = self.focus.take() {
            browser::focus(&id);
        }
    }
}
