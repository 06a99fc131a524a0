//! Sending: the form and its check, messages until they are confirmed, one message
//! many times, and the Send panel.

mod body_editor;
pub(crate) mod compose;
pub mod draft;
pub mod json;
pub(crate) mod offer;
pub mod outbox;
pub(crate) mod panel;
pub mod placeholders;
mod property_chips;
pub mod repeat;
mod repeat_form;
pub mod replay;
pub(crate) mod replay_form;
pub mod run;
pub mod saved;
pub(crate) mod saved_menu;
mod sent_list;
pub mod status;
