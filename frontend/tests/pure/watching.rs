//! What a watch shows: events as rows beside what was received, counted, filtered and exported as
//! what they are.

use std::rc::Rc;

use warren_frontend::{
    connection::event::{Arrival, Event},
    receive::{
        export::Export,
        filter::{Field, Filter, term_for},
        inbox::{AckState, Inbox, MAX_MESSAGES, Message, What},
        message_details,
        mode::Choices,
    },
    store::{Action, Announcement, State},
    ui::{
        clock::{Clock, Zone},
        language::Language,
        viewport::Rows as _,
    },
};
use warren_protocol::{
    Delivery, Observed, ObservedKind, Outcome, Properties, Rights, ServerMessage, Tags,
};

use crate::{
    delivery,
    filter_terms::{query, set_filter},
    limits, named, text,
};

pub(crate) fn published(body: &str, message_id: Option<&str>) -> Observed {
    Observed {
        kind: ObservedKind::Published,
        at_ms: 1_000,
        body: text(body),
        properties: message_id.map(named).unwrap_or_default(),
        exchange: "shop".to_owned(),
        routing_keys: vec!["order.created".to_owned(), "audit.order".to_owned()],
        connection: "10.0.0.7:52114 -> 10.0.0.1:5672".to_owned(),
        user: "shop".to_owned(),
        node: "rabbit@one".to_owned(),
        redelivered: false,
        queues: vec!["orders".to_owned(), "audit".to_owned()],
    }
}

pub(crate) fn delivered(body: &str, message_id: Option<&str>) -> Observed {
    Observed {
        kind: ObservedKind::Delivered,
        at_ms: 1_001,
        connection: "10.0.0.9:40022 -> 10.0.0.1:5672".to_owned(),
        user: "billing".to_owned(),
        queues: vec![],
        ..published(body, message_id)
    }
}

pub(crate) fn redelivered(body: &str, message_id: Option<&str>) -> Observed {
    Observed { redelivered: true, ..delivered(body, message_id) }
}

pub(crate) fn watch(events: Vec<Observed>) -> Inbox {
    let mut inbox = Inbox::default();
    inbox.set_queue("orders");
    inbox.observe(events, 0, 1_010.0);
    inbox
}

fn one(event: Observed) -> Rc<Message> {
    Rc::clone(watch(vec![event]).newest().unwrap())
}

#[test]
fn events_are_rows_that_are_never_settled_and_no_duplicates() {
    let mut inbox = watch(vec![published("a", Some("1")), delivered("a", Some("1"))]);
    inbox.set_by_hand(true);
    inbox.observe(vec![redelivered("a", Some("1"))], 3, 0.0);
    let rows = inbox.rows(0..9);
    let what: Vec<_> = rows.iter().map(|row| row.message.what()).collect();
    assert_eq!(what, [What::Published, What::Delivered, What::Redelivered]);
    assert!(rows.iter().all(|row| row.ack_state == AckState::Watched && !row.message.duplicate));
    assert_eq!((rows[0].message.at_ms, rows[1].message.at_ms), (1_000.0, 1_001.0));
    inbox.settle(1, Outcome::Ack);
    inbox.settle_all();
    inbox.lose_link();
    assert_eq!((inbox.open(), inbox.take_settle()), (0, None));
    assert_eq!(inbox.rows(0..9), rows);
    let counters = inbox.counters();
    assert_eq!((counters.published, counters.delivered, counters.missed), (1, 2, 3));
    assert_eq!((counters.received, counters.duplicates, counters.kept), (0, 0, 3));
}

#[test]
fn a_list_of_both_keeps_each_as_what_it_is() {
    let mut inbox = watch(vec![published("a", Some("1"))]);
    inbox.receive(vec![delivery(1, text("a"), Some("1"))], 2_000.0);
    inbox.observe(vec![delivered("a", Some("1"))], 0, 2_001.0);
    inbox.receive(vec![delivery(2, text("a"), Some("1"))], 2_002.0);
    let rows = inbox.rows(0..9);
    let what: Vec<_> = rows.iter().map(|row| (row.message.number, row.message.what())).collect();
    let expected = [What::Published, What::Received, What::Delivered, What::Received];
    assert_eq!(what, (1..).zip(expected).collect::<Vec<_>>());
    let duplicates: Vec<_> = rows.iter().map(|row| row.message.duplicate).collect();
    assert_eq!(duplicates, [false, false, false, true]);
    assert_eq!(inbox.counters().received, 2);
}

