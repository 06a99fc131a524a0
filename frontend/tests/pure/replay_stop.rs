//! Where a replay starts and stops: what is held of the file, what a second Start does, what Stop takes
//! back, and what is said after a reload.

use std::rc::Rc;

use warren_frontend::{
    connection::event::{Closed, Event},
    receive::mode::Choices,
    send::{
        draft::Prepared,
        outbox::{MAX_WAITING_BYTES, SendState, Withdrawn},
        replay::{FEW_UNREAD_BYTES, Found, Pace, Plan, Progress, Stopped},
        run::Phase,
    },
    store::{Action, State},
    ui::language::Language,
};
use warren_protocol::{
    BrokerState, ClientMessage, FailReason, Failure, Publish, Rights, ServerMessage,
};

use crate::{
    limits,
    replay::{all_sent, arrive, bodies, confirm, fail, found, progress, replaying, turn, welcome},
};

const SLOWLY: Plan = Plan { queue: None, new_ids: false, pace: Pace::PerSecond(1), goes_on: false };

fn words(progress: &Progress) -> String {
    progress.words(true, Language::English).unwrap()
}

fn lose_link(state: &mut State, now_ms: f64) {
    let lost = Event::Lost { why: Closed::default(), retry_at_ms: now_ms };
    state.apply(Action::Connection(lost), now_ms);
}

fn written(state: &mut State, now_ms: f64) -> Vec<Publish> {
    let mut written = Vec::new();
    while let Some(message) = state.outgoing(now_ms) {
        if let ClientMessage::Publish { messages } = message {
            written.extend(messages);
        }
    }
    written
}

