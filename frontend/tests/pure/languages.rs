//! The words of both languages: none is missing, and each has what it is about.

use serde_json::Value;
use warren_frontend::{
    connection::{
        event::Closed,
        session::{Connection, Session},
        status::{Pill, closed, problem},
    },
    receive::{
        binary, compression,
        filter::{Kind, Mistake, Query},
        inbox::What,
        life::{Confirm, Shown, sent_words},
        look::Known,
        mode::{Choice, Mode, rights_words},
        status::{Receiving, found, near_limit, receiving, settled, sharing, waiting, what_name},
        strip::Act,
        subscription::DeliveryState,
    },
    send::{
        outbox::{FailDetail, Refusal},
        repeat::Progress,
        run::{self, Phase},
        status::{failure, refused},
    },
    store::{Announcement, Notice, Obstacle, Said},
    ui::{
        json,
        language::{Language, detail::detail},
    },
};
use warren_protocol::{
    BrokerState, Detail, FailReason, Outcome, QueueCount, QueueStatus, QueueType, Rights,
    StopReason, close,
};

use crate::{all_details::details, status::nothing};

/// Whether a text is there in both languages, is not the same in them where it has words of its own,
/// and contains these `arguments`.
#[track_caller]
pub(crate) fn assert_words(words: impl Fn(Language) -> String, arguments: &[&str]) {
    let all = Language::ALL.map(words);
    for text in &all {
        assert!(!text.trim().is_empty(), "{all:?}");
        for argument in arguments {
            assert!(text.contains(argument), "{argument:?} is missing in {text:?}");
        }
    }
    let [english, chinese] = all;
    let bare = |text: &str| {
        arguments.iter().fold(text.to_owned(), |text, argument| text.replace(argument, ""))
    };
    assert!(bare(&english).is_empty() || english != chinese, "{english:?} is not translated");
    assert!(!bare(&english).contains(|letter: char| letter >= '\u{3000}'), "{english:?}");
}

fn count(ready: u32, consumers: u32) -> QueueCount {
    QueueCount { name: "orders".to_owned(), status: QueueStatus::counts(ready, consumers) }
}

#[test]
fn notices_and_announcements() {
    let detailed = || Said { detail: Some(Detail::broker_says("oh no")), message: "x".to_owned() };
    let said = || Said { detail: None, message: "oh no".to_owned() };
    for (notice, arguments) in [
        (Notice::Stale, &[][..]),
        (Notice::OutOfStep, &[]),
        (Notice::NotAllowed(said()), &["oh no"]),
        (Notice::NotAllowed(detailed()), &["oh no"]),
        (Notice::NotSupported(said()), &["oh no"]),
        (Notice::NotUnderstood(detailed()), &["oh no"]),
        (Notice::Unreadable(1, "oh no".to_owned()), &["1", "oh no"]),
        (Notice::Unreadable(1_234, "oh no".to_owned()), &["1,234", "oh no"]),
        (Notice::RepeatEnded(1_234, 5_678), &["1,234", "5,678"]),
        (Notice::ReplayEnded(1_234, 5_678), &["1,234", "5,678"]),
        (Notice::NotSentAgain(1_234, None), &["1,234"]),
        (
            Notice::NotSentAgain(1, Some(Box::new(Notice::RepeatEnded(1_234, 5_678)))),
            &["1 ", "1,234", "5,678"],
        ),
    ] {
        assert_words(|language| notice.words(language), arguments);
    }
    let one = Announcement::One(1_234, "a body".to_owned());
    assert_words(|language| one.words(language), &["1,234", "a body"]);
    let observed = Announcement::Observed { published: 1_234, delivered: 5 };
    assert_words(|language| observed.words(language), &["1,234", "5"]);
    for (number, shown) in [(1, "1"), (1_234, "1,234")] {
        assert_words(|language| Announcement::Many(number).words(language), &[shown]);
    }
    for language in Language::ALL {
        assert_eq!(Announcement::Nothing.words(language), "");
    }
}