#[test]
fn events_between_deliveries_hide_no_tag() {
    let mut inbox = Inbox::default();
    inbox.set_by_hand(true);
    for tag in 1..=3 {
        inbox.observe(vec![published("e", None)], 0, 0.0);
        inbox.receive(vec![delivery(tag, text("m"), None)], 0.0);
        inbox.observe(vec![delivered("e", None), delivered("e", None)], 0, 0.0);
    }
    inbox.settle(2, Outcome::Reject);
    inbox.settle(6, Outcome::Ack);
    inbox.stale(&Tags::List(vec![2]));
    let state = |inbox: &Inbox, number| inbox.row(number).unwrap().ack_state;
    assert_eq!(state(&inbox, 2), AckState::Settled(Outcome::Reject));
    assert_eq!(state(&inbox, 6), AckState::Lost);
    assert_eq!(state(&inbox, 10), AckState::Open);
    // In a new session the tags begin anew, and an event has none of the old ones.
    inbox.lose_link();
    inbox.observe(vec![published("e", None)], 0, 0.0);
    inbox.receive(vec![delivery(1, text("m"), None)], 0.0);
    inbox.settle(14, Outcome::Ack);
    inbox.stale(&Tags::List(vec![1]));
    assert_eq!((state(&inbox, 14), state(&inbox, 13)), (AckState::Lost, AckState::Watched));
}

#[test]
fn rows_of_one_connection_share_its_name() {
    let inbox = watch(vec![published("a", None), delivered("a", None), published("b", None)]);
    let rows = inbox.rows(0..3);
    let watched = |at: usize| rows[at].message.watched.as_ref().unwrap();
    assert!(Rc::ptr_eq(&watched(0).source, &watched(2).source));
    assert!(Rc::ptr_eq(&watched(0).queues, &watched(2).queues));
    assert!(Rc::ptr_eq(&watched(0).other_keys, &watched(1).other_keys));
    assert_ne!(watched(0).source, watched(1).source);
}

#[test]
fn more_connections_than_are_remembered_keep_their_names() {
    let event = |number: usize| Observed {
        connection: format!("client {number} -> broker"),
        ..published("", None)
    };
    let inbox = watch((0..10_000).map(event).collect());
    for (number, row) in inbox.rows(0..10_000).iter().enumerate() {
        let client = row.message.watched.as_ref().unwrap().source.client();
        assert_eq!(client, format!("client {number}"));
    }
}

#[test]
fn a_connection_is_named_by_its_client() {
    for (connection, user, short) in [
        ("10.0.0.7:52114 -> 10.0.0.1:5672", "shop", "shop · 10.0.0.7:52114"),
        ("[::1]:52114 -> [::1]:5672", "shop", "shop · [::1]:52114"),
        ("<rabbit@node.1.2.3>", "shop", "shop · <rabbit@node.1.2.3>"),
        ("", "shop", "shop"),
        ("unknown", "", "unknown"),
    ] {
        let (connection, user) = (connection.to_owned(), user.to_owned());
        let message = one(Observed { connection, user, ..published("", None) });
        assert_eq!(message.watched.as_ref().unwrap().source.short(), short);
    }
    let full = one(published("", None)).watched.as_ref().unwrap().source.full();
    assert_eq!(full, "shop · 10.0.0.7:52114 -> 10.0.0.1:5672 · rabbit@one");
}

#[test]
fn the_ring_s_bounds_hold_for_events_and_received_messages_together() {
    let mut inbox = watch((0..MAX_MESSAGES).map(|_| published("a", None)).collect());
    inbox.receive(vec![delivery(1, text("b"), None)], 0.0);
    inbox.observe(vec![delivered("c", None)], 0, 0.0);
    let counters = inbox.counters();
    assert_eq!((counters.arrived(), counters.dropped), (MAX_MESSAGES as u64 + 2, 2));
    assert_eq!((counters.kept, inbox.number(0)), (MAX_MESSAGES as u64, Some(3)));
}

#[test]
fn the_filter_tells_events_apart() {
    let mut inbox = watch(vec![
        published("a", None),
        delivered("a", None),
        redelivered("a", None),
        Observed { queues: vec!["invoices".to_owned()], ..published("b", None) },
    ]);
    inbox.receive(vec![delivery(1, text("a"), None)], 0.0);
    for (text, numbers) in [
        ("is:published", vec![1, 4]),
        ("is:delivered", vec![2, 3]),
        ("-is:published -is:delivered", vec![5]),
        ("redelivered", vec![3]),
        ("by:shop", vec![1, 4]),
        ("by:bill*", vec![2, 3]),
        ("by:10.0.0.9:40022", vec![2, 3]),
        ("by:10.0.0.7:*", vec![1, 4]),
        ("by:*", vec![1, 2, 3, 4]),
        ("by:\"10.0.0.7:52114 -> 10.0.0.1:5672\"", vec![1, 4]),
        ("by:sho", vec![]),
        ("queue:orders", vec![1, 2, 3, 4, 5]),
        ("queue:audit", vec![1]),
        ("queue:in*", vec![4]),
        ("key:order.created", vec![1, 2, 3, 4]),
        ("key:audit.#", vec![1, 2, 3, 4]),
        ("key:hello", vec![5]),
        ("-key:audit.order", vec![5]),
        ("billing", vec![2, 3]),
        ("52114", vec![1, 4]),
        ("audit.order", vec![1, 2, 3, 4]),
        ("is:published by:shop b", vec![4]),
    ] {
        set_filter(&mut inbox, text);
        while inbox.is_searching() {
            inbox.search(100);
        }
        let shown: Vec<_> = (0..inbox.len()).filter_map(|at| inbox.number(at)).collect();
        assert_eq!(shown, numbers, "{text}");
    }
}

