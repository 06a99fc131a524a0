//! The page's words.

use warren_frontend::{
    connection::{
        event::Closed,
        session::{Connection, Session},
        status::{Pill, Tone, closed, pill, problem, token_refused},
    },
    receive::{
        mode::{Choice, Mode},
        status::{Receiving, near_limit, receiving, settled, sharing},
        subscription::DeliveryState,
    },
    ui::{
        language::Language,
        number::{grouped, size},
    },
};
use warren_protocol::{BrokerState, Detail, Outcome, QueueCount, QueueStatus, StopReason, close};

/// How the page stands with a broker in this state: what is wrong, what to do, the seconds to wait.
#[allow(clippy::type_complexity, reason = "read in one place")]
fn stands(state: Option<BrokerState>) -> (Pill, Option<(String, String, Option<f64>)>) {
    let session = Session { broker: state, broker_changed_ms: 1_000.0, ..Session::<()>::default() };
    let connection = Connection::Ready(session);
    let problem = problem(&connection, 2_500.0, Language::English);
    (pill(&connection), problem.map(|problem| (problem.what, problem.hint, problem.retry_s)))
}

fn hello(ready: u32, consumers: u32) -> QueueCount {
    QueueCount { name: "hello".to_owned(), status: QueueStatus::counts(ready, consumers) }
}

#[test]
fn a_message_near_the_delivery_limit_is_warned_of() {
    assert_eq!(near_limit(14, Language::English), None);
    let words = near_limit(18, Language::English).unwrap();
    assert!(words.starts_with("Delivered 19 times. RabbitMQ 4 drops"), "{words}");
    assert!(words.contains("more than 20 times"), "{words}");
    assert!(near_limit(u64::MAX, Language::English).is_some());
}

#[test]
fn of_a_message_that_is_settled_no_more_is_claimed_than_is_known() {
    let words = [Outcome::Ack, Outcome::Requeue, Outcome::Reject]
        .map(|outcome| settled(outcome, Language::English));
    // Whether it is in the queue again is the broker's to say.
    assert_eq!(words, ["acknowledged", "given back", "rejected"]);
}

#[test]
fn the_state_of_the_broker_is_one_word_and_its_trouble_is_said() {
    let down = |detail: Option<&str>, retry_in_ms| {
        Some(BrokerState::Down { detail: detail.map(Detail::broker_says), retry_in_ms })
    };
    let gone =
        |retry_s| Some(("RabbitMQ is not connected.".to_owned(), "Refused.".to_owned(), retry_s));
    assert_eq!(stands(Some(BrokerState::UP)), (Pill::Connected, None));
    assert_eq!(stands(None), (Pill::Connecting, None));
    assert_eq!(stands(Some(BrokerState::Connecting { detail: None })), (Pill::Connecting, None));
    let again = BrokerState::Connecting { detail: Some(Detail::broker_says("refused")) };
    assert_eq!(stands(Some(again)), (Pill::NotConnected, gone(Some(0.0))));
    assert_eq!(stands(down(None, Some(4_000))), (Pill::Connecting, None));
    assert_eq!(stands(down(Some("refused"), Some(4_000))), (Pill::NotConnected, gone(Some(3.0))));
    assert_eq!(stands(down(Some("refused"), Some(1_000))), (Pill::NotConnected, gone(Some(0.0))));
    assert_eq!(stands(down(Some("refused"), None)), (Pill::NotConnected, gone(None)));
    let blocked = BrokerState::Blocked { detail: Some(Detail::broker_says("low on memory")) };
    let (pill, problem) = stands(Some(blocked));
    let (what, hint, retry_s) = problem.unwrap();
    assert_eq!((pill, what.as_str()), (Pill::Blocked, "RabbitMQ takes no messages now."));
    assert!(hint.starts_with("Low on memory. It has raised"), "{hint}");
    assert_eq!(retry_s, None);
    let words = Pill::NotConnected.words(Language::English);
    assert_eq!((words, Pill::NotConnected.tone()), ("Not connected", Tone::Bad));
    assert_eq!(Pill::Connected.words(Language::English), "Connected");
    assert_eq!(Pill::Blocked.words(Language::English), "Blocked");
}

#[test]
fn cut_off_from_the_relay_nothing_is_claimed_about_the_broker() {
    let why = Closed { code: 1006, reason: String::new() };
    let lost = Connection::<()>::Offline { why, retry_at_ms: 5_000.0 };
    let locked = Connection::Locked { why: "wrong".to_owned() };
    for (away, shown, tone) in [
        (&lost, Pill::NotConnected, Tone::Bad),
        (&Connection::Handshake, Pill::Connecting, Tone::Waiting),
        (&locked, Pill::Locked, Tone::Bad),
    ] {
        assert_eq!((pill(away), pill(away).tone()), (shown, tone), "{away:?}");
    }
    let said = problem(&lost, 2_100.0, Language::English).unwrap();
    assert_eq!((said.what.as_str(), said.retry_s), ("Relay unreachable.", Some(3.0)));
    assert!(said.can_try && said.hint.contains("Nothing is lost"), "{said:?}");
    for fine in [Connection::<()>::Ready(Session::default()), Connection::Handshake, locked] {
        assert_eq!(problem(&fine, 0.0, Language::English), None, "{fine:?}");
    }
}

#[test]
fn the_relay_s_reason_to_close_is_said_behind_what_its_code_means() {
    let words =
        |code, reason: &str| closed(&Closed { code, reason: reason.to_owned() }, Language::English);
    assert_eq!(words(close::TRY_AGAIN_LATER, ""), "The relay is full.");
    assert_eq!(words(close::POLICY, "no such page"), "The relay refused access (no such page).");
    assert_eq!(words(1006, ""), "Relay unreachable.");
}

