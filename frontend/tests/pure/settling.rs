//! Settling by hand: what a click settles, and what nothing but a click may settle.

use std::collections::BTreeSet;

use proptest::prelude::*;
use warren_frontend::{
    connection::event::{Arrival, Event},
    receive::{
        inbox::{AckState, Inbox, MAX_MESSAGES, MAX_SETTLE_TAGS, MAX_UNSETTLED},
        subscription::{AUTO_PREFETCH, WINDOW_FULL_MS},
    },
    store::{Action, CLEARED_MS, State},
    ui::viewport::Rows as _,
};
use warren_protocol::{
    AckMode, BrokerState, ClientMessage, Delivery, Outcome, QueueCount, QueueStatus, Rights,
    ServerMessage, StopReason, Tags,
};

use crate::{delivery, limits, text};

fn batch(tags: impl IntoIterator<Item = u64>) -> Vec<Delivery> {
    tags.into_iter().map(|tag| delivery(tag, text("x"), None)).collect()
}

fn by_hand(tags: impl IntoIterator<Item = u64>) -> Inbox {
    let mut inbox = Inbox::default();
    inbox.set_by_hand(true);
    inbox.receive(batch(tags), 0.0);
    inbox
}

fn settles(inbox: &mut Inbox) -> Vec<(Outcome, Tags)> {
    std::iter::from_fn(|| match inbox.take_settle()? {
        ClientMessage::Settle { outcome, tags } => Some((outcome, tags)),
        other => panic!("{other:?}"),
    })
    .take(1_000)
    .collect()
}

fn ack_state(inbox: &Inbox, number: u64) -> Option<AckState> {
    inbox.row(number).map(|row| row.ack_state)
}

#[test]
fn nothing_is_settled_before_the_user_says_so() {
    let mut inbox = by_hand(1..=3);
    assert_eq!(settles(&mut inbox), []);
    assert_eq!((inbox.open(), ack_state(&inbox, 2)), (3, Some(AckState::Open)));
}

#[test]
fn of_a_stream_a_message_can_only_be_acknowledged() {
    let receiving = |stream| ServerMessage::Receiving {
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
    assert_eq!(state.receive_notes(), [""; 0]);
    // Known once the first message has come.
    arrive(&mut state, receiving(true));
    assert_eq!(state.outcomes(), [Outcome::Ack]);
    assert!(state.receive_notes()[0].starts_with("hello is a stream"));
    for outcome in [Outcome::Requeue, Outcome::Reject] {
        state.apply(Action::Settle { number: 1, outcome }, 0.0);
        assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Open), "{outcome:?}");
    }
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    assert_eq!(ack_state(&state.inbox, 1), Some(AckState::Settled(Outcome::Ack)));
    state.apply(Action::SettleAll, 0.0);
    assert_eq!(settles(&mut state.inbox), [(Outcome::Ack, Tags::List(vec![1, 2, 3]))]);
    // Another session, or another queue, may not be one.
    state.apply(Action::Connection(Event::Lost { why: String::new(), retry_at_ms: 0.0 }), 0.0);
    assert_eq!(state.outcomes().len(), 3);
}

#[test]
fn a_click_settles_its_message_alone_in_any_order_and_once() {
    let mut inbox = by_hand([10, 11, 12, 13]);
    inbox.settle(3, Outcome::Requeue);
    inbox.settle(3, Outcome::Ack);
    inbox.settle(1, Outcome::Ack);
    inbox.settle(4, Outcome::Ack);
    inbox.settle(99, Outcome::Ack);
    let expected =
        [(Outcome::Requeue, Tags::List(vec![12])), (Outcome::Ack, Tags::List(vec![10, 13]))];
    assert_eq!(settles(&mut inbox), expected);
    inbox.settle(1, Outcome::Reject);
    assert_eq!(settles(&mut inbox), []);
    assert_eq!(ack_state(&inbox, 3), Some(AckState::Settled(Outcome::Requeue)));
    assert_eq!(ack_state(&inbox, 2), Some(AckState::Open));
}

