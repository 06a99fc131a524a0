//! The window, the order, retries, bounds, and surviving a reload.

use warren_frontend::{
    send::{
        outbox::{
            BATCH_BYTES, FailDetail, MAX_CONFIRMED, MAX_FAILED, MAX_RESOLVED_BYTES,
            MAX_SAVED_BYTES, MAX_UNRESOLVED, MAX_UNRESOLVED_BYTES, Outbox, SendState,
        },
        status::{failure, refused},
    },
    ui::{language::Language, visible::MAX_REASON_CHARS},
};
use warren_protocol::{
    Body, ClientMessage, Detail, FailReason, Failure, FieldTable, FieldValue, Properties, Publish,
    WireMessage as _,
    limits::{MAX_IN_FLIGHT_BYTES, max_message_bytes},
};

use crate::{limits, named, text};

fn outbox(max_in_flight: usize, bodies: &[&str]) -> Outbox {
    let mut outbox = Outbox::default();
    outbox.set_limits(limits(max_in_flight));
    for body in bodies {
        push(&mut outbox, body);
    }
    outbox
}

fn push(outbox: &mut Outbox, body: &str) {
    let name: String = body.chars().take(10).collect();
    outbox.push(None, text(body), named(&name), 0.0).unwrap();
}

fn bodies(frame: &[Publish]) -> Vec<String> {
    let text = |publish: &Publish| String::from_utf8_lossy(publish.body.as_bytes()).into_owned();
    frame.iter().map(text).collect()
}

fn ids(frame: &[Publish]) -> Vec<u64> {
    frame.iter().map(|publish| publish.id).collect()
}

fn fail(id: u64, reason: FailReason, retry: bool) -> Vec<Failure> {
    vec![Failure { id, reason, detail: None, retry }]
}

fn states(outbox: &Outbox) -> Vec<SendState> {
    outbox.rows().into_iter().rev().map(|row| row.state).collect()
}

#[test]
fn nothing_goes_out_before_the_limits_are_known() {
    let mut outbox = Outbox::default();
    push(&mut outbox, "a");
    assert!(outbox.take(0.0).is_empty());
    outbox.set_limits(limits(10));
    assert_eq!(bodies(&outbox.take(0.0)), ["a"]);
}

#[test]
fn the_window_holds_back_what_is_too_many_and_order_is_kept() {
    let mut outbox = outbox(2, &["a", "b", "c"]);
    let first = outbox.take(0.0);
    assert_eq!(bodies(&first), ["a", "b"]);
    assert!(outbox.take(0.0).is_empty());
    outbox.published(&[first[1].id], vec![], 7.0);
    assert_eq!(bodies(&outbox.take(7.0)), ["c"]);
    assert_eq!(
        states(&outbox),
        [
            SendState::Sent { at_ms: 0.0 },
            SendState::Confirmed { ms: 7 },
            SendState::Sent { at_ms: 7.0 }
        ]
    );
}

#[test]
fn the_window_counts_bytes_too_but_one_message_always_fits() {
    let mut outbox = Outbox::default();
    let mut roomy = limits(10);
    (roomy.max_body_bytes, roomy.max_message_bytes) = (usize::MAX, usize::MAX);
    outbox.set_limits(roomy);
    for size in [MAX_IN_FLIGHT_BYTES + 1, 1] {
        let body = Body::from("x".repeat(size));
        outbox.push(None, body, Properties::default(), 0.0).unwrap();
    }
    let first = outbox.take(0.0);
    assert_eq!(first.len(), 1);
    assert!(outbox.take(0.0).is_empty());
    outbox.published(&ids(&first), vec![], 0.0);
    assert_eq!(outbox.take(0.0).len(), 1);
}

#[test]
fn a_frame_stays_small_and_a_large_message_gets_its_own() {
    let large = "x".repeat(BATCH_BYTES);
    let half = "y".repeat(BATCH_BYTES / 2);
    let mut outbox = outbox(100, &["a", &large, &half, &half, "b"]);
    let sizes: Vec<usize> =
        std::iter::from_fn(|| Some(outbox.take(0.0).len())).take_while(|size| *size > 0).collect();
    assert_eq!(sizes, [1, 1, 1, 2]);
}

