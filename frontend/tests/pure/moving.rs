//! Moves from one queue to another: nothing is lost whatever happens in between, and what is said of it
//! is true.

mod world;

use std::collections::BTreeSet;

use proptest::prelude::*;
use warren_frontend::{
    receive::{
        mode::{Choice, Mode},
        subscription::AUTO_PREFETCH,
    },
    store::{Action, Obstacle, Phase, State},
    ui::language::Language,
};
use warren_protocol::{
    AckMode, ClientMessage, FailReason, FieldTable, FieldValue, Outcome, ReceiveMode, Rights,
    ServerMessage,
};

use world::{SOURCE, TARGET, Verdict, World};

fn to_target(rows: Vec<u64>) -> Action {
    Action::StartMove { rows, target: TARGET.to_owned() }
}

fn all_to_target(count: u64) -> Action {
    Action::StartMoveAll { target: TARGET.to_owned(), count }
}

/// `[total, moved, failed, in flight, left]`, and the notes.
fn told(world: &World) -> ([u64; 5], Vec<String>) {
    let moving = world.page.moving(Language::English).unwrap();
    let chinese = world.page.moving(Language::Chinese).unwrap();
    assert_eq!(chinese.notes.len(), moving.notes.len());
    for (english, chinese) in moving.notes.iter().zip(&chinese.notes) {
        assert_ne!(english, chinese, "it is not translated");
    }
    let counts = [moving.total, moving.moved, moving.failed, moving.in_flight, moving.left];
    (counts, moving.notes)
}

#[test]
fn an_original_is_acknowledged_once_its_copy_is_confirmed_and_not_before() {
    let mut world = World::with(10, 3);
    world.act(to_target(vec![2, 1, 2]));
    assert_eq!(world.phase(), Some(Phase::Running));
    let publish = world.page.outgoing(0.0).unwrap();
    let ClientMessage::Publish { messages } = &publish else { panic!("{publish:?}") };
    let ids: Vec<u64> = messages.iter().map(|publish| publish.id).collect();
    let bodies = messages.iter().map(|publish| publish.body.as_text().unwrap());
    assert_eq!(bodies.collect::<Vec<_>>(), ["b1", "b2"], "each once, in the order of the queue");
    assert_eq!(world.page.outgoing(0.0), None);
    assert_eq!(told(&world), ([2, 0, 0, 2, 0], vec![]));

    // Nobody else may settle them.
    for number in 1..=3 {
        world.act(Action::Settle { number, outcome: Outcome::Reject });
    }
    world.act(Action::SettleAll);
    assert_eq!(world.open(), [1, 2]);

    let arrive = |confirmed| ServerMessage::Published { confirmed, failed: Vec::new() };
    crate::store::arrive(&mut world.page, arrive(vec![ids[1]]));
    assert_eq!(world.open(), [1]);
    crate::store::arrive(&mut world.page, arrive(vec![ids[1], ids[0], 77]));
    assert_eq!(world.open(), [0; 0]);
    assert_eq!(told(&world), ([2, 2, 0, 0, 0], vec![]));
    assert_eq!(world.phase(), Some(Phase::Finished));
    world.act(Action::DismissMove);
    assert_eq!(world.page.moving(Language::English), None);
}

#[test]
fn a_failed_copy_leaves_its_original_and_stops_the_run_unless_it_is_that_message_s_own_fault() {
    let mut world = World::with(2, 6);
    world.act(to_target(vec![1, 2, 3, 4, 5, 6]));
    let invalid = Verdict::Failed(FailReason::InvalidProperty);
    for verdict in [invalid, Verdict::Confirmed, Verdict::Failed(FailReason::Nacked)] {
        while world.write() {}
        while world.relay_reads(&[verdict]) {}
        while world.page_reads() {}
    }
    assert_eq!(world.phase(), Some(Phase::Finished));
    let (counts, notes) = told(&world);
    assert_eq!(counts, [6, 1, 2, 0, 3]);
    assert_eq!(
        notes,
        [
            "Stopped, since a copy failed. The original stays.",
            "1 failed: a property is not allowed.",
            "1 failed: the broker refused it.",
            "3 left in dead."
        ]
    );
    assert_eq!(world.open(), [1, 3, 4, 5, 6]);
    world.check();
}

