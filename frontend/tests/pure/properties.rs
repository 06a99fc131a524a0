//! What must hold whatever happens, in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;
use warren_frontend::{
    connection::event::{Arrival, Closed, Event},
    receive::{
        mode::{Choices, Mode},
        selection::Select,
    },
    send::{
        draft::Prepared,
        outbox::{Outbox, SendState},
        repeat::{Plan, Progress},
    },
    store::{Action, State},
    ui::{
        language::Language,
        preview::{MAX_CHARS, Preview},
        viewport::Rows as _,
    },
};
use warren_protocol::{
    AckMode, Body, BrokerState, ClientMessage, Detail, FailReason, Failure, Limits, Observed,
    Outcome, ReceiveMode, Rights, ServerMessage, StopReason, StreamFrom, Tags, WireMessage as _,
};

use crate::{
    delivery, text,
    watching::{delivered, published},
};

fn reason() -> impl Strategy<Value = FailReason> {
    prop::sample::select(vec![
        FailReason::Returned,
        FailReason::TooLarge,
        FailReason::TooManyInFlight,
        FailReason::BrokerDown,
    ])
}

fn message() -> impl Strategy<Value = ServerMessage> {
    let small = 0..6usize;
    let limits = (small.clone(), small).prop_map(|(max_body_bytes, max_in_flight)| Limits {
        max_body_bytes,
        max_in_flight,
        max_prefetch: 1,
        max_batch: 2,
        max_message_bytes: 1024 * 1024,
    });
    let failure = (0..30u64, reason(), any::<bool>()).prop_map(|(id, reason, retry)| Failure {
        id,
        reason,
        detail: None,
        retry,
    });
    prop_oneof![
        6 => (prop::collection::vec(".{0,3}", 0..3), limits).prop_map(|(queues, limits)| {
            let (relay, rights) = (String::new(), Rights::ALL);
            ServerMessage::Welcome { protocol: 1, relay, queues, rights, limits, receive_at_once: true }
        }),
        3 => Just(ServerMessage::Broker(BrokerState::UP)),
        1 => any::<Option<u64>>().prop_map(|retry_in_ms| ServerMessage::Broker(
            BrokerState::Down { detail: None, retry_in_ms },
        )),
        4 => (prop::collection::vec(0..30u64, 0..4), prop::collection::vec(failure, 0..3))
            .prop_map(|(confirmed, failed)| ServerMessage::Published { confirmed, failed }),
        3 => prop::collection::vec((any::<u64>(), ".{0,5}", prop::option::of("[ab]")), 1..4)
            .prop_map(|messages| ServerMessage::Deliveries {
                messages: messages
                    .iter()
                    .map(|(tag, body, id)| delivery(*tag, text(body), id.as_deref()))
                    .collect(),
            }),
        2 => (prop::collection::vec((any::<bool>(), any::<u64>(), prop::option::of("[ab]")), 0..4), 0..3u64)
            .prop_map(|(events, missed)| ServerMessage::Observed {
                events: events.into_iter().map(|(out, at_ms, id)| {
                    let event = if out { delivered("a", id.as_deref()) } else { published("a", id.as_deref()) };
                    Observed { at_ms, ..event }
                }).collect(),
                missed,
            }),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(looks, stream)| {
            let mode = if looks { ReceiveMode::Look } else { ReceiveMode::Take };
            let (queue, ack) = (String::new(), AckMode::Auto);
            ServerMessage::Receiving { mode, queue, ack, prefetch: 0, stream }
        }),
        1 => Just(ServerMessage::Watching { queue: String::new() }),
        1 => any::<u64>().prop_map(|seconds| ServerMessage::Stopped {
            reason: StopReason::Paused,
            detail: Some(Detail::LookOver { seconds }),
        }),
        1 => Just(ServerMessage::Stopped { reason: StopReason::NotTraced, detail: None }),
        1 => Just(ServerMessage::Stopped { reason: StopReason::Paused, detail: None }),
        1 => Just(ServerMessage::Stopped { reason: StopReason::BrokerDown, detail: None }),
        1 => any::<u64>().prop_map(|tag| ServerMessage::Stale { tags: Tags::UpTo(tag) }),
        1 => prop::collection::vec(any::<u64>(), 0..3)
            .prop_map(|tags| ServerMessage::Stale { tags: Tags::List(tags) }),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    (0..30u64, any::<Option<u64>>(), any::<bool>()).prop_map(|(total, per_second, numbered)| Plan {
        total,
        per_second,
        numbered,
    })
}

