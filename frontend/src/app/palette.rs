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
        let (at, on_close) = (at.clone(), props.on_close.clone());
        move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" if count > 0 => at.set((chosen + 1) % count),
                "ArrowUp" if count > 0 => at.set((chosen + count - 1) % count),
                "Enter" if choice.is_some() && !event.is_composing() => {
                    on_close.emit(choice.clone())
                }
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
        <Dialog name={language.actions()} on_close={props.on_close.reform(|()| None)}>
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
                            props.on_close.reform(move |_| Some(wanted.clone()))
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
    pub(super) on_close: Callback<()>,
}

#[component]
pub(super) fn Keys(props: &KeysProps) -> Html {
    let language = props.language;
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
        <Dialog name={language.all_keys()} on_close={&props.on_close}>
            <h2>{language.all_keys()}</h2>
            <dl class="keys">
                for (keys, what) in keys {
                    <div>
                        <dt>for key in keys.iter().copied() { <kbd>{key}</kbd>{" "} }</dt>
                        <dd>{what}</dd>
                    </div>
                }
            </dl>
            <button type="button" onclick={props.on_close.reform(|_| ())}>{language.close()}</button>
        </Dialog>
    }
}

#[derive(Properties, PartialEq)]
struct DialogProps {
    name: &'static str,
    children: Html,
    on_close: Callback<()>,
}

/// A modal dialog, for as long as it is on the page.
#[component]
fn Dialog(props: &DialogProps) -> Html {
    let dialog = use_node_ref();
    let opened = dialog.clone();
    use_effect_with((), move |()| {
        if let Some(dialog) = opened.cast::<HtmlDialogElement>() {
            // One that is on the page and closed can be opened.
            let _ = dialog.show_modal();
        }
    });
    let on_close = props.on_close.clone();
    // A click beside it is one on the dialog itself, whose content covers all the rest.
    let beside = {
        let (dialog, on_close) = (dialog.clone(), props.on_close.clone());
        move |event: MouseEvent| {
            let on: Option<web_sys::Element> = event.target_dyn_into();
            if on.is_some() && on == dialog.cast::<web_sys::Element>() {
                on_close.emit(());
            }
        }
    };
    html! {
        <dialog ref={dialog} aria-label={props.name} onclick={beside}
            onclose={move |_| on_close.emit(())}>
            <div class="dialog">{props.children.clone()}</div>
        </dialog>
    }
}