/// A page that has handed in all that it may of 10,000 messages, and what of it went out.
fn stopped_in_the_middle() -> (State, Vec<Publish>) {
    let file = bodies("orders", &["a"; 10_000], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    let mut sent = Vec::new();
    for _ in 0..10 {
        sent.extend(turn(&mut state, &file, &mut at, 0.0).0);
    }
    assert_eq!((sent.len(), state.outbox.waiting().0), (2_000, 4_000));
    state.apply(Action::StopReplay, 1.0);
    (state, sent)
}

#[test]
fn large_lines_are_not_read_ahead() {
    let line =
        |body: &str| format!("{{\"queue\": \"orders\", \"body\": {{\"text\": \"{body}\"}}}}\n");
    let size = 1024 * 1024;
    let file = line(&"x".repeat(size - 100)).repeat(60);
    let mut state = replaying("", Plan::default());
    state.apply(Action::CloseReplay, 0.0);
    let found = Found { messages: 60, ..Found::default() };
    state.apply(Action::StartReplay(Plan::default(), Rc::new(found)), 0.0);
    let mut at = 0;
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    assert!(!sent.is_empty());
    // What waits in the outbox, the next message, and less than a line beyond.
    let max = MAX_WAITING_BYTES + FEW_UNREAD_BYTES + 2 * size;
    assert!(at <= max, "{at} of {max}");
}

#[test]
fn large_headers_count_as_what_waits() {
    let headers = "x".repeat(20_000);
    let line = format!(
        "{{\"queue\": \"orders\", \"body\": {{\"text\": \"\"}}, \"properties\": {{\"headers\": \
         {{\"trace\": \"{headers}\"}}}}}}\n"
    );
    let file = line.repeat(3_000);
    let mut state = replaying("", Plan::default());
    state.apply(Action::CloseReplay, 0.0);
    let found = Found { messages: 3_000, ..Found::default() };
    state.apply(Action::StartReplay(Plan::default(), Rc::new(found)), 0.0);
    state.apply(Action::ReplayPiece(file.into_bytes()), 0.0);
    for _ in 0..10 {
        state.make_of_file(0.0, &mut String::new);
    }
    let made = progress(&state).run.made;
    assert!(made as usize * headers.len() <= MAX_WAITING_BYTES, "{made}");
    assert!(state.outbox.waiting().1 <= MAX_WAITING_BYTES);
}

#[test]
fn what_comes_of_the_file_after_stop_is_not_kept() {
    let file = bodies("orders", &["a"; 5], 0.0);
    let mut state = replaying(&file, SLOWLY);
    state.apply(Action::StopReplay, 0.0);
    state.apply(Action::ReplayPiece(file.into_bytes()), 0.0);
    let replay = state.replay.as_ref().unwrap();
    assert_eq!((replay.at(), replay.wants_piece()), (0, false));
}

#[test]
fn a_second_start_neither_starts_a_run_nor_begins_the_first_anew() {
    let file = bodies("orders", &["a"; 5], 0.0);
    let start = || Action::StartReplay(Plan::default(), Rc::new(found(&file)));
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    state.apply(Action::ReplayPiece(file.as_bytes()[..100].to_vec()), 0.0);
    at += 100;
    state.apply(start(), 0.0);
    assert_eq!(state.replay.as_ref().unwrap().at(), 100, "the next piece is the next");
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    assert_eq!(sent.len(), 5);
    // All are handed in, and then all are through.
    for now_ms in [1.0, 2.0] {
        state.apply(start(), now_ms);
        assert_eq!(turn(&mut state, &file, &mut 0, now_ms).0.len(), 0);
        assert_eq!(progress(&state).run.made, 5);
        confirm(&mut state, &sent, now_ms);
    }
    assert!(matches!(progress(&state).run.phase, Phase::Ended { .. }));
    // Once it is closed the file may be sent again.
    state.apply(Action::CloseReplay, 3.0);
    state.apply(start(), 3.0);
    assert_eq!(progress(&state).run.made, 0);
}

#[test]
fn nothing_starts_before_the_queues_are_known_or_without_the_right_to_send() {
    let file = bodies("orders", &["a"], 0.0);
    let start = || Action::StartReplay(Plan::default(), Rc::new(found(&file)));
    let mut state = State::new(Choices::new());
    state.apply(start(), 0.0);
    assert!(state.replay.is_none());
    welcome(&mut state, 0.0);
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["orders".to_owned()],
        rights: Rights { send: false, ..Rights::ALL },
        limits: limits(10),
        receive_at_once: false,
    };
    arrive(&mut state, welcome, 1.0);
    state.apply(start(), 1.0);
    assert!(state.replay.is_none());
}

#[test]
fn a_repeat_waits_until_the_last_message_of_a_replay_is_through() {
    let file = bodies("orders", &["a"], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    let repeat = || {
        let plan =
            warren_frontend::send::repeat::Plan { total: 1, per_second: None, numbered: false };
        Action::StartRepeat(Prepared::text("r".to_owned()), plan)
    };
    state.apply(repeat(), 1.0);
    assert!(state.repeat.is_none(), "the replay's message would not be counted any more");
    confirm(&mut state, &sent, 2.0);
    state.apply(repeat(), 3.0);
    assert!(state.repeat.is_some() && state.replay.is_none());
}

#[test]
fn stop_withdraws_what_waits_and_counts_what_is_on_the_wire() {
    let (mut state, sent) = stopped_in_the_middle();
    assert_eq!(state.outbox.totals().queued, 0);
    assert_eq!(words(&progress(&state)), "Stopped. 2,000 messages not confirmed yet.");
    assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: true });
    confirm(&mut state, &sent, 2.0);
    assert!(written(&mut state, 3.0).is_empty());
    assert_eq!((progress(&state).run.confirmed, progress(&state).run.made), (2_000, 2_000));
    assert_eq!(words(&progress(&state)), "Stopped. 8,000 messages of the file were not sent.");
    assert_eq!(state.outbox.save().lines, "", "a reload brings nothing of it back");
    assert_eq!(state.outbox.waiting(), (0, 0));
}

