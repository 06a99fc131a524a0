//! The export: every message, exact, in parts of a bounded size.

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        export::Export,
        inbox::{Inbox, MAX_ROUND_TRIPS},
    },
    ui::viewport::Rows as _,
};
use warren_protocol::{Body, Delivery};

use crate::{delivery, filter_terms::set_filter, text};

fn lines(inbox: &Inbox, bytes: usize) -> Vec<serde_json::Value> {
    let rows = inbox.rows(0..inbox.len());
    let mut export = Export::new(rows.into_iter().map(|row| row.message).collect());
    let text: String = std::iter::from_fn(|| export.part(bytes)).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_line_has_everything_that_the_broker_delivered() {
    let mut inbox = Inbox::default();
    inbox.set_queue("orders");
    let mut message = delivery(1, text("line one\nline two \u{2028}"), Some("a"));
    message.redelivered = true;
    inbox.receive(vec![message, delivery(2, Body::from(vec![0xff]), None)], 0.0);
    let lines = lines(&inbox, 1);
    let first = serde_json::json!({
        "number": 1,
        "received": "1970-01-01T00:00:00.000Z",
        "queue": "orders",
        "exchange": "",
        "routing_key": "hello",
        "redelivered": true,
        "properties": { "message_id": "a" },
        "body": { "text": "line one\nline two \u{2028}" },
    });
    assert_eq!(lines[0], first);
    assert_eq!(lines[1]["body"], serde_json::json!({ "base64": "/w==" }));
}

#[test]
fn it_comes_in_parts_and_ends() {
    let mut inbox = Inbox::default();
    inbox.receive((1..=100).map(|tag| delivery(tag, text("0123456789"), None)).collect(), 0.0);
    let rows = inbox.rows(0..100);
    let mut export = Export::new(rows.into_iter().map(|row| row.message).collect());
    assert_eq!(export.total(), 100);
    let part = export.part(1_000).unwrap();
    assert!((1_000..1_300).contains(&part.len()) && part.ends_with('\n'));
    while export.part(1_000).is_some() {}
    assert_eq!(Export::new(vec![]).part(1_000), None);
}

#[test]
fn only_what_the_filter_shows_is_exported() {
    let mut inbox = Inbox::default();
    inbox.receive(["a", "b", "a"].map(|body| delivery(0, text(body), None)).into(), 0.0);
    set_filter(&mut inbox, "a");
    inbox.search(usize::MAX);
    let numbers: Vec<_> = lines(&inbox, 1).iter().map(|line| line["number"].clone()).collect();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn the_pages_own_messages_tell_how_long_they_took() {
    let mut inbox = Inbox::default();
    inbox.sent("a", 100.0);
    inbox.sent("a", 200.0);
    let again = vec![delivery(1, text(""), Some("a")), delivery(2, text(""), Some("a"))];
    inbox.receive(again, 350.0);
    inbox.sent("set back", 400.0);
    inbox.receive(
        vec![delivery(3, text(""), Some("set back")), delivery(4, text(""), Some("b"))],
        300.0,
    );
    let took: Vec<_> = inbox.rows(0..4).iter().map(|row| row.message.took_ms).collect();
    assert_eq!(took, [Some(250), None, Some(0), None]);
    inbox.sent("old", 0.0);
    for number in 0..MAX_ROUND_TRIPS {
        inbox.sent(&number.to_string(), 0.0);
    }
    inbox.receive(vec![delivery(5, text(""), Some("old"))], 1.0);
    assert_eq!(inbox.newest().unwrap().took_ms, None);
}

proptest! {
    #[test]
    fn bodies_come_out_as_they_came_in(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..10)) {
        let mut inbox = Inbox::default();
        let deliveries: Vec<Delivery> = bodies.iter().map(|body| delivery(0, Body::from(body.clone()), None)).collect();
        inbox.receive(deliveries, 0.0);
        for (line, body) in lines(&inbox, 64).into_iter().zip(&bodies) {
            let exported: Body = serde_json::from_value(line["body"].clone()).unwrap();
            prop_assert_eq!(exported.as_bytes(), body.as_slice());
        }
    }
}
