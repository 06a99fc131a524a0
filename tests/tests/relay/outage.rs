//! The broker goes away and comes back: nothing is lost, and nothing is claimed meanwhile.

use warren_protocol::{
    AckMode, BrokerState, Detail, FailReason, Outcome, QueueStatus, ServerMessage, StopReason, Tags,
};
use warren_tests::{client::Client, proxy};

fn is_down(state: &BrokerState) -> bool {
    matches!(state, BrokerState::Down { .. })
}

#[tokio::test]
async fn readiness_follows_the_broker() {
    let (relay, proxy, _amqp) = proxy::relay_on_a_line().await;
    proxy.cut();
    relay.readyz(503, "").await;
    assert_eq!(relay.get("/healthz").await.0, 200);
    proxy.mend();
    relay.readyz(200, "").await;
}

#[tokio::test]
async fn publishing_fails_while_the_broker_is_away_and_works_again_afterwards() {
    let (relay, proxy, amqp) = proxy::relay_on_a_line().await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    proxy.cut();
    client.until_broker("down", is_down).await;
    client.publish(1, "too early").await;
    let failure = client.failed(1).await;
    assert_eq!((failure.reason, failure.retry), (FailReason::BrokerDown, true));
    proxy.mend();
    client.until_broker("up", BrokerState::is_up).await;
    client.publish(2, "in time").await;
    client.confirmed(2).await;
    amqp.until_counts(1, 0).await;
}

#[tokio::test]
async fn receiving_goes_on_and_what_was_unsettled_comes_again_under_a_new_tag() {
    let (relay, proxy, amqp) = proxy::relay_on_a_line().await;
    amqp.publish(b"kept").await;
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    let first = client.take(1).await.remove(0);

    proxy.cut();
    client.stopped(StopReason::BrokerDown).await;
    proxy.mend();
    let receiving = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { .. });
    client.event("receiving again", receiving).await;
    let second = client.take(1).await.remove(0);
    assert_eq!(second.body, first.body);
    assert!(second.redelivered && second.tag > first.tag, "{first:?} {second:?}");

    client.settle(Outcome::Ack, &[first.tag]).await;
    let stale = client.event("stale", |event| matches!(event, ServerMessage::Stale { .. })).await;
    assert_eq!(stale, ServerMessage::Stale { tags: Tags::List(vec![first.tag]) });
    client.settle(Outcome::Ack, &[second.tag]).await;
    client.pause().await;
    drop(client);
    amqp.until_counts(0, 0).await;
}

#[tokio::test]
async fn a_broker_that_is_silent_is_said_to_be_so_before_the_connection_is_given_up() {
    let (relay, proxy, _amqp) = proxy::relay_on_a_line().await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    proxy.silence();
    client
        .until("the counts say that RabbitMQ does not answer", |client| {
            let first = client.queues.first()?;
            let QueueStatus::Unreadable { error } = &first.status else { return None };
            (*error == Detail::BrokerSilent).then_some(())
        })
        .await;
    assert!(client.broker.as_ref().is_some_and(BrokerState::is_up));
}
