//! Looking with a token: who may, and what one is told.

use warren_protocol::{ErrorCode, ReceiveMode, ServerMessage};
use warren_tests::{
    amqp::{Amqp, QUEUE, Shape},
    client::Client,
    node,
    relay::Relay,
    token_file::TokenFile,
};

const SENDS: &str = "sends-only-0123456789";
const RECEIVES: &str = "receives-0123456789";

#[tokio::test]
async fn a_token_that_may_not_look_is_told_so_and_shown_nothing() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    amqp.publish(b"secret").await;
    let file = TokenFile::new(&format!("{SENDS} send\n{RECEIVES} receive"));
    let relay = Relay::ready(&url, &["--token-file", file.arg()]).await;

    let mut sends = Client::connect(&relay).await;
    sends.show(SENDS).await;
    sends.welcome().await;
    sends.ask_as(QUEUE, ReceiveMode::Look, None).await;
    let words = sends.error(ErrorCode::NotAllowed).await;
    assert!(words.contains("may not look"), "{words}");
    sends.ask_as(QUEUE, ReceiveMode::Take, None).await;
    let words = sends.error(ErrorCode::NotAllowed).await;
    assert!(words.contains("may not receive"), "{words}");
    amqp.until_counts(1, 0).await;

    let mut receives = Client::connect(&relay).await;
    receives.show(RECEIVES).await;
    receives.welcome().await;
    receives.look(QUEUE).await;
    receives.take(1).await;
    amqp.until_counts(0, 1).await;
    // Whatever was on its way to it is read by then.
    sends.publish(1, "x").await;
    sends.confirmed(1).await;
    assert!(sends.deliveries.is_empty());
    let told = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { .. });
    assert!(!sends.events.iter().any(told), "{sends:?}");
}
