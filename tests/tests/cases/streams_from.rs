//! A stream is read from where one likes; any other queue is refused, in words.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use warren_protocol::{
    AckMode, ReceiveMode, ServerMessage, StopReason,
    StreamFrom::{self, First, Last, Next, Offset, Timestamp},
};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    proxy::Proxy,
    relay::Relay,
};

use crate::case::{Case, QUEUE, declare_type, publish, take_numbers};

on_each_rabbit!(
    a_stream_is_read_from_where_one_asks,
    after_an_outage_a_stream_goes_on_without_a_gap,
    a_place_in_what_is_no_stream_is_refused_and_others_notice_nothing,
);

async fn start(rabbit: Rabbit, queue_type: &str, count: usize) -> Option<Case> {
    let prepare = async |amqp: &Amqp| {
        declare_type(amqp, QUEUE, queue_type).await;
        publish(amqp, QUEUE, 1..=count).await;
    };
    Case::start(rabbit, prepare).await
}

/// Reads the stream from there, and returns the number of the first message.
async fn first_from(page: &mut Client, from: StreamFrom) -> usize {
    page.receive_as(QUEUE, ReceiveMode::Take, Some(from)).await;
    take_numbers(page, 1).await[0]
}

async fn a_stream_is_read_from_where_one_asks(rabbit: Rabbit) {
    let Some(case) = start(rabbit, "stream", 10).await else { return };
    let mut page = case.session().await;
    page.ask_as(QUEUE, ReceiveMode::Take, Some(First)).await;
    let told =
        page.event("receiving", |event| matches!(event, ServerMessage::Receiving { .. })).await;
    assert!(matches!(told, ServerMessage::Receiving { stream: true, .. }), "{told:?}");
    assert!(take_numbers(&mut page, 10).await.into_iter().eq(1..=10));

    // Each begins anew.
    assert_eq!(first_from(&mut page, Offset(4)).await, 5);
    assert!(take_numbers(&mut page, 5).await.into_iter().eq(6..=10));
    assert_eq!(first_from(&mut page, Offset(0)).await, 1);
    assert!(take_numbers(&mut page, 9).await.into_iter().eq(2..=10));
    assert_eq!(first_from(&mut page, Timestamp(1)).await, 1);
    assert!(take_numbers(&mut page, 9).await.into_iter().eq(2..=10));
    let last = first_from(&mut page, Last).await;
    assert!(last > 1, "the last chunk");
    take_numbers(&mut page, 10 - last).await;

    // What comes from now on, in three ways; the last is beyond all that there can be.
    let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
    let tomorrow = tomorrow.duration_since(UNIX_EPOCH).unwrap().as_secs();
    for (number, from) in (11..).zip([Next, Timestamp(tomorrow), Timestamp(u64::MAX)]) {
        page.receive_as(QUEUE, ReceiveMode::Take, Some(from)).await;
        publish(&case.amqp, QUEUE, number..=number).await;
        assert_eq!(take_numbers(&mut page, 1).await, [number], "{from:?}");
    }
    // Without a place it goes on behind what it had.
    page.pause().await;
    publish(&case.amqp, QUEUE, 14..=15).await;
    page.receive_as(QUEUE, ReceiveMode::Take, None).await;
    assert_eq!(take_numbers(&mut page, 2).await, [14, 15]);
    page.receive_as(QUEUE, ReceiveMode::Take, Some(Offset(u64::MAX))).await;
    case.finish().await;
}

async fn after_an_outage_a_stream_goes_on_without_a_gap(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    declare_type(&amqp, QUEUE, "stream").await;
    publish(&amqp, QUEUE, 1..=10).await;
    let proxy = Proxy::start(&url).await;
    let relay = Relay::ready(&proxy.amqp_url(), &["--queue", QUEUE]).await;
    for mode in [ReceiveMode::Take, ReceiveMode::Look] {
        let mut page = Client::start(&relay).await;
        page.receive_as(QUEUE, mode, Some(Offset(2))).await;
        assert!(take_numbers(&mut page, 8).await.into_iter().eq(3..=10));
        if mode == ReceiveMode::Look {
            assert!(take_numbers(&mut page, 10).await.into_iter().eq(11..=20));
        }
        proxy.cut();
        page.stopped(StopReason::BrokerDown).await;
        let next = if mode == ReceiveMode::Take { 11..=20 } else { 21..=30 };
        publish(&amqp, QUEUE, next.clone()).await;
        proxy.mend();
        assert!(take_numbers(&mut page, 10).await.into_iter().eq(next));
    }
}

async fn a_place_in_what_is_no_stream_is_refused_and_others_notice_nothing(rabbit: Rabbit) {
    for queue_type in ["classic", "quorum"] {
        let Some(case) = start(rabbit, queue_type, 0).await else { return };
        let mut takes = case.session().await;
        takes.receive_from(QUEUE, AckMode::Auto, None).await;
        let mut page = case.session().await;
        page.ask_as(QUEUE, ReceiveMode::Take, Some(First)).await;
        let words = page.stopped_words(StopReason::Refused).await;
        assert!(words.contains("case is no stream"), "{words}");
        publish(&case.amqp, QUEUE, 1..=5).await;
        assert!(take_numbers(&mut takes, 5).await.into_iter().eq(1..=5));
        let told = |event: &ServerMessage| matches!(event, ServerMessage::Stopped { .. });
        assert!(!takes.events.iter().any(told), "{takes:?}");
        // Asked otherwise, it receives at once.
        page.receive_as(QUEUE, ReceiveMode::Take, None).await;
        takes.pause().await;
        publish(&case.amqp, QUEUE, 6..=7).await;
        // One that was on its way to the other comes back behind.
        let mut numbers = take_numbers(&mut page, 2).await;
        numbers.sort_unstable();
        assert_eq!(numbers, [6, 7]);
        case.finish().await;
    }
}
