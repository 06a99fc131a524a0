//! Warren's page: sends to and receives from RabbitMQ through the relay's WebSocket.
//!
//! Data flows one way. Out: event → callback → [`outbox`] → link → relay. In: relay → link →
//! [`store::Action`] → [`store::State`] → props. The public modules are pure: they do no I/O,
//! are tested natively and panic on no input. The browser is behind `app`, `browser`, `link`
//! and `view`.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")
)]

mod app;
pub mod backoff;
pub mod body_view;
mod browser;
pub mod draft;
pub mod export;
pub mod facts;
mod files;
pub mod filter;
pub mod inbox;
pub mod json;
pub mod json_view;
mod link;
pub mod outbox;
pub mod pace;
pub mod preview;
pub mod rates;
mod reader;
pub mod repeat;
pub mod silence;
pub mod status;
pub mod store;
pub mod theme;
pub mod utc;
mod view;
pub mod viewport;
pub mod visible;

/// Puts the page into `<div id="warren">`, or into the body where that is missing.
pub fn mount() {
    match browser::document().and_then(|document| document.get_element_by_id("warren")) {
        Some(root) => yew::Renderer::<app::App>::with_root(root).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