#[test]
fn a_body_that_the_relay_would_close_over_fails_here_and_says_why() {
    let mut outbox = outbox(10, &[&"x".repeat(1024 * 1024 + 1), "small"]);
    assert_eq!(bodies(&outbox.take(0.0)), ["small"]);
    let rows = outbox.rows();
    let SendState::Failed { reason, detail } = &rows[1].state else {
        panic!("{:?}", rows[1].state);
    };
    assert_eq!(*reason, FailReason::TooLarge);
    assert_eq!(
        detail.as_ref().map(|detail| failure(*reason, Some(detail), Language::English)).unwrap(),
        "too large: the body has 1048577 bytes, at most 1048576 are allowed"
    );
}

/// All that goes out, message by message, with the bytes of each on the wire.
fn frames(outbox: &mut Outbox) -> Vec<(Vec<Publish>, usize)> {
    let mut frames = Vec::new();
    loop {
        let messages = outbox.take(0.0);
        if messages.is_empty() {
            return frames;
        }
        outbox.published(&ids(&messages), vec![], 0.0);
        let message = ClientMessage::Publish { messages: messages.clone() };
        frames.push((messages, message.into_binary().len()));
    }
}

#[test]
fn a_publish_is_never_larger_than_the_relay_reads_whatever_characters_are_in_it() {
    let max_body = 4 * 1024;
    let most = max_message_bytes(max_body);
    let mut outbox = Outbox::default();
    let mut small = limits(1_000);
    (small.max_body_bytes, small.max_message_bytes) = (max_body, most);
    outbox.set_limits(small);
    let body = "\u{1}".repeat(1_000);
    for _ in 0..300 {
        push(&mut outbox, &body);
    }
    let frames = frames(&mut outbox);
    assert_eq!(frames.iter().map(|(messages, _)| messages.len()).sum::<usize>(), 300);
    for (messages, bytes) in &frames {
        assert!(*bytes <= most, "{bytes} of {most}");
        assert!(bodies(messages).iter().all(|sent| *sent == body));
    }
    // What has room is still sent together.
    assert!(frames.len() <= 2, "{} frames", frames.len());
}

#[test]
fn a_message_that_is_too_large_with_its_headers_fails_here_and_says_why() {
    let mut outbox = Outbox::default();
    let mut narrow = limits(10);
    narrow.max_message_bytes = 2_000;
    outbox.set_limits(narrow);
    let headers = |bytes: usize| {
        let field = ("h".to_owned(), FieldValue::LongString(vec![b'x'; bytes]));
        Properties { headers: Some(FieldTable([field].into())), ..Properties::default() }
    };
    outbox.push(None, text("long"), headers(2_000), 0.0).unwrap();
    outbox.push(None, text("short"), headers(1_500), 0.0).unwrap();
    push(&mut outbox, &"\u{1}".repeat(1_300));
    let frames = frames(&mut outbox);
    assert!(frames.iter().all(|(_, bytes)| *bytes <= 2_000));
    let sent: Vec<String> = frames.iter().flat_map(|(messages, _)| bodies(messages)).collect();
    assert_eq!(sent, ["short", &"\u{1}".repeat(1_300)]);
    let rows = outbox.rows();
    let failed = rows.iter().find_map(|row| match &row.state {
        SendState::Failed { reason, detail } => Some((*reason, detail.clone().unwrap())),
        _ => None,
    });
    let (reason, detail) = failed.unwrap();
    assert_eq!(reason, FailReason::TooLarge);
    let detail = failure(reason, Some(&detail), Language::English);
    assert!(detail.contains("the relay reads at most 2,000"), "{detail}");
    assert!(detail.contains("max-message"), "{detail}");
}

#[test]
fn a_full_window_empties_by_half_before_it_is_filled_again() {
    let mut outbox = outbox(4, &["a", "b", "c", "d", "e", "f"]);
    let sent = outbox.take(0.0);
    assert_eq!(bodies(&sent), ["a", "b", "c", "d"]);
    outbox.published(&[sent[0].id], vec![], 0.0);
    assert_eq!(outbox.take(0.0), []);
    outbox.published(&[sent[1].id], vec![], 0.0);
    assert_eq!(bodies(&outbox.take(0.0)), ["e", "f"]);
    // A window that was not full has room for each.
    push(&mut outbox, "g");
    outbox.published(&[sent[2].id], vec![], 0.0);
    assert_eq!(bodies(&outbox.take(0.0)), ["g"]);
}

