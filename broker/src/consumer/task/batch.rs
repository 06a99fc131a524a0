//! Takes deliveries that are there together, and passes them on as one event.

use futures_util::FutureExt as _;
use warren_protocol::{Body, Delivery};

use super::Task;
use crate::{
    consumer::{Event, deliveries::Next, operation::Operation},
    convert,
    known_queues::Redeliveries,
    subscription::{Delivered, Input},
};

/// The most deliveries and bytes in a batch; one larger delivery is a batch of its own.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 256 * 1024;

impl Task {
    /// Takes a delivery and all others that are there, as far as a batch has room.
    pub(super) async fn received(&mut self, first: Next) {
        let mut batch = Batch::default();
        let mut next = first;
        loop {
            let delivery = match next {
                Next::Delivery(delivery) => delivery,
                Next::Ended(consumer) => {
                    self.pass(batch);
                    let channel = self.core.channel();
                    return self.apply(Input::ConsumerEnded { channel, consumer });
                }
                Next::Failed(error) => {
                    self.pass(batch);
                    let Some((_, channel)) = &self.channel else { return };
                    let error = channel.connection().judge(&error).await;
                    return self.lose(error);
                }
            };
            self.take(delivery, &mut batch);
            if batch.is_full() || self.asks_first {
                break;
            }
            match self.deliveries.next().now_or_never() {
                Some(ready) => next = ready,
                None => break,
            }
        }
        self.pass(batch);
    }

    fn take(&mut self, delivery: lapin::message::Delivery, batch: &mut Batch) {
        let (tag, bytes) = (delivery.delivery_tag, delivery.data.len());
        let offset = convert::stream_offset(&delivery.properties);
        if delivery.redelivered {
            batch.redeliveries.add(convert::redelivery(&delivery.properties));
        }
        match self.core.delivered(self.core.channel(), tag, bytes, offset) {
            Delivered::Pass(tag) => batch.push(into_delivery(tag, delivery)),
            Delivered::GiveBack => {
                batch.unseen += bytes;
                self.operate(Operation::GiveBack { tag });
            }
            Delivered::Ignore => batch.unseen += bytes,
            Delivered::AskFirst => {
                self.deliveries.put_back(delivery);
                self.asks_first = true;
                self.operate(Operation::CheckStream { queue: self.queue.clone() });
            }
        }
    }

    fn pass(&mut self, batch: Batch) {
        let full = batch.is_full();
        let Batch { messages, bytes, unseen, redeliveries } = batch;
        let queues = &self.broker.queues;
        if queues.known().note(&self.queue, redeliveries) {
            queues.look_soon();
        }
        let channel = self.channel.as_ref();
        let taken = channel.and_then(|(_, channel)| channel.take_intake(bytes + unseen));
        let window = usize::from(self.core.window());
        self.coalesce.note(if full { 0 } else { messages.len() }, window);
        if messages.is_empty() {
            return;
        }
        self.broker.metrics.delivered(messages.len(), bytes);
        let sizes = messages.iter().map(|message| message.body.len());
        self.broker.queues.known().observe(&self.queue, sizes);
        self.pending.push_back(Event::Deliveries(messages, taken));
        self.apply(Input::BatchEnded);
    }
}

/// Deliveries that are passed on together.
#[derive(Default)]
struct Batch {
    messages: Vec<Delivery>,
    bytes: usize,
    /// Bytes of those that are not passed on.
    unseen: usize,
    /// What those say that were delivered before.
    redeliveries: Redeliveries,
}

impl Batch {
    fn push(&mut self, message: Delivery) {
        self.bytes += message.body.len();
        self.messages.push(message);
    }

    fn is_full(&self) -> bool {
        self.messages.len() >= BATCH || self.bytes >= BATCH_BYTES
    }
}

fn into_delivery(tag: u64, delivery: lapin::message::Delivery) -> Delivery {
    Delivery {
        tag,
        properties: convert::from_amqp(&delivery.properties),
        redelivered: delivery.redelivered,
        exchange: delivery.exchange.into(),
        routing_key: delivery.routing_key.into(),
        body: Body::from(delivery.data),
    }
}
