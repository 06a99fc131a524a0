//! What was sent and is not yet confirmed, and what became of the last few. Owns the window
//! (how much may be in flight), the retry of messages that the broker did not get, and the order.
//!
//! A message is dropped from here only when the broker has confirmed it, or when it failed for
//! good and a thousand others failed after it; the latter are counted.

mod list;
mod run;
mod saved;
mod snapshot;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use warren_protocol::{
    Body, ClientMessage, FailReason, Failure, Limits, Properties, Publish, WireMessage as _, limits,
};

use crate::{
    send::repeat::Tally,
    ui::{
        number::grouped,
        preview::{Preview, weight},
    },
};

pub use list::{Row, Totals};
pub use saved::{MAX_SAVED_BYTES, Saved};
pub use snapshot::Snapshot;

/// Messages that may wait for the broker's confirm here. More are refused, not lost.
pub const MAX_UNRESOLVED: usize = 10_000;
/// Bytes of bodies that may wait here; a single message may always, whatever its size.
pub const MAX_UNRESOLVED_BYTES: usize = 64 * 1024 * 1024;
/// Confirmed messages that stay in the list.
pub const MAX_CONFIRMED: usize = 100;
/// Failed messages that stay in the list.
pub const MAX_FAILED: usize = 1_000;
/// Bytes of bodies of confirmed and failed messages that stay in the list.
pub const MAX_RESOLVED_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of one `publish`, roughly; a larger message gets one of its own.
pub const BATCH_BYTES: usize = 256 * 1024;
/// How many bytes one byte of a text takes in JSON at most (`\u0001`).
const MAX_ESCAPED: usize = 6;
/// What a `publish` takes around its messages, in bytes, at most.
const AROUND_MESSAGES: usize = 64;
/// How long to hold back, in milliseconds, after the relay could not take a message although it
/// seemed to be able to. Ends early when a message is confirmed or the broker comes up.
const HOLD_MS: f64 = 1_000.0;

/// A message as it was handed in.
#[derive(Debug)]
pub struct Outgoing {
    /// The queue; the relay's first where absent.
    pub queue: Option<String>,
    /// What is sent.
    pub body: Body,
    /// Carries the `message_id`, which a message keeps when it is sent again.
    pub properties: Properties,
    /// When it was handed in, in milliseconds since 1970-01-01 UTC.
    pub at_ms: f64,
    /// What a row shows of the body.
    pub preview: Preview,
    /// See [`weight`].
    weight: usize,
}

impl Outgoing {
    fn new(queue: Option<String>, body: Body, properties: Properties, at_ms: f64) -> Self {
        let (preview, weight) = (Preview::of(&body), weight(&body, &properties));
        Self { queue, body, properties, at_ms, preview, weight }
    }

    /// The bytes that it takes on the wire at most, whatever the characters of its properties.
    fn max_wire_bytes(&self) -> usize {
        let queue = self.queue.as_ref().map_or(0, String::len);
        // The names of the fields are within what the weight has for each message.
        let around = (self.weight - self.body.len() + queue).saturating_mul(MAX_ESCAPED);
        self.body.len().saturating_add(around)
    }

    /// The bytes that it takes on the wire alone.
    fn wire_bytes(&self) -> usize {
        ClientMessage::Publish { messages: vec![self.publish(u64::MAX)] }.into_binary().len()
    }

    fn publish(&self, id: u64) -> Publish {
        let Self { queue, body, properties, .. } = self;
        Publish { id, queue: queue.clone(), body: body.clone(), properties: properties.clone() }
    }
}

/// What has become of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum SendState {
    /// It waits here.
    Queued,
    /// It went to the relay; the broker has not confirmed it.
    Sent {
        /// When it went, in milliseconds since 1970-01-01 UTC.
        at_ms: f64,
    },
    /// The broker is responsible for it.
    Confirmed {
        /// Milliseconds from sending to the confirm.
        ms: u64,
    },
    /// It is in no queue, or may not be.
    Failed {
        /// What kind of failure.
        reason: FailReason,
        /// More about it, in words.
        detail: Option<String>,
    },
}

struct Entry {
    message: Rc<Outgoing>,
    state: SendState,
    /// Which run it belongs to, if any; see [`Outbox::start_run`].
    run: Option<u64>,
}

/// See the module.
#[derive(Default)]
pub struct Outbox {
    /// In the order in which they were handed in; keys are never used again.
    entries: BTreeMap<u64, Entry>,
    next_key: u64,
    queued: BTreeSet<u64>,
    /// The wire's id of each message in flight, with its key.
    in_flight: BTreeMap<u64, u64>,
    /// Increasing over all sessions, and so within each.
    next_id: u64,
    confirmed: BTreeSet<u64>,
    failed: BTreeSet<u64>,
    in_flight_bytes: usize,
    unresolved_bytes: usize,
    resolved_bytes: usize,
    confirmed_total: u64,
    forgotten: u64,
    hold_until_ms: Option<f64>,
    /// The window was full, and half of it is not free again.
    full: bool,
    limits: Option<Limits>,
    revision: u64,
    run: u64,
    tally: Tally,
}

