//! What one session has in flight: admission within the limits, and the way to the publisher.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::mpsc;
use warren_protocol::{FailReason, Failure, Publish, limits::MAX_IN_FLIGHT_BYTES};

use super::Shared;
use crate::{
    broker::{Prepared, Published},
    gather::Gather,
    guard::Grant,
    metrics::Share,
};

/// The most messages that are handed to the publisher at once, so that sessions take turns.
const BATCH: usize = 256;

/// The most answers that are taken at once, for one `published`.
const ANSWERS: usize = 1024;

/// Answers for so many bytes of bodies are not followed by a moment's wait.
const LARGE: usize = 256 * 1024;

pub(super) struct Outgoing {
    grant: Grant,
    shared: Arc<Shared>,
    /// Admitted, and waiting for room at the publisher.
    waiting: VecDeque<Prepared>,
    /// Has room for all that may be in flight, so that the publisher never waits.
    answers: (mpsc::Sender<Published>, mpsc::Receiver<Published>),
    /// Admitted and not answered: `waiting` and what the publisher has.
    in_flight: usize,
    in_flight_bytes: usize,
    /// For the answers.
    gather: Gather,
    /// `in_flight`, as this session's part of the gauge.
    share: Share,
}

impl Outgoing {
    pub(super) fn new(grant: Grant, shared: Arc<Shared>) -> Self {
        let answers = mpsc::channel(shared.limits.told.max_in_flight);
        let share = shared.metrics.in_flight();
        Self {
            grant,
            shared,
            waiting: VecDeque::new(),
            answers,
            in_flight: 0,
            in_flight_bytes: 0,
            gather: Gather::default(),
            share,
        }
    }

    /// Takes a message, or says why this session may not send it, or not now.
    pub(super) fn admit(&mut self, message: Publish) -> Result<(), Failure> {
        let id = message.id;
        let refuse =
            |reason, detail: String, retry| Failure { id, reason, detail: Some(detail), retry };
        if !self.grant.rights.send {
            let words = "this token may not send".to_owned();
            return Err(refuse(FailReason::NotAllowed, words, false));
        }
        let queue = self
            .grant
            .queue(message.queue.as_deref())
            .map_err(|words| refuse(FailReason::UnknownQueue, words, false))?;
        let bytes = message.body.len();
        let limits = &self.shared.limits;
        let most = limits.told.max_body_bytes;
        if bytes > most {
            let words = format!("the body has {bytes} bytes, at most {most} are allowed");
            return Err(refuse(FailReason::TooLarge, words, false));
        }
        let full = self.in_flight >= limits.told.max_in_flight
            || (self.in_flight > 0 && self.in_flight_bytes + bytes > MAX_IN_FLIGHT_BYTES);
        if full {
            let words = "wait for confirms before sending more".to_owned();
            return Err(refuse(FailReason::TooManyInFlight, words, true));
        }
        self.waiting.push_back(Prepared::new(message, &queue, &limits.headers)?);
        self.in_flight += 1;
        self.in_flight_bytes += bytes;
        Ok(())
    }

    /// Shows what is in flight in the metrics; to be called after each batch of [`Self::admit`].
    pub(super) fn show(&mut self) {
        self.share.set(self.in_flight);
    }

    /// Whether nothing waits for an answer.
    pub(super) fn is_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Hands over what waits as soon as there is room for it, and returns with the next answers.
    /// Cancel-safe.
    pub(super) async fn answered(&mut self) -> Vec<Published> {
        let mut answers = Vec::new();
        loop {
            tokio::select! {
                () = self.gather.over(), if self.gather.is_on() => {}
                _ = self.answers.1.recv_many(&mut answers, ANSWERS), if !self.gather.is_on() => {
                    let bytes: usize = answers.iter().map(|answer| answer.bytes).sum();
                    // Large messages wait for the room that these have left.
                    self.gather.made(if bytes < LARGE { answers.len() } else { 0 }, self.in_flight);
                    self.in_flight -= answers.len();
                    self.in_flight_bytes -= bytes;
                    self.show();
                    return answers;
                }
                Some(permit) = self.shared.broker.publisher().reserve(),
                    if !self.waiting.is_empty() =>
                {
                    let count = self.waiting.len().min(BATCH);
                    permit.send(self.waiting.drain(..count).collect(), self.answers.0.clone());
                }
            }
        }
    }
}
