//! [`Subscription`], one thing after the other.

mod model;

use warren_protocol::{AckMode, Detail, Outcome, StreamFrom, Tags};

use super::*;

const MAX_PREFETCH: u16 = 50;

fn wanted(mode: ReceiveMode, from: Option<StreamFrom>) -> Input {
    let (queue, ack) = ("q".to_owned(), AckMode::Manual);
    Input::Receive(Receive { queue, mode, ack, prefetch: 50, from })
}

fn receive(queue: &str, prefetch: u16) -> Input {
    let (mode, ack) = (ReceiveMode::Take, AckMode::Auto);
    Input::Receive(Receive { queue: queue.to_owned(), mode, ack, prefetch, from: None })
}

fn error(reason: StopReason) -> ConsumeError {
    ConsumeError { reason, detail: Detail::broker_says("gone"), forgets_place: false }
}

/// A subscription whose first consumer runs.
fn running(stream: Option<bool>) -> Subscription {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(receive("q", 50));
    let channel = core.channel();
    core.on(Input::Opened { channel, stream, mean_bytes: None });
    core.on(Input::Consuming { channel, consumer: 1, prefetch: 2 });
    core
}

/// Two deliveries have come, so that the prefetch is known to be too small.
fn grown(core: &mut Subscription) -> u64 {
    let channel = core.channel();
    for tag in 1..=2 {
        assert!(matches!(core.delivered(channel, tag, 10, None), Delivered::Pass(_)));
    }
    assert_eq!(core.on(Input::BatchEnded), [Command::Count]);
    channel
}

#[test]
fn a_consumer_is_replaced_before_it_is_cancelled() {
    let mut core = running(None);
    let channel = grown(&mut core);
    let counted = Input::Counted { channel, only_ours: true };
    let started = core.on(counted.clone());
    assert_eq!(
        started,
        [Command::Consume { consumer: 2, prefetch: 48, low_priority: false, from: None }]
    );
    let runs = Input::Consuming { channel, consumer: 2, prefetch: 48 };
    assert_eq!(core.on(runs), [Command::Count]);
    assert_eq!(core.on(counted), [Command::Cancel { consumer: 1 }]);
}

#[test]
fn a_consumer_stays_where_others_consume() {
    let mut core = running(None);
    let channel = grown(&mut core);
    let others = Input::Counted { channel, only_ours: false };
    assert_eq!(core.on(others.clone()), []);
    assert_eq!(core.on(Input::BatchEnded), [], "not asked again at once");
    // Or have come while the other was started: then that one goes.
    let mut core = running(None);
    let channel = grown(&mut core);
    core.on(Input::Counted { channel, only_ours: true });
    core.on(Input::Consuming { channel, consumer: 2, prefetch: 50 });
    assert_eq!(core.on(others), [Command::Cancel { consumer: 2 }]);
}

#[test]
fn a_stream_takes_nothing_back() {
    let mut core = running(Some(true));
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    let requeue = core.on(Input::Settle(Outcome::Requeue, Tags::UpTo(1)));
    assert_eq!(requeue, [Command::Emit(Notice::NotSupported(Outcome::Requeue))]);
    assert_eq!(core.unsettled(), 1);
    let left = core.on(Input::Leave);
    assert_eq!(left, [Command::Cancel { consumer: 1 }, Command::Close { give_back: false }]);
}

#[test]
fn a_stream_is_found_by_its_first_message_and_goes_on_after_a_pause() {
    let mut core = running(None);
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::AskFirst);
    let again = core.on(Input::StreamChecked { channel, stream: true });
    assert!(again.iter().any(|command| matches!(command, Command::Open { .. })), "{again:?}");
    let channel = core.channel();
    core.on(Input::Opened { channel, stream: Some(true), mean_bytes: None });
    let notice = core.on(Input::Consuming { channel, consumer: 2, prefetch: 50 });
    assert!(matches!(notice.as_slice(), [Command::Emit(Notice::Receiving(_, true))]));
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    core.on(Input::Pause);
    assert_eq!(core.delivered(channel, 2, 10, Some(8)), Delivered::Ignore);
    let resumed = core.on(receive("q", 50));
    assert!(
        matches!(resumed.as_slice(), [Command::Consume { from: Some(StreamFrom::Offset(8)), .. }]),
        "{resumed:?}"
    );
}

#[test]
fn an_offset_that_somebody_has_written_means_nothing() {
    let mut core = running(None);
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::AskFirst);
    assert_eq!(core.on(Input::StreamChecked { channel, stream: false }), []);
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    let requeue = core.on(Input::Settle(Outcome::Requeue, Tags::UpTo(1)));
    assert!(matches!(requeue.as_slice(), [Command::Settle { .. }]));
}

