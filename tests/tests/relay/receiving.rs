//! Receiving: a message leaves the queue only once its receiver has settled it.

use std::collections::BTreeSet;

use warren_protocol::{
    AckMode, Body, ClientMessage, ErrorCode, Outcome, ReceiveMode, ServerMessage,
};
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    node::{self, Rabbit},
    relay::Relay,
};

/// A relay, and the tests' own connection to the same vhost, in which `hello` is durable.
async fn start(args: &[&str]) -> (Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    (Relay::start(&url, args).await, amqp)
}

#[tokio::test]
async fn a_message_goes_from_publish_to_delivery_to_an_empty_queue() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::receiving(&relay).await;
    client.publish(1, "Hello World!").await;
    client.confirmed(1).await;
    let delivery = client.take(1).await.remove(0);
    assert_eq!(delivery.body, Body::from("Hello World!"));
    assert_eq!((delivery.exchange.as_str(), delivery.routing_key.as_str()), ("", "hello"));
    assert!(!delivery.redelivered);
    client.settle_up_to(Outcome::Ack, delivery.tag).await;
    drop(client);
    amqp.until_counts(0, 0).await;
}

#[tokio::test]
async fn bytes_that_are_no_text_come_as_base64() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::receiving(&relay).await;
    for body in [&b"\xff\x00"[..], b"", "\u{1f407}".as_bytes()] {
        amqp.publish(body).await;
        let delivery = client.take(1).await.remove(0);
        assert_eq!(delivery.body, Body::from(body.to_vec()));
    }
}

#[tokio::test]
async fn tags_count_up_and_each_outcome_does_what_it_says() {
    let (relay, amqp) = start(&[]).await;
    for body in ["acked", "requeued", "rejected"] {
        amqp.publish(body.as_bytes()).await;
    }
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, Some(3)).await;
    let tags: Vec<u64> = client.take(3).await.iter().map(|delivery| delivery.tag).collect();
    assert!(tags.is_sorted_by(|one, next| one < next), "{tags:?}");
    client.settle(Outcome::Reject, &[tags[2]]).await;
    client.settle(Outcome::Ack, &[tags[0]]).await;
    client.settle(Outcome::Requeue, &[tags[1]]).await;
    let again = client.take(1).await.remove(0);
    assert_eq!(again.body, Body::from("requeued"));
    assert!(again.redelivered && again.tag > tags[2], "{again:?}");
    client.settle(Outcome::Ack, &[again.tag]).await;
    drop(client);
    amqp.until_counts(0, 0).await;
}

#[tokio::test]
async fn a_tag_that_was_never_given_or_is_settled_is_a_mistake() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::receiving(&relay).await;
    client.settle(Outcome::Ack, &[77]).await;
    client.error(ErrorCode::UnknownTag).await;
    amqp.publish(b"x").await;
    let tag = client.take(1).await[0].tag;
    client.settle(Outcome::Ack, &[tag]).await;
    client.settle(Outcome::Ack, &[tag]).await;
    client.error(ErrorCode::UnknownTag).await;
}

#[tokio::test]
async fn a_queue_that_the_relay_was_not_started_with_is_out_of_reach() {
    let (relay, _amqp) = start(&[]).await;
    let mut client = Client::start(&relay).await;
    let queue = Some("secrets".to_owned());
    client
        .send(&ClientMessage::Receive {
            queue,
            ack: AckMode::Auto,
            prefetch: None,
            mode: ReceiveMode::Take,
            from: None,
        })
        .await;
    client.error(ErrorCode::UnknownQueue).await;
}

#[tokio::test]
async fn prefetch_bounds_what_is_unsettled() {
    let (relay, amqp) = start(&[]).await;
    for _ in 0..10 {
        amqp.publish(b"x").await;
    }
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, Some(4)).await;
    let tag = client.take(4).await[3].tag;
    amqp.until_counts(6, 1).await;
    assert!(client.deliveries.is_empty());
    client.settle_up_to(Outcome::Ack, tag).await;
    client.take(4).await;
    amqp.until_counts(2, 1).await;
}

