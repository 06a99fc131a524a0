//! SIGTERM: pages are told, messages go back, the process ends well.

use warren_protocol::{ErrorCode, close};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    node,
    relay::Relay,
};

#[tokio::test]
async fn sigterm_closes_sessions_requeues_what_is_unsettled_and_exits_with_0() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    amqp.publish(b"unsettled").await;
    let mut relay = Relay::start(&url, &[]).await;
    let mut client = Client::receiving(&relay).await;
    client.take(1).await;
    client.publish(1, "on the way").await;
    // Read in order: once this is answered, the relay has the message, and the signal comes after.
    client.send_text("no frame").await;
    client.error(ErrorCode::BadMessage).await;
    relay.program.terminate();
    assert_eq!(client.close_code().await, close::GOING_AWAY);
    assert_eq!(relay.program.ended().await.code(), Some(0), "{}", relay.program.stderr());
    // What was published before the signal is confirmed, so it is there too.
    client.confirmed(1).await;
    amqp.until_counts(2, 0).await;
}

#[tokio::test]
async fn sigterm_ends_a_relay_whose_broker_is_away() {
    let url = "amqp://guest:guest@127.0.0.1:1/%2f";
    let mut relay = Relay::start(url, &[]).await;
    let mut client = Client::start(&relay).await;
    relay.program.terminate();
    assert_eq!(client.close_code().await, close::GOING_AWAY);
    assert_eq!(relay.program.ended().await.code(), Some(0), "{}", relay.program.stderr());
}
