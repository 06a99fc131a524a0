//! Large messages from a peer: memory for them before they are read, and where they end.
//!
//! tungstenite reads what there is, keeps room for the largest message it has seen for as long as
//! the session lives, and has no limit but a message's own. So the frames' heads are looked at as
//! they come by: a large message is read only when the process has memory for it, and frame by frame
//! up to its end, where the session can begin with fresh buffers. Browsers send one in many frames.

use std::task::{Context, Poll, ready};

use futures_util::future::BoxFuture;
use warren_broker::{Half, Reserved};

/// A message with as many bytes is large. The page's usual ones are smaller.
pub(super) const LARGE: usize = 512 * 1024;

/// How many of it there may be on its way: as it was read, as it is kept, and lapin's own until it is
/// written.
pub(crate) const COPIES: usize = 3;

/// What a message takes beside its bytes once it is kept: with less it would be read and then not
/// admitted while others wait for memory, for ever.
const MARGIN: usize = 512 * 1024;

/// The head of a frame is at most as long (RFC 6455, section 5.2).
const MAX_HEAD: usize = 14;

/// What of a peer's frames was read so far, and the memory for them.
pub(super) struct Incoming {
    half: Half,
    max_message: usize,
    /// The first bytes of a frame whose head is not complete.
    head: Vec<u8>,
    /// Bytes of the frame that is being read that are to come.
    left: usize,
    /// Bytes of the message that is being read, in its frames so far.
    message: usize,
    /// With that frame its message is large.
    is_large: bool,
    /// A message is not complete: frames of it follow.
    is_fragmented: bool,
    /// A large message was read since the buffers were made.
    had_large: bool,
    taking: Option<BoxFuture<'static, Reserved>>,
    taken: Option<Reserved>,
    /// Of the message that was taken last.
    of_message: Option<Reserved>,
}

impl Incoming {
    /// Messages may have up to `max_message` bytes.
    pub(super) fn new(half: Half, max_message: usize) -> Self {
        Self {
            half,
            max_message,
            head: Vec::new(),
            left: 0,
            message: 0,
            is_large: false,
            is_fragmented: false,
            had_large: false,
            taking: None,
            taken: None,
            of_message: None,
        }
    }

    /// How many bytes may be read next, at most; where there is no memory for them, wakes once there
    /// is. Memory is taken for the whole message, and in turn, so that no two wait for each other
    /// with half of theirs.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        if !self.is_large || self.left == 0 {
            return Poll::Ready(usize::MAX);
        }
        if self.taken.is_none() {
            // What follows a fragment is not known.
            let length = if self.is_fragmented { self.max_message } else { self.message };
            let bytes = length.saturating_mul(COPIES).saturating_add(MARGIN);
            let half = &self.half;
            let taking = self.taking.get_or_insert_with(|| {
                let half = half.clone();
                Box::pin(async move { half.reserve(bytes).await })
            });
            self.taken = Some(ready!(taking.as_mut().poll(cx)));
            self.taking = None;
        }
        Poll::Ready(self.left)
    }

    /// Whether what the peer has sent waits for memory.
    pub(super) fn is_waiting(&self) -> bool {
        self.taking.is_some()
    }

    /// These bytes were read.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.left > 0 {
                let taken = self.left.min(bytes.len());
                self.left -= taken;
                bytes = bytes.get(taken..).unwrap_or_default();
                continue;
            }
            let missing = head_len(&self.head).saturating_sub(self.head.len());
            let (taken, rest) = bytes.split_at_checked(missing).unwrap_or((bytes, &[]));
            self.head.extend_from_slice(taken);
            bytes = rest;
            if self.head.len() == head_len(&self.head) {
                self.begin();
            }
        }
    }

    /// The head of a frame is complete.
    fn begin(&mut self) {
        let first = self.head.first().copied().unwrap_or_default();
        self.left = payload_len(&self.head);
        let is_control = first & 0x08 != 0;
        if !is_control {
            // A frame without an opcode goes on with the message.
            let before = if first & 0x0f == 0 { self.message } else { 0 };
            self.message = before.saturating_add(self.left);
            self.is_fragmented = first & 0x80 == 0;
        }
        self.is_large = !is_control && self.message >= LARGE;
        self.had_large |= self.is_large;
        self.head.clear();
    }

    /// A message is complete.
    pub(super) fn message_ended(&mut self) {
        self.of_message = self.taken.take();
    }

    /// The memory of the message that was complete last, for whoever keeps it. To give it back and to
    /// take it again would let others have it in between, for ever.
    pub(super) fn message_memory(&mut self) -> Option<Reserved> {
        self.of_message.take()
    }

    /// Whether a large message was read since the buffers were made.
    pub(super) fn had_large(&self) -> bool {
        self.had_large
    }

    /// Whether what was read so far ends with a message's end.
    pub(super) fn is_between(&self) -> bool {
        self.left == 0 && self.head.is_empty() && !self.is_fragmented
    }

    /// The buffers are fresh.
    pub(super) fn buffers_are_fresh(&mut self) {
        self.had_large = false;
    }
}

