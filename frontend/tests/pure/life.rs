//! The life of a message: which events are joined, what is said of them, and in which order.

use std::rc::Rc;

use warren_frontend::{
    receive::{
        inbox::{Inbox, MAX_MESSAGES},
        life::{Confirm, Life, MAX_APART_MS, MAX_SHOWN, Shown, event_words, is_known, sent_words},
        mode::Choices,
    },
    store::{Action, State},
    ui::{language::Language, viewport::Rows as _},
};
use warren_protocol::{Observed, Outcome};

use crate::{
    delivery, text,
    watching::{delivered, published, redelivered, watch},
};

/// The life of a row.
fn life(inbox: &Inbox, number: u64) -> Shown {
    let subject = Rc::clone(&inbox.row(number).unwrap().message);
    let mut life = Life::new(subject, inbox);
    life.look(inbox);
    life.shown(inbox)
}

fn numbers(shown: &Shown) -> Vec<u64> {
    shown.first.iter().chain(&shown.last).map(|row| row.message.number).collect()
}

fn at(at_ms: u64, event: Observed) -> Observed {
    Observed { at_ms, ..event }
}

#[test]
fn events_are_joined_by_message_id_whatever_else_differs() {
    let later = 10 * MAX_APART_MS as u64;
    let mut inbox = watch(vec![
        published("a", Some("m1")),
        published("a", Some("m2")),
        delivered("a", Some("m1")),
        published("a", None),
        at(later, redelivered("changed", Some("m1"))),
    ]);
    inbox.receive(vec![delivery(1, text("a"), Some("m1"))], 0.0);
    let shown = life(&inbox, 3);
    assert_eq!(numbers(&shown), [1, 3, 5, 6]);
    assert_eq!(shown.joined_words(Language::English), "Joined by message_id m1.");
    assert_eq!(shown.warning(Language::English), None);
    assert_eq!(numbers(&life(&inbox, 2)), [2]);
}

#[test]
fn without_a_message_id_what_is_equal_and_near_is_joined_and_that_is_said() {
    let near = 1_000 + MAX_APART_MS as u64;
    let other_key = Observed { routing_keys: vec!["other".to_owned()], ..published("a", None) };
    let other_exchange = Observed { exchange: "other".to_owned(), ..published("a", None) };
    let inbox = watch(vec![
        published("a", None),
        published("b", None),
        published("a", Some("m1")),
        other_key,
        other_exchange,
        delivered("a", None),
        at(near, redelivered("a", None)),
        at(near + 1, redelivered("a", None)),
    ]);
    let shown = life(&inbox, 1);
    assert_eq!(numbers(&shown), [1, 6, 7]);
    assert_eq!(
        shown.joined_words(Language::English),
        "Joined by equal body, within 10 s; there is no message_id."
    );
    assert_eq!(shown.warning(Language::English), None);
    let twice = watch(vec![published("a", None), published("a", None), delivered("a", None)]);
    let warning = life(&twice, 3).warning(Language::English).unwrap();
    assert!(warning.starts_with("2 equal messages"), "{warning}");
}

#[test]
fn each_event_says_who_where_and_what_became_of_it() {
    let mut inbox = watch(vec![
        published("a", Some("1")),
        delivered("a", Some("1")),
        Observed { exchange: String::new(), queues: vec![], ..published("a", Some("1")) },
    ]);
    inbox.set_by_hand(true);
    inbox.receive((1..=3).map(|tag| delivery(tag, text("a"), Some("1"))).collect(), 0.0);
    inbox.settle(5, Outcome::Requeue);
    inbox.settle(6, Outcome::Ack);
    let rows = inbox.rows(0..9);
    let words = |language| rows.iter().map(|row| event_words(row, language)).collect::<Vec<_>>();
    assert_eq!(
        words(Language::English),
        [
            "by shop · 10.0.0.7:52114 to exchange shop with routing key order.created, audit.order, \
             routed to orders, audit",
            "to billing · 10.0.0.9:40022 from orders",
            "by shop · 10.0.0.7:52114 to exchange (default) with routing key order.created, audit.order",
            "by this page from orders: not settled",
            "by this page from orders: given back",
            "by this page from orders: acknowledged",
        ]
    );
    for (english, chinese) in words(Language::English).iter().zip(words(Language::Chinese)) {
        assert!(*english != chinese);
        assert!(chinese.contains("orders") || chinese.contains("shop"));
    }
}