#[test]
fn what_fails_alike_is_told_once_and_tried_again() {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(receive("q", 50));
    let error = error(StopReason::Refused);
    let fail = |core: &mut Subscription| {
        core.on(Input::Failed { channel: core.channel(), error: error.clone() })
    };
    assert_eq!(fail(&mut core).len(), 2);
    assert!(matches!(core.on(Input::RetryNow).as_slice(), [Command::Open { .. }]));
    assert_eq!(fail(&mut core), [Command::RetryLater]);
}

#[test]
fn a_settle_of_a_lost_channel_is_stale() {
    let mut core = running(None);
    let channel = core.channel();
    core.delivered(channel, 1, 10, None);
    let error = error(StopReason::BrokerDown);
    core.on(Input::Failed { channel, error });
    let stale = core.on(Input::Settle(Outcome::Ack, Tags::UpTo(1)));
    assert_eq!(stale, [Command::Emit(Notice::Stale(Tags::UpTo(1)))]);
}

#[test]
fn who_has_paused_is_told_that_what_is_unsettled_comes_again() {
    let mut core = running(Some(false));
    let channel = core.channel();
    core.delivered(channel, 1, 10, None);
    core.on(Input::Pause);
    let error = error(StopReason::BrokerDown);
    let notice = core.on(Input::Failed { channel, error });
    let stopped = Notice::Stopped(StopReason::BrokerDown, Some(Detail::broker_says("gone")));
    assert_eq!(notice, [Command::Emit(stopped)]);
}

/// A look whose first consumer runs.
fn looking(stream: Option<bool>) -> Subscription {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(wanted(ReceiveMode::Look, None));
    let channel = core.channel();
    let started = core.on(Input::Opened { channel, stream, mean_bytes: None });
    let low = stream != Some(true);
    assert!(
        matches!(started.as_slice(), [Command::Consume { low_priority, .. }] if *low_priority == low)
    );
    let begun = core.on(Input::Consuming { channel, consumer: 1, prefetch: 2 });
    assert!(
        matches!(begun.as_slice(), [Command::TimeLook, Command::Emit(Notice::Receiving(..))]),
        "{begun:?}"
    );
    core
}

const GIVEN_BACK: [Command; 2] =
    [Command::Cancel { consumer: 1 }, Command::Close { give_back: true }];

#[test]
fn a_look_takes_nothing_and_gives_single_messages_back() {
    let mut core = looking(None);
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, None), Delivered::Pass(1));
    for outcome in [Outcome::Ack, Outcome::Reject] {
        let refused = core.on(Input::Settle(outcome, Tags::UpTo(1)));
        assert_eq!(refused, [Command::Emit(Notice::NotInLook(outcome))]);
        assert_eq!(core.unsettled(), 1);
    }
    let given = core.on(Input::Settle(Outcome::Requeue, Tags::List(vec![1])));
    assert!(matches!(given.as_slice(), [Command::Settle { outcome: Outcome::Requeue, .. }]));
}

#[test]
fn a_look_is_given_back_whole_however_it_ends() {
    let paused = |detail| Command::Emit(Notice::Stopped(StopReason::Paused, detail));
    let channel = looking(None).channel();
    let over = Some(Detail::LookOver { seconds: 300 });
    let open = Command::Open { channel: channel + 2, queue: "q".to_owned() };
    for (end, and) in [
        (Input::Pause, vec![paused(None)]),
        (Input::Drain, vec![paused(None), Command::Emit(Notice::Drained)]),
        (Input::Leave, vec![]),
        (Input::LookOver { channel, seconds: 300 }, vec![paused(over)]),
        (wanted(ReceiveMode::Take, None), vec![open]),
    ] {
        let mut core = looking(None);
        core.delivered(channel, 1, 10, None);
        let commands = core.on(end);
        assert_eq!(commands, [&GIVEN_BACK[..], &and].concat());
        assert_eq!(core.unsettled(), 0);
        let late = core.on(Input::Settle(Outcome::Ack, Tags::UpTo(1)));
        assert_eq!(late, [Command::Emit(Notice::Stale(Tags::UpTo(1)))]);
    }
}

