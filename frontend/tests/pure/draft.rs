//! The form: what it makes, what it says is wrong, and what "Edit" brings back.

use std::{collections::BTreeMap, rc::Rc};

use proptest::prelude::*;
use warren_frontend::{
    send::{
        draft::{
            Attached, Draft, Field, FieldError, Fields, File, Format, Header, HeaderKind, Prepared,
        },
        json::{self, MAX_INDENT},
    },
    ui::language::Language,
};
use warren_protocol::{Body, FieldTable, FieldValue, Properties};

use crate::text;

fn draft(format: Format, text: &str) -> Draft {
    Draft { format, text: text.to_owned(), ..Draft::default() }
}

fn check(draft: &Draft) -> Result<Prepared, Vec<(Field, String)>> {
    let words = |error: FieldError| (error.field, error.why);
    draft
        .check(Some(1_000), false, Language::English)
        .map_err(|errors| errors.into_iter().map(words).collect())
}

fn wrong(format: Format, text: &str) -> String {
    let errors = check(&draft(format, text)).unwrap_err();
    assert_eq!(errors[0].0, Field::Body);
    errors[0].1.clone()
}

fn with(change: impl FnOnce(&mut Fields)) -> Draft {
    let mut draft = draft(Format::Text, "x");
    change(&mut draft.fields);
    draft
}

fn header(name: &str, kind: HeaderKind, value: &str) -> Header {
    Header { name: name.to_owned(), kind, value: value.to_owned() }
}

#[test]
fn a_new_form_sends_what_the_tutorial_sends_and_persistent() {
    let message = check(&draft(Format::Text, "Hello World!")).unwrap();
    assert_eq!(message, Prepared::text("Hello World!".to_owned()));
    assert_eq!(message.properties.content_type, None);
}

#[test]
fn json_is_checked_with_line_and_column_and_sent_as_it_is_written() {
    let body = "{\n  \"a\": 1e400, \"b\": 12345678901234567890 }";
    let message = check(&draft(Format::Json, body)).unwrap();
    assert_eq!(message.body, text(body));
    assert_eq!(message.properties.content_type.as_deref(), Some("application/json"));
    assert_eq!(
        wrong(Format::Json, "{\n  oops }"),
        "Not JSON: a name in quotes or } is missing in line 2, column 3"
    );
    assert_eq!(wrong(Format::Json, " "), "Not JSON: it is empty");
    assert!(check(&draft(Format::Json, &"[".repeat(900))).is_err());
}

#[test]
fn numbers_in_json_are_checked_as_they_will_be() {
    let numbered = draft(Format::Json, r#"{"id": {n}}"#);
    assert!(numbered.check(None, true, Language::English).is_ok());
    assert!(numbered.check(None, false, Language::English).is_err());
}

#[test]
fn base64_is_read_with_spaces_and_without_padding() {
    for written in ["aGVsbG8=", "aGVsbG8", " aGVs\n bG8= \r\n"] {
        assert_eq!(check(&draft(Format::Base64, written)).unwrap().body, text("hello"));
    }
    let bytes = check(&draft(Format::Base64, "/wA=")).unwrap().body;
    assert_eq!(bytes, Body::from(vec![0xff, 0]));
    assert_eq!(
        wrong(Format::Base64, "aG\u{e9}sbG8="),
        "Not Base64: '\u{e9}' at character 3 is out of place"
    );
    assert!(wrong(Format::Base64, "a").contains("missing at the end"));
    assert!(wrong(Format::Base64, "aGVsbG9=").starts_with("Not Base64"));
}

#[test]
fn a_file_is_sent_with_its_type_and_must_be_there() {
    let file = |kind: &str| {
        let body = Body::from(vec![0xff]);
        let file = File { name: "a.png".to_owned(), kind: kind.to_owned(), body };
        Draft { file: Attached::Ready(Rc::new(file)), ..draft(Format::File, "kept") }
    };
    let content_type = |draft: &Draft| check(draft).unwrap().properties.content_type.unwrap();
    assert_eq!(content_type(&file("image/png")), "image/png");
    assert_eq!(content_type(&file("")), "application/octet-stream");
    let errors = draft(Format::File, "").check(None, false, Language::English).unwrap_err();
    assert!(errors[0].missing && errors[0].field == Field::File);
    let failed = Attached::Failed { why: "no".to_owned() };
    let failed = Draft { file: failed, ..draft(Format::File, "") };
    assert_eq!(check(&failed).unwrap_err(), [(Field::File, "no".to_owned())]);
}

#[test]
fn a_body_that_the_relay_does_not_take_is_told_before_it_is_sent() {
    let why = wrong(Format::Text, &"x".repeat(1_001));
    assert_eq!(why, "The body has 1,001 bytes; the relay takes at most 1,000");
    assert!(draft(Format::Text, &"x".repeat(1_001)).check(None, false, Language::English).is_ok());
}

#[test]
fn the_users_content_type_stands_whatever_the_format() {
    let mut draft = draft(Format::Json, "1");
    draft.fields.content_type = Some("text/x".to_owned());
    assert_eq!(check(&draft).unwrap().properties.content_type.as_deref(), Some("text/x"));
    draft.fields.content_type = Some(String::new());
    assert_eq!(check(&draft).unwrap().properties.content_type, None);
}

#[test]
fn every_property_is_read_and_empty_ones_are_not_set() {
    let message = check(&with(|fields| {
        fields.persistent = false;
        fields.priority = " 255 ".to_owned();
        fields.expiration = "60000".to_owned();
        fields.correlation_id = "c".to_owned();
        fields.reply_to = "r".to_owned();
        fields.message_id = "m".to_owned();
        fields.kind = "k".to_owned();
        fields.app_id = "a".to_owned();
    }))
    .unwrap();
    let some = |text: &str| Some(text.to_owned());
    let properties = Properties {
        persistent: Some(false),
        priority: Some(255),
        expiration: some("60000"),
        correlation_id: some("c"),
        reply_to: some("r"),
        message_id: some("m"),
        kind: some("k"),
        app_id: some("a"),
        ..Properties::default()
    };
    assert_eq!(message.properties, properties);
}

#[test]
fn wrong_properties_are_all_told_in_the_order_of_the_form() {
    let errors = check(&with(|fields| {
        fields.app_id = "\u{e9}".repeat(128);
        fields.priority = "256".to_owned();
        fields.expiration = "1.5".to_owned();
    }))
    .unwrap_err();
    let fields: Vec<Field> = errors.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, [Field::Priority, Field::Expiration, Field::AppId]);
    for expiration in ["-1", "+1", "1 s", "4294967296", "\u{661}"] {
        let draft = with(|fields| fields.expiration = expiration.to_owned());
        assert_eq!(check(&draft).unwrap_err()[0].0, Field::Expiration, "{expiration}");
    }
}

