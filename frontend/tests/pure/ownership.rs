//! Whose an outbox is, what is sent at once, and what is offered.

use proptest::prelude::*;
use warren_frontend::{
    send::{
        draft::Prepared,
        outbox::{
            Outbox, SendState, offer_words,
            ownership::{Claim, FRESH_MS, Offer, Taken, has_messages, id, keep, mark, take},
        },
    },
    store::{Action, State},
    ui::{language::Language, preview::weight},
};
use warren_protocol::{FailReason, Failure};

use crate::{limits, named, text};

const AT_MS: f64 = 1_790_000_000_000.0;
const RELOAD: Claim = Claim::Unknown { reload: true };
const OTHERWISE: Claim = Claim::Unknown { reload: false };

fn lines(bodies: &[&str]) -> String {
    let mut outbox = Outbox::default();
    for body in bodies {
        outbox.push(None, text(body), named(body), 0.0).unwrap();
    }
    outbox.save().lines
}

fn bodies(outbox: &mut Outbox) -> Vec<String> {
    outbox.set_limits(limits(100));
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    outbox.take(0.0).iter().map(|publish| text(publish.body.as_bytes())).collect()
}

fn at_once(lines: &str) -> Taken {
    Taken { lines: lines.to_owned(), offer: None }
}

fn offered(lines: &str, saved_ms: f64, unsure: bool) -> Taken {
    Taken { lines: String::new(), offer: Some(Offer::new(lines.to_owned(), saved_ms, unsure)) }
}

#[test]
fn what_another_tab_has_is_left_to_it() {
    let kept = keep("id", AT_MS, &lines(&["a"]), None);
    assert_eq!(take(&kept, Claim::Elsewhere, AT_MS), Taken::default());
}

#[test]
fn a_reload_sends_at_once_and_the_next_day_only_offers() {
    let lines = lines(&["a", "b"]);
    let kept = keep("id", AT_MS, &lines, None);
    for (claim, unsure) in [(Claim::Ours, false), (RELOAD, true)] {
        for ms in [-60_000.0, 0.0, FRESH_MS] {
            assert_eq!(take(&kept, claim, AT_MS + ms), at_once(&lines));
        }
        let later = take(&kept, claim, AT_MS + FRESH_MS + 1.0);
        assert_eq!(later, offered(&lines, AT_MS, unsure));
        assert_eq!(later.offer.unwrap().messages, 2);
    }
}

#[test]
fn without_locks_only_a_reload_sends_unasked() {
    let lines = lines(&["a"]);
    let kept = keep("id", AT_MS, &lines, None);
    assert_eq!(take(&kept, OTHERWISE, AT_MS), offered(&lines, AT_MS, true));
}

#[test]
fn what_is_offered_stays_so_beside_what_is_new_whatever_is_reloaded() {
    let (old, new) = (lines(&["old"]), lines(&["new"]));
    let offer = Offer::new(old.clone(), AT_MS - 1.0, false);
    let kept = keep("id", AT_MS, &new, Some(&offer));
    let taken = take(&kept, Claim::Ours, AT_MS);
    assert_eq!(taken, Taken { lines: new.clone(), offer: Some(offer.clone()) });
    // The next day all of it is offered, with the older time.
    let both = take(&kept, Claim::Ours, AT_MS + 1e8).offer.unwrap();
    assert_eq!((both.messages, both.saved_ms), (2, AT_MS - 1.0));
    assert_eq!(both.lines(), format!("{new}{old}"));
    // Kept and taken again it is the same.
    let again = keep("id", AT_MS + 1e8, "", Some(&both));
    assert_eq!(take(&again, Claim::Ours, AT_MS + 1e8).offer, Some(both));
}

#[test]
fn failed_messages_are_shown_again_at_any_time_since_nothing_is_sent() {
    let mut outbox = Outbox::default();
    outbox.set_limits(limits(10));
    outbox.push(None, text("a"), named("a"), 0.0).unwrap();
    let sent = outbox.take(0.0)[0].id;
    let failure = Failure { id: sent, reason: FailReason::Nacked, detail: None, retry: true };
    outbox.published(&[], vec![failure], 0.0);
    let lines = outbox.save().lines;
    let kept = keep("id", AT_MS, &lines, None);
    assert_eq!(take(&kept, OTHERWISE, AT_MS + 1e9), at_once(&lines));
}

#[test]
fn what_is_kept_names_its_outbox() {
    let kept = keep("id", AT_MS, &lines(&["a"]), None);
    assert_eq!(id(&kept), Some("id"));
    assert!(has_messages(&kept));
    assert_eq!(mark(&kept), "id 1790000000000");
    let empty = keep("id", AT_MS, "", None);
    assert!(!has_messages(&empty) && id(&empty) == Some("id"));
    assert_eq!((id(""), has_messages("")), (None, false));
    // As it was kept before there were ids: nobody knows how old it is.
    let old = lines(&["a"]);
    assert_eq!(id(&old), None);
    assert_eq!(take(&old, Claim::Ours, AT_MS), offered(&old, 0.0, false));
}

