//! How many bytes of messages are with one consuming connection: let in, and not yet written to a
//! client. Nothing more is let in while the process has no memory for it.
//!
//! lapin queues deliveries without a bound of its own, and AMQP's prefetch counts messages, not
//! bytes: this is the bound in bytes.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::budget::Outbound;

/// What a connection may let in whatever the others have, in bytes, so that no queue can starve
/// another.
const ALWAYS: usize = 1024 * 1024;
/// Largest message that RabbitMQ can be set to take, in bytes. A header that says more counts as
/// this, so that no sum overflows.
const MAX_MESSAGE: usize = 512 * 1024 * 1024;

/// Frame types and the methods that begin or end a channel (AMQP 0-9-1, sections 2.3.5 and 1.5).
const METHOD: u8 = 1;
const HEADER: u8 = 2;
const CHANNEL_OPEN_OK: [u8; 4] = [0, 20, 0, 11];
const CHANNEL_CLOSE: [u8; 4] = [0, 20, 0, 40];
const CHANNEL_CLOSE_OK: [u8; 4] = [0, 20, 0, 41];

/// The bytes of one consuming connection, in all and for each of its channels.
#[derive(Debug)]
pub(crate) struct Intake {
    outbound: Arc<Outbound>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    /// What lapin has, and what was taken from it and not written.
    all: usize,
    /// Who wants to read, until `all` is below [`ALWAYS`].
    waiting: Option<Waker>,
    /// The number of the channel that is open under an id. Ids come again, numbers do not.
    open: HashMap<u16, u64>,
    last_number: u64,
    /// What lapin has of each channel, by number. One that has ended stays until it is forgotten:
    /// lapin still gives out what has come.
    channels: HashMap<u64, usize>,
}

/// What lapin has of one channel. Dropped, it is forgotten.
#[derive(Debug)]
pub(crate) struct ChannelIntake {
    intake: Arc<Intake>,
    number: u64,
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
        if self.has_little() || self.outbound.poll_room(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut held = self.lock();
        // It may have been released meanwhile.
        if held.all < ALWAYS {
            return Poll::Ready(());
        }
        held.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    fn has_little(&self) -> bool {
        self.lock().all < ALWAYS
    }

    /// Looks at a frame from the broker. Where it begins a message, or begins or ends a channel, tells
    /// the channel's id and how many bytes of a body follow there.
    pub(crate) fn note(&self, frame: &[u8]) -> Option<(u16, u64)> {
        let id = u16::from_be_bytes(*frame.get(1..3)?.first_chunk()?);
        let payload = frame.get(7..)?;
        match *frame.first()? {
            HEADER => {
                // Behind class and weight.
                let size = u64::from_be_bytes(*payload.get(4..12)?.first_chunk()?);
                self.let_in(id, usize::try_from(size).unwrap_or(usize::MAX).min(MAX_MESSAGE));
                Some((id, size))
            }
            METHOD if payload.starts_with(&CHANNEL_OPEN_OK) => {
                let mut held = self.lock();
                held.last_number += 1;
                let number = held.last_number;
                held.channels.insert(number, 0);
                held.end(id);
                held.open.insert(id, number);
                Some((id, 0))
            }
            METHOD
                if payload.starts_with(&CHANNEL_CLOSE)
                    || payload.starts_with(&CHANNEL_CLOSE_OK) =>
            {
                self.lock().end(id);
                Some((id, 0))
            }
            _ => None,
        }
    }

    fn let_in(&self, id: u16, bytes: usize) {
        let mut held = self.lock();
        let Held { all, open, channels, .. } = &mut *held;
        // What comes for a channel that was forgotten does not count: nobody would release it.
        if let Some(of_channel) = open.get(&id).and_then(|number| channels.get_mut(number)) {
            *of_channel += bytes;
            *all += bytes;
            // Before anybody can release it.
            self.outbound.add(bytes);
        }
    }

    /// The channel that was opened last under this id.
    pub(crate) fn channel(self: &Arc<Self>, id: u16) -> ChannelIntake {
        // None has the number 0.
        let number = self.lock().open.get(&id).copied().unwrap_or(0);
        ChannelIntake { intake: Arc::clone(self), number }
    }

    fn release(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let mut held = self.lock();
        held.all -= bytes;
        let waiting = if held.all < ALWAYS { held.waiting.take() } else { None };
        drop(held);
        self.outbound.release(bytes);
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Held for a moment only, never across an await.
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// No channel is open under this id any more.
    fn end(&mut self, id: u16) {
        if let Some(number) = self.open.remove(&id)
            && self.channels.get(&number) == Some(&0)
        {
            self.channels.remove(&number);
        }
    }
}

impl ChannelIntake {
    /// Deliveries of so many bytes were taken from lapin.
    pub(crate) fn take(&self, bytes: usize) -> Taken {
        let mut held = self.intake.lock();
        let of_channel = held.channels.get_mut(&self.number);
        let bytes = of_channel.map_or(0, |of_channel| {
            let bytes = bytes.min(*of_channel);
            *of_channel -= bytes;
            bytes
        });
        drop(held);
        Taken { intake: Arc::clone(&self.intake), bytes }
    }

    /// Nothing is taken any more: what lapin has goes with the channel, and what still comes does not
    /// count. Waiting for the channel's end instead could be for ever: nothing is read meanwhile.
    fn forget(&self) {
        let bytes = self.intake.lock().channels.remove(&self.number);
        self.intake.release(bytes.unwrap_or(0));
    }
}

impl Drop for ChannelIntake {
    fn drop(&mut self) {
        self.forget();
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
