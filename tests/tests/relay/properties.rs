//! Properties and headers: whatever AMQP has, the protocol carries, there and back.

use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldArray, FieldTable, LongString},
};
use serde_json::{Value, json};
use warren_protocol::Publish;
use warren_tests::{
    amqp::{Amqp, Shape},
    client::Client,
    node,
    relay::Relay,
};

/// A header of every type that RabbitMQ knows.
fn headers() -> FieldTable {
    let text = |text: &str| AMQPValue::LongString(LongString::from(text));
    let mut inner = FieldTable::default();
    inner.insert("$type".into(), text("a key that the protocol uses itself"));
    let mut array = FieldArray::default();
    array.push(text("one"));
    array.push(AMQPValue::Void);
    array.push(AMQPValue::FieldTable(inner.clone()));
    let mut plain = FieldTable::default();
    plain.insert("deep".into(), AMQPValue::FieldArray(array.clone()));
    let values = [
        ("boolean", AMQPValue::Boolean(true)),
        ("short_short_int", AMQPValue::ShortShortInt(-1)),
        ("short_short_uint", AMQPValue::ShortShortUInt(255)),
        ("short_int", AMQPValue::ShortInt(-300)),
        ("short_uint", AMQPValue::ShortUInt(60_000)),
        ("long_int", AMQPValue::LongInt(-70_000)),
        ("long_uint", AMQPValue::LongUInt(4_000_000_000)),
        ("long_long_int", AMQPValue::LongLongInt(i64::MIN)),
        ("float", AMQPValue::Float(0.1)),
        ("double", AMQPValue::Double(0.1)),
        ("whole_double", AMQPValue::Double(3.0)),
        ("text", text("h\u{e9}llo")),
        ("bytes_as_string", AMQPValue::LongString(LongString::from(vec![0xff, 0xfe]))),
        ("array", AMQPValue::FieldArray(array)),
        ("timestamp", AMQPValue::Timestamp(1_700_000_000)),
        ("table", AMQPValue::FieldTable(plain)),
        ("table_with_type", AMQPValue::FieldTable(inner)),
        ("byte_array", AMQPValue::ByteArray(vec![1, 2, 3].into())),
        ("void", AMQPValue::Void),
    ];
    let mut headers = FieldTable::default();
    for (name, value) in values {
        headers.insert(name.into(), value);
    }
    headers
}

fn all_properties() -> BasicProperties {
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("identity".into())
        .with_headers(headers())
        .with_delivery_mode(2)
        .with_priority(7)
        .with_correlation_id("c-1".into())
        .with_reply_to("answers".into())
        .with_expiration("600000".into())
        .with_message_id("m-1".into())
        .with_timestamp(1_700_000_000)
        .with_type("greeting".into())
        .with_user_id("guest".into())
        .with_app_id("tests".into())
}

fn all_properties_as_json() -> Value {
    let with_type = json!({
        "$type": "field_table",
        "value": { "$type": "a key that the protocol uses itself" }
    });
    json!({
        "content_type": "application/json",
        "content_encoding": "identity",
        "headers": {
            "boolean": true,
            "short_short_int": { "$type": "short_short_int", "value": -1 },
            "short_short_uint": { "$type": "short_short_uint", "value": 255 },
            "short_int": { "$type": "short_int", "value": -300 },
            "short_uint": { "$type": "short_uint", "value": 60_000 },
            "long_int": { "$type": "long_int", "value": -70_000 },
            "long_uint": { "$type": "long_uint", "value": 4_000_000_000_u32 },
            "long_long_int": i64::MIN,
            "float": { "$type": "float", "value": 0.1 },
            "double": 0.1,
            "whole_double": { "$type": "double", "value": 3.0 },
            "text": "h\u{e9}llo",
            "bytes_as_string": { "$type": "long_string", "value": "//4=" },
            "array": ["one", null, with_type],
            "timestamp": { "$type": "timestamp", "value": 1_700_000_000 },
            "table": { "deep": ["one", null, with_type] },
            "table_with_type": with_type,
            "byte_array": { "$type": "byte_array", "value": "AQID" },
            "void": null,
        },
        "persistent": true,
        "priority": 7,
        "correlation_id": "c-1",
        "reply_to": "answers",
        "expiration": "600000",
        "message_id": "m-1",
        "timestamp": 1_700_000_000,
        "type": "greeting",
        "user_id": "guest",
        "app_id": "tests",
    })
}

#[tokio::test]
async fn every_property_and_header_survives_the_way_to_a_client_and_back() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    amqp.publish_with(b"x", all_properties()).await;

    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::receiving(&relay).await;
    let delivery = client.take(1).await.remove(0);
    let as_json = serde_json::to_value(&delivery.properties).unwrap();
    assert_eq!(as_json, all_properties_as_json());
    client.settle_up_to(warren_protocol::Outcome::Ack, delivery.tag).await;
    client.pause().await;

    let Publish { properties, .. } = serde_json::from_value(json!({
        "id": 1, "body": { "text": "x" }, "properties": as_json
    }))
    .unwrap();
    client.publish_with(1, delivery.body, properties).await;
    client.confirmed(1).await;
    let back = amqp.consume(1).await.remove(0);
    assert_eq!(back.properties, all_properties());
}

#[tokio::test]
async fn what_is_not_set_is_absent() {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    let mut client = Client::start(&relay).await;
    client.until_queue(0, 0).await;
    client.publish(1, "x").await;
    client.confirmed(1).await;
    let delivery = amqp.consume(1).await.remove(0);
    assert_eq!(delivery.properties, BasicProperties::default());
}