#[test]
fn what_has_no_room_at_the_relay_goes_a_second_later() {
    let mut world = World::with(10, 2);
    world.act(to_target(vec![1, 2]));
    world.write();
    world.relay_reads(&[Verdict::Failed(FailReason::TooManyInFlight)]);
    world.run(|_| false);
    assert_eq!(told(&world), ([2, 0, 0, 0, 2], vec![]));
    assert_eq!(world.phase(), Some(Phase::Running));
    // It may be settled while it waits.
    world.user_settles(Action::Settle { number: 1, outcome: Outcome::Ack });
    world.rest();
    assert_eq!(told(&world), ([2, 1, 0, 0, 0], vec!["1 was no longer open.".to_owned()]));
    world.check();
}

#[test]
fn stop_begins_no_more_and_waits_for_what_is_in_flight() {
    let mut world = World::with(4, 10);
    world.act(to_target((1..=10).collect()));
    world.write();
    assert_eq!(told(&world).0, [10, 0, 0, 2, 8], "half of the window is the outbox's");
    world.act(Action::StopMove);
    assert_eq!(world.phase(), Some(Phase::Stopping));
    assert!(world.page.outgoing(0.0).is_none());
    world.run(|_| false);
    assert_eq!(world.phase(), Some(Phase::Finished));
    assert_eq!(told(&world), ([10, 2, 0, 0, 8], vec!["Stopped.".into(), "8 left in dead.".into()]));
}

#[test]
fn a_lost_link_ends_the_run_and_what_was_in_flight_is_not_sent_again() {
    let mut world = World::with(8, 9);
    world.act(to_target((1..=9).collect()));
    world.write();
    world.relay_reads(&[Verdict::Confirmed]);
    world.lose_link();
    assert_eq!(world.phase(), Some(Phase::Finished));
    let (counts, notes) = told(&world);
    assert_eq!(counts, [9, 0, 0, 0, 5]);
    assert!(notes[0].starts_with("Stopped: the link to the relay was lost."), "{notes:?}");
    assert!(notes[1].starts_with("4 on the way without a confirm: still in dead"), "{notes:?}");
    world.check();
    world.open_link();
    world.run(|world| world.deliver(100));
    assert_eq!(world.target.len(), 4, "nothing goes out by itself");
    // Selected again, all of them arrive; four twice, by their names.
    let open = world.open();
    world.act(to_target(open));
    world.run(|_| false);
    assert_eq!(told(&world).0, [9, 9, 0, 0, 0]);
    assert_eq!(world.target.len(), 13);
    world.check();
}

#[test]
fn a_lost_channel_ends_the_run_and_its_copies_are_said_to_be_in_both_queues() {
    let mut world = World::with(8, 9);
    world.act(to_target((1..=9).collect()));
    world.write();
    world.relay_reads(&[Verdict::Confirmed]);
    world.lose_channel();
    world.run(|_| false);
    assert_eq!(world.phase(), Some(Phase::Finished));
    let (counts, notes) = told(&world);
    assert_eq!(counts[1], 4, "their confirms came first: {notes:?}");

    let mut world = World::with(8, 9);
    world.act(to_target((1..=9).collect()));
    world.write();
    world.lose_channel();
    world.relay_reads(&[Verdict::Confirmed]);
    world.run(|_| false);
    let (counts, notes) = told(&world);
    assert_eq!(counts, [9, 0, 0, 0, 5]);
    assert!(notes[0].starts_with("Stopped: the channel to dead was lost."), "{notes:?}");
    assert!(notes[1].starts_with("4 copied to orders and back in dead as well"), "{notes:?}");
    world.check();
}

#[test]
fn what_the_broker_may_have_taken_before_it_went_is_said_to_be_in_both() {
    let mut world = World::with(8, 3);
    world.act(to_target(vec![1, 2, 3]));
    world.write();
    world.relay_reads(&[Verdict::Unconfirmed]);
    world.run(|_| false);
    let (_, notes) = told(&world);
    assert_eq!(notes[0], "Stopped, since copies were not confirmed. The originals stay.");
    assert!(notes[1].starts_with("3 on the way without a confirm: still in dead"), "{notes:?}");
    world.check();
}

