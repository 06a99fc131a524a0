//! Whatever is written is read again as the same, and whatever is read does not panic.

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*};
use warren_protocol::{
    Body, ClientMessage, Delivery, FieldTable, FieldValue, Properties, Publish, ServerMessage,
};

fn field_value() -> impl Strategy<Value = FieldValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(FieldValue::Boolean),
        any::<i8>().prop_map(FieldValue::ShortShortInt),
        any::<u8>().prop_map(FieldValue::ShortShortUint),
        any::<i16>().prop_map(FieldValue::ShortInt),
        any::<u16>().prop_map(FieldValue::ShortUint),
        any::<i32>().prop_map(FieldValue::LongInt),
        any::<u32>().prop_map(FieldValue::LongUint),
        any::<i64>().prop_map(FieldValue::LongLongInt),
        // NaN is not equal to itself; the golden tests have the other numbers that are none.
        any::<f32>().prop_filter("NaN", |x| !x.is_nan()).prop_map(FieldValue::Float),
        any::<f64>().prop_filter("NaN", |x| !x.is_nan()).prop_map(FieldValue::Double),
        any::<(u8, u32)>().prop_map(|(scale, value)| FieldValue::Decimal { scale, value }),
        vec(any::<u8>(), 0..20).prop_map(FieldValue::LongString),
        ".{0,20}".prop_map(|text| FieldValue::LongString(text.into_bytes())),
        any::<u64>().prop_map(FieldValue::Timestamp),
        vec(any::<u8>(), 0..20).prop_map(FieldValue::ByteArray),
        Just(FieldValue::Void),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(FieldValue::Array),
            table_of(inner).prop_map(FieldValue::Table),
        ]
    })
}

fn table_of(values: impl Strategy<Value = FieldValue>) -> impl Strategy<Value = FieldTable> {
    let name = prop_oneof![Just("$type".to_owned()), ".{0,10}"];
    vec((name, values), 0..5).prop_map(|fields| FieldTable(BTreeMap::from_iter(fields)))
}

/// The top table is a JSON object of its own, in which `$type` is a header like any other.
fn headers() -> impl Strategy<Value = FieldTable> {
    table_of(field_value())
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of(".{0,30}")
}

fn properties() -> impl Strategy<Value = Properties> {
    let numbers = (any::<Option<bool>>(), any::<Option<u8>>(), any::<Option<u64>>());
    let texts = (text(), text(), text(), text(), text());
    let more = (text(), text(), text(), text());
    (option::of(headers()), numbers, texts, more).prop_map(
        |(headers, (persistent, priority, timestamp), texts, more)| Properties {
            content_type: texts.0,
            content_encoding: texts.1,
            headers,
            persistent,
            priority,
            correlation_id: texts.2,
            reply_to: texts.3,
            expiration: texts.4,
            message_id: more.0,
            timestamp,
            kind: more.1,
            user_id: more.2,
            app_id: more.3,
        },
    )
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        any::<String>().prop_map(String::into_bytes),
        vec(0u8..32, 0..200),
        // Long texts that need no escapes are written in another way: some of these need one.
        (300usize..600, "[a\\\\\"\n\u{1}\u{7f}\u{e9}\u{1f407}]{0,2}", 0usize..300).prop_map(
            |(length, odd, at)| {
                let mut text = "x".repeat(length);
                text.insert_str(at, &odd);
                text.into_bytes()
            }
        ),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_published_message_survives(
        id in any::<u64>(),
        queue in text(),
        bytes in bytes(),
        properties in properties(),
    ) {
        let body = Body::from_bytes(bytes.clone()).into_compact();
        let message = Publish { id, queue, body, properties };
        let frame = ClientMessage::Publish { messages: vec![message.clone()] };
        let wire = frame.to_json();
        prop_assert_eq!(ClientMessage::from_json(wire.as_bytes())?, frame);
        prop_assert_eq!(message.body.into_bytes(), bytes);
    }

    #[test]
    fn the_bytes_on_the_wire_are_known_before_it_is_written(
        messages in vec((any::<u64>(), text(), bytes(), properties(), any::<bool>()), 0..4),
    ) {
        let mut compact = Publish::EMPTY_LEN;
        let message = |(id, queue, bytes, properties, small): (_, Option<String>, _, _, bool)| {
            let body = Body::from_bytes(bytes);
            compact += Publish::compact_len(queue.as_deref(), &body, &properties);
            let body = if small { body.into_compact() } else { body };
            Publish { id, queue, body, properties }
        };
        let messages: Vec<Publish> = messages.into_iter().map(message).collect();
        let counted = messages.iter().map(Publish::encoded_len).sum::<usize>() + Publish::EMPTY_LEN;
        let bytes = |messages: Vec<Publish>| ClientMessage::Publish { messages }.to_json().len();
        let written = bytes(messages.clone());
        prop_assert!((written..=written + 3 * messages.len()).contains(&counted));
        let into_compact = |message: Publish| Publish { body: message.body.into_compact(), ..message };
        prop_assert!(bytes(messages.into_iter().map(into_compact).collect()) <= compact);
    }

    #[test]
    fn a_delivery_survives(
        tag in any::<u64>(),
        bytes in bytes(),
        properties in properties(),
        redelivered in any::<bool>(),
        exchange in ".{0,30}",
        routing_key in ".{0,30}",
    ) {
        let body = Body::from_bytes(bytes);
        let delivery = Delivery { tag, body, properties, redelivered, exchange, routing_key };
        let frame = ServerMessage::Deliveries { messages: vec![delivery] };
        let wire = frame.to_json();
        prop_assert_eq!(ServerMessage::from_json(wire.as_bytes())?, frame);
    }

    #[test]
    fn a_compact_body_takes_at_most_a_third_more(bytes in bytes()) {
        let length = bytes.len();
        let wire = serde_json::to_string(&Body::from_bytes(bytes).into_compact())?;
        let frame = r#"{"base64":""}"#.len();
        prop_assert!(wire.len() <= length.div_ceil(3) * 4 + frame);
    }

    #[test]
    fn no_frame_makes_it_panic(wire in r#"[{}\[\]":,a-z_$0-9 \\]{0,80}"#) {
        let _ = ClientMessage::from_json(wire.as_bytes());
        let _ = ServerMessage::from_json(wire.as_bytes());
    }
}
