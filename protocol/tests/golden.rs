//! The wire, message by message: a change of it shows here.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Delivery, Detail, ErrorCode, FailReason, Failure,
    FieldTable, FieldValue, HandshakeHint, HeaderNeed, Limits, MAX_HEADER_DEPTH, Observed,
    ObservedKind, Outcome, Properties, Publish, QueueCount, QueueStatus, QueueType, ReceiveMode,
    Rights, ServerMessage, StopReason, StreamFrom, Tags, WireMessage,
};

/// `value` is written as `wire`, and read again as the same.
#[track_caller]
fn golden_value<T>(value: T, wire: Value)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), wire);
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), value);
}

/// The same for a message of this type with this data, of text.
#[track_caller]
fn golden<T: WireMessage + PartialEq + std::fmt::Debug>(message: T, kind: &str, data: Value) {
    let text = message.to_text();
    let begins = format!(r#"{{"type":"{kind}""#);
    assert!(text.starts_with(&begins), "{text}");
    match data {
        Value::Null => assert_eq!(text, format!("{begins}}}")),
        data => assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["data"], data),
    }
    assert_eq!(T::from_text(&text).unwrap(), message);
}

#[test]
fn hello() {
    golden(
        ClientMessage::Hello { protocol: 1, token: None, binary: false },
        "hello",
        json!({"protocol": 1}),
    );
    golden(
        ClientMessage::Hello { protocol: 1, token: Some("t".into()), binary: true },
        "hello",
        json!({"protocol": 1, "token": "t", "binary": true}),
    );
}

#[test]
fn publish() {
    let text = Publish {
        id: 1,
        queue: None,
        body: "Hello World!".into(),
        properties: Properties::default(),
    };
    let bytes = Publish {
        id: u64::MAX,
        queue: Some("orders".into()),
        body: vec![0xff, 0].into(),
        properties: all_properties(),
    };
    golden(
        ClientMessage::Publish { messages: vec![text, bytes] },
        "publish",
        json!({"messages": [
            {"id": 1, "body": {"text": "Hello World!"}},
            {"id": u64::MAX, "queue": "orders", "body": {"base64": "/wA="}, "properties": {
                "content_type": "text/plain", "content_encoding": "utf-8", "headers": {},
                "persistent": true, "priority": 9, "correlation_id": "c", "reply_to": "r",
                "expiration": "60000", "message_id": "m", "timestamp": 1_700_000_000,
                "type": "t", "user_id": "guest", "app_id": "a"
            }},
        ]}),
    );
}

fn all_properties() -> Properties {
    Properties {
        content_type: Some("text/plain".into()),
        content_encoding: Some("utf-8".into()),
        headers: Some(FieldTable::default()),
        persistent: Some(true),
        priority: Some(9),
        correlation_id: Some("c".into()),
        reply_to: Some("r".into()),
        expiration: Some("60000".into()),
        message_id: Some("m".into()),
        timestamp: Some(1_700_000_000),
        kind: Some("t".into()),
        user_id: Some("guest".into()),
        app_id: Some("a".into()),
    }
}