#[test]
fn ack_all_settles_what_is_open_in_bounded_frames() {
    let count = MAX_SETTLE_TAGS as u64 + 5;
    let mut inbox = by_hand(1..=count);
    inbox.settle(2, Outcome::Reject);
    inbox.settle_all();
    assert_eq!(inbox.open(), 0);
    let settles = settles(&mut inbox);
    assert_eq!(settles[0], (Outcome::Reject, Tags::List(vec![2])));
    let mut tags: Vec<u64> = Vec::new();
    for (outcome, which) in &settles[1..] {
        let Tags::List(some) = which else { panic!("{which:?}") };
        assert!(*outcome == Outcome::Ack && some.len() <= MAX_SETTLE_TAGS);
        tags.extend(some);
    }
    assert_eq!(tags, (1..=count).filter(|tag| *tag != 2).collect::<Vec<_>>());
}

#[test]
fn after_a_switch_to_automatic_the_page_names_its_own_until_nothing_is_open() {
    let mut inbox = by_hand([1, 2]);
    inbox.set_by_hand(false);
    inbox.receive(batch([3, 4]), 0.0);
    assert_eq!(settles(&mut inbox), [(Outcome::Ack, Tags::List(vec![3, 4]))]);
    assert_eq!(ack_state(&inbox, 1), Some(AckState::Open));
    inbox.settle(1, Outcome::Requeue);
    inbox.settle(2, Outcome::Reject);
    inbox.receive(batch([5]), 0.0);
    let expected = [
        (Outcome::Requeue, Tags::List(vec![1])),
        (Outcome::Reject, Tags::List(vec![2])),
        (Outcome::Ack, Tags::UpTo(5)),
    ];
    assert_eq!(settles(&mut inbox), expected, "what was asked for goes before any `up_to`");
}

#[test]
fn after_a_switch_to_manual_what_came_before_is_still_the_pages() {
    let mut inbox = Inbox::default();
    inbox.receive(batch([1, 2]), 0.0);
    inbox.set_by_hand(true);
    inbox.receive(batch([3]), 0.0);
    assert_eq!(settles(&mut inbox), [(Outcome::Ack, Tags::UpTo(2))]);
    assert_eq!(inbox.open(), 1);
}

#[test]
fn a_row_whose_channel_is_gone_settles_nothing() {
    let mut inbox = by_hand([1, 2]);
    inbox.settle(1, Outcome::Ack);
    inbox.lose_channel();
    assert_eq!(settles(&mut inbox), []);
    // The first had not been written when the channel went.
    assert_eq!(
        (ack_state(&inbox, 1), ack_state(&inbox, 2)),
        (Some(AckState::Lost), Some(AckState::Lost))
    );
    inbox.lose_link();
    // A new session gives the same tags out again, to other messages.
    inbox.receive(batch([1, 2]), 0.0);
    inbox.settle(1, Outcome::Ack);
    inbox.settle(2, Outcome::Ack);
    assert_eq!(settles(&mut inbox), []);
    assert_eq!(inbox.open(), 2);
}

#[test]
fn what_the_relay_could_not_settle_is_not_claimed_to_be() {
    let mut inbox = by_hand([1, 2, 3, 4]);
    inbox.settle(1, Outcome::Ack);
    inbox.settle(2, Outcome::Ack);
    settles(&mut inbox);
    inbox.stale(&Tags::List(vec![1, 3, 99]));
    let ack_states: Vec<_> = (1..=4).map(|number| ack_state(&inbox, number).unwrap()).collect();
    assert_eq!(
        ack_states,
        [AckState::Lost, AckState::Settled(Outcome::Ack), AckState::Lost, AckState::Open]
    );
    inbox.stale(&Tags::UpTo(u64::MAX));
    assert_eq!(ack_state(&inbox, 4), Some(AckState::Lost));
    assert_eq!(inbox.open(), 0);
    // A stale tag of this session is not looked for among the messages of an earlier one.
    inbox.lose_link();
    inbox.stale(&Tags::List(vec![2]));
    assert_eq!(ack_state(&inbox, 2), Some(AckState::Settled(Outcome::Ack)));
}