#[test]
fn stop_leaves_what_was_sent_by_hand() {
    let file = bodies("orders", &["a"; 10], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan { goes_on: true, ..SLOWLY }), 0);
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    fail(&mut state, sent[0].id, 1.0);
    lose_link(&mut state, 2.0);
    let key = state.outbox.rows()[0].key;
    state.apply(Action::SendAgain { key, message_id: String::new() }, 3.0);
    let message = Prepared::text("by hand".to_owned());
    state.apply(Action::Send { message, message_id: "m".to_owned() }, 3.0);
    turn(&mut state, &file, &mut at, 4_000.0);
    state.apply(Action::StopReplay, 4_000.0);
    welcome(&mut state, 5_000.0);
    let sent = written(&mut state, 5_000.0);
    let sent: Vec<_> = sent.iter().map(|message| message.body.as_text().unwrap()).collect();
    assert_eq!(sent, ["a", "by hand"]);
}

#[test]
fn what_was_on_its_way_when_the_link_was_lost_is_neither_sent_after_stop_nor_said_to_be_unsent() {
    // First the link, then Stop; and the other way round.
    for link_first in [true, false] {
        let file = bodies("orders", &["a"; 3], 0.0);
        let (mut state, mut at) =
            (replaying(&file, Plan { pace: Pace::PerSecond(1), ..SLOWLY }), 0);
        turn(&mut state, &file, &mut at, 0.0);
        if link_first {
            lose_link(&mut state, 1.0);
        }
        state.apply(Action::StopReplay, 2.0);
        if !link_first {
            assert_eq!(words(&progress(&state)), "Stopped. 1 message not confirmed yet.");
            lose_link(&mut state, 3.0);
        }
        welcome(&mut state, 4.0);
        assert!(written(&mut state, 4.0).is_empty());
        let progress = progress(&state);
        assert_eq!((progress.run.made, progress.run.unsure), (0, 1));
        assert!(matches!(progress.run.phase, Phase::Ended { .. }));
        assert_eq!(
            words(&progress),
            "Stopped. 2 messages of the file were not sent. 1 message was on its way when the \
             connection was lost: it may be in its queue."
        );
    }
}

#[test]
fn what_the_relay_could_not_publish_is_withdrawn_after_stop() {
    let file = bodies("orders", &["a"; 3], 0.0);
    for (reason, unsure) in [(FailReason::TooManyInFlight, 0), (FailReason::BrokerDown, 1)] {
        let (mut state, mut at) = (replaying(&file, SLOWLY), 0);
        let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
        state.apply(Action::StopReplay, 1.0);
        let failure = Failure { id: sent[0].id, reason, detail: None, retry: true };
        let answer = ServerMessage::Published { confirmed: vec![], failed: vec![failure] };
        arrive(&mut state, answer, 2.0);
        assert!(written(&mut state, 60_000.0).is_empty());
        assert_eq!(
            (progress(&state).run.made, progress(&state).run.unsure),
            (0, unsure),
            "{reason:?}"
        );
    }
}

#[test]
fn it_can_be_stopped_while_its_last_messages_wait_for_rabbitmq() {
    let file = bodies("orders", &["a"; 3], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    arrive(&mut state, ServerMessage::Broker(BrokerState::Connecting { detail: None }), 0.0);
    assert!(turn(&mut state, &file, &mut at, 0.0).0.is_empty());
    assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: false });
    assert!(progress(&state).run.can_stop());
    state.apply(Action::StopReplay, 1.0);
    assert!(!progress(&state).run.can_stop());
    arrive(&mut state, ServerMessage::Broker(BrokerState::UP), 2.0);
    assert!(written(&mut state, 2.0).is_empty());
    assert_eq!(words(&progress(&state)), "Stopped. 3 messages of the file were not sent.");
}

