//! Operations on the channel, one after the other.

use std::sync::Arc;

use warren_protocol::Detail;

use super::Task;
use crate::{
    connection::{CallError, Channel},
    consumer::{
        deliveries::Deliveries,
        operation::{CountedConsumer, Done, Operation},
    },
    subscription::Input,
};

impl Task {
    pub(super) fn operate(&mut self, operation: Operation) {
        if let Some((number, channel)) = &self.channel {
            self.operations.push_back((Arc::clone(channel), *number, operation));
        }
    }

    /// Starts the next operation, where none is under way.
    pub(super) fn start_operation(&mut self) {
        if self.operating.is_none()
            && let Some((channel, number, operation)) = self.operations.pop_front()
        {
            self.operating = Some(Box::pin(async move {
                let done = operation.run(Arc::clone(&channel)).await;
                (channel, number, done)
            }));
        }
    }

    pub(super) fn operated(&mut self, of: Arc<Channel>, channel: u64, done: Done) {
        let is_present = self.channel.as_ref().is_some_and(|(number, _)| *number == channel);
        match done {
            Done::Consuming { consumer, prefetch, stream, counted, from_place } if is_present => {
                if from_place {
                    self.broker.queues.known().set_stream(&self.queue, true);
                }
                self.broker.queues.known().ask_again(&self.queue);
                self.broker.queues.look_soon();
                self.backoff.works();
                self.deliveries.add(consumer, stream, counted);
                self.apply(Input::Consuming { channel, consumer, prefetch });
            }
            Done::StreamChecked(stream) if is_present => {
                self.asks_first = false;
                self.broker.queues.known().set_stream(&self.queue, stream);
                self.apply(Input::StreamChecked { channel, stream });
            }
            Done::Settled(outcome, count) => self.broker.metrics.settled(outcome, count),
            Done::Consuming { consumer, stream, counted, .. } => {
                self.discard(of, consumer, stream, counted);
            }
            Done::StreamChecked(_) | Done::Nothing => {}
            Done::Failed { error, not_settled } => {
                if let Some(which) = not_settled {
                    self.not_settled(which);
                }
                if is_present {
                    if matches!(error, CallError::Refused(Detail::QueueNoStream { .. })) {
                        self.broker.queues.known().set_stream(&self.queue, false);
                    }
                    self.lose(error);
                }
            }
        }
    }

    /// A consumer has started on a channel that was given up meanwhile.
    pub(super) fn discard(
        &self,
        channel: Arc<Channel>,
        consumer: u64,
        stream: lapin::Consumer,
        counted: CountedConsumer,
    ) {
        let mut deliveries = Deliveries::default();
        deliveries.add(consumer, stream, counted);
        self.broker.tasks.spawn(deliveries.discard(channel));
    }
}