#[test]
fn a_message_without_a_name_gets_the_same_one_each_time_it_is_moved() {
    let mut world = World::with(8, 3);
    for _ in 0..2 {
        world.act(to_target(vec![3]));
        world.write();
        world.relay_reads(&[Verdict::Unconfirmed]);
        world.run(|_| false);
        assert_eq!(world.phase(), Some(Phase::Finished));
    }
    assert_eq!(world.target.len(), 2);
    assert_eq!(world.target[0], world.target[1]);
    let words = world.page.copies_words(&[1, 2, 3], Language::English);
    assert_eq!(words, ["1 message has no message_id: its copy gets one."]);
    assert_ne!(words, world.page.copies_words(&[1, 2, 3], Language::Chinese));
}

#[test]
fn of_many_names_that_copies_lack_the_first_are_named() {
    let mut state = crate::modes::page([].into(), Rights::ALL, true);
    let mut delivery = crate::delivery(1, crate::text("x"), Some("a"));
    let names = (0..3_000).map(|at| (format!("x-first-death-{at:04}"), FieldValue::Void));
    delivery.properties.headers = Some(FieldTable(names.collect()));
    crate::store::arrive(&mut state, ServerMessage::Deliveries { messages: vec![delivery] });
    let words = state.copies_words(&[1], Language::English).concat();
    assert!(words.contains("x-first-death-0019 (1), 2,980 more."), "{words}");
}

#[test]
fn a_move_of_all_takes_what_comes_with_a_larger_window_and_flat_memory() {
    let count = 20_000;
    let mut world = World::with(2_000, count);
    world.count();
    world.run(|_| false);
    assert_eq!(world.page.move_all_count(), count);
    world.act(all_to_target(count));
    // Somebody else's messages come behind.
    world.fill(7);
    world.run(|world| world.deliver(1_000));
    assert_eq!(told(&world), ([count, count, 0, 0, 0], vec![]));
    assert_eq!(world.phase(), Some(Phase::Finished));
    assert!(world.most_open <= usize::from(AUTO_PREFETCH), "{}", world.most_open);
    assert_eq!(world.open().len(), 7);
    let bodies: BTreeSet<&str> = world.target.iter().map(|copy| copy.body.as_str()).collect();
    assert_eq!((world.target.len(), bodies.len()), (20_000, 20_000));
}

#[test]
fn a_move_of_all_leaves_what_its_filter_does_not_show_whatever_is_typed_meanwhile() {
    let mut world = World::with(100, 300);
    world.act(Action::Filter("b1".to_owned()));
    world.act(all_to_target(300));
    world.act(Action::Filter("b2".to_owned()));
    world.run(|world| world.deliver(50));
    let passing = (1..=300).filter(|number| format!("b{number}").contains("b1")).count() as u64;
    let over = 300 - passing;
    assert_eq!(
        told(&world),
        ([300, passing, 0, 0, 0], vec![format!("{over} are not shown by the filter.")])
    );
    assert!(world.target.iter().all(|copy| copy.body.starts_with("b1")));
    world.check();
}

#[test]
fn a_move_of_all_ends_where_no_more_comes_and_says_why() {
    // Others have taken some.
    let mut world = World::with(100, 10);
    world.act(all_to_target(15));
    world.run(|world| world.deliver(50));
    assert_eq!(world.phase(), Some(Phase::Running));
    world.rest();
    assert_eq!((world.phase(), told(&world)), (Some(Phase::Finished), ([10, 10, 0, 0, 0], vec![])));

    // What is not shown takes up the window.
    let many = u64::from(AUTO_PREFETCH) + 10;
    let mut world = World::with(100, many);
    world.act(Action::Filter("nothing".to_owned()));
    world.act(all_to_target(many));
    world.count();
    world.run(|world| world.deliver(5_000));
    let (counts, notes) = told(&world);
    assert_eq!((world.phase(), counts), (Some(Phase::Finished), [many, 0, 0, 0, 10]));
    assert!(notes[0].contains("take up the window"), "{notes:?}");

    // The page turns to something else.
    for action in [
        Action::SetAck(AckMode::Auto),
        Action::SetPaused(true),
        Action::Choose(Mode::Watch),
        Action::ReceiveFrom(TARGET.to_owned()),
    ] {
        let mut world = World::with(100, 3);
        world.act(all_to_target(15));
        world.act(action);
        let (_, notes) = told(&world);
        assert!(notes[0].contains("no longer receives from dead"), "{notes:?}");
        assert_eq!(world.phase(), Some(Phase::Finished));
    }
}

