use std::{
    sync::atomic::{AtomicUsize, Ordering},
    task::Wake,
};

use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

const MIB: usize = 1024 * 1024;

fn header(channel: u16, size: u64) -> Vec<u8> {
    let mut frame = vec![HEADER];
    frame.extend(channel.to_be_bytes());
    frame.extend(14_u32.to_be_bytes());
    frame.extend([0, 60, 0, 0]);
    frame.extend(size.to_be_bytes());
    frame.extend([0, 0, 0xCE]);
    frame
}

fn method(channel: u16, method: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![METHOD];
    frame.extend(channel.to_be_bytes());
    frame.extend(4_u32.to_be_bytes());
    frame.extend(method);
    frame.push(0xCE);
    frame
}

fn open(intake: &Arc<Intake>, id: u16) -> ChannelIntake {
    assert_eq!(intake.note(&method(id, CHANNEL_OPEN_OK)), Some((id, 0)));
    intake.channel(id)
}

fn let_in(intake: &Intake, id: u16, bytes: usize) {
    assert_eq!(intake.note(&header(id, bytes as u64)), Some((id, bytes as u64)));
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Woken {
    fn may_read(self: &Arc<Self>, intake: &Intake) -> bool {
        let waker = Waker::from(Arc::clone(self));
        intake.may_read(&mut Context::from_waker(&waker)).is_ready()
    }

    fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn may_read(intake: &Intake) -> bool {
    Arc::<Woken>::default().may_read(intake)
}

#[test]
fn what_is_let_in_counts_until_it_is_written_or_forgotten() {
    let outbound = Outbound::new(4 * MIB);
    let intake = Intake::new(&outbound);
    let (one, two) = (open(&intake, 1), open(&intake, 2));
    let_in(&intake, 1, 3 * MIB);
    assert!(may_read(&intake));
    let_in(&intake, 2, 2 * MIB);
    assert!(!may_read(&intake));
    let taken = one.take(3 * MIB);
    assert!(!may_read(&intake), "not written yet");
    drop(taken);
    assert!(may_read(&intake));
    let_in(&intake, 1, 2 * MIB);
    assert_eq!(outbound.used(), 4 * MIB);
    one.forget();
    drop(two);
    assert_eq!(outbound.used(), 0);
}

#[test]
fn a_queue_that_has_nothing_goes_on_whatever_others_have() {
    let outbound = Outbound::new(MIB);
    let (full, other) = (Intake::new(&outbound), Intake::new(&outbound));
    let channel = open(&full, 1);
    let_in(&full, 1, 16 * MIB);
    assert!(!may_read(&full));
    assert!(may_read(&other));
    drop((full, channel));
    assert_eq!(outbound.used(), 0);
}

#[test]
fn a_channel_that_the_broker_closed_counts_until_it_is_forgotten() {
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let channel = open(&intake, 1);
    let_in(&intake, 1, 100);
    let_in(&intake, 1, 50);
    let first = channel.take(100);
    assert_eq!(intake.note(&method(1, CHANNEL_CLOSE)), Some((1, 0)));
    // lapin still gives out what had come.
    let second = channel.take(50);
    assert_eq!(outbound.used(), 150);
    drop((first, second));
    assert_eq!(outbound.used(), 0);
    // A message whose body does not come any more.
    let channel = open(&intake, 1);
    let_in(&intake, 1, 100);
    intake.note(&method(1, CHANNEL_CLOSE));
    drop(channel);
    assert_eq!(outbound.used(), 0);
}

#[test]
fn who_has_a_channels_id_now_is_not_taken_for_who_had_it_before() {
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let before = open(&intake, 1);
    let_in(&intake, 1, 10);
    intake.note(&method(1, CHANNEL_CLOSE));
    let late = intake.channel(1);
    let now = open(&intake, 1);
    let_in(&intake, 1, 200);
    drop((before.take(100), late.take(100)));
    drop((before, late));
    assert_eq!(outbound.used(), 200);
    drop(now.take(200));
    assert_eq!(outbound.used(), 0);
}

#[test]
fn what_comes_for_a_forgotten_channel_holds_nothing_up() {
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let channel = open(&intake, 1);
    channel.forget();
    // The broker sends on until it reads the close, and its answer comes behind that.
    let_in(&intake, 1, 16 * MIB);
    assert!(may_read(&intake));
    assert_eq!(outbound.used(), 0);
}

#[test]
fn a_connection_goes_on_once_it_has_little_though_others_have_much() {
    let outbound = Outbound::new(MIB);
    let (greedy, intake) = (Intake::new(&outbound), Intake::new(&outbound));
    let (_other, channel) = (open(&greedy, 1), open(&intake, 1));
    let_in(&greedy, 1, 16 * MIB);
    let_in(&intake, 1, 2 * MIB);
    let woken = Arc::<Woken>::default();
    assert!(!woken.may_read(&intake));
    drop(channel.take(MIB));
    assert_eq!(woken.times(), 0, "it has 1 MiB");
    drop(channel.take(1));
    assert_eq!(woken.times(), 1);
    assert!(woken.may_read(&intake));
}

#[test]
fn sizes_that_cannot_be_overflow_nothing() {
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let channel = open(&intake, 1);
    for _ in 0..3 {
        assert_eq!(intake.note(&header(1, u64::MAX)), Some((1, u64::MAX)));
    }
    assert_eq!(outbound.used(), 3 * MAX_MESSAGE);
    drop(channel.take(usize::MAX));
    assert_eq!(outbound.used(), 0);
    for frame in [&header(1, 1)[..18], &[HEADER, 0, 1, 0, 0, 0], &[]] {
        assert_eq!(intake.note(frame), None);
    }
}

/// A release must not come before what it releases was added: `used` would be below 0.
#[test]
fn letting_in_and_taking_at_once_never_counts_below_0() {
    const MESSAGES: usize = 50_000;
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let channel = open(&intake, 1);
    std::thread::scope(|scope| {
        scope.spawn(|| (0..MESSAGES).for_each(|_| let_in(&intake, 1, 1)));
        scope.spawn(|| {
            let mut left = MESSAGES;
            while left > 0 {
                left -= channel.take(1).bytes;
                assert!(outbound.used() <= MESSAGES);
            }
        });
    });
    assert_eq!(outbound.used(), 0);
}

#[derive(Debug, Clone)]
enum Step {
    Open(u16),
    /// The broker closes a channel, or answers the close.
    End(u16, bool),
    Header(u16, u64),
    /// From one of the channels there ever were.
    Take(Index, usize),
    Forget(Index),
    Drop(Index),
    Write(Index),
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 1..4_u16;
    prop_oneof![
        3 => id().prop_map(Step::Open),
        2 => (id(), any::<bool>()).prop_map(|(id, answer)| Step::End(id, answer)),
        8 => (id(), prop_oneof![0..1000_u64, any::<u64>()]).prop_map(|(id, size)| Step::Header(id, size)),
        6 => (any::<Index>(), prop_oneof![0..1000_usize, any::<usize>()])
            .prop_map(|(which, bytes)| Step::Take(which, bytes)),
        1 => any::<Index>().prop_map(Step::Forget),
        1 => any::<Index>().prop_map(Step::Drop),
        4 => any::<Index>().prop_map(Step::Write),
    ]
}

/// A channel as the model has it: what is with lapin, and whether that still counts.
struct Model {
    channel: Option<ChannelIntake>,
    bytes: usize,
    counts: bool,
}

proptest! {
    #[test]
    fn in_any_order_it_holds_what_was_let_in_and_not_given_back(
        steps in vec(step(), 0..80),
        taken_go_first: bool,
    ) {
        let outbound = Outbound::new(MIB);
        let intake = Intake::new(&outbound);
        let mut channels: Vec<Model> = Vec::new();
        let mut taken: Vec<(Taken, usize)> = Vec::new();
        // Which of the channels is open, by id.
        let mut opened = [None; 4];
        for step in steps {
            match step {
                Step::Open(id) => {
                    opened[usize::from(id)] = Some(channels.len());
                    let channel = Some(open(&intake, id));
                    channels.push(Model { channel, bytes: 0, counts: true });
                }
                Step::End(id, answer) => {
                    let with = if answer { CHANNEL_CLOSE_OK } else { CHANNEL_CLOSE };
                    intake.note(&method(id, with));
                    opened[usize::from(id)] = None;
                }
                Step::Header(id, size) => {
                    intake.note(&header(id, size));
                    if let Some(number) = opened[usize::from(id)] && channels[number].counts {
                        channels[number].bytes += size.min(MAX_MESSAGE as u64) as usize;
                    }
                }
                Step::Take(which, bytes) if !channels.is_empty() => {
                    let number = which.index(channels.len());
                    let model = &mut channels[number];
                    let Some(channel) = &model.channel else { continue };
                    let expected = bytes.min(model.bytes);
                    model.bytes -= expected;
                    taken.push((channel.take(bytes), expected));
                }
                Step::Forget(which) | Step::Drop(which) if !channels.is_empty() => {
                    let number = which.index(channels.len());
                    let model = &mut channels[number];
                    if let Some(channel) = &model.channel {
                        channel.forget();
                    }
                    if matches!(step, Step::Drop(_)) {
                        model.channel = None;
                    }
                    (model.bytes, model.counts) = (0, false);
                }
                Step::Write(which) if !taken.is_empty() => {
                    taken.swap_remove(which.index(taken.len()));
                }
                _ => {}
            }
            let of_channels: usize = channels.iter().map(|model| model.bytes).sum();
            let of_taken: usize = taken.iter().map(|(_, bytes)| bytes).sum();
            prop_assert_eq!(outbound.used(), of_channels + of_taken);
            prop_assert_eq!(intake.lock().all, of_channels + of_taken);
        }
        // The connection is gone, and so are the channels and what was to be written.
        if taken_go_first {
            taken.clear();
        }
        channels.clear();
        taken.clear();
        prop_assert_eq!(outbound.used(), 0);
        prop_assert!(intake.lock().channels.is_empty());
    }
}