#[test]
fn receive_pause_settle() {
    golden(
        ClientMessage::Receive {
            queue: None,
            ack: AckMode::Auto,
            prefetch: None,
            mode: ReceiveMode::Take,
            from: None,
        },
        "receive",
        json!({"ack": "auto"}),
    );
    golden(
        ClientMessage::Receive {
            queue: Some("hello".into()),
            ack: AckMode::Manual,
            prefetch: Some(10),
            mode: ReceiveMode::Take,
            from: None,
        },
        "receive",
        json!({"queue": "hello", "ack": "manual", "prefetch": 10}),
    );
    for (from, wire) in [
        (StreamFrom::First, json!("first")),
        (StreamFrom::Last, json!("last")),
        (StreamFrom::Next, json!("next")),
        (StreamFrom::Offset(7), json!({"offset": 7})),
        (StreamFrom::Timestamp(1_700_000_000), json!({"timestamp": 1_700_000_000})),
    ] {
        golden(
            ClientMessage::Receive {
                queue: None,
                mode: ReceiveMode::Look,
                ack: AckMode::Auto,
                prefetch: None,
                from: Some(from),
            },
            "receive",
            json!({"mode": "look", "ack": "auto", "from": wire}),
        );
    }
    golden(ClientMessage::Watch { queue: None }, "watch", json!({}));
    golden(ClientMessage::Watch { queue: Some("q".into()) }, "watch", json!({"queue": "q"}));
    golden(ClientMessage::Pause, "pause", Value::Null);
    golden(
        ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(7) },
        "settle",
        json!({"outcome": "ack", "tags": {"up_to": 7}}),
    );
    golden(
        ClientMessage::Settle { outcome: Outcome::Requeue, tags: Tags::List(vec![1, 3]) },
        "settle",
        json!({"outcome": "requeue", "tags": {"list": [1, 3]}}),
    );
    golden(
        ClientMessage::Settle { outcome: Outcome::Reject, tags: Tags::List(vec![]) },
        "settle",
        json!({"outcome": "reject", "tags": {"list": []}}),
    );
}

#[test]
fn welcome() {
    golden(
        ServerMessage::Welcome {
            protocol: 1,
            relay: "0.1.0".into(),
            queues: vec!["hello".into()],
            rights: Rights { send: true, ..Rights::default() },
            limits: Limits {
                max_body_bytes: 16_777_216,
                max_in_flight: 2000,
                max_prefetch: 5000,
                max_batch: 10_000,
                max_message_bytes: 34_603_008,
            },
            receive_at_once: true,
        },
        "welcome",
        json!({"protocol": 1, "relay": "0.1.0", "queues": ["hello"],
            "rights": {"send": true, "receive": false, "look": false, "watch": false},
            "limits": {"max_body_bytes": 16_777_216, "max_in_flight": 2000, "max_prefetch": 5000,
                "max_batch": 10_000, "max_message_bytes": 34_603_008},
            "receive_at_once": true}),
    );
}

#[test]
fn broker() {
    let golden_state = |state, kind: &str, data| golden(ServerMessage::Broker(state), kind, data);
    golden_state(
        BrokerState::Connecting { detail: None },
        "broker",
        json!({"state": "connecting"}),
    );
    golden_state(BrokerState::UP, "broker", json!({"state": "up"}));
    golden_state(
        BrokerState::Up { product: Some("RabbitMQ".into()), version: Some("4.0.5".into()) },
        "broker",
        json!({"state": "up", "product": "RabbitMQ", "version": "4.0.5"}),
    );
    golden_state(
        BrokerState::Blocked { detail: Some(Detail::broker_says("low on memory")) },
        "broker",
        json!({"state": "blocked",
            "detail": {"code": "broker_says", "args": {"words": "low on memory"}}}),
    );
    golden_state(
        BrokerState::Down { detail: Some(Detail::RelayStops), retry_in_ms: Some(500) },
        "broker",
        json!({"state": "down", "detail": {"code": "relay_stops"}, "retry_in_ms": 500}),
    );
}

/// `detail` is written as `code` with these arguments, read again as the same, and worded so.
#[track_caller]
fn golden_detail(detail: Detail, code: &str, args: Value, words: &str) {
    assert_eq!(detail.to_string(), words);
    let wire = match args {
        Value::Null => json!({ "code": code }),
        args => json!({ "code": code, "args": args }),
    };
    golden_value(detail, wire);
}

