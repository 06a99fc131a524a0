//! Receiving as the state has it: what the relay is asked for, what a channel takes with it, and
//! what is said about all of it.

use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::{
        inbox::AckState,
        mode::{Choice, Mode},
        selection::Select,
        subscription::{AUTO_PREFETCH, WINDOW_FULL_MS},
    },
    store::{Action, CLEARED_MS, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Outcome, QueueCount, QueueStatus, ReceiveMode, Rights,
    ServerMessage, StopReason, Tags,
};

use crate::{
    limits,
    settling::{ack_state, batch, settles},
};

fn arrive(state: &mut State, message: ServerMessage, now_ms: f64) {
    let frame = Arrival { at_ms: now_ms, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(frame)), now_ms);
}

fn receiving(queue: &str) -> ServerMessage {
    ServerMessage::Receiving {
        mode: ReceiveMode::Take,
        queue: queue.to_owned(),
        ack: AckMode::Manual,
        prefetch: 3,
        stream: false,
    }
}

fn manual_state() -> State {
    let both = ["hello", "other"].map(|queue| (queue.to_owned(), Choice::now(Mode::Receive)));
    let mut state = State::new(both.into());
    state.apply(Action::Connection(Event::Opened), 0.0);
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned(), "other".to_owned()],
        rights: Rights::ALL,
        limits: limits(10),
        receive_at_once: false,
    };
    arrive(&mut state, welcome, 0.0);
    state
}

#[test]
fn of_a_stream_a_message_can_only_be_acknowledged() {
    let receiving = |stream| ServerMessage::Receiving {
        mode: ReceiveMode::Take,
        queue: "hello".to_owned(),
        ack: AckMode::Manual,
        prefetch: 500,
        stream,
    };
    let (mut state, mut now_ms) = (manual_state(), 0.0);
    let mut arrive = |state: &mut State, message: ServerMessage| {
        now_ms += 1.0;
        let frame = Arrival { at_ms: now_ms, content: Ok(message) };
        state.apply(Action::Connection(Event::Arrived(frame)), now_ms);
    };
    arrive(&mut state, receiving(false));
    assert_eq!(state.outcomes(), [Outcome::Ack, Outcome::Requeue, Outcome::Reject]);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch(1..=3) });
    assert_eq!(state.receive_notes(Language::English), [""; 0]);
    // Known once the first message has come.
    arrive(&mut state, receiving(true));
    assert_eq!(state.outcomes(), [Outcome::Ack]);
    assert!(state.receive_notes(Language::English)[0].starts_with("hello is a stream"));
    for outcome in [Outcome::Requeue, Outcome::Reject] {
        state.apply(Action::Settle { number: 1, outcome }, 0.0);
        state.apply(Action::Select(Select::All), 0.0);
        state.apply(Action::SettleSelected(outcome), 0.0);
        assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Open), "{outcome:?}");
    }
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Settled(Outcome::Ack)));
    state.apply(Action::SettleAll, 0.0);
    assert_eq!(settles(&mut state.inbox), [(Outcome::Ack, Tags::List(vec![1, 2, 3]))]);
    // Another session, or another queue, may not be one.
    state.apply(Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 0.0 }), 0.0);
    assert_eq!(state.outcomes().len(), 3);
}

#[test]
fn the_relay_is_told_who_acknowledges_and_again_when_that_changes() {
    let mut state = manual_state();
    let receive = |ack, prefetch| ClientMessage::Receive {
        queue: Some("hello".to_owned()),
        ack,
        prefetch,
        mode: ReceiveMode::Take,
        from: None,
    };
    assert_eq!(state.outgoing(0.0), Some(receive(AckMode::Manual, None)));
    assert_eq!(state.outgoing(0.0), None);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    assert_eq!(state.outgoing(0.0), Some(receive(AckMode::Auto, Some(AUTO_PREFETCH))));
    state.apply(Action::SetPaused(true), 0.0);
    assert_eq!(state.outgoing(0.0), Some(ClientMessage::Pause));
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    assert_eq!(state.outgoing(0.0), None, "a paused page does not receive by a change of the mode");
}

