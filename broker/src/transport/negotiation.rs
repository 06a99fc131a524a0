//! The largest frame, as broker and lapin are told.
//!
//! RabbitMQ takes, and so delivers, content headers whose payload alone has `frame_max` bytes
//! (`FRAME_SIZE_FUDGE` in rabbit_reader.erl), and what it adds to them itself (`x-death`) comes on
//! top; lapin compares the whole frame with `frame_max`.

use super::rewrite::{self, HEAD, METHOD};

/// Bytes that a frame to lapin may be larger than one that RabbitMQ should send: 8 for what is said
/// above, the others for `x-death` and for replaced strings. lapin keeps 32 frames each way, so that
/// this takes 256 KiB a connection, of 8.25 MiB with RabbitMQ's default of 128 KiB.
pub(crate) const ROOM: u32 = 4096;
/// What every `frame_max` has to reach (AMQP 0-9-1, constant frame-min-size).
pub(super) const FRAME_MIN: u32 = 4096;
/// Largest frame that is held in memory to be looked at, whatever was negotiated. Bytes.
const MOST_HELD: u32 = 1024 * 1024;

/// What broker and lapin said of the largest frame, in bytes; 0 is "any".
#[derive(Debug)]
pub(super) struct Negotiation {
    /// The broker's, in connection.tune.
    broker: u32,
    /// What lapin takes: its answer in connection.tune-ok, once it was given.
    lapin: Option<u32>,
}

impl Negotiation {
    /// Before anything was said.
    #[must_use]
    pub(super) fn new() -> Self {
        Self { broker: 0, lapin: None }
    }

    /// Whether lapin has answered.
    #[must_use]
    pub(super) fn is_over(&self) -> bool {
        self.lapin.is_some()
    }

    /// Largest frame that is looked at, and that one may become, in bytes.
    #[must_use]
    pub(super) fn max(&self) -> usize {
        let max = match self.lapin {
            None => FRAME_MIN,
            Some(0) => MOST_HELD,
            Some(max) => max.min(MOST_HELD),
        };
        usize::try_from(max).unwrap_or(usize::MAX)
    }

    /// What goes to lapin in place of a whole frame from the broker, if not the frame itself.
    pub(super) fn incoming(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let Some(frame_max) = frame_max(frame, 30) else {
            return rewrite::rewrite(frame, self.max());
        };
        self.broker = frame_max;
        let announced = if frame_max == 0 { 0 } else { frame_max.saturating_add(ROOM) };
        with_frame_max(frame, announced)
    }

    /// What goes to the broker in place of a whole frame from lapin, if not the frame itself.
    pub(super) fn outgoing(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let answer = frame_max(frame, 31)?;
        self.lapin = Some(answer);
        let mut actual = answer;
        if answer != 0 {
            actual = answer.saturating_sub(ROOM).max(FRAME_MIN);
        }
        if self.broker != 0 && (actual == 0 || actual > self.broker) {
            actual = self.broker;
        }
        with_frame_max(frame, actual)
    }
}

impl Default for Negotiation {
    fn default() -> Self {
        Self::new()
    }
}

/// Where `frame_max` is in connection.tune and tune-ok: behind class, method and `channel_max`.
const FRAME_MAX_AT: usize = HEAD + 6;

/// The value in this method of the class connection: 30 is tune, 31 tune-ok.
fn frame_max(frame: &[u8], method: u8) -> Option<u32> {
    let is_it =
        frame.first() == Some(&METHOD) && frame.get(HEAD..)?.starts_with(&[0, 10, 0, method]);
    let value = frame.get(FRAME_MAX_AT..)?.first_chunk()?;
    is_it.then(|| u32::from_be_bytes(*value))
}

fn with_frame_max(frame: &[u8], value: u32) -> Option<Vec<u8>> {
    let mut frame = frame.to_vec();
    *frame.get_mut(FRAME_MAX_AT..)?.first_chunk_mut()? = value.to_be_bytes();
    Some(frame)
}
