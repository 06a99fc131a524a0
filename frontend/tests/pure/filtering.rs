//! The filter: what it finds, in steps, while messages come and go.

use std::collections::BTreeMap;

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        filter::{Look, MAX_QUERY, Place},
        inbox::{Inbox, MAX_MESSAGES},
    },
    store::{Action, State},
    ui::viewport::Rows as _,
};
use warren_protocol::{Body, Delivery, FieldTable, FieldValue};

use crate::{
    delivery,
    filter_terms::{query, set_filter},
    text,
};

fn inbox(bodies: &[&str]) -> Inbox {
    let mut inbox = Inbox::default();
    inbox.receive(bodies.iter().map(|body| delivery(0, text(body), None)).collect(), 0.0);
    inbox
}

fn shown(inbox: &Inbox) -> Vec<u64> {
    (0..inbox.len()).map_while(|index| inbox.number(index)).collect()
}

fn search_all(inbox: &mut Inbox) {
    for _ in 0..100_000 {
        if !inbox.is_searching() {
            return;
        }
        inbox.search(1_000);
    }
    panic!("the search does not end");
}

fn finds(query: &str, delivery: Delivery) -> bool {
    let mut inbox = Inbox::default();
    inbox.receive(vec![delivery], 0.0);
    set_filter(&mut inbox, query);
    search_all(&mut inbox);
    inbox.len() == 1
}

#[test]
fn a_text_is_found_whatever_its_case_in_any_script() {
    for (query, body, found) in [
        ("WORLD", "Hello world!", true),
        ("world!", "Hello WORLD!", true),
        ("worlds", "Hello World!", false),
        ("ÄPFEL", "zehn äpfel", true),
        ("straße", "STRASSE", false),
        ("δοκιμή", "ΔΟΚΙΜΉ", true),
        ("你好", "说你好", true),
        ("\u{1f407}", "a \u{1f407} runs", true),
        ("aab", "aaab", true),
        ("x", "", false),
    ] {
        assert_eq!(finds(query, delivery(1, text(body), None)), found, "{query} in {body}");
    }
}

#[test]
fn bytes_that_are_no_text_are_looked_at_too() {
    let body = || Body::from(b"\xff\xfeHello \xc3\xa4\xff".to_vec());
    assert!(finds("hello", delivery(1, body(), None)));
    assert!(finds("ä", delivery(1, body(), None)));
    assert!(!finds("hellö", delivery(1, body(), None)));
}

#[test]
fn properties_headers_and_routing_are_looked_at() {
    let mut message = delivery(1, text("body"), Some("Name-1"));
    message.exchange = "orders.topic".to_owned();
    message.properties.content_type = Some("text/Plain".to_owned());
    message.properties.priority = Some(7);
    let nested = FieldTable(BTreeMap::from([("inner".to_owned(), FieldValue::from("Deep"))]));
    message.properties.headers = Some(FieldTable(BTreeMap::from([
        ("x-Trace".to_owned(), FieldValue::from("Abc")),
        ("n".to_owned(), FieldValue::LongLongInt(4711)),
        ("t".to_owned(), FieldValue::Table(nested)),
    ])));
    for query in ["name-1", "TEXT/plain", "x-trace: abc", "4711", "deep", "inner", "hello", "topic"]
    {
        assert!(finds(query, message.clone()), "{query}");
    }
    assert!(!finds("absent", message));
}

#[test]
fn the_newest_are_looked_at_first_and_results_come_as_they_are_found() {
    let mut inbox = inbox(&["a", "b", "a", "b", "a"]);
    set_filter(&mut inbox, "a");
    assert!(inbox.is_searching() && inbox.is_filtered());
    assert_eq!(inbox.len(), 0);
    inbox.search(1);
    assert_eq!(shown(&inbox), [5]);
    inbox.receive(vec![delivery(0, text("A new one"), None)], 0.0);
    inbox.search(1);
    assert_eq!(shown(&inbox), [5, 6]);
    search_all(&mut inbox);
    assert_eq!(shown(&inbox), [1, 3, 5, 6]);
    assert_eq!((inbox.index(4), inbox.index(7)), (2, 4));
    assert_eq!(inbox.rows(1..3).iter().map(|row| row.message.number).collect::<Vec<_>>(), [3, 5]);
    set_filter(&mut inbox, "");
    assert_eq!(inbox.len(), 6);
    assert!(!inbox.is_searching() && !inbox.is_filtered());
}

