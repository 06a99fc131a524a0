//! The page's words.

use warren_frontend::{
    connection::{
        session::{Connection, Session},
        status::{Tone, broker, closed, relay, token_refused},
    },
    receive::{
        status::{near_limit, receiving, settled, sharing},
        subscription::DeliveryState,
    },
    ui::number::{grouped, size},
};
use warren_protocol::{BrokerState, Outcome, QueueCount, QueueStatus, StopReason, close};

fn chip(state: Option<BrokerState>) -> String {
    let session = Session { broker: state, broker_changed_ms: 1_000.0, ..Session::<()>::default() };
    let chip = broker(&Connection::Ready(session), 2_500.0);
    chip.text + &chip.next_try.unwrap_or_default()
}

fn hello(ready: u32, consumers: u32) -> QueueCount {
    QueueCount { name: "hello".to_owned(), status: QueueStatus::Counts { ready, consumers } }
}

#[test]
fn a_message_near_the_delivery_limit_is_warned_of() {
    assert_eq!(near_limit(14), None);
    let words = near_limit(18).unwrap();
    assert!(words.starts_with("Delivered 19 times. RabbitMQ 4 drops"), "{words}");
    assert!(words.contains("more than 20 times"), "{words}");
    assert!(near_limit(u64::MAX).is_some());
}

#[test]
fn of_a_message_that_is_settled_no_more_is_claimed_than_is_known() {
    let words = [Outcome::Ack, Outcome::Requeue, Outcome::Reject].map(settled);
    // Whether it is in the queue again is the broker's to say.
    assert_eq!(words, ["acknowledged", "given back", "rejected"]);
}

#[test]
fn the_broker_chip() {
    let down = |detail: Option<&str>, retry_in_ms| {
        Some(BrokerState::Down { detail: detail.map(str::to_owned), retry_in_ms })
    };
    assert_eq!(chip(Some(BrokerState::Up)), "Connected");
    assert_eq!(chip(None), "Connecting…");
    assert_eq!(chip(Some(BrokerState::Connecting { detail: None })), "Connecting…");
    let again = BrokerState::Connecting { detail: Some("refused".to_owned()) };
    assert_eq!(chip(Some(again)), "Not connected: refused; trying now");
    assert_eq!(chip(down(None, Some(4_000))), "Connecting… next try in 3 s");
    assert_eq!(chip(down(None, Some(1_000))), "Connecting… trying now");
    assert_eq!(chip(down(Some("refused"), Some(4_000))), "Not connected: refused; next try in 3 s");
    assert_eq!(chip(down(Some("refused"), None)), "Not connected: refused");
    let blocked = BrokerState::Blocked { detail: Some("low on memory".to_owned()) };
    assert_eq!(chip(Some(blocked)), "Blocked: low on memory");
}

#[test]
fn cut_off_from_the_relay_nothing_is_claimed_about_the_broker() {
    let lost = || Connection::Offline { why: closed(1006, ""), retry_at_ms: 5_000.0 };
    let locked = Connection::Locked { why: "wrong".to_owned() };
    for away in [lost(), Connection::<()>::Handshake, locked] {
        let chip = broker(&away, 0.0);
        assert_eq!((chip.tone, chip.text.as_str()), (Tone::Waiting, "Unknown"), "{away:?}");
    }
    let chip = relay(&lost(), 2_100.0).unwrap();
    assert_eq!(chip.text + &chip.next_try.unwrap(), "Relay unreachable: next try in 3 s");
    assert_eq!(relay(&Connection::<()>::Ready(Session::default()), 0.0), None);
}

#[test]
fn only_the_code_for_it_says_that_the_token_is_refused() {
    let wrong = "the token is wrong";
    assert_eq!(token_refused(close::TOKEN_REFUSED, wrong).as_deref(), Some(wrong));
    let words = token_refused(close::TOKEN_REFUSED, "").unwrap();
    assert_eq!(words, "this relay asks for another token");
    for code in (1000..=1015).chain([0, close::UNSUPPORTED_VERSION, 4002]) {
        assert_eq!(token_refused(code, wrong), None, "{code}");
        assert_eq!(token_refused(code, "too many answers are not read"), None, "{code}");
    }
}

