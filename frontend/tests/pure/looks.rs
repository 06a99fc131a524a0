//! Looks: what they cost, when one has to wait for another word, and that nothing is settled in them.

use warren_frontend::{
    receive::{
        inbox::AckState,
        look::Known,
        mode::{Choice, Mode},
        selection::Select,
        strip::Act,
    },
    store::{Action, Notice, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Detail, Outcome, QueueType, ReceiveMode, Rights,
    ServerMessage, StopReason, Tags,
};

use crate::{
    modes::{choose, hints, look, page, receive, receiving},
    settling::{ack_state, batch},
    store::{arrive, lose, outgoing},
};

fn rabbit(version: &str) -> BrokerState {
    let (product, version) = (Some("RabbitMQ".to_owned()), Some(version.to_owned()));
    BrokerState::Up { product, version }
}

fn looking() -> State {
    let choices = [("hello".to_owned(), Choice::now(Mode::Look))].into();
    let mut state = page(choices, Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Look, false);
    state
}

fn deliver(state: &mut State, tags: impl IntoIterator<Item = u64>) {
    arrive(state, ServerMessage::Deliveries { messages: batch(tags) });
}

const GIVEN_BACK: Option<AckState> = Some(AckState::Settled(Outcome::Requeue));

#[test]
fn what_a_look_costs_is_said_by_kind_and_version() {
    let cost = |queue_type, version: Option<&str>| {
        Known { queue_type, delivery_count: None, version }.cost(Language::English)
    };
    let base =
        "Looking marks these messages as redelivered and hides them from consumers meanwhile.";
    let (quorum, classic) = (Some(QueueType::Quorum), Some(QueueType::Classic));
    for (queue_type, version, limit) in [
        (
            quorum,
            Some("4.0.5"),
            " Quorum queue: each look counts towards its delivery limit, 20 unless",
        ),
        (
            quorum,
            Some("4.2.0"),
            " Quorum queue: each look counts towards its delivery limit, 20 unless",
        ),
        (quorum, Some("4.3.0"), " Quorum queue: a look does not count"),
        (quorum, Some("5.0.0"), " Quorum queue: a look does not count"),
        (
            quorum,
            Some("3.10.8"),
            " Quorum queue: each look counts towards its delivery limit, where it has",
        ),
        (quorum, None, " Quorum queue: before RabbitMQ 4.3 each look counts"),
        (quorum, Some("odd"), " Quorum queue: before RabbitMQ 4.3 each look counts"),
        (
            None,
            Some("4.0.5"),
            " If this is a quorum queue, each look counts towards its delivery limit, 20",
        ),
        (
            None,
            Some("3.13.7"),
            " If this is a quorum queue with a delivery limit, each look counts",
        ),
        (
            None,
            None,
            " If this is a quorum queue, each look counts towards its delivery limit before",
        ),
    ] {
        let words = cost(queue_type, version);
        assert!(words.starts_with(&format!("{base}{limit}")), "{version:?}: {words}");
    }
    assert_eq!(cost(classic, Some("4.0.5")), base);
    assert_eq!(cost(None, Some("4.3.1")), base);
    let stream = cost(Some(QueueType::Stream), Some("4.0.5"));
    assert_eq!(stream, "Looking into a stream costs nothing: its messages stay in it.");
}

#[test]
fn only_the_look_that_would_be_the_20th_is_risky_where_looks_count() {
    let risky = |count, version: &str| {
        Known { delivery_count: count, version: Some(version), ..Known::default() }.is_risky()
    };
    assert!(risky(Some(18), "4.0.5") && risky(Some(u32::MAX), "4.2.9"));
    for (count, version) in
        [(Some(17), "4.0.5"), (None, "4.0.5"), (Some(18), "4.3.0"), (Some(18), "3.13.1")]
    {
        assert!(!risky(count, version), "{count:?} {version}");
    }
    // A version that nobody knows may be one of those.
    assert!(Known { delivery_count: Some(18), ..Known::default() }.is_risky());
    let mut state = page([].into(), Rights::ALL, false);
    let lavin = |version: &str| BrokerState::Up {
        product: Some("LavinMQ".to_owned()),
        version: Some(version.to_owned()),
    };
    arrive(&mut state, ServerMessage::Broker(lavin("5.0")));
    assert_eq!(state.look().version, None, "another product's version says nothing");
    arrive(&mut state, ServerMessage::Broker(rabbit("4.0.5")));
    arrive(&mut state, ServerMessage::Broker(BrokerState::Blocked { detail: None }));
    assert_eq!(state.look().version, Some("4.0.5"), "it stays known while the broker is blocked");
}

#[test]
fn a_look_that_may_be_the_last_of_a_message_waits_for_the_users_word() {
    let mut state = page([].into(), Rights::ALL, false);
    arrive(&mut state, ServerMessage::Broker(rabbit("4.0.5")));
    hints(&mut state, Some(QueueType::Quorum), Some(18));
    choose(&mut state, Mode::Look);
    assert!(outgoing(&mut state).is_empty());
    let strip = state.strip(Language::English).unwrap();
    assert!(strip.words.contains("delivered 19 times"), "{strip:?}");
    assert!(strip.words.contains("drops or dead-letters"), "{strip:?}");
    assert_eq!(strip.acts, [Act::LookAnyway, Act::DoNotLook]);
    assert_eq!(state.receiving_words(Language::English), "not looking yet");
    state.apply(Action::LookAnyway, 0.0);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    // The next one is asked about again, be it after a pause or in another session.
    state.apply(Action::SetPaused(true), 0.0);
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    state.apply(Action::SetPaused(false), 0.0);
    assert!(outgoing(&mut state).is_empty());
    state.apply(Action::LookAnyway, 0.0);
    assert_eq!(outgoing(&mut state).len(), 1);
    lose(&mut state);
    assert!(outgoing(&mut state).is_empty());
}

#[test]
fn a_look_waits_until_its_cost_is_known_and_goes_on_when_it_grows() {
    let choices = [("hello".to_owned(), Choice::now(Mode::Look))].into();
    let mut state = page(choices, Rights::ALL, false);
    lose(&mut state);
    let ServerMessage::Welcome { protocol, relay, queues, rights, limits, receive_at_once } =
        crate::store::welcome()
    else {
        panic!()
    };
    let welcome =
        ServerMessage::Welcome { protocol, relay, queues, rights, limits, receive_at_once };
    arrive(&mut state, welcome);
    assert!(outgoing(&mut state).is_empty(), "what it costs is not known yet");
    arrive(&mut state, ServerMessage::Broker(rabbit("4.0.5")));
    assert!(outgoing(&mut state).is_empty());
    hints(&mut state, None, Some(17));
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    hints(&mut state, Some(QueueType::Quorum), Some(18));
    assert!(outgoing(&mut state).is_empty(), "a look that goes on is not ended");
    let strip = state.strip(Language::English).unwrap();
    assert!(strip.warns && strip.acts.is_empty() && strip.words.starts_with("Looking marks"));
}

#[test]
fn nothing_is_settled_in_a_look_and_all_of_it_goes_back() {
    let mut state = looking();
    deliver(&mut state, 1..=3);
    assert!(outgoing(&mut state).is_empty());
    assert_eq!(state.outcomes(), []);
    for outcome in [Outcome::Ack, Outcome::Requeue, Outcome::Reject] {
        state.apply(Action::Settle { number: 1, outcome }, 0.0);
        state.apply(Action::Select(Select::All), 0.0);
        state.apply(Action::SettleSelected(outcome), 0.0);
    }
    state.apply(Action::SettleAll, 0.0);
    assert!(outgoing(&mut state).is_empty());
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Shown));
    let words = state.receiving_words(Language::English);
    assert_eq!(words, "3 shown, all given back when you leave");

    type End = fn(&mut State);
    let pause: End = |state| {
        state.apply(Action::SetPaused(true), 0.0);
        assert_eq!(outgoing(state), [ClientMessage::Pause]);
        assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Shown), "the relay has not said so");
        arrive(state, ServerMessage::Stopped { reason: StopReason::Paused, detail: None });
    };
    let other: End = |state| {
        choose(state, Mode::Receive);
        assert_eq!(outgoing(state), [receive("hello", None)]);
        receiving(state, ReceiveMode::Take, false);
    };
    let down: End = |state| {
        arrive(state, ServerMessage::Stopped { reason: StopReason::BrokerDown, detail: None });
    };
    let watch: End = |state| arrive(state, ServerMessage::Watching { queue: "hello".to_owned() });
    for end in [pause, other, down, watch, lose as End] {
        let mut state = looking();
        deliver(&mut state, 1..=3);
        end(&mut state);
        assert_eq!(state.inbox.shown(), 0);
        for number in 1..=3 {
            assert_eq!(ack_state(&state.inbox, number), GIVEN_BACK);
        }
        assert!(outgoing(&mut state).is_empty());
    }
}

