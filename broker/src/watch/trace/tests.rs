use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldArray, FieldTable as AmqpTable},
};

use super::*;

fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn table(fields: &[(&str, AMQPValue)]) -> AmqpTable {
    let mut table = AmqpTable::default();
    for (name, value) in fields {
        table.insert((*name).into(), value.clone());
    }
    table
}

fn array(texts: &[&str]) -> AMQPValue {
    AMQPValue::FieldArray(FieldArray::from(texts.iter().map(|text| long(text)).collect::<Vec<_>>()))
}

/// As RabbitMQ 3.10 and 4.0 write it.
fn delivery(exchange: &str, key: &str, headers: AmqpTable) -> Delivery {
    let properties = BasicProperties::default().with_headers(headers);
    let mut delivery = Delivery::mock(1, exchange.into(), key.into(), false, b"body".to_vec());
    delivery.properties = properties;
    delivery
}

fn published() -> AmqpTable {
    let properties = table(&[
        ("content_type", long("text/plain")),
        ("headers", AMQPValue::FieldTable(table(&[("CC", array(&["cc"]))]))),
        ("delivery_mode", AMQPValue::LongInt(2)),
        ("priority", AMQPValue::LongInt(9)),
        // 4,000,000,000 seconds, which has no place in 31 bits.
        ("timestamp", AMQPValue::LongInt(-294_967_296)),
        ("type", long("t")),
        ("cluster_id", long("c")),
    ]);
    table(&[
        ("exchange_name", long("shop")),
        ("routing_keys", array(&["order.created", "cc", "bcc"])),
        ("properties", AMQPValue::FieldTable(properties)),
        ("node", long("rabbit@one")),
        ("vhost", long("/")),
        ("connection", long("10.0.0.7:52114 -> 10.0.0.1:5672")),
        ("channel", AMQPValue::LongInt(1)),
        ("user", long("shop")),
        ("routed_queues", array(&["orders", "audit"])),
    ])
}

#[test]
fn what_was_published() {
    let delivery = delivery(EXCHANGE, "publish.shop", published());
    let trace = Trace::of(&delivery).unwrap();
    assert_eq!(trace.queues, [b"orders".as_slice(), b"audit"]);
    let (event, overhead) = trace.observed();
    assert!(event.at_ms > 1_700_000_000_000 && overhead > OVERHEAD);
    let cc = FieldValue::Array(vec![FieldValue::from("cc")]);
    let headers = FieldTable([("CC".to_owned(), cc)].into_iter().collect());
    let expected = Observed {
        kind: ObservedKind::Published,
        at_ms: event.at_ms,
        body: Body::default(),
        properties: Properties {
            content_type: Some("text/plain".into()),
            headers: Some(headers),
            persistent: Some(true),
            priority: Some(9),
            timestamp: Some(4_000_000_000),
            kind: Some("t".into()),
            ..Properties::default()
        },
        exchange: "shop".into(),
        // BCC is nobody's to see.
        routing_keys: vec!["order.created".into(), "cc".into()],
        connection: "10.0.0.7:52114 -> 10.0.0.1:5672".into(),
        user: "shop".into(),
        node: "rabbit@one".into(),
        redelivered: false,
        queues: vec![],
    };
    assert_eq!(event, expected);
}

#[test]
fn what_was_delivered_comes_from_a_queue_whose_name_may_have_dots() {
    let headers = table(&[("redelivered", AMQPValue::LongInt(1)), ("user", long("billing"))]);
    let delivery = delivery(EXCHANGE, "deliver.orders.eu.1", headers);
    let trace = Trace::of(&delivery).unwrap();
    assert_eq!(trace.queues, [b"orders.eu.1"]);
    let (event, _) = trace.observed();
    assert_eq!((event.kind, event.redelivered), (ObservedKind::Delivered, true));
    assert_eq!(event.user, "billing");
}

#[test]
fn what_is_no_trace_is_none() {
    for (exchange, key) in [
        ("", "publish.shop"),
        ("shop", "publish.shop"),
        (EXCHANGE, "publish"),
        (EXCHANGE, "other.shop"),
        (EXCHANGE, ""),
    ] {
        assert!(Trace::of(&delivery(exchange, key, published())).is_none(), "{exchange} {key}");
    }
    // Headers of other kinds than RabbitMQ's are left out.
    let odd = table(&[("routed_queues", long("orders")), ("properties", AMQPValue::Boolean(true))]);
    let delivery = delivery(EXCHANGE, "publish.", odd);
    let trace = Trace::of(&delivery).unwrap();
    assert!(trace.queues.is_empty());
    assert!(trace.observed().0.properties.is_empty());
}