impl Outbox {
    /// Takes a message to be sent, or says in words why it cannot.
    pub fn push(
        &mut self,
        queue: Option<String>,
        body: Body,
        properties: Properties,
        now_ms: f64,
    ) -> Result<(), String> {
        self.hand_in(queue, body, properties, now_ms, None)
    }

    /// Sends a message of the list again: a failed one as it was, with its `message_id`, any
    /// other as a new message that is named `message_id`.
    pub fn send_again(&mut self, key: u64, message_id: String, now_ms: f64) -> Result<(), String> {
        let Some(entry) = self.entries.get(&key) else {
            return Ok(());
        };
        if matches!(entry.state, SendState::Failed { .. }) {
            self.room_for(entry.message.body.len())?;
            self.queue_again(key);
            self.fail_if_too_large(key);
            return Ok(());
        }
        let (queue, body) = (entry.message.queue.clone(), entry.message.body.clone());
        let mut properties = entry.message.properties.clone();
        properties.message_id = Some(message_id);
        self.push(queue, body, properties, now_ms)
    }

    /// The relay's limits, from its `welcome`. Without them nothing is sent.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = Some(limits);
        for key in self.queued.clone() {
            self.fail_if_too_large(key);
        }
    }

    /// The relay's limits, once known.
    #[must_use]
    pub fn limits(&self) -> Option<Limits> {
        self.limits
    }

    /// The broker takes messages (again).
    pub fn broker_up(&mut self) {
        self.hold_until_ms = None;
    }

    /// The link to the relay is gone, and with it every answer: what was in flight waits again,
    /// in its old place, and may reach the queue twice with the same `message_id`.
    pub fn link_lost(&mut self) {
        for (_, key) in std::mem::take(&mut self.in_flight) {
            self.queue_again(key);
        }
        self.in_flight_bytes = 0;
        self.hold_until_ms = None;
    }

    /// The next messages to write, in order and within the window: for one `publish`.
    pub fn take(&mut self, now_ms: f64) -> Vec<Publish> {
        let Some(limits) = self.limits else {
            return Vec::new();
        };
        if self.hold_until_ms.is_some_and(|until| now_ms < until) {
            return Vec::new();
        }
        self.hold_until_ms = None;
        // A full window empties by half before it is filled again: a few large batches cost the
        // page, the relay and the broker less than many small ones.
        let half_free = self.in_flight.len() <= limits.max_in_flight / 2
            && self.in_flight_bytes <= limits::MAX_IN_FLIGHT_BYTES / 2;
        if self.full && !half_free {
            return Vec::new();
        }
        self.full = false;
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        let mut wire_bytes = AROUND_MESSAGES;
        while let Some(&key) = self.queued.first() {
            let Some(entry) = self.entries.get_mut(&key) else {
                self.queued.remove(&key);
                continue;
            };
            let message = Rc::clone(&entry.message);
            let (bytes, heavy) = (message.body.len(), message.weight);
            let window_full = self.in_flight.len() >= limits.max_in_flight
                || self.in_flight_bytes + bytes > limits::MAX_IN_FLIGHT_BYTES;
            wire_bytes = wire_bytes.saturating_add(message.max_wire_bytes());
            let batch_full = batch_bytes + heavy > BATCH_BYTES
                || batch.len() >= limits.max_batch
                || wire_bytes > limits.max_message_bytes;
            if window_full && !self.in_flight.is_empty() {
                self.full = true;
                break;
            }
            if batch_full && !batch.is_empty() {
                break;
            }
            self.next_id += 1;
            entry.state = SendState::Sent { at_ms: now_ms };
            self.queued.remove(&key);
            self.in_flight.insert(self.next_id, key);
            self.in_flight_bytes += bytes;
            self.revision += 1;
            batch_bytes += heavy;
            batch.push(message.publish(self.next_id));
        }
        batch
    }

    /// The relay's answer. Ids that are not in flight are ignored.
    pub fn published(&mut self, confirmed: &[u64], failed: Vec<Failure>, now_ms: f64) {
        for id in confirmed {
            let Some(key) = self.take_in_flight(*id) else { continue };
            let sent_ms = match self.entries.get(&key).map(|entry| &entry.state) {
                Some(SendState::Sent { at_ms }) => *at_ms,
                _ => now_ms,
            };
            // A clock that was set back shows as 0.
            let ms = (now_ms - sent_ms).max(0.0) as u64;
            self.confirmed_total += 1;
            self.hold_until_ms = None;
            self.resolve(key, SendState::Confirmed { ms });
        }
        for failure in failed {
            let Some(key) = self.take_in_flight(failure.id) else {
                continue;
            };
            // Others may be sent again too, but not by themselves: that would go on for ever.
            let by_itself =
                matches!(failure.reason, FailReason::BrokerDown | FailReason::TooManyInFlight);
            if by_itself && failure.retry {
                self.queue_again(key);
                self.hold_until_ms = Some(now_ms + HOLD_MS);
            } else {
                let Failure { reason, detail, .. } = failure;
                self.resolve(key, SendState::Failed { reason, detail });
            }
        }
    }

    /// Counts the changes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn hand_in(
        &mut self,
        queue: Option<String>,
        body: Body,
        properties: Properties,
        now_ms: f64,
        run: Option<u64>,
    ) -> Result<(), String> {
        self.room_for(body.len())?;
        self.insert(Rc::new(Outgoing::new(queue, body, properties, now_ms)), run);
        Ok(())
    }

    fn room_for(&self, bytes: usize) -> Result<(), String> {
        let (waiting, waiting_bytes) = self.waiting();
        if waiting >= MAX_UNRESOLVED {
            return Err(format!(
                "Not sent: {} messages already wait for the broker. Send again when some are confirmed.",
                grouped(waiting as u64)
            ));
        }
        if waiting > 0 && waiting_bytes + bytes > MAX_UNRESOLVED_BYTES {
            return Err(
                "Not sent: 64 MiB already wait for the broker. Send again when some are confirmed."
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn insert(&mut self, message: Rc<Outgoing>, run: Option<u64>) {
        let key = self.next_key;
        self.next_key += 1;
        self.unresolved_bytes += message.body.len();
        let state = SendState::Queued;
        self.entries.insert(key, Entry { message, state, run });
        self.queued.insert(key);
        self.revision += 1;
        self.fail_if_too_large(key);
    }

    /// The relay closes the link over what is too large, so such a message never goes out.
    fn fail_if_too_large(&mut self, key: u64) {
        let (Some(limits), Some(entry)) = (self.limits, self.entries.get(&key)) else {
            return;
        };
        if let Some(detail) = too_large(&entry.message, limits) {
            self.queued.remove(&key);
            let detail = Some(detail);
            self.resolve(key, SendState::Failed { reason: FailReason::TooLarge, detail });
        }
    }

    /// Takes a message out of the window.
    fn take_in_flight(&mut self, id: u64) -> Option<u64> {
        let key = self.in_flight.remove(&id)?;
        let bytes = self.entries.get(&key)?.message.body.len();
        self.in_flight_bytes = self.in_flight_bytes.saturating_sub(bytes);
        Some(key)
    }

    fn queue_again(&mut self, key: u64) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        if self.failed.remove(&key) {
            if entry.run == Some(self.run) {
                self.tally.failed = self.tally.failed.saturating_sub(1);
            }
            let bytes = entry.message.body.len();
            self.resolved_bytes = self.resolved_bytes.saturating_sub(bytes);
            self.unresolved_bytes += bytes;
        }
        entry.state = SendState::Queued;
        self.queued.insert(key);
        self.revision += 1;
    }

    fn resolve(&mut self, key: u64, state: SendState) {
        let Some(entry) = self.entries.get_mut(&key) else {
            return;
        };
        let bytes = entry.message.body.len();
        self.unresolved_bytes = self.unresolved_bytes.saturating_sub(bytes);
        self.resolved_bytes += bytes;
        let of_run = u64::from(entry.run == Some(self.run));
        if matches!(state, SendState::Failed { .. }) {
            self.tally.failed += of_run;
            self.failed.insert(key);
        } else {
            self.tally.confirmed += of_run;
            self.confirmed.insert(key);
        }
        entry.state = state;
        self.revision += 1;
        self.forget_oldest();
    }

    /// Keeps the resolved messages within their bounds, confirmed ones going first.
    fn forget_oldest(&mut self) {
        while self.confirmed.len() > MAX_CONFIRMED
            || self.failed.len() > MAX_FAILED
            || (self.resolved_bytes > MAX_RESOLVED_BYTES
                && self.confirmed.len() + self.failed.len() > 1)
        {
            let failed = self.failed.len() > MAX_FAILED || self.confirmed.is_empty();
            let list = if failed { &mut self.failed } else { &mut self.confirmed };
            let Some(key) = list.pop_first() else { return };
            self.forgotten += u64::from(failed);
            if let Some(entry) = self.entries.remove(&key) {
                let bytes = entry.message.body.len();
                self.resolved_bytes = self.resolved_bytes.saturating_sub(bytes);
            }
        }
    }
}

/// Why the relay would close the link over a message, in words.
fn too_large(message: &Outgoing, limits: Limits) -> Option<String> {
    if message.body.len() > limits.max_body_bytes {
        let max = grouped(limits.max_body_bytes as u64);
        return Some(format!("the relay takes bodies of at most {max} bytes"));
    }
    let max = limits.max_message_bytes;
    if AROUND_MESSAGES.saturating_add(message.max_wire_bytes()) <= max {
        return None;
    }
    let bytes = message.wire_bytes();
    (bytes > max).then(|| {
        let [bytes, max] = [bytes, max].map(|bytes| grouped(bytes as u64));
        format!(
            "with its headers it takes {bytes} bytes on the wire, and the relay reads at most {max}; \
             send less in one message, or let the relay read more ([limits] max-message)"
        )
    })
}
