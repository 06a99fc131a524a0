//! How a session begins, what it may say, and how it ends when it may not.

use tokio_tungstenite::tungstenite::Message;
use warren_protocol::{AckMode, ErrorCode, PROTOCOL_VERSION, ServerMessage, close, limits};
use warren_tests::{client::Client, node, relay::Relay};

const HELLO: &str = r#"{"type":"hello","data":{"protocol":1}}"#;
const PUBLISH: &str = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"text":"x"}}]}}"#;

#[tokio::test]
async fn the_first_line_on_stdout_is_the_address_and_there_is_no_second() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    Client::start(&relay).await;
    assert_eq!(relay.program.stdout(), [format!("listening on {}", relay.url())]);
}

#[tokio::test]
async fn hello_is_answered_by_welcome_the_brokers_state_and_the_queues() {
    let args = ["--queue", "hello", "--queue", "b", "--queue-kind", "auto"];
    let relay = Relay::start(&node::vhost().await, &args).await;
    let mut client = Client::connect(&relay).await;
    let ServerMessage::Welcome { protocol, queues, limits, .. } = client.hello().await else {
        panic!("no welcome");
    };
    assert_eq!(protocol, PROTOCOL_VERSION);
    assert_eq!(queues, ["hello", "b"]);
    assert_eq!(limits.max_body_bytes, limits::DEFAULT_MAX_BODY_BYTES);
    assert_eq!(limits.max_in_flight, limits::DEFAULT_MAX_IN_FLIGHT);
    assert_eq!(limits.max_prefetch, limits::DEFAULT_MAX_PREFETCH);
    client.until_queue(0, 0).await;
    let names: Vec<&str> = client.queues.iter().map(|queue| queue.name.as_str()).collect();
    assert_eq!(names, ["hello", "b"]);
}

#[tokio::test]
async fn a_client_need_not_wait_for_welcome() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    Client::start(&relay).await.until_queue(0, 0).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(HELLO).await;
    client.send_text(PUBLISH).await;
    client.confirmed(1).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_named_and_the_session_goes_on() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    for text in ["no json", "[]", r#"{"type":"fly"}"#, r#"{"type":"publish"}"#, ""] {
        client.send_text(text).await;
        let words = client.error(ErrorCode::BadMessage).await;
        assert!(!words.is_empty(), "{text}");
    }
    client.send_raw(Message::binary(b"\xff".as_slice())).await;
    client.error(ErrorCode::BadMessage).await;
    client.publish(1, "still here").await;
    client.confirmed(1).await;
}

/// A binary message: the length of its JSON, the JSON, and a tail.
fn binary(json: &str, tail: &[u8]) -> Message {
    let length = u32::try_from(json.len()).unwrap().to_be_bytes();
    Message::binary([&length, json.as_bytes(), tail].concat())
}

#[tokio::test]
async fn a_client_that_asks_for_binary_messages_gets_them_and_may_send_either_form() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    Client::start(&relay).await.until_queue(0, 0).await;
    for answers in [false, true] {
        let mut client = Client::connect(&relay).await;
        let hello = format!(r#"{{"type":"hello","data":{{"protocol":1,"binary":{answers}}}}}"#);
        client.send_text(&hello).await;
        let publish = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"bytes":2}},{"id":2,"body":{"text":"t"}},{"id":3,"body":{"bytes":3}}]}}"#;
        client.send_raw(binary(publish, b"\xff\0abc")).await;
        for id in 1..=3 {
            client.confirmed(id).await;
        }
        client.send_text(PUBLISH).await;
        client.confirmed(1).await;
        client.receive(AckMode::Auto, None).await;
        let taken = client.take_and_ack(4).await.into_iter();
        let bodies: Vec<_> = taken.map(|taken| taken.body.into_bytes()).collect();
        assert_eq!(bodies, [b"\xff\0".as_slice(), b"t", b"abc", b"x"]);
        client.pause().await;
        assert_eq!(client.text_messages == 0, answers, "{client:?}");
        assert_eq!(client.binary_messages == 0, !answers, "{client:?}");
    }
}

#[tokio::test]
async fn a_binary_message_of_wrong_lengths_is_named_and_nothing_of_it_is_sent() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    let publish = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"text":"x"}},{"id":2,"body":{"bytes":3}}]}}"#;
    for (wrong, says) in [
        (binary(publish, b"ab"), "more bytes than the 2"),
        (binary(publish, b"abcd"), "1 bytes at the end"),
        (Message::binary(publish), "ends before its JSON"),
        (Message::binary(b"\0\0".as_slice()), "ends before its JSON"),
        (Message::text(publish), "in a binary message only"),
        (Message::text(r#"{"data":{"protocol":1},"type":"hello"}"#), "the type first"),
    ] {
        client.send_raw(wrong).await;
        let words = client.error(ErrorCode::BadMessage).await;
        assert!(words.contains(says), "{words}");
    }
    client.send_raw(binary(publish, b"abc")).await;
    client.confirmed(1).await;
    client.confirmed(2).await;
    client.until_queue(2, 0).await;
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(r#"{"type":"hello","data":{"protocol":1,"colour":"red"}}"#).await;
    client.event("welcome", |event| matches!(event, ServerMessage::Welcome { .. })).await;
}

#[tokio::test]
async fn a_second_hello_is_a_mistake_that_changes_nothing() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    client.send_text(HELLO).await;
    client.event("an error", |event| matches!(event, ServerMessage::Error { .. })).await;
    client.publish(1, "still here").await;
    client.confirmed(1).await;
}

#[tokio::test]
async fn who_does_not_say_hello_first_is_sent_away() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(PUBLISH).await;
    assert_eq!(client.close_code().await, close::POLICY);
}

#[tokio::test]
async fn another_protocol_version_is_sent_away() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(r#"{"type":"hello","data":{"protocol":2}}"#).await;
    assert_eq!(client.close_code().await, close::UNSUPPORTED_VERSION);
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let relay = Relay::start(&node::vhost().await, &["--origin", "https://warren.example"]).await;
    let refused = Client::try_connect(&relay, Some("https://evil.example")).await;
    assert_eq!(refused.err(), Some(403));
    for origin in [relay.url().as_str(), "https://warren.example"] {
        let mut client = Client::try_connect(&relay, Some(origin)).await.unwrap();
        client.hello().await;
    }
}

#[tokio::test]
async fn health_and_readiness_are_told_by_http() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    assert_eq!(relay.get("/healthz").await.0, 200);
    relay.readyz(200, "").await;
}
