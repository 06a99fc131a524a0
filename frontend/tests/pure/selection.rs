//! Which rows are selected, and that they are always rows that the list shows.

use std::collections::BTreeSet;

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        filter::{Filter, Query, regex},
        inbox::{AckState, Inbox, MAX_MESSAGES},
        selection::{Select, Selection},
    },
    send::outbox::MAX_WAITING,
    store::Action,
    ui::{language::Language, viewport::Rows as _},
};
use warren_protocol::{ClientMessage, Delivery, Outcome, ServerMessage, Tags};

use crate::{
    delivery, limits, named,
    settling::{ack_state, batch, by_hand, settles},
    store::{arrive, outgoing, ready},
    text,
};

fn received(count: u64) -> Inbox {
    let mut inbox = Inbox::default();
    inbox.receive(batch(1..=count), 0.0);
    inbox
}

fn selected(inbox: &Inbox) -> Vec<u64> {
    inbox.selected().map(|row| row.message.number).collect()
}

fn ranges(inbox: &Inbox) -> Vec<(u64, u64)> {
    inbox.selection().ranges().map(|range| (*range.start(), *range.end())).collect()
}

/// Shows only messages whose body has this word.
fn filter(inbox: &mut Inbox, word: &str) {
    let query = Query::parse(word, &regex::compile).unwrap();
    inbox.set_filter(Filter { query, between: None });
    inbox.search(usize::MAX);
}

#[test]
fn a_row_is_toggled_and_a_range_gets_what_its_end_gets() {
    let mut inbox = received(20);
    inbox.select(Select::Toggle(5));
    inbox.select(Select::Through(9));
    assert_eq!(ranges(&inbox), [(5, 9)]);
    // From the row that was clicked last, in either direction.
    inbox.select(Select::Through(3));
    assert_eq!(ranges(&inbox), [(3, 9)]);
    inbox.select(Select::Through(6));
    assert_eq!(ranges(&inbox), [(7, 9)]);
}

#[test]
fn what_is_not_shown_cannot_be_selected() {
    let mut inbox = received(3);
    for number in [0, 4, u64::MAX] {
        inbox.select(Select::Toggle(number));
        inbox.select(Select::Through(number));
    }
    assert!(inbox.selection().is_empty());
    let mut nothing = Inbox::default();
    nothing.select(Select::All);
    assert!(nothing.selection().is_empty());
}

#[test]
fn all_is_what_the_filter_shows() {
    let mut inbox = Inbox::default();
    let body = |tag| text(if tag % 2 == 0 { "even" } else { "odd" });
    inbox.receive((1..=10).map(|tag| delivery(tag, body(tag), None)).collect(), 0.0);
    filter(&mut inbox, "even");
    inbox.select(Select::All);
    assert_eq!(selected(&inbox), [2, 4, 6, 8, 10]);
    assert_eq!(inbox.selection().len(), 5);
    // What comes later is not selected unseen.
    inbox.receive(vec![delivery(11, text("even"), None)], 0.0);
    inbox.search(usize::MAX);
    assert_eq!((inbox.len(), inbox.selection().len()), (6, 5));
    // Nor is what lies between two rows and is not shown.
    inbox.select(Select::Nothing);
    inbox.select(Select::Toggle(2));
    inbox.select(Select::Through(6));
    assert_eq!(selected(&inbox), [2, 4, 6]);
    // Without a filter they are all shown still; with another one they may not be.
    inbox.set_filter(Filter::default());
    assert_eq!(selected(&inbox), [2, 4, 6]);
    filter(&mut inbox, "odd");
    assert!(inbox.selection().is_empty());
}

#[test]
fn a_hundred_thousand_rows_are_one_range() {
    let mut inbox = received(MAX_MESSAGES as u64);
    inbox.select(Select::All);
    assert_eq!(ranges(&inbox), [(1, MAX_MESSAGES as u64)]);
    assert_eq!(inbox.selection().len(), MAX_MESSAGES as u64);
    // What leaves the list leaves the selection.
    inbox.receive(batch(1..=3), 0.0);
    assert_eq!(ranges(&inbox), [(4, MAX_MESSAGES as u64)]);
    inbox.clear();
    assert!(inbox.selection().is_empty() && inbox.selection().ranges().next().is_none());
}

#[test]
fn what_waits_for_the_user_s_word_stays_selected_when_the_list_is_cleared() {
    let mut inbox = by_hand(1..=3);
    inbox.set_by_hand(false);
    inbox.receive(batch(4..=5), 0.0);
    inbox.select(Select::All);
    assert_eq!((inbox.selection().len(), inbox.selected_open()), (5, 3));
    inbox.clear();
    assert_eq!(selected(&inbox), [1, 2, 3]);
    inbox.receive(batch(6..=7), 0.0);
    inbox.select(Select::All);
    assert_eq!(selected(&inbox), [1, 2, 3, 6, 7], "the held ones are shown, and so selected");
}

#[test]
fn what_is_selected_and_open_is_settled_and_no_longer_selected() {
    let mut inbox = by_hand(1..=4);
    inbox.set_by_hand(false);
    inbox.receive(batch(5..=6), 0.0);
    for number in [2, 3, 6] {
        inbox.select(Select::Toggle(number));
    }
    assert_eq!(inbox.selected_open(), 2);
    inbox.settle_selected(Outcome::Reject);
    assert_eq!(settles(&mut inbox)[0], (Outcome::Reject, Tags::List(vec![2, 3])));
    assert_eq!(selected(&inbox), [6], "nothing was done with it");
    assert_eq!(ack_state(&inbox, 1), Some(AckState::Open));
    assert_eq!(ack_state(&inbox, 3), Some(AckState::Settled(Outcome::Reject)));
    // One that is settled alone leaves it too.
    inbox.select(Select::Toggle(4));
    inbox.settle(4, Outcome::Ack);
    assert_eq!(selected(&inbox), [6]);
}

