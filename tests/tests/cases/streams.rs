//! A stream keeps its messages: what would take them back is answered, and harms nobody.

use lapin::types::{AMQPValue, FieldTable};
use warren_protocol::{AckMode, ErrorCode, Outcome, ServerMessage, StopReason};
use warren_tests::{amqp::Amqp, client::Client, node::Rabbit};

use crate::case::{Case, QUEUE, declare, publish, take_numbers};

on_each_rabbit!(
    a_stream_takes_nothing_back_and_says_so,
    leaving_and_pausing_a_stream_with_unsettled_messages_harms_nobody,
);

async fn start(rabbit: Rabbit) -> Option<Case> {
    let prepare = async |amqp: &Amqp| {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("stream".into()));
        declare(amqp, QUEUE, arguments).await;
    };
    Case::start(rabbit, prepare).await
}

/// Whether the session was told that it receives from a stream.
fn knows_of_the_stream(client: &Client, before: &[ServerMessage]) -> bool {
    let says =
        |event: &ServerMessage| matches!(event, ServerMessage::Receiving { stream: true, .. });
    client.events.iter().chain(before).any(says)
}

async fn a_stream_takes_nothing_back_and_says_so(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    let mut page = case.session().await;
    page.ask_for(QUEUE, AckMode::Manual, None).await;
    let receiving = |event: &ServerMessage| matches!(event, ServerMessage::Receiving { .. });
    let first = page.event("receiving", receiving).await;
    publish(&case.amqp, QUEUE, 1..=3).await;
    let tags: Vec<u64> = page.take(3).await.iter().map(|delivery| delivery.tag).collect();
    assert!(knows_of_the_stream(&page, &[first]), "{page:?}");
    for outcome in [Outcome::Requeue, Outcome::Reject] {
        page.settle(outcome, &[tags[0]]).await;
        page.error(ErrorCode::NotSupported).await;
        page.settle_up_to(outcome, tags[2]).await;
        let words = page.error(ErrorCode::NotSupported).await;
        assert!(words.contains("stream"), "{words}");
    }
    // They are the page's still, and an ack makes room for the next.
    page.settle(Outcome::Ack, &tags).await;
    publish(&case.amqp, QUEUE, 4..=4).await;
    assert_eq!(take_numbers(&mut page, 1).await, [4]);
    page.pause().await;
    assert_eq!(page.closed, None);
    case.finish().await;
}

async fn leaving_and_pausing_a_stream_with_unsettled_messages_harms_nobody(rabbit: Rabbit) {
    const FLOW: usize = 500;
    let Some(case) = start(rabbit).await else { return };
    let mut stays = case.session().await;
    stays.receive_from(QUEUE, AckMode::Auto, None).await;
    let mut pauses = case.session().await;
    pauses.receive_from(QUEUE, AckMode::Auto, None).await;
    let mut leaves = case.session().await;
    leaves.receive_from(QUEUE, AckMode::Manual, None).await;

    publish(&case.amqp, QUEUE, 1..=FLOW / 2).await;
    leaves.take(10).await;
    drop(leaves);
    pauses.take(10).await;
    pauses.pause().await;
    publish(&case.amqp, QUEUE, FLOW / 2 + 1..=FLOW).await;
    let numbers = take_numbers(&mut stays, FLOW).await;
    assert!(numbers.into_iter().eq(1..=FLOW), "in order, each once");
    let stopped = |event: &ServerMessage| matches!(event, ServerMessage::Stopped { reason, .. } if *reason != StopReason::Paused);
    assert!(!stays.events.iter().chain(&pauses.events).any(stopped), "{stays:?} {pauses:?}");
    // Where it was: what it has not acknowledged is there still.
    pauses.receive_from(QUEUE, AckMode::Auto, None).await;
    pauses.take(10).await;
    case.finish().await;
}