#[test]
fn what_becomes_of_a_queue_is_not_told_of_the_one_that_is_wanted_since() {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(receive("a", 50));
    assert_eq!(core.on(receive("b", 50)), [], "one is being opened");
    let channel = core.channel();
    let commands = core.on(Input::Failed { channel, error: error(StopReason::Refused) });
    let [Command::Open { channel, queue }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!((channel, queue.as_str()), (&core.channel(), "b"));
    let channel = core.channel();
    let told = core.on(Input::Failed { channel, error: error(StopReason::Refused) });
    assert!(matches!(told[..], [Command::Emit(_), Command::RetryLater]), "{told:?}");
}

#[test]
fn who_takes_and_then_looks_gives_back_what_was_taken() {
    let mut core = running(Some(false));
    core.delivered(core.channel(), 1, 10, None);
    let commands = core.on(wanted(ReceiveMode::Look, None));
    assert!(commands.starts_with(&GIVEN_BACK), "{commands:?}");
    assert!(matches!(commands.as_slice(), [.., Command::Open { .. }]), "{commands:?}");
}

#[test]
fn a_look_begins_again_after_trouble_and_keeps_its_priority_where_it_grows() {
    let mut core = looking(None);
    let channel = core.channel();
    core.on(Input::Failed { channel, error: error(StopReason::BrokerDown) });
    core.on(Input::RetryNow);
    let channel = core.channel();
    core.on(Input::Opened { channel, stream: None, mean_bytes: None });
    core.on(Input::Consuming { channel, consumer: 2, prefetch: 2 });
    let channel = grown(&mut core);
    let started = core.on(Input::Counted { channel, only_ours: true });
    assert!(
        matches!(started.as_slice(), [Command::Consume { low_priority: true, .. }]),
        "{started:?}"
    );
}

#[test]
fn a_look_at_a_stream_is_settled_by_ack_and_has_no_end() {
    let mut core = looking(Some(true));
    let channel = core.channel();
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    let acked = core.on(Input::Settle(Outcome::Ack, Tags::UpTo(1)));
    assert!(matches!(acked.as_slice(), [Command::Settle { outcome: Outcome::Ack, .. }]));
    assert_eq!(core.on(Input::LookOver { channel, seconds: 300 }), []);
    let paused = core.on(Input::Pause);
    assert!(paused.contains(&Command::Close { give_back: false }), "{paused:?}");
}

/// The broker refuses a priority in a stream, which nobody had known for one.
#[test]
fn a_look_finds_that_its_queue_is_a_stream() {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(wanted(ReceiveMode::Look, None));
    let channel = core.channel();
    core.on(Input::Opened { channel, stream: None, mean_bytes: None });
    let again = core.on(Input::StreamChecked { channel, stream: true });
    assert!(again.contains(&Command::Close { give_back: false }), "{again:?}");
    assert!(matches!(again.as_slice(), [.., Command::Open { .. }]), "{again:?}");
}

/// A subscription that reads a stream from its first message, and has had the one at 7.
fn reading() -> Subscription {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(wanted(ReceiveMode::Take, Some(StreamFrom::First)));
    assert_eq!(starts_from(&mut core, None), Some(StreamFrom::First));
    let channel = core.channel();
    core.on(Input::Consuming { channel, consumer: 1, prefetch: 2 });
    assert_eq!(core.delivered(channel, 1, 10, Some(7)), Delivered::Pass(1));
    core
}

/// Where the consumer starts on a channel that is there now.
fn starts_from(core: &mut Subscription, stream: Option<bool>) -> Option<StreamFrom> {
    let channel = core.channel();
    let started = core.on(Input::Opened { channel, stream, mean_bytes: None });
    match started.as_slice() {
        [Command::Consume { from, .. }] => *from,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_stream_goes_on_after_trouble_and_begins_anew_where_a_place_is_named() {
    let mut core = reading();
    let channel = core.channel();
    core.on(Input::Failed { channel, error: error(StopReason::Refused) });
    core.on(Input::RetryNow);
    assert_eq!(starts_from(&mut core, Some(true)), Some(StreamFrom::Offset(8)));
    // Another way to receive, which names no place.
    core.on(wanted(ReceiveMode::Look, None));
    assert_eq!(starts_from(&mut core, Some(true)), Some(StreamFrom::Offset(8)));
    core.on(wanted(ReceiveMode::Look, Some(StreamFrom::Next)));
    assert_eq!(starts_from(&mut core, Some(true)), Some(StreamFrom::Next));
}

#[test]
fn a_place_in_what_is_no_stream_is_asked_for_until_somebody_asks_otherwise() {
    let mut core = Subscription::new(MAX_PREFETCH, 1 << 20);
    core.on(wanted(ReceiveMode::Take, Some(StreamFrom::First)));
    let refused = ConsumeError { forgets_place: true, ..error(StopReason::Refused) };
    for _ in 0..2 {
        assert_eq!(starts_from(&mut core, Some(false)), Some(StreamFrom::First));
        let channel = core.channel();
        let commands = core.on(Input::Failed { channel, error: refused.clone() });
        assert_eq!(commands.last(), Some(&Command::RetryLater));
        core.on(Input::RetryNow);
    }
    let channel = core.channel();
    core.on(Input::Failed { channel, error: refused });
    let again = core.on(wanted(ReceiveMode::Take, None));
    assert!(matches!(again.as_slice(), [Command::Open { .. }]), "at once: {again:?}");
    assert_eq!(starts_from(&mut core, Some(false)), None);
}
