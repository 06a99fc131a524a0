//! Where a replay starts and stops: what is held of the file, what a second Start does, what Stop takes
//! back, and what is said after a reload.

use std::rc::Rc;

use warren_frontend::{
    send::{
        repeat::MAX_WAITING_BYTES,
        replay::{FEW_UNREAD_BYTES, Found, Pace, Plan},
    },
    store::Action,
};

use crate::replay::{bodies, progress, replaying, turn};

const SLOWLY: Plan = Plan { queue: None, new_ids: false, pace: Pace::PerSecond(1), goes_on: false };

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
    let made = progress(&state).made;
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
