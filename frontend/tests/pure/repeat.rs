//! A message sent many times: when, how many, how it is counted, and what a reload says.

use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::mode::Choices,
    send::{
        draft::Prepared,
        outbox::{MAX_WAITING, MAX_WAITING_BYTES, Snapshot},
        repeat::{MAX_FAILED, MAX_TOTAL, Mistake, Plan, PlanForm, Progress, Repeat},
        run::{CATCH_UP_MS, MAX_BATCH, Phase, ended},
        saved::SavedMessages,
    },
    store::{Action, State},
    ui::language::Language,
};
use warren_protocol::{
    BrokerState, ClientMessage, FailReason, Failure, Publish, Rights, ServerMessage,
};

use crate::limits;

const FAST: Plan = Plan { total: 10, per_second: None, numbered: false };

fn steady(total: u64, per_second: u64) -> Plan {
    Plan { total, per_second: Some(per_second), numbered: false }
}

fn repeat(plan: Plan) -> Repeat {
    Repeat::new(Prepared::text("x".to_owned()), None, plan, 0.0)
}

fn make(repeat: &mut Repeat, now_ms: f64) -> u64 {
    let due = repeat.due(now_ms);
    for _ in 0..due {
        repeat.next(String::new(), now_ms);
    }
    due
}

fn arrive(state: &mut State, message: ServerMessage, now_ms: f64) {
    let frame = Arrival { at_ms: now_ms, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(frame)), now_ms);
}

/// A page that is connected, and repeats `text`.
fn repeating(text: &str, plan: Plan) -> State {
    let mut state = State::new(Choices::new());
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned(), "other".to_owned()],
        rights: Rights::ALL,
        limits: limits(2_000),
        receive_at_once: false,
    };
    arrive(&mut state, welcome, 0.0);
    arrive(&mut state, ServerMessage::Broker(BrokerState::UP), 0.0);
    state.apply(Action::StartRepeat(Prepared::text(text.to_owned()), plan), 0.0);
    state
}

/// Hands in what is due, and takes what would be written.
fn turn(state: &mut State, now_ms: f64) -> Vec<Publish> {
    let mut number = 0;
    state.make(now_ms, &mut || {
        number += 1;
        format!("{now_ms}-{number}")
    });
    let mut written = Vec::new();
    while let Some(message) = state.outgoing(now_ms) {
        if let ClientMessage::Publish { messages } = message {
            written.extend(messages);
        }
    }
    written
}

fn answer(state: &mut State, confirmed: Vec<u64>, failed: Vec<u64>, now_ms: f64) {
    let failure = |id| Failure { id, reason: FailReason::Returned, detail: None, retry: true };
    let failed = failed.into_iter().map(failure).collect();
    arrive(state, ServerMessage::Published { confirmed, failed }, now_ms);
}

fn ids(messages: &[Publish]) -> Vec<u64> {
    messages.iter().map(|publish| publish.id).collect()
}

fn progress(state: &State) -> Progress {
    state.repeat_progress().unwrap()
}

#[test]
fn what_is_typed_is_checked() {
    let typed = |total: &str, steady, per_second: &str| {
        PlanForm {
            total: total.to_owned(),
            steady,
            per_second: per_second.to_owned(),
            numbered: true,
        }
        .check(Language::English)
    };
    let plan = |total, per_second| Ok(Plan { total, per_second, numbered: true });
    assert_eq!(typed("1", false, "?"), plan(1, None), "the other rate does not matter");
    assert_eq!(typed(" 1000000 ", true, "1"), plan(MAX_TOTAL, Some(1)));
    for wrong in ["", "0", "-1", "1.5", "1e3", "1000001", "99999999999999999999"] {
        let words = "A whole number from 1 to 1,000,000".to_owned();
        assert_eq!(typed(wrong, false, ""), Err(Mistake::Total(words)));
    }
    let words = "A whole number from 1 to 100,000".to_owned();
    assert_eq!(typed("5", true, "0"), Err(Mistake::PerSecond(words)));
    assert!(PlanForm::default().check(Language::English).is_ok());
}

