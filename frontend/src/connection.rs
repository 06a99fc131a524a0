//! The connection to the relay: the WebSocket and its back-off, the header that
//! tells of it, and the form for the token.

pub mod backoff;
pub(crate) mod header;
pub mod idle_timeout;
pub(crate) mod link;
pub(crate) mod token_form;
