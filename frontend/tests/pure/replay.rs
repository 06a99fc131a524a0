//! An exported file sent again: what is in it, what goes out, when, and where it stops.

use std::rc::Rc;

use proptest::prelude::*;
use warren_frontend::{
    connection::event::{Arrival, Event},
    receive::{export::Export, inbox::Inbox, mode::Choices},
    send::{
        replay::{Found, LineError, LineWrong, Lines, Pace, Plan, Progress, Stopped, Survey},
        run::Phase,
    },
    store::{Action, State},
    ui::{
        language::Language,
        viewport::Rows as _,
        visible::{MAX_NAME_CHARS, MAX_REASON_CHARS},
    },
};
use warren_protocol::{
    Body, BrokerState, ClientMessage, Delivery, FailReason, Failure, FieldTable, FieldValue,
    Properties, Publish, Rights, ServerMessage,
};

use crate::{
    delivery,
    headers_json::of_each_type,
    limits, text,
    watching::{delivered, published},
};

fn exported(inbox: &Inbox) -> String {
    let rows = inbox.rows(0..inbox.len());
    let mut export = Export::new(rows.into_iter().map(|row| row.message).collect());
    std::iter::from_fn(|| export.part(1_000)).collect()
}

pub(crate) fn export(queue: &str, deliveries: Vec<Delivery>, at_ms: f64) -> String {
    let mut inbox = Inbox::default();
    inbox.set_queue(queue);
    inbox.receive(deliveries, at_ms);
    exported(&inbox)
}

pub(crate) fn bodies(queue: &str, bodies: &[&str], at_ms: f64) -> String {
    export(queue, bodies.iter().map(|body| delivery(1, text(body), None)).collect(), at_ms)
}

pub(crate) fn found(file: &str) -> Found {
    let mut survey = Survey::default();
    file.as_bytes().chunks(7).for_each(|piece| survey.push(piece));
    survey.finish()
}

pub(crate) fn arrive(state: &mut State, message: ServerMessage, now_ms: f64) {
    let frame = Arrival { at_ms: now_ms, content: Ok(message) };
    state.apply(Action::Connection(Event::Arrived(frame)), now_ms);
}

/// The relay greets the page, and RabbitMQ is there.
pub(crate) fn welcome(state: &mut State, now_ms: f64) {
    let welcome = ServerMessage::Welcome {
        protocol: 1,
        relay: String::new(),
        queues: vec!["hello".to_owned(), "orders".to_owned()],
        rights: Rights::ALL,
        limits: limits(2_000),
        receive_at_once: false,
    };
    arrive(state, welcome, now_ms);
    arrive(state, ServerMessage::Broker(BrokerState::UP), now_ms);
}

/// A page that is connected, and starts to send `file` again.
pub(crate) fn replaying(file: &str, plan: Plan) -> State {
    let mut state = State::new(Choices::new());
    welcome(&mut state, 0.0);
    state.apply(Action::StartReplay(plan, Rc::new(found(file))), 0.0);
    state
}

/// Reads all of `file` that is wanted, from `at` on, and hands in what is due; gives what would be
/// written, and how long to wait.
pub(crate) fn turn(
    state: &mut State,
    file: &str,
    at: &mut usize,
    now_ms: f64,
) -> (Vec<Publish>, Option<f64>) {
    let (mut number, mut written) = (0, Vec::new());
    loop {
        let wait_ms = state.make_of_file(now_ms, &mut || {
            number += 1;
            format!("new-{now_ms}-{number}")
        });
        while let Some(message) = state.outgoing(now_ms) {
            if let ClientMessage::Publish { messages } = message {
                written.extend(messages);
            }
        }
        if !state.replay.as_ref().unwrap().wants_piece() {
            return (written, wait_ms);
        }
        let piece = &file.as_bytes()[*at..(*at + 1_000).min(file.len())];
        let action = if piece.is_empty() {
            Action::ReplayEnd { readable: true }
        } else {
            Action::ReplayPiece(piece.to_vec())
        };
        *at += piece.len();
        state.apply(action, now_ms);
    }
}

