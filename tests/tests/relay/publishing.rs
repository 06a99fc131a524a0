//! Publishing: "confirmed" means that the broker has it, and a failure says whose it is and why.

use lapin::types::{AMQPValue, FieldTable};
use serde_json::json;
use warren_protocol::{
    Body, ClientMessage, FailReason, FieldTable as Headers, FieldValue, Properties, Publish,
};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::{Client, words},
    limits_file::LimitsFile,
    node,
    relay::Relay,
};

/// A relay, a client that may publish, and the tests' own connection to the same vhost.
async fn start(args: &[&str]) -> (Relay, Client, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, args).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    (relay, client, amqp)
}

fn message(id: u64, body: Body) -> Publish {
    Publish { id, queue: None, body, properties: Properties::default() }
}

#[tokio::test]
async fn a_confirmed_message_is_in_the_queue_byte_for_byte() {
    let (_relay, mut client, amqp) = start(&[]).await;
    let bodies = [
        Body::from("Hello World!"),
        Body::default(),
        Body::from("line one\nline two \u{1f407} <b>\0"),
        Body::from(vec![0xff, 0x00, 0xfe]),
    ];
    for (id, body) in (1..).zip(&bodies) {
        client.publish_with(id, body.clone(), Properties::default()).await;
        client.confirmed(id).await;
    }
    let deliveries = amqp.consume(bodies.len()).await;
    for (delivery, body) in deliveries.iter().zip(&bodies) {
        assert_eq!(delivery.data, body.as_bytes());
    }
}

#[tokio::test]
async fn what_one_client_publishes_is_published_in_that_order() {
    let (_relay, mut client, amqp) = start(&[]).await;
    for half in [1..101, 101..201] {
        let messages = half.map(|id| message(id, Body::from(id.to_string()))).collect();
        client.send(&ClientMessage::Publish { messages }).await;
    }
    for id in 1..201 {
        client.confirmed(id).await;
    }
    let bodies: Vec<Vec<u8>> = (1..101).map(|id: u64| id.to_string().into_bytes()).collect();
    let got: Vec<Vec<u8>> = amqp.consume(100).await.into_iter().map(|got| got.data).collect();
    assert_eq!(got, bodies);
}

#[tokio::test]
async fn a_queue_that_the_relay_was_not_started_with_is_out_of_reach() {
    let (_relay, mut client, amqp) = start(&[]).await;
    let queue = Some("amq.rabbitmq.reply-to".to_owned());
    let messages = vec![Publish { queue, ..message(1, Body::from("x")) }];
    client.send(&ClientMessage::Publish { messages }).await;
    let failure = client.failed(1).await;
    assert_eq!((failure.reason, failure.retry), (FailReason::UnknownQueue, false));
    amqp.until_counts(0, 0).await;
}

#[tokio::test]
async fn a_body_over_the_limit_fails_alone() {
    let (_relay, mut client, amqp) = start(&["--max-body", "1KiB"]).await;
    let body = |bytes| Body::from(vec![7; bytes]);
    let messages = vec![message(1, body(1024)), message(2, body(1025)), message(3, body(1))];
    client.send(&ClientMessage::Publish { messages }).await;
    client.confirmed(1).await;
    let failure = client.failed(2).await;
    assert_eq!((failure.reason, failure.retry), (FailReason::TooLarge, false));
    client.confirmed(3).await;
    amqp.until_counts(2, 0).await;
}

#[tokio::test]
async fn a_property_that_the_broker_would_close_the_channel_over_fails_alone() {
    let (_relay, mut client, amqp) = start(&[]).await;
    let unset = Properties::default;
    let header = |name: &str, value| {
        let headers = Some(Headers([(name.to_owned(), value)].into()));
        Properties { headers, ..unset() }
    };
    let elsewhere = || FieldValue::Array(vec!["elsewhere".into()]);
    let expires = |expiration: &str| {
        let expiration = Some(expiration.to_owned());
        Properties { expiration, ..unset() }
    };
    let infinite = FieldValue::Array(vec![FieldValue::Float(f32::INFINITY)]);
    let cases = [
        ("user_id", Properties { user_id: Some("somebody".into()), ..unset() }),
        ("expiration", expires("abc")),
        ("expiration", expires("-1")),
        // These route to any queue.
        ("CC", header("CC", elsewhere())),
        ("BCC", header("BCC", elsewhere())),
        ("reply_to", Properties { reply_to: Some("amq.rabbitmq.reply-to".into()), ..unset() }),
        ("content_type", Properties { content_type: Some("x".repeat(300)), ..unset() }),
        // RabbitMQ reads floats by a pattern that only finite ones match; at others it closes the
        // connection with 541.
        ("factor", header("factor", FieldValue::Double(f64::NAN))),
        ("factor", header("factor", infinite)),
        ("deep", header("deep", FieldValue::TooDeep)),
        ("", header(&"n".repeat(300), FieldValue::Boolean(true))),
        ("", header("large", FieldValue::LongString(vec![b'x'; 200 * 1024]))),
    ];
    let mut messages = Vec::new();
    for (id, (_, properties)) in (1..).step_by(2).zip(&cases) {
        let bad = Publish { properties: properties.clone(), ..message(id, Body::from("x")) };
        messages.extend([bad, message(id + 1, Body::from("y"))]);
    }
    client.send(&ClientMessage::Publish { messages }).await;
    for (id, (name, _)) in (1..).step_by(2).zip(&cases) {
        let failure = client.failed(id).await;
        assert_eq!((failure.reason, failure.retry), (FailReason::InvalidProperty, false), "{name}");
        let detail = words(failure.detail);
        assert!(detail.contains(name), "{name} is not named in {detail:?}");
        client.confirmed(id + 1).await;
    }
    amqp.until_counts(u32::try_from(cases.len()).unwrap(), 0).await;
}

