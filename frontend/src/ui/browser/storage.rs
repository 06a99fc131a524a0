//! What the browser remembers for this page. A browser may refuse to remember; that is no error.
//!
//! A host has one storage, and may have several Warrens, each under a path of its own: each has
//! keys of its own, so that no token, choice or unsent message of one gets to another's relay.

use web_sys::Storage;

use super::window;
use crate::ui::folder::{folder, own_key};

/// What is remembered in this browser.
pub(crate) fn local_storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// What is remembered in this tab.
pub(crate) fn session_storage() -> Option<Storage> {
    window()?.session_storage().ok()?
}

/// What `storage` remembers under `key`.
pub(crate) fn remembered(storage: Option<Storage>, key: &str) -> Option<String> {
    storage?.get_item(&own(key)).ok()?
}

/// Everything that `storage` remembers under a key that begins with `prefix`, by the rest of it.
pub(crate) fn remembered_below(storage: Option<Storage>, prefix: &str) -> Vec<(String, String)> {
    let Some(storage) = storage else { return Vec::new() };
    let prefix = own(prefix);
    let count = storage.length().unwrap_or(0);
    let keys = (0..count).filter_map(|at| storage.key(at).ok().flatten());
    keys.filter_map(|key| {
        let rest = key.strip_prefix(&prefix)?;
        Some((rest.to_owned(), storage.get_item(&key).ok()??))
    })
    .collect()
}

/// Remembers `value`, and says whether that worked.
pub(crate) fn remember(storage: Option<Storage>, key: &str, value: &str) -> bool {
    storage.is_some_and(|storage| storage.set_item(&own(key), value).is_ok())
}

/// `key` as it is in the storage.
fn own(key: &str) -> String {
    let path = window().and_then(|window| window.location().pathname().ok());
    own_key(folder(path.as_deref().unwrap_or_default()), key)
}
