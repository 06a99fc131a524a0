//! What goes out, and what does not since its channel is closed.

use std::{collections::BTreeSet, sync::Arc};

use futures_util::AsyncWriteExt as _;
use proptest::prelude::*;

use super::{channel, frame, header, on, stream::Slow};
use crate::transport::{HEARTBEAT, Introduced, OpenChannels};

const OPEN: u8 = 10;
const CLOSE: u8 = 40;
const CLOSE_OK: u8 = 41;

/// A message on this channel, as lapin publishes it.
fn publish(to: u8, body: &[u8]) -> Vec<u8> {
    let method = frame(1, &[0, 60, 0, 40, 0, 0, 0, 1, b'q', 0]);
    [method, header(body.len(), [0, 0], &[]), frame(3, body)].map(|frame| on(to, frame)).concat()
}

/// What is left of these bytes when they are written in pieces of these sizes, and the socket takes
/// them in pieces of its own.
fn written(bytes: &[u8], pieces: &[usize]) -> Vec<u8> {
    let socket = Slow::new(&[], 17);
    let written = Arc::clone(&socket.written);
    let mut stream = OpenChannels::new(socket, Introduced::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (mut rest, mut pieces) = (bytes, pieces.iter().cycle());
        while !rest.is_empty() {
            let size = (*pieces.next().unwrap()).min(rest.len());
            let (piece, after) = rest.split_at(size);
            stream.write_all(piece).await.unwrap();
            rest = after;
        }
        stream.flush().await.unwrap();
    });
    let written = written.lock().unwrap();
    written.clone()
}

#[test]
fn what_comes_behind_close_ok_does_not_go_out_until_the_channel_is_opened_again() {
    let frames: [(Vec<u8>, bool); 12] = [
        (b"AMQP\0\0\x09\x01".to_vec(), true),
        (channel(OPEN), true),
        (on(2, channel(OPEN)), true),
        (publish(1, b"before"), true),
        (channel(CLOSE_OK), true),
        (publish(1, b"slipped out"), false),
        (publish(2, b"somebody else's"), true),
        (HEARTBEAT.to_vec(), true),
        (publish(1, &[0xCE; 300]), false),
        (channel(OPEN), true),
        (publish(1, b"after"), true),
        (on(2, channel(CLOSE)), true),
    ];
    let bytes: Vec<u8> = frames.iter().flat_map(|(frame, _)| frame.clone()).collect();
    let passed = frames.iter().filter(|(_, passes)| *passes);
    let passed: Vec<u8> = passed.flat_map(|(frame, _)| frame.clone()).collect();
    for size in [1, 2, 7, 10, 11, 12, 100, 10_000] {
        assert_eq!(written(&bytes, &[size]), passed, "in pieces of {size}");
    }
}

proptest! {
    #[test]
    fn in_any_pieces_only_frames_of_closed_channels_are_missing(
        frames in prop::collection::vec((1u8..4, 0u8..8, 0usize..400), 0..40),
        pieces in prop::collection::vec(1usize..200, 1..8),
    ) {
        let (mut bytes, mut passed) = (Vec::new(), Vec::<u8>::new());
        let mut closed = BTreeSet::new();
        for (of, what, size) in frames {
            let (frame, passes) = match what {
                0 => {
                    closed.remove(&of);
                    (on(of, channel(OPEN)), true)
                }
                1 => {
                    closed.insert(of);
                    (on(of, channel(CLOSE_OK)), true)
                }
                2 => (on(of, channel(CLOSE)), closed.insert(of)),
                _ => (publish(of, &vec![what; size]), !closed.contains(&of)),
            };
            if passes {
                passed.extend(&frame);
            }
            bytes.extend(frame);
        }
        prop_assert_eq!(written(&bytes, &pieces), passed);
    }
}
