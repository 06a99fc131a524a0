//! Watching: what passes through a queue is seen or counted as missed, and nothing is taken.

use futures_util::StreamExt as _;
use lapin::{
    BasicProperties,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions},
    types::{AMQPValue, FieldTable},
};
use warren_protocol::{
    AckMode, ErrorCode, Observed, ObservedKind, Outcome, ServerMessage, StopReason, close,
};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    node::{self, Rabbit},
    relay::Relay,
    token_file::TokenFile,
    wait,
    witness::WITNESS,
};

use crate::case::{Case, QUEUE, QUEUES, declare, declare_type, publish, take_numbers, vhost_of};

on_each_rabbit!(
    what_flows_between_others_is_seen_or_counted_and_nothing_is_taken,
    tracing_that_is_off_is_said_and_what_is_switched_on_and_off_is_followed,
    a_token_for_one_queue_sees_nothing_of_others,
    a_user_who_may_not_read_the_trace_is_told_which_permission_is_missing,
    no_tap_is_left_behind,
    a_stream_is_watched_by_reading_it,
    a_look_takes_nothing_from_a_queue_that_was_a_stream,
    a_watch_and_a_receive_end_each_other,
);

async fn start(rabbit: Rabbit) -> Option<Case> {
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    Case::start(rabbit, prepare).await
}

/// The numbers of the events of this kind, in their order.
fn numbers(events: &[Observed], kind: ObservedKind) -> Vec<usize> {
    let of_kind = events.iter().filter(|event| event.kind == kind);
    of_kind.map(|event| event.properties.message_id.as_ref().unwrap().parse().unwrap()).collect()
}

/// Takes `count` messages as another client would, and acknowledges each; their numbers.
async fn consume(amqp: &Amqp, count: usize) -> Vec<usize> {
    let channel = amqp.channel().await;
    channel.basic_qos(500, BasicQosOptions::default()).await.unwrap();
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(QUEUE.into(), "".into(), options, FieldTable::default());
    let mut deliveries = consumer.await.unwrap().take(count);
    let mut numbers = Vec::with_capacity(count);
    while let Some(delivery) = deliveries.next().await {
        let delivery = delivery.unwrap();
        numbers.push(delivery.properties.message_id().as_ref().unwrap().as_str().parse().unwrap());
        delivery.ack(BasicAckOptions::default()).await.unwrap();
    }
    channel.close(200, "".into()).await.unwrap();
    numbers
}

/// Publishes as fast as it can, as another client would.
async fn flood(amqp: &Amqp, queue: &str, count: usize) {
    let channel = amqp.channel().await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let mut confirms = Vec::with_capacity(count);
    for number in 1..=count {
        let properties = BasicProperties::default().with_message_id(number.to_string().into());
        let publish =
            channel.basic_publish("".into(), queue.into(), Default::default(), b"x", properties);
        confirms.push(publish.await.unwrap());
    }
    for confirm in confirms {
        assert!(confirm.await.unwrap().is_ack());
    }
    channel.close(200, "".into()).await.unwrap();
}

async fn what_flows_between_others_is_seen_or_counted_and_nothing_is_taken(rabbit: Rabbit) {
    const FLOW: usize = 20_000;
    let Some(case) = start(rabbit).await else { return };
    node::trace_on(rabbit, &case.url).await;
    let mut page = case.session().await;
    page.watch(QUEUE).await;
    let other = Amqp::connect(&case.url).await;
    let flow = async {
        let (_, consumed) = tokio::join!(flood(&case.amqp, QUEUE, FLOW), consume(&other, FLOW));
        consumed
    };
    let watch = async {
        page.until("all is seen or missed", |page| {
            (page.observed.len() + page.missed as usize >= 2 * FLOW).then_some(())
        })
        .await;
        page
    };
    let (consumed, page) = tokio::join!(flow, watch);
    assert!(consumed.into_iter().eq(1..=FLOW), "the other client has all, in order");
    println!("missed {} of {}", page.missed, 2 * FLOW);
    for kind in [ObservedKind::Published, ObservedKind::Delivered] {
        let seen = numbers(&page.observed, kind);
        assert!(seen.is_sorted_by(|a, b| a < b), "in order, each once");
        assert!(seen.len() + page.missed as usize >= FLOW, "{} of {kind:?}", seen.len());
    }
    assert!(page.observed.iter().all(|event| !event.redelivered));
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    case.finish().await;
}

/// Waits for `stopped` with `not_traced`, whose words have this in them.
async fn not_traced(page: &mut Client, words: &str) {
    let said = page.stopped_words(StopReason::NotTraced).await;
    assert!(said.contains(words), "{said}");
}

