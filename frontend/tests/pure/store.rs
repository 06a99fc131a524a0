//! What the page does in which state, and in which order it says so to the relay.

use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::{
        mode::{Choice, Choices, Mode},
        subscription::{AUTO_PREFETCH, DeliveryState},
    },
    send::draft::Prepared,
    store::{Action, Connection, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, ErrorCode, FailReason, Failure, Outcome, QueueCount,
    QueueStatus, ReceiveMode, Rights, ServerMessage, StopReason, Tags,
};

use crate::{delivery, limits, text};

pub(super) fn arrive(state: &mut State, message: ServerMessage) {
    let frame = Arrival { at_ms: 0.0, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(frame)), 0.0);
}

pub(super) fn welcome() -> ServerMessage {
    ServerMessage::Welcome {
        protocol: 1,
        relay: "0.1.0".to_owned(),
        queues: vec!["hello".to_owned()],
        rights: Rights::ALL,
        limits: limits(100),
        receive_at_once: true,
    }
}

pub(super) fn broker(state: BrokerState) -> ServerMessage {
    ServerMessage::Broker(state)
}

pub(super) fn ready(receiving: bool) -> State {
    let choice = Choice { paused: !receiving, ..Choice::now(Mode::Receive) };
    let mut state = State::new([("hello".to_owned(), choice)].into());
    state.apply(Action::Connection(Event::Opened), 0.0);
    arrive(&mut state, welcome());
    arrive(&mut state, broker(BrokerState::UP));
    state
}

pub(super) fn send(state: &mut State, body: &str) {
    let message = Prepared::text(body.to_owned());
    state.apply(Action::Send { message, message_id: body.to_owned() }, 0.0);
}

pub(super) fn lose(state: &mut State) {
    state.apply(Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 0.0 }), 0.0);
}

pub(super) fn outgoing(state: &mut State) -> Vec<ClientMessage> {
    std::iter::from_fn(|| state.outgoing(0.0)).take(100).collect()
}

pub(super) fn published(message: &ClientMessage) -> Vec<(u64, String)> {
    let ClientMessage::Publish { messages } = message else {
        panic!("{message:?}");
    };
    let name = |properties: &warren_protocol::Properties| properties.message_id.clone();
    messages.iter().map(|publish| (publish.id, name(&publish.properties).unwrap())).collect()
}

#[test]
fn nothing_is_written_before_welcome_and_nothing_published_before_the_broker_is_up() {
    let mut state = State::new(Choices::new());
    send(&mut state, "a");
    assert!(outgoing(&mut state).is_empty());
    state.apply(Action::Connection(Event::Opened), 0.0);
    assert!(outgoing(&mut state).is_empty());
    arrive(&mut state, welcome());
    let receive = ClientMessage::Receive {
        queue: Some("hello".to_owned()),
        ack: AckMode::Auto,
        prefetch: Some(AUTO_PREFETCH),
        mode: ReceiveMode::Take,
        from: None,
    };
    assert_eq!(outgoing(&mut state), [receive]);
    for away in [
        BrokerState::Connecting { detail: None },
        BrokerState::Blocked { detail: None },
        BrokerState::Down { detail: None, retry_in_ms: None },
    ] {
        arrive(&mut state, broker(away));
        assert!(outgoing(&mut state).is_empty());
    }
    arrive(&mut state, broker(BrokerState::UP));
    assert_eq!(published(&outgoing(&mut state)[0]), [(1, "a".to_owned())]);
}

#[test]
fn deliveries_are_acknowledged_first_and_once() {
    let mut state = ready(true);
    outgoing(&mut state);
    send(&mut state, "a");
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    let written = outgoing(&mut state);
    let settle = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(1) };
    assert_eq!(written[0], settle);
    assert_eq!(written.len(), 2);
}

#[test]
fn a_lost_channel_leaves_nothing_to_acknowledge_but_a_pause_does() {
    for (reason, settles) in
        [(StopReason::Paused, 1), (StopReason::BrokerDown, 0), (StopReason::QueueDeleted, 0)]
    {
        let mut state = ready(true);
        outgoing(&mut state);
        arrive(
            &mut state,
            ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] },
        );
        arrive(&mut state, ServerMessage::Stopped { reason, detail: None });
        assert_eq!(outgoing(&mut state).len(), settles, "{reason:?}");
        assert_eq!(state.delivery_state(), &DeliveryState::Stopped(reason, None));
        assert_eq!(state.inbox.counters().received, 1);
    }
}

#[test]
fn the_switch_is_told_once_and_again_in_a_new_session() {
    let mut state = ready(true);
    assert!(matches!(outgoing(&mut state)[..], [ClientMessage::Receive { .. }]));
    state.apply(Action::SetPaused(true), 0.0);
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    assert!(outgoing(&mut state).is_empty());
    lose(&mut state);
    arrive(&mut state, welcome());
    assert!(outgoing(&mut state).is_empty(), "a new session does not receive unasked");
    state.apply(Action::SetPaused(false), 0.0);
    assert!(matches!(outgoing(&mut state)[..], [ClientMessage::Receive { .. }]));
    assert!(outgoing(&mut ready(false)).is_empty());
}

