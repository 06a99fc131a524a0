//! What leaves the page for the user's own machine: files that are saved, text that is copied.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::Callback;

use crate::ui::browser::{self, Timeout};

/// How long a saved file stays in memory, in milliseconds: the browser reads it after the click.
const RELEASE_MS: f64 = 60_000.0;

/// A file in the making, in parts that the browser may keep on disk.
pub(crate) struct File {
    parts: Array,
}

impl File {
    pub(crate) fn new() -> Self {
        Self { parts: Array::new() }
    }

    /// Adds bytes at the end.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // A blob for each part, so that not all of them are on the script's heap.
        let array = Array::of1(&Uint8Array::from(bytes));
        if let Ok(part) = Blob::new_with_u8_array_sequence(&array) {
            self.parts.push(&part);
        }
    }

    /// Gives the file to the user as a download called `name`. What is returned keeps it alive.
    pub(crate) fn save(self, name: &str, kind: &str) -> Option<Saved> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let blob = Blob::new_with_blob_sequence_and_options(&self.parts, &options).ok()?;
        let url = Url::create_object_url_with_blob(&blob).ok()?;
        let saved = Saved::new(url);
        let link = browser::document()?.create_element("a").ok()?;
        let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
        link.set_href(&saved.url);
        link.set_download(name);
        link.click();
        Some(saved)
    }
}

/// A file that the browser reads; released after a while, or when this is dropped.
pub(crate) struct Saved {
    url: String,
    _release: Option<Timeout>,
}

impl Saved {
    fn new(url: String) -> Self {
        let later = url.clone();
        let release = Timeout::new(RELEASE_MS, move || release(&later));
        Self { url, _release: release }
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        release(&self.url);
    }
}

fn release(url: &str) {
    // It fails for no URL of ours.
    let _ = Url::revoke_object_url(url);
}

/// A copy to the clipboard that is under way.
pub(crate) struct Copying {
    _done: Closure<dyn FnMut(JsValue)>,
    _failed: Closure<dyn FnMut(JsValue)>,
}

/// Copies `text` and reports whether that worked. The browser may refuse, and does on pages that
/// come by plain http from another machine.
pub(crate) fn copy(text: &str, report: Callback<bool>) -> Option<Copying> {
    let navigator = browser::window()?.navigator();
    // Where it is refused there is no clipboard at all, which web-sys does not say.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).ok()?;
    if clipboard.is_undefined() {
        return None;
    }
    let promise = navigator.clipboard().write_text(text);
    let done = report.clone();
    let done = Closure::<dyn FnMut(_)>::new(move |_| done.emit(true));
    let failed = Closure::<dyn FnMut(_)>::new(move |_| report.emit(false));
    let _ = promise.then2(&done, &failed);
    Some(Copying { _done: done, _failed: failed })
}