#[test]
fn as_fast_as_possible_all_are_due_in_batches() {
    let mut run = repeat(Plan { total: MAX_BATCH + 5, ..FAST });
    assert_eq!(make(&mut run, 0.0), MAX_BATCH);
    assert_eq!(run.wait_ms(0.0), Some(0.0));
    assert_eq!(make(&mut run, 0.0), 5);
    assert_eq!(make(&mut run, 1e9), 0);
    assert_eq!(run.wait_ms(0.0), None);
}

#[test]
fn a_steady_rate_starts_at_once_keeps_its_beat_and_catches_up_after_a_late_timer() {
    let mut run = repeat(steady(1_000, 10));
    assert_eq!(make(&mut run, 0.0), 1);
    assert_eq!(run.wait_ms(0.0), Some(100.0));
    assert_eq!(make(&mut run, 99.0), 0);
    assert_eq!(make(&mut run, 101.0), 1);
    assert_eq!(run.wait_ms(101.0), Some(99.0));
    assert_eq!(make(&mut run, 1_101.0), 10);
    let made: u64 = (0..100).map(|beat| make(&mut run, 1_200.0 + f64::from(beat) * 17.0)).sum();
    assert_eq!(made, 17);
}

#[test]
fn a_long_sleep_is_not_made_up_for_and_a_changed_clock_does_no_harm() {
    let mut run = repeat(steady(1_000_000, 10));
    make(&mut run, 0.0);
    assert_eq!(make(&mut run, 3_600_000.0), (CATCH_UP_MS / 100.0) as u64 + 1);
    // Set back by an hour: goes on at once, at the same rate.
    assert_eq!(make(&mut run, 1_000.0), 1);
    assert_eq!(make(&mut run, 1_100.0), 1);
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300, 1e300] {
        make(&mut run, odd);
        let _ = run.wait_ms(odd);
    }
    make(&mut run, 2_000.0);
    assert_eq!(make(&mut run, 2_100.0), 1);
}

#[test]
fn every_number_in_the_body_is_replaced_where_wanted_and_names_are_new() {
    let mut plain = repeating("{n} of {n}", Plan { total: 2, ..FAST });
    let bodies = |messages: &[Publish]| -> Vec<String> {
        messages.iter().map(|message| message.body.as_text().unwrap().to_owned()).collect()
    };
    assert_eq!(bodies(&turn(&mut plain, 0.0)), ["{n} of {n}", "{n} of {n}"]);

    let plan = Plan { total: 3, numbered: true, ..FAST };
    let mut numbered = repeating("{n} of {{n}}", plan);
    let messages = turn(&mut numbered, 0.0);
    assert_eq!(bodies(&messages), ["1 of {n}", "2 of {n}", "3 of {n}"]);
    let names: Vec<_> =
        messages.iter().filter_map(|message| message.properties.message_id.as_deref()).collect();
    assert_eq!(names, ["0-1", "0-2", "0-3"]);
    assert!(messages.iter().all(|message| message.properties.persistent == Some(true)));
}

#[test]
fn a_sending_waits_for_confirms_and_leaves_room_for_messages_sent_by_hand() {
    let mut state = repeating("x", Plan { total: MAX_TOTAL, ..FAST });
    let mut in_flight = Vec::new();
    for _ in 0..20 {
        in_flight.extend(turn(&mut state, 0.0));
    }
    assert_eq!(in_flight.len(), 2_000);
    assert_eq!(state.outbox.waiting().0, MAX_WAITING);
    assert_eq!(progress(&state).run.made, MAX_WAITING as u64);
    let message = Prepared::text("by hand".to_owned());
    state.apply(Action::Send { message, message_id: String::new() }, 0.0);
    assert_eq!(state.refusal, None);
    answer(&mut state, ids(&in_flight[..1_000]), vec![], 5.0);
    assert_eq!(turn(&mut state, 5.0).len(), 1_000);
    assert_eq!(progress(&state).run.confirmed, 1_000);
    assert_eq!(progress(&state).run.made, MAX_WAITING as u64 + 999, "one place is taken by hand");
}