#[test]
fn after_a_lost_link_all_go_out_again_in_order_under_their_names_with_new_ids() {
    let mut outbox = outbox(10, &["a", "b", "c"]);
    let before = outbox.take(0.0);
    outbox.published(&[before[0].id], vec![], 0.0);
    outbox.link_lost();
    push(&mut outbox, "d");
    let after = outbox.take(1.0);
    assert_eq!(bodies(&after), ["b", "c", "d"]);
    assert!(after[0].id > before[2].id);
    assert!(ids(&after).is_sorted());
    assert_eq!(after[0].properties.message_id.as_deref(), Some("b"));
    // An answer to an id of the lost session means nothing any more.
    outbox.published(&[before[1].id], vec![], 2.0);
    assert_eq!(outbox.totals().in_flight, 3);
}

#[test]
fn without_the_broker_a_message_waits_and_goes_again_by_itself() {
    let mut outbox = outbox(10, &["a", "b"]);
    let first = outbox.take(0.0);
    outbox.published(&[], fail(first[0].id, FailReason::BrokerDown, true), 0.0);
    assert_eq!(outbox.totals().queued, 1);
    assert!(outbox.take(1.0).is_empty(), "not at once: the broker is away");
    outbox.broker_up();
    assert_eq!(bodies(&outbox.take(2.0)), ["a"]);
}

#[test]
fn too_many_in_flight_waits_for_a_confirm_or_a_second() {
    let mut outbox = outbox(10, &["a", "b"]);
    let first = outbox.take(0.0);
    outbox.published(&[], fail(first[1].id, FailReason::TooManyInFlight, true), 0.0);
    assert!(outbox.take(10.0).is_empty());
    outbox.published(&[first[0].id], vec![], 20.0);
    let again = outbox.take(30.0);
    assert_eq!(bodies(&again), ["b"]);
    // With nothing in flight no confirm will come: time must do.
    outbox.published(&[], fail(again[0].id, FailReason::TooManyInFlight, true), 40.0);
    assert!(outbox.take(50.0).is_empty());
    assert_eq!(bodies(&outbox.take(1_040.0)), ["b"]);
}

#[test]
fn other_failures_are_shown_and_sent_again_only_by_hand_with_the_same_name() {
    let mut outbox = outbox(10, &["a"]);
    let first = outbox.take(0.0);
    outbox.published(&[], fail(first[0].id, FailReason::Nacked, true), 0.0);
    assert!(outbox.take(10_000.0).is_empty());
    assert_eq!(outbox.totals().failed, 1);
    let key = outbox.rows()[0].key;
    outbox.send_again(key, "other".to_owned(), 10_000.0).unwrap();
    let again = outbox.take(10_000.0);
    assert_eq!(again[0].properties.message_id.as_deref(), Some("a"));
    assert_eq!(outbox.totals().failed, 0);
    // A confirmed one is sent as a new message.
    outbox.published(&ids(&again), vec![], 10_001.0);
    outbox.send_again(key, "other".to_owned(), 10_002.0).unwrap();
    let copy = outbox.take(10_002.0);
    assert_eq!(copy[0].properties.message_id.as_deref(), Some("other"));
    assert_eq!(bodies(&copy), ["a"]);
    assert_eq!(outbox.rows().len(), 2);
}

#[test]
fn unresolved_messages_are_never_dropped_but_refused_in_words() {
    let mut outbox = outbox(10, &[]);
    for _ in 0..MAX_UNRESOLVED {
        push(&mut outbox, "a");
    }
    let refusal = outbox.push(None, text("b"), Properties::default(), 0.0).unwrap_err();
    let refusal = refused(refusal, Language::English);
    assert!(refusal.starts_with("Not sent: 10,000 messages already wait"), "{refusal}");
    assert_eq!(outbox.totals().queued, MAX_UNRESOLVED);
    let first = outbox.take(0.0);
    outbox.published(&ids(&first), vec![], 0.0);
    push(&mut outbox, "b");
}

#[test]
fn unresolved_bytes_are_bounded_too() {
    let mut outbox = Outbox::default();
    let huge = Body::from("x".repeat(MAX_UNRESOLVED_BYTES + 1));
    outbox.push(None, huge, Properties::default(), 0.0).unwrap();
    let refusal = outbox.push(None, text("b"), Properties::default(), 0.0).unwrap_err();
    let refusal = refused(refusal, Language::English);
    assert!(refusal.starts_with("Not sent: 64 MiB"), "{refusal}");
}