fn action() -> impl Strategy<Value = Action> {
    let id = "[a-z]{4}";
    prop_oneof![
        4 => (".{0,8}", id).prop_map(|(text, message_id)| Action::Send {
            message: Prepared::text(text),
            message_id,
        }),
        1 => (".{0,3}(\\{n\\}){0,2}", plan())
            .prop_map(|(text, plan)| Action::StartRepeat(Prepared::text(text), plan)),
        1 => Just(Action::StopRepeat),
        1 => "[0-9]{0,3} ?[0-9]{0,3}".prop_map(Action::RestoreRepeat),
        1 => (0..10u64, id).prop_map(|(key, message_id)| Action::SendAgain { key, message_id }),
        1 => any::<bool>().prop_map(Action::SetPaused),
        3 => prop::sample::select(Mode::ALL.to_vec()).prop_map(Action::Choose),
        1 => Just(Action::LookAnyway),
        1 => any::<u64>().prop_map(|offset| Action::Begin(StreamFrom::Offset(offset))),
        1 => Just(Action::BeginAnywhere),
        1 => prop::sample::select(vec![AckMode::Auto, AckMode::Manual]).prop_map(Action::SetAck),
        1 => (0..20u64).prop_map(|number| Action::Settle { number, outcome: Outcome::Requeue }),
        1 => Just(Action::SettleAll),
        3 => (0..20u64, 0..4usize).prop_map(|(number, what)| {
            let all = [Select::Toggle(number), Select::Through(number), Select::All, Select::Nothing];
            Action::Select(all[what])
        }),
        1 => Just(Action::SettleSelected(Outcome::Ack)),
        1 => Just(Action::SendSelected),
        1 => "[ab]?".prop_map(Action::Filter),
        1 => ".{0,3}".prop_map(Action::SendTo),
        1 => ".{0,3}".prop_map(Action::ReceiveFrom),
        1 => Just(Action::Clear),
        1 => Just(Action::Tick),
        1 => ".{0,20}".prop_map(Action::Restore),
        1 => Just(Action::Connection(Event::Opened)),
        1 => Just(Action::Connection(Event::ReconnectNow)),
        1 => Just(Action::Connection(Event::Slept)),
        1 => Just(Action::Connection(Event::Unlock)),
        1 => any::<f64>().prop_map(|retry_at_ms| Action::Connection(Event::Lost { why: Closed::default(), retry_at_ms })),
        12 => (any::<f64>(), message())
            .prop_map(|(at_ms, message)| Action::Connection(Event::Arrived(Arrival { at_ms, content: Ok(message) }))),
        1 => Just(Action::Connection(Event::Arrived(Arrival { at_ms: 0.0, content: Err(String::new()) }))),
    ]
}

