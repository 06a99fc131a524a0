//! Watch, Look and Receive: what is done with a queue that nobody has chosen anything for, what the
//! relay is asked for, what a token allows, and where in a stream the page begins.

use warren_frontend::{
    connection::event::Event,
    receive::{
        inbox::AckState,
        mode::{Choice, Choices, Mode, rights_words},
        strip::Act,
        subscription::{AUTO_PREFETCH, DeliveryState, WINDOW_FULL_MS},
    },
    store::{Action, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Delivery, Detail, FieldTable, FieldValue, Outcome,
    QueueCount, QueueStatus, QueueType, ReceiveMode, Rights, ServerMessage, StopReason, StreamFrom,
    Tags,
};

use crate::{
    delivery, limits,
    settling::{ack_state, batch},
    store::{arrive, lose, outgoing},
    text,
};

/// A page whose token allows this, on a broker of this version; the relay's queues are `hello` and
/// `orders`, and of `hello` the relay knows this.
pub(super) fn page(choices: Choices, rights: Rights, at_once: bool) -> State {
    let mut state = State::new(choices);
    connect(&mut state, rights, at_once);
    state
}

fn connect(state: &mut State, rights: Rights, receive_at_once: bool) {
    state.apply(Action::Connection(Event::Opened), 0.0);
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned(), "orders".to_owned()],
        rights,
        limits: limits(10),
        receive_at_once,
    };
    arrive(state, welcome);
    arrive(state, ServerMessage::Broker(BrokerState::UP));
    hints(state, None, None);
}

/// The relay says what it knows of `hello`, in which 3 messages wait.
pub(super) fn hints(state: &mut State, queue_type: Option<QueueType>, delivery_count: Option<u32>) {
    let known = QueueStatus::Counts { ready: 3, consumers: 2, queue_type, delivery_count };
    let counts = [("hello", known), ("orders", QueueStatus::counts(0, 0))];
    let queues = counts.map(|(name, status)| QueueCount { name: name.to_owned(), status });
    arrive(state, ServerMessage::Queues { queues: queues.into() });
}

/// What a page asks for that leaves it to its user to acknowledge.
pub(super) fn receive(queue: &str, from: Option<StreamFrom>) -> ClientMessage {
    let (queue, mode) = (Some(queue.to_owned()), ReceiveMode::Take);
    ClientMessage::Receive { queue, mode, ack: AckMode::Manual, prefetch: None, from }
}

/// What a page asks for that acknowledges by itself.
pub(super) fn receive_all(queue: &str, from: Option<StreamFrom>) -> ClientMessage {
    let (queue, mode, prefetch) = (Some(queue.to_owned()), ReceiveMode::Take, Some(AUTO_PREFETCH));
    ClientMessage::Receive { queue, mode, ack: AckMode::Auto, prefetch, from }
}

pub(super) fn look(queue: &str, from: Option<StreamFrom>) -> ClientMessage {
    ClientMessage::Receive {
        queue: Some(queue.to_owned()),
        mode: ReceiveMode::Look,
        ack: AckMode::Auto,
        prefetch: None,
        from,
    }
}

fn watch(queue: &str) -> ClientMessage {
    ClientMessage::Watch { queue: Some(queue.to_owned()) }
}

/// The relay delivers from `hello`.
pub(super) fn receiving(state: &mut State, mode: ReceiveMode, stream: bool) {
    let (queue, ack) = ("hello".to_owned(), AckMode::Auto);
    arrive(state, ServerMessage::Receiving { queue, mode, ack, prefetch: 500, stream });
}

pub(super) fn choose(state: &mut State, mode: Mode) {
    state.apply(Action::Choose(mode), 0.0);
}

fn chosen(queue: &str, mode: Mode) -> Choices {
    [(queue.to_owned(), Choice::now(mode))].into()
}