#[test]
fn how_the_page_stands() {
    for pill in [Pill::Connected, Pill::Connecting, Pill::NotConnected, Pill::Blocked, Pill::Locked]
    {
        assert_words(|language| pill.words(language).to_owned(), &[]);
    }
    for code in [
        0,
        1006,
        close::GOING_AWAY,
        close::POLICY,
        close::TOO_BIG,
        close::TRY_AGAIN_LATER,
        close::TOKEN_REFUSED,
        close::UNSUPPORTED_VERSION,
    ] {
        let why = |reason: &str| Closed { code, reason: reason.to_owned() };
        assert_words(|language| closed(&why(""), language), &[]);
        assert_words(|language| closed(&why("oh no"), language), &["oh no"]);
        let offline = Connection::<()>::Offline { why: why("oh no"), retry_at_ms: 0.0 };
        assert_words(|language| problem(&offline, 0.0, language).unwrap().what, &["oh no"]);
        assert_words(|language| problem(&offline, 0.0, language).unwrap().hint, &[]);
    }
    let said = || Some(Detail::ConnectionRefused { address: "rabbit:5672".to_owned() });
    for state in [
        BrokerState::Connecting { detail: said() },
        BrokerState::Blocked { detail: said() },
        BrokerState::Down { detail: said(), retry_in_ms: None },
    ] {
        let session = Session { broker: Some(state), ..Session::<()>::default() };
        let ready = Connection::Ready(session);
        assert_words(|language| problem(&ready, 0.0, language).unwrap().what, &[]);
        assert_words(|language| problem(&ready, 0.0, language).unwrap().hint, &["abbit:5672"]);
    }
}

#[test]
fn what_a_watch_tells() {
    for what in [What::Received, What::Published, What::Delivered, What::Redelivered] {
        assert_words(|language| what_name(what, language).to_owned(), &[]);
    }
    for (confirm, arguments) in [
        (Confirm::Forgotten, &[][..]),
        (Confirm::Waiting, &[]),
        (Confirm::After(1_234), &["1,234"]),
        (Confirm::Failed, &[]),
    ] {
        assert_words(|language| sent_words(confirm, language), arguments);
    }
    let shown = |message_id: Option<&str>| Shown {
        message_id: message_id.map(str::to_owned),
        first: vec![],
        between: 0,
        last: vec![],
        published: 1_234,
        nearest: false,
    };
    let nearest = Shown { nearest: true, ..shown(None) };
    assert_words(|language| nearest.warning(language).unwrap(), &["50"]);
    assert_words(|language| shown(Some("m1")).joined_words(language), &["message_id", "m1"]);
    assert_words(|language| shown(None).joined_words(language), &["10", "message_id"]);
    assert_words(|language| shown(None).warning(language).unwrap(), &["1,234"]);
}

#[test]
fn what_is_received() {
    let queue = count(1_234, 2);
    let says = |delivery_state: &DeliveryState, wanted: bool, cut_off, empty, language| {
        let (queue, broker) = (Some(&queue), Some(&BrokerState::UP));
        let choice = Some(Choice { paused: !wanted, ..Choice::now(Mode::Receive) });
        let what = Receiving { choice, cut_off, broker, delivery_state, queue, empty, ..nothing() };
        receiving(what, language)
    };
    let states = [
        (DeliveryState::Receiving, &["orders"][..]),
        (DeliveryState::Idle, &[]),
        (DeliveryState::Stopped(StopReason::Paused, None), &[]),
    ];
    let reasons = [
        StopReason::BrokerDown,
        StopReason::QueueDeleted,
        StopReason::Refused,
        StopReason::QueueDown,
    ];
    let stopped = reasons.into_iter().flat_map(|reason| {
        let why = Some(Detail::broker_says("oh no"));
        [
            (DeliveryState::Stopped(reason, None), &[][..]),
            (DeliveryState::Stopped(reason, why), &["oh no"][..]),
        ]
    });
    for (state, arguments) in states.into_iter().chain(stopped) {
        assert_words(|language| says(&state, true, false, false, language), arguments);
        assert_words(|language| says(&state, true, false, true, language), &[]);
        assert_words(|language| says(&state, true, true, true, language), &[]);
        let paused = |language| says(&state, false, false, true, language);
        assert_words(paused, &["1,234", "orders"]);
    }
    let words = |ready| {
        let queue = count(ready, 1);
        move |language| {
            let choice = Some(Choice { paused: true, ..Choice::now(Mode::Receive) });
            receiving(Receiving { choice, queue: Some(&queue), ..nothing() }, language)
        }
    };
    assert_words(words(0), &["orders"]);
    assert_words(words(1), &["orders", "1"]);
    assert_words(|language| found(1_234, 5_678, true, language), &["1,234", "5,678"]);
    for language in Language::ALL {
        let words = found(1_234, 5_678, false, language);
        assert!(words.contains("1,234") && words.contains("5,678"), "{words}");
    }
    assert_words(|language| near_limit(17, language).unwrap(), &["18", "20"]);
    assert_words(|language| sharing(Some(&queue), language).unwrap(), &["2", "orders"]);
    for outcome in [Outcome::Ack, Outcome::Requeue, Outcome::Reject] {
        assert_words(|language| settled(outcome, language).to_owned(), &[]);
    }
}