#[tokio::test]
async fn a_property_that_is_the_connections_own_is_let_through() {
    let (_relay, mut client, amqp) = start(&[]).await;
    let properties: Properties =
        serde_json::from_value(json!({ "user_id": "guest", "expiration": "600000" })).unwrap();
    client.publish_with(1, Body::from("x"), properties).await;
    client.confirmed(1).await;
    amqp.until_counts(1, 0).await;
}

#[tokio::test]
async fn what_goes_beyond_max_in_flight_fails_and_may_be_sent_again() {
    let (_relay, mut client, amqp) = start(&LimitsFile::new("max-in-flight = 10").args()).await;
    let messages = (1..101).map(|id| message(id, Body::from("x"))).collect();
    client.send(&ClientMessage::Publish { messages }).await;
    let mut confirmed = 0;
    for id in 1..101 {
        match client.answer(id).await {
            Ok(()) => confirmed += 1,
            Err(failure) => {
                assert_eq!((failure.reason, failure.retry), (FailReason::TooManyInFlight, true));
            }
        }
    }
    assert!((10..100).contains(&confirmed), "{confirmed} were confirmed");
    amqp.until_counts(confirmed, 0).await;
}

#[tokio::test]
async fn a_message_that_no_queue_takes_comes_back() {
    let relay = Relay::start(&node::vhost().await, &["--queue-kind", "never"]).await;
    let mut client = Client::start(&relay).await;
    client.until_broker("up", warren_protocol::BrokerState::is_up).await;
    client.publish(1, "to nowhere").await;
    assert_eq!(client.failed(1).await.reason, FailReason::Returned);
}

#[tokio::test]
async fn a_message_that_a_full_queue_refuses_fails() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    let mut full = FieldTable::default();
    full.insert("x-max-length".into(), AMQPValue::LongInt(1));
    full.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
    amqp.declare_with(Shape::Durable, full).await;
    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    client.publish(1, "fits").await;
    client.confirmed(1).await;
    client.publish(2, "does not").await;
    assert_eq!(client.failed(2).await.reason, FailReason::Nacked);
}

#[tokio::test]
async fn in_a_mixed_burst_just_the_messages_that_no_queue_takes_come_back() {
    const BURST: u64 = 1_000;
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let queues = ["--queue", "hello", "--queue", "gone", "--queue-kind", "never"];
    let relay = Relay::start(&url, &queues).await;
    let mut client = Client::start(&relay).await;
    client.until_broker("up", warren_protocol::BrokerState::is_up).await;
    let is_gone = |id: &u64| id.is_multiple_of(3) || id % 7 < 2;
    let messages = (1..=BURST).map(|id| {
        let queue = Some(if is_gone(&id) { "gone" } else { "hello" }.to_owned());
        // Some have a name, the others are told by their body.
        let name = (id % 2 == 0).then(|| format!("message {id}"));
        let properties = Properties { message_id: name, ..Properties::default() };
        Publish { id, queue, body: Body::from(format!("body {id}")), properties }
    });
    client.send(&ClientMessage::Publish { messages: messages.collect() }).await;
    for id in 1..=BURST {
        match client.answer(id).await {
            Ok(()) => assert!(!is_gone(&id), "{id} is in no queue, and is confirmed"),
            Err(failure) => {
                assert!(is_gone(&id), "{id} is in a queue, and has failed: {failure:?}");
                assert_eq!(failure.reason, FailReason::Returned);
            }
        }
    }
    let arrived = (1..=BURST).filter(|id| !is_gone(id)).count();
    amqp.until_counts(u32::try_from(arrived).unwrap(), 0).await;
}