#[test]
fn large_messages_wait_by_bytes_and_are_never_refused() {
    let large = format!("{}{{n}}", "x".repeat(1_000_000));
    let plan = Plan { total: MAX_TOTAL, per_second: None, numbered: true };
    let mut state = repeating(&large, plan);
    for _ in 0..3 {
        state.make(0.0, &mut String::new);
        assert_eq!(state.refusal, None);
    }
    assert_eq!(progress(&state).run.made, (MAX_WAITING_BYTES / 1_000_007) as u64);
}

#[test]
fn a_body_that_is_too_large_does_not_fail_a_thousand_times() {
    let mut state = repeating(&"x".repeat(1024 * 1024 + 1), Plan { total: MAX_TOTAL, ..FAST });
    state.make(0.0, &mut String::new);
    assert_eq!((progress(&state).run.made, progress(&state).run.failed), (MAX_FAILED, MAX_FAILED));
}

#[test]
fn confirms_and_failures_are_counted_for_this_run_alone() {
    let mut state = repeating("x", FAST);
    let message = Prepared::text("by hand".to_owned());
    state.apply(Action::Send { message, message_id: String::new() }, 0.0);
    let written = turn(&mut state, 0.0);
    assert_eq!(written.len(), 11);
    assert_eq!(written[0].properties.message_id.as_deref(), Some(""), "by hand came first");
    answer(&mut state, ids(&written[..6]), ids(&written[6..]), 2_000.0);
    let done = progress(&state);
    assert_eq!((done.run.confirmed, done.run.failed, done.run.made), (5, 5, 10));
    assert_eq!(done.run.phase, Phase::Ended { ms: 2_000.0 });
    assert_eq!(done.per_second, 3);
    // A failed one that is sent again counts as what becomes of it in the end.
    let key = state.outbox.rows()[0].key;
    state.apply(Action::SendAgain { key, message_id: String::new() }, 2_000.0);
    let again = turn(&mut state, 2_000.0);
    answer(&mut state, ids(&again), vec![], 2_100.0);
    assert_eq!((progress(&state).run.confirmed, progress(&state).run.failed), (6, 4));

    // The next run starts at 0, whatever is left of this one.
    state.apply(Action::StartRepeat(Prepared::text("y".to_owned()), FAST), 3_000.0);
    let key = state.outbox.rows()[1].key;
    state.apply(Action::SendAgain { key, message_id: String::new() }, 3_000.0);
    let next = turn(&mut state, 3_000.0);
    assert_eq!(next.len(), 11);
    answer(&mut state, ids(&next), vec![], 3_001.0);
    assert_eq!((progress(&state).run.confirmed, progress(&state).run.failed), (10, 0));
}

#[test]
fn a_second_start_does_not_begin_the_run_anew() {
    let mut state = repeating("x", steady(100, 2));
    let first = turn(&mut state, 0.0);
    state.apply(Action::StartRepeat(Prepared::text("y".to_owned()), steady(100, 2)), 1.0);
    answer(&mut state, ids(&first), vec![], 2.0);
    assert_eq!((progress(&state).run.made, progress(&state).run.confirmed), (1, 1));
    let next = turn(&mut state, 500.0);
    assert_eq!(next[0].body.as_text(), Some("x"));
    state.apply(Action::StopRepeat, 600.0);
    state.apply(Action::StartRepeat(Prepared::text("y".to_owned()), steady(100, 2)), 700.0);
    assert_eq!(turn(&mut state, 700.0)[0].body.as_text(), Some("y"));
}

