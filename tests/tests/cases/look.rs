//! A look shows what waits in a queue and takes nothing.

use warren_protocol::{AckMode, ErrorCode, Outcome, ReceiveMode, ServerMessage, StreamFrom};
use warren_tests::{amqp::Amqp, node::Rabbit};

use crate::case::{Case, QUEUE, declare_type, numbers, publish, take_numbers};

const COUNT: usize = 30;
const READY: u32 = 30;
/// More than a quorum queue of RabbitMQ 4 lets a message come back.
const LOOKS: usize = 25;

on_each_rabbit!(
    a_look_settles_nothing_and_gives_single_messages_back,
    a_consumer_beside_a_look_gets_what_is_published,
    many_looks_lose_nothing,
    a_look_at_a_stream_is_like_any_reading_of_it,
);

/// A case whose queue has this type and [`COUNT`] messages.
async fn start(rabbit: Rabbit, queue_type: &str) -> Option<Case> {
    let prepare = async |amqp: &Amqp| {
        declare_type(amqp, QUEUE, queue_type).await;
        publish(amqp, QUEUE, 1..=COUNT).await;
    };
    Case::start(rabbit, prepare).await
}

async fn a_look_settles_nothing_and_gives_single_messages_back(rabbit: Rabbit) {
    let Some(case) = start(rabbit, "classic").await else { return };
    let mut page = case.session().await;
    page.look(QUEUE).await;
    let shown = page.take(COUNT).await;
    assert!(numbers(&shown).into_iter().eq(1..=COUNT), "{shown:?}");
    for outcome in [Outcome::Ack, Outcome::Reject] {
        page.settle(outcome, &[shown[0].tag]).await;
        let words = page.error(ErrorCode::NotAllowed).await;
        assert!(words.contains("a look") && words.contains("take"), "{words}");
        page.settle_up_to(outcome, shown[COUNT - 1].tag).await;
        page.error(ErrorCode::NotAllowed).await;
    }
    // One goes back, and comes again since nobody else is there.
    page.settle(Outcome::Requeue, &[shown[4].tag]).await;
    let again = page.take(1).await;
    assert_eq!((numbers(&again), again[0].redelivered), (vec![5], true));
    page.pause().await;
    case.amqp.until_counts_of(QUEUE, READY, 0).await;
    // What was shown is not the page's any more.
    page.settle(Outcome::Ack, &[shown[0].tag]).await;
    page.event("stale", |event| matches!(event, ServerMessage::Stale { .. })).await;
    case.amqp.until_counts_of(QUEUE, READY, 0).await;
    case.finish().await;
}

async fn a_consumer_beside_a_look_gets_what_is_published(rabbit: Rabbit) {
    let Some(case) = start(rabbit, "classic").await else { return };
    let mut looks = case.session().await;
    looks.look(QUEUE).await;
    looks.take(COUNT).await;
    let mut takes = case.session().await;
    takes.receive_from(QUEUE, AckMode::Auto, None).await;
    for number in COUNT + 1..=COUNT + 20 {
        publish(&case.amqp, QUEUE, number..=number).await;
        assert_eq!(take_numbers(&mut takes, 1).await, [number]);
    }
    looks.pause().await;
    assert_eq!(numbers(&looks.deliveries), [0; 0], "they went to the look");
    // What it had goes on to who takes, in order.
    assert!(take_numbers(&mut takes, COUNT).await.into_iter().eq(1..=COUNT));
    case.finish().await;
}

async fn many_looks_lose_nothing(rabbit: Rabbit) {
    for queue_type in ["classic", "quorum", "stream"] {
        // RabbitMQ 4.0 drops what came back 20 times: see `look_hints.rs`.
        if (rabbit, queue_type) == (Rabbit::V4, "quorum") {
            continue;
        }
        let Some(case) = start(rabbit, queue_type).await else { return };
        let mut page = case.session().await;
        let from = (queue_type == "stream").then_some(StreamFrom::First);
        for look in 1..=LOOKS {
            page.receive_as(QUEUE, ReceiveMode::Look, from).await;
            let mut shown = numbers(&page.take(COUNT).await);
            shown.sort_unstable();
            assert!(shown.into_iter().eq(1..=COUNT), "look {look} at a {queue_type} queue");
            page.pause().await;
        }
        if queue_type != "stream" {
            case.amqp.until_counts_of(QUEUE, READY, 0).await;
            page.receive_from(QUEUE, AckMode::Auto, None).await;
            let mut taken = take_numbers(&mut page, COUNT).await;
            taken.sort_unstable();
            assert!(taken.into_iter().eq(1..=COUNT), "{queue_type}");
        }
        case.finish().await;
    }
}

/// Nobody has told the relay that it is one, and a stream takes no priority.
async fn a_look_at_a_stream_is_like_any_reading_of_it(rabbit: Rabbit) {
    let Some(case) = start(rabbit, "stream").await else { return };
    let mut page = case.session().await;
    page.ask_as(QUEUE, ReceiveMode::Look, None).await;
    let told =
        page.event("receiving", |event| matches!(event, ServerMessage::Receiving { .. })).await;
    assert!(
        matches!(told, ServerMessage::Receiving { mode: ReceiveMode::Look, stream: true, .. }),
        "{told:?}"
    );
    publish(&case.amqp, QUEUE, COUNT + 1..=COUNT + 3).await;
    let shown = page.take(3).await;
    assert_eq!(numbers(&shown), [COUNT + 1, COUNT + 2, COUNT + 3], "its end");
    page.settle(Outcome::Requeue, &[shown[0].tag]).await;
    page.error(ErrorCode::NotSupported).await;
    page.settle_up_to(Outcome::Ack, shown[2].tag).await;
    page.pause().await;
    let odd = |event: &&ServerMessage| !matches!(event, ServerMessage::Welcome { .. });
    assert_eq!(page.events.iter().find(odd), None);
    // Behind what it had.
    publish(&case.amqp, QUEUE, COUNT + 4..=COUNT + 4).await;
    page.look(QUEUE).await;
    assert_eq!(take_numbers(&mut page, 1).await, [COUNT + 4]);
    case.finish().await;
}
