//! What one session has in flight: admission within the limits, and the way to the broker.

use std::sync::Arc;

use warren_broker::{Account, Prepared, Published, Publisher, Reserved};
use warren_protocol::{Detail, FailReason, Failure, Publish, limits::MAX_IN_FLIGHT_BYTES};

use super::Shared;
use crate::{access::Grant, socket::COPIES};
use warren_broker::metrics::GaugeGuard;

/// What a message takes in memory beside its body, in bytes: its properties, and its place in the
/// lists of those that wait.
const MESSAGE_OVERHEAD: usize = 512;

/// One message may always be in flight, whatever the others have, if its body has no more bytes.
const SMALL: usize = 512 * 1024;

pub(super) struct Outgoing {
    grant: Grant,
    shared: Arc<Shared>,
    /// Made by the first message.
    publisher: Option<Publisher>,
    /// Admitted, and to be handed over together.
    admitted: Vec<Prepared>,
    /// Admitted and not answered.
    in_flight: usize,
    in_flight_bytes: usize,
    /// Memory for these.
    memory: Account,
    /// `in_flight`, as this session's part of the gauge.
    share: GaugeGuard,
}

impl Outgoing {
    pub(super) fn new(grant: Grant, shared: Arc<Shared>) -> Self {
        let share = shared.broker.metrics().in_flight();
        let memory = Account::new(shared.broker.budget().inbound().clone());
        Self {
            grant,
            shared,
            publisher: None,
            admitted: Vec::new(),
            in_flight: 0,
            in_flight_bytes: 0,
            memory,
            share,
        }
    }

    /// Takes a message, or says why this session may not send it, or not now.
    pub(super) fn admit(&mut self, message: Publish) -> Result<(), Failure> {
        let id = message.id;
        let refuse = |reason, detail, retry| Failure { id, reason, detail: Some(detail), retry };
        if !self.grant.rights.send {
            return Err(refuse(FailReason::NotAllowed, Detail::MayNotSend, false));
        }
        let queue = self
            .grant
            .queue(message.queue.as_deref())
            .map_err(|detail| refuse(FailReason::UnknownQueue, detail, false))?;
        let bytes = message.body.len();
        let limits = &self.shared.limits;
        let max = limits.client.max_body_bytes;
        if bytes > max {
            return Err(refuse(FailReason::TooLarge, Detail::BodyTooLarge { bytes, max }, false));
        }
        let full = self.in_flight >= limits.client.max_in_flight
            || (self.in_flight > 0 && self.in_flight_bytes + bytes > MAX_IN_FLIGHT_BYTES);
        if full {
            return Err(refuse(FailReason::TooManyInFlight, Detail::WindowFull, true));
        }
        let message = Prepared::new(message, &queue, &limits.headers)?;
        let alone_and_small = self.in_flight == 0 && bytes <= SMALL;
        if !self.memory.grow_to(memory(self.in_flight + 1, self.in_flight_bytes + bytes))
            && !alone_and_small
        {
            return Err(refuse(FailReason::TooManyInFlight, Detail::NoMemory, true));
        }
        self.admitted.push(message);
        self.in_flight += 1;
        self.in_flight_bytes += bytes;
        Ok(())
    }

    /// Takes over the memory that a message from the client was read with.
    pub(super) fn take_over(&mut self, memory: Reserved) {
        self.memory.deposit(memory);
    }

    /// Hands over what was admitted.
    pub(super) fn publish(&mut self) {
        self.share.set(self.in_flight);
        // What was read with more than is kept gives the rest back.
        self.memory.shrink_to(memory(self.in_flight, self.in_flight_bytes));
        if self.admitted.is_empty() {
            return;
        }
        let max_in_flight = self.shared.limits.client.max_in_flight;
        let broker = &self.shared.broker;
        let publisher = self.publisher.get_or_insert_with(|| broker.publisher(max_in_flight));
        publisher.publish(std::mem::take(&mut self.admitted));
    }

    /// Whether nothing waits for an answer.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// The next answers. Cancel-safe.
    pub(super) async fn answered(&mut self) -> Vec<Published> {
        let Some(publisher) = &mut self.publisher else {
            return std::future::pending().await;
        };
        let answers = publisher.answered().await;
        let bytes: usize = answers.iter().map(|answer| answer.bytes).sum();
        self.in_flight -= answers.len();
        self.in_flight_bytes -= bytes;
        self.memory.shrink_to(memory(self.in_flight, self.in_flight_bytes));
        self.share.set(self.in_flight);
        answers
    }
}

/// What so many messages with bodies of so many bytes take, in bytes.
fn memory(messages: usize, bytes: usize) -> usize {
    messages * MESSAGE_OVERHEAD + bytes * COPIES
}
