//! Messages of real systems, copied as a move and "Send again" do: equal, each value with its type, but
//! for what is named as left out.

use std::rc::Rc;

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        copy::{copy_of, left_out_of},
        deaths::{Death, Deaths, deaths, first_death_queue},
        inbox::{Inbox, Message},
    },
    send::draft::Draft,
    ui::language::Language,
};
use warren_protocol::{Body, Delivery, FieldTable, FieldValue, Properties};

use crate::{delivery, text};

fn received(body: impl Into<Body>, properties: Properties) -> Rc<Message> {
    let mut inbox = Inbox::default();
    let delivery = Delivery { properties, ..delivery(1, body.into(), None) };
    inbox.receive(vec![delivery], 0.0);
    Rc::clone(inbox.newest().unwrap())
}

fn table<const N: usize>(fields: [(&str, FieldValue); N]) -> FieldTable {
    FieldTable(fields.map(|(name, value)| (name.to_owned(), value)).into())
}

fn with_headers(headers: FieldTable) -> Properties {
    Properties {
        content_type: Some("application/json".to_owned()),
        headers: Some(headers),
        ..Properties::default()
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn death(queue: &str, reason: &str) -> FieldValue {
    FieldValue::Table(table([
        ("count", FieldValue::LongLongInt(1)),
        ("exchange", "".into()),
        ("queue", queue.into()),
        ("reason", reason.into()),
        ("routing-keys", FieldValue::Array(vec![queue.into(), "audit".into()])),
        ("time", FieldValue::Timestamp(1_700_000_000)),
    ]))
}

/// The five messages of case C7, and what is left out of the copy of each.
fn messages() -> Vec<(Rc<Message>, Vec<&'static str>)> {
    let celery = Properties {
        content_encoding: some("utf-8"),
        correlation_id: some("8e7b1c3a"),
        reply_to: some("f2b1"),
        priority: Some(0),
        persistent: Some(true),
        ..with_headers(table([
            ("argsrepr", "(1, 2)".into()),
            ("eta", FieldValue::Void),
            ("retries", FieldValue::LongInt(3)),
            ("task", "shop.add".into()),
            ("timelimit", FieldValue::Array(vec![FieldValue::Void, FieldValue::Void])),
        ]))
    };
    let line = "   at Shop.Orders.Handle(Order order) in C:\\src\\Orders.cs:line 42\r\n";
    let masstransit = Properties {
        message_id: some("00010000-ac11-0242-7d3b-08dbd3f6b8a1"),
        ..with_headers(table([
            ("MT-Fault-Message", "Value cannot be null.\r\n(Parameter 'order')".into()),
            ("MT-Fault-RetryCount", FieldValue::LongInt(5)),
            ("MT-Fault-StackTrace", line.repeat(60 * 1024 / line.len()).as_str().into()),
            ("MT-Fault-Timestamp", "2024-05-01T10:00:00.0000000Z".into()),
        ]))
    };
    let spring = Properties {
        content_type: some("application/x-java-serialized-object"),
        headers: Some(table([
            ("x-exception-stacktrace", "\tat java.base/\n".repeat(7_333).as_str().into()),
            ("x-original-exchange", "".into()),
            ("x-original-routingKey", "orders".into()),
        ])),
        ..Properties::default()
    };
    let nservicebus = Properties {
        timestamp: Some(1_714_557_600),
        kind: some("Shop.OrderPlaced"),
        app_id: some("shop"),
        persistent: Some(false),
        headers: Some(FieldTable(
            (0..25).map(|n| (format!("NServiceBus.Header{n}"), "a, b\u{feff}".into())).collect(),
        )),
        ..with_headers(FieldTable::default())
    };
    let dead = Properties {
        content_encoding: some("gzip"),
        expiration: some("60000"),
        user_id: some("shop"),
        ..with_headers(table([
            ("CC", FieldValue::Array(vec!["audit".into()])),
            ("tries", FieldValue::ShortShortUint(3)),
            (
                "x-death",
                FieldValue::Array(vec![
                    death("retry", "expired"),
                    death("orders", "rejected"),
                    death("new", "maxlen"),
                ]),
            ),
            ("x-first-death-exchange", "".into()),
            ("x-first-death-queue", "new".into()),
            ("x-first-death-reason", "maxlen".into()),
            ("x-last-death-queue", "retry".into()),
        ]))
    };
    let gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let left_out = vec![
        "CC",
        "x-death",
        "x-first-death-exchange",
        "x-first-death-queue",
        "x-first-death-reason",
        "x-last-death-queue",
        "user_id",
    ];
    let java = [&[0xac, 0xed, 0, 5, b't', 0, 2], &b"ok"[..]].concat();
    vec![
        (received("[[1, 2], {}, {\"callbacks\": null}]", celery), vec![]),
        (received("{\r\n  \"message\": {}\r\n}", masstransit), vec![]),
        (received(java, spring), vec![]),
        (received("\u{feff}{\"OrderId\":7}", nservicebus), vec![]),
        (received(gzip, dead), left_out),
    ]
}

/// The properties without these.
fn without(properties: &Properties, left_out: &[&str]) -> Properties {
    let mut properties = properties.clone();
    if left_out.contains(&"user_id") {
        properties.user_id = None;
    }
    if let Some(FieldTable(headers)) = &mut properties.headers {
        headers.retain(|name, _| !left_out.contains(&name.as_str()));
    }
    properties
}

#[test]
fn a_copy_is_equal_but_for_what_is_named() {
    for (message, left_out) in messages() {
        let copy = copy_of(&message);
        assert_eq!(copy.left_out, left_out);
        assert_eq!(copy.properties, without(&message.properties, &left_out));
    }
}

#[test]
fn what_goes_through_the_form_is_equal_but_for_its_name() {
    for (message, left_out) in messages() {
        let copy = copy_of(&message);
        let draft = Draft::of(&message.body, &copy.properties, Language::English);
        let sent = draft.check(None, false, Language::English).unwrap();
        assert_eq!(sent.body, message.body);
        let expected = without(&message.properties, &left_out);
        assert_eq!(sent.properties, Properties { message_id: None, ..expected });
    }
}

#[test]
fn headers_that_are_all_left_out_leave_none_and_empty_ones_stay() {
    let headers = table([("x-delivery-count", FieldValue::LongLongInt(2))]);
    let copy = copy_of(&received("x", with_headers(headers)));
    assert_eq!((copy.properties.headers, copy.left_out.len()), (None, 1));
    let empty = with_headers(FieldTable::default());
    assert_eq!(copy_of(&received("x", empty.clone())).properties, empty);
}

#[test]
fn what_copies_lack_is_counted_by_name() {
    let messages: Vec<_> = messages().into_iter().map(|(message, _)| message).collect();
    let dead = messages.last().unwrap();
    let twice = messages.iter().chain([dead]).map(|message| &**message);
    let left_out = left_out_of(twice);
    let names: Vec<&str> = left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..2], ["CC", "user_id"]);
    assert_eq!(names.len(), copy_of(dead).left_out.len());
    assert!(left_out.iter().all(|(_, count)| *count == 2));
    for name in warren_frontend::ui::left_out::HEADERS {
        let headers = table([(name, FieldValue::Void), ("xCC", FieldValue::Void)]);
        let message = received("x", with_headers(headers));
        assert_eq!(left_out_of([&*message]), [(name.to_owned(), 1)]);
    }
}

