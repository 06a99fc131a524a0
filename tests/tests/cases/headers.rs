//! Headers that RabbitMQ interprets itself: one of the wrong shape may end a queue's process, with
//! what is in it, or make a message that no consumer can read. Whoever may send cannot send those.

use lapin::types::{AMQPValue, FieldTable};
use serde_json::{Value, json};
use warren_protocol::{AckMode, Body, Delivery, Detail, FailReason, Outcome, Properties};
use warren_tests::{amqp::Amqp, client::Client, node::Rabbit};

use crate::case::{Case, QUEUE, declare};

/// Where the queue's rejected messages go.
const DEAD: &str = "dead";

on_each_rabbit!(
    headers_of_the_wrong_shape_are_refused,
    a_dead_letter_that_is_sent_again_dies_again_and_the_queue_lives,
);

/// An `x-death` as RabbitMQ writes it, with one field as it must not be.
fn death_with(field: &str, value: Value) -> Value {
    let mut death = json!({
        "count": 1,
        "exchange": "",
        "queue": QUEUE,
        "reason": "rejected",
        "routing-keys": [QUEUE],
        "time": { "$type": "timestamp", "value": 1_700_000_000 },
    });
    death[field] = value;
    json!({ "x-death": [death] })
}

/// Each with the word that has to be in what the page is told.
fn malformed() -> Vec<(&'static str, Value)> {
    let headers = [
        ("x-death", json!({ "x-death": "once" })),
        ("x-death", json!({ "x-death": ["once"] })),
        ("x-death", json!({ "x-death": [{}, 5] })),
        ("x-death", death_with("count", json!("1"))),
        ("x-death", death_with("count", json!(true))),
        ("x-death", death_with("count", json!(1.5))),
        ("x-death", death_with("queue", json!(5))),
        ("x-death", death_with("exchange", json!(5))),
        ("x-death", death_with("reason", json!(5))),
        ("x-death", death_with("reason", json!("boredom"))),
        ("x-death", death_with("routing-keys", json!(QUEUE))),
        ("x-death", death_with("routing-keys", json!([5]))),
        ("x-death", death_with("time", json!("yesterday"))),
        ("x-death", death_with("original-expiration", json!("soon"))),
        ("x-stream-filter-value", json!({ "x-stream-filter-value": 5 })),
        ("x-stream-filter-value", json!({ "x-stream-filter-value": "a\u{0}b" })),
        ("x-basic-type", json!({ "x-basic-type": 5 })),
        ("x-basic-expiration", json!({ "x-basic-expiration": "soon" })),
        ("x-amqp-1.0-properties", json!({ "x-amqp-1.0-properties": "x" })),
        ("x-delay", json!({ "x-delay": "soon" })),
        ("x-invalid-headers", json!({ "x-invalid-headers": { "x-shovelled": "x" } })),
        ("CC", json!({ "CC": ["other"] })),
        ("BCC", json!({ "BCC": ["other"] })),
    ];
    let properties = [
        ("type", json!({ "type": "amqp-1.0" })),
        ("message_id", json!({ "message_id": format!("urn:uuid:{}", "z".repeat(36)) })),
        ("correlation_id", json!({ "correlation_id": format!("urn:uuid:{}", "z".repeat(36)) })),
        ("reply_to", json!({ "reply_to": "amq.rabbitmq.reply-to.!!.a" })),
    ];
    let headers = headers.map(|(name, headers)| (name, json!({ "headers": headers })));
    headers.into_iter().chain(properties).collect()
}

fn properties(json: &Value) -> Properties {
    serde_json::from_value(json.clone()).unwrap()
}

async fn start(rabbit: Rabbit) -> Option<Case> {
    let prepare = async |amqp: &Amqp| {
        let mut arguments = FieldTable::default();
        for (name, value) in [("x-dead-letter-exchange", ""), ("x-dead-letter-routing-key", DEAD)] {
            arguments.insert(name.into(), AMQPValue::LongString(value.into()));
        }
        declare(amqp, QUEUE, arguments).await;
        declare(amqp, DEAD, FieldTable::default()).await;
    };
    let url = warren_tests::node::vhost_on(rabbit).await?;
    let args = [&crate::case::QUEUES[..], &["--queue", DEAD]].concat();
    Some(Case::start_at(&url, &url, &args, prepare).await)
}

fn text(text: &str) -> Body {
    Body::from(text.to_owned())
}

async fn headers_of_the_wrong_shape_are_refused(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    let mut page = case.session().await;
    let malformed = malformed();
    for (id, (_, json)) in (1..).zip(&malformed) {
        page.publish_to(QUEUE, id, text("malformed"), properties(json)).await;
    }
    let mut wrong = Vec::new();
    for (id, (name, json)) in (1..).zip(&malformed) {
        let answer = page.answer(id).await;
        let named = |detail: &Option<Detail>| {
            detail.as_ref().is_some_and(|detail| detail.to_string().contains(name))
        };
        let refused = answer.as_ref().is_err_and(|failure| {
            failure.reason == FailReason::InvalidProperty
                && !failure.retry
                && named(&failure.detail)
        });
        if !refused {
            wrong.push(format!("{json}: {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    case.amqp.until_counts_of(QUEUE, 0, 0).await;
    case.finish().await;
}

async fn take_one(page: &mut Client, queue: &str) -> Delivery {
    page.receive_from(queue, AckMode::Manual, None).await;
    page.take(1).await.remove(0)
}

async fn a_dead_letter_that_is_sent_again_dies_again_and_the_queue_lives(rabbit: Rabbit) {
    let Some(case) = start(rabbit).await else { return };
    // Would be gone with the queue's process: it is not on disk.
    let mut other = case.session().await;
    let transient = json!({ "persistent": false, "message_id": "stays" });
    other.publish_to(QUEUE, 1, text("stays"), properties(&transient)).await;
    other.confirmed(1).await;
    assert_eq!(take_one(&mut other, QUEUE).await.body.as_text(), Some("stays"));
    other.pause().await;

    let mut page = case.session().await;
    page.publish_to(QUEUE, 1, text("dies"), Properties::default()).await;
    page.confirmed(1).await;
    for times in 1..=3 {
        let dying = take_one(&mut page, QUEUE).await;
        page.settle(Outcome::Reject, &[dying.tag]).await;
        page.pause().await;
        let dead = take_one(&mut page, DEAD).await;
        assert_eq!(dead.body.as_text(), Some("dies"));
        let headers = dead.properties.headers.as_ref().unwrap();
        assert!(headers.0.contains_key("x-death"), "{headers:?}");
        page.settle(Outcome::Ack, &[dead.tag]).await;
        page.pause().await;
        // As it is, with all that RabbitMQ has written into it.
        page.publish_to(QUEUE, 1 + times, dead.body, dead.properties).await;
        page.confirmed(1 + times).await;
    }
    // What is held still is the first one, and the last one waits.
    drop((other, page));
    case.amqp.until_counts_of(QUEUE, 2, 0).await;
    case.amqp.until_counts_of(DEAD, 0, 0).await;
    case.finish().await;
}
