//! The chosen message in full: its body in one of several forms, and everything else it brought.

use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::{
    receive::{
        body_view::{Form, Shown, pieces, show},
        inbox::Row,
        message_details::{self, DetailRow},
        status::near_limit,
    },
    ui::number::{grouped, plural},
};

#[derive(Properties, PartialEq)]
pub(crate) struct DetailsProps {
    pub(crate) row: Row,
    /// Whether it is still in the list.
    pub(crate) kept: bool,
    /// What became of the last "Copy" or "Save".
    pub(crate) feedback: Option<AttrValue>,
    pub(crate) on_copy: Callback<(u64, Form)>,
    pub(crate) on_save: Callback<u64>,
    pub(crate) on_again: Callback<u64>,
    pub(crate) on_close: Callback<()>,
}

pub(crate) enum Msg {
    Form(Form),
    Copy,
}

/// What is shown of the body is made once for each message and form, not with each drawing.
pub(crate) struct Details {
    form: Form,
    shown: Result<Shown, String>,
}

impl Component for Details {
    type Message = Msg;
    type Properties = DetailsProps;

    fn create(ctx: &Context<Self>) -> Self {
        let form = Form::default();
        Self { form, shown: show(&ctx.props().row.message.body, form) }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let props = ctx.props();
        match msg {
            Msg::Form(form) => {
                self.form = form;
                self.shown = show(&props.row.message.body, form);
                true
            }
            Msg::Copy => {
                props.on_copy.emit((props.row.message.number, self.form));
                false
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &DetailsProps) -> bool {
        let (row, old) = (&ctx.props().row, &old.row);
        if row.message.number != old.message.number {
            self.shown = show(&row.message.body, self.form);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        let message = &*props.row.message;
        let number = message.number;
        let on_close = props.on_close.clone();
        let onkeydown = Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.prevent_default();
                event.stop_propagation();
                on_close.emit(());
            }
        });
        let button = |name: &'static str, callback: &Callback<u64>| {
            let onclick = callback.reform(move |_| number);
            html! { <button type="button" class="small" {onclick}>{name}</button> }
        };
        html! {
            <section class="details" aria-label="Details" {onkeydown}>
                <div class="bar">
                    <h3 aria-live="polite">{"Message "}{grouped(number)}</h3>
                    <span class="end bar">
                        <button type="button" class="small" onclick={scope.callback(|_| Msg::Copy)}>
                            {"Copy"}
                        </button>
                        {button("Save", &props.on_save)}
                        {button("Send again", &props.on_again)}
                        <button type="button" class="small quiet"
                            onclick={props.on_close.reform(|_| ())}>
                            {"Close"}
                        </button>
                    </span>
                </div>
                <div role="status">
                    if let Some(feedback) = &props.feedback {
                        <p class="note">{feedback}</p>
                    }
                    if let Some(warning) = message.returned.and_then(near_limit) {
                        <p class="note warn">{warning}</p>
                    }
                    if !props.kept {
                        <p class="note">{"This message is no longer in the list."}</p>
                    }
                </div>
                <div class="choices" role="radiogroup" aria-label="Show body as">
                    for form in Form::ALL {
                        <label class="choice" key={form.name()}>
                            <input type="radio" name="form" checked={self.form == form}
                                onchange={scope.callback(move |_| Msg::Form(form))} />
                            {form.name()}
                        </label>
                    }
                </div>
                <div class="contents">
                    <div>{self.body(message.preview.bytes)}</div>
                    // It may have to be scrolled, by keyboard too.
                    <div tabindex="0" role="group" aria-label="Delivery, properties, headers">
                        <DetailRows row={props.row.clone()} />
                    </div>
                </div>
            </section>
        }
    }
}

impl Details {
    fn body(&self, bytes: usize) -> Html {
        let shown = match &self.shown {
            Ok(shown) => shown,
            Err(why) => return html! { <p class="note">{why}</p> },
        };
        if bytes == 0 {
            return html! { <p class="note">{"The body is empty."}</p> };
        }
        // A line of hex is of one width and is not broken.
        let class = classes!("content", (self.form == Form::Hex).then_some("fixed"));
        html! {
            <>
                if let Some(note) = shown.note(bytes) {
                    <p class="note">{note}</p>
                }
                <pre {class} dir="auto" tabindex="0" role="group" aria-label="Body">
                    for piece in pieces(&shown.text) {
                        <span class="piece">{piece.to_owned()}</span>
                    }
                </pre>
            </>
        }
    }
}

#[derive(Properties, PartialEq)]
struct DetailRowsProps {
    row: Row,
}

/// Everything beside the body; drawn anew only when the message or its acknowledgement changes.
#[component]
fn DetailRows(props: &DetailRowsProps) -> Html {
    let message = &*props.row.message;
    let (headers, more) = message_details::headers(&message.properties);
    html! {
        <>
            {table("Delivery", &message_details::delivery(message))}
            {table("Properties", &message_details::properties(&message.properties))}
            {table("Headers", &headers)}
            if more > 0 {
                <p class="note">{"and "}{plural(more as u64, "more header", "more headers")}</p>
            }
        </>
    }
}

fn table(name: &'static str, rows: &[DetailRow]) -> Html {
    if rows.is_empty() {
        return html! { <p class="note">{"No "}{name.to_lowercase()}</p> };
    }
    html! {
        <>
            <h4>{name}</h4>
            <dl class="facts">
                for row in rows {
                    <dt dir="auto">{&row.name}</dt>
                    <dd>
                        <bdi>{&row.value}</bdi>
                        if !row.kind.is_empty() {
                            {" "}<span class="kind">{row.kind}</span>
                        }
                    </dd>
                }
            </dl>
        </>
    }
}
