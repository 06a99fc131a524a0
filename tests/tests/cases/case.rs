//! What all cases begin with: a vhost with the queue in question, a relay, and a witness.

use lapin::{
    BasicProperties,
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use warren_protocol::Delivery;
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    relay::Relay,
    witness::{WITNESS, Witness},
};

/// The queue in question.
pub(crate) const QUEUE: &str = "case";

/// How the relay is told of the two queues: neither is its own.
pub(crate) const QUEUES: [&str; 6] =
    ["--queue", QUEUE, "--queue", WITNESS, "--queue-kind", "never"];

/// A case under way.
pub(crate) struct Case {
    /// The broker's address, with the vhost.
    pub(crate) url: String,
    /// The tests' own connection.
    pub(crate) amqp: Amqp,
    /// On a queue of its own. It ends before its relay.
    pub(crate) witness: Witness,
    /// The relay for both queues.
    pub(crate) relay: Relay,
}

impl Case {
    /// Starts one on this RabbitMQ; none where there is no such RabbitMQ. `prepare` makes the queue
    /// in question.
    pub(crate) async fn start(rabbit: Rabbit, prepare: impl AsyncFnOnce(&Amqp)) -> Option<Self> {
        let url = node::vhost_on(rabbit).await?;
        Some(Self::start_at(&url, &url, &QUEUES, prepare).await)
    }

    /// Starts one whose relay reaches the broker at `relay_url`, with these arguments.
    pub(crate) async fn start_at(
        url: &str,
        relay_url: &str,
        args: &[&str],
        prepare: impl AsyncFnOnce(&Amqp),
    ) -> Self {
        let amqp = Amqp::connect(url).await;
        Witness::declare(&amqp).await;
        prepare(&amqp).await;
        let relay = Relay::ready(relay_url, args).await;
        let witness = Witness::start(&relay).await;
        Self { url: url.to_owned(), amqp, relay, witness }
    }

    /// A session that does nothing yet.
    pub(crate) async fn session(&self) -> Client {
        Client::start(&self.relay).await
    }

    /// Ends it: the witness has noticed nothing.
    pub(crate) async fn finish(self) {
        self.witness.finish(&self.relay).await;
    }
}

/// The vhost of an address.
pub(crate) fn vhost_of(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// Declares a durable queue with these arguments.
pub(crate) async fn declare(amqp: &Amqp, queue: &str, arguments: FieldTable) {
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    amqp.declare_queue(queue, options, arguments).await;
}

/// Publishes messages of 20 bytes to `queue`; their `message_id` is their number.
pub(crate) async fn publish(amqp: &Amqp, queue: &str, numbers: std::ops::RangeInclusive<usize>) {
    for number in numbers {
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_message_id(number.to_string().into());
        amqp.publish_to(queue, &[b'x'; 20], properties).await;
    }
}

/// The `message_id`s of deliveries, which are numbers.
pub(crate) fn numbers(deliveries: &[Delivery]) -> Vec<usize> {
    let number = |delivery: &Delivery| delivery.properties.message_id.as_ref()?.parse().ok();
    deliveries.iter().map(|delivery| number(delivery).unwrap()).collect()
}

/// Declares a durable queue of this type.
pub(crate) async fn declare_type(amqp: &Amqp, queue: &str, queue_type: &str) {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString(queue_type.into()));
    declare(amqp, queue, arguments).await;
}

/// Takes and acknowledges messages, and returns their `message_id`s, which are numbers.
pub(crate) async fn take_numbers(client: &mut Client, count: usize) -> Vec<usize> {
    numbers(&client.take_and_ack(count).await)
}
