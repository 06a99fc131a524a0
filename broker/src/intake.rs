//! How many bytes of messages are with one consuming connection: let in, and not yet written to a
//! client. Nothing more is let in while the process has no memory for it.
//!
//! lapin queues deliveries without a bound of its own, and AMQP's prefetch counts messages, not
//! bytes: this is the bound in bytes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use crate::budget::Outbound;

/// What a connection may let in whatever the others have, in bytes, so that no queue can starve
/// another.
const ALWAYS: usize = 1024 * 1024;

/// Frame types and the methods that begin or end a channel (AMQP 0-9-1, sections 2.3.5 and 1.5).
const METHOD: u8 = 1;
const HEADER: u8 = 2;
const CHANNEL_OPEN_OK: [u8; 4] = [0, 20, 0, 11];
const CHANNEL_CLOSE: [u8; 4] = [0, 20, 0, 40];
const CHANNEL_CLOSE_OK: [u8; 4] = [0, 20, 0, 41];

/// See the module.
#[derive(Debug)]
pub(crate) struct Intake {
    outbound: Arc<Outbound>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    /// What each channel has in lapin.
    channels: HashMap<u16, usize>,
}

/// Deliveries that were taken from lapin, until they are written to the client.
#[derive(Debug)]
pub struct Taken {
    intake: Arc<Intake>,
    bytes: usize,
}

impl Intake {
    /// For one connection.
    pub(crate) fn new(outbound: &Arc<Outbound>) -> Arc<Self> {
        Arc::new(Self { outbound: Arc::clone(outbound), held: Mutex::default() })
    }

    /// Whether the next message may be let in; if not, wakes once it may.
    pub(crate) fn may_read(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.lock().all < ALWAYS { Poll::Ready(()) } else { self.outbound.poll_room(cx) }
    }

    /// Looks at a frame from the broker, and tells how many bytes of a body follow it.
    pub(crate) fn note(&self, frame: &[u8]) -> u64 {
        let (Some(kind), Some(channel), Some(payload)) =
            (frame.first(), frame.get(1..3).and_then(<[u8]>::first_chunk), frame.get(7..))
        else {
            return 0;
        };
        let channel = u16::from_be_bytes(*channel);
        match *kind {
            HEADER => {
                // Behind class and weight.
                let size = payload.get(4..12).and_then(<[u8]>::first_chunk);
                let size = size.map_or(0, |size| u64::from_be_bytes(*size));
                self.let_in(channel, usize::try_from(size).unwrap_or(usize::MAX));
                size
            }
            METHOD => {
                let begins_or_ends = [CHANNEL_OPEN_OK, CHANNEL_CLOSE, CHANNEL_CLOSE_OK];
                if begins_or_ends.iter().any(|method| payload.starts_with(method)) {
                    self.forget(channel);
                }
                0
            }
            _ => 0,
        }
    }

    fn let_in(&self, channel: u16, bytes: usize) {
        let mut held = self.lock();
        held.all = held.all.saturating_add(bytes);
        let of_channel = held.channels.entry(channel).or_default();
        *of_channel = of_channel.saturating_add(bytes);
        drop(held);
        self.outbound.add(bytes);
    }

    /// Deliveries of a channel were taken from lapin.
    pub(crate) fn take(self: &Arc<Self>, channel: u16, bytes: usize) -> Taken {
        let mut held = self.lock();
        let of_channel = held.channels.entry(channel).or_default();
        // Where the channel has ended meanwhile, nothing is held for it any more.
        let bytes = bytes.min(*of_channel);
        *of_channel -= bytes;
        drop(held);
        Taken { intake: Arc::clone(self), bytes }
    }

    /// What a channel has in lapin is dropped.
    fn forget(&self, channel: u16) {
        let bytes = self.lock().channels.remove(&channel);
        self.release(bytes.unwrap_or(0));
    }

    fn release(&self, bytes: usize) {
        if bytes > 0 {
            self.lock().all -= bytes;
            self.outbound.release(bytes);
        }
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.intake.release(self.bytes);
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        let all = self.lock().all;
        self.outbound.release(all);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const MIB: usize = 1024 * 1024;

    fn header(channel: u16, size: usize) -> Vec<u8> {
        let mut frame = vec![HEADER];
        frame.extend(channel.to_be_bytes());
        frame.extend(14_u32.to_be_bytes());
        frame.extend([0, 60, 0, 0]);
        frame.extend((size as u64).to_be_bytes());
        frame.extend([0, 0, 0xCE]);
        frame
    }

    fn method(channel: u16, method: [u8; 4]) -> Vec<u8> {
        let mut frame = vec![METHOD];
        frame.extend(channel.to_be_bytes());
        frame.extend(4_u32.to_be_bytes());
        frame.extend(method);
        frame.push(0xCE);
        frame
    }

    fn may_read(intake: &Intake) -> bool {
        intake.may_read(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn what_is_let_in_counts_until_it_is_written_or_its_channel_ends() {
        let outbound = Outbound::new(4 * MIB);
        let intake = Intake::new(&outbound);
        assert_eq!(intake.note(&header(1, 3 * MIB)), 3 * MIB as u64);
        assert!(may_read(&intake));
        intake.note(&header(2, 2 * MIB));
        assert!(!may_read(&intake));
        let taken = intake.take(1, 3 * MIB);
        assert!(!may_read(&intake), "not written yet");
        drop(taken);
        assert!(may_read(&intake));
        intake.note(&header(1, 2 * MIB));
        assert_eq!(outbound.used(), 4 * MIB);
        intake.note(&method(2, CHANNEL_CLOSE_OK));
        intake.forget(1);
        assert_eq!(outbound.used(), 0);
        // What is late of a channel that has ended counts for nothing.
        drop(intake.take(1, MIB));
        assert_eq!(outbound.used(), 0);
    }

    #[test]
    fn a_queue_that_has_nothing_goes_on_whatever_others_have() {
        let outbound = Outbound::new(MIB);
        let (full, other) = (Intake::new(&outbound), Intake::new(&outbound));
        full.note(&header(1, 16 * MIB));
        assert!(!may_read(&full));
        assert!(may_read(&other));
        drop(full);
        assert_eq!(outbound.used(), 0);
    }
}