async fn tracing_that_is_off_is_said_and_what_is_switched_on_and_off_is_followed(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    let mut page = case.session().await;
    page.ask_to_watch(QUEUE).await;
    let command = format!("rabbitmqctl trace_on -p {}", vhost_of(&case.url));
    for number in 1..=2 {
        not_traced(&mut page, &command).await;
        page.meanwhile(node::trace_on(rabbit, &case.url)).await;
        page.watching().await;
        publish(&case.amqp, QUEUE, number..=number).await;
        let seen = page.observe(1).await;
        assert_eq!(numbers(&seen, ObservedKind::Published), [number]);
        assert_eq!(seen[0].queues, [QUEUE]);
        page.meanwhile(node::trace_off(rabbit, &case.url)).await;
    }
    not_traced(&mut page, &command).await;
    // Who comes now is told as well, and what waits is still there.
    let mut other = case.session().await;
    other.ask_to_watch(QUEUE).await;
    not_traced(&mut other, &command).await;
    case.amqp.until_counts_of(QUEUE, 2, 0).await;
    case.finish().await;
}

async fn a_token_for_one_queue_sees_nothing_of_others(rabbit: Rabbit) {
    const FLOOD: usize = 20_000;
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let file = TokenFile::new(&format!("all both\nmine watch {QUEUE}\nother watch {WITNESS}\n"));
    let amqp = Amqp::connect(&url).await;
    declare(&amqp, QUEUE, FieldTable::default()).await;
    declare(&amqp, WITNESS, FieldTable::default()).await;
    let args = [&QUEUES[..], &["--token-file", file.arg()]].concat();
    let relay = Relay::ready(&url, &args).await;
    node::trace_on(rabbit, &url).await;
    let mut page = Client::connect(&relay).await;
    page.show("mine").await;
    page.welcome().await;
    page.ask_to_watch(WITNESS).await;
    page.error(ErrorCode::UnknownQueue).await;
    page.watch(QUEUE).await;

    // A message for both, then a flood for the other alone, which somebody consumes.
    let headers = {
        let mut headers = FieldTable::default();
        let both = vec![AMQPValue::LongString(WITNESS.into())];
        headers.insert("BCC".into(), AMQPValue::FieldArray(both.into()));
        headers
    };
    let both = BasicProperties::default().with_message_id("1".into()).with_headers(headers);
    amqp.publish_to(QUEUE, b"both", both).await;
    flood(&amqp, WITNESS, FLOOD).await;
    publish(&amqp, QUEUE, 2..=2).await;
    let last = |event: &Observed| event.properties.message_id.as_deref() == Some("2");
    page.until("the last event", |page| page.observed.iter().any(last).then_some(())).await;
    assert_eq!(numbers(&page.observed, ObservedKind::Published), [1, 2]);
    assert_eq!(page.observed.len(), 2, "{page:?}");
    for event in &page.observed {
        assert_eq!(event.queues, [QUEUE], "only what the token may know of");
        assert_eq!(event.routing_keys, [QUEUE], "nobody sees BCC");
    }
    amqp.until_counts_of(WITNESS, FLOOD as u32 + 1, 0).await;
    // A token without the right.
    let mut sends = Client::connect(&relay).await;
    sends.show("all").await;
    sends.welcome().await;
    sends.ask_to_watch(QUEUE).await;
    let words = sends.error(ErrorCode::NotAllowed).await;
    assert_eq!(words, "this token may not watch");
}

async fn a_user_who_may_not_read_the_trace_is_told_which_permission_is_missing(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (user, user_url) = node::user_on(rabbit, &url, ".*").await;
    let vhost = vhost_of(&url);
    node::ctl_on(rabbit, &["set_permissions", "-p", vhost, &user, ".*", ".*", "^(?!amq).*"]).await;
    let prepare = async |amqp: &Amqp| declare(amqp, QUEUE, FieldTable::default()).await;
    let case = Case::start_at(&url, &user_url, &QUEUES, prepare).await;
    node::trace_on(rabbit, &url).await;
    let mut page = case.session().await;
    page.ask_to_watch(QUEUE).await;
    not_traced(&mut page, "read on amq.rabbitmq.trace").await;
    page.meanwhile(until_no_tap(rabbit, &url)).await;
    let everything = ["set_permissions", "-p", vhost, &user, ".*", ".*", ".*"];
    page.meanwhile(node::ctl_on(rabbit, &everything)).await;
    page.watching().await;
    case.finish().await;
}

