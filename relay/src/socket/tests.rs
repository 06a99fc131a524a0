//! A session's socket over a pipe, with all that a peer sends read at once.

use tokio::io::{DuplexStream, duplex};
use warren_broker::Budget;
use warren_protocol::ErrorCode;

use super::*;

const MIB: usize = 1024 * 1024;

/// The peer, and the socket; the pipe takes so many bytes.
async fn socket(pipe: usize) -> (DuplexStream, Socket<DuplexStream>) {
    let (peer, io) = duplex(pipe);
    let memory = Budget::new(64 * MIB).inbound().clone();
    (peer, Socket::new(io, MIB, Duration::from_secs(14), memory).await)
}

/// A frame of a client, with a mask of zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | payload.len() as u8, 0, 0, 0, 0];
    frame.extend(payload);
    frame
}

fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

fn large() -> ServerMessage {
    let message = "x".repeat(LARGE);
    ServerMessage::Error { code: ErrorCode::BadMessage, message, detail: None }
}

fn length(input: Input) -> Option<usize> {
    match input {
        Input::Message { bytes, .. } => Some(bytes),
        _ => None,
    }
}

#[tokio::test]
async fn what_was_read_with_another_message_is_there_after_a_large_one_went_out() {
    let (mut peer, mut socket) = socket(4 * MIB).await;
    peer.write_all(&[text("1"), text("22"), text("333")].concat()).await.unwrap();
    assert_eq!(length(socket.next(true).await), Some(1));
    socket.queue(large());
    assert!(matches!(socket.next(true).await, Input::Flushed));
    assert_eq!(socket.poll_once().and_then(length), Some(2));
    assert_eq!(socket.poll_once().and_then(length), Some(3));
    assert!(socket.wrote_large, "there is more to read");
    assert!(socket.poll_once().is_none());
    assert!(socket.poll_once().is_none());
    assert!(!socket.wrote_large, "the buffers are fresh");
    peer.write_all(&text("4444")).await.unwrap();
    assert_eq!(length(socket.next(true).await), Some(4));
}

#[tokio::test]
async fn a_ping_or_a_pong_is_no_word_of_what_waits() {
    let (mut peer, mut socket) = socket(1024).await;
    for first in [0x89, 0x8a] {
        socket.queue(large());
        peer.write_all(&frame(first, b"")).await.unwrap();
        assert!(matches!(socket.next(true).await, Input::Control));
        assert!(socket.waiting() >= LARGE);
    }
}