#[test]
fn nothing_goes_out_before_it_is_known_whose_it_is_and_older_messages_go_first() {
    let mut outbox = Outbox::default();
    outbox.hold(true);
    outbox.push(None, text("new"), named("new"), 0.0).unwrap();
    assert_eq!(bodies(&mut outbox), [""; 0]);
    assert_eq!(outbox.restore(&lines(&["a", "b"])), "");
    outbox.push(None, text("newer"), named("newer"), 0.0).unwrap();
    outbox.hold(false);
    assert_eq!(bodies(&mut outbox), ["a", "b", "new", "newer"]);
    // After a lost link in the same order, and each once.
    outbox.link_lost();
    assert_eq!(bodies(&mut outbox), ["a", "b", "new", "newer"]);
    let rows: Vec<u64> = outbox.rows().iter().map(|row| row.key).collect();
    assert!(rows.is_sorted_by(|a, b| a > b), "{rows:?}");
}

#[test]
fn what_is_given_away_is_gone_and_what_is_confirmed_stays() {
    let mut outbox = Outbox::default();
    outbox.set_limits(limits(10));
    for body in ["confirmed", "failed", "in flight"] {
        outbox.push(None, text(body), named(body), 0.0).unwrap();
    }
    let ids: Vec<u64> = outbox.take(0.0).iter().map(|publish| publish.id).collect();
    let failure = Failure { id: ids[1], reason: FailReason::Nacked, detail: None, retry: true };
    outbox.published(&ids[..1], vec![failure], 0.0);
    outbox.push(None, text("queued"), named("queued"), 0.0).unwrap();
    outbox.give_away();
    let states: Vec<SendState> = outbox.rows().into_iter().map(|row| row.state).collect();
    assert_eq!(states, [SendState::Confirmed { ms: 0 }]);
    let confirmed = weight(&text("confirmed"), &named("confirmed"));
    assert_eq!(outbox.unconfirmed(), (0, confirmed));
    assert_eq!(bodies(&mut outbox), [""; 0]);
}

#[test]
fn an_offer_is_sent_or_forgotten_as_the_user_says() {
    let offer = || Action::Offer(Offer::new(lines(&["a", "b"]), AT_MS, false));
    let mut state = State::default();
    state.apply(offer(), AT_MS);
    assert_eq!(state.offered.as_ref().unwrap().messages, 2);
    assert_eq!(state.outbox.totals().queued, 0);
    state.apply(Action::DiscardOffered, AT_MS);
    state.apply(Action::SendOffered, AT_MS);
    assert_eq!(state.outbox.totals().queued, 0);

    state.apply(offer(), AT_MS);
    state.apply(offer(), AT_MS);
    let message = Prepared::text("new".to_owned());
    state.apply(Action::Send { message, message_id: "new".to_owned() }, AT_MS);
    state.apply(Action::SendOffered, AT_MS);
    assert_eq!(state.offered, None);
    assert_eq!(bodies(&mut state.outbox), ["a", "b", "a", "b", "new"]);
    state.apply(Action::GiveAway, AT_MS);
    assert_eq!(state.outbox.totals().queued, 0);
}

#[test]
fn what_has_no_room_stays_offered() {
    let mut state = State::default();
    state.apply(Action::Offer(Offer::new(lines(&["a"]), AT_MS, false)), AT_MS);
    for _ in 0..warren_frontend::send::outbox::MAX_UNRESOLVED {
        state.outbox.push(None, text("x"), named("x"), 0.0).unwrap();
    }
    state.apply(Action::SendOffered, AT_MS);
    let offer = state.offered.as_ref().unwrap();
    assert_eq!((offer.messages, offer.saved_ms), (1, AT_MS));
    // And what is offered is kept within the same bound as all.
    let most = state.outbox.save_within(1_000);
    assert!(most.lines.len() <= 1_000 && most.left_out > 0);
}

#[test]
fn the_offer_says_how_many_from_when_in_both_languages() {
    let words = offer_words(Language::English, 3, Some("24/11/2026, 17:03:00"), false);
    assert_eq!(words.text, "3 messages of 24/11/2026, 17:03:00 in this tab were not confirmed.");
    assert_eq!((words.send, words.discard), ("Send them", "Discard"));
    let words = offer_words(Language::English, 1, None, true);
    assert_eq!(
        words.text,
        "1 message in this tab was not confirmed. If this tab was duplicated, the other one may \
         have sent it."
    );
    let words = offer_words(Language::Chinese, 1_000, Some("2026/11/24 17:03:00"), false);
    assert_eq!(words.text, "此标签页有 2026/11/24 17:03:00 的 1,000 条消息未被确认。");
}

proptest! {
    #[test]
    fn whatever_is_stored_nothing_is_sent_unasked_that_is_not_fresh(
        kept in "([a{} 0-9\":]{0,12}\n?){0,5}",
        now_ms in any::<f64>(),
    ) {
        for claim in [Claim::Ours, Claim::Elsewhere, RELOAD, OTHERWISE] {
            let taken = take(&kept, claim, now_ms);
            let mut outbox = Outbox::default();
            outbox.restore(&taken.lines);
            prop_assert_eq!(outbox.totals().queued, 0);
        }
        let _ = (id(&kept), mark(&kept), has_messages(&kept));
    }
}