#[tokio::test]
async fn pause_leaves_unsettled_messages_with_the_session_and_the_rest_in_the_queue() {
    let (relay, amqp) = start(&[]).await;
    for _ in 0..100 {
        amqp.publish(b"x").await;
    }
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    client.take(1).await;
    client.pause().await;
    let tag = client.deliveries.last().map_or(1, |delivery| delivery.tag);
    let held = u32::try_from(client.deliveries.len() + 1).unwrap();
    amqp.until_counts(100 - held, 0).await;
    amqp.publish(b"later").await;
    amqp.until_counts(101 - held, 0).await;

    client.settle_up_to(Outcome::Ack, tag).await;
    let which = |client: &mut Client| (!client.events.is_empty()).then_some(());
    client.settle(Outcome::Ack, &[tag]).await;
    client.until("what is settled is settled", which).await;
    drop(client);
    amqp.until_counts(101 - held, 0).await;
}

#[tokio::test]
async fn what_a_leaving_client_has_not_settled_goes_to_the_next() {
    let (relay, amqp) = start(&[]).await;
    for number in 0..5 {
        amqp.publish(format!("{number}").as_bytes()).await;
    }
    let mut client = Client::receiving(&relay).await;
    let tag = client.take(5).await[1].tag;
    client.settle_up_to(Outcome::Ack, tag).await;
    drop(client);
    amqp.until_counts(3, 0).await;
    let mut next = Client::receiving(&relay).await;
    let again = next.take(3).await;
    let bodies: Vec<&str> = again.iter().filter_map(|got| got.body.as_text()).collect();
    assert_eq!(bodies, ["2", "3", "4"]);
    assert!(again.iter().all(|delivery| delivery.redelivered));
}

#[tokio::test]
async fn two_receivers_share_the_messages_out_and_see_that_they_are_two() {
    let (relay, amqp) = start(&[]).await;
    let mut one = Client::receiving(&relay).await;
    let mut other = Client::receiving(&relay).await;
    amqp.until_counts(0, 2).await;
    one.until_queue(0, 2).await;
    for number in 0..10 {
        amqp.publish(format!("{number}").as_bytes()).await;
    }
    let mut all = one.take(5).await;
    all.extend(other.take(5).await);
    let mut bodies: Vec<&str> = all.iter().filter_map(|got| got.body.as_text()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
}

#[tokio::test]
async fn receive_while_receiving_changes_how() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::receiving(&relay).await;
    let receive = ClientMessage::Receive {
        queue: None,
        ack: AckMode::Manual,
        prefetch: Some(65_535),
        mode: ReceiveMode::Take,
        from: None,
    };
    client.send(&receive).await;
    let changed =
        client.event("the change", |event| matches!(event, ServerMessage::Receiving { .. })).await;
    let queue = "hello".to_owned();
    let wanted = ServerMessage::Receiving {
        mode: ReceiveMode::Take,
        queue,
        ack: AckMode::Manual,
        prefetch: 5_000,
        stream: false,
    };
    assert_eq!(changed, wanted);
    amqp.publish(b"x").await;
    client.take(1).await;
    amqp.until_counts(0, 1).await;
}

/// Nothing is asserted of `stopped`: where the queue is declared again before the consumer's channel hears
/// of the deletion, RabbitMQ 3.10 moves the consumer over and sends no basic.cancel
/// (`handle_consuming_queue_down_or_eol` in its `rabbit_channel`). That a deletion is told is shown in
/// `cases/declared.rs`.
#[tokio::test]
async fn a_deleted_queue_is_declared_again_and_received_from_again() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    // The relay's own: what somebody else has declared is left to them.
    let relay = Relay::ready(&url, &[]).await;
    let mut client = Client::receiving(&relay).await;
    amqp.until_counts(0, 1).await;
    amqp.delete().await;
    amqp.until_counts(0, 1).await;
    client.publish(1, "again").await;
    client.confirmed(1).await;
    assert_eq!(client.take(1).await[0].body, Body::from("again"));
}

