//! How a session begins, what it may say, and how it ends when it may not.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use warren_protocol::{ErrorCode, PROTOCOL_VERSION, ServerMessage, close, limits};
use warren_tests::{client::Client, node, relay::Relay};

const HELLO: &str = r#"{"type":"hello","protocol":1}"#;
const PUBLISH: &str = r#"{"type":"publish","messages":[{"id":1,"body":{"text":"x"}}]}"#;

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
async fn a_frame_that_cannot_be_read_is_named_and_the_session_goes_on() {
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

#[tokio::test]
async fn a_client_that_asks_for_binary_frames_gets_them_and_may_write_either_kind() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    Client::start(&relay).await.until_queue(0, 0).await;
    for binary in [false, true] {
        let mut client = Client::connect(&relay).await;
        let hello = json!({ "type": "hello", "protocol": 1, "binary": binary });
        client.send_text(&hello.to_string()).await;
        client.send_raw(Message::binary(PUBLISH)).await;
        client.confirmed(1).await;
        client.send_text(PUBLISH).await;
        client.confirmed(1).await;
        assert_eq!(client.text_frames == 0, binary, "{client:?}");
        assert_eq!(client.binary_frames == 0, !binary, "{client:?}");
    }
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut client = Client::connect(&relay).await;
    client.send_text(r#"{"type":"hello","protocol":1,"colour":"red"}"#).await;
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
    client.send_text(r#"{"type":"hello","protocol":2}"#).await;
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