#[test]
fn of_a_queue_that_was_named_nothing_is_taken_until_somebody_chooses() {
    let mut state = page(Choices::new(), Rights::ALL, false);
    assert_eq!((outgoing(&mut state), state.choice()), (vec![], None));
    let words = state.waiting_words(Language::English).unwrap();
    assert_eq!(words, "3 messages wait in hello, 2 consumers");
    assert_eq!(state.receiving_words(Language::English), "nothing is taken from hello");
    for (mode, asks) in [
        (Mode::Watch, watch("hello")),
        (Mode::Look, look("hello", None)),
        (Mode::Receive, receive("hello", None)),
    ] {
        choose(&mut state, mode);
        assert_eq!(outgoing(&mut state), std::slice::from_ref(&asks), "once");
        assert!(outgoing(&mut state).is_empty());
        lose(&mut state);
        connect(&mut state, Rights::ALL, false);
        assert_eq!(outgoing(&mut state), [asks], "again in a new session");
    }
    // Each queue has its own.
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    assert_eq!((outgoing(&mut state), state.choice()), (vec![ClientMessage::Pause], None));
    state.apply(Action::ReceiveFrom("hello".to_owned()), 0.0);
    assert_eq!(outgoing(&mut state), [receive("hello", None)]);
}

#[test]
fn nothing_is_acknowledged_in_a_queue_that_was_named_until_somebody_says_so() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    assert_eq!(outgoing(&mut state), [receive("hello", None)]);
    receiving(&mut state, ReceiveMode::Take, false);
    deliver(&mut state, vec![delivery(1, text("x"), None)]);
    assert_eq!((outgoing(&mut state), state.inbox.open()), (vec![], 1));
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    assert_eq!(outgoing(&mut state), [receive_all("hello", None)]);
    deliver(&mut state, vec![delivery(2, text("x"), None)]);
    let ack = |tag| ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::List(vec![tag]) };
    assert_eq!(outgoing(&mut state), [ack(2)], "the first stays its user's");
    // That was said of this queue alone, and of receiving from it.
    let saved = state.choice().map(Choice::save).unwrap();
    assert_eq!(Choice::restore(&saved), state.choice());
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    choose(&mut state, Mode::Receive);
    assert_eq!(outgoing(&mut state), [receive("orders", None)]);
    state.apply(Action::ReceiveFrom("hello".to_owned()), 0.0);
    assert_eq!(outgoing(&mut state), [receive_all("hello", None)]);
    choose(&mut state, Mode::Look);
    choose(&mut state, Mode::Receive);
    assert_eq!(
        outgoing(&mut state),
        [receive("hello", None)],
        "who has looked takes nothing unasked"
    );
}

#[test]
fn what_comes_of_a_queue_by_hand_is_not_acknowledged_while_another_is_asked_for() {
    let by_hand = Choice { ack: Some(AckMode::Manual), ..Choice::now(Mode::Receive) };
    let auto = Choice { ack: Some(AckMode::Auto), ..by_hand };
    let choices = [("hello".to_owned(), by_hand), ("orders".to_owned(), auto)].into();
    let mut state = page(choices, Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    // The line had no room for the question yet.
    deliver(&mut state, vec![delivery(1, text("x"), None)]);
    assert_eq!(outgoing(&mut state), [receive_all("orders", None)]);
}

#[test]
fn a_queue_that_was_a_stream_before_is_left_to_its_user() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, true);
    outgoing(&mut state);
    hints(&mut state, Some(QueueType::Stream), None);
    // It was deleted and declared anew, and the relay's hint is of before.
    receiving(&mut state, ReceiveMode::Take, false);
    deliver(&mut state, vec![delivery(1, text("x"), None)]);
    assert_eq!(state.inbox.open(), 1);
    assert_eq!(outgoing(&mut state), [receive("hello", None)]);
}

#[test]
fn who_acknowledges_is_what_was_said_last_whether_the_line_had_room_or_not() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    assert!(outgoing(&mut state).is_empty());
    deliver(&mut state, vec![delivery(1, text("x"), None)]);
    assert_eq!(state.inbox.open(), 0);
    // What was on its way at a pause is the user's as well.
    outgoing(&mut state);
    state.apply(Action::SetPaused(true), 0.0);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    deliver(&mut state, vec![delivery(2, text("x"), None)]);
    assert_eq!(state.inbox.open(), 1);
}

#[test]
fn a_stream_is_acknowledged_by_the_page_as_soon_as_it_is_known_for_one() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    assert_eq!(outgoing(&mut state), [receive("hello", None)]);
    receiving(&mut state, ReceiveMode::Take, true);
    deliver(&mut state, vec![at(1, 0)]);
    assert_eq!(state.inbox.open(), 0);
    let ack = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(1) };
    assert_eq!(outgoing(&mut state), [ack, receive_all("hello", None)]);
}

