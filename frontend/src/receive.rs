//! Receiving: the messages that came or were watched, the filter, one message in full, export, and
//! the Receive panel.

mod bars;
pub mod binary;
mod body_tab;
pub mod body_view;
pub mod broker_headers;
mod cells;
pub mod charset;
pub mod columns;
pub mod compare;
pub mod compression;
mod detail_rows;
pub mod export;
pub mod filter;
pub(crate) mod filter_box;
mod footer;
pub(crate) mod from_bar;
pub mod inbox;
pub(crate) mod inspector;
pub mod json_tree;
mod json_tree_view;
pub mod json_view;
pub mod life;
pub(crate) mod life_tab;
pub(crate) mod list_view;
pub mod look;
pub mod message_details;
pub mod mode;
pub(crate) mod panel;
pub(crate) mod received_list;
mod received_row;
pub mod selection;
mod start_view;
pub mod status;
pub mod strip;
pub mod subscription;
mod toolbar;