#[test]
fn what_is_open_stays_in_view_whatever_comes_and_through_clear() {
    let mut inbox = by_hand([1, 2]);
    inbox.set_by_hand(false);
    inbox.receive(batch(3..=MAX_MESSAGES as u64 + 10), 0.0);
    assert_eq!(inbox.len(), MAX_MESSAGES);
    assert_eq!((inbox.number(0), inbox.number(1), inbox.number(2)), (Some(1), Some(2), Some(13)));
    assert_eq!((inbox.index(2), inbox.index(5), inbox.index(14)), (1, 2, 3));
    inbox.clear();
    assert_eq!(inbox.len(), 2);
    inbox.settle(1, Outcome::Ack);
    assert_eq!(inbox.len(), 2, "a row does not vanish under a click");
    inbox.receive(batch([200_000]), 0.0);
    assert_eq!((inbox.number(0), inbox.len()), (Some(2), 2));
    let counters = inbox.counters();
    assert_eq!(counters.received, counters.kept + counters.dropped);
}

#[test]
fn what_was_settled_after_clear_is_not_claimed_where_the_relay_could_not() {
    let mut inbox = by_hand([7, 8, 9]);
    inbox.clear();
    inbox.settle(1, Outcome::Ack);
    inbox.settle(2, Outcome::Ack);
    settles(&mut inbox);
    inbox.stale(&Tags::List(vec![8, 9, 99]));
    let ack_states: Vec<_> = (1..=3).map(|number| ack_state(&inbox, number).unwrap()).collect();
    assert_eq!(ack_states, [AckState::Settled(Outcome::Ack), AckState::Lost, AckState::Lost]);
    // Not looked for among the messages of an earlier session.
    inbox.lose_link();
    inbox.stale(&Tags::List(vec![7]));
    assert_eq!(ack_state(&inbox, 1), Some(AckState::Settled(Outcome::Ack)));
}

#[test]
fn clear_empties_the_view_of_what_was_settled_after_an_earlier_one() {
    let mut inbox = by_hand([1, 2]);
    inbox.clear();
    inbox.settle(1, Outcome::Ack);
    inbox.clear();
    assert_eq!((inbox.len(), inbox.number(0), inbox.open()), (1, Some(2), 1));
    inbox.settle_all();
    inbox.clear();
    let counters = inbox.counters();
    assert_eq!((inbox.len(), counters.received, counters.dropped), (0, 2, 2));
}

#[test]
fn a_relay_that_sends_without_end_does_not_fill_the_memory_nor_settle_what_is_not_tracked() {
    let mut inbox = by_hand(1..=MAX_UNSETTLED as u64 + 1);
    assert_eq!(inbox.open(), MAX_UNSETTLED);
    inbox.settle_all();
    settles(&mut inbox);
    inbox.set_by_hand(false);
    inbox.receive(batch([MAX_UNSETTLED as u64 + 2]), 0.0);
    let last = (Outcome::Ack, Tags::List(vec![MAX_UNSETTLED as u64 + 2]));
    assert_eq!(settles(&mut inbox), [last], "`up_to` would settle the one that is not tracked");
}

fn arrive(state: &mut State, message: ServerMessage, now_ms: f64) {
    let frame = Arrival { at_ms: now_ms, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(frame)), now_ms);
}

fn receiving(queue: &str) -> ServerMessage {
    ServerMessage::Receiving {
        queue: queue.to_owned(),
        ack: AckMode::Manual,
        prefetch: 3,
        stream: false,
    }
}

fn manual_state() -> State {
    let mut state = State::new(true, AckMode::Manual);
    state.apply(Action::Connection(Event::Opened), 0.0);
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned(), "other".to_owned()],
        rights: Rights::ALL,
        limits: limits(10),
    };
    arrive(&mut state, welcome, 0.0);
    state
}

