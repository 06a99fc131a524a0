//! What is a duplicate: the same `message_id` from the same queue, unless the page gave it back.

use warren_frontend::receive::inbox::Inbox;
use warren_protocol::{Outcome, Tags};

use crate::{delivery, text};

fn duplicate(inbox: &mut Inbox, tag: u64) -> bool {
    inbox.receive(vec![delivery(tag, text("a"), Some("1"))], 0.0);
    inbox.newest().unwrap().duplicate
}

#[test]
fn one_message_in_two_queues_is_no_duplicate() {
    let mut inbox = Inbox::default();
    inbox.set_queue("orders");
    assert!(!duplicate(&mut inbox, 1));
    inbox.set_queue("audit");
    assert!(!duplicate(&mut inbox, 2));
    assert_eq!(&*inbox.newest().unwrap().queue, "audit");
    inbox.set_queue("orders");
    assert!(duplicate(&mut inbox, 3));
    assert_eq!(inbox.counters().duplicates, 1);
}

#[test]
fn what_is_put_back_by_hand_returns_as_no_duplicate() {
    let mut inbox = Inbox::default();
    inbox.set_by_hand(true);
    assert!(!duplicate(&mut inbox, 1));
    inbox.settle(1, Outcome::Requeue);
    assert!(!duplicate(&mut inbox, 2));
    inbox.settle(2, Outcome::Reject);
    assert!(!duplicate(&mut inbox, 3), "it was dead-lettered, and comes from there");
    inbox.settle(3, Outcome::Ack);
    assert!(duplicate(&mut inbox, 4));
}

#[test]
fn what_was_lost_with_its_channel_returns_as_no_duplicate() {
    for by_hand in [true, false] {
        for link in [true, false] {
            let mut inbox = Inbox::default();
            inbox.set_by_hand(by_hand);
            assert!(!duplicate(&mut inbox, 1));
            if link {
                inbox.lose_link();
            } else {
                inbox.lose_channel();
            }
            assert!(!duplicate(&mut inbox, 2), "{by_hand} {link}");
        }
    }
}

#[test]
fn what_could_not_be_settled_returns_as_no_duplicate() {
    for (by_hand, which) in
        [(true, Tags::List(vec![1])), (false, Tags::List(vec![1])), (false, Tags::UpTo(1))]
    {
        let mut inbox = Inbox::default();
        inbox.set_by_hand(by_hand);
        assert!(!duplicate(&mut inbox, 1));
        inbox.settle(1, Outcome::Ack);
        assert!(inbox.take_settle().is_some());
        inbox.stale(&which);
        assert!(!duplicate(&mut inbox, 2), "{by_hand} {which:?}");
        assert!(duplicate(&mut inbox, 3));
    }
}

#[test]
fn one_that_comes_back_again_and_again_is_remembered_all_the_same() {
    let mut inbox = Inbox::default();
    inbox.set_by_hand(true);
    let ids = warren_frontend::receive::inbox::MAX_SEEN_IDS as u64;
    assert!(!duplicate(&mut inbox, 1));
    inbox.settle(1, Outcome::Requeue);
    // The first name's place is the oldest, and goes; the second is the newest.
    inbox.set_by_hand(false);
    let others = (2..=ids).map(|tag| delivery(tag, text(""), Some(&format!("other {tag}"))));
    inbox.receive(others.collect(), 0.0);
    assert!(!duplicate(&mut inbox, ids + 1));
    assert!(duplicate(&mut inbox, ids + 2));
}