#[test]
fn the_tutorial_s_queue_is_received_from_at_once_unless_something_else_was_chosen_for_it() {
    let mut state = page(Choices::new(), Rights::ALL, true);
    assert_eq!(outgoing(&mut state), [receive_all("hello", None)]);
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    assert_eq!(
        outgoing(&mut state),
        [ClientMessage::Pause],
        "that is said of the first queue alone"
    );
    let mut state = page(chosen("hello", Mode::Watch), Rights::ALL, true);
    assert_eq!(outgoing(&mut state), [watch("hello")]);
    let mut state = page(Choices::new(), Rights { receive: false, ..Rights::ALL }, true);
    assert!(outgoing(&mut state).is_empty());
}

#[test]
fn a_pause_keeps_what_was_chosen_and_is_remembered_with_it() {
    let mut state = page(chosen("hello", Mode::Look), Rights::ALL, false);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    state.apply(Action::SetPaused(true), 0.0);
    assert_eq!(outgoing(&mut state), [ClientMessage::Pause]);
    let saved = state.choice().unwrap().save();
    let choice = Choice::restore(&saved).unwrap();
    assert_eq!(choice, Choice { paused: true, ..Choice::now(Mode::Look) });
    let mut state = page([("hello".to_owned(), choice)].into(), Rights::ALL, false);
    assert!(outgoing(&mut state).is_empty());
    assert_eq!(state.receiving_words(Language::English), "paused: 3 messages wait in hello");
    state.apply(Action::SetPaused(false), 0.0);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    for mode in Mode::ALL {
        assert_eq!(Choice::restore(&Choice::now(mode).save()), Some(Choice::now(mode)));
    }
    for garbage in ["", " ", "Look", "take", "paused"] {
        assert_eq!(Choice::restore(garbage), None, "{garbage:?}");
    }
}

#[test]
fn only_what_the_token_allows_is_chosen_resumed_and_said() {
    let rights = Rights { look: true, watch: true, ..Rights::NONE };
    let mut state = page(chosen("hello", Mode::Receive), rights, true);
    assert_eq!((outgoing(&mut state), state.choice()), (vec![], None));
    choose(&mut state, Mode::Receive);
    assert!(outgoing(&mut state).is_empty());
    choose(&mut state, Mode::Look);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    let words = |rights| rights_words(rights, Language::English);
    assert_eq!(words(rights).as_deref(), Some("this token may look and watch"));
    assert_eq!(
        words(Rights { watch: false, ..rights }).as_deref(),
        Some("this token may only look")
    );
    let receives = Rights { receive: true, ..Rights::NONE };
    assert_eq!(words(receives).as_deref(), Some("this token may receive and look"));
    assert_eq!((words(Rights::ALL), words(Rights::NONE)), (None, None));
    let chinese = rights_words(rights, Language::Chinese);
    assert_eq!(chinese.as_deref(), Some("此令牌可以查看、旁观"));
    // Who may see nothing has no panel.
    assert!(page(Choices::new(), rights, false).may_see());
    assert!(!page(Choices::new(), Rights { send: true, ..Rights::NONE }, false).may_see());
}

#[test]
fn a_watch_says_what_it_shows_or_what_to_run_first() {
    let mut state = page(chosen("hello", Mode::Watch), Rights::ALL, false);
    outgoing(&mut state);
    assert_eq!(state.receiving_words(Language::English), "Starting to watch…");
    let (vhost, command) = ("shop".to_owned(), "rabbitmqctl trace_on -p shop".to_owned());
    let why = Some(Detail::NotTraced { vhost, command: command.clone() });
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::NotTraced, detail: why });
    let strip = state.strip(Language::English).unwrap();
    assert!(strip.words.contains("tracing is off on the vhost shop"), "{strip:?}");
    assert_eq!(strip.then, "The relay looks again by itself.");
    assert_eq!(strip.command, Some(command));
    arrive(&mut state, ServerMessage::Watching { queue: "hello".to_owned() });
    assert_eq!(state.delivery_state(), &DeliveryState::Watching);
    let words = state.receiving_words(Language::English);
    assert_eq!(words, "copies of what is published to and delivered from hello");
    assert_eq!(state.strip(Language::English), None);
    for why in [
        Detail::WatchForbidden {
            user: "shop".to_owned(),
            vhost: "/".to_owned(),
            words: "no".to_owned(),
        },
        Detail::WatchRefused { words: "no".to_owned() },
    ] {
        let (reason, detail) = (StopReason::NotTraced, Some(why));
        arrive(&mut state, ServerMessage::Stopped { reason, detail });
        let strip = state.strip(Language::English).unwrap();
        assert!(strip.words.contains("watch") && strip.command.is_none(), "{strip:?}");
    }
}

