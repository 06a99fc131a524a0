//! Files that are dropped: wherever on the page, they are picked for the Send form, and exported
//! messages to be sent again. The browser would leave the page to show them. Other drags are left
//! alone.

use wasm_bindgen::JsCast as _;
use web_sys::{DataTransfer, DragEvent};
use yew::prelude::*;

use super::{App, Msg, replaying, sending};
use crate::ui::browser::{self, Listener};

pub(super) fn listeners(scope: &html::Scope<App>) -> [Option<Listener>; 2] {
    let pick = scope.callback(|file: web_sys::File| {
        let name = file.name().to_ascii_lowercase();
        if name.ends_with(".ndjson") || name.ends_with(".jsonl") {
            Msg::Replay(replaying::Msg::Open(file))
        } else {
            Msg::Send(sending::Msg::Pick(file))
        }
    });
    ["dragover", "drop"].map(|kind| {
        let pick = pick.clone();
        Listener::of(browser::window()?, kind, move |event| {
            let Some(files) = files(&event) else { return };
            event.prevent_default();
            // While they are dragged there are none to be had.
            if let Some(file) = files.files().and_then(|files| files.get(0)) {
                pick.emit(file);
            }
        })
    })
}

/// What brings files, if the event does.
fn files(event: &Event) -> Option<DataTransfer> {
    let transfer = event.dyn_ref::<DragEvent>()?.data_transfer()?;
    transfer.types().includes(&"Files".into(), 0).then_some(transfer)
}