/// The queues of the vhost whose names begin so.
async fn taps(rabbit: Rabbit, url: &str) -> usize {
    let queues = node::ctl_on(rabbit, &["list_queues", "-q", "-p", vhost_of(url), "name"]).await;
    queues.lines().filter(|line| line.starts_with("warren.watch.")).count()
}

async fn until_no_tap(rabbit: Rabbit, url: &str) {
    let gone = async || (taps(rabbit, url).await == 0).then_some(());
    wait::until("the tap is gone", String::new, gone).await;
}

async fn no_tap_is_left_behind(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    node::trace_on(rabbit, &case.url).await;
    let mut first = case.session().await;
    first.watch(QUEUE).await;
    let mut second = case.session().await;
    second.watch(WITNESS).await;
    assert_eq!(taps(rabbit, &case.url).await, 2, "one tap, with the queue that counts");
    first.pause().await;
    // The witness is at work.
    second.observe(1).await;
    drop(second);
    until_no_tap(rabbit, &case.url).await;
    // The connection is made anew.
    first.watch(QUEUE).await;
    publish(&case.amqp, QUEUE, 1..=1).await;
    first.observe(1).await;
    let url = case.url.clone();
    let Case { witness, relay, .. } = case;
    witness.finish(&relay).await;
    relay.program.kill();
    until_no_tap(rabbit, &url).await;

    let mut relay = Relay::ready(&url, &QUEUES).await;
    let mut last = Client::start(&relay).await;
    last.watch(QUEUE).await;
    relay.program.terminate();
    assert_eq!(last.close_code().await, close::GOING_AWAY);
    assert!(relay.program.ended().await.success());
    until_no_tap(rabbit, &url).await;
}

/// A session that watches a stream.
async fn watch_stream(rabbit: Rabbit) -> Option<(Case, Client)> {
    let prepare = async |amqp: &Amqp| declare_type(amqp, QUEUE, "stream").await;
    let case = Case::start(rabbit, prepare).await?;
    let mut page = case.session().await;
    page.ask_to_watch(QUEUE).await;
    let reads =
        |event: &ServerMessage| matches!(event, ServerMessage::Receiving { stream: true, .. });
    page.event("receiving from the stream", reads).await;
    Some((case, page))
}

async fn a_stream_is_watched_by_reading_it(rabbit: Rabbit) {
    let Some((case, mut page)) = watch_stream(rabbit).await else { return };
    publish(&case.amqp, QUEUE, 1..=3).await;
    assert_eq!(take_numbers(&mut page, 3).await, [1, 2, 3]);
    case.finish().await;
}

/// The relay knows it for a stream, which may be acknowledged in a look.
async fn a_look_takes_nothing_from_a_queue_that_was_a_stream(rabbit: Rabbit) {
    let Some((case, mut page)) = watch_stream(rabbit).await else { return };
    publish(&case.amqp, QUEUE, 1..=1).await;
    page.take(1).await;
    drop(page);
    // Nobody looks while it becomes another one.
    case.amqp.delete_queue(QUEUE).await;
    declare(&case.amqp, QUEUE, FieldTable::default()).await;
    // RabbitMQ 4.0 ends the connection of a channel that has published to the stream, and publishes to this
    // queue before it has heard that the stream is gone (`rabbit_classic_queue:ensure_monitor`, 541).
    let other = Amqp::connect(&case.url).await;
    publish(&other, QUEUE, 1..=30).await;
    let mut page = case.session().await;
    page.look(QUEUE).await;
    let taken = page.take(30).await;
    page.settle_up_to(Outcome::Ack, taken[29].tag).await;
    page.error(ErrorCode::NotAllowed).await;
    page.pause().await;
    case.amqp.until_counts_of(QUEUE, 30, 0).await;
    case.finish().await;
}

async fn a_watch_and_a_receive_end_each_other(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    node::trace_on(rabbit, &case.url).await;
    let mut page = case.session().await;
    page.receive_from(QUEUE, AckMode::Manual, None).await;
    publish(&case.amqp, QUEUE, 1..=1).await;
    let held = page.take(1).await.remove(0);
    page.watch(QUEUE).await;
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    publish(&case.amqp, QUEUE, 2..=2).await;
    assert_eq!(numbers(&page.observe(1).await, ObservedKind::Published), [2]);
    // What it has taken before is its own still.
    page.settle_up_to(Outcome::Ack, held.tag).await;
    page.receive_from(QUEUE, AckMode::Auto, None).await;
    assert_eq!(take_numbers(&mut page, 1).await, [2]);
    // Nobody watches any more, though the session lives.
    page.meanwhile(until_no_tap(rabbit, &case.url)).await;
    case.finish().await;
}