#[test]
fn the_relay_is_told_who_acknowledges_and_again_when_that_changes() {
    let mut state = manual_state();
    let receive =
        |ack, prefetch| ClientMessage::Receive { queue: Some("hello".to_owned()), ack, prefetch };
    assert_eq!(state.outgoing(0.0), Some(receive(AckMode::Manual, None)));
    assert_eq!(state.outgoing(0.0), None);
    state.apply(Action::SetAck(AckMode::Auto), 0.0);
    assert_eq!(state.outgoing(0.0), Some(receive(AckMode::Auto, Some(AUTO_PREFETCH))));
    state.apply(Action::SetReceiving(false), 0.0);
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
    for broker in [BrokerState::Up, BrokerState::Connecting { detail: None }, down] {
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
        let status = QueueStatus::Counts { ready, consumers };
        ServerMessage::Queues { queues: vec![QueueCount { name: "hello".to_owned(), status }] }
    };
    let words = |ready, consumers, waited_ms| {
        let mut state = manual_state();
        arrive(&mut state, receiving("hello"), 1_000.0);
        arrive(&mut state, counts(ready, consumers), 1_000.0);
        state.apply(Action::Tick, 1_000.0 + waited_ms);
        state.receiving_words()
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
    assert_eq!(state.window_words(), None);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([1, 2]) }, 0.0);
    assert_eq!(state.window_words(), None);
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([3]) }, 0.0);
    let words = state.window_words().unwrap();
    assert!(words.contains("3 unacknowledged messages"), "{words}");
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    assert_eq!(state.window_words(), None);
    // The window of large messages is smaller than the relay can say.
    let status = QueueStatus::Counts { ready: 1, consumers: 1 };
    let queues = vec![QueueCount { name: "hello".to_owned(), status }];
    arrive(&mut state, ServerMessage::Queues { queues }, 0.0);
    assert_eq!(state.window_words(), None);
    state.apply(Action::Tick, WINDOW_FULL_MS);
    assert!(state.window_words().is_some());
}

#[test]
fn clear_says_what_it_did_for_a_while() {
    let mut state = manual_state();
    arrive(&mut state, ServerMessage::Deliveries { messages: batch([1, 2]) }, 0.0);
    state.apply(Action::Settle { number: 1, outcome: Outcome::Ack }, 0.0);
    state.apply(Action::Clear, 0.0);
    assert_eq!(
        state.cleared_words().unwrap(),
        "Cleared 1 message from this view; nothing in the queue has changed. \
         1 unsettled message stays."
    );
    state.apply(Action::Tick, CLEARED_MS);
    assert_eq!(state.cleared_words(), None);
}

proptest! {
    /// Against a relay that keeps the books: each delivery is settled at most once, what arrived
    /// to be settled by hand only by a click on its own row, and with the outcome of that click.
    #[test]
    fn only_clicks_settle_what_waits_for_them(
        steps in prop::collection::vec((0..9u8, 1..40u64), 1..120),
    ) {
        let mut inbox = Inbox::default();
        let (mut tag, mut number) = (0, 0);
        let mut unsettled = BTreeSet::new();
        // Tag, number and the outcome that was asked for.
        let mut manual: Vec<(u64, u64, Option<Outcome>)> = Vec::new();
        let mut is_manual = false;
        for (step, value) in steps {
            match step {
                0..=3 => {
                    (tag, number) = (tag + 1, number + 1);
                    unsettled.insert(tag);
                    if is_manual {
                        manual.push((tag, number, None));
                    }
                    inbox.receive(batch([tag]), 0.0);
                }
                4 => {
                    is_manual = !is_manual;
                    inbox.set_by_hand(is_manual);
                }
                5 | 6 => {
                    let outcome = if step == 5 { Outcome::Ack } else { Outcome::Requeue };
                    inbox.settle(value, outcome);
                    if let Some(entry) = manual.iter_mut().find(|entry| entry.1 == value) {
                        entry.2.get_or_insert(outcome);
                    }
                }
                7 => {
                    let Some(ClientMessage::Settle { outcome, tags }) = inbox.take_settle() else {
                        continue;
                    };
                    let tags: Vec<u64> = match tags {
                        Tags::UpTo(last) => unsettled.range(..=last).copied().collect(),
                        Tags::List(tags) => tags,
                    };
                    for tag in tags {
                        prop_assert!(unsettled.remove(&tag), "{} is settled twice", tag);
                        let asked = manual.iter().find(|entry| entry.0 == tag);
                        prop_assert_eq!(asked.map_or(Some(Outcome::Ack), |entry| entry.2), Some(outcome));
                    }
                }
                _ => {
                    inbox.lose_channel();
                    unsettled.clear();
                    manual.clear();
                }
            }
        }
    }
}
