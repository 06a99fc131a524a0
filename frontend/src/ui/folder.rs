//! Where on its host the page is: everything of it is found beside it, so that it works under any
//! path.

/// The folder of the page at `path`, with a slash at both ends: `/warren/` of `/warren/`, `/` of
/// `/index.html`.
#[must_use]
pub fn folder(path: &str) -> &str {
    path.rfind('/').map_or("/", |slash| &path[..=slash])
}

/// The address of the relay's WebSocket, beside the page at `path`; `protocol` is the page's, as
/// `https:`.
#[must_use]
pub fn socket_address(protocol: &str, host: &str, path: &str) -> String {
    let scheme = if protocol == "https:" { "wss" } else { "ws" };
    format!("{scheme}://{host}{}ws", folder(path))
}

/// The key under which the page in `folder` remembers what it calls `key`. A path in an address has
/// no space, so the keys of two folders never meet, whatever is in `key`.
#[must_use]
pub fn own_key(folder: &str, key: &str) -> String {
    if folder == "/" { key.to_owned() } else { format!("{folder} {key}") }
}
