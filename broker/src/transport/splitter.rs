//! Finds the frames in a stream of bytes that comes in pieces of any size.

use std::mem;

use super::rewrite::{FRAME_END, HEAD, HEADER, METHOD};

/// Frame types (AMQP 0-9-1, section 4.2.3).
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;
/// First byte of the protocol header, which is no frame (AMQP 0-9-1, section 4.2.2), and its size.
pub(super) const PROTOCOL: (u8, usize) = (b'A', 8);

/// What becomes of the first bytes of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// How many bytes this is about: at least one of a piece that is not empty.
    pub(super) taken: usize,
    /// What goes on in their place, maybe nothing yet; `None`: they themselves.
    pub(super) instead: Option<Vec<u8>>,
    /// How many of them are content of a message's body, and on which channel.
    pub(super) content: Option<(u16, usize)>,
}

/// Where in the stream it is. Holds at most one frame, and none of a body.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// The first bytes of a frame that has to be seen whole.
    held: Vec<u8>,
    /// How many bytes are to come of a frame that goes on as it comes, its last byte included.
    passing: u64,
    /// The channel, where that is a body.
    body: Option<u16>,
    /// What came was no frame: everything goes on as it comes, for lapin to refuse.
    lost: bool,
}

impl Splitter {
    /// Whether what has gone on so far ends with a frame's end.
    #[must_use]
    pub(super) fn is_between(&self) -> bool {
        self.passing == 0 && !self.lost
    }

    /// Whether it has also come so far and no further.
    #[must_use]
    pub(super) fn is_idle(&self) -> bool {
        self.is_between() && self.held.is_empty()
    }

    /// Takes bytes from the start of a piece. Frames of up to `max` bytes, other than bodies, are
    /// shown to `rewrite`, which says what goes on in their place.
    pub(super) fn step(
        &mut self,
        piece: &[u8],
        max: usize,
        rewrite: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Step {
        if self.lost {
            return Step { taken: piece.len(), instead: None, content: None };
        }
        if self.passing > 0 {
            return self.pass(piece);
        }
        let from_start = self.held.is_empty();
        let wanted = Look::at(if from_start { piece } else { &self.held }, max).wanted();
        if from_start && wanted <= piece.len() {
            return self.begin(piece, max, rewrite);
        }
        let taken = wanted.saturating_sub(self.held.len()).min(piece.len());
        self.held.extend_from_slice(piece.get(..taken).unwrap_or_default());
        let mut instead = Some(Vec::new());
        if Look::at(&self.held, max).wanted() <= self.held.len() {
            let held = mem::take(&mut self.held);
            instead = self.begin(&held, max, rewrite).instead.or(Some(held));
        }
        Step { taken, instead, content: None }
    }

    /// At the start of a frame of which enough is there.
    fn begin(
        &mut self,
        bytes: &[u8],
        max: usize,
        rewrite: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
    ) -> Step {
        match Look::at(bytes, max) {
            Look::Passing { size, body } => {
                self.passing = u64::from(size) + 1;
                self.body = body;
                return Step { taken: HEAD, instead: None, content: None };
            }
            Look::Protocol => return Step { taken: PROTOCOL.1, instead: None, content: None },
            Look::Whole(count) => {
                if let Some(frame) = bytes.get(..count)
                    && frame.last() == Some(&FRAME_END)
                {
                    return Step { taken: count, instead: rewrite(frame), content: None };
                }
            }
            Look::Short | Look::Garbage => {}
        }
        self.lost = true;
        Step { taken: bytes.len(), instead: None, content: None }
    }

    /// In a frame that goes on as it comes.
    fn pass(&mut self, piece: &[u8]) -> Step {
        let left = usize::try_from(self.passing).unwrap_or(usize::MAX);
        let taken = piece.len().min(left);
        self.passing -= taken as u64;
        let ends = self.passing == 0;
        let content = self.body.map(|channel| (channel, taken - usize::from(ends)));
        self.lost = ends && piece.get(taken - 1) != Some(&FRAME_END);
        Step { taken, instead: None, content }
    }
}

/// What the first bytes of a frame say of it.
enum Look {
    /// Too few of them.
    Short,
    /// That it is none.
    Garbage,
    /// That it is a protocol header.
    Protocol,
    /// That it is to be seen whole: so many bytes.
    Whole(usize),
    /// That it goes on as it comes: a body, of this channel, or what is too large. With the payload's
    /// size.
    Passing { size: u32, body: Option<u16> },
}

impl Look {
    fn at(bytes: &[u8], max: usize) -> Self {
        let kind = match bytes.first() {
            None => return Self::Short,
            Some(&kind) if kind == PROTOCOL.0 => return Self::Protocol,
            Some(&kind @ (METHOD | HEADER | BODY | HEARTBEAT)) => kind,
            Some(_) => return Self::Garbage,
        };
        let (Some(channel), Some(size)) = (
            bytes.get(1..3).and_then(<[u8]>::first_chunk),
            bytes.get(3..HEAD).and_then(<[u8]>::first_chunk),
        ) else {
            return Self::Short;
        };
        let size = u32::from_be_bytes(*size);
        match usize::try_from(size).map(|size| size.saturating_add(HEAD + 1)) {
            Ok(count) if kind != BODY && count <= max => Self::Whole(count),
            _ => {
                let body = (kind == BODY).then(|| u16::from_be_bytes(*channel));
                Self::Passing { size, body }
            }
        }
    }

    /// How many bytes of the frame have to be there.
    fn wanted(&self) -> usize {
        match self {
            Self::Garbage => 1,
            Self::Short | Self::Passing { .. } => HEAD,
            Self::Protocol => PROTOCOL.1,
            Self::Whole(count) => *count,
        }
    }
}