#[tokio::test]
async fn pausing_and_receiving_again_gives_every_message_once() {
    let (relay, amqp) = start(&[]).await;
    let mut client = Client::receiving(&relay).await;
    let mut bodies = Vec::new();
    for round in 0..5 {
        for number in 0..20 {
            amqp.publish(format!("{round}-{number:02}").as_bytes()).await;
        }
        client.pause().await;
        client.receive(AckMode::Auto, None).await;
        for delivery in client.take(20).await {
            bodies.push(delivery.body.as_text().unwrap().to_owned());
            client.settle(Outcome::Ack, &[delivery.tag]).await;
        }
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 100);
    amqp.until_counts(0, 1).await;
}

/// The broker closes a channel by itself, as after `consumer_timeout`, and nobody hears of it
/// while nothing is consumed.
#[tokio::test]
async fn what_is_settled_on_a_channel_that_the_broker_has_closed_is_told_to_be_stale() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    amqp.publish(b"x").await;
    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::start(&relay).await;
    client.receive(AckMode::Manual, None).await;
    let tag = client.take(1).await[0].tag;
    client.pause().await;
    amqp.until_counts(0, 0).await;
    let (_, vhost) = url.rsplit_once('/').unwrap();
    // As if this channel's client had settled what it never got.
    let settles = format!(
        "[rabbit_channel:do(P, {{'basic.ack', 9999, false}}) || P <- rabbit_channel:list(), \
         [{{vhost, V}}, {{messages_unacknowledged, 1}}] <- \
         [rabbit_channel:info(P, [vhost, messages_unacknowledged])], V =:= <<\"{vhost}\">>]."
    );
    client.meanwhile(node::ctl(&["eval", &settles])).await;
    amqp.until_counts(1, 0).await;
    client.settle(Outcome::Ack, &[tag]).await;
    let which = warren_protocol::Tags::List(vec![tag]);
    client
        .event("it is stale", |event| *event == ServerMessage::Stale { tags: which.clone() })
        .await;
    client.receive(AckMode::Manual, None).await;
    assert!(client.take(1).await[0].redelivered);
}

#[tokio::test]
async fn a_header_that_only_streams_have_stops_nobody() {
    let (relay, amqp) = start(&[]).await;
    // More than the first window: where it grows, the relay consumes anew.
    for number in 0..100 {
        let body = format!("{number}");
        amqp.publish_with_headers(body.as_bytes(), &[("x-stream-offset", number)]).await;
    }
    let mut client = Client::receiving(&relay).await;
    let mut bodies = BTreeSet::new();
    while bodies.len() < 100 {
        let delivery = client.take(1).await.remove(0);
        client.settle_up_to(Outcome::Ack, delivery.tag).await;
        bodies.insert(delivery.body.into_bytes());
    }
    drop(client);
    amqp.until_counts(0, 0).await;
}

on_each_rabbit!(after_a_pause_a_stream_goes_on_where_it_was);

async fn after_a_pause_a_stream_goes_on_where_it_was(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Stream).await;
    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::receiving(&relay).await;
    amqp.publish(b"before").await;
    let tag = client.take(1).await[0].tag;
    client.settle_up_to(Outcome::Ack, tag).await;
    client.pause().await;
    amqp.publish(b"meanwhile").await;
    client.receive(AckMode::Auto, None).await;
    assert_eq!(client.take(1).await[0].body, Body::from("meanwhile"));
}

#[tokio::test]
async fn a_broker_that_allows_few_channels_gets_more_connections() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&format!("{url}?channel_max=6"), &[]).await;
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::receiving(&relay).await);
    }
    amqp.until_consumers(8).await;
}
