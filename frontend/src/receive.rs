//! Receiving: the messages that came, the filter, one message in full, export, and the
//! Receive panel.

mod ack_choice;
pub mod body_view;
pub mod export;
pub mod filter;
mod filter_box;
pub mod inbox;
mod inspector;
pub mod json_view;
pub(crate) mod list_view;
pub mod message_details;
pub(crate) mod panel;
pub(crate) mod received_list;
mod received_row;
pub mod status;
pub mod subscription;