#[test]
fn a_run_keeps_its_message_and_its_queue_whatever_the_form_holds_by_then() {
    let mut state = repeating("x {n}", Plan { numbered: true, ..steady(3, 2) });
    turn(&mut state, 0.0);
    // A saved message fills the form, is sent from there, and to another queue.
    let saved = SavedMessages::default();
    let saved = saved.save("a", false, Prepared::text("saved {n}".to_owned())).unwrap();
    let draft = saved.get("a").unwrap().draft(Language::English);
    let message = draft.check(None, true, Language::English).unwrap();
    state.apply(Action::SendTo("other".to_owned()), 100.0);
    state.apply(Action::Send { message, message_id: "by hand".to_owned() }, 100.0);
    let sent = turn(&mut state, 500.0);
    let sent: Vec<_> =
        sent.iter().map(|sent| (sent.body.as_text().unwrap(), sent.queue.as_deref())).collect();
    assert_eq!(sent, [("saved {n}", Some("other")), ("x 2", Some("hello"))]);
    assert_eq!(progress(&state).run.made, 2);
    assert_eq!(state.save_run(), "2 3");
}

#[test]
fn stop_makes_no_more_and_what_is_in_flight_is_waited_for() {
    let mut state = repeating("x", steady(100, 2));
    let first = turn(&mut state, 0.0);
    state.apply(Action::StopRepeat, 100.0);
    assert!(turn(&mut state, 10_000.0).is_empty());
    assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: true });
    assert!(!progress(&state).run.can_stop());
    assert_eq!(
        progress(&state).words(true, Language::English).as_deref(),
        Some("Stopped after 1 message; 1 is still being sent.")
    );
    answer(&mut state, ids(&first), vec![], 10_000.0);
    assert_eq!(
        progress(&state).words(true, Language::English).as_deref(),
        Some("Stopped after 1 message.")
    );
    assert_eq!(state.repeat.unwrap().save(), None, "nothing is left to tell after a reload");
}

#[test]
fn stop_withdraws_what_waits_even_where_all_is_made() {
    let mut state = repeating("x", Plan { total: MAX_BATCH, ..FAST });
    let lost = Event::Lost { why: Closed::default(), retry_at_ms: 0.0 };
    let first = turn(&mut state, 0.0);
    answer(&mut state, ids(&first[..10]), vec![], 1.0);
    let by_hand = Prepared::text("by hand".to_owned());
    let message_id = "by hand".to_owned();
    state.apply(Action::Send { message: by_hand, message_id }, 1.0);
    state.apply(Action::Connection(lost), 2.0);
    assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: false });
    assert!(progress(&state).run.can_stop());
    state.apply(Action::StopRepeat, 3.0);
    let stopped = progress(&state);
    assert_eq!((stopped.run.made, stopped.run.confirmed), (10, 10));
    assert_eq!(stopped.run.unsure, first.len() as u64 - 10);
    assert_eq!(stopped.run.phase, Phase::Ended { ms: 3.0 });
    let words = stopped.words(false, Language::English).unwrap();
    let (stopped, unsure) = words.split_once(". ").unwrap();
    assert_eq!(stopped, "Stopped after 10 messages");
    assert!(unsure.ends_with("they may be in their queues."), "{unsure}");
    // What was sent by hand waits on.
    assert_eq!(state.outbox.totals().queued, 1);
}