#[test]
fn what_is_no_kind_of_event_is_a_mistake() {
    for text in ["is:", "is:pub", "-is:redelivered", "is:\"\"", "is:*"] {
        let words = Language::ALL.map(|language| query(text).unwrap_err().words(language));
        let expected = [
            "is: needs published or delivered, as in is:published",
            "is: 后面需要 published 或 delivered，例如 is:published",
        ];
        assert_eq!(words, expected, "{text}");
    }
    assert!(query("is:\"published\" by:\"a b\" queue:a").is_ok());
    assert_eq!(
        query("by:").unwrap_err().words(Language::English),
        "by: needs a value, as in by:abc"
    );
}

#[test]
fn a_click_on_what_a_watch_tells_finds_it_alone() {
    let odd = "a \"b\" * -> c";
    let event = Observed { connection: odd.to_owned(), ..published("", None) };
    let message = one(event);
    let passes = |term: &str| {
        let filter: Filter = query(term).unwrap().into();
        filter.look(&message, Default::default(), &mut usize::MAX.clone())
            == warren_frontend::receive::filter::Look::Found
    };
    for (field, value) in [
        (Field::Is, "published"),
        (Field::By, "shop"),
        (Field::By, odd),
        (Field::Queue, "audit"),
        (Field::Key, "audit.order"),
    ] {
        for negated in [false, true] {
            let term = term_for(field.clone(), value, negated);
            assert_eq!(passes(&term), !negated, "{term}");
        }
    }
}

#[test]
fn the_time_filter_and_the_bars_go_by_the_clock_of_the_rows() {
    let mut inbox = watch(vec![published("a", None), delivered("a", None)]);
    assert_eq!(inbox.behind_ms(), 9.0);
    inbox.set_filter(Filter { between: Some((0.0, 1_001.0)), ..Filter::default() });
    inbox.search(usize::MAX);
    assert_eq!((inbox.len(), inbox.number(0)), (1, Some(1)));
    inbox.receive(vec![delivery(1, text("b"), None)], 5_000.0);
    assert_eq!(inbox.behind_ms(), 0.0, "what is received has the page's time");
}

#[test]
fn a_message_that_this_page_sent_is_its_own_when_it_is_seen_published() {
    let mut inbox = Inbox::default();
    inbox.sent("a", 100.0);
    inbox.observe(vec![published("", Some("a")), delivered("", Some("a"))], 0, 108.0);
    let took: Vec<_> = inbox.rows(0..2).iter().map(|row| row.message.took_ms).collect();
    assert_eq!(took, [Some(8), None]);
    inbox.receive(vec![delivery(1, text(""), Some("a"))], 120.0);
    assert_eq!(inbox.newest().unwrap().took_ms, Some(20), "it comes back all the same");
}

#[test]
fn an_exported_event_says_what_it_was() {
    let mut inbox = watch(vec![published("a", Some("1")), redelivered("b", None)]);
    inbox.receive(vec![delivery(1, text("c"), None)], 0.0);
    let mut export = Export::new(inbox.rows(0..3).into_iter().map(|row| row.message).collect());
    let all = export.part(usize::MAX).unwrap();
    let lines: Vec<serde_json::Value> =
        all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = serde_json::json!({
        "number": 1,
        "at": "1970-01-01T00:00:01.000Z",
        "kind": "published",
        "queue": "orders",
        "exchange": "shop",
        "routing_key": "order.created",
        "routing_keys": ["order.created", "audit.order"],
        "redelivered": false,
        "user": "shop",
        "connection": "10.0.0.7:52114 -> 10.0.0.1:5672",
        "node": "rabbit@one",
        "queues": ["orders", "audit"],
        "properties": { "message_id": "1" },
        "body": { "text": "a" },
    });
    assert_eq!(lines[0], first);
    assert_eq!((&lines[1]["kind"], &lines[1]["redelivered"]), (&"delivered".into(), &true.into()));
    assert_eq!((lines[2].get("kind"), lines[2].get("at")), (None, None));
}

