//! The Send panel: the body to send, and what was sent.

use std::rc::Rc;

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::sent_list::SentList;
use crate::{
    outbox::{Outgoing, Row, Totals},
    status::plural,
};

/// A message that goes back into the text box.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Counts the clicks on "Edit": the same message may be wanted twice.
    pub(crate) edits: u64,
    pub(crate) message: Rc<Outgoing>,
}

impl PartialEq for Draft {
    fn eq(&self, other: &Self) -> bool {
        self.edits == other.edits
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SendProps {
    /// Why the last send was refused.
    pub(crate) refusal: Option<String>,
    pub(crate) draft: Option<Draft>,
    pub(crate) rows: Vec<Row>,
    pub(crate) totals: Totals,
    /// Whether what is sent now goes out now.
    pub(crate) sends: bool,
    /// Unconfirmed messages that a reload would lose.
    pub(crate) unsaved: usize,
    pub(crate) on_send: Callback<String>,
    pub(crate) on_again: Callback<u64>,
    pub(crate) on_edit: Callback<u64>,
}

pub(crate) enum Msg {
    Send,
    Key(KeyboardEvent),
}

/// The text lives in the text box alone: a large one is read once, when it is sent.
pub(crate) struct SendPanel {
    text: NodeRef,
}

impl Component for SendPanel {
    type Message = Msg;
    type Properties = SendProps;

    fn create(_: &Context<Self>) -> Self {
        Self { text: NodeRef::default() }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        if let Msg::Key(event) = msg {
            let wanted = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
            // A held key would send dozens.
            if !wanted || event.repeat() {
                return false;
            }
            event.prevent_default();
        }
        if let Some(text) = self.text.cast::<HtmlTextAreaElement>() {
            ctx.props().on_send.emit(text.value());
        }
        false
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &SendProps) -> bool {
        let props = ctx.props();
        if props.draft != old.draft
            && let Some(draft) = &props.draft
            && let Some(text) = self.text.cast::<HtmlTextAreaElement>()
        {
            text.set_value(&String::from_utf8_lossy(draft.message.body.as_bytes()));
            // A text box that is on the page takes the focus.
            let _ = text.focus();
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        html! {
            <section class="panel" aria-labelledby="send-title">
                <div class="bar"><h2 id="send-title">{"Send"}</h2></div>
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
                if let Some(refusal) = &props.refusal {
                    <p class="error" role="alert">{refusal}</p>
                }
                {notes(props)}
                <SentList rows={props.rows.clone()} totals={props.totals}
                    on_again={&props.on_again} on_edit={&props.on_edit} />
            </section>
        }
    }
}

/// What the user should know about messages that are not through.
fn notes(props: &SendProps) -> Html {
    let count = |number: usize| plural(number as u64, "message", "messages");
    let totals = &props.totals;
    let waiting = (!props.sends && totals.queued > 0).then(|| {
        let waits = if totals.queued == 1 { "waits" } else { "wait" };
        format!("{} {waits} here until the broker takes them.", count(totals.queued))
    });
    let unsaved = (props.unsaved > 0).then(|| {
        format!(
            "This browser cannot keep {} over a reload: leave the tab open.",
            count(props.unsaved)
        )
    });
    let forgotten = (totals.forgotten > 0).then(|| {
        let failed = plural(totals.forgotten, "failed message is", "failed messages are");
        format!("{failed} no longer listed.")
    });
    html! {
        <div role="status">
            for note in [waiting, unsaved, forgotten].into_iter().flatten() {
                <p class="note">{note}</p>
            }
        </div>
    }
}