pub(crate) fn confirm(state: &mut State, sent: &[Publish], now_ms: f64) {
    let confirmed = sent.iter().map(|message| message.id).collect();
    arrive(state, ServerMessage::Published { confirmed, failed: vec![] }, now_ms);
}

pub(crate) fn fail(state: &mut State, id: u64, now_ms: f64) {
    let failure = Failure { id, reason: FailReason::Returned, detail: None, retry: true };
    arrive(state, ServerMessage::Published { confirmed: vec![], failed: vec![failure] }, now_ms);
}

pub(crate) fn progress(state: &State) -> Progress {
    state.replay_progress().unwrap()
}

/// Everything that a file sends, each message confirmed.
pub(crate) fn all_sent(file: &str, plan: Plan) -> (Vec<Publish>, Progress) {
    let (mut state, mut at, mut sent) = (replaying(file, plan), 0, Vec::new());
    for now in 0..10_000 {
        let (written, _) = turn(&mut state, file, &mut at, f64::from(now));
        confirm(&mut state, &written, f64::from(now));
        sent.extend(written);
        if matches!(progress(&state).run.phase, Phase::Ended { .. }) {
            break;
        }
    }
    (sent, progress(&state))
}

fn full() -> Properties {
    let text = |text: &str| Some(text.to_owned());
    Properties {
        content_type: text("text/plain; charset=utf-8"),
        content_encoding: text("gzip"),
        headers: Some(of_each_type()),
        persistent: Some(false),
        priority: Some(9),
        correlation_id: text("c"),
        reply_to: text("r"),
        expiration: text("60000"),
        message_id: text("m"),
        timestamp: Some(1_700_000_000),
        kind: text("order \u{2028}"),
        user_id: None,
        app_id: text("a"),
    }
}

#[test]
fn a_replayed_export_is_equal_to_the_original() {
    let mut deliveries = Vec::new();
    for number in 0..3_000_u32 {
        let body = match number % 4 {
            0 => Body::from(vec![0xff, number as u8, b'\n']),
            1 => text(""),
            2 => text("two\r\nlines \u{2028}\0\u{1f407}"),
            _ => text(&"long ".repeat(number as usize % 700)),
        };
        let properties = if number % 3 == 0 { full() } else { Properties::default() };
        deliveries.push(Delivery { properties, ..delivery(u64::from(number), body, None) });
    }
    let file = export("orders", deliveries.clone(), 0.0);
    let (sent, progress) = all_sent(&file, Plan::default());
    assert_eq!((sent.len(), progress.run.confirmed), (3_000, 3_000));
    for (sent, was) in sent.iter().zip(&deliveries) {
        assert_eq!((sent.queue.as_deref(), &sent.body), (Some("orders"), &was.body));
        let mut properties = sent.properties.clone();
        // A message without a name gets one, as every message that is sent.
        assert!(properties.message_id.is_some());
        if was.properties.message_id.is_none() {
            properties.message_id = None;
        }
        assert_eq!(properties, was.properties);
    }
}

#[test]
fn what_rabbitmq_wrote_on_the_way_is_left_out_and_named() {
    let mut properties = Properties { user_id: Some("guest".to_owned()), ..full() };
    let names = [
        "CC",
        "BCC",
        "x-death",
        "x-first-death-queue",
        "x-last-death-reason",
        "x-delivery-count",
        "x-acquired-count",
        "x-stream-offset",
    ];
    let headers = properties.headers.get_or_insert_default();
    headers.0.extend(names.map(|name| (name.to_owned(), FieldValue::LongLongInt(1))));
    let only = Properties {
        headers: Some(FieldTable([("CC".to_owned(), FieldValue::Void)].into())),
        message_id: Some("b".to_owned()),
        ..Properties::default()
    };
    let deliveries = [properties, only]
        .map(|properties| Delivery { properties, ..delivery(1, text("a"), None) });
    let file = export("orders", deliveries.into(), 0.0);
    let left_out: Vec<String> = found(&file).left_out.into_iter().collect();
    let mut wanted = names.map(str::to_owned).to_vec();
    wanted.push("user_id".to_owned());
    wanted.sort();
    assert_eq!(left_out, wanted);
    let (sent, _) = all_sent(&file, Plan::default());
    assert_eq!(sent[0].properties, full());
    assert_eq!(sent[1].properties, crate::named("b"));
}

