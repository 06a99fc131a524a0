use warren_protocol::Properties;

use super::*;

/// An event of `bytes` bytes that concerns these queues.
fn event(kind: ObservedKind, body: &str, queues: &[&str], bytes: usize) -> Event {
    let observed = Observed {
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
    };
    let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
    Event { observed, queues, bytes, memory: None }
}

fn published(body: &str, queues: &[&str]) -> Event {
    event(ObservedKind::Published, body, queues, 1)
}

fn delivered(body: &str, queue: &str) -> Event {
    event(ObservedKind::Delivered, body, &[queue], 1)
}

fn member(hub: &Arc<Hub>, queue: &str, visible: &[&str]) -> Member {
    let visible = visible.iter().map(|queue| (*queue).to_owned()).collect();
    let member = Member::new(hub, queue.to_owned(), visible);
    member.join();
    hub.tell(queue, &Told::Watching);
    // Each is told by now; only the new one has not taken it.
    assert!(matches!(member.take(1, 1), Some(Taking::State(WatchEvent::Watching))));
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
    hub.give(published("1", &["a", "b", "secret"]));
    assert_eq!(seen(&a), one("1", &["a"]));
    assert_eq!(seen(&both), one("1", &["a", "b"]));
    hub.give(delivered("2", "b"));
    assert_eq!(seen(&a), None);
    assert_eq!(seen(&both), one("2", &[]));
    hub.give(published("3", &["secret"]));
    assert_eq!((seen(&a), seen(&both)), (None, None));
}

#[test]
fn what_comes_before_a_watch_is_told_to_work_is_not_part_of_it() {
    let hub = Hub::new(1_000);
    let member = Member::new(&hub, "q".to_owned(), vec![]);
    member.join();
    assert_eq!(hub.give(delivered("early", "q")), 0);
    hub.tell("q", &Told::Watching);
    hub.give(delivered("1", "q"));
    assert!(matches!(member.take(1, 1), Some(Taking::State(WatchEvent::Watching))));
    assert_eq!(seen(&member), one("1", &[]));
    hub.tell_all(&Told::Stopped(StopReason::BrokerDown, Detail::NotConnected));
    hub.give(delivered("between", "q"));
    assert!(matches!(member.take(1, 1), Some(Taking::State(WatchEvent::Stopped(..)))));
    assert_eq!(seen(&member), None);
}

#[test]
fn what_has_no_room_is_counted_for_those_who_miss_it() {
    let hub = Hub::new(10);
    let (slow, other) = (member(&hub, "q", &["q"]), member(&hub, "q", &["q"]));
    let large = |bytes| event(ObservedKind::Delivered, "large", &["q"], bytes);
    assert_eq!(hub.give(large(50)), 0, "one larger event may wait alone");
    assert!(seen(&other).is_some());
    assert_eq!(hub.give(large(1)), 1);
    assert_eq!(seen(&other), one("large", &[]));
    assert_eq!(seen(&slow).unwrap().1, 1);
    for _ in 0..MAX_EVENTS {
        assert_eq!(hub.give(large(0)), 0);
    }
    assert_eq!(hub.give(large(0)), 2);
    hub.missed(5);
    assert_eq!(seen(&slow).unwrap().1, 6);
    assert_eq!(seen(&slow).unwrap().1, 0, "told once");
}

#[test]
fn a_state_is_told_once_and_in_its_place_among_the_events() {
    let hub = Hub::new(1_000);
    let member = member(&hub, "q", &["q"]);
    for _ in 0..2 {
        hub.tell("q", &Told::Watching);
        hub.tell("other", &Told::Stopped(StopReason::NotTraced, Detail::NotConnected));
    }
    hub.give(delivered("x", "q"));
    hub.tell_all(&Told::Stopped(StopReason::BrokerDown, Detail::NotConnected));
    hub.tell_all(&Told::Watching);
    hub.give(delivered("x", "q"));
    let mut said = Vec::new();
    while let Some(taking) = member.take(100, 100) {
        said.push(match taking {
            Taking::State(WatchEvent::Watching) => "watching",
            Taking::State(_) => "stopped",
            Taking::Events { events, .. } if events.len() == 1 => "event",
            Taking::Events { .. } => "events",
        });
    }
    assert_eq!(said, ["event", "stopped", "watching", "event"]);
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