#[test]
fn the_code_is_written_first_and_read_anywhere() {
    let login = Detail::LoginFailed { user: "u".into(), address: "a".into() };
    let cause = Box::new(login);
    let detail = Detail::QueueEndsConnection { queue: "q".into(), cause };
    let wire = r#"{"code":"queue_ends_connection","args":{"queue":"q","cause":{"code":"login_failed","args":{"user":"u","address":"a"}}}}"#;
    assert_eq!(serde_json::to_string(&detail).unwrap(), wire);

    let read = |wire| serde_json::from_str::<Detail>(wire);
    assert_eq!(read(wire).unwrap(), detail);
    let gone = Detail::QueueGone { queue: "q".into() };
    let wire = r#"{"args": {"queue": "q", "more": {}}, "new": [1], "code": "queue_gone"}"#;
    assert_eq!(read(wire).unwrap(), gone);
    assert_eq!(read(r#"{"code": "relay_stops", "args": {}}"#).unwrap(), Detail::RelayStops);
}

#[test]
fn a_detail_that_cannot_be_read_is_an_error_that_names_its_code() {
    let error = |wire: &str| serde_json::from_str::<Detail>(wire).unwrap_err().to_string();
    for wire in [
        r#"{"code": "queue_gone"}"#,
        r#"{"code": "queue_gone", "args": ["q"]}"#,
        r#"{"code": "queue_gone", "args": {"queue": null}}"#,
        r#"{"code": "queue_gone", "args": {"queue": 1}}"#,
    ] {
        assert!(error(wire).contains("`queue_gone`"), "{wire}: {}", error(wire));
    }
    for args in [
        json!({"reply_code": 65536, "words": "w"}),
        json!({"reply_code": 1.5, "words": "w"}),
        json!({"reply_code": -1, "words": "w"}),
        json!({"reply_code": "1", "words": "w"}),
    ] {
        let wire = json!({"code": "connection_error", "args": args}).to_string();
        assert!(error(&wire).contains("`connection_error`"), "{wire}: {}", error(&wire));
    }
    for args in
        [json!({"queue": "q", "available": ["a", 1]}), json!({"queue": "q", "available": null})]
    {
        let wire = json!({"code": "unknown_queue", "args": args}).to_string();
        assert!(error(&wire).contains("`unknown_queue`"), "{wire}: {}", error(&wire));
    }
    assert!(
        error(r#"{"code": "stream_keeps", "args": {"outcome": "?"}}"#).contains("stream_keeps")
    );
    assert!(error(r#"{"code": "new"}"#).contains("unknown variant `new`"));
    assert!(error(r#"{"args": {}}"#).contains("missing field `code`"));
    assert!(error("[]").contains("missing field `code`"));
}

#[test]
fn details() {
    let address = || "localhost:5672".to_owned();
    golden_detail(Detail::NotConnected, "not_connected", Value::Null, "not connected to RabbitMQ");
    golden_detail(
        Detail::LoginFailed { user: "guest".into(), address: address() },
        "login_failed",
        json!({"user": "guest", "address": "localhost:5672"}),
        "login failed for user guest at localhost:5672",
    );
    golden_detail(
        Detail::ClosedBeforeHandshake { address: address(), or: HandshakeHint::TlsPort },
        "closed_before_handshake",
        json!({"address": "localhost:5672", "or": "tls_port"}),
        "localhost:5672 closed the connection before the AMQP handshake. RabbitMQ may still be \
         starting, or this is its TLS port: use amqps://",
    );
    golden_detail(
        Detail::TlsIncompatible { address: address(), words: None },
        "tls_incompatible",
        json!({"address": "localhost:5672"}),
        "localhost:5672 speaks no TLS that the relay speaks, 1.2 or 1.3",
    );
    let cause = Detail::ConnectionError { reply_code: 541, words: "INTERNAL_ERROR".into() };
    golden_detail(
        Detail::QueueEndsConnection { queue: "hello".into(), cause: Box::new(cause) },
        "queue_ends_connection",
        json!({"queue": "hello", "cause": {"code": "connection_error",
            "args": {"reply_code": 541, "words": "INTERNAL_ERROR"}}}),
        "queue hello: a message or a consumer of it ends the connection (the broker says 541 \
         INTERNAL_ERROR)",
    );
    golden_detail(
        Detail::HeaderNeeds { header: "x-delay".into(), needs: HeaderNeed::Delay },
        "header_needs",
        json!({"header": "x-delay", "needs": "delay"}),
        "the header x-delay is read by RabbitMQ, and needs an integer from 0 to 4294967295",
    );
    golden_detail(
        Detail::BodyTooLarge { bytes: 11, max: 10 },
        "body_too_large",
        json!({"bytes": 11, "max": 10}),
        "the body has 11 bytes, at most 10 are allowed",
    );
    golden_detail(
        Detail::StreamKeeps { outcome: Outcome::Requeue },
        "stream_keeps",
        json!({"outcome": "requeue"}),
        "a stream keeps its messages, so there is nothing to give back: acknowledge them",
    );
}

#[test]
fn queues() {
    let counts = QueueStatus::counts(12, 2);
    let learned = QueueStatus::Counts {
        ready: 0,
        consumers: 1,
        queue_type: Some(QueueType::Quorum),
        delivery_count: Some(18),
    };
    let error = QueueStatus::Unreadable { error: Detail::QueueExclusive { queue: "mine".into() } };
    golden(
        ServerMessage::Queues {
            queues: vec![
                QueueCount { name: "hello".into(), status: counts },
                QueueCount { name: "orders".into(), status: learned },
                QueueCount { name: "mine".into(), status: error },
            ],
        },
        "queues",
        json!({"queues": [
            {"name": "hello", "ready": 12, "consumers": 2},
            {"name": "orders", "ready": 0, "consumers": 1, "queue_type": "quorum", "delivery_count": 18},
            {"name": "mine", "error": {"code": "queue_exclusive", "args": {"queue": "mine"}}},
        ]}),
    );
    assert!(serde_json::from_value::<QueueCount>(json!({"name": "mine", "ready": 1})).is_err());
}

#[test]
fn watching_and_observed() {
    golden(ServerMessage::Watching { queue: "q".into() }, "watching", json!({"queue": "q"}));
    let published = Observed {
        kind: ObservedKind::Published,
        at_ms: 1_700_000_000_123,
        body: "x".into(),
        properties: Properties::default(),
        exchange: "shop".into(),
        routing_keys: vec!["order.created".into()],
        connection: "10.0.0.7:52114 -> 10.0.0.1:5672".into(),
        user: "shop".into(),
        node: "rabbit@one".into(),
        redelivered: false,
        queues: vec!["q".into()],
    };
    let delivered = Observed {
        kind: ObservedKind::Delivered,
        body: vec![0xff].into(),
        redelivered: true,
        queues: vec![],
        ..published.clone()
    };
    golden(
        ServerMessage::Observed { events: vec![published, delivered], missed: 3 },
        "observed",
        json!({"missed": 3, "events": [
            {"kind": "published", "at_ms": 1_700_000_000_123_u64, "body": {"text": "x"},
                "exchange": "shop", "routing_keys": ["order.created"],
                "connection": "10.0.0.7:52114 -> 10.0.0.1:5672", "user": "shop",
                "node": "rabbit@one", "queues": ["q"]},
            {"kind": "delivered", "at_ms": 1_700_000_000_123_u64, "body": {"base64": "/w=="},
                "exchange": "shop", "routing_keys": ["order.created"],
                "connection": "10.0.0.7:52114 -> 10.0.0.1:5672", "user": "shop",
                "node": "rabbit@one", "redelivered": true},
        ]}),
    );
    golden(
        ServerMessage::Observed { events: vec![], missed: 0 },
        "observed",
        json!({"events": []}),
    );
}

#[test]
fn receiving_and_stopped() {
    golden(
        ServerMessage::Receiving {
            mode: ReceiveMode::Take,
            queue: "hello".into(),
            ack: AckMode::Auto,
            prefetch: 500,
            stream: false,
        },
        "receiving",
        json!({"queue": "hello", "mode": "take", "ack": "auto", "prefetch": 500}),
    );
    golden(
        ServerMessage::Receiving {
            mode: ReceiveMode::Look,
            queue: "log".into(),
            ack: AckMode::Manual,
            prefetch: 9,
            stream: true,
        },
        "receiving",
        json!({"queue": "log", "mode": "look", "ack": "manual", "prefetch": 9, "stream": true}),
    );
    for (reason, word) in [
        (StopReason::Paused, "paused"),
        (StopReason::QueueDeleted, "queue_deleted"),
        (StopReason::BrokerDown, "broker_down"),
        (StopReason::Refused, "refused"),
        (StopReason::QueueDown, "queue_down"),
        (StopReason::NotTraced, "not_traced"),
    ] {
        golden(ServerMessage::Stopped { reason, detail: None }, "stopped", json!({"reason": word}));
    }
    golden(
        ServerMessage::Stopped {
            reason: StopReason::QueueDeleted,
            detail: Some(Detail::QueueDeleted { queue: "hello".into() }),
        },
        "stopped",
        json!({"reason": "queue_deleted",
            "detail": {"code": "queue_deleted", "args": {"queue": "hello"}}}),
    );
}

#[test]
fn deliveries() {
    golden(
        ServerMessage::Deliveries {
            messages: vec![Delivery {
                tag: 1,
                body: "Hello World!".into(),
                properties: Properties { priority: Some(0), ..Properties::default() },
                redelivered: false,
                exchange: String::new(),
                routing_key: "hello".into(),
            }],
        },
        "deliveries",
        json!({"messages": [{
            "tag": 1, "body": {"text": "Hello World!"}, "properties": {"priority": 0},
            "redelivered": false, "exchange": "", "routing_key": "hello"
        }]}),
    );
}

#[test]
fn published() {
    golden(
        ServerMessage::Published { confirmed: vec![1, 2], failed: vec![] },
        "published",
        json!({"confirmed": [1, 2]}),
    );
    for (reason, word) in [
        (FailReason::Returned, "returned"),
        (FailReason::Nacked, "nacked"),
        (FailReason::TooLarge, "too_large"),
        (FailReason::InvalidProperty, "invalid_property"),
        (FailReason::Refused, "refused"),
        (FailReason::UnknownQueue, "unknown_queue"),
        (FailReason::TooManyInFlight, "too_many_in_flight"),
        (FailReason::BrokerDown, "broker_down"),
    ] {
        golden(
            ServerMessage::Published {
                confirmed: vec![],
                failed: vec![Failure {
                    id: 3,
                    reason,
                    detail: Some(Detail::WindowFull),
                    retry: true,
                }],
            },
            "published",
            json!({"failed": [
                {"id": 3, "reason": word, "detail": {"code": "window_full"}, "retry": true}
            ]}),
        );
    }
}

#[test]
fn stale_and_error() {
    golden(ServerMessage::Stale { tags: Tags::UpTo(9) }, "stale", json!({"tags": {"up_to": 9}}));
    for (code, word) in [
        (ErrorCode::BadMessage, "bad_message"),
        (ErrorCode::UnknownQueue, "unknown_queue"),
        (ErrorCode::UnknownTag, "unknown_tag"),
        (ErrorCode::NotSupported, "not_supported"),
    ] {
        golden(
            ServerMessage::Error { code, message: "words".into(), detail: None },
            "error",
            json!({"code": word, "message": "words"}),
        );
    }
    let detail = Detail::MayNotReceive;
    golden(
        ServerMessage::Error {
            code: ErrorCode::NotAllowed,
            message: detail.to_string(),
            detail: Some(detail),
        },
        "error",
        json!({"code": "not_allowed", "message": "this token may not receive",
            "detail": {"code": "may_not_receive"}}),
    );
}

#[test]
fn every_header_type() {
    let fields = [
        ("boolean", FieldValue::Boolean(true), json!(true)),
        ("i8", FieldValue::ShortShortInt(-1), typed("short_short_int", json!(-1))),
        ("u8", FieldValue::ShortShortUint(255), typed("short_short_uint", json!(255))),
        ("i16", FieldValue::ShortInt(-2), typed("short_int", json!(-2))),
        ("u16", FieldValue::ShortUint(2), typed("short_uint", json!(2))),
        ("i32", FieldValue::LongInt(-3), typed("long_int", json!(-3))),
        ("u32", FieldValue::LongUint(3), typed("long_uint", json!(3))),
        ("i64", FieldValue::LongLongInt(i64::MIN), json!(i64::MIN)),
        ("f32", FieldValue::Float(0.1), typed("float", json!(0.1))),
        ("f64", FieldValue::Double(1.5), json!(1.5)),
        ("whole", FieldValue::Double(2.0), typed("double", json!(2.0))),
        ("inf", FieldValue::Double(f64::INFINITY), typed("double", json!("inf"))),
        (
            "decimal",
            FieldValue::Decimal { scale: 2, value: 314 },
            typed("decimal", json!({"scale": 2, "value": 314})),
        ),
        ("text", FieldValue::from("x"), json!("x")),
        ("bytes", FieldValue::LongString(vec![255]), typed("long_string", json!("/w=="))),
        ("array", FieldValue::Array(vec![FieldValue::Void]), json!([null])),
        ("time", FieldValue::Timestamp(1), typed("timestamp", json!(1))),
        ("table", FieldValue::Table(FieldTable::default()), json!({})),
        (
            "dollar",
            FieldValue::Table(table([("$type", FieldValue::from("x"))])),
            typed("field_table", json!({"$type": "x"})),
        ),
        ("blob", FieldValue::ByteArray(vec![1]), typed("byte_array", json!("AQ=="))),
        ("void", FieldValue::Void, json!(null)),
    ];
    for (name, value, wire) in fields {
        golden_value(table([(name, value)]), json!({ name: wire }));
    }
}

fn table<const N: usize>(fields: [(&str, FieldValue); N]) -> FieldTable {
    FieldTable(BTreeMap::from(fields.map(|(name, value)| (name.to_owned(), value))))
}

fn typed(name: &str, value: Value) -> Value {
    json!({ "$type": name, "value": value })
}

#[test]
fn unknown_fields_are_ignored() {
    let wire = r#" { "type": "hello", "new": [1], "data": {"protocol": 1, "more": {"x": null}}}"#;
    let read = ClientMessage::from_text(wire).unwrap();
    assert_eq!(read, ClientMessage::Hello { protocol: 1, token: None, binary: false });
}

#[test]
fn what_cannot_be_read_is_an_error() {
    for wire in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"type": "bye"}"#,
        r#"{"type": "publish"}"#,
        r#"{"type": "publish", "data": {"messages": [{"id": -1, "body": {"text": ""}}]}}"#,
        r#"{"type": "publish", "data": {"messages": [{"id": 1, "body": {"base64": "*"}}]}}"#,
        r#"{"type": "publish", "data": {"messages": [{"id": 1, "body": {"text": 1}}]}}"#,
        r#"{"type": "settle", "data": {"outcome": "ack"}}"#,
        r#"{"type": "settle", "data": {"outcome": "burn", "tags": {"up_to": 1}}}"#,
        r#"{"type": "receive", "data": {"ack": "auto", "prefetch": 70000}}"#,
    ] {
        assert!(ClientMessage::from_text(wire).is_err(), "{wire}");
    }
    for headers in [
        r#"{"h": {"$type": "nope"}}"#,
        r#"{"h": {"$type": 1}}"#,
        r#"{"h": {"$type": "short_int", "value": 70000}}"#,
        r#"{"h": 18446744073709551615}"#,
    ] {
        assert!(serde_json::from_str::<FieldTable>(headers).is_err(), "{headers}");
    }
}

#[test]
fn what_stands_for_headers_nested_too_deep_is_read_where_it_is_written() {
    let nested = |levels, innermost| {
        let value = (0..levels).fold(innermost, |value, _| FieldValue::Array(vec![value]));
        FieldTable(BTreeMap::from([("h".to_owned(), value)]))
    };
    let cut = nested(MAX_HEADER_DEPTH, FieldValue::TooDeep);
    let wire = serde_json::to_string(&cut).unwrap();
    assert_eq!(serde_json::from_str::<FieldTable>(&wire).unwrap(), cut);
    for deeper in [
        nested(MAX_HEADER_DEPTH + 1, FieldValue::TooDeep),
        nested(MAX_HEADER_DEPTH, FieldValue::Void),
    ] {
        let wire = serde_json::to_string(&deeper).unwrap();
        assert!(serde_json::from_str::<FieldTable>(&wire).is_err(), "{wire}");
    }
}

#[test]
fn the_type_comes_first() {
    let error = ClientMessage::from_text(r#"{"data": {"protocol": 1}, "type": "hello"}"#);
    assert!(error.unwrap_err().to_string().contains("the type first"));
    let twice = r#"{"type": "pause", "type": "pause"}"#;
    assert_eq!(ClientMessage::from_text(twice).unwrap(), ClientMessage::Pause);
    for wrong in [r#"{"type": "pause"} x"#, r#"{"type": "pause""#, r#""pause""#, r#"{"pause": {}}"#]
    {
        assert!(ClientMessage::from_text(wrong).is_err(), "{wrong}");
    }
}

/// A `publish` of two bodies in binary: the JSON with its length, and the tail.
fn binary(json: &str, tail: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap().to_be_bytes();
    [&length, json.as_bytes(), tail].concat()
}

#[test]
fn a_binary_message_carries_bodies_behind_its_json() {
    let publish = |id, body: &[u8]| Publish {
        id,
        queue: None,
        body: body.to_vec().into(),
        properties: Properties::default(),
    };
    let message = ClientMessage::Publish {
        messages: vec![publish(1, b"\xff\x00"), publish(2, b""), publish(3, b"Hello World!")],
    };
    let json = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"bytes":2}},{"id":2,"body":{"bytes":0}},{"id":3,"body":{"bytes":12}}]}}"#;
    let wire = binary(json, b"\xff\x00Hello World!");
    assert_eq!(message.clone().into_binary(), wire);
    assert_eq!(ClientMessage::from_binary(wire).unwrap(), message);
    // The other forms of a body may stand in it as well.
    let mixed = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"base64":"/wA="}},{"id":2,"body":{"text":""}},{"id":3,"body":{"bytes":12}}]}}"#;
    assert_eq!(ClientMessage::from_binary(binary(mixed, b"Hello World!")).unwrap(), message);
}

