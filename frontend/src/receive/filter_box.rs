//! The filter above the list. "/" goes to it from wherever nothing is being typed.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, InputEvent, KeyboardEvent};
use yew::prelude::*;

use crate::{
    receive::filter::MAX_QUERY,
    ui::browser::{self, Listener},
};

/// Where "/" is a character like any other.
const TYPING: &str =
    "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";

#[derive(Properties, PartialEq)]
pub(crate) struct FilterProps {
    /// How many messages it shows of how many; none while it is empty.
    pub(crate) found: Option<String>,
    pub(crate) on_filter: Callback<String>,
}

pub(crate) enum Msg {
    /// "/" was pressed.
    Slash,
    Input,
    Key(KeyboardEvent),
}

/// The text lives in the input alone.
pub(crate) struct FilterBox {
    input: NodeRef,
    _slash: Option<Listener>,
}

impl Component for FilterBox {
    type Message = Msg;
    type Properties = FilterProps;

    fn create(ctx: &Context<Self>) -> Self {
        let slash = ctx.link().callback(|()| Msg::Slash);
        let listen = move |event: Event| {
            if is_slash(&event) {
                // Else it would be the first character of the filter.
                event.prevent_default();
                slash.emit(());
            }
        };
        let listener = browser::window().and_then(|window| Listener::of(window, "keydown", listen));
        Self { input: NodeRef::default(), _slash: listener }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let Some(input) = self.input.cast::<HtmlInputElement>() else {
            return false;
        };
        match msg {
            Msg::Slash => {
                // An input that is on the page takes the focus.
                let _ = input.focus();
                input.select();
                return false;
            }
            Msg::Key(event) if event.key() == "Escape" && !input.value().is_empty() => {
                event.prevent_default();
                input.set_value("");
            }
            Msg::Key(_) => return false,
            Msg::Input => {}
        }
        ctx.props().on_filter.emit(input.value());
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, props) = (ctx.link(), ctx.props());
        html! {
            <div class="bar filter">
                <input type="search" ref={&self.input} aria-label="Filter" placeholder="Filter ( / )"
                    maxlength={MAX_QUERY.to_string()} autocomplete="off"
                    autocapitalize="off" autocorrect="off" spellcheck="false"
                    aria-keyshortcuts="/" oninput={scope.callback(|_: InputEvent| Msg::Input)}
                    onkeydown={scope.callback(Msg::Key)} />
                if let Some(found) = &props.found {
                    <span class="dim" data-found="">{found}</span>
                }
            </div>
        }
    }
}

fn is_slash(event: &Event) -> bool {
    let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
        return false;
    };
    let typing = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| element.closest(TYPING).is_ok_and(|found| found.is_some()));
    key.key() == "/" && !key.ctrl_key() && !key.meta_key() && !key.alt_key() && !typing
}
