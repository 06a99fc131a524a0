//! What is drawn: components that turn props into elements and events into callbacks. No I/O,
//! and text from elsewhere goes into text nodes only.

mod acknowledge;
mod body;
mod choice;
pub(crate) mod compose;
mod details;
mod filter_box;
pub(crate) mod header;
pub(crate) mod notice;
mod properties;
pub(crate) mod receive;
pub(crate) mod received_list;
mod received_row;
mod repeat;
pub(crate) mod send;
mod sent_list;
mod spark;
pub(crate) mod token;

/// The local time of day, `12:34:56`; `at_ms` is in milliseconds since 1970-01-01 UTC.
fn clock(at_ms: f64) -> String {
    let date = js_sys::Date::new(&at_ms.into());
    let (hours, minutes, seconds) = (date.get_hours(), date.get_minutes(), date.get_seconds());
    format!("{hours:02}:{minutes:02}:{seconds:02}")
}