#[test]
fn a_body_that_is_most_of_its_message_shares_its_memory_and_a_small_one_keeps_no_other_alive() {
    let json = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"bytes":3}},{"id":2,"body":{"bytes":900}}]}}"#;
    let wire = binary(json, &[b'x'; 903]);
    let memory = wire.as_ptr_range();
    let ClientMessage::Publish { messages } = ClientMessage::from_binary(wire).unwrap() else {
        panic!("not what was written");
    };
    let shares = messages.iter().map(|it| memory.contains(&it.body.as_bytes().as_ptr()));
    assert_eq!(shares.collect::<Vec<_>>(), [false, true]);
    let body = messages[1].body.clone();
    assert_eq!(body.as_bytes().as_ptr(), messages[1].body.as_bytes().as_ptr());
}

#[test]
fn a_binary_message_of_wrong_lengths_says_what_is_wrong() {
    let json = r#"{"type":"publish","data":{"messages":[{"id":1,"body":{"bytes":3}}]}}"#;
    let error = |wire: &[u8]| ClientMessage::from_binary(wire.to_vec()).unwrap_err().to_string();
    let short = error(&binary(json, b"ab"));
    assert_eq!(short, "the bodies have more bytes than the 2 that follow the JSON");
    let long = error(&binary(json, b"abcde"));
    assert_eq!(long, "2 bytes at the end belong to no body");
    for cut in 0..binary(json, b"").len() {
        assert!(error(&binary(json, b"")[..cut]).contains("ends before its JSON does"));
    }
    let huge = json.replace('3', "18446744073709551615");
    assert!(error(&binary(&huge, b"abc")).contains("more bytes"));
    assert!(error(json.as_bytes()).contains("4 bytes, big-endian"));
    let in_text = ClientMessage::from_text(json).unwrap_err().to_string();
    assert!(in_text.contains("in a binary message only"), "{in_text}");
}