#[test]
fn a_lost_link_brings_everything_back_under_the_same_names() {
    let mut state = ready(true);
    send(&mut state, "a");
    send(&mut state, "b");
    outgoing(&mut state);
    arrive(
        &mut state,
        ServerMessage::Receiving {
            mode: ReceiveMode::Take,
            queue: "hello".to_owned(),
            ack: AckMode::Auto,
            prefetch: 500,
            stream: false,
        },
    );
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    lose(&mut state);
    assert_eq!(state.delivery_state(), &DeliveryState::Idle);
    assert_eq!(state.broker(), None);
    assert!(outgoing(&mut state).is_empty());
    arrive(&mut state, welcome());
    arrive(&mut state, broker(BrokerState::UP));
    let written = outgoing(&mut state);
    // No settle: its tag belongs to the session that is gone.
    assert!(matches!(written[0], ClientMessage::Receive { .. }));
    assert_eq!(published(&written[1]), [(3, "a".to_owned()), (4, "b".to_owned())]);
}

#[test]
fn an_outage_of_the_broker_is_survived_without_a_hand() {
    let mut state = ready(false);
    send(&mut state, "a");
    let id = published(&outgoing(&mut state)[0])[0].0;
    let failed = vec![Failure { id, reason: FailReason::BrokerDown, detail: None, retry: true }];
    arrive(&mut state, ServerMessage::Published { confirmed: vec![], failed });
    arrive(&mut state, broker(BrokerState::Down { detail: None, retry_in_ms: None }));
    assert!(outgoing(&mut state).is_empty());
    arrive(&mut state, broker(BrokerState::UP));
    let id = published(&outgoing(&mut state)[0])[0].0;
    arrive(&mut state, ServerMessage::Published { confirmed: vec![id], failed: vec![] });
    assert_eq!(state.outbox.totals().confirmed, 1);
}

/// What the notice says.
fn words(state: &State) -> String {
    state.notice.as_ref().unwrap().words(Language::English)
}

#[test]
fn what_goes_wrong_is_said() {
    let mut state = ready(true);
    let content = Err("expected value".to_owned());
    state.apply(Action::Connection(Event::Arrived(Arrival { at_ms: 0.0, content })), 0.0);
    assert!(words(&state).starts_with("1 message from the relay could not be read"));
    state.apply(Action::DismissNotice, 0.0);
    arrive(
        &mut state,
        ServerMessage::Error { code: ErrorCode::UnknownTag, message: String::new(), detail: None },
    );
    assert_eq!(state.notice, None);
    arrive(
        &mut state,
        ServerMessage::Error {
            code: ErrorCode::NotAllowed,
            message: "no".to_owned(),
            detail: None,
        },
    );
    assert!(words(&state).ends_with(": no"));
    let message = "hello is a stream, which takes nothing back".to_owned();
    arrive(
        &mut state,
        ServerMessage::Error { code: ErrorCode::NotSupported, message, detail: None },
    );
    let expected =
        "This is not possible with this queue: hello is a stream, which takes nothing back";
    assert_eq!(words(&state), expected);
    arrive(&mut state, ServerMessage::Stale { tags: Tags::UpTo(4) });
    assert!(words(&state).contains("delivers them again"));
}

#[test]
fn a_page_that_may_not_receive_does_not_ask_to() {
    let mut state = State::new(Choices::new());
    state.apply(Action::Connection(Event::Opened), 0.0);
    let ServerMessage::Welcome { protocol, relay, queues, limits, .. } = welcome() else {
        panic!()
    };
    let rights = Rights { send: true, ..Rights::default() };
    arrive(
        &mut state,
        ServerMessage::Welcome { protocol, relay, queues, rights, limits, receive_at_once: false },
    );
    assert!(outgoing(&mut state).is_empty());
    assert!(state.may_send() && !state.may_see());
}

#[test]
fn the_current_queue_and_its_counts() {
    let mut state = ready(true);
    assert_eq!(state.current_queue(), Some("hello"));
    let count = |name: &str, ready| QueueCount {
        name: name.to_owned(),
        status: QueueStatus::counts(ready, 1),
    };
    arrive(
        &mut state,
        ServerMessage::Queues { queues: vec![count("other", 1), count("hello", 2)] },
    );
    assert_eq!(state.current_counts(), Some(&count("hello", 2)));
    lose(&mut state);
    assert_eq!(state.current_counts(), None, "old counts are not shown as if they held");
    assert!(matches!(state.connection, Connection::Offline { .. }));
}