#[test]
fn a_watch_leaves_what_waits_for_the_users_word_to_the_user() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery(1, text("x"), None)] });
    choose(&mut state, Mode::Watch);
    outgoing(&mut state);
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::NotTraced, detail: None });
    arrive(&mut state, ServerMessage::Watching { queue: "hello".to_owned() });
    assert_eq!(state.inbox.open(), 1);
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    assert_eq!(state.inbox.open(), 0);
}

/// A delivery from a stream.
fn at(tag: u64, offset: i64) -> Delivery {
    let mut delivery = delivery(tag, text("x"), None);
    let headers = [("x-stream-offset".to_owned(), FieldValue::LongLongInt(offset))];
    delivery.properties.headers = Some(FieldTable(headers.into()));
    delivery
}

fn deliver(state: &mut State, messages: Vec<Delivery>) {
    arrive(state, ServerMessage::Deliveries { messages });
}

#[test]
fn a_stream_is_read_from_the_place_that_is_chosen_and_from_there_on() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    assert!(!state.is_stream());
    hints(&mut state, Some(QueueType::Stream), None);
    assert!(state.is_stream());
    assert_eq!(outgoing(&mut state), [receive("hello", None)], "a hint lets nothing go");
    receiving(&mut state, ReceiveMode::Take, true);
    assert_eq!(outgoing(&mut state), [receive_all("hello", None)]);
    state.apply(Action::Begin(StreamFrom::First), 0.0);
    let first = receive_all("hello", Some(StreamFrom::First));
    assert_eq!(outgoing(&mut state), std::slice::from_ref(&first));
    assert!(outgoing(&mut state).is_empty(), "a place is asked for once");
    state.apply(Action::Begin(StreamFrom::First), 0.0);
    assert_eq!(outgoing(&mut state), [first], "or each time that it is chosen");
    receiving(&mut state, ReceiveMode::Take, true);
    deliver(&mut state, vec![at(1, 40), at(2, 41)]);
    outgoing(&mut state);
    // In the same session the relay knows where it was.
    state.apply(Action::SetPaused(true), 0.0);
    state.apply(Action::SetPaused(false), 0.0);
    assert!(outgoing(&mut state).is_empty());
    choose(&mut state, Mode::Look);
    assert_eq!(outgoing(&mut state), [look("hello", None)]);
    // In another one it does not: nothing is missed, nor read twice.
    lose(&mut state);
    connect(&mut state, Rights::ALL, false);
    assert_eq!(outgoing(&mut state), [look("hello", Some(StreamFrom::Offset(42)))]);
    assert!(outgoing(&mut state).is_empty());
}

#[test]
fn a_stream_goes_on_where_it_was_after_another_queue_was_asked_for() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, true);
    deliver(&mut state, vec![at(1, 40), at(2, 41)]);
    outgoing(&mut state);
    // The relay forgets its place with the question, answered or not.
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    choose(&mut state, Mode::Receive);
    assert_eq!(outgoing(&mut state), [receive("orders", None)]);
    state.apply(Action::ReceiveFrom("hello".to_owned()), 0.0);
    assert_eq!(outgoing(&mut state), [receive_all("hello", Some(StreamFrom::Offset(42)))]);
}

#[test]
fn with_another_place_in_a_stream_the_channel_of_before_is_gone() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, true);
    deliver(&mut state, vec![at(1, 40)]);
    state.apply(Action::Begin(StreamFrom::First), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, true);
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Lost));
    arrive(&mut state, ServerMessage::Stale { tags: Tags::UpTo(1) });
    assert!(state.notice.is_none(), "a stream keeps its messages");
}

#[test]
fn a_stream_of_which_nobody_knows_it_offers_places_once_nothing_comes() {
    let notes = |waited_ms, ready, consumers| {
        let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
        outgoing(&mut state);
        receiving(&mut state, ReceiveMode::Take, false);
        let status = QueueStatus::counts(ready, consumers);
        let queues = vec![QueueCount { name: "hello".to_owned(), status }];
        arrive(&mut state, ServerMessage::Queues { queues });
        state.apply(Action::Tick, waited_ms);
        assert!(!state.is_stream());
        (state.may_be_stream(), state.receive_notes(Language::English).concat())
    };
    let (may_be, note) = notes(WINDOW_FULL_MS, 3, 0);
    assert!(may_be && note.contains("Is this a stream?"), "{note}");
    assert!(notes(WINDOW_FULL_MS, 3, 1).0);
    for (waited_ms, ready, consumers) in
        [(100.0, 3, 0), (WINDOW_FULL_MS, 0, 1), (WINDOW_FULL_MS, 3, 2)]
    {
        assert_eq!(notes(waited_ms, ready, consumers), (false, String::new()));
    }
}