#[test]
fn a_run_outlives_the_link_and_sends_nothing_twice_under_another_name() {
    let mut state = repeating("x", FAST);
    let before = turn(&mut state, 0.0);
    answer(&mut state, ids(&before[..4]), vec![], 1.0);
    state.apply(Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms: 0.0 }), 2.0);
    assert!(turn(&mut state, 3.0).is_empty());
    assert!(progress(&state).words(false, Language::English).unwrap().starts_with("Waiting"));
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned()],
        rights: Rights::ALL,
        limits: limits(2_000),
        receive_at_once: false,
    };
    arrive(&mut state, welcome, 4.0);
    arrive(&mut state, ServerMessage::Broker(BrokerState::UP), 4.0);
    let after = turn(&mut state, 5.0);
    let names = |messages: &[Publish]| -> Vec<_> {
        messages.iter().map(|message| message.properties.message_id.clone()).collect()
    };
    assert_eq!(names(&after), names(&before[4..]));
    answer(&mut state, ids(&after), vec![], 6.0);
    assert_eq!(progress(&state).run.confirmed, 10);
    assert_eq!(progress(&state).words(true, Language::English).as_deref(), Some("Done in 0.0 s."));
}

#[test]
fn a_run_that_fails_stops_by_itself_and_says_so() {
    let mut state = repeating("x", Plan { total: MAX_TOTAL, ..FAST });
    let written = turn(&mut state, 0.0);
    answer(&mut state, vec![], ids(&written), 1.0);
    assert!(turn(&mut state, 2.0).is_empty());
    let stopped = progress(&state);
    assert!(stopped.run.failed >= MAX_FAILED);
    assert!(stopped.words(true, Language::English).unwrap().contains("too many failed"));
}

#[test]
fn the_speed_is_that_of_the_last_second() {
    let mut state = repeating("x", steady(1_000, 1_000));
    for tick in 0..40 {
        let now_ms = f64::from(tick) * 50.0;
        let written = turn(&mut state, now_ms);
        answer(&mut state, ids(&written), vec![], now_ms);
    }
    let done = progress(&state);
    assert_eq!((done.run.confirmed, done.run.phase), (1_000, Phase::Ended { ms: 1_000.0 }));
    assert_eq!(done.numbers(Language::English), "1,000 of 1,000 confirmed · 1,000 per second");
}

#[test]
fn a_reload_says_where_the_run_ended_and_reads_nothing_into_garbage() {
    let mut state = repeating("x", steady(2_000, 1));
    turn(&mut state, 0.0);
    let saved = state.repeat.unwrap().save().unwrap();
    let mut next = State::new(Choices::new());
    next.apply(Action::RestoreRepeat(saved), 0.0);
    assert!(
        next.notice.unwrap().words(Language::English).starts_with("The repeat ended at 1 of 2,000")
    );
    for garbage in ["", " ", "5", "5 5", "x 9", "-1 9", "1 2 3"] {
        assert_eq!(ended(garbage), None, "{garbage:?}");
    }
}

#[test]
fn the_list_is_drawn_at_once_for_a_few_changes_and_at_a_pace_for_many() {
    let mut state = repeating("x", Plan { total: 3_000, ..FAST });
    let mut shown = Snapshot::default();
    turn(&mut state, 0.0);
    assert_eq!(shown.refresh(&state.outbox, 1_000.0), None);
    assert_eq!(shown.rows().len(), 100);
    turn(&mut state, 0.0);
    assert_eq!(shown.refresh(&state.outbox, 1_100.0), Some(400.0));
    assert_eq!(shown.rows()[0].key, 999);
    assert_eq!(shown.refresh(&state.outbox, 1_500.0), None);
    assert_eq!(shown.rows()[0].key, 1_999);
    let before = shown.rows();
    assert_eq!(shown.refresh(&state.outbox, 1_501.0), None);
    assert!(std::rc::Rc::ptr_eq(&before, &shown.rows()), "nothing has changed");
    state.apply(Action::StopRepeat, 1_502.0);
    // It comes right behind a flood.
    let message = Prepared::text("by hand".to_owned());
    state.apply(Action::Send { message, message_id: String::new() }, 1_520.0);
    assert_eq!(shown.refresh(&state.outbox, 1_520.0), None);
    assert_eq!(shown.rows()[0].message.preview.line, "by hand");
    // A clock that was set back does not stop it.
    turn(&mut state, 1.0);
    assert_eq!(shown.refresh(&state.outbox, 1.0), None);
}
