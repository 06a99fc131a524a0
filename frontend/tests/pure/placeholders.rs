//! What is filled into messages when they are sent, and what is left as it is.

use std::collections::BTreeMap;

use warren_frontend::{
    send::{
        draft::Prepared,
        placeholders::{Template, Values, sample},
        saved::SavedMessages,
    },
    ui::{json, language::Language},
};
use warren_protocol::{Body, FieldTable, FieldValue, Properties};

use crate::text;

const VALUES: Values<'_> = Values { number: 7, uuid: "u-u", now_ms: 1_700_000_000_123.0 };

fn fill(body: impl Into<Body>) -> Prepared {
    let message = Prepared { body: body.into(), properties: Properties::default() };
    Template::of(message).fill(VALUES)
}

#[test]
fn number_uuid_and_time_are_filled_in_and_two_braces_are_one() {
    for (body, wanted) in [
        ("{n}", "7"),
        ("{n}{n}", "77"),
        ("a {uuid} b {now} {uuid}", "a u-u b 2023-11-14T22:13:20.123Z u-u"),
        ("{\"a\":{\"n\":{n}}}", "{\"a\":{\"n\":7}}"),
        ("{{n}} {{uuid}} {n}", "{n} {uuid} 7"),
        ("{{n}}", "{n}"),
        ("{{n} {n}}", "{7 7}"),
        ("{{{n}}}", "{{n}}"),
    ] {
        assert_eq!(fill(body).body, text(wanted), "{body}");
    }
}

#[test]
fn what_has_none_is_sent_as_it_is() {
    for plain in ["", "{", "{}", "{{}}", "{name} {N} {n", "{{n", "{ n }", "\u{1f407}{"] {
        let template = Template::of(Prepared { body: text(plain), properties: named() });
        assert!(!template.has_any(), "{plain}");
        assert_eq!(template.fill(VALUES), Prepared { body: text(plain), properties: named() });
        assert_eq!(sample(plain), plain);
    }
    let binary = Body::from(b"\xff{n}".to_vec());
    assert_eq!(fill(binary.clone()).body, binary);
    let plain = Template::plain(Prepared { body: text("{n}"), properties: named() });
    assert_eq!(plain.fill(VALUES).body, text("{n}"));
    assert_eq!(plain.body_bytes(), 3);
}

fn named() -> Properties {
    crate::named("m")
}

#[test]
fn properties_and_header_texts_are_filled_and_nothing_else_of_them() {
    let header = |name: &str, value| (name.to_owned(), value);
    let headers = |n: &str, list: &str| {
        FieldTable(BTreeMap::from([
            header("x-{n}", FieldValue::from(n)),
            header("number", FieldValue::LongInt(1)),
            header("binary", FieldValue::LongString(b"\xff{n}".to_vec())),
            header("list", FieldValue::Array(vec![FieldValue::from(list)])),
        ]))
    };
    let properties = Properties {
        correlation_id: Some("c-{n}".to_owned()),
        message_id: Some("m-{n}".to_owned()),
        kind: Some("{now}".to_owned()),
        expiration: Some("60".to_owned()),
        headers: Some(headers("{uuid}", "{n}")),
        ..Properties::default()
    };
    let template = Template::of(Prepared { body: text("x"), properties: properties.clone() });
    assert!(template.has_any());
    let wanted = Properties {
        correlation_id: Some("c-7".to_owned()),
        message_id: Some("m-7".to_owned()),
        kind: Some("2023-11-14T22:13:20.123Z".to_owned()),
        headers: Some(headers("u-u", "{n}")),
        ..properties
    };
    assert_eq!(template.fill(VALUES), Prepared { body: text("x"), properties: wanted });
}

#[test]
fn a_message_without_a_name_is_named_by_its_uuid() {
    let filled = fill("{uuid}");
    assert_eq!(filled.properties.message_id.as_deref(), filled.body.as_text());
}

#[test]
fn the_size_of_a_filled_body_is_known_before() {
    let template = Template::of(Prepared::text("{n}{uuid}{now}xy".to_owned()));
    let uuid = "12345678-1234-4234-8234-123456789012";
    let filled = template.fill(Values { number: u64::MAX, uuid, now_ms: 0.0 });
    assert_eq!(template.body_bytes(), filled.body.len());
}

#[test]
fn a_saved_message_is_filled_in_when_it_has_something_and_is_no_file() {
    let saved = SavedMessages::default();
    let fills = |body: Body| {
        let message = Prepared { body, properties: Properties::default() };
        let saved = saved.save("a", false, message).unwrap();
        saved.get("a").unwrap().draft(Language::English).fills
    };
    assert_eq!(fills(text("{now}")), Some(true));
    assert_eq!(fills(text("now")), None);
    assert_eq!(fills(Body::from(b"\xff{n}".to_vec())), None);
}

#[test]
fn what_is_checked_in_the_place_of_values_is_json_just_where_the_message_will_be() {
    let uuid = "12345678-1234-4234-8234-123456789012";
    for text in [
        "{\"n\": {n}, \"id\": \"{uuid}\", \"at\": \"{now}\"}",
        "{\"id\": {uuid}}",
        "{\"at\": {now}}",
        "[{n}{n}, -{n}, 1{n}, 0.{n}, 1e{n}]",
        "[0{n}]",
        "[\"{{n}}\", \"{{uuid}}\", \"{{now}}\"]",
        "[{{n}}]",
        "{\"{n}\": [{n}], \"{uuid}{now}\": null}",
    ] {
        let sent = Template::of(Prepared::text(text.to_owned())).fill(Values {
            number: 27,
            uuid,
            now_ms: 1_700_000_000_123.0,
        });
        let sent = json::check(sent.body.as_text().unwrap());
        let checked = json::check(&sample(text));
        assert_eq!(checked.is_ok(), sent.is_ok(), "{text}: {checked:?}");
    }
}

#[test]
fn a_mistake_behind_what_is_filled_in_is_where_it_was_typed() {
    let text = "{\"n\": {n}, \"id\": \"{uuid} {now} {{n}}\",\n \"m\": {n}, oops}";
    assert_eq!(sample(text).len(), text.len());
    let mistake = json::check(&sample(text)).unwrap_err();
    assert_eq!(mistake.at, text.find("oops").unwrap());
    assert_eq!((mistake.line, mistake.column), (2, 12));
}