#[test]
fn new_events_join_while_the_life_is_shown_and_those_that_go_leave_it() {
    let mut inbox = watch(vec![published("a", Some("1"))]);
    let mut life = Life::new(Rc::clone(inbox.newest().unwrap()), &inbox);
    life.look(&inbox);
    life.look(&inbox);
    assert_eq!(numbers(&life.shown(&inbox)), [1]);
    inbox.observe(vec![published("b", Some("2")), delivered("a", Some("1"))], 0, 0.0);
    life.look(&inbox);
    assert_eq!(numbers(&life.shown(&inbox)), [1, 3]);
    inbox.observe((2..MAX_MESSAGES).map(|_| published("c", None)).collect(), 0, 0.0);
    life.look(&inbox);
    assert_eq!(numbers(&life.shown(&inbox)), [3]);
    inbox.clear();
    life.look(&inbox);
    assert_eq!(numbers(&life.shown(&inbox)), [0; 0]);
}

#[test]
fn of_many_events_the_first_and_the_last_are_shown() {
    for (count, first, between, last) in [
        (MAX_SHOWN, MAX_SHOWN, 0, 0),
        (MAX_SHOWN + 2, MAX_SHOWN + 1, 0, 1),
        (2 * MAX_SHOWN + 1, MAX_SHOWN + 1, 0, MAX_SHOWN),
        (1_000, MAX_SHOWN + 1, 999 - 2 * MAX_SHOWN, MAX_SHOWN),
    ] {
        let inbox = watch((0..count).map(|_| published("a", Some("1"))).collect());
        for number in [1, count as u64 / 2, count as u64] {
            let shown = life(&inbox, number);
            let found = (shown.first.len(), shown.between, shown.last.len());
            assert_eq!(found, (first, between, last), "{number} of {count}");
            assert_eq!(numbers(&shown)[0], 1);
            assert_eq!(numbers(&shown).last(), Some(&(count as u64)));
            assert_eq!((shown.published, shown.nearest), (count as u64, false));
        }
    }
}

#[test]
fn of_many_equal_messages_the_nearest_events_are_shown() {
    let some = MAX_SHOWN as u64;
    let events = |count: u64| (0..count).map(|_| published("a", None)).collect();
    let inbox = watch(events(1_000));
    for (number, range) in
        [(500, 500 - some..=500 + some), (1, 1..=1 + some), (1_000, 1_000 - some..=1_000)]
    {
        let shown = life(&inbox, number);
        assert!(numbers(&shown).into_iter().eq(range), "{number}");
        let warning = shown.warning(Language::English).unwrap();
        assert!(warning.contains("the nearest 50 before and after"), "{warning}");
    }
    // As many as there is room for are all there are.
    let shown = life(&watch(events(2 * some + 1)), some + 1);
    assert_eq!((shown.nearest, shown.published), (false, 2 * some + 1));
    // What comes later is left out as well.
    let mut inbox = watch(events(1));
    let mut life = Life::new(Rc::clone(inbox.newest().unwrap()), &inbox);
    for _ in 0..3 {
        inbox.observe(events(some / 2), 0, 0.0);
        life.look(&inbox);
    }
    assert!(numbers(&life.shown(&inbox)).into_iter().eq(1..=1 + some));
    assert!(life.shown(&inbox).nearest);
}

#[test]
fn this_page_remembers_what_it_sent() {
    let mut state = State::new(Choices::new());
    state.outbox.push(None, text("a"), crate::named("mine"), 5.0).unwrap();
    state.inbox.sent("mine", 5.0);
    state.inbox.sent("forgotten", 5.0);
    let events = ["mine", "forgotten", "other"].map(|id| published("a", Some(id)));
    state.inbox.observe(events.into(), 0, 10.0);
    state.apply(Action::Tick, 10.0);
    let message = |number| Rc::clone(&state.inbox.row(number).unwrap().message);
    let sent = |number| state.sent(&message(number)).map(|sent| (sent.at_ms, sent.confirm));
    assert_eq!(sent(1), Some((Some(5.0), Confirm::Waiting)));
    assert_eq!(sent(2), Some((None, Confirm::Forgotten)));
    assert_eq!(sent(3), None);
    let confirmed = sent_words(Confirm::After(1_234), Language::English);
    assert_eq!(confirmed, "by this page, confirmed after 1,234 ms");
}

#[test]
fn a_message_that_was_only_received_has_no_life() {
    let mut inbox = Inbox::default();
    inbox.sent("mine", 0.0);
    inbox.receive(vec![delivery(1, text(""), Some("mine")), delivery(2, text(""), None)], 1.0);
    inbox.observe(vec![published("", None)], 0, 1.0);
    let known: Vec<_> = inbox.rows(0..3).iter().map(|row| is_known(&row.message)).collect();
    assert_eq!(known, [true, false, true]);
    assert_eq!(inbox.len(), 3);
}