#[test]
fn the_receive_panel() {
    let queue = hello(12, 1);
    let up = Some(&BrokerState::Up);
    let say = |on, delivery_state: &DeliveryState, empty| {
        receiving(on, false, up, delivery_state, Some(&queue), empty)
    };
    assert_eq!(say(true, &DeliveryState::Receiving, true), "[*] Waiting for messages.");
    assert_eq!(say(true, &DeliveryState::Receiving, false), "Receiving from hello.");
    assert_eq!(say(true, &DeliveryState::Idle, true), "Starting to receive…");
    assert_eq!(say(false, &DeliveryState::Receiving, true), "Paused: 12 messages wait in hello");
    let stopped = DeliveryState::Stopped(StopReason::BrokerDown, None);
    assert!(say(true, &stopped, true).starts_with("Not receiving: RabbitMQ is unreachable"));
    let words = "Not receiving: queue hello was deleted. The relay tries again.";
    let detail = Some("queue hello was deleted".to_owned());
    assert_eq!(say(true, &DeliveryState::Stopped(StopReason::QueueDeleted, detail), true), words);
    let detail = Some("queue hello: the connection was lost (broken pipe)".to_owned());
    assert_eq!(
        say(true, &DeliveryState::Stopped(StopReason::QueueDown, detail), true),
        "Not receiving: queue hello: the connection was lost (broken pipe). The relay tries again."
    );
    assert_eq!(
        say(true, &DeliveryState::Stopped(StopReason::QueueDown, None), true),
        "Not receiving: this queue's connection was lost. The relay tries again."
    );
    let one = receiving(false, false, up, &DeliveryState::Idle, Some(&hello(1, 0)), true);
    assert_eq!(one, "Paused: 1 message waits in hello");
    assert_eq!(receiving(false, false, up, &DeliveryState::Idle, None, true), "Paused");
}

#[test]
fn who_asks_to_receive_while_the_broker_is_away_is_told_so() {
    let say = |broker: Option<BrokerState>, delivery_state: &DeliveryState| {
        receiving(true, false, broker.as_ref(), delivery_state, None, true)
    };
    let away = "Not receiving: RabbitMQ is unreachable. Reconnecting…";
    for delivery_state in [DeliveryState::Idle, DeliveryState::Stopped(StopReason::Paused, None)] {
        let down = BrokerState::Down { detail: None, retry_in_ms: None };
        assert_eq!(say(Some(down), &delivery_state), away);
        assert_eq!(say(Some(BrokerState::Connecting { detail: None }), &delivery_state), away);
        let blocked = BrokerState::Blocked { detail: None };
        for broker in [None, Some(BrokerState::Up), Some(blocked)] {
            assert_eq!(say(broker, &delivery_state), "Starting to receive…");
        }
    }
}

#[test]
fn several_consumers_are_explained() {
    assert_eq!(
        sharing(Some(&hello(0, 2))).as_deref(),
        Some("2 consumers share hello: each message reaches only one of them.")
    );
    assert_eq!(sharing(Some(&hello(0, 1))), None);
    assert_eq!(sharing(None), None);
}

#[test]
fn numbers() {
    let groups: Vec<String> = [0, 999, 1_000, 12_034, 1_234_567].map(grouped).to_vec();
    assert_eq!(groups, ["0", "999", "1,000", "12,034", "1,234,567"]);
    let sizes: Vec<String> = [0, 1_023, 1_536, 5 * 1024 * 1024].map(size).to_vec();
    assert_eq!(sizes, ["0 B", "1023 B", "1.5 KiB", "5.0 MiB"]);
}
