//! The menu "Saved": named messages of this browser, to fill the form from, and their file.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    send::{
        draft::Draft,
        saved::{MAX_FILE_BYTES, SavedError, SavedMessages},
    },
    ui::{
        browser::{self, FileReading},
        files::{File, Saved},
        language::Language,
        menu,
        utc::utc,
    },
};

/// Where the browser keeps them.
const SAVED_KEY: &str = "warren.saved-messages";

/// The field for a file that is sent again.
pub(crate) const REPLAY_ID: &str = "replay-file";

/// What the browser keeps now: another tab may have changed it.
pub(super) fn stored() -> Result<SavedMessages, SavedError> {
    let kept = browser::remembered(browser::local_storage(), SAVED_KEY);
    SavedMessages::restore(kept.as_deref())
}

/// Lets the browser keep these.
pub(super) fn store(saved: &SavedMessages) -> Result<(), SavedError> {
    let kept = browser::remember(browser::local_storage(), SAVED_KEY, &saved.keep());
    if kept { Ok(()) } else { Err(SavedError::NotKept) }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SavedMenuProps {
    pub(crate) language: Language,
    pub(crate) on_fill: Callback<Draft>,
    /// An exported file is to be sent again.
    pub(crate) on_replay: Callback<web_sys::File>,
}

pub(crate) enum Msg {
    Opened,
    Fill(String),
    /// The name of one is edited: which, and as typed.
    Renaming(String, String),
    Rename,
    /// Whether one is to be deleted is asked.
    Deleting(String),
    Delete,
    /// Neither is wanted any more.
    Leave,
    Export,
    Import(web_sys::File),
    Imported(Option<Vec<u8>>),
}

/// What is done with one of them.
enum Doing {
    Renaming { name: String, typed: String },
    Deleting(String),
}

pub(crate) struct SavedMenu {
    saved: Result<SavedMessages, SavedError>,
    doing: Option<Doing>,
    /// What became of what was done last.
    done: Option<Result<String, SavedError>>,
    reading: Option<FileReading>,
    _exported: Option<Saved>,
    focus: Option<&'static str>,
}

impl Component for SavedMenu {
    type Message = Msg;
    type Properties = SavedMenuProps;

    fn create(_: &Context<Self>) -> Self {
        let saved = Ok(SavedMessages::default());
        Self { saved, doing: None, done: None, reading: None, _exported: None, focus: None }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let language = ctx.props().language;
        // Before anything is changed, so that nothing of another tab's is lost; not with each key.
        if !matches!(msg, Msg::Renaming(..)) {
            self.saved = stored();
        }
        match msg {
            Msg::Opened => (self.doing, self.done) = (None, None),
            Msg::Fill(name) => {
                if let Some(saved) = self.saved.as_ref().ok().and_then(|saved| saved.get(&name)) {
                    ctx.props().on_fill.emit(saved.draft(language));
                }
            }
            Msg::Renaming(name, typed) => {
                if !matches!(self.doing, Some(Doing::Renaming { .. })) {
                    self.focus = Some("saved-name");
                }
                self.doing = Some(Doing::Renaming { name, typed });
            }
            Msg::Deleting(name) => {
                self.doing = Some(Doing::Deleting(name));
                self.focus = Some("saved-delete");
            }
            Msg::Leave => self.doing = None,
            Msg::Rename => {
                if let Some(Doing::Renaming { name, typed }) = &self.doing {
                    let changed = self.saved.clone().and_then(|saved| saved.rename(name, typed));
                    self.change(changed, String::new());
                }
            }
            Msg::Delete => {
                if let Some(Doing::Deleting(name)) = &self.doing {
                    let changed = self.saved.clone().map(|saved| saved.delete(name));
                    self.change(changed, String::new());
                }
            }
            Msg::Export => self.export(language),
            // It is not read at all.
            Msg::Import(file) if file.size() > MAX_FILE_BYTES as f64 => {
                self.done = Some(Err(SavedError::LargeFile(file.size() as usize)));
            }
            Msg::Import(file) => {
                let read = ctx.link().callback(Msg::Imported);
                let done = read.clone();
                self.reading = FileReading::new(&file, move |bytes| done.emit(bytes));
                if self.reading.is_none() {
                    read.emit(None);
                }
            }
            Msg::Imported(bytes) => {
                self.reading = None;
                let Some(bytes) = bytes else {
                    self.done = Some(Ok(language.file_unreadable().to_owned()));
                    return true;
                };
                let saved = self.saved.clone();
                match saved.and_then(|saved| saved.import(&bytes)) {
                    Ok((changed, count)) => {
                        let count = language.messages(count as u64);
                        self.change(Ok(changed), language.saved_imported(&count));
                    }
                    Err(error) => self.done = Some(Err(error)),
                }
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let (scope, language) = (ctx.link(), ctx.props().language);
        let picked = scope.batch_callback(|event| picked(&event).map(Msg::Import));
        let on_replay = ctx.props().on_replay.clone();
        let replayed = move |event: Event| {
            if let Some(file) = picked_and_close(&event) {
                on_replay.emit(file);
            }
        };
        let content = html! {
            <>
                {self.list(ctx)}
                <p class={if matches!(self.done, Some(Err(_))) { "error" } else { "note" }}
                    role="status">
                    {self.done_words(language)}
                </p>
                <div class="line">
                    <button type="button" class="small" disabled={self.is_empty()}
                        onclick={scope.callback(|_| Msg::Export)}>
                        {language.export_all()}
                    </button>
                    <label class="pick small">
                        {language.import_file()}
                        <input type="file" class="unseen" accept=".json,application/json"
                            onchange={picked} />
                    </label>
                    <label class="pick small" title={language.replay_title()}>
                        {language.replay_open()}
                        <input id={REPLAY_ID} type="file" class="unseen"
                            accept=".ndjson,.jsonl,application/x-ndjson" onchange={replayed} />
                    </label>
                </div>
            </>
        };
        let shown = html! { <>{language.saved_menu()}{" ▾"}</> };
        menu::menu(language.saved_messages(), shown, scope.callback(|()| Msg::Opened), content)
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(id) = self.focus.take() {
            browser::focus(id);
        }
    }
}

impl SavedMenu {
    fn is_empty(&self) -> bool {
        self.saved.as_ref().map_or(true, |saved| saved.all().is_empty())
    }

    /// Keeps what was changed; says what was done, or why not.
    fn change(&mut self, changed: Result<SavedMessages, SavedError>, done: String) {
        self.done = Some(changed.and_then(|changed| {
            store(&changed)?;
            self.saved = Ok(changed);
            self.doing = None;
            Ok(done)
        }));
    }

    fn export(&mut self, language: Language) {
        let Ok(saved) = &self.saved else { return };
        let name = format!("saved-messages-{}.json", utc(browser::now_ms()).replace(':', "-"));
        let mut file = File::new();
        file.push(saved.export().as_bytes());
        self._exported = file.save(&name, "application/json");
        let count = language.messages(saved.all().len() as u64);
        self.done = Some(match self._exported {
            Some(_) => Ok(language.saved_exported(&count, &name)),
            None => Ok(language.not_exported().to_owned()),
        });
    }

    fn done_words(&self, language: Language) -> Option<String> {
        match (&self.done, &self.saved) {
            (Some(Ok(words)), _) => Some(words.clone()),
            (Some(Err(error)), _) | (None, Err(error)) => Some(error.words(language)),
            (None, Ok(_)) => None,
        }
    }

    fn list(&self, ctx: &Context<Self>) -> Html {
        let language = ctx.props().language;
        let Ok(saved) = &self.saved else { return Html::default() };
        if saved.all().is_empty() {
            return html! { <p class="hint">{language.nothing_saved()}</p> };
        }
        html! {
            <ul class="saved" role="list" aria-label={language.saved_messages()}>
                for saved in saved.all() {
                    <li key={saved.name.clone()}>{self.row(ctx, &saved.name)}</li>
                }
            </ul>
        }
    }

    fn row(&self, ctx: &Context<Self>, name: &str) -> Html {
        let (scope, language) = (ctx.link(), ctx.props().language);
        let name = name.to_owned();
        match &self.doing {
            Some(Doing::Renaming { name: of, typed }) if *of == name => {
                let oninput = scope.batch_callback(move |event: InputEvent| {
                    let typed = event.target_dyn_into::<HtmlInputElement>()?.value();
                    Some(Msg::Renaming(name.clone(), typed))
                });
                let onsubmit = scope.callback(|event: SubmitEvent| {
                    event.prevent_default();
                    Msg::Rename
                });
                html! {
                    <form class="line" {onsubmit}>
                        <input id="saved-name" type="text" value={typed.clone()} {oninput}
                            aria-label={language.new_name()} autocomplete="off" />
                        <button type="submit" class="small">{language.rename()}</button>
                        <button type="button" class="small quiet"
                            onclick={scope.callback(|_| Msg::Leave)}>{language.cancel()}</button>
                    </form>
                }
            }
            Some(Doing::Deleting(of)) if *of == name => html! {
                <span class="line">
                    <button id="saved-delete" type="button" class="small bad"
                        onclick={scope.callback(|_| Msg::Delete)}>
                        {language.delete_for_good(&name)}
                    </button>
                    <button type="button" class="small quiet"
                        onclick={scope.callback(|_| Msg::Leave)}>{language.cancel()}</button>
                </span>
            },
            _ => {
                let [fill, rename, delete] = [name.clone(), name.clone(), name.clone()];
                let [rename_name, delete_name] =
                    [language.rename_named(&name), language.delete_named(&name)];
                html! {
                    <>
                        <button type="button" class="quiet fill" title={language.fill_from(&name)}
                            onclick={scope.callback(move |event: MouseEvent| {
                                menu::close(&event);
                                Msg::Fill(fill.clone())
                            })}>
                            {&name}
                        </button>
                        <button type="button" class="cross" title={rename_name.clone()}
                            aria-label={rename_name} onclick={scope.callback(move |_| {
                                Msg::Renaming(rename.clone(), rename.clone())
                            })}>{"✎"}</button>
                        <button type="button" class="cross" title={delete_name.clone()}
                            aria-label={delete_name} onclick={scope.callback(move |_| {
                                Msg::Deleting(delete.clone())
                            })}>{"✕"}</button>
                    </>
                }
            }
        }
    }
}

/// The file that was picked.
fn picked(event: &Event) -> Option<web_sys::File> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    let file = input.files()?.get(0);
    // Else picking the same file again would not be an event.
    input.set_value("");
    file
}

fn picked_and_close(event: &Event) -> Option<web_sys::File> {
    let file = picked(event)?;
    menu::close(event);
    Some(file)
}
