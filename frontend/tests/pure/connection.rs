//! How the page stands with the relay: what a session brings and takes, tokens, and sleep.

use warren_frontend::{
    connection::{
        event::{Closed, Event},
        status::Pill,
    },
    receive::{mode::Choices, subscription::DeliveryState},
    store::{Action, Connection, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Detail, ErrorCode, Outcome, ServerMessage,
};

use crate::{
    delivery,
    store::{arrive, broker, lose, outgoing, published, ready, send, welcome},
    text,
};

#[test]
fn a_page_that_needs_another_token_says_why_until_it_is_let_in() {
    let mut state = State::new(Choices::new());
    let refusal = || ServerMessage::Error {
        code: ErrorCode::NotAllowed,
        message: "wrong".to_owned(),
        detail: None,
    };
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, refusal());
    state.apply(Action::Connection(Event::Locked { why: "wrong".to_owned() }), 0.0);
    assert_eq!(state.locked(), Some("wrong"));
    assert_eq!(state.connection, Connection::Locked { why: "wrong".to_owned() });
    assert_eq!(state.notice, None);
    state.apply(Action::Connection(Event::Unlock), 0.0);
    // The form stays until the relay has looked at it.
    assert_eq!(state.locked(), Some("wrong"));
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, welcome());
    assert!(state.connection.session().is_some());
    assert_eq!(state.locked(), None);
    // The token is taken away in the middle of a session.
    arrive(&mut state, refusal());
    assert!(state.notice.is_some());
    state.apply(Action::Connection(Event::Locked { why: "wrong".to_owned() }), 0.0);
    assert_eq!(state.notice, None);
}

#[test]
fn a_token_that_is_taken_away_is_not_said_to_be_what_an_earlier_one_was() {
    let mut state = State::new(Choices::new());
    let refusal = |detail: Option<Detail>| ServerMessage::Error {
        code: ErrorCode::NotAllowed,
        message: "for developers".to_owned(),
        detail,
    };
    let lock = |state: &mut State, why: &str| {
        state.apply(Action::Connection(Event::Locked { why: why.to_owned() }), 0.0);
        Language::ALL.map(|language| state.locked_words(language).unwrap())
    };
    let unlock = |state: &mut State| {
        state.apply(Action::Connection(Event::Unlock), 0.0);
        state.apply(Action::Connection(Event::Opened), 0.0);
        arrive(state, welcome());
    };
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, refusal(Some(Detail::TokenWrong)));
    assert_eq!(lock(&mut state, "wrong")[0], "The token is wrong.");
    unlock(&mut state);
    arrive(&mut state, refusal(Some(Detail::TokenWithdrawn)));
    assert_eq!(lock(&mut state, "gone"), ["The token is no longer valid.", "令牌已失效。"]);
    // Another refusal in a session is not about the token: the relay's last words count.
    unlock(&mut state);
    arrive(&mut state, refusal(None));
    assert_eq!(lock(&mut state, "gone")[0], "Gone.");
}

#[test]
fn what_was_sent_when_the_token_is_taken_away_waits_for_the_next_session() {
    let mut state = ready(false);
    send(&mut state, "a");
    arrive(&mut state, broker(BrokerState::UP));
    let first = published(&outgoing(&mut state)[0])[0].1.clone();
    state.apply(Action::Connection(Event::Locked { why: String::new() }), 0.0);
    assert!(outgoing(&mut state).is_empty());
    state.apply(Action::Connection(Event::Unlock), 0.0);
    arrive(&mut state, welcome());
    arrive(&mut state, broker(BrokerState::UP));
    assert_eq!(published(&outgoing(&mut state)[0])[0].1, first);
}

#[test]
fn a_network_that_is_back_is_tried_at_once_and_the_strip_says_so() {
    let mut state = ready(true);
    state.apply(
        Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 30_000.0 }),
        0.0,
    );
    state.apply(Action::Connection(Event::ReconnectNow), 3_000.0);
    state.apply(Action::Tick, 3_100.0);
    let problem = state.problem(Language::English).unwrap();
    assert_eq!((problem.what.as_str(), problem.retry_s), ("Relay unreachable.", Some(0.0)));
    assert_eq!(state.pill(), Pill::NotConnected);
    // The first attempt is under way by itself.
    let mut state = State::new(Choices::new());
    state.apply(Action::Connection(Event::ReconnectNow), 0.0);
    assert_eq!(state.connection, Connection::Handshake);
}

#[test]
fn a_token_that_is_entered_in_the_middle_of_a_session_begins_another_one() {
    let mut state = ready(true);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    send(&mut state, "a");
    outgoing(&mut state);
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    assert_eq!((state.inbox.open(), state.outbox.totals().in_flight), (1, 1));
    state.apply(Action::Connection(Event::Unlock), 0.0);
    assert_eq!(
        (&state.connection, state.broker(), state.delivery_state()),
        (&Connection::Handshake, None, &DeliveryState::Idle)
    );
    assert_eq!((state.inbox.open(), state.outbox.totals().in_flight), (0, 0));
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, welcome());
    arrive(&mut state, broker(BrokerState::UP));
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    let written = outgoing(&mut state);
    assert!(matches!(written[0], ClientMessage::Receive { .. }), "{written:?}");
    assert_eq!(published(&written[1]), [(2, "a".to_owned())]);
}

#[test]
fn a_machine_that_slept_is_not_shown_as_connected_until_the_relay_is_heard() {
    let mut state = ready(true);
    assert_eq!(state.pill(), Pill::Connected);
    state.apply(Action::Connection(Event::Slept), 3_600_000.0);
    assert_eq!(state.pill(), Pill::Connecting);
    // Time alone says nothing.
    state.apply(Action::Tick, 3_601_000.0);
    assert_eq!(state.pill(), Pill::Connecting);
    assert_eq!(state.problem(Language::English), None, "the link is not lost, as far as is known");
    arrive(&mut state, ServerMessage::Queues { queues: vec![] });
    assert_eq!(state.pill(), Pill::Connected);
    // The session was not another one.
    assert_eq!(state.broker(), Some(&BrokerState::UP));

    state.apply(Action::Connection(Event::Slept), 7_200_000.0);
    lose(&mut state);
    state.apply(Action::Connection(Event::Slept), 7_300_000.0);
    arrive(&mut state, welcome());
    arrive(&mut state, broker(BrokerState::UP));
    assert_eq!(state.pill(), Pill::Connected);
}

#[test]
fn a_welcome_that_comes_twice_begins_no_second_session() {
    let mut state = ready(true);
    assert!(matches!(outgoing(&mut state)[..], [ClientMessage::Receive { .. }]));
    arrive(&mut state, welcome());
    assert!(outgoing(&mut state).is_empty());
    assert_eq!(state.broker(), Some(&BrokerState::UP));
}

#[test]
fn before_welcome_nothing_is_said_about_a_session() {
    let mut state = State::new(Choices::new());
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, broker(BrokerState::UP));
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    assert_eq!((state.broker(), state.inbox.counters().received), (None, 0));
    arrive(&mut state, welcome());
    assert_eq!(state.broker(), None);
}

#[test]
fn the_queues_outlive_the_session_and_their_counts_do_not() {
    let mut state = ready(true);
    lose(&mut state);
    assert_eq!((&*state.queues(), &*state.counts()), (&["hello".to_owned()][..], &[][..]));
    assert_eq!(state.send_queue(), Some("hello"));
}
