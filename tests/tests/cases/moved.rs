//! Messages of real systems are moved from one queue to another: each is what it was, every value with
//! its type, but for the headers that are left out of a copy; what the relay refuses stays.

use std::collections::BTreeMap;

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldArray, FieldTable},
};
use warren_protocol::{AckMode, Delivery, Properties};
use warren_tests::{
    amqp::Amqp,
    client::Client,
    mover::{Mover, SOURCE, TARGET},
    node::{self, Rabbit},
    witness::WITNESS,
};

use crate::case::{Case, declare};

const QUEUES: [&str; 8] =
    ["--queue", SOURCE, "--queue", TARGET, "--queue", WITNESS, "--queue-kind", "never"];

on_each_rabbit!(messages_of_real_systems_are_moved_as_they_are,);

fn table(fields: Vec<(&str, AMQPValue)>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in fields {
        table.insert(name.into(), value);
    }
    table
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn array(values: Vec<AMQPValue>) -> AMQPValue {
    AMQPValue::FieldArray(FieldArray::from(values))
}

/// Queues through which a message comes to the source in three deaths.
async fn declare_deaths(amqp: &Amqp) {
    for (queue, next) in [("first", "second"), ("second", "third"), ("third", SOURCE)] {
        let arguments = vec![
            ("x-message-ttl", AMQPValue::LongInt(0)),
            ("x-dead-letter-exchange", text("")),
            ("x-dead-letter-routing-key", text(next)),
        ];
        declare(amqp, queue, table(arguments)).await;
    }
}

async fn publish(amqp: &Amqp) {
    let line = "   at Shop.Orders.Handle(Order order) in C:\\src\\Orders.cs:line 42\r\n";
    let none = || AMQPValue::Void;
    let properties = BasicProperties::default;
    let celery = properties()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_correlation_id("8e7b1c3a".into())
        .with_reply_to("f2b1".into())
        .with_priority(0)
        .with_delivery_mode(2)
        .with_headers(table(vec![
            ("eta", none()),
            ("retries", AMQPValue::LongInt(3)),
            ("task", text("shop.add")),
            ("timelimit", array(vec![none(), none()])),
        ]));
    let masstransit = properties()
        .with_content_type("application/vnd.masstransit+json".into())
        .with_message_id("00010000-ac11-0242-7d3b-08dbd3f6b8a1".into())
        .with_headers(table(vec![
            ("MT-Fault-RetryCount", AMQPValue::LongInt(5)),
            ("MT-Fault-StackTrace", text(&line.repeat(60 * 1024 / line.len()))),
        ]));
    let spring = properties()
        .with_content_type("application/x-java-serialized-object".into())
        .with_headers(table(vec![
            ("x-exception-stacktrace", text(&"\tat java.base/\n".repeat(7_333))),
            ("x-original-exchange", text("")),
        ]));
    let headers: Vec<String> = (0..25).map(|n| format!("NServiceBus.Header{n}")).collect();
    let nservicebus = properties()
        .with_timestamp(1_714_557_600)
        .with_type("Shop.OrderPlaced".into())
        .with_app_id("shop".into())
        .with_delivery_mode(1)
        .with_headers(table(headers.iter().map(|name| (&**name, text("a\u{feff}"))).collect()));
    let routed = properties()
        .with_content_encoding("gzip".into())
        .with_user_id("guest".into())
        .with_headers(table(vec![
            ("CC", array(vec![text("nowhere")])),
            ("tries", AMQPValue::ShortShortUInt(3)),
            ("when", AMQPValue::Timestamp(1_700_000_000)),
        ]));
    let refused = properties().with_headers(table(vec![("x-cc", text("elsewhere"))]));
    let gzip = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (queue, body, properties) in [
        (SOURCE, &b"[[1, 2], {}, {}]"[..], celery),
        (SOURCE, b"{\r\n}", masstransit),
        (SOURCE, &[0xac, 0xed, 0, 5, b't', 0, 2, b'o', b'k'], spring),
        (SOURCE, "\u{feff}{\"OrderId\":7}".as_bytes(), nservicebus),
        (SOURCE, &gzip, routed),
        (SOURCE, b"refused", refused),
        ("first", b"died", properties().with_headers(table(vec![("n", AMQPValue::LongUInt(7))]))),
    ] {
        amqp.publish_to(queue, body, properties).await;
    }
    amqp.until_counts_of(SOURCE, 7, 0).await;
}

/// All that is in a queue, by body.
fn by_body(deliveries: Vec<Delivery>) -> BTreeMap<Vec<u8>, Properties> {
    deliveries.into_iter().map(|it| (it.body.into_bytes().into(), it.properties)).collect()
}

async fn messages_of_real_systems_are_moved_as_they_are(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let prepare = async |amqp: &Amqp| {
        declare(amqp, SOURCE, FieldTable::default()).await;
        declare(amqp, TARGET, FieldTable::default()).await;
        declare_deaths(amqp).await;
        publish(amqp).await;
    };
    let case = Case::start_at(&url, &url, &QUEUES, prepare).await;
    let mut page = Client::start(&case.relay).await;
    page.look(SOURCE).await;
    let originals = by_body(page.take(7).await);
    drop(page);
    case.amqp.until_counts_of(SOURCE, 7, 0).await;

    let mut mover = Mover::at(&case.relay.address);
    mover.move_all(7, 7).await;
    let moving = mover.finished().await;
    assert_eq!((moving.moved, moving.failed, moving.left), (6, 1, 0), "{moving:#?}");
    assert!(moving.notes[0].contains("x-cc"), "the relay says which header: {moving:#?}");
    mover.leave().await;
    case.amqp.until_counts_of(SOURCE, 1, 0).await;

    let mut page = case.session().await;
    page.receive_from(TARGET, AckMode::Auto, None).await;
    let copies = by_body(page.take_and_ack(6).await);
    let mut left_out = Vec::new();
    for (body, mut original) in originals {
        let Some(copy) = copies.get(&body) else {
            assert_eq!(body, b"refused");
            continue;
        };
        let headers = original.headers.iter().flat_map(|headers| headers.0.keys());
        let copied =
            |name: &String| copy.headers.as_ref().is_some_and(|it| it.0.contains_key(name));
        let lacks: Vec<String> = headers.filter(|name| !copied(name)).cloned().collect();
        if let Some(headers) = &mut original.headers {
            headers.0.retain(|name, _| !lacks.contains(name));
        }
        left_out.extend(lacks);
        left_out.extend(original.user_id.take().map(|_| "user_id".to_owned()));
        assert!(copy.message_id.is_some());
        original.message_id = original.message_id.or_else(|| copy.message_id.clone());
        assert_eq!(*copy, original);
    }
    let known = |name: &String| {
        ["CC", "user_id", "x-death"].contains(&name.as_str())
            || name.starts_with("x-first-death-")
            || name.starts_with("x-last-death-")
    };
    assert!(left_out.iter().all(known) && left_out.len() >= 6, "{left_out:?}");
    drop(page);
    case.finish().await;
}
