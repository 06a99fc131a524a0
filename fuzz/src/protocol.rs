//! The wire: a message that can be read is written in both forms, and read again, as the same.

use std::fmt::Debug;

use warren_protocol::{Body, ClientMessage, ServerMessage, WireMessage};

pub(crate) fn client_message(bytes: &[u8]) {
    survives::<ClientMessage>(bytes);
}

pub(crate) fn server_message(bytes: &[u8]) {
    survives::<ServerMessage>(bytes);
}

/// A text message, or a binary one.
pub(crate) fn read<T: WireMessage>(bytes: &[u8]) -> Option<T> {
    let text = str::from_utf8(bytes).ok().and_then(|text| T::from_text(text).ok());
    text.or_else(|| T::from_binary(bytes.to_vec()).ok())
}

fn survives<T: WireMessage + Clone + Debug>(bytes: &[u8]) {
    let Some(message) = read::<T>(bytes) else { return };
    let text = message.to_text();
    same(&message, &T::from_text(&text));
    same(&message, &T::from_binary(message.clone().into_binary()));
}

/// Compared as they are printed: a NaN in a header is not equal to itself.
fn same<T: Debug, E: Debug>(message: &T, read: &Result<T, E>) {
    let read = read.as_ref().unwrap_or_else(|error| panic!("{error:?}: {message:?}"));
    assert_eq!(format!("{read:?}"), format!("{message:?}"));
}

/// Any bytes come through as they are, in both forms.
pub(crate) fn body(bytes: &[u8]) {
    let body = Body::from(bytes.to_vec());
    let message = ServerMessage::Deliveries { messages: vec![crate::views::delivery(body)] };
    let text = message.to_text();
    for read in [ServerMessage::from_text(&text), ServerMessage::from_binary(message.into_binary())]
    {
        let ServerMessage::Deliveries { messages } = read.expect("a message of our own") else {
            panic!("read as another message")
        };
        assert_eq!(messages[0].body.as_bytes(), bytes);
    }
}