#[test]
fn what_a_look_has_shown_is_no_duplicate_when_it_comes_again() {
    let mut state = looking();
    let named = |tag| vec![crate::delivery(tag, crate::text("x"), Some("a"))];
    arrive(&mut state, ServerMessage::Deliveries { messages: named(1) });
    choose(&mut state, Mode::Receive);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    arrive(&mut state, ServerMessage::Deliveries { messages: named(2) });
    assert_eq!(state.inbox.counters().duplicates, 0);
    let acks = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(2) };
    assert_eq!(outgoing(&mut state), [acks]);
}

#[test]
fn that_a_look_went_back_is_no_news_when_the_relay_says_so_later() {
    let mut state = looking();
    deliver(&mut state, 1..=3);
    choose(&mut state, Mode::Receive);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    deliver(&mut state, [4]);
    // What the page acknowledges up to 4 has the look's tags in it.
    let acks = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(4) };
    assert_eq!(outgoing(&mut state), [acks]);
    arrive(&mut state, ServerMessage::Stale { tags: Tags::UpTo(3) });
    assert_eq!(state.notice, None);
    arrive(&mut state, ServerMessage::Stale { tags: Tags::UpTo(4) });
    assert_eq!(state.notice, Some(Notice::Stale));
}

#[test]
fn what_is_on_its_way_when_a_look_begins_or_ends_is_not_acknowledged() {
    let choices = [("hello".to_owned(), Choice::now(Mode::Receive))].into();
    let mut state = page(choices, Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    choose(&mut state, Mode::Look);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    // On its way, it goes back before the look begins.
    deliver(&mut state, [1]);
    assert!(outgoing(&mut state).is_empty());
    receiving(&mut state, ReceiveMode::Look, false);
    choose(&mut state, Mode::Receive);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    outgoing(&mut state);
    deliver(&mut state, [2]);
    assert!(outgoing(&mut state).is_empty());
    receiving(&mut state, ReceiveMode::Take, false);
    for number in [1, 2] {
        assert_eq!(ack_state(&state.inbox, number), GIVEN_BACK);
    }
}

#[test]
fn a_look_takes_the_buttons_of_what_waited_for_the_users_word() {
    let choices = [("hello".to_owned(), Choice::now(Mode::Receive))].into();
    let mut state = page(choices, Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    deliver(&mut state, [1, 2]);
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    choose(&mut state, Mode::Look);
    let acks = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::List(vec![1]) };
    assert_eq!(outgoing(&mut state), [acks, look("hello", None)]);
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Settled(Outcome::Ack)));
    assert_eq!(ack_state(&state.inbox, 2), Some(AckState::Lost), "the relay gives it back");
}

