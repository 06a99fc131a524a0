use super::*;
use crate::interpreted::DIRECT_REPLY_TO;

fn to_amqp(properties: Properties) -> Result<BasicProperties, Detail> {
    super::to_amqp(properties, &HeaderLimits::MAX).map(|(amqp, _)| amqp)
}

fn headers(fields: &[(&str, FieldValue)]) -> Properties {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    Properties { headers: Some(FieldTable(fields.collect())), ..Properties::default() }
}

fn nested(depth: usize) -> FieldValue {
    (0..depth).fold(FieldValue::Void, |inner, _| FieldValue::Array(vec![inner]))
}

#[test]
fn what_is_sent_comes_back_the_same() {
    let mut properties = headers(&[
        ("text", "x".into()),
        ("bytes", FieldValue::ByteArray(vec![0, 255])),
        ("deep", nested(MAX_HEADER_DEPTH - 1)),
    ]);
    properties.kind = Some("t".into());
    properties.persistent = Some(false);
    properties.timestamp = Some(u64::MAX);
    assert_eq!(from_amqp(&to_amqp(properties.clone()).unwrap()), properties);
}

#[test]
fn an_expiration_is_whole_milliseconds() {
    let with =
        |text: &str| to_amqp(Properties { expiration: Some(text.into()), ..Properties::default() });
    assert!(with("0").is_ok());
    assert!(with("4294967295").is_ok());
    for wrong in ["", "abc", "-1", "1.5", "4294967296", " 1", "99999999999999999999999"] {
        assert_eq!(with(wrong), Err(Detail::BadExpiration { max: 4_294_967_295 }), "{wrong:?}");
    }
}

#[test]
fn short_strings_end_at_255_bytes() {
    let with =
        |length| to_amqp(Properties { app_id: Some("x".repeat(length)), ..Properties::default() });
    assert!(with(255).is_ok());
    assert_eq!(with(256), Err(Detail::PropertyTooLong { property: "app_id".into() }));
    assert!(to_amqp(headers(&[(&"k".repeat(256), FieldValue::Void)])).is_err());
}

#[test]
fn properties_fit_one_frame() {
    let with = |length| to_amqp(headers(&[("h", FieldValue::LongString(vec![b'x'; length]))]));
    assert!(with(100 * 1024).is_ok());
    assert!(matches!(with(128 * 1024), Err(Detail::PropertiesTooLarge { .. })));
}

#[test]
fn count_size_and_depth_are_taken_up_to_the_limit() {
    let limits = HeaderLimits { count: 3, bytes: 100, depth: 2 };
    let with = |headers| super::to_amqp(headers, &limits);
    let some = |count| -> Properties {
        let names: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        let fields: Vec<_> = names.iter().map(|n| (n.as_str(), FieldValue::Void)).collect();
        headers(&fields)
    };
    let inside = |count| headers(&[("h", FieldValue::Array(vec![FieldValue::Void; count]))]);
    for properties in [some(2), some(3), inside(1), inside(2)] {
        assert!(with(properties).is_ok());
    }
    for properties in [some(4), inside(3)] {
        assert_eq!(with(properties), Err(Detail::TooManyHeaders { max: 3 }));
    }
    // The table's length, the name's, the name, the type, and room for a fixed size.
    let text = |length| headers(&[("h", FieldValue::LongString(vec![b'x'; length]))]);
    let around = 4 + 1 + 1 + 1 + 8;
    for length in [100 - around - 1, 100 - around] {
        assert!(with(text(length)).is_ok());
    }
    assert_eq!(with(text(100 - around + 1)), Err(Detail::PropertiesTooLarge { max: 100 }));
    let deep = |depth: usize| headers(&[("h", nested(depth - 1))]);
    for depth in [1, 2] {
        assert!(with(deep(depth)).is_ok());
    }
    let refused = Err(Detail::TooDeepHeader { header: "h".into(), max: 2 });
    assert_eq!(with(deep(3)), refused);
}

#[test]
fn too_deep_headers_are_cut_and_never_sent() {
    let mut amqp = AMQPValue::Void;
    for _ in 0..MAX_HEADER_DEPTH + 10 {
        amqp = AMQPValue::FieldArray(vec![amqp].into());
    }
    let shown = value_from_amqp(&amqp, 1);
    let refused = to_amqp(headers(&[("h", shown)]));
    let too_deep = Detail::TooDeepHeader { header: "h".into(), max: MAX_HEADER_DEPTH };
    assert_eq!(refused, Err(too_deep));
    let refused = to_amqp(headers(&[("h", FieldValue::TooDeep)]));
    assert_eq!(refused, Err(Detail::CutOffHeader { header: "h".into() }));
}

#[test]
fn direct_reply_to_is_refused() {
    let refused =
        to_amqp(Properties { reply_to: Some(DIRECT_REPLY_TO.into()), ..Properties::default() });
    assert_eq!(refused, Err(Detail::DirectReplyTo));
}