#[test]
fn what_is_watched_and_looked_at() {
    let queue = count(1_234, 2);
    let says = |mode, paused, delivery_state: &DeliveryState, shown, stream, language| {
        let (choice, queue) = (Some(Choice { paused, ..Choice::now(mode) }), Some(&queue));
        let what = Receiving { choice, queue, delivery_state, shown, stream, ..nothing() };
        receiving(what, language)
    };
    let held = Receiving { choice: Some(Choice::now(Mode::Look)), held: true, ..nothing() };
    let nobody = Receiving { queue: Some(&queue), ..nothing() };
    assert_words(|language| receiving(held, language), &[]);
    assert_words(|language| receiving(nobody, language), &["orders"]);
    let not_traced = DeliveryState::Stopped(StopReason::NotTraced, None);
    for (mode, state, shown, stream, arguments) in [
        (Mode::Watch, &DeliveryState::Watching, 0, false, &["orders"][..]),
        (Mode::Watch, &DeliveryState::Receiving, 0, true, &["orders"]),
        (Mode::Watch, &DeliveryState::Idle, 0, false, &[]),
        (Mode::Watch, &not_traced, 0, false, &[]),
        (Mode::Look, &DeliveryState::Receiving, 0, false, &["orders"]),
        (Mode::Look, &DeliveryState::Receiving, 1_234, false, &["1,234"]),
        (Mode::Look, &DeliveryState::Receiving, 0, true, &["orders"]),
        (Mode::Look, &DeliveryState::Idle, 0, false, &[]),
    ] {
        assert_words(|language| says(mode, false, state, shown, stream, language), arguments);
        assert_words(|language| says(mode, true, state, shown, stream, language), &["orders"]);
    }
    let empty = count(0, 0);
    let choice = Some(Choice::now(Mode::Look));
    let delivery_state = &DeliveryState::Receiving;
    let nothing_waits = Receiving { choice, queue: Some(&empty), delivery_state, ..nothing() };
    assert_words(|language| receiving(nothing_waits, language), &["orders"]);
    assert_words(|language| waiting("orders", Some(&queue), language), &["orders", "1,234", "2"]);
    assert_words(|language| waiting("orders", None, language), &[]);
    for mode in Mode::ALL {
        assert_words(|language| mode.name(language).to_owned(), &[]);
        assert_words(|language| mode.does(language).to_owned(), &[]);
        assert_words(|language| mode.refused(language).to_owned(), &[]);
        let rights = Rights { send: true, look: true, ..Rights::NONE };
        assert_words(|language| rights_words(rights, language).unwrap(), &[]);
    }
    for act in [Act::LookAnyway, Act::DoNotLook, Act::LookAgain, Act::BeginAnywhere] {
        assert_words(|language| act.name(language).to_owned(), &[]);
    }
    let kinds = [QueueType::Classic, QueueType::Quorum, QueueType::Stream].map(Some);
    for queue_type in kinds.into_iter().chain([None]) {
        for version in ["3.10.8", "4.0.5", "4.3.0", "?"] {
            let known = Known { queue_type, delivery_count: Some(18), version: Some(version) };
            assert_words(|language| known.cost(language), &[]);
            if known.is_risky() {
                assert_words(|language| known.risk("orders", language).unwrap(), &["orders", "19"]);
            }
        }
    }
}

#[test]
fn what_is_sent() {
    for reason in [
        FailReason::Returned,
        FailReason::Nacked,
        FailReason::Refused,
        FailReason::TooLarge,
        FailReason::InvalidProperty,
        FailReason::NotAllowed,
        FailReason::UnknownQueue,
        FailReason::TooManyInFlight,
        FailReason::BrokerDown,
    ] {
        assert_words(|language| failure(reason, None, language), &[]);
        let said = FailDetail::Said(Detail::broker_says("oh no"));
        assert_words(|language| failure(reason, Some(&said), language), &["oh no"]);
        let wire = FailDetail::OverWire { bytes: 5_678, max: 1_234 };
        let arguments = ["5,678", "1,234", "max-message"];
        assert_words(|language| failure(reason, Some(&wire), language), &arguments);
    }
    assert_words(|language| refused(Refusal::Messages(10_000), language), &["10,000"]);
    assert_words(|language| refused(Refusal::Bytes, language), &["64 MiB"]);
    let progress = |made, failed, phase| {
        let run = run::Progress { total: 5_678, made, confirmed: 1_000, failed, unsure: 0, phase };
        Progress { run, per_second: 432 }
    };
    let making = progress(1_234, 7, Phase::Making);
    assert_words(|language| making.numbers(language), &["1,000", "5,678", "7", "432"]);
    assert_words(|language| making.words(false, language).unwrap(), &[]);
    for (progress, arguments) in [
        (progress(1_234, 7, Phase::Finishing { withdrawn: true }), &["1,234", "227"][..]),
        (progress(1_234, 234, Phase::Ended { ms: 1.0 }), &["1,234"]),
        (progress(1_007, 7, Phase::Ended { ms: 1.0 }), &["1,007"]),
        (progress(5_678, 0, Phase::Ended { ms: 2_500.0 }), &["2.5"]),
    ] {
        assert_words(|language| progress.words(true, language).unwrap(), arguments);
    }
}