#[test]
fn headers_are_typed() {
    let message = check(&with(|fields| {
        fields.headers = vec![
            header("s", HeaderKind::String, ""),
            header("whole", HeaderKind::Number, "-9223372036854775808"),
            header("part", HeaderKind::Number, " 1.50 "),
            header("yes", HeaderKind::Boolean, "true"),
            header("no", HeaderKind::Boolean, "?"),
        ];
    }))
    .unwrap();
    let table = BTreeMap::from([
        ("s".to_owned(), FieldValue::from("")),
        ("whole".to_owned(), FieldValue::LongLongInt(i64::MIN)),
        ("part".to_owned(), FieldValue::Double(1.5)),
        ("yes".to_owned(), FieldValue::Boolean(true)),
        ("no".to_owned(), FieldValue::Boolean(false)),
    ]);
    assert_eq!(message.properties.headers, Some(FieldTable(table)));
}

#[test]
fn wrong_headers_are_told_in_their_row() {
    let draft = with(|fields| {
        fields.headers = vec![
            header("a", HeaderKind::String, "1"),
            header("a", HeaderKind::String, "2"),
            header("", HeaderKind::String, "3"),
            header(&"n".repeat(256), HeaderKind::String, ""),
        ];
    });
    let fields: Vec<Field> =
        check(&draft).unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, [1, 2, 3].map(Field::HeaderName));
    // A name that was not typed yet is no mistake until the message is to be sent.
    let missing: Vec<bool> =
        draft.wrong_fields(Language::English).iter().map(|error| error.missing).collect();
    assert_eq!(missing, [false, true, false]);
    for number in ["", "x", "1e400", "NaN", "inf", "12345678901234567890", "-", "1-1", "0x10"] {
        let draft = with(|fields| fields.headers = vec![header("n", HeaderKind::Number, number)]);
        assert_eq!(check(&draft).unwrap_err()[0].0, Field::HeaderValue(0), "{number:?}");
    }
}

