//! The ring's bounds, counters, duplicates and what is acknowledged.

use warren_frontend::{
    receive::inbox::{Inbox, MAX_BYTES, MAX_MESSAGES, MAX_SEEN_IDS},
    ui::{preview::Kind, viewport::Rows as _},
};
use warren_protocol::{Body, ClientMessage, Outcome, Tags};

use crate::{delivery, text};

#[test]
fn each_batch_is_acknowledged_once_up_to_its_last_tag() {
    let mut inbox = Inbox::default();
    assert_eq!(inbox.take_settle(), None);
    inbox.receive(vec![delivery(4, text("a"), None), delivery(5, text("b"), None)], 0.0);
    let settle = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(5) };
    assert_eq!(inbox.take_settle(), Some(settle));
    assert_eq!(inbox.take_settle(), None);
    inbox.receive(vec![delivery(6, text("c"), None)], 0.0);
    inbox.lose_channel();
    assert_eq!(inbox.take_settle(), None);
}

#[test]
fn rows_are_numbered_as_received_and_only_the_newest_are_kept() {
    let mut inbox = Inbox::default();
    let more = 10;
    let batch = (1..=(MAX_MESSAGES + more) as u64).map(|tag| delivery(tag, text("a"), None));
    inbox.receive(batch.collect(), 0.0);
    let counters = inbox.counters();
    assert_eq!(counters.received, (MAX_MESSAGES + more) as u64);
    assert!(counters.kept <= MAX_MESSAGES as u64);
    assert_eq!(counters.dropped, counters.received - counters.kept);
    assert_eq!(inbox.number(0), Some(counters.dropped + 1));
    assert_eq!(inbox.rows(0..2)[1].message.number, counters.dropped + 2);
    assert_eq!(inbox.newest().unwrap().number, counters.received);
    assert!(inbox.rows(MAX_MESSAGES..MAX_MESSAGES + 5).is_empty());
}

#[test]
fn large_messages_are_bounded_by_bytes_but_the_newest_always_stays() {
    let mut inbox = Inbox::default();
    for tag in 1..=3 {
        inbox
            .receive(vec![delivery(tag, Body::from("x".repeat(MAX_BYTES / 2 - 1_000)), None)], 0.0);
    }
    assert_eq!((inbox.counters().kept, inbox.counters().dropped), (2, 1));
    inbox.receive(vec![delivery(4, Body::from("x".repeat(MAX_BYTES + 1)), None)], 0.0);
    assert_eq!((inbox.counters().kept, inbox.counters().dropped), (1, 3));
    inbox.receive(vec![delivery(5, text("small"), None)], 0.0);
    assert_eq!(inbox.counters().kept, 1);
}

#[test]
fn only_the_same_message_id_makes_a_duplicate() {
    let mut inbox = Inbox::default();
    let mut again = delivery(3, text("a"), None);
    again.redelivered = true;
    inbox.receive(
        vec![
            delivery(1, text("a"), Some("1")),
            delivery(2, text("a"), Some("1")),
            again,
            delivery(4, text("a"), Some("2")),
        ],
        0.0,
    );
    let flags: Vec<_> = inbox
        .rows(0..4)
        .iter()
        .map(|row| (row.message.duplicate, row.message.redelivered))
        .collect();
    assert_eq!(flags, [(false, false), (true, false), (false, true), (false, false)]);
    assert_eq!(inbox.counters().duplicates, 1);
}

#[test]
fn names_are_remembered_for_a_while_not_for_ever() {
    let mut inbox = Inbox::default();
    let batch =
        (0..=MAX_SEEN_IDS as u64).map(|tag| delivery(tag, text(""), Some(&tag.to_string())));
    inbox.receive(batch.collect(), 0.0);
    inbox.receive(vec![delivery(0, text(""), Some("1")), delivery(0, text(""), Some("0"))], 0.0);
    assert_eq!(inbox.counters().duplicates, 1);
}

#[test]
fn clear_empties_the_view_alone() {
    let mut inbox = Inbox::default();
    inbox.receive(vec![delivery(1, text("a"), Some("1"))], 0.0);
    inbox.clear();
    assert!(inbox.is_empty());
    let counters = inbox.counters();
    assert_eq!((counters.received, counters.kept, counters.dropped), (1, 0, 1));
    assert!(inbox.take_settle().is_some(), "it was received all the same");
    inbox.receive(vec![delivery(2, text("a"), Some("1"))], 0.0);
    assert_eq!(inbox.rows(0..1)[0].message.number, 2);
    assert!(inbox.rows(0..1)[0].message.duplicate);
}

#[test]
fn bytes_that_are_text_are_shown_as_text_and_others_are_not() {
    let mut inbox = Inbox::default();
    inbox.receive(
        vec![
            delivery(1, Body::from(b"text".to_vec()), None),
            delivery(2, Body::from(vec![0xff]), None),
        ],
        0.0,
    );
    let kinds: Vec<_> = inbox.rows(0..2).iter().map(|row| row.message.preview.kind).collect();
    assert_eq!(kinds, [Kind::Text, Kind::Binary]);
}