#[test]
fn a_file_says_what_is_in_it_and_what_would_fail() {
    let mut file = String::from("\u{feff}");
    file += &bodies("orders", &["one", "three"], 5_000.0);
    file += "\r\n\n";
    file += &bodies("elsewhere", &["x"], 1_000.0);
    file += "{\"body\": {\"text\": \"bare\"}}";
    let found = found(&file);
    assert_eq!((found.messages, found.bytes, found.largest), (4, 13, 5));
    assert_eq!((found.wrong, found.delivered, found.timeless), (0, 0, 1));
    assert_eq!(found.times_ms, Some((1_000.0, 5_000.0)));
    let offered = ["orders".to_owned()];
    let unknown: Vec<_> =
        found.unknown(&offered).map(|(name, of)| (name, of.messages, of.first_line)).collect();
    assert_eq!(unknown, [("", 1, 6), ("elsewhere", 1, 5)]);
}

#[test]
fn the_first_mistake_is_said_with_its_line() {
    let good = bodies("orders", &["a"], 0.0);
    for (bad, wanted) in [
        ("{\"body\": {\"text\": \"a\"}", "line 2: it is not JSON, from character 23 on"),
        ("[]", "line 2: it is not a message"),
        ("{\"queue\": \"a\"}", "line 2: it is not a message: missing field `body`"),
        ("{\"body\": {\"base64\": \"?\"}}", "line 2: it is not a message: "),
        ("{\"kind\": \"other\", \"body\": {\"text\": \"\"}}", "unknown kind `other`"),
        (
            "{\"body\": {\"text\": \"\"}, \"properties\": {\"headers\": {\"a\": {\"$type\": \"int\"}}}}",
            "header type \"int\" is unknown",
        ),
    ] {
        let found = found(&format!("{good}{bad}\n{bad}\n{good}"));
        assert_eq!((found.messages, found.wrong), (2, 2), "{bad}");
        let words = found.first_wrong.unwrap().words(Language::English);
        assert!(words.contains(wanted), "{bad}: {words}");
    }
    let mut survey = Survey::default();
    survey.push(b"\xff\n");
    let wrong = survey.finish().first_wrong;
    assert_eq!(wrong, Some(LineError { line: 1, why: LineWrong::NotText }));
}

#[test]
fn a_body_of_which_only_the_size_is_there_is_refused_and_not_sent_empty() {
    let good = bodies("orders", &["a"], 0.0);
    let file = format!("{good}{{\"queue\": \"orders\", \"body\": {{\"bytes\": 5}}}}\n{good}");
    let found = found(&file);
    assert_eq!((found.messages, found.wrong), (2, 1));
    assert_eq!(
        found.first_wrong.unwrap().words(Language::English),
        "line 2: its body has only a size (bytes), not the content"
    );
    let (sent, progress) = all_sent(&file, Plan::default());
    assert_eq!(sent.len(), 1);
    assert!(matches!(progress.stopped, Some(Stopped::Line(LineError { line: 2, .. }))));
}

#[test]
fn a_queue_that_no_broker_can_have_is_a_mistake_of_its_line() {
    let line =
        |bytes| format!("{{\"queue\": \"{}\", \"body\": {{\"text\": \"\"}}}}", "q".repeat(bytes));
    assert_eq!(found(&line(255)).wrong, 0);
    assert_eq!(found(&line(256)).first_wrong.unwrap().why, LineWrong::LongQueue);
}