#[test]
fn a_pause_keeps_the_buttons_and_any_other_end_takes_them() {
    for (reason, open) in
        [(StopReason::Paused, 1), (StopReason::BrokerDown, 0), (StopReason::Refused, 0)]
    {
        let mut state = manual_state();
        arrive(&mut state, receiving("hello"), 0.0);
        arrive(&mut state, ServerMessage::Deliveries { messages: batch([1]) }, 0.0);
        arrive(&mut state, ServerMessage::Stopped { reason, detail: None }, 0.0);
        assert_eq!(state.inbox.open(), open, "{reason:?}");
    }
    let mut state = manual_state();
    arrive(&mut state, receiving("hello"), 0.0);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([1]) }, 0.0);
    arrive(&mut state, receiving("hello"), 0.0);
    assert_eq!(state.inbox.open(), 1);
    arrive(&mut state, receiving("other"), 0.0);
    assert_eq!(state.inbox.open(), 0, "another queue has another channel");
}

#[test]
fn a_channel_that_is_lost_takes_the_buttons_of_a_paused_page_too() {
    let paused = || {
        let mut state = manual_state();
        arrive(&mut state, receiving("hello"), 0.0);
        arrive(&mut state, ServerMessage::Deliveries { messages: batch([1]) }, 0.0);
        let paused = ServerMessage::Stopped { reason: StopReason::Paused, detail: None };
        arrive(&mut state, paused, 0.0);
        state
    };
    // Deliveries come by a connection of their queue's: what all need is another one.
    let down = BrokerState::Down { detail: None, retry_in_ms: None };
    for broker in [BrokerState::UP, BrokerState::Connecting { detail: None }, down] {
        let mut state = paused();
        arrive(&mut state, ServerMessage::Broker(broker.clone()), 0.0);
        assert_eq!(state.inbox.open(), 1, "{broker:?}");
    }
    for reason in [StopReason::BrokerDown, StopReason::QueueDown] {
        let mut state = paused();
        arrive(&mut state, ServerMessage::Stopped { reason, detail: None }, 0.0);
        assert_eq!(state.inbox.open(), 0, "{reason:?}");
    }
}

#[test]
fn who_gets_nothing_that_waits_is_told_that_another_may_be_the_active_consumer() {
    let counts = |ready, consumers| {
        let status = QueueStatus::counts(ready, consumers);
        ServerMessage::Queues { queues: vec![QueueCount { name: "hello".to_owned(), status }] }
    };
    let words = |ready, consumers, waited_ms| {
        let mut state = manual_state();
        arrive(&mut state, receiving("hello"), 1_000.0);
        arrive(&mut state, counts(ready, consumers), 1_000.0);
        state.apply(Action::Tick, 1_000.0 + waited_ms);
        state.receiving_words(Language::English)
    };
    let stand_by = "Receiving from hello, where 7 wait: another consumer may be the active one.";
    assert_eq!(words(7, 2, WINDOW_FULL_MS), stand_by);
    for (ready, consumers, waited_ms) in [(7, 2, 100.0), (7, 1, 9_000.0), (0, 2, 9_000.0)] {
        assert!(!words(ready, consumers, waited_ms).contains("active"), "{ready} {consumers}");
    }
}

#[test]
fn a_full_window_is_said_in_words() {
    let mut state = manual_state();
    arrive(&mut state, receiving("hello"), 0.0);
    assert_eq!(state.window_words(Language::English), None);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([1, 2]) }, 0.0);
    assert_eq!(state.window_words(Language::English), None);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([3]) }, 0.0);
    let words = state.window_words(Language::English).unwrap();
    assert!(words.contains("3 unacknowledged messages"), "{words}");
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    assert_eq!(state.window_words(Language::English), None);
    // The window of large messages is smaller than the relay can say.
    let status = QueueStatus::counts(1, 1);
    let queues = vec![QueueCount { name: "hello".to_owned(), status }];
    arrive(&mut state, ServerMessage::Queues { queues }, 0.0);
    assert_eq!(state.window_words(Language::English), None);
    state.apply(Action::Tick, WINDOW_FULL_MS);
    assert!(state.window_words(Language::English).is_some());
}

#[test]
fn clear_says_what_it_did_for_a_while() {
    let mut state = manual_state();
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([1, 2]) }, 0.0);
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    state.apply(Action::Clear, 0.0);
    assert_eq!(
        state.cleared_words(Language::English).unwrap(),
        "Cleared 1 message from this view; nothing in the queue has changed. \
         1 unacknowledged message stays."
    );
    state.apply(Action::Tick, CLEARED_MS);
    assert_eq!(state.cleared_words(Language::English), None);
}
