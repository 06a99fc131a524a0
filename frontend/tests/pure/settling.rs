//! Settling by hand: what a click settles, and what nothing but a click may settle.

use std::collections::BTreeSet;

use proptest::prelude::*;
use warren_frontend::{
    receive::inbox::{AckState, Inbox, MAX_MESSAGES, MAX_SETTLE_TAGS, MAX_UNSETTLED},
    ui::viewport::Rows as _,
};
use warren_protocol::{ClientMessage, Delivery, Outcome, Tags};

use crate::{delivery, text};

pub(super) fn batch(tags: impl IntoIterator<Item = u64>) -> Vec<Delivery> {
    tags.into_iter().map(|tag| delivery(tag, text("x"), None)).collect()
}

pub(super) fn by_hand(tags: impl IntoIterator<Item = u64>) -> Inbox {
    let mut inbox = Inbox::default();
    inbox.set_by_hand(true);
    inbox.receive(batch(tags), 0.0);
    inbox
}

pub(super) fn settles(inbox: &mut Inbox) -> Vec<(Outcome, Tags)> {
    std::iter::from_fn(|| match inbox.take_settle()? {
        ClientMessage::Settle { outcome, tags } => Some((outcome, tags)),
        other => panic!("{other:?}"),
    })
    .take(1_000)
    .collect()
}

pub(super) fn ack_state(inbox: &Inbox, number: u64) -> Option<AckState> {
    inbox.row(number).map(|row| row.ack_state)
}

#[test]
fn nothing_is_settled_before_the_user_says_so() {
    let mut inbox = by_hand(1..=3);
    assert_eq!(settles(&mut inbox), []);
    assert_eq!((inbox.open(), ack_state(&inbox, 2)), (3, Some(AckState::Open)));
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