#[test]
fn names_and_reasons_of_the_file_are_cut() {
    let x = "x".repeat(100_000);
    for line in [
        format!("{{\"body\": {{\"{x}\": \"\"}}}}"),
        format!("{{\"kind\": \"{x}\", \"body\": {{\"text\": \"\"}}}}"),
        format!("\"{x}\""),
    ] {
        let found = found(&line);
        let LineWrong::NoMessage(why) = found.first_wrong.unwrap().why else {
            panic!("{line:.40}")
        };
        assert!(why.chars().count() <= MAX_REASON_CHARS + 1, "{}", why.len());
    }
    let stopped = Stopped::Queue { line: 1, queue: x };
    assert!(stopped.words(Language::English).chars().count() < MAX_NAME_CHARS + 100);
}

#[test]
fn a_line_without_end_is_not_kept() {
    let mut lines = Lines::new(10);
    let mut ended = Vec::new();
    for piece in ["a\n", "      ", "      ", "\nb"] {
        lines.push(piece.as_bytes());
        ended.extend(lines.by_ref());
    }
    lines.end();
    ended.extend(lines.by_ref());
    let ended: Vec<_> = ended.into_iter().map(|line| (line.number, line.bytes)).collect();
    assert_eq!(ended, [(1, Some(b"a".to_vec())), (2, None), (3, Some(b"b".to_vec()))]);
    assert!(lines.is_over());
}

#[test]
fn of_a_watch_only_what_was_published_is_sent() {
    let mut inbox = Inbox::default();
    inbox.set_queue("orders");
    inbox.observe(vec![published("a", Some("1")), delivered("a", Some("1"))], 0, 5.0);
    let file = exported(&inbox);
    let found = found(&file);
    assert_eq!((found.messages, found.delivered, found.timeless), (1, 1, 0));
    let (sent, progress) = all_sent(&file, Plan::default());
    assert_eq!((sent.len(), progress.run.total), (1, 1));
    assert_eq!(sent[0].properties.message_id.as_deref(), Some("1"));
}

#[test]
fn all_go_to_one_queue_and_under_new_names_where_that_is_wanted() {
    let message = Delivery { properties: full(), ..delivery(1, text("a"), None) };
    let file = export("elsewhere", vec![message], 0.0);
    let plan = Plan { queue: Some("hello".to_owned()), new_ids: true, ..Plan::default() };
    let (sent, _) = all_sent(&file, plan);
    assert_eq!(sent[0].queue.as_deref(), Some("hello"));
    let id = sent[0].properties.message_id.clone().unwrap();
    assert!(id.starts_with("new-"), "{id}");
    assert_eq!(Properties { message_id: full().message_id, ..sent[0].properties.clone() }, full());
}

#[test]
fn it_stops_at_what_cannot_be_sent_or_passes_it_over() {
    let file = [
        bodies("orders", &["a"], 0.0),
        bodies("elsewhere", &["b"], 0.0),
        "{}\n".to_owned(),
        bodies("hello", &["c"], 0.0),
    ]
    .concat();
    let (sent, progress) = all_sent(&file, Plan::default());
    assert_eq!(sent.len(), 1);
    assert_eq!(progress.stopped, Some(Stopped::Queue { line: 2, queue: "elsewhere".to_owned() }));
    let words = progress.words(true, Language::English).unwrap();
    assert_eq!(
        words,
        "Stopped at line 2: this page may not send to queue \"elsewhere\". 2 messages of the file were \
         not sent."
    );
    let to_one = Plan { queue: Some("hello".to_owned()), ..Plan::default() };
    let (sent, progress) = all_sent(&file, to_one);
    assert_eq!(sent.len(), 2);
    assert!(matches!(progress.stopped, Some(Stopped::Line(LineError { line: 3, .. }))));
    let (sent, progress) = all_sent(&file, Plan { goes_on: true, ..Plan::default() });
    assert_eq!((sent.len(), progress.passed_over, progress.stopped.clone()), (2, 2, None));
    assert_eq!(progress.numbers(Language::English), "2 of 3 confirmed · 2 lines skipped");
}

