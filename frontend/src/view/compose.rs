//! The form of the Send panel: the message, and how often it is sent.

use std::rc::Rc;

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::repeat::RepeatForm;
use crate::{
    browser,
    draft::Prepared,
    outbox::Outgoing,
    repeat::{Mistake, Plan, Typed},
};

/// A message that goes back into the form.
#[derive(Debug, Clone)]
pub(crate) struct Edit {
    /// Counts the clicks on "Edit": the same message may be wanted twice.
    pub(crate) number: u64,
    pub(crate) message: Rc<Outgoing>,
}

impl PartialEq for Edit {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct ComposeProps {
    pub(crate) edit: Option<Edit>,
    /// Whether a repeat makes messages.
    pub(crate) repeating: bool,
    pub(crate) on_send: Callback<Prepared>,
    pub(crate) on_repeat: Callback<(Prepared, Plan)>,
}

pub(crate) enum Msg {
    Send,
    Key(KeyboardEvent),
    Repeat(Typed),
    Start,
}

/// The text lives in the text box alone: a large one is read once, when it is sent.
pub(crate) struct Compose {
    text: NodeRef,
    repeat: Typed,
    mistake: Option<Mistake>,
    on_repeat: Callback<Typed>,
    on_start: Callback<()>,
}

impl Component for Compose {
    type Message = Msg;
    type Properties = ComposeProps;

    fn create(ctx: &Context<Self>) -> Self {
        let scope = ctx.link();
        Self {
            text: NodeRef::default(),
            repeat: Typed::default(),
            mistake: None,
            on_repeat: scope.callback(Msg::Repeat),
            on_start: scope.callback(|()| Msg::Start),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Key(event) => {
                let wanted = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
                // A held key would send dozens.
                if wanted && !event.repeat() {
                    event.prevent_default();
                    self.send(ctx);
                }
                false
            }
            Msg::Send => {
                self.send(ctx);
                false
            }
            Msg::Repeat(typed) => {
                self.mistake = typed.check().err();
                self.repeat = typed;
                true
            }
            Msg::Start => {
                self.start(ctx);
                true
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &ComposeProps) -> bool {
        let props = ctx.props();
        if props.edit != old.edit
            && let Some(edit) = &props.edit
            && let Some(text) = self.text.cast::<HtmlTextAreaElement>()
        {
            text.set_value(&String::from_utf8_lossy(edit.message.body.as_bytes()));
            // A text box that is on the page takes the focus.
            let _ = text.focus();
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let obstacle = if props.repeating {
            Some("A repeat is running".to_owned())
        } else {
            self.mistake.as_ref().map(|_| "Correct the number first".to_owned())
        };
        html! {
            <>
                <label class="label" for="body">{"Message body"}</label>
                <textarea id="body" ref={&self.text} rows="4" spellcheck="false" autocomplete="off"
                    defaultvalue="Hello World!" aria-describedby="send-hint"
                    onkeydown={scope.callback(Msg::Key)} />
                <div class="bar">
                    <button type="button" class="primary" onclick={scope.callback(|_| Msg::Send)}>
                        {"Send"}
                    </button>
                    <span id="send-hint" class="hint">{"Ctrl+Enter sends"}</span>
                </div>
                <RepeatForm typed={self.repeat.clone()} mistake={self.mistake.clone()}
                    can_number={true} {obstacle}
                    on_typed={&self.on_repeat} on_start={&self.on_start} />
            </>
        }
    }
}

impl Compose {
    fn prepared(&self) -> Option<Prepared> {
        let text = self.text.cast::<HtmlTextAreaElement>()?;
        Some(Prepared::text(text.value()))
    }

    fn send(&self, ctx: &Context<Self>) {
        if let Some(message) = self.prepared() {
            ctx.props().on_send.emit(message);
        }
    }

    fn start(&mut self, ctx: &Context<Self>) {
        match (self.repeat.check(), self.prepared()) {
            (Ok(plan), Some(message)) if !ctx.props().repeating => {
                ctx.props().on_repeat.emit((message, plan));
            }
            (Err(mistake), _) => {
                let id = match mistake {
                    Mistake::Total(_) => "repeat-total",
                    Mistake::PerSecond(_) => "repeat-rate",
                };
                self.mistake = Some(mistake);
                browser::focus(id);
            }
            _ => {}
        }
    }
}
