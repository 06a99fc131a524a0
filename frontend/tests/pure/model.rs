//! A model test of the page's session: outbox, inbox and state live in a world whose network
//! loses, repeats and reorders what the page writes, and whose broker fails. Whatever happens, nothing that was
//! accepted is lost, nothing is claimed that has not happened, and nothing is acknowledged unseen.

mod world;

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::Config};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use warren_frontend::{
    receive::mode::Mode,
    send::{draft::Prepared, outbox::SendState},
    store::Action,
};

use world::{Verdict, WINDOW, Way, World};

/// What can happen. Frames are named by their place in the line, 0 being the next.
#[derive(Debug, Clone)]
enum Step {
    Send,
    SendAgain(u64),
    SetPaused(bool),
    Choose(Mode),
    OpenLink,
    LoseLink,
    LoseChannel,
    Write,
    RelayReads(usize, Way, Verdict),
    Deliver(usize),
    /// The next frame: a link keeps their order, and loses none but with itself.
    PageReads,
}

/// The reference is the promise itself: so many messages were handed in.
#[derive(Debug, Clone, Default)]
struct Promise {
    accepted: u64,
}

impl ReferenceStateMachine for Promise {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        // Most frames are next in line and arrive.
        let place = || prop_oneof![6 => Just(0), 1 => 0..4usize];
        let way = || {
            let way = [Way::Whole, Way::Twice, Way::Lost];
            prop_oneof![8 => Just(Way::Whole), 2 => prop::sample::select(way.to_vec())]
        };
        let verdict = || {
            let all = [Verdict::Unconfirmed, Verdict::Down, Verdict::Returned];
            prop_oneof![5 => Just(Verdict::Confirmed), 2 => prop::sample::select(all.to_vec())]
        };
        prop_oneof![
            6 => Just(Step::Send),
            1 => (0..20u64).prop_map(Step::SendAgain),
            1 => any::<bool>().prop_map(Step::SetPaused),
            4 => prop::sample::select(vec![Mode::Look, Mode::Receive]).prop_map(Step::Choose),
            3 => Just(Step::OpenLink),
            1 => Just(Step::LoseLink),
            1 => Just(Step::LoseChannel),
            8 => Just(Step::Write),
            8 => (place(), way(), verdict()).prop_map(|(at, way, verdict)| {
                Step::RelayReads(at, way, verdict)
            }),
            5 => (1..=WINDOW).prop_map(Step::Deliver),
            10 => Just(Step::PageReads),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        if let Step::Send = step {
            state.accepted += 1;
        }
        state
    }
}

struct PageInItsWorld;

impl StateMachineTest for PageInItsWorld {
    type SystemUnderTest = (World, u64);
    type Reference = Promise;

    fn init_test(_: &Promise) -> Self::SystemUnderTest {
        let mut world = World::new();
        // Most pages are connected; the steps lose that too.
        world.open_link();
        for _ in 0..3 {
            world.page_reads();
        }
        (world, 0)
    }

    fn apply((mut world, mut sent): (World, u64), _: &Promise, step: Step) -> (World, u64) {
        match step {
            Step::Send => {
                sent += 1;
                let message = Prepared::text("x".to_owned());
                world.act(Action::Send { message, message_id: format!("m{sent}") });
            }
            Step::SendAgain(key) => {
                // A message that failed is the same one, any other is a new one.
                let failed = world
                    .page
                    .outbox
                    .rows()
                    .iter()
                    .any(|row| row.key == key && matches!(row.state, SendState::Failed { .. }));
                if failed {
                    world.act(Action::SendAgain { key, message_id: String::new() });
                }
            }
            Step::SetPaused(paused) => world.act(Action::SetPaused(paused)),
            Step::Choose(mode) => world.act(Action::Choose(mode)),
            Step::OpenLink => world.open_link(),
            Step::LoseLink => world.lose_link(),
            Step::LoseChannel => world.lose_channel(),
            Step::Write => {
                world.write();
            }
            Step::RelayReads(at, way, verdict) => world.relay_reads(at, way, verdict),
            Step::Deliver(count) => world.deliver(count),
            Step::PageReads => world.page_reads(),
        }
        (world, sent)
    }

    fn check_invariants((world, _): &(World, u64), promise: &Promise) {
        let totals = world.page.outbox.totals();
        let open = totals.queued + totals.in_flight + totals.failed;
        assert_eq!(open as u64 + totals.confirmed, promise.accepted, "{totals:?}");
        assert!(totals.in_flight <= WINDOW, "{totals:?}");
        for row in world.page.outbox.rows() {
            let name = row.message.properties.message_id.as_deref().unwrap();
            if matches!(row.state, SendState::Confirmed { .. }) {
                assert!(world.has_confirmed(name), "{name} was never confirmed");
            }
        }
        let shown = world.shown();
        for name in &world.queued {
            assert!(shown.contains(name) || world.holds(name), "{name} is lost");
        }
    }

    fn teardown((mut world, _): (World, u64), promise: Promise) {
        world.heal();
        let totals = world.page.outbox.totals();
        assert_eq!((totals.queued, totals.in_flight), (0, 0), "{totals:?}");
        assert_eq!(totals.confirmed + totals.failed as u64, promise.accepted, "{totals:?}");
        assert_eq!(world.left_over(), 0, "everything is settled");
        let shown: BTreeSet<String> = world.shown();
        assert_eq!(shown, world.queued);
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 512, ..Config::default() })]
    #[test]
    fn nothing_is_lost_whatever_the_network_does(sequential 1..80 => PageInItsWorld);
}