#[test]
fn a_time_that_is_past_takes_only_what_is_open() {
    let mut world = World::with(100, 600);
    assert_eq!(world.open().len(), 500);
    world.act(Action::FilterTimes(Some((0.0, 1e12))));
    world.count();
    world.run(|_| false);
    assert_eq!(world.page.move_all_count(), 500);
    world.act(all_to_target(600));
    world.run(|world| world.deliver(1));
    assert_eq!(told(&world).0, [500, 500, 0, 0, 0]);
}

#[test]
fn obstacles_are_said_and_nothing_starts() {
    let obstacle = |world: &World| world.page.move_obstacle();
    let mut world = World::with(10, 2);
    assert_eq!(obstacle(&world), None);
    assert_eq!(world.page.move_targets().collect::<Vec<_>>(), [TARGET]);
    for target in [SOURCE, "elsewhere"] {
        world.act(Action::StartMove { rows: vec![1], target: target.to_owned() });
        assert_eq!(world.phase(), None, "{target}");
    }
    world.act(to_target(vec![1]));
    world.write();
    assert_eq!(obstacle(&world), Some(Obstacle::Moving));
    world.act(to_target(vec![2]));
    assert_eq!(told(&world).0[0], 1, "the second does not start");
    world.run(|_| false);
    world.act(Action::SetAck(AckMode::Auto));
    assert_eq!(obstacle(&world), Some(Obstacle::Automatic));
    world.act(to_target(vec![2]));
    assert_eq!(told(&world).0[0], 1, "nor does one that may not");
    world.act(Action::Choose(Mode::Look));
    assert_eq!(obstacle(&world), Some(Obstacle::Mode(Some(Mode::Look))));
    world.lose_link();
    assert_eq!(obstacle(&world), Some(Obstacle::NotConnected));

    let with = |rights, queues: &[&str]| {
        let by_hand = Choice { ack: Some(AckMode::Manual), ..Choice::now(Mode::Receive) };
        let choices = [(SOURCE.to_owned(), by_hand)].into();
        let mut state = State::new(choices);
        crate::store::arrive(
            &mut state,
            match crate::store::welcome() {
                ServerMessage::Welcome { protocol, relay, limits, receive_at_once, .. } => {
                    let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
                    ServerMessage::Welcome {
                        protocol,
                        relay,
                        queues,
                        rights,
                        limits,
                        receive_at_once,
                    }
                }
                other => other,
            },
        );
        let receiving = |queue: &str| ServerMessage::Receiving {
            queue: queue.to_owned(),
            mode: ReceiveMode::Take,
            ack: AckMode::Manual,
            prefetch: 500,
            stream: false,
        };
        crate::store::arrive(&mut state, receiving("elsewhere"));
        // What is open is of another queue, which was only turned away from.
        let of_another = state.move_obstacle();
        assert!(of_another.is_some(), "{rights:?} {queues:?}");
        crate::store::arrive(&mut state, receiving(SOURCE));
        state.move_obstacle()
    };
    let both = [SOURCE, TARGET];
    assert_eq!(with(Rights::ALL, &both), None);
    assert_eq!(with(Rights { send: false, ..Rights::ALL }, &both), Some(Obstacle::MayNotSend));
    let look = Rights { receive: false, ..Rights::ALL };
    assert_eq!(with(look, &both), Some(Obstacle::MayNotReceive));
    assert_eq!(with(Rights::ALL, &[SOURCE]), Some(Obstacle::NoTarget));
    let looking = Obstacle::Mode(Some(Mode::Look)).words(Language::English);
    assert_eq!(looking, "Looking: choose Receive with Manual ack to move.");
}