#[test]
fn a_failure_that_stops_it_withdraws_what_waits_as_well() {
    let file = bodies("orders", &["a"; 10_000], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    fail(&mut state, sent[0].id, 1.0);
    confirm(&mut state, &sent[1..], 2.0);
    assert!(written(&mut state, 3.0).is_empty());
    let progress = progress(&state);
    assert_eq!((progress.run.confirmed, progress.run.failed, progress.run.made), (1_999, 1, 2_000));
    assert_eq!(progress.stopped, Some(Stopped::Failed));
    assert!(words(&progress).ends_with("8,000 messages of the file were not sent."));
}

#[test]
fn what_comes_before_a_wrong_line_goes_out() {
    let file = bodies("orders", &["a"; 3_000], 0.0) + "oops\n";
    let (sent, progress) = all_sent(&file, Plan::default());
    assert_eq!((sent.len(), progress.run.confirmed, progress.run.made), (3_000, 3_000, 3_000));
    assert!(matches!(progress.stopped, Some(Stopped::Line(_))));
    assert!(
        words(&progress).starts_with("Stopped at line 3,001: ")
            || words(&progress).contains("3001")
    );
}

#[test]
fn stop_after_the_end_changes_nothing() {
    let file = bodies("orders", &["a"], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    let (sent, _) = turn(&mut state, &file, &mut at, 0.0);
    confirm(&mut state, &sent, 5.0);
    state.apply(Action::StopReplay, 6.0);
    assert_eq!(words(&progress(&state)), "Done in 0.0 s.");
}

#[test]
fn what_is_withdrawn_is_of_this_run_and_waits() {
    let mut outbox = warren_frontend::send::outbox::Outbox::default();
    outbox.set_limits(limits(1));
    outbox.start_run();
    for name in ["a", "b"] {
        outbox.push_of_run(None, crate::text(name), crate::named(name), 0.0).unwrap();
    }
    outbox.start_run();
    for name in ["c", "d"] {
        outbox.push_of_run(None, crate::text(name), crate::named(name), 0.0).unwrap();
    }
    outbox.push(None, crate::text("e"), crate::named("e"), 0.0).unwrap();
    assert_eq!(outbox.take(0.0).len(), 1);
    assert_eq!(outbox.withdraw_run(), Withdrawn { messages: 2, unsure: 0 });
    assert_eq!(outbox.withdraw_run(), Withdrawn::default());
    let left = outbox.rows().into_iter().rev();
    let left: Vec<_> = left
        .map(|row| (row.message.preview.line.clone(), row.state == SendState::Queued))
        .collect();
    assert_eq!(left, [("a".to_owned(), false), ("b".to_owned(), true), ("e".to_owned(), true)]);
}

#[test]
fn after_a_replay_was_stopped_and_closed_a_reload_says_nothing_of_it() {
    let file = bodies("orders", &["a"; 3], 0.0);
    let (mut state, mut at) = (replaying(&file, SLOWLY), 0);
    turn(&mut state, &file, &mut at, 0.0);
    assert_eq!(state.save_run(), "replay 1 3");
    state.apply(Action::StopReplay, 1.0);
    assert_eq!(state.save_run(), "");
    // Not nothing to keep, which would leave in place what was kept before.
    state.apply(Action::CloseReplay, 2.0);
    assert_eq!(state.save_run(), "");
    let mut next = State::new(Choices::new());
    next.apply(Action::RestoreRepeat(state.save_run()), 3.0);
    assert_eq!(next.notice, None);
}

#[test]
fn a_run_whose_messages_are_another_tab_s_is_over() {
    let file = bodies("orders", &["a"; 3], 0.0);
    let (mut state, mut at) = (replaying(&file, SLOWLY), 0);
    turn(&mut state, &file, &mut at, 0.0);
    state.apply(Action::GiveAway, 1.0);
    assert!(state.replay.is_none(), "its messages are not here to be counted");
    assert_eq!(state.outbox.waiting(), (0, 0));
}