/// How long a frame's head is, as far as its first bytes tell (RFC 6455, section 5.2). A peer's
/// frames are masked.
fn head_len(head: &[u8]) -> usize {
    let Some(second) = head.get(1) else { return 2 };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    mask + match second & 0x7f {
        126 => 4,
        127 => MAX_HEAD - 4,
        _ => 2,
    }
}

fn payload_len(head: &[u8]) -> usize {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let length = match head.get(1).copied().unwrap_or_default() & 0x7f {
        126 => number(head.get(2..4).unwrap_or_default()),
        127 => number(head.get(2..10).unwrap_or_default()),
        short => short.into(),
    };
    usize::try_from(length).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use proptest::prelude::*;
    use warren_broker::Budget;

    use super::*;

    const MIB: usize = 1024 * 1024;

    /// A frame from a client, with a mask of zeros.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..=125 => frame.push(0x80 | length as u8),
            126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend((length as u16).to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.resize(frame.len() + length, b'x');
        frame
    }

    fn incoming(budget: &Budget) -> Incoming {
        Incoming::new(budget.inbound().clone(), 4 * MIB)
    }

    fn room(incoming: &mut Incoming) -> Poll<usize> {
        incoming.poll_room(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_large_message_waits_for_memory_and_ends_where_it_ends() {
        let budget = Budget::new(20 * MIB);
        let (mut one, mut other) = (incoming(&budget), incoming(&budget));
        let large = frame(0x82, 3 * MIB);
        one.read(&large[..1000]);
        assert_eq!(room(&mut one), Poll::Ready(large.len() - 1000));
        other.read(&large[..1000]);
        assert!(room(&mut other).is_pending() && other.is_waiting());
        one.read(&large[1000..]);
        assert!(one.had_large() && one.is_between());
        one.message_ended();
        assert!(room(&mut other).is_pending(), "whoever has the message has its memory");
        drop(one.message_memory());
        assert!(room(&mut other).is_ready() && !other.is_waiting());
        one.buffers_are_fresh();
        assert!(!one.had_large());
    }

    #[test]
    fn a_large_message_in_small_frames_waits_for_memory_as_well() {
        let budget = Budget::new(26 * MIB);
        let mut one = incoming(&budget);
        let all = budget.inbound().try_reserve(12 * MIB).unwrap();
        for first in [0x02, 0x00] {
            one.read(&frame(first, 200 * 1024));
            assert_eq!(room(&mut one), Poll::Ready(usize::MAX));
        }
        let third = frame(0x00, 200 * 1024);
        one.read(&third[..100]);
        assert!(room(&mut one).is_pending(), "with it the message is large");
        drop(all);
        assert_eq!(room(&mut one), Poll::Ready(third.len() - 100));
        one.read(&third[100..]);
        one.read(&frame(0x89, 3));
        one.read(&frame(0x80, 10));
        assert!(one.is_between() && one.had_large());
        one.message_ended();
        one.read(&frame(0x82, 300 * 1024)[..100]);
        assert_eq!(room(&mut one), Poll::Ready(usize::MAX), "the next one is small");
    }

    #[test]
    fn small_messages_wait_for_nothing() {
        let budget = Budget::new(8 * MIB);
        let all = budget.inbound().try_reserve(4 * MIB);
        let mut incoming = incoming(&budget);
        incoming.read(&frame(0x81, 70_000)[..9000]);
        assert_eq!(room(&mut incoming), Poll::Ready(usize::MAX));
        assert!(all.is_some() && !incoming.is_between());
    }

    #[test]
    fn between_the_frames_of_a_message_nothing_is_fresh() {
        let budget = Budget::new(8 * MIB);
        let mut incoming = incoming(&budget);
        incoming.read(&frame(0x02, MIB));
        assert!(!incoming.is_between(), "a fragment");
        incoming.read(&frame(0x89, 3));
        assert!(!incoming.is_between(), "a ping amid fragments");
        incoming.read(&frame(0x80, 10));
        assert!(incoming.is_between() && incoming.had_large());
    }

    proptest! {
        #[test]
        fn any_split_finds_the_same_ends(
            lengths in proptest::collection::vec(0usize..70_000, 1..6),
            cuts in proptest::collection::vec(1usize..30_000, 1..40),
        ) {
            let budget = Budget::new(8 * MIB);
            let mut incoming = incoming(&budget);
            let stream: Vec<u8> =
                lengths.iter().flat_map(|length| frame(0x82, *length)).collect();
            let mut rest = stream.as_slice();
            for cut in cuts {
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                incoming.read(piece);
                rest = left;
            }
            incoming.read(rest);
            prop_assert!(incoming.is_between());
            incoming.read(&[0x82]);
            prop_assert!(!incoming.is_between());
        }
    }
}
