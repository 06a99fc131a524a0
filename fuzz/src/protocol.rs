//! The wire: a frame that can be read is written, and read again, as the same.

use std::fmt::Debug;

use warren_protocol::{Body, ClientMessage, ServerMessage};

pub(crate) fn client_frame(json: &[u8]) {
    if let Ok(frame) = ClientMessage::from_json(json) {
        let written = frame.to_json();
        same(&frame, &ClientMessage::from_json(written.as_bytes()), &written);
    }
}

pub(crate) fn server_frame(json: &[u8]) {
    if let Ok(frame) = ServerMessage::from_json(json) {
        let written = frame.to_json();
        same(&frame, &ServerMessage::from_json(written.as_bytes()), &written);
    }
}

/// Any bytes come through as they are, in whichever form.
pub(crate) fn body(bytes: &[u8]) {
    let body = Body::from_bytes(bytes.to_vec());
    for body in [body.clone().into_compact(), body, Body::Base64(bytes.to_vec())] {
        let frame = ServerMessage::Deliveries { messages: vec![crate::views::delivery(body)] };
        let written = frame.to_json();
        let read = ServerMessage::from_json(written.as_bytes()).expect("a frame of our own");
        let ServerMessage::Deliveries { messages } = read else {
            panic!("read as another frame: {read:?}")
        };
        assert_eq!(messages[0].body.as_bytes(), bytes);
    }
}

/// Compared as they are printed: a NaN in a header is not equal to itself.
fn same<T: Debug, E: Debug>(frame: &T, read: &Result<T, E>, written: &str) {
    let read = read.as_ref().unwrap_or_else(|error| panic!("{error:?}: {written}"));
    assert_eq!(format!("{read:?}"), format!("{frame:?}"), "{written}");
}