#[test]
fn dead_letters_are_grouped_by_their_first_death_else_by_the_newest() {
    let first = |reason: &str, queue: &str| {
        let headers = table([
            ("x-first-death-reason", reason.into()),
            ("x-first-death-queue", queue.into()),
            ("x-death", FieldValue::Array(vec![death("retry", "expired")])),
        ]);
        received("x", with_headers(headers))
    };
    let newest = FieldValue::Array(vec![death("work", "rejected"), death("retry", "expired")]);
    let odd = |value: FieldValue| received("x", with_headers(table([("x-death", value)])));
    let messages = [
        first("maxlen", "orders"),
        first("rejected", "work"),
        odd(newest),
        received("x", Properties::default()),
        odd("a text".into()),
        odd(FieldValue::Array(vec![])),
        odd(FieldValue::Array(vec![FieldValue::Table(FieldTable::default())])),
    ];
    let of = |reason: &str, queue: &str, count| {
        let (reason, queue) = (reason.to_owned(), queue.to_owned());
        Deaths { death: Death { reason, queue }, count }
    };
    let expected = [of("rejected", "work", 2), of("maxlen", "orders", 1)];
    assert_eq!(deaths(messages.iter().map(|message| &**message)), expected);
    assert_eq!(first_death_queue(&messages[0]), Some("orders"));
    assert_eq!(first_death_queue(&messages[2]), None);
    // No queue has such a name, and nothing of that length is worth a button.
    let long = FieldValue::LongString("q".repeat(256).into());
    let hostile = received("x", with_headers(table([("x-first-death-queue", long)])));
    assert_eq!(first_death_queue(&hostile), None);
}

proptest! {
    /// Whatever the names: what is not left out is there, and nothing is both.
    #[test]
    fn each_header_is_copied_or_named(names in prop::collection::btree_set(
        "(CC|BCC|cc|x-death|x-first-death-[a-z]{0,3}|x-last-death-q|x-deaths|x-delay|[a-z]{1,4})",
        0..12,
    )) {
        let headers = names.iter().map(|name| (name.clone(), FieldValue::ShortInt(7))).collect();
        let copy = copy_of(&received(text("x"), with_headers(FieldTable(headers))));
        let kept = copy.properties.headers.unwrap_or_default().0;
        let all: std::collections::BTreeSet<String> =
            kept.keys().chain(&copy.left_out).cloned().collect();
        prop_assert_eq!(kept.len() + copy.left_out.len(), names.len());
        prop_assert_eq!(all, names);
        prop_assert!(kept.keys().all(|name| !name.ends_with("CC") && name != "x-death"));
        prop_assert!(!copy.left_out.iter().any(|name| name == "cc" || name == "x-deaths"));
    }
}
