//! Whatever is written is read again as the same, and whatever is read does not panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod all_details;

use std::collections::BTreeMap;

use proptest::{collection::vec, option, prelude::*};
use warren_protocol::{
    Body, BrokerState, ClientMessage, Delivery, Detail, FieldTable, FieldValue, Properties,
    Publish, ServerMessage, WireMessage,
};

use all_details::details;

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
    ]
}

fn publish() -> impl Strategy<Value = Publish> {
    (any::<u64>(), text(), bytes(), properties()).prop_map(|(id, queue, bytes, properties)| {
        Publish { id, queue, body: bytes.into(), properties }
    })
}

/// serde's error for a code that does not exist names all that do.
#[test]
fn no_kind_of_detail_is_left_out() {
    let details = details(Default::default(), [0, 0], true);
    let unknown = serde_json::from_str::<Detail>(r#"{"code": "?"}"#).unwrap_err().to_string();
    let codes: Vec<&str> = unknown.split('`').skip(3).step_by(2).collect();
    let wire = serde_json::to_value(&details).unwrap();
    let wire = wire.as_array().unwrap().iter().map(|detail| detail["code"].as_str().unwrap());
    assert_eq!(wire.collect::<Vec<_>>(), codes);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_published_message_survives(message in publish()) {
        survives(&ClientMessage::Publish { messages: vec![message] })?;
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
        let body = Body::from(bytes);
        let delivery = Delivery { tag, body, properties, redelivered, exchange, routing_key };
        survives(&ServerMessage::Deliveries { messages: vec![delivery] })?;
    }

    #[test]
    fn a_detail_survives_and_has_words(
        texts in [".{1,30}", ".{1,30}", ".{1,30}"],
        numbers in any::<[u32; 2]>(),
        known in any::<bool>(),
    ) {
        for detail in details(texts, numbers, known) {
            prop_assert!(!detail.to_string().is_empty());
            survives(&ServerMessage::Broker(BrokerState::Down {
                detail: Some(detail),
                retry_in_ms: None,
            }))?;
        }
    }

    #[test]
    fn a_binary_message_that_is_cut_or_longer_is_an_error(
        messages in vec(publish(), 1..4),
        at in any::<prop::sample::Index>(),
        more in vec(any::<u8>(), 1..9),
    ) {
        let wire = ClientMessage::Publish { messages }.into_binary();
        prop_assert!(ClientMessage::from_binary(wire[..at.index(wire.len())].to_vec()).is_err());
        prop_assert!(ClientMessage::from_binary([wire, more].concat()).is_err());
    }

    #[test]
    fn what_is_read_of_a_changed_message_is_written_as_it_was_read(
        messages in vec(publish(), 1..4),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut wire = ClientMessage::Publish { messages }.into_binary();
        let at = at.index(wire.len());
        wire[at] = byte;
        if let Ok(message) = ClientMessage::from_binary(wire) {
            survives(&message)?;
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in r#"[{}\[\]":,a-z_$0-9 \\]{0,80}"#) {
        let _ = ClientMessage::from_text(&text);
        let _ = ServerMessage::from_text(&text);
    }

    #[test]
    fn no_bytes_make_it_panic(prefix in 0u32..100, bytes in bytes()) {
        let wire = [&prefix.to_be_bytes(), bytes.as_slice()].concat();
        let _ = ClientMessage::from_binary(wire.clone());
        let _ = ServerMessage::from_binary(wire);
    }
}

/// In both forms.
fn survives<T: WireMessage + Clone + PartialEq + std::fmt::Debug>(
    message: &T,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(&T::from_text(&message.to_text())?, message);
    prop_assert_eq!(&T::from_binary(message.clone().into_binary())?, message);
    Ok(())
}
