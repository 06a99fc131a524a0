//! Takes the broker's answers as they come, many at a time.

use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::BasicReturnMessage;
use tokio::time::Instant;

use super::{ANSWERS, LARGE, Published, Resolved, Task, key};
use crate::{
    coalesce::Coalesce,
    confirms::{Confirm, Input, Key},
    explain::reply_code,
};

impl Task {
    /// Takes an answer and all others that are ready: [`Confirms`] wants them together.
    pub(super) async fn resolved(&mut self, first: Resolved) {
        let mut resolved = vec![first];
        while let Some(Some(next)) = self.confirms.next().now_or_never() {
            resolved.push(next);
        }
        let now = Instant::now();
        let mut confirms = Vec::with_capacity(resolved.len());
        let mut lost: Option<lapin::Error> = None;
        for (number, since, confirmation) in resolved {
            match confirmation {
                Ok(confirmation) => {
                    self.broker.metrics.confirm.observe((now - since).as_secs_f64());
                    let acked = confirmation.is_ack();
                    let returned = confirmation.take_message().map(|message| returned(&message));
                    confirms.push(Confirm { number, acked, returned });
                }
                // The one that names the broker's reason, where there is one.
                Err(error) if lost.is_none() || reply_code(&error).is_some() => lost = Some(error),
                Err(_) => {}
            }
        }
        let answered_before = self.answered.len();
        self.apply(Input::Confirmed(confirms)).await;
        self.count_confirmed(answered_before);
        if let (Some(error), Some(channel)) = (lost, &self.channel) {
            let why = channel.connection().judge(&error).await;
            self.lose(why).await;
        }
    }

    pub(super) fn count_confirmed(&mut self, from: usize) {
        let confirmed = self.answered.iter().skip(from).filter(|answer| answer.result.is_ok());
        let (mut messages, mut bytes) = (0, 0);
        for answer in confirmed {
            messages += 1;
            bytes += answer.bytes as u64;
        }
        self.broker.metrics.confirmed(messages, bytes);
        if messages > 0
            && let Some(queue) = self.returned_from.take()
        {
            self.broker.queues.known().ask_again(&queue);
        }
    }
}

/// A message that the broker has returned, and why.
fn returned(message: &BasicReturnMessage) -> (Key, String) {
    let delivery = &message.delivery;
    let key = key(&delivery.routing_key, &delivery.properties, &delivery.data);
    (key, format!("{} {}", message.reply_code, message.reply_text))
}

/// Takes answers for one `published`; `in_flight` more messages wait for theirs.
pub(super) fn take_answers(
    answered: &mut Vec<Published>,
    in_flight: usize,
    coalesce: &mut Coalesce,
) -> Vec<Published> {
    let window = in_flight + answered.len();
    let answers: Vec<Published> = answered.drain(..answered.len().min(ANSWERS)).collect();
    let bytes: usize = answers.iter().map(|answer| answer.bytes).sum();
    coalesce.note(if bytes < LARGE { answers.len() } else { 0 }, window);
    answers
}