#[test]
fn only_the_code_for_it_says_that_the_token_is_refused() {
    let wrong = "the token is wrong";
    assert_eq!(token_refused(close::TOKEN_REFUSED, wrong).as_deref(), Some(wrong));
    assert_eq!(token_refused(close::TOKEN_REFUSED, "").as_deref(), Some(""));
    for code in (1000..=1015).chain([0, close::UNSUPPORTED_VERSION, 4002]) {
        assert_eq!(token_refused(code, wrong), None, "{code}");
        assert_eq!(token_refused(code, "too many answers are not read"), None, "{code}");
    }
}

/// Where nothing was chosen, and nothing was said.
pub(super) fn nothing() -> Receiving<'static> {
    Receiving {
        choice: None,
        shown: 0,
        held: false,
        stream: false,
        cut_off: false,
        broker: None,
        delivery_state: &DeliveryState::Idle,
        queue: None,
        empty: true,
    }
}

/// What is said about receiving by who wants it from `queue`, with a link.
fn says(
    wanted: bool,
    broker: Option<&BrokerState>,
    delivery_state: &DeliveryState,
    queue: Option<&QueueCount>,
    empty: bool,
) -> String {
    let choice = Some(Choice { paused: !wanted, ..Choice::now(Mode::Receive) });
    let what = Receiving { choice, broker, delivery_state, queue, empty, ..nothing() };
    receiving(what, Language::English)
}

#[test]
fn the_receive_panel() {
    let queue = hello(12, 1);
    let up = Some(&BrokerState::UP);
    let say = |on, delivery_state: &DeliveryState, empty| {
        says(on, up, delivery_state, Some(&queue), empty)
    };
    assert_eq!(say(true, &DeliveryState::Receiving, true), "[*] Waiting for messages.");
    assert_eq!(say(true, &DeliveryState::Receiving, false), "receiving from hello");
    assert_eq!(say(true, &DeliveryState::Idle, true), "Starting to receive…");
    assert_eq!(say(false, &DeliveryState::Receiving, true), "paused: 12 messages wait in hello");
    let stopped = |reason, detail| say(true, &DeliveryState::Stopped(reason, detail), true);
    let unreachable = stopped(StopReason::BrokerDown, None);
    assert!(unreachable.starts_with("Not receiving: RabbitMQ is unreachable"), "{unreachable}");
    let why = stopped(StopReason::BrokerDown, Some(Detail::broker_says("refused")));
    assert!(why.contains("(refused)"), "{why}");
    let deleted = Detail::QueueDeleted { queue: "hello".to_owned() };
    assert_eq!(
        stopped(StopReason::QueueDeleted, Some(deleted)),
        "Not receiving: queue hello was deleted, or its node is down. The relay tries again."
    );
    assert_eq!(
        stopped(StopReason::QueueDeleted, None),
        "Not receiving: the queue was deleted. The relay tries again."
    );
    assert_eq!(
        stopped(StopReason::Refused, Some(Detail::broker_says("no access"))),
        "Not receiving: the broker refuses (no access). The relay tries again."
    );
    let lost = "queue hello: the connection was lost (broken pipe)";
    assert_eq!(
        stopped(StopReason::QueueDown, Some(Detail::broker_says(lost))),
        format!("Not receiving: {lost}. The relay tries again.")
    );
    assert_eq!(
        stopped(StopReason::QueueDown, None),
        "Not receiving: this queue's connection was lost. The relay tries again."
    );
    let one = says(false, up, &DeliveryState::Idle, Some(&hello(1, 0)), true);
    assert_eq!(one, "paused: 1 message waits in hello");
    assert_eq!(says(false, up, &DeliveryState::Idle, None, true), "paused");
}

#[test]
fn who_asks_to_receive_while_the_broker_is_away_is_told_so() {
    let say = |broker: Option<BrokerState>, delivery_state: &DeliveryState| {
        says(true, broker.as_ref(), delivery_state, None, true)
    };
    let away = "Not receiving: RabbitMQ is unreachable. Reconnecting…";
    for delivery_state in [DeliveryState::Idle, DeliveryState::Stopped(StopReason::Paused, None)] {
        let down = BrokerState::Down { detail: None, retry_in_ms: None };
        assert_eq!(say(Some(down), &delivery_state), away);
        assert_eq!(say(Some(BrokerState::Connecting { detail: None }), &delivery_state), away);
        let blocked = BrokerState::Blocked { detail: None };
        for broker in [None, Some(BrokerState::UP), Some(blocked)] {
            assert_eq!(say(broker, &delivery_state), "Starting to receive…");
        }
    }
}

#[test]
fn several_consumers_are_explained() {
    assert_eq!(
        sharing(Some(&hello(0, 2)), Language::English).as_deref(),
        Some("2 consumers share hello: each message reaches only one of them")
    );
    assert_eq!(sharing(Some(&hello(0, 1)), Language::English), None);
    assert_eq!(sharing(None, Language::English), None);
}

#[test]
fn numbers() {
    let groups: Vec<String> = [0, 999, 1_000, 12_034, 1_234_567].map(grouped).to_vec();
    assert_eq!(groups, ["0", "999", "1,000", "12,034", "1,234,567"]);
    let sizes: Vec<String> = [0, 1_023, 1_536, 5 * 1024 * 1024].map(size).to_vec();
    assert_eq!(sizes, ["0 B", "1023 B", "1.5 KiB", "5.0 MiB"]);
}