#[test]
fn the_details_say_through_whom_it_passed() {
    let clock = Clock::new(Zone::Utc, 0.0, 0.0, Language::English);
    let all = |message: &Message| -> Vec<(&'static str, String)> {
        let rows = message_details::delivery(message, &clock, Language::English);
        rows.into_iter().map(|row| (row.id, row.value)).collect()
    };
    let rows = all(&one(published("a", None)));
    for (id, value) in [
        ("is", "published"),
        ("queue", "orders"),
        ("routing_key", "order.created"),
        ("routing_key", "audit.order"),
        ("user", "shop"),
        ("connection", "10.0.0.7:52114 -> 10.0.0.1:5672"),
        ("", "rabbit@one"),
        ("queue", "audit"),
    ] {
        assert!(rows.contains(&(id, value.to_owned())), "{id} {value} {rows:?}");
    }
    assert!(rows.iter().all(|(id, _)| !["delivery_tag", "redelivered"].contains(id)));
    assert!(all(&one(redelivered("a", None))).contains(&("redelivered", "yes".to_owned())));
}

fn session() -> State {
    let mut state = State::new(Choices::new());
    state.apply(Action::Connection(Event::Opened), 0.0);
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["orders".to_owned()],
        rights: Rights::ALL,
        limits: limits(10),
        receive_at_once: false,
    };
    arrive(&mut state, welcome, 0.0);
    state
}

fn arrive(state: &mut State, message: ServerMessage, at_ms: f64) {
    let arrival = Arrival { at_ms, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(arrival)), at_ms);
}

#[test]
fn observed_events_reach_the_list_and_are_announced_and_counted_each_second() {
    let mut state = session();
    state.apply(Action::Tick, 0.0);
    let events = vec![published("a", None), delivered("a", None), delivered("a", None)];
    arrive(&mut state, ServerMessage::Observed { events, missed: 2 }, 500.0);
    arrive(&mut state, ServerMessage::Observed { events: vec![], missed: 5 }, 600.0);
    state.apply(Action::Tick, 3_000.0);
    let counters = state.inbox.counters();
    assert_eq!((counters.published, counters.delivered, counters.missed), (1, 2, 7));
    assert_eq!(state.announcement, Announcement::Observed { published: 1, delivered: 2 });
    assert_eq!(state.rates.series().received.iter().sum::<u64>(), 3);
    // Without a session nothing can have been asked for.
    state.apply(Action::Connection(Event::Opened), 0.0);
    let late = ServerMessage::Observed { events: vec![published("a", None)], missed: 1 };
    arrive(&mut state, late, 0.0);
    assert_eq!(state.inbox.counters(), counters);
}

#[test]
fn odd_events_do_no_harm() {
    let odd = Observed {
        at_ms: u64::MAX,
        routing_keys: vec![],
        exchange: String::new(),
        connection: " -> ".to_owned(),
        user: String::new(),
        node: "\u{202e}".to_owned(),
        properties: Properties::default(),
        ..published("", None)
    };
    let mut inbox = watch(vec![odd]);
    inbox.observe(vec![], u64::MAX, 0.0);
    inbox.observe(vec![], u64::MAX, 0.0);
    let message = Rc::clone(inbox.newest().unwrap());
    assert_eq!((message.routing_key.as_str(), inbox.counters().missed), ("", u64::MAX));
    let clock = Clock::new(Zone::Local, 0.0, 0.0, Language::English);
    assert!(!clock.short(message.at_ms).is_empty());
    assert!(!message_details::delivery(&message, &clock, Language::Chinese).is_empty());
    assert!(Export::new(vec![message]).part(1).is_some());
}

#[test]
fn a_batch_may_have_both_and_none_is_lost() {
    let mut inbox = Inbox::default();
    let received: Vec<Delivery> = (1..=50).map(|tag| delivery(tag, text("a"), None)).collect();
    for (index, delivery) in received.into_iter().enumerate() {
        inbox.receive(vec![delivery], 0.0);
        inbox.observe((0..index).map(|_| published("b", None)).collect(), 0, 0.0);
    }
    let counters = inbox.counters();
    assert_eq!((counters.received, counters.published), (50, 49 * 50 / 2));
    assert_eq!(counters.kept, counters.arrived());
    let numbers: Vec<_> = inbox.rows_from(0).map(|row| row.message.number).collect();
    assert!(numbers.iter().copied().eq(1..=counters.arrived()));
    let last: Vec<_> = inbox.rows_from(1_274).map(|row| row.message.number).collect();
    assert_eq!(last, [1_274, 1_275]);
}