#[test]
fn headers_count_as_bytes_that_wait_or_stay_in_the_list() {
    let headers = |bytes: usize| {
        let field = ("trace".to_owned(), FieldValue::LongString(vec![b'x'; bytes]));
        Properties { headers: Some(FieldTable([field].into())), ..Properties::default() }
    };
    let mut outbox = Outbox::default();
    outbox.push(None, text(""), headers(MAX_UNRESOLVED_BYTES), 0.0).unwrap();
    assert!(outbox.push(None, text(""), Properties::default(), 0.0).is_err());
    assert!(outbox.waiting().1 >= MAX_UNRESOLVED_BYTES);
    // It fails, since no relay reads so much; and it makes room for the next one that does.
    outbox.set_limits(limits(10));
    assert_eq!((outbox.waiting(), outbox.totals().failed), ((0, 0), 1));
    outbox.push(None, text(""), headers(MAX_RESOLVED_BYTES), 0.0).unwrap();
    assert_eq!((outbox.totals().failed, outbox.totals().forgotten), (1, 1));
}

#[test]
fn a_long_reason_is_cut() {
    let said = FailDetail::Said(Detail::broker_says("x".repeat(10_000)));
    let words = failure(FailReason::Refused, Some(&said), Language::English);
    assert!(words.chars().count() < MAX_REASON_CHARS + 100, "{}", words.len());
    assert!(words.ends_with('…'));
}

#[test]
fn the_list_keeps_the_last_confirmed_and_all_failed_within_bounds() {
    let mut outbox = outbox(MAX_UNRESOLVED, &["failed"]);
    let failed = outbox.take(0.0);
    outbox.published(&[], fail(failed[0].id, FailReason::Returned, true), 0.0);
    for round in 0..MAX_CONFIRMED + 50 {
        push(&mut outbox, &round.to_string());
        let frame = outbox.take(0.0);
        outbox.published(&ids(&frame), vec![], 0.0);
    }
    let rows = outbox.rows();
    assert_eq!(rows.len(), MAX_CONFIRMED + 1);
    assert_eq!(rows[0].message.preview.line, "149");
    assert_eq!(rows[MAX_CONFIRMED].message.preview.line, "failed");
    assert_eq!(outbox.totals().confirmed, 150);

    for _ in 0..MAX_FAILED {
        push(&mut outbox, "x");
        let frame = outbox.take(0.0);
        outbox.published(&[], fail(frame[0].id, FailReason::Returned, true), 0.0);
    }
    let totals = outbox.totals();
    assert_eq!((totals.failed, totals.forgotten), (MAX_FAILED, 1));
}

#[test]
fn a_reload_brings_unconfirmed_messages_back_in_order_with_their_names() {
    let mut outbox = outbox(2, &["failed", "confirmed", "in flight", "queued"]);
    let first = outbox.take(0.0);
    outbox.published(&[first[1].id], fail(first[0].id, FailReason::Returned, true), 0.0);
    outbox.take(0.0);
    let saved = outbox.save();
    assert_eq!(saved.left_out, 0);

    let mut restored = Outbox::default();
    restored.restore(&saved.lines);
    restored.set_limits(limits(10));
    assert_eq!(restored.totals().failed, 1);
    let frame = restored.take(0.0);
    assert_eq!(bodies(&frame), ["in flight", "queued"]);
    assert_eq!(frame[0].properties.message_id.as_deref(), Some("in flight"));
    assert_eq!(restored.save().lines, saved.lines);
}

#[test]
fn what_a_reload_would_lose_is_counted() {
    let large = "x".repeat(1024 * 1024);
    let outbox = outbox(10, &[&large, &large, &large, &large, "small"]);
    let saved = outbox.save();
    assert_eq!(saved.left_out, 1);
    assert!(saved.lines.len() <= MAX_SAVED_BYTES);
    let mut restored = Outbox::default();
    restored.restore(&saved.lines);
    assert_eq!(restored.totals().queued, 4);
}

#[test]
fn what_cannot_be_read_is_passed_over() {
    let mut outbox = Outbox::default();
    let good = r#"{"body":{"text":"good"},"at_ms":1}"#;
    outbox.restore(&format!(
        "{{\n[]\nnull\n\u{0}\n{good}\n{{\"body\":{{\"base64\":\"?\"}},\"at_ms\":1}}"
    ));
    assert_eq!(outbox.totals().queued, 1);
    assert_eq!(outbox.rows()[0].message.preview.line, "good");
}
