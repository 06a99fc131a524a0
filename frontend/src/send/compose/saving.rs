//! The menu beside "Send", and the message of the form saved under a name.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{Compose, Msg as ComposeMsg};
use crate::{
    send::{
        draft::Format,
        saved::{MAX_NAME, SavedError},
        saved_menu::{store, stored},
    },
    ui::{language::Language, menu},
};

pub(crate) enum Msg {
    Open,
    Typed(String),
    Save,
    Close,
}

/// A message that is about to be saved, or was.
#[derive(Default)]
pub(super) struct Saving {
    /// The name as typed, while it is asked for.
    name: Option<String>,
    /// Another message has it.
    taken: bool,
    /// What became of it; its name where it is saved.
    done: Option<Result<String, SavedError>>,
}

impl Compose {
    pub(super) fn on_saving(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Open => {
                self.saving = Saving { name: Some(String::new()), ..Saving::default() };
                self.focus = Some("save-as".to_owned());
            }
            Msg::Typed(name) => {
                let taken = stored().is_ok_and(|saved| saved.get(name.trim()).is_some());
                self.saving = Saving { name: Some(name), taken, done: None };
            }
            Msg::Save => {
                // Whatever is to be filled in is saved as it is written.
                let Some((name, message)) = self.saving.name.clone().zip(self.prepared(ctx, true))
                else {
                    return true;
                };
                let json = self.draft.format == Format::Json;
                let saved = stored().and_then(|saved| saved.save(&name, json, message));
                match saved.and_then(|saved| store(&saved)) {
                    Ok(()) => {
                        let done = Some(Ok(name.trim().to_owned()));
                        self.saving = Saving { done, ..Saving::default() };
                        self.focus = Some("body".to_owned());
                    }
                    Err(error) => self.saving.done = Some(Err(error)),
                }
            }
            Msg::Close => self.saving = Saving::default(),
        }
        true
    }

    pub(super) fn send_menu(&self, ctx: &Context<Self>, language: Language) -> Html {
        let scope = ctx.link();
        let item = |name: &'static str, msg: fn() -> ComposeMsg| {
            let onclick = scope.callback(move |event: MouseEvent| {
                menu::close(&event);
                msg()
            });
            html! { <button type="button" class="quiet fill" {onclick}>{name}</button> }
        };
        let content = html! {
            <>
                {item(language.send_many(), || ComposeMsg::OpenRepeat)}
                {item(language.save_as(), || ComposeMsg::Saving(Msg::Open))}
            </>
        };
        menu::menu(language.more_ways_to_send(), html! { "▾" }, Callback::noop(), content)
    }

    /// Whether "Send" fills in what the saved message has of that, where it has.
    pub(super) fn fills_choice(&self, ctx: &Context<Self>, language: Language) -> Html {
        let Some(fills) = self.draft.fills.filter(|_| self.can_number()) else {
            return Html::default();
        };
        let oninput = ctx.link().batch_callback(|event: InputEvent| {
            let input: HtmlInputElement = event.target_dyn_into()?;
            Some(ComposeMsg::Fills(input.checked()))
        });
        html! {
            <label class="choice" title={language.number_hint()}>
                <input type="checkbox" checked={fills} {oninput} />
                {language.fill_in()}
            </label>
        }
    }

    pub(super) fn save_form(&self, ctx: &Context<Self>, language: Language) -> Html {
        let scope = ctx.link();
        let on = scope.callback(ComposeMsg::Saving);
        let form = self.saving.name.as_ref().map(|name| {
            let oninput = on.reform(|event: InputEvent| {
                let input = event.target_dyn_into::<HtmlInputElement>();
                Msg::Typed(input.map(|input| input.value()).unwrap_or_default())
            });
            let onsubmit = on.reform(|event: SubmitEvent| {
                event.prevent_default();
                Msg::Save
            });
            let onkeydown = on.clone();
            let onkeydown = move |event: KeyboardEvent| {
                if event.key() == "Escape" && !event.is_composing() {
                    event.prevent_default();
                    event.stop_propagation();
                    onkeydown.emit(Msg::Close);
                }
            };
            let save = if self.saving.taken { language.replace() } else { language.save() };
            html! {
                <form class="line save-as" {onsubmit} {onkeydown}>
                    <input id="save-as" type="text" value={name.clone()} {oninput}
                        maxlength={MAX_NAME.to_string()} aria-label={language.save_as_name()}
                        placeholder={language.save_as_name()} autocomplete="off" />
                    <button type="submit">{save}</button>
                    <button type="button" class="quiet" onclick={on.reform(|_| Msg::Close)}>
                        {language.cancel()}
                    </button>
                </form>
            }
        });
        let words = match &self.saving.done {
            Some(Ok(name)) => html! { <p class="note">{language.message_saved(name)}</p> },
            Some(Err(error)) => html! { <p class="error">{error.words(language)}</p> },
            None => Html::default(),
        };
        html! {
            <>
                {form}
                <div role="status">{words}</div>
            </>
        }
    }
}
