//! The connection to the relay: the WebSocket and its back-off, the header that
//! tells of it, and the form for the token.

pub mod backoff;
pub mod event;
pub(crate) mod header;
pub mod idle_timeout;
pub(crate) mod link;
pub mod problem;
pub(crate) mod queue_tabs;
pub mod session;
pub mod silence;
pub mod status;
pub(crate) mod token_form;