#[test]
fn a_large_body_is_looked_at_in_steps() {
    let mut inbox = inbox(&[&("x".repeat(100_000) + "needle")]);
    set_filter(&mut inbox, "needle");
    let mut steps = 0;
    while inbox.is_searching() {
        inbox.search(10_000);
        steps += 1;
    }
    assert_eq!(shown(&inbox), [1]);
    assert!((10..20).contains(&steps), "{steps} steps");
}

#[test]
fn what_is_built_to_be_slow_takes_more_steps_not_longer_ones() {
    let mut inbox = inbox(&[&"a".repeat(100_000)]);
    let message = inbox.newest().unwrap().clone();
    let query = query(&("a".repeat(150) + "b")).unwrap();
    let mut place = Place::default();
    let mut steps = 0;
    loop {
        let mut work = 10_000;
        let Look::Unfinished(at) = query.look(&message, place, &mut work) else { break };
        assert_ne!(place, at);
        (place, steps) = (at, steps + 1);
    }
    assert!((500..2_000).contains(&steps), "{steps}");
    set_filter(&mut inbox, &"ä".repeat(MAX_QUERY));
    search_all(&mut inbox);
    assert_eq!(inbox.len(), 0);
}

#[test]
fn a_mistaken_text_leaves_the_last_good_filter() {
    let mut state = State::default();
    state.inbox = inbox(&["a", "b", "a"]);
    for (filter, shown) in [("a", 2), ("\"a", 2), ("size>", 2), ("b", 1), ("", 3)] {
        state.apply(Action::Filter(filter.to_owned()), 0.0);
        search_all(&mut state.inbox);
        assert_eq!(state.inbox.len(), shown, "{filter}");
    }
}

#[test]
fn what_is_no_longer_kept_is_no_longer_found() {
    let mut inbox = inbox(&["old", "old"]);
    set_filter(&mut inbox, "o");
    inbox.search(1);
    let more = (0..MAX_MESSAGES).map(|_| delivery(0, text("other"), None)).collect();
    inbox.receive(more, 0.0);
    search_all(&mut inbox);
    assert_eq!((inbox.len(), inbox.number(0)), (MAX_MESSAGES, Some(3)));
    inbox.clear();
    assert!(inbox.is_empty() && !inbox.is_searching());
}

proptest! {
    /// However the search is cut into steps and whatever comes meanwhile, it ends at what a plain
    /// search through everything finds.
    #[test]
    fn steps_find_what_one_look_at_all_finds(
        query in "-?[abÄ]{1,2}( -?[abÄ]{1,2})?( size>[0-5])?",
        steps in prop::collection::vec((0..6u8, "[abäÄ]{0,6}", 1..300usize), 1..60),
    ) {
        let mut inbox = Inbox::default();
        set_filter(&mut inbox, &query);
        let mut number = 0;
        for (step, body, work) in steps {
            match step {
                0..=2 => {
                    number += 1;
                    inbox.set_by_hand(work % 3 == 0);
                    inbox.receive(vec![delivery(number, text(&body), None)], 0.0);
                }
                3 => inbox.search(work),
                4 if work % 5 == 0 => inbox.clear(),
                4 => inbox.settle(work as u64 % 40, warren_protocol::Outcome::Ack),
                _ if work % 5 == 0 => set_filter(&mut inbox, &query),
                _ => {}
            }
        }
        search_all(&mut inbox);
        let passes = |body: &str, term: &str| match (term.strip_prefix("size>"), term.strip_prefix('-')) {
            (Some(bytes), _) => body.len() > bytes.parse().unwrap(),
            (_, Some(term)) => !body.to_lowercase().contains(term),
            (_, None) => body.to_lowercase().contains(term),
        };
        let folded = query.to_lowercase();
        let found: Vec<u64> = (1..=number).filter(|number| inbox.row(*number).is_some_and(|row| {
            folded.split(' ').all(|term| passes(row.message.body.as_text().unwrap(), term))
        })).collect();
        prop_assert_eq!(shown(&inbox), found);
    }
}