#[derive(Debug, Clone)]
enum Step {
    Fill,
    Move(Vec<u64>),
    MoveAll(u64),
    Stop,
    Settle(u64, Outcome),
    SettleAll,
    Pause(bool),
    Write,
    RelayReads(Vec<Verdict>),
    Deliver(usize),
    PageReads,
    Count,
    Tick,
    LoseLink,
    OpenLink,
    LoseChannel,
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = prop_oneof![
        6 => Just(Verdict::Confirmed),
        1 => Just(Verdict::Unconfirmed),
        1 => prop::sample::select(vec![
            FailReason::BrokerDown,
            FailReason::Nacked,
            FailReason::InvalidProperty,
            FailReason::TooManyInFlight,
        ]).prop_map(Verdict::Failed),
    ];
    let outcome = prop::sample::select(vec![Outcome::Ack, Outcome::Requeue, Outcome::Reject]);
    prop_oneof![
        1 => Just(Step::Fill),
        4 => prop::collection::vec(1..30u64, 1..8).prop_map(Step::Move),
        2 => (1..20u64).prop_map(Step::MoveAll),
        1 => Just(Step::Stop),
        2 => (1..30u64, outcome).prop_map(|(number, outcome)| Step::Settle(number, outcome)),
        1 => Just(Step::SettleAll),
        1 => any::<bool>().prop_map(Step::Pause),
        10 => Just(Step::Write),
        10 => prop::collection::vec(verdict, 1..4).prop_map(Step::RelayReads),
        5 => (1..6usize).prop_map(Step::Deliver),
        10 => Just(Step::PageReads),
        2 => Just(Step::Count),
        1 => Just(Step::Tick),
        1 => Just(Step::LoseLink),
        1 => Just(Step::OpenLink),
        1 => Just(Step::LoseChannel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    /// Whatever happens, every message is in one of both queues, or was settled by the user; what is in
    /// both has one name; a run comes to its end and its counts add up.
    #[test]
    fn nothing_is_lost_by_a_move(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = World::with(4, 8);
        for step in steps {
            match step {
                Step::Fill => world.fill(4),
                Step::Move(rows) => world.act(to_target(rows)),
                Step::MoveAll(count) => world.act(all_to_target(count)),
                Step::Stop => world.act(Action::StopMove),
                Step::Settle(number, outcome) => {
                    world.user_settles(Action::Settle { number, outcome });
                }
                Step::SettleAll => world.user_settles(Action::SettleAll),
                Step::Pause(paused) => world.act(Action::SetPaused(paused)),
                Step::Write => drop(world.write()),
                Step::RelayReads(verdicts) => drop(world.relay_reads(&verdicts)),
                Step::Deliver(count) => drop(world.deliver(count)),
                Step::PageReads => drop(world.page_reads()),
                Step::Count => world.count(),
                Step::Tick => world.act(Action::Tick),
                Step::LoseLink => world.lose_link(),
                Step::OpenLink => world.open_link(),
                Step::LoseChannel => world.lose_channel(),
            }
            world.check();
        }
        world.act(Action::SetPaused(false));
        world.open_link();
        world.run(|world| world.deliver(10));
        world.rest();
        world.rest();
        world.check();
        if let Some(moving) = world.page.moving(Language::English) {
            prop_assert_eq!(moving.phase, Phase::Finished);
            prop_assert!(moving.moved + moving.failed + moving.left <= moving.total);
            prop_assert_eq!(moving.in_flight, 0);
        }
        // What is open can be moved again.
        let open = world.open();
        let count = open.len() as u64;
        world.act(to_target(open));
        world.run(|world| world.deliver(10));
        prop_assert_eq!(told(&world).0, [count, count, 0, 0, 0]);
        world.check();
    }
}

#[test]
fn a_reload_says_how_far_the_move_was_that_it_has_ended() {
    let mut world = World::with(10, 3);
    assert_eq!(world.page.save_move(), "");
    world.act(to_target(vec![1, 2]));
    let saved = world.page.save_move();
    world.run(|_| false);
    assert_eq!(world.page.save_move(), "", "nothing is ended");
    let mut next = State::new([].into());
    next.restore_move("");
    next.restore_move("[1]");
    assert_eq!(next.notice, None);
    next.restore_move(&saved);
    let words = next.notice.unwrap().words(Language::English);
    assert!(words.contains(&format!("from {SOURCE} to {TARGET}: 0 of 2 moved.")), "{words}");
}