#[test]
fn all_that_is_selected_goes_once_more_to_the_queue_that_is_sent_to_and_takes_turns() {
    const COUNT: u64 = MAX_WAITING as u64 + 500;
    let mut state = ready(true);
    state.outbox.set_limits(limits(10_000));
    let mut headers = named("before");
    headers.content_type = Some("text/x-test".to_owned());
    let messages = (1..=COUNT)
        .map(|tag| Delivery { properties: headers.clone(), ..delivery(tag, text("again"), None) });
    arrive(&mut state, ServerMessage::Deliveries { messages: messages.collect() });
    state.apply(Action::Select(Select::All), 0.0);
    state.apply(Action::SendSelected, 0.0);
    let mut ids = 0;
    let mut name = || {
        ids += 1;
        format!("new-{ids}")
    };
    let (mut names, mut turns) = (BTreeSet::new(), 0);
    while names.len() < COUNT as usize {
        turns += 1;
        assert!(turns < 10, "only {} were sent", names.len());
        state.make(0.0, &mut name);
        assert!(state.outbox.totals().queued <= MAX_WAITING);
        let mut confirmed = Vec::new();
        for message in outgoing(&mut state) {
            let ClientMessage::Publish { messages } = message else { continue };
            for publish in messages {
                assert_eq!(publish.queue.as_deref(), Some("hello"));
                assert_eq!(
                    (&publish.body, &publish.properties.content_type),
                    (&text("again"), &headers.content_type)
                );
                assert!(names.insert(publish.properties.message_id.unwrap()), "none is sent twice");
                confirmed.push(publish.id);
            }
        }
        arrive(&mut state, ServerMessage::Published { confirmed, failed: Vec::new() });
    }
    assert!(!names.contains("before"), "each is a message of its own");
    state.make(0.0, &mut name);
    assert!(state.outbox.totals().queued == 0 && turns > 1);
    assert_eq!(state.inbox.selection().len(), COUNT, "what was sent again can be acknowledged now");
}

/// Only the outbox outlives a reload of the tab, and it does not take all at once.
#[test]
fn what_is_to_be_sent_again_waits_and_a_reload_says_that_it_loses_it() {
    const COUNT: u64 = MAX_WAITING as u64 + 500;
    let mut state = ready(true);
    let messages = (1..=COUNT).map(|tag| delivery(tag, text("again"), None));
    arrive(&mut state, ServerMessage::Deliveries { messages: messages.collect() });
    state.apply(Action::Select(Select::All), 0.0);
    state.apply(Action::SendSelected, 0.0);
    state.make(0.0, &mut || "new".to_owned());
    assert_eq!(state.outbox.totals().queued, MAX_WAITING);
    assert_eq!((state.totals().queued as u64, state.reload_loses()), (COUNT, 500));
    state.apply(Action::Saved { left_out: 7 }, 0.0);
    assert_eq!(state.reload_loses(), 507);

    let after_reload = |saved: &str| {
        let mut next = ready(true);
        next.apply(Action::RestoreRepeat(saved.to_owned()), 0.0);
        next.notice.map(|notice| notice.words(Language::English))
    };
    let lost = "500 messages were still to be sent again when this tab was reloaded or closed, and \
                will not be.";
    assert_eq!(after_reload(&state.save_run()).as_deref(), Some(lost));
    let words = after_reload(&format!("replay 1 3{}", state.save_run())).unwrap();
    assert!(words.starts_with("The replay ended at 1 of 3"), "{words}");
    assert!(words.ends_with(lost), "{words}");

    // Another page of this tab has said so: they are not sent after all.
    state.apply(Action::GiveAway, 0.0);
    assert_eq!((state.totals().queued, state.reload_loses()), (0, 7));
    assert_eq!(after_reload(&state.save_run()), None);
}

proptest! {
    /// Compared with a plain set.
    #[test]
    fn ranges_are_a_set(steps in prop::collection::vec((1_u64..40, 0_u64..12, any::<bool>()), 0..60)) {
        let (mut selection, mut set) = (Selection::default(), BTreeSet::new());
        for (first, more, selected) in steps {
            selection.set(first..=first + more, selected);
            for number in first..=first + more {
                if selected { set.insert(number); } else { set.remove(&number); }
            }
            prop_assert_eq!(selection.len(), set.len() as u64);
            prop_assert_eq!(selection.is_empty(), set.is_empty());
            prop_assert!(selection.ranges().flatten().eq(set.iter().copied()));
            for number in 0..60 {
                prop_assert_eq!(selection.contains(number), set.contains(&number));
            }
            // As few ranges as can be.
            let ranges: Vec<_> = selection.ranges().collect();
            prop_assert!(ranges.windows(2).all(|two| two[0].end() + 1 < *two[1].start()));
        }
    }
}

#[test]
fn the_largest_numbers_do_no_harm() {
    let mut selection = Selection::default();
    selection.set(u64::MAX..=u64::MAX, true);
    selection.set(1..=1, true);
    selection.set(2..=u64::MAX - 1, true);
    assert_eq!(selection.ranges().collect::<Vec<_>>(), [1..=u64::MAX]);
    selection.set(0..=u64::MAX, false);
    assert!(selection.is_empty());
}

#[test]
fn a_selection_keeps_only_what_is_wanted() {
    let mut inbox = received(6);
    inbox.select(Select::All);
    inbox.select(Select::Toggle(2));
    inbox.keep_selected(|message| message.number % 2 == 0);
    assert_eq!(selected(&inbox), [4, 6]);
    inbox.keep_selected(|_| false);
    assert!(inbox.selection().is_empty());
}