#[test]
fn mistakes_of_the_filter_and_in_bodies() {
    for (kind, arguments) in [
        (Kind::Quote, &[][..]),
        (Kind::Value("key:".to_owned()), &["key:", "key:order.*"]),
        (Kind::Value("type:".to_owned()), &["type:", "type:abc"]),
        (Kind::Bytes("size>".to_owned()), &["size>", "size>1k"]),
        (Kind::Number("deliveries>".to_owned()), &["deliveries>", "deliveries>3"]),
        (Kind::Header, &["header.", "header.x-death"]),
        (Kind::Is, &["is:", "published", "delivered", "is:published"]),
        (Kind::Path, &[".items[0].sku"]),
        (Kind::Regex("oh no".to_owned()), &["oh no"]),
        (Kind::Long, &["4096"]),
    ] {
        let mistake = Mistake { at: 0, kind };
        assert_words(|language| mistake.words(language), arguments);
    }
    for example in ["key:order.*", "type:abc", "size>1k", "deliveries>3", "header.x-death"] {
        assert!(Query::parse(example, &|_, _| Err(String::new())).is_ok(), "{example}");
    }
    for text in
        ["", "[", "[1,]", "[}", "{1", "{\"a\":1,2", "{\"a\"1", "1 2", "[1 2", "oops", "\"\\u1\""]
    {
        let mistake = json::check(text).unwrap_err();
        let [line, column] = [mistake.line, mistake.column].map(|number| number.to_string());
        let arguments = if text.is_empty() { vec![] } else { vec![line.as_str(), column.as_str()] };
        assert_words(|language| mistake.words(language), &arguments);
    }
    for why in [binary::Why::End, binary::Why::Byte, binary::Why::Rest, binary::Why::Deep] {
        let mistake = binary::Mistake { format: binary::Format::Cbor, at: 77, why };
        assert_words(|language| mistake.words(language), &["CBOR", "77"]);
    }
    for mistake in [
        compression::Mistake::Unknown,
        compression::Mistake::Browser,
        compression::Mistake::TooLarge,
        compression::Mistake::Broken,
    ] {
        assert_words(|language| mistake.words(language).to_owned(), &[]);
    }
}

/// The arguments of a reason that are texts or numbers.
fn arguments(value: &Value, texts: &mut Vec<String>) {
    match value {
        // A choice of words goes by a name of its own.
        Value::String(text) if text.starts_with("the-") => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| arguments(item, texts)),
        Value::Object(members) => members.values().for_each(|member| arguments(member, texts)),
        _ => {}
    }
}

#[test]
fn every_reason_of_the_relay_names_its_arguments() {
    for (max, known) in [(12_347, true), (12_348, true), (12_349, false), (12_350, false)] {
        let texts = ["the-first", "the-second", "the-third"].map(str::to_owned);
        for why in details(texts, [max, 67_890], known) {
            let mut named = Vec::new();
            arguments(&serde_json::to_value(&why).unwrap(), &mut named);
            for language in Language::ALL {
                let words = detail(&why, language);
                let plain = words.replace(',', "");
                assert!(!words.is_empty(), "{why:?}");
                for argument in &named {
                    assert!(plain.contains(argument), "{argument} is missing in {words:?}");
                }
            }
        }
    }
}

#[test]
fn why_nothing_can_be_moved() {
    for obstacle in [
        Obstacle::MayNotSend,
        Obstacle::MayNotReceive,
        Obstacle::NotConnected,
        Obstacle::Moving,
        Obstacle::Mode(None),
        Obstacle::Mode(Some(Mode::Watch)),
        Obstacle::Mode(Some(Mode::Look)),
        Obstacle::Automatic,
        Obstacle::Stream,
        Obstacle::NoTarget,
    ] {
        assert_words(|language| obstacle.words(language).to_owned(), &[]);
    }
}
