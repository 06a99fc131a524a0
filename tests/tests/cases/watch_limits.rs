//! Watching what is at the limits of AMQP: long names, large headers, large bodies.

use lapin::{
    BasicProperties, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions},
    types::{AMQPValue, FieldTable},
};
use warren_protocol::{FieldValue, Observed, ObservedKind, StopReason};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    limits_file::LimitsFile,
    metrics::Scrape,
    node::{self, Rabbit},
    relay::Relay,
};

use crate::case::{Case, QUEUE, declare, publish};

on_each_rabbit!(
    the_longest_names_of_a_queue_and_of_an_exchange_are_survived,
    a_message_with_large_headers_or_a_large_body_is_seen,
    what_the_tap_drops_is_counted,
);

async fn the_longest_names_of_a_queue_and_of_an_exchange_are_survived(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (long_queue, long_exchange) = ("q".repeat(255), "x".repeat(255));
    let amqp = Amqp::connect(&url).await;
    declare(&amqp, &long_queue, FieldTable::default()).await;
    declare(&amqp, QUEUE, FieldTable::default()).await;
    let channel = amqp.channel().await;
    let declare_exchange = channel.exchange_declare(
        long_exchange.as_str().into(),
        ExchangeKind::Fanout,
        ExchangeDeclareOptions::default(),
        FieldTable::default(),
    );
    declare_exchange.await.unwrap();
    let bind = channel.queue_bind(
        QUEUE.into(),
        long_exchange.as_str().into(),
        "".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bind.await.unwrap();
    node::trace_on(rabbit, &url).await;
    let args = ["--queue", QUEUE, "--queue", &long_queue, "--queue-kind", "never"];
    let relay = Relay::ready(&url, &args).await;
    let mut page = Client::start(&relay).await;
    page.watch(&long_queue).await;
    let mut other = Client::start(&relay).await;
    other.watch(QUEUE).await;
    publish(&amqp, &long_queue, 1..=1).await;
    let seen = page.observe(1).await.remove(0);
    assert_eq!((seen.kind, seen.queues), (ObservedKind::Published, vec![long_queue.clone()]));
    let properties = BasicProperties::default();
    // RabbitMQ ends the tap's connection over it, and it is made again.
    amqp.publish_by(&long_exchange, "", b"by a long name", properties).await;
    let words = other.stopped_words(StopReason::NotTraced).await;
    assert!(words.contains("541"), "{words}");
    other.watching().await;
    publish(&amqp, QUEUE, 1..=1).await;
    let last = |event: &Observed| event.properties.message_id.as_deref() == Some("1");
    other.until("what came after", |page| page.observed.iter().any(last).then_some(())).await;
}

async fn a_message_with_large_headers_or_a_large_body_is_seen(rabbit: Rabbit) {
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let Some(case) = Case::start(rabbit, prepare).await else { return };
    node::trace_on(rabbit, &case.url).await;
    let mut page = case.session().await;
    page.watch(QUEUE).await;
    // As large as the broker takes: the trace has more around it.
    let large = "h".repeat(131_040);
    let mut headers = FieldTable::default();
    headers.insert("large".into(), AMQPValue::LongString(large.as_str().into()));
    let properties = BasicProperties::default().with_headers(headers);
    case.amqp.publish_to(QUEUE, b"large headers", properties).await;
    let body = vec![b'b'; 16 * 1024 * 1024];
    case.amqp.publish_to(QUEUE, &body, BasicProperties::default()).await;
    case.amqp.publish_to(QUEUE, b"small", BasicProperties::default()).await;
    let seen = page.observe(3).await;
    let header = seen[0].properties.headers.as_ref().unwrap().0.get("large").unwrap();
    assert_eq!(*header, FieldValue::LongString(large.into_bytes()));
    assert_eq!(seen[1].body.len(), body.len());
    assert_eq!(seen[2].body.as_bytes(), b"small");
    assert!(page.events.is_empty(), "nothing was interrupted: {:?}", page.events);
    case.finish().await;
}

async fn what_the_tap_drops_is_counted(rabbit: Rabbit) {
    // More than the tap holds, in bytes, and than is on its way. As many small ones as it holds would take RabbitMQ
    // longer than it waits for the heartbeat of a relay that is frozen.
    const MANY: usize = 10_000;
    const BYTES: usize = 10 * 1024;
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    amqp.fill(QUEUE, 0, 1).await;
    node::trace_on(rabbit, &url).await;
    // For as long as it is frozen it hears nobody: neither the session nor RabbitMQ must end for that.
    let patient = LimitsFile::new("idle-timeout = \"10m\"");
    let relay = Relay::ready(
        &format!("{url}?heartbeat=600"),
        &[&["--queue", QUEUE][..], &patient.args()].concat(),
    )
    .await;
    let mut page = Client::start(&relay).await;
    page.watch(QUEUE).await;
    relay.program.freeze();
    amqp.fill(QUEUE, MANY, BYTES).await;
    relay.program.thaw();
    page.until("all is seen or missed", |page| {
        (page.observed.len() + page.missed as usize >= MANY).then_some(())
    })
    .await;
    assert_eq!(page.observed.len() + page.missed as usize, MANY, "each once");
    let (_, _, text) = relay.get_with("/metrics", &[("host", &relay.address)]).await;
    let read = Scrape::read(&text).get("warren_observed_total");
    println!("{} seen, {} missed, {read} read from the tap", page.observed.len(), page.missed);
    assert!(read < MANY as f64, "the tap has dropped some");
}