#[test]
fn a_failed_message_stops_it_or_is_counted() {
    let file = bodies("orders", &["a"; 100], 0.0);
    let plan = Plan { pace: Pace::PerSecond(10), ..Plan::default() };
    for goes_on in [false, true] {
        let plan = Plan { goes_on, ..plan.clone() };
        let (mut state, mut at) = (replaying(&file, plan), 0);
        let (written, _) = turn(&mut state, &file, &mut at, 0.0);
        assert_eq!(written.len(), 1);
        fail(&mut state, written[0].id, 1.0);
        let (written, _) = turn(&mut state, &file, &mut at, 1_000.0);
        assert_eq!(written.is_empty(), !goes_on);
        assert_eq!(progress(&state).run.failed, 1);
        assert_eq!(progress(&state).stopped, (!goes_on).then_some(Stopped::Failed));
    }
}

#[test]
fn it_keeps_the_pauses_or_a_rate() {
    let file = [
        bodies("orders", &["a"], 10_000.0),
        bodies("orders", &["b"], 10_250.0),
        bodies("orders", &["c"], 10_200.0),
    ]
    .concat();
    let original = Plan { pace: Pace::Original, ..Plan::default() };
    let (mut state, mut at) = (replaying(&file, original), 0);
    let (written, wait_ms) = turn(&mut state, &file, &mut at, 0.0);
    assert_eq!((written.len(), wait_ms), (1, Some(250.0)));
    assert_eq!(turn(&mut state, &file, &mut at, 249.0).0.len(), 0);
    // What is older than what came before it in the file goes at once.
    assert_eq!(turn(&mut state, &file, &mut at, 250.0).0.len(), 2);

    let rate = Plan { pace: Pace::PerSecond(2), ..Plan::default() };
    let (mut state, mut at) = (replaying(&file, rate), 0);
    let (written, wait_ms) = turn(&mut state, &file, &mut at, 0.0);
    assert_eq!((written.len(), wait_ms), (1, Some(500.0)));
    assert_eq!(turn(&mut state, &file, &mut at, 1_000.0).0.len(), 2);
}

#[test]
fn the_file_is_not_read_faster_than_it_is_confirmed() {
    let file = bodies("orders", &[&*"a".repeat(100); 20_000], 0.0);
    let (mut state, mut at) = (replaying(&file, Plan::default()), 0);
    let (written, _) = turn(&mut state, &file, &mut at, 0.0);
    assert_eq!(written.len(), 2_000);
    assert!(at < file.len() / 3, "{at} of {}", file.len());
    let before = at;
    assert_eq!(turn(&mut state, &file, &mut at, 1.0).0.len(), 0);
    assert_eq!(at, before, "no more is read while nothing is confirmed");
    state.apply(Action::StopReplay, 2.0);
    assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: true });
}

#[test]
fn a_reload_says_where_it_ended() {
    let file = bodies("orders", &["a"; 3], 0.0);
    let rate = Plan { pace: Pace::PerSecond(2), ..Plan::default() };
    let (mut state, mut at) = (replaying(&file, rate), 0);
    turn(&mut state, &file, &mut at, 0.0);
    let saved = state.save_run();
    let mut next = State::new(Choices::new());
    next.apply(Action::RestoreRepeat(saved), 0.0);
    let words = next.notice.unwrap().words(Language::English);
    assert!(words.starts_with("The replay ended at 1 of 3"), "{words}");
    state.apply(Action::StopReplay, 1.0);
    assert_eq!(state.save_run(), "");
}

#[test]
fn a_file_that_can_no_longer_be_read_ends_it() {
    let file = bodies("orders", &["a"], 0.0);
    let mut state = replaying(&file, Plan::default());
    state.apply(Action::ReplayEnd { readable: false }, 1.0);
    assert_eq!(progress(&state).stopped, Some(Stopped::File));
    assert!(matches!(progress(&state).run.phase, Phase::Ended { .. }));
}

proptest! {
    #[test]
    fn no_file_makes_it_panic_and_pieces_do_not_matter(
        lines in prop::collection::vec("[ -~]{0,40}|\\{\"body\": \\{\"text\": \"x{0,9}\"\\}\\}", 0..8),
        cut in 1_usize..20,
    ) {
        let file = lines.join("\n");
        let mut survey = Survey::default();
        file.as_bytes().chunks(cut).for_each(|piece| survey.push(piece));
        prop_assert_eq!(survey.finish(), found(&file));
    }
}