#[test]
fn a_look_into_a_stream_is_acknowledged_so_that_more_comes() {
    let mut state = looking();
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    deliver(&mut state, [1]);
    assert!(outgoing(&mut state).is_empty());
    // Known once the first message has come.
    receiving(&mut state, ReceiveMode::Look, true);
    deliver(&mut state, [2]);
    let acks = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(2) };
    assert_eq!(outgoing(&mut state), [acks]);
    let words = state.receiving_words(Language::English);
    assert_eq!(words, "reading the stream hello, which keeps its messages");
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::Paused, detail: None });
    for number in [1, 2] {
        assert_eq!(ack_state(&state.inbox, number), Some(AckState::Automatic), "none went back");
    }
    assert!(!state.strip(Language::English).unwrap().warns);
}

#[test]
fn a_look_whose_time_is_over_is_not_begun_again_unasked() {
    let mut state = looking();
    deliver(&mut state, [1]);
    let over = Some(Detail::LookOver { seconds: 600 });
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::Paused, detail: over });
    assert_eq!(ack_state(&state.inbox, 1), GIVEN_BACK);
    assert_eq!(state.choice(), Some(Choice { paused: true, ..Choice::now(Mode::Look) }));
    let strip = state.strip(Language::English).unwrap();
    assert!(strip.words.contains("over after 600 seconds"), "{strip:?}");
    assert_eq!(strip.acts, [Act::LookAgain]);
    // Should the relay have heard of another look meanwhile, it is told.
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::Paused, detail: None });
    assert!(state.strip(Language::English).is_some());
    state.apply(Action::SetPaused(false), 0.0);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    assert!(state.strip(Language::English).unwrap().acts.is_empty());
}

#[test]
fn what_comes_late_of_a_receiving_is_not_acknowledged_once_a_look_is_asked_for() {
    let choices = [("hello".to_owned(), Choice::now(Mode::Receive))].into();
    let mut state = page(choices, Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    choose(&mut state, Mode::Look);
    outgoing(&mut state);
    // Of a change of the mode before.
    receiving(&mut state, ReceiveMode::Take, false);
    deliver(&mut state, 1..=2);
    assert_eq!(state.inbox.shown(), 2);
    assert!(outgoing(&mut state).is_empty(), "nothing is acknowledged");
    // The look has another channel, and what came by the old one is with its queue again.
    receiving(&mut state, ReceiveMode::Look, false);
    assert_eq!(state.inbox.shown(), 0);
    deliver(&mut state, 3..=5);
    assert_eq!(state.inbox.shown(), 3);
}
