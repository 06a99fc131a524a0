//! What lies over the page: the palette of all actions, and the sheet of keys. Both are the
//! browser's own dialogs, which keep the focus and end with Escape.

use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

use crate::ui::{case, language::Language};

/// What lies over the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Palette,
    Keys,
}

#[derive(Properties, PartialEq)]
pub(super) struct PaletteProps {
    pub(super) language: Language,
    /// The names of the actions when the palette is opened.
    pub(super) names: Vec<String>,
    /// The one that is wanted; none where the palette is closed.
    pub(super) on_close: Callback<Option<String>>,
}

#[component]
pub(super) fn Palette(props: &PaletteProps) -> Html {
    let language = props.language;
    let (dialog, end) = use_end(&props.on_close);
    // As they were when it was opened: nothing moves under the pointer.
    let names = use_state(|| props.names.clone());
    let wanted = use_state(String::new);
    let at = use_state(|| 0_usize);
    let found: Vec<&String> = names.iter().filter(|name| has_words(name, &wanted)).collect();
    let chosen = (*at).min(found.len().saturating_sub(1));
    let choice = found.get(chosen).map(|name| (*name).clone());
    let active = choice.as_ref().map(|_| format!("action-{chosen}"));
    let count = found.len();
    let onkeydown = {
        let (at, end) = (at.clone(), end.clone());
        move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" if count > 0 => at.set((chosen + 1) % count),
                "ArrowUp" if count > 0 => at.set((chosen + count - 1) % count),
                "Enter" if choice.is_some() && !event.is_composing() => end.emit(choice.clone()),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let oninput = {
        let (wanted, at) = (wanted.clone(), at.clone());
        move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                wanted.set(input.value());
                at.set(0);
            }
        }
    };
    html! {
        <Dialog name={language.actions()} {dialog} end={&end}>
            <input type="text" role="combobox" aria-label={language.find_action()}
                placeholder={language.find_action()} aria-expanded="true"
                aria-controls="palette-list" aria-activedescendant={active}
                autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
                {oninput} {onkeydown} />
            <ul id="palette-list" role="listbox" aria-label={language.actions()}>
                for (at, name) in found.into_iter().enumerate() {
                    <li key={name.clone()} id={format!("action-{at}")} role="option"
                        aria-selected={(at == chosen).to_string()}
                        onclick={
                            let wanted = name.clone();
                            end.reform(move |_| Some(wanted.clone()))
                        }>
                        {name}
                    </li>
                }
            </ul>
            if count == 0 {
                <p class="note" role="status">{language.no_action()}</p>
            }
        </Dialog>
    }
}

/// Whether `name` has every word of `wanted` in it.
fn has_words(name: &str, wanted: &str) -> bool {
    let name = case::small(name);
    case::small(wanted).split_whitespace().all(|word| name.contains(word))
}

#[derive(Properties, PartialEq)]
pub(super) struct KeysProps {
    pub(super) language: Language,
    /// It is closed, without a choice.
    pub(super) on_close: Callback<Option<String>>,
}

#[component]
pub(super) fn Keys(props: &KeysProps) -> Html {
    let language = props.language;
    let (dialog, end) = use_end(&props.on_close);
    let keys: [(&[&str], &'static str); 19] = [
        (&["j", "↓"], language.key_next()),
        (&["k", "↑"], language.key_previous()),
        (&["Home"], language.key_first()),
        (&["End"], language.key_last()),
        (&["Enter"], language.key_open()),
        (&["Esc"], language.key_close()),
        (&["x"], language.key_select()),
        (&["Shift X"], language.select_all_shown()),
        (&["a"], language.key_ack()),
        (&["r"], language.key_requeue()),
        (&["Shift W"], language.key_watch()),
        (&["Shift L"], language.key_look()),
        (&["Shift R"], language.key_receive()),
        (&["p"], language.key_pause()),
        (&["/"], language.key_filter()),
        (&["c"], language.go_to_send()),
        (&["Ctrl Enter", "⌘ Enter"], language.key_send()),
        (&["Ctrl K", "⌘ K"], language.key_palette()),
        (&["?"], language.key_sheet()),
    ];
    html! {
        <Dialog name={language.all_keys()} {dialog} end={&end}>
            <h2>{language.all_keys()}</h2>
            <dl class="keys">
                for (keys, what) in keys {
                    <div>
                        <dt>for key in keys.iter().copied() { <kbd>{key}</kbd>{" "} }</dt>
                        <dd>{what}</dd>
                    </div>
                }
            </dl>
            <button type="button" onclick={end.reform(|_| None)}>{language.close()}</button>
        </Dialog>
    }
}

/// A dialog, and what ends it, with a choice or without: it reports once, however it is ended.
#[hook]
fn use_end(on_close: &Callback<Option<String>>) -> (NodeRef, Callback<Option<String>>) {
    let dialog = use_node_ref();
    let ended = use_mut_ref(|| false);
    let (closed, on_close) = (dialog.clone(), on_close.clone());
    let end = Callback::from(move |choice| {
        if ended.replace(true) {
            return;
        }
        // First, so that the browser gives the focus back, and what was chosen can take it: beside an
        // open dialog nothing can.
        if let Some(dialog) = closed.cast::<HtmlDialogElement>() {
            dialog.close();
        }
        on_close.emit(choice);
    });
    (dialog, end)
}

#[derive(Properties, PartialEq)]
struct DialogProps {
    name: &'static str,
    children: Html,
    dialog: NodeRef,
    end: Callback<Option<String>>,
}

/// A modal dialog, for as long as it is on the page; see [`use_end`].
#[component]
fn Dialog(props: &DialogProps) -> Html {
    let DialogProps { dialog, end, .. } = props;
    let opened = dialog.clone();
    use_effect_with((), move |()| {
        if let Some(dialog) = opened.cast::<HtmlDialogElement>() {
            // One that is on the page and closed can be opened.
            let _ = dialog.show_modal();
        }
    });
    // A click beside it is one on the dialog itself, whose content covers all the rest.
    let beside = {
        let (dialog, end) = (dialog.clone(), end.clone());
        move |event: MouseEvent| {
            let on: Option<web_sys::Element> = event.target_dyn_into();
            if on.is_some() && on == dialog.cast::<web_sys::Element>() {
                end.emit(None);
            }
        }
    };
    // Of what the browser has closed it tells later, when another one may have been opened already.
    html! {
        <dialog ref={dialog} aria-label={props.name} onclick={beside}
            oncancel={end.reform(|_| None)} onclose={end.reform(|_| None)}>
            <div class="dialog">{props.children.clone()}</div>
        </dialog>
    }
}