proptest! {
    /// No sequence of actions panics, and the counters stay true through all of them.
    #[test]
    fn nothing_that_happens_makes_the_page_panic_or_miscount(
        actions in prop::collection::vec((action(), any::<f64>()), 0..60),
    ) {
        let mut state = State::new(Choices::new());
        let mut received: u64 = 0;
        let mut last_id = 0;
        let mut tags = 1..;
        for (mut action, now_ms) in actions {
            // Before `welcome` nothing is received; with the link its tags go.
            let in_session = state.connection.session().is_some();
            match &mut action {
                Action::Connection(Event::Opened | Event::Lost { .. } | Event::Unlock) => tags = 1..,
                Action::Connection(Event::Arrived(Arrival {
                    content: Ok(ServerMessage::Deliveries { messages }),
                    ..
                })) if in_session => {
                    received += messages.len() as u64;
                    for (delivery, tag) in messages.iter_mut().zip(&mut tags) {
                        delivery.tag = tag;
                    }
                }
                _ => {}
            }
            state.apply(action, now_ms);
            state.make(now_ms, &mut || "made".to_owned());
            // What is selected is in the list.
            state.apply(Action::Search(usize::MAX), now_ms);
            let inbox = &state.inbox;
            prop_assert_eq!(inbox.selected().count() as u64, inbox.selection().len());
            for row in inbox.selected() {
                let number = row.message.number;
                prop_assert_eq!(inbox.number(inbox.index(number)), Some(number));
            }
            if let Some(Progress { run: progress, .. }) = state.repeat_progress() {
                prop_assert!(progress.confirmed + progress.failed <= progress.made);
                prop_assert!(progress.made <= progress.total);
            }
            for _ in 0..3 {
                if let Some(ClientMessage::Publish { messages }) = state.outgoing(now_ms) {
                    for publish in messages {
                        prop_assert!(publish.id > last_id, "ids increase");
                        last_id = publish.id;
                    }
                }
            }
            let counters = state.inbox.counters();
            prop_assert_eq!(counters.received, received);
            prop_assert_eq!(counters.arrived(), counters.kept + counters.dropped);
            let _ = (state.strip(Language::English), state.waiting_words(Language::Chinese), state.outcomes());
            let _ = (state.pill(), state.problem(Language::Chinese), state.receiving_words(Language::English), state.outbox.rows());
        }
    }

    /// Whatever the relay answers, every accepted message is confirmed, failed where it can be
    /// seen, or still on its way; in flight is never more than the relay allows; and once the
    /// relay confirms everything, everything is confirmed.
    #[test]
    fn every_accepted_message_is_accounted_for(
        steps in prop::collection::vec((0..5u8, any::<prop::sample::Index>(), reason(), any::<bool>()), 0..80),
        max_in_flight in 1..5usize,
    ) {
        let limits = Limits { max_body_bytes: 100, max_in_flight, max_prefetch: 1, max_batch: 3, max_message_bytes: 1024 * 1024 };
        let mut outbox = Outbox::default();
        outbox.set_limits(limits);
        let mut accepted = 0;
        let mut in_flight: Vec<u64> = Vec::new();
        let mut now_ms = 0.0;
        for (step, index, reason, retry) in steps {
            now_ms += 400.0;
            match step {
                0 | 1 => {
                    outbox.push(None, text("x"), crate::named(&accepted.to_string()), now_ms).unwrap();
                    accepted += 1;
                }
                2 => in_flight.extend(outbox.take(now_ms).iter().map(|publish| publish.id)),
                3 if !in_flight.is_empty() => {
                    let id = in_flight.remove(index.index(in_flight.len()));
                    if retry {
                        outbox.published(&[id], vec![], now_ms);
                    } else {
                        let failure = Failure { id, reason, detail: None, retry: true };
                        outbox.published(&[], vec![failure], now_ms);
                    }
                }
                _ => {
                    outbox.link_lost();
                    in_flight.clear();
                }
            }
            let totals = outbox.totals();
            prop_assert_eq!(totals.in_flight, in_flight.len());
            prop_assert!(totals.in_flight <= max_in_flight);
            let open = totals.queued + totals.in_flight + totals.failed;
            prop_assert_eq!(open as u64 + totals.confirmed, accepted);
        }
        for _ in 0..200 {
            now_ms += 1_000.0;
            in_flight.extend(outbox.take(now_ms).iter().map(|publish| publish.id));
            outbox.published(&std::mem::take(&mut in_flight), vec![], now_ms);
        }
        let totals = outbox.totals();
        prop_assert_eq!((totals.queued, totals.in_flight), (0, 0));
        prop_assert_eq!(totals.failed as u64 + totals.confirmed, accepted);
    }

    /// No frame is larger than the relay reads, whatever is in it, and what has failed here would
    /// have been.
    #[test]
    fn no_frame_is_larger_than_the_relay_reads(
        messages in prop::collection::vec(
            ("(\\PC|[\u{0}-\u{1f}\"\\\\]){0,200}", 1..4usize, "[\u{0}-\u{1f}a-z]{0,60}"), 1..20,
        ),
        max_message_bytes in 150..3_000usize,
    ) {
        let limits = Limits {
            max_body_bytes: 1_000, max_in_flight: 100, max_prefetch: 1, max_batch: 10, max_message_bytes,
        };
        let mut outbox = Outbox::default();
        outbox.set_limits(limits);
        for (text, times, id) in &messages {
            let properties = warren_protocol::Properties {
                kind: Some(id.clone()), correlation_id: Some(id.clone()), ..crate::named(id)
            };
            outbox.push(Some(id.clone()), Body::from(text.repeat(*times)), properties, 0.0).unwrap();
        }
        let mut sent = 0;
        loop {
            let messages = outbox.take(0.0);
            if messages.is_empty() {
                break;
            }
            sent += messages.len();
            let ids: Vec<u64> = messages.iter().map(|message| message.id).collect();
            outbox.published(&ids, vec![], 0.0);
            let bytes = ClientMessage::Publish { messages }.into_binary().len();
            prop_assert!(bytes <= max_message_bytes, "{} of {}", bytes, max_message_bytes);
        }
        let failed = outbox.totals().failed;
        prop_assert_eq!(sent + failed, messages.len());
    }

    /// A reload brings back exactly what was not confirmed, in the order of sending.
    #[test]
    fn a_reload_keeps_the_messages(bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..10)) {
        let mut outbox = Outbox::default();
        for (number, body) in bodies.iter().enumerate() {
            let body = Body::from(body.clone());
            outbox.push(None, body, crate::named(&number.to_string()), number as f64).unwrap();
        }
        let mut restored = Outbox::default();
        restored.restore(&outbox.save().lines);
        let read = |outbox: &Outbox| -> BTreeMap<u64, (Vec<u8>, Option<String>, SendState)> {
            outbox.rows().into_iter().map(|row| {
                let message = &row.message;
                let id = message.properties.message_id.clone();
                (row.key, (message.body.as_bytes().to_vec(), id, row.state.clone()))
            }).collect()
        };
        prop_assert_eq!(read(&restored), read(&outbox));
    }

    #[test]
    fn garbage_in_the_storage_does_no_harm(lines in ".{0,200}") {
        Outbox::default().restore(&lines);
    }

    #[test]
    fn a_preview_is_one_short_line(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let preview = Preview::of(&Body::from(bytes));
        prop_assert!(preview.line.chars().count() <= MAX_CHARS + 1);
        prop_assert!(!preview.line.contains('\n'));
    }
}
