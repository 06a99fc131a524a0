//! Headers nested deeper than anyone can show, as any user of the broker may send them.

use warren_protocol::{Body, FieldValue, MAX_HEADER_DEPTH, Outcome};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    node, python,
    relay::Relay,
};

/// As many as fit into a frame of 128 KiB, RabbitMQ's default, at 5 bytes each.
const MOST_LEVELS: usize = 26_000;

/// A message with so many levels arrives, cut off where it is too deep, and so does the next.
async fn arrives(levels: usize) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::receiving(&relay).await;
    python::send_nested(&url, Shape::Durable, levels).await;
    amqp.publish(b"next").await;
    let deliveries = client.take(2).await;
    assert_eq!(deliveries[1].body, Body::from("next"));

    let headers = deliveries[0].properties.headers.as_ref().unwrap();
    let mut value = &headers.0["h"];
    let mut depth = 1;
    while let FieldValue::Array(values) = value {
        value = &values[0];
        depth += 1;
    }
    assert_eq!((value, depth), (&FieldValue::TooDeep, MAX_HEADER_DEPTH + 1));
    client.settle_up_to(Outcome::Ack, deliveries[1].tag).await;
    amqp.until_counts(0, 1).await;
}

#[tokio::test]
async fn a_message_with_headers_that_are_nested_too_deep_to_be_shown_arrives() {
    arrives(MAX_HEADER_DEPTH + 8).await;
}

#[tokio::test]
async fn headers_nested_as_deep_as_a_frame_allows_end_no_relay() {
    arrives(MOST_LEVELS).await;
}
