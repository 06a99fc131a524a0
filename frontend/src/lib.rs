//! Warren's page: sends to and receives from RabbitMQ through the relay's WebSocket.
//!
//! By feature, each with its state, its pure logic, its words and its views beside each other:
//! [`connection`], [`send`], [`receive`], and [`ui`] for what they share. [`store`] and `app` wire
//! them together. The modules are a tree: `ui` knows no other, a feature knows only `ui`, the store
//! knows the features, and `app` the store.
//!
//! Data flows one way. Out: event → callback → [`send::outbox`] → link → relay. In: relay → link →
//! [`connection::event::Event`] → [`store::State`] → props. The public leaves are pure: they do no
//! I/O, are tested natively and panic on no input.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")
)]

mod app;
pub mod connection;
pub mod receive;
pub mod send;
pub mod store;
pub mod ui;

/// Puts the page into `<div id="warren">`, or into the body where that is missing.
pub fn mount() {
    match ui::browser::document().and_then(|document| document.get_element_by_id("warren")) {
        Some(root) => yew::Renderer::<app::App>::with_root(root).render(),
        None => yew::Renderer::<app::App>::new().render(),
    };
}