#[test]
fn edit_brings_a_message_back_and_keeps_what_the_form_cannot_show() {
    let headers = BTreeMap::from([
        ("bool".to_owned(), FieldValue::Boolean(false)),
        ("bytes".to_owned(), FieldValue::LongString(vec![0xff])),
        ("double".to_owned(), FieldValue::Double(3.0)),
        ("lines".to_owned(), FieldValue::from("a\nb")),
        ("long".to_owned(), FieldValue::LongLongInt(7)),
        ("nan".to_owned(), FieldValue::Double(f64::INFINITY)),
        ("string".to_owned(), FieldValue::from("text")),
        ("table".to_owned(), FieldValue::Table(FieldTable::default())),
    ]);
    let properties = Properties {
        content_encoding: Some("gzip".to_owned()),
        content_type: Some("text/plain".to_owned()),
        headers: Some(FieldTable(headers)),
        persistent: Some(true),
        priority: Some(3),
        timestamp: Some(1_700_000_000),
        message_id: Some("old".to_owned()),
        user_id: Some("guest".to_owned()),
        ..Properties::default()
    };
    let draft = Draft::of(&text("body"), &properties, Language::English);
    assert_eq!(draft.fields.headers.len(), 4);
    let kept = [
        "content_encoding",
        "timestamp",
        "header bytes",
        "header lines",
        "header nan",
        "header table",
    ];
    assert_eq!(draft.fields.kept_names(), kept);
    let message = check(&draft).unwrap();
    assert_eq!(message.body, text("body"));
    assert_eq!(message.properties, Properties { message_id: None, user_id: None, ..properties });
}

#[test]
fn edit_chooses_a_format_that_changes_no_byte() {
    let format = |body: Body, content_type: Option<&str>| {
        let content_type = content_type.map(str::to_owned);
        let properties = Properties { content_type, ..Properties::default() };
        let mut draft = Draft::of(&body, &properties, Language::English);
        draft.text = draft.text.clone();
        assert_eq!(draft.check(None, false, Language::English).unwrap().body, body);
        draft.format
    };
    assert_eq!(format(text("{}"), None), Format::Text);
    assert_eq!(format(text("{}"), Some("application/json")), Format::Json);
    assert_eq!(format(text("{"), Some("application/json")), Format::Text);
    assert_eq!(format(text("MSH|A\rPID|1\r"), None), Format::Text);
    assert_eq!(format(text("a\r\nb\r\n"), None), Format::Text);
    assert_eq!(format(text("{\r\n}"), Some("application/json")), Format::Json);
    assert_eq!(format(text("a\r\nb\n"), None), Format::Base64);
    assert_eq!(format(Body::from(vec![0xff]), None), Format::Base64);
    assert_eq!(format(text(&"x".repeat(1024 * 1024 + 1)), None), Format::File);
}

#[test]
fn json_is_laid_out_without_changing_a_token() {
    let laid_out =
        json::indent(r#" {"a":[1e400,12345678901234567890, {}],"b\"\\" : "x: {y}, [z]","c":[ ]} "#);
    let expected = "{\n  \"a\": [\n    1e400,\n    12345678901234567890,\n    {}\n  ],\n  \"b\\\"\\\\\": \"x: {y}, [z]\",\n  \"c\": []\n}";
    assert_eq!(laid_out.unwrap(), expected);
    assert_eq!(json::indent("  true ").unwrap(), "true");
    assert!(json::indent("{").is_err());
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    if let Ok(laid_out) = json::indent(&deep) {
        assert!(laid_out.len() < 20_000 * (2 * MAX_INDENT + 2));
    }
}

proptest! {
    /// Whatever is typed, nothing panics, and what passes the check is what was typed.
    #[test]
    fn any_form_is_checked(
        format in prop::sample::select(Format::ALL.to_vec()),
        text in ".{0,40}",
        typed in prop::collection::vec(".{0,6}", 9),
        kind in prop::sample::select(HeaderKind::ALL.to_vec()),
    ) {
        let fields = Fields {
            content_type: Some(typed[0].clone()),
            priority: typed[1].clone(),
            expiration: typed[2].clone(),
            correlation_id: typed[3].clone(),
            reply_to: typed[4].clone(),
            message_id: typed[5].clone(),
            headers: vec![header(&typed[6], kind, &typed[7]), header(&typed[8], kind, "1")],
            ..Fields::default()
        };
        let draft = Draft { format, text, fields, ..Draft::default() };
        if let Ok(message) = draft.check(Some(1_000), false, Language::English) {
            if format == Format::Text {
                prop_assert_eq!(message.body.as_text(), Some(draft.text.as_str()));
            }
            // The form that it gives makes the same message again.
            let again = Draft::of(&message.body, &message.properties, Language::English).check(None, false, Language::English).unwrap();
            prop_assert_eq!(&again.body, &message.body);
            let properties = Properties { message_id: None, ..message.properties };
            prop_assert_eq!(again.properties, properties);
        }
    }

    #[test]
    fn laid_out_json_has_the_same_tokens(text in r#"[\[\]{}",:0-9a-e\\ \n-]{0,30}"#) {
        if let Ok(laid_out) = json::indent(&text) {
            prop_assert_eq!(json::indent(&laid_out).unwrap(), laid_out);
        }
    }
}
