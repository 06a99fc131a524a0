use warren_protocol::{Body, Properties};

use super::*;
use crate::{budget::Outbound, intake::Intake};

fn memory() -> Arc<Taken> {
    Arc::new(Intake::new(&Outbound::new(1)).channel(1).take(0))
}

fn event(kind: ObservedKind, body: &str) -> Observed {
    Observed {
        kind,
        at_ms: 0,
        body: Body::from(body),
        properties: Properties::default(),
        exchange: String::new(),
        routing_keys: vec![],
        connection: String::new(),
        user: String::new(),
        node: String::new(),
        redelivered: false,
        queues: vec![],
    }
}

fn member(hub: &Arc<Hub>, queue: &str, visible: &[&str]) -> Member {
    let visible = visible.iter().map(|queue| (*queue).to_owned()).collect();
    let member = Member::new(hub, queue.to_owned(), visible);
    member.join();
    member
}

/// Bodies, queues that are named, and how much was missed.
type Seen = (Vec<(String, Vec<String>)>, u64);

fn seen(member: &Member) -> Option<Seen> {
    match member.take(100, 100) {
        Some(Taking::Events { events, missed, .. }) => {
            let text = |event: &Observed| event.body.as_text().unwrap().to_owned();
            let events = events.into_iter().map(|event| (text(&event), event.queues));
            Some((events.collect(), missed))
        }
        Some(Taking::State(state)) => panic!("{state:?}"),
        None => None,
    }
}

fn one(body: &str, queues: &[&str]) -> Option<Seen> {
    Some((vec![(body.to_owned(), queues.iter().map(|queue| (*queue).to_owned()).collect())], 0))
}

#[test]
fn each_sees_what_concerns_its_queue_and_the_names_that_it_may_see() {
    let hub = Hub::new(1_000);
    let a = member(&hub, "a", &["a"]);
    let both = member(&hub, "b", &["a", "b"]);
    let published = event(ObservedKind::Published, "1");
    hub.give(&published, &[b"a", b"b", b"secret"], 1, &memory());
    assert_eq!(seen(&a), one("1", &["a"]));
    assert_eq!(seen(&both), one("1", &["a", "b"]));
    hub.give(&event(ObservedKind::Delivered, "2"), &[b"b"], 1, &memory());
    assert_eq!(seen(&a), None);
    assert_eq!(seen(&both), one("2", &[]));
    hub.give(&published, &[b"secret", &[0xff]], 1, &memory());
    assert_eq!((seen(&a), seen(&both)), (None, None));
}

#[test]
fn what_has_no_room_is_counted_for_those_who_miss_it() {
    let hub = Hub::new(10);
    let (slow, other) = (member(&hub, "q", &["q"]), member(&hub, "q", &["q"]));
    let large = event(ObservedKind::Delivered, "large");
    assert_eq!(hub.give(&large, &[b"q"], 50, &memory()), 0, "one larger event may wait alone");
    assert!(seen(&other).is_some());
    assert_eq!(hub.give(&large, &[b"q"], 1, &memory()), 1);
    assert_eq!(seen(&other), one("large", &[]));
    assert_eq!(seen(&slow).unwrap().1, 1);
    for _ in 0..MAX_EVENTS {
        assert_eq!(hub.give(&large, &[b"q"], 0, &memory()), 0);
    }
    assert_eq!(hub.give(&large, &[b"q"], 0, &memory()), 2);
    hub.missed(5);
    assert_eq!(seen(&slow).unwrap().1, 6);
    assert_eq!(seen(&slow).unwrap().1, 0, "told once");
}

#[test]
fn a_state_is_told_once_and_in_its_place_among_the_events() {
    let hub = Hub::new(1_000);
    let member = member(&hub, "q", &["q"]);
    let delivered = event(ObservedKind::Delivered, "x");
    for _ in 0..2 {
        hub.tell("q", &Told::Watching);
        hub.tell("other", &Told::Stopped(StopReason::NotTraced, Detail::NotConnected));
    }
    hub.give(&delivered, &[b"q"], 1, &memory());
    hub.tell_all(&Told::Stopped(StopReason::BrokerDown, Detail::NotConnected));
    hub.give(&delivered, &[b"q"], 1, &memory());
    let mut said = Vec::new();
    while let Some(taking) = member.take(100, 100) {
        said.push(match taking {
            Taking::State(WatchEvent::Watching) => "watching",
            Taking::State(_) => "stopped",
            Taking::Events { events, .. } if events.len() == 1 => "event",
            Taking::Events { .. } => "events",
        });
    }
    assert_eq!(said, ["watching", "event", "stopped", "event"]);
}

#[test]
fn who_has_left_counts_no_more() {
    let hub = Hub::new(1_000);
    let (one, other) = (member(&hub, "q", &["q"]), member(&hub, "q", &["q"]));
    assert!(hub.watches(b"q") && hub.queues().contains("q"));
    drop(one);
    assert!(hub.watches(b"q"));
    drop(other);
    assert!(!hub.watches(b"q") && hub.is_empty());
}