#[test]
fn a_place_is_for_the_queue_for_which_it_was_chosen() {
    let both = ["hello", "orders"].map(|queue| (queue.to_owned(), Choice::now(Mode::Receive)));
    let mut state = page(both.into(), Rights::ALL, false);
    state.apply(Action::SetPaused(true), 0.0);
    state.apply(Action::Begin(StreamFrom::Last), 0.0);
    assert!(outgoing(&mut state).is_empty());
    state.apply(Action::ReceiveFrom("orders".to_owned()), 0.0);
    assert_eq!(outgoing(&mut state), [receive("orders", None)]);
}

#[test]
fn to_watch_a_stream_is_to_read_it() {
    let mut state = page(chosen("hello", Mode::Watch), Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    assert_eq!(outgoing(&mut state), [watch("hello")]);
    receiving(&mut state, ReceiveMode::Take, true);
    deliver(&mut state, vec![at(1, 0), at(2, 1)]);
    let acks = ClientMessage::Settle { outcome: Outcome::Ack, tags: Tags::UpTo(2) };
    assert_eq!(outgoing(&mut state), [acks], "so that more comes");
    let words = state.receiving_words(Language::English);
    assert_eq!(words, "reading the stream hello, which keeps its messages");
}

#[test]
fn who_asks_for_a_place_in_what_is_no_stream_is_told_and_can_do_without() {
    let mut state = page(chosen("hello", Mode::Receive), Rights::ALL, false);
    state.apply(Action::Begin(StreamFrom::First), 0.0);
    outgoing(&mut state);
    let why = Detail::QueueNoStream { queue: "hello".to_owned(), words: "oh no".to_owned() };
    let (reason, detail) = (StopReason::Refused, Some(why));
    arrive(&mut state, ServerMessage::Stopped { reason, detail });
    let strip = state.strip(Language::English).unwrap();
    assert!(strip.words.contains("no stream") && strip.acts == [Act::BeginAnywhere], "{strip:?}");
    state.apply(Action::BeginAnywhere, 0.0);
    assert_eq!(outgoing(&mut state), [receive("hello", None)]);
    assert_eq!(state.strip(Language::English), None);
}

#[test]
fn a_late_pause_and_a_lost_tap_change_nothing_of_what_was_received_before_a_watch() {
    let choices = [("hello".to_owned(), Choice::now(Mode::Receive))].into();
    let mut state = page(choices, Rights::ALL, false);
    state.apply(Action::SetAck(AckMode::Manual), 0.0);
    outgoing(&mut state);
    receiving(&mut state, ReceiveMode::Take, false);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch(1..=2) });
    choose(&mut state, Mode::Watch);
    assert!(matches!(outgoing(&mut state)[..], [ClientMessage::Watch { .. }]));
    arrive(&mut state, ServerMessage::Watching { queue: "hello".to_owned() });
    // Of the receiving that it has ended, behind what waited before it.
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::Paused, detail: None });
    assert_eq!(*state.delivery_state(), DeliveryState::Watching);
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::BrokerDown, detail: None });
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Open), "the relay holds it still");
    // What the receiving holds is gone, and the watch is not.
    arrive(&mut state, ServerMessage::Watching { queue: "hello".to_owned() });
    arrive(&mut state, ServerMessage::Stopped { reason: StopReason::QueueDeleted, detail: None });
    assert_eq!(*state.delivery_state(), DeliveryState::Watching);
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Lost));
}

#[test]
fn another_tab_takes_nothing_by_what_this_one_chose() {
    for (mode, paused) in [(Mode::Watch, false), (Mode::Look, true), (Mode::Receive, true)] {
        assert_eq!(Choice::now(mode).kept(), Choice { paused, ..Choice::now(mode) });
    }
    let with = |ack| Choice { ack, ..Choice::now(Mode::Receive) };
    assert_eq!(with(Some(AckMode::Auto)).kept().ack, None, "nor is anything acknowledged by it");
    assert_eq!(with(Some(AckMode::Manual)).kept().ack, Some(AckMode::Manual));
}
