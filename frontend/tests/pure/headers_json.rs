//! All headers at once as JSON: every type of AMQP, and what is wrong where.

use std::collections::BTreeMap;

use warren_frontend::{
    send::draft::{Draft, Field, Fields},
    ui::language::Language,
};
use warren_protocol::{FieldTable, FieldValue, Properties};

pub(crate) fn of_each_type() -> FieldTable {
    let inner = FieldTable(BTreeMap::from([
        ("$type".to_owned(), FieldValue::from("a header of this name")),
        ("list".to_owned(), FieldValue::Array(vec![FieldValue::Void, FieldValue::ShortUint(7)])),
    ]));
    FieldTable(BTreeMap::from_iter(
        [
            ("boolean", FieldValue::Boolean(true)),
            ("short-short-int", FieldValue::ShortShortInt(-1)),
            ("short-short-uint", FieldValue::ShortShortUint(255)),
            ("short-int", FieldValue::ShortInt(-2)),
            ("short-uint", FieldValue::ShortUint(2)),
            ("long-int", FieldValue::LongInt(-3)),
            ("long-uint", FieldValue::LongUint(3)),
            ("long-long-int", FieldValue::LongLongInt(i64::MIN)),
            ("float", FieldValue::Float(0.1)),
            ("double", FieldValue::Double(2.0)),
            ("infinite", FieldValue::Double(f64::INFINITY)),
            ("decimal", FieldValue::Decimal { scale: 2, value: 314 }),
            ("text", FieldValue::from("two\nlines")),
            ("no text", FieldValue::LongString(vec![0xff, 0])),
            ("array", FieldValue::Array(vec![FieldValue::Boolean(false)])),
            ("timestamp", FieldValue::Timestamp(u64::MAX)),
            ("table", FieldValue::Table(inner)),
            ("bytes", FieldValue::ByteArray(vec![1, 2])),
            ("void", FieldValue::Void),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    ))
}

fn typed(text: &str) -> Fields {
    let mut fields = Fields::default();
    fields.type_headers_json(text.to_owned());
    fields
}

fn sent(fields: Fields) -> Result<Option<FieldTable>, String> {
    let draft = Draft { fields, ..Draft::default() };
    draft.check(None, false, Language::English).map(|sent| sent.properties.headers).map_err(
        |errors| {
            assert_eq!(errors[0].field, Field::HeadersJson);
            errors[0].why.clone()
        },
    )
}

#[test]
fn headers_of_each_type_are_shown_as_json_and_sent_as_they_were() {
    let headers = Some(of_each_type());
    let mut fields = Fields::of(&Properties { headers: headers.clone(), ..Properties::default() });
    let rows = fields.clone();
    fields.open_headers_json();
    let text = fields.headers_json.clone().unwrap();
    assert!(text.contains("\n  \"long-int\": {\"$type\":\"long_int\",\"value\":-3},\n"), "{text}");
    assert_eq!(sent(fields.clone()), Ok(headers.clone()));
    assert_eq!(sent(typed(&text)), Ok(headers));
    fields.close_headers_json();
    assert_eq!(fields, rows);
}

#[test]
fn what_is_right_is_taken_as_it_is_typed_and_what_is_wrong_is_kept() {
    let mut fields = typed("{\"a\": 1, \"b\": {\"$type\": \"short_int\", \"value\": 2}}");
    assert_eq!(fields.headers[0].name, "a");
    assert_eq!(fields.kept_names(), ["header b"]);
    fields.type_headers_json("{\"a\": 1,".to_owned());
    fields.close_headers_json();
    assert_eq!(fields.headers_json.as_deref(), Some("{\"a\": 1,"));
    assert!(sent(fields.clone()).is_err());
    fields.type_headers_json(" ".to_owned());
    fields.close_headers_json();
    assert_eq!((fields.headers.len(), fields.kept_names().len()), (0, 0));
    assert_eq!(sent(fields), Ok(None));
}

#[test]
fn a_row_that_is_wrong_is_not_lost_in_json() {
    let mut fields = Fields::default();
    fields.headers.push(Default::default());
    fields.open_headers_json();
    assert_eq!((fields.headers_json, fields.headers.len()), (None, 1));
}

#[test]
fn each_mistake_is_said_with_its_header_and_its_place() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(40), "]".repeat(40));
    let abyss = format!("{{\"a\": {}1{}}}", "[".repeat(4_000), "]".repeat(4_000));
    let long = format!("{{\"{}\": 1}}", "n".repeat(256));
    for (text, wanted) in [
        ("{\"a\": 1,\n \"b\" 2}", "a colon is missing in line 2, column 6"),
        ("[1]", "The headers are one JSON object"),
        ("{\"a\": 1, \"a\": 2}", "Header \"a\", line 1, column 10: there is a header"),
        ("{\"\": 1}", "line 1, column 2: A name is missing"),
        ("{\n\"a\": {\"$type\": \"int\", \"value\": 1}}", "\"a\", line 2, column 16: the type int"),
        (
            "{\"a\": [{\"$type\": \"short_int\", \"value\": 40000}]}",
            "line 1, column 18: the value is no short_int",
        ),
        ("{\"a\": 12345678901234567890}", "column 7: 12345678901234567890 does not fit"),
        ("{\"a\": [1, 123456789012345678901234567890]}", "column 11: 1234567890123456789"),
        ("{\"a\": 1e400}", "column 7: the value is no double"),
        ("{\"a\": \"\\ud800\"}", "column 7: the value is no Unicode"),
        ("{\"a\": {\"$type\": \"too_deep\"}}", "nested 32 deep at most"),
        (&deep, "nested 32 deep at most"),
        (&abyss, "nested 32 deep at most"),
        (&long, "At most 255 bytes"),
    ] {
        let why = sent(typed(text)).unwrap_err();
        assert!(why.contains(wanted), "{text}: {why}");
    }
}