#[test]
fn arrivals_are_summed_up_at_most_every_two_seconds() {
    let mut state = ready(true);
    state.apply(Action::Tick, 10_000.0);
    assert_eq!(state.announcement.words(Language::English), "");
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    state.apply(Action::Tick, 10_500.0);
    assert_eq!(state.announcement.words(Language::English), "Received message 1: x");
    let two = vec![delivery(2, text("y"), None), delivery(3, text("z"), None)];
    arrive(&mut state, ServerMessage::Deliveries { messages: two });
    state.apply(Action::Tick, 11_500.0);
    assert_eq!(state.announcement.words(Language::English), "Received message 1: x");
    state.apply(Action::Tick, 12_500.0);
    assert_eq!(state.announcement.words(Language::English), "Received 2 messages");
}

#[test]
fn a_delivery_that_is_missing_stops_all_settling_until_the_next_session() {
    for tags in [vec![1, 3], vec![2], vec![1, 1], vec![1, 2, 2], vec![0]] {
        let mut state = ready(true);
        outgoing(&mut state);
        let messages = tags.iter().map(|tag| delivery(*tag, text("x"), None)).collect();
        arrive(&mut state, ServerMessage::Deliveries { messages });
        assert!(state.is_out_of_step(), "{tags:?}");
        arrive(
            &mut state,
            ServerMessage::Deliveries { messages: vec![delivery(4, text("x"), None)] },
        );
        assert!(outgoing(&mut state).is_empty(), "{tags:?}");
        let in_order = tags.iter().zip(1..).take_while(|(tag, number)| *tag == number).count();
        assert_eq!(state.inbox.counters().received, in_order as u64, "{tags:?}");
        lose(&mut state);
        arrive(&mut state, welcome());
        assert!(!state.is_out_of_step());
        arrive(
            &mut state,
            ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] },
        );
        assert!(!outgoing(&mut state).is_empty());
    }
}

#[test]
fn what_is_sent_before_welcome_goes_to_the_queue_that_was_chosen() {
    for chosen in [Some("other"), Some("not offered"), None] {
        let mut state = State::new(Choices::new());
        if let Some(chosen) = chosen {
            state.apply(Action::SendTo(chosen.to_owned()), 0.0);
        }
        send(&mut state, "a");
        state.apply(Action::Connection(Event::Opened), 0.0);
        let ServerMessage::Welcome { protocol, relay, rights, limits, .. } = welcome() else {
            panic!()
        };
        let queues = vec!["hello".to_owned(), "other".to_owned()];
        arrive(
            &mut state,
            ServerMessage::Welcome {
                protocol,
                relay,
                queues,
                rights,
                limits,
                receive_at_once: false,
            },
        );
        arrive(&mut state, broker(BrokerState::UP));
        let written = outgoing(&mut state);
        let ClientMessage::Publish { messages } = &written[0] else { panic!("{written:?}") };
        assert_eq!(messages[0].queue.as_deref(), chosen);
    }
}

#[test]
fn each_panel_has_its_own_queue_and_a_change_is_told() {
    let both = ["hello", "other"].map(|queue| (queue.to_owned(), Choice::now(Mode::Receive)));
    let mut state = State::new(both.into());
    assert_eq!((state.send_queue(), state.current_queue()), (None, None));
    state.apply(Action::SendTo("other".to_owned()), 0.0);
    let ServerMessage::Welcome { protocol, relay, rights, limits, .. } = welcome() else {
        panic!()
    };
    let queues = vec!["hello".to_owned(), "other".to_owned()];
    arrive(
        &mut state,
        ServerMessage::Welcome { protocol, relay, queues, rights, limits, receive_at_once: false },
    );
    arrive(&mut state, broker(BrokerState::UP));
    assert_eq!((state.send_queue(), state.current_queue()), (Some("other"), Some("hello")));
    outgoing(&mut state);
    send(&mut state, "a");
    let ClientMessage::Publish { messages } = &outgoing(&mut state)[0] else { panic!() };
    assert_eq!(messages[0].queue.as_deref(), Some("other"));

    state.apply(Action::ReceiveFrom("hello".to_owned()), 0.0);
    assert!(outgoing(&mut state).is_empty(), "it receives from there already");
    state.apply(Action::ReceiveFrom("other".to_owned()), 0.0);
    let written = outgoing(&mut state);
    let [ClientMessage::Receive { queue, .. }] = &written[..] else { panic!("{written:?}") };
    assert_eq!(queue.as_deref(), Some("other"));
    // Each queue is paused for itself.
    state.apply(Action::SetPaused(true), 0.0);
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    state.apply(Action::ReceiveFrom("hello".to_owned()), 0.0);
    assert!(matches!(outgoing(&mut state)[..], [ClientMessage::Receive { .. }]));
    state.apply(Action::ReceiveFrom("other".to_owned()), 0.0);
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    state.apply(Action::SendTo("not offered".to_owned()), 0.0);
    assert_eq!(state.send_queue(), Some("hello"));
}
