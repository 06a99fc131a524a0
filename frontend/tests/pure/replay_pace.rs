//! When the messages of a file go: odd times in the file, and odd clocks.

use warren_frontend::{
    send::{
        replay::{MAX_PAUSE_MS, Pace, Pauses, Plan},
        run::{CATCH_UP_MS, Phase},
    },
    ui::language::Language,
};

use crate::replay::{bodies, found, progress, replaying, turn};

const HOUR_MS: f64 = 3_600_000.0;
const DAY_MS: f64 = 24.0 * HOUR_MS;
/// The last millisecond that the file can name, in the year 9999.
const LAST_MS: f64 = 253_402_300_799_999.0;

fn at(pace: Pace) -> Plan {
    Plan { pace, goes_on: true, ..Plan::default() }
}

/// A file with a message at each of these times.
fn file(times_ms: &[f64]) -> String {
    times_ms.iter().map(|at_ms| bodies("orders", &["a"], *at_ms)).collect()
}

#[test]
fn no_time_in_the_file_makes_it_wait_for_longer_than_an_hour() {
    assert_eq!(MAX_PAUSE_MS, HOUR_MS);
    let file = file(&[0.0, LAST_MS, DAY_MS, DAY_MS + 1_000.0]);
    let found = found(&file);
    assert_eq!(found.pauses, Pauses { ms: HOUR_MS + 1_000.0, too_long: 1, backwards: 1 });
    let (mut state, mut read) = (replaying(&file, at(Pace::Original)), 0);
    let (sent, wait_ms) = turn(&mut state, &file, &mut read, 0.0);
    assert_eq!((sent.len(), wait_ms), (1, Some(HOUR_MS)));
    assert_eq!(
        progress(&state).words(true, Language::English).as_deref(),
        Some("Next message in 1 h.")
    );
    let (_, wait_ms) = turn(&mut state, &file, &mut read, HOUR_MS - 90_000.0);
    assert_eq!(wait_ms, Some(90_000.0));
    assert_eq!(
        progress(&state).words(true, Language::English).as_deref(),
        Some("Next message in 1 min 30 s.")
    );
    // One odd time does not take the pauses from those that follow.
    let (sent, wait_ms) = turn(&mut state, &file, &mut read, HOUR_MS);
    assert_eq!((sent.len(), wait_ms), (2, Some(1_000.0)));
    assert_eq!(progress(&state).words(true, Language::English), None, "a second is no wait");
}

#[test]
fn messages_without_a_time_go_at_once() {
    let bare = "{\"queue\": \"orders\", \"body\": {\"text\": \"\"}}\n";
    let odd = "{\"queue\": \"orders\", \"received\": \"yesterday\", \"body\": {\"text\": \"\"}}\n";
    let file = [bare, &file(&[5_000.0]), odd, bare, &file(&[6_000.0])].concat();
    assert_eq!(found(&file).timeless, 3);
    let (mut state, mut read) = (replaying(&file, at(Pace::Original)), 0);
    let (sent, wait_ms) = turn(&mut state, &file, &mut read, 0.0);
    assert_eq!((sent.len(), wait_ms), (4, Some(1_000.0)));
}

#[test]
fn pauses_before_messages_that_are_skipped_count_and_are_bounded_together() {
    let skipped = |at_ms| bodies("elsewhere", &["b"], at_ms);
    let file = [
        file(&[0.0]),
        skipped(400.0),
        file(&[1_000.0]),
        skipped(DAY_MS),
        skipped(2.0 * DAY_MS),
        file(&[3.0 * DAY_MS]),
    ]
    .concat();
    let (mut state, mut read) = (replaying(&file, at(Pace::Original)), 0);
    assert_eq!(turn(&mut state, &file, &mut read, 0.0).1, Some(1_000.0));
    let (sent, wait_ms) = turn(&mut state, &file, &mut read, 1_000.0);
    assert_eq!((sent.len(), wait_ms), (1, Some(HOUR_MS)));
}

#[test]
fn a_clock_that_is_set_back_costs_one_pause_at_most() {
    for pace in [Pace::PerSecond(2), Pace::Original] {
        let file = file(&[10_000.0, 10_500.0, 11_000.0, 11_500.0]);
        let (mut state, mut read) = (replaying(&file, at(pace)), 0);
        assert_eq!(turn(&mut state, &file, &mut read, 0.0).1, Some(500.0));
        let (sent, wait_ms) = turn(&mut state, &file, &mut read, -HOUR_MS);
        assert_eq!((sent.len(), wait_ms), (0, Some(500.0)), "{pace:?}");
        assert_eq!(turn(&mut state, &file, &mut read, 500.0 - HOUR_MS).0.len(), 1);
        assert_eq!(turn(&mut state, &file, &mut read, 1_000.0 - HOUR_MS).0.len(), 1);
    }
}

#[test]
fn a_clock_that_is_set_ahead_or_a_machine_that_slept_brings_no_flood() {
    let times: Vec<f64> = (0..1_000).map(|number| f64::from(number) * 1_000.0).collect();
    let file = file(&times);
    for pace in [Pace::PerSecond(1), Pace::Original] {
        let (mut state, mut read) = (replaying(&file, at(pace)), 0);
        assert_eq!(turn(&mut state, &file, &mut read, 0.0).0.len(), 1);
        let (sent, wait_ms) = turn(&mut state, &file, &mut read, HOUR_MS);
        assert_eq!(sent.len(), (CATCH_UP_MS / 1_000.0) as usize + 1, "{pace:?}");
        assert_eq!(wait_ms, Some(1_000.0));
        // From then on with the pauses of the file.
        assert_eq!(turn(&mut state, &file, &mut read, HOUR_MS + 2_000.0).0.len(), 2);
    }
}

#[test]
fn a_clock_that_gives_no_number_does_no_harm() {
    for pace in [Pace::Fast, Pace::PerSecond(1), Pace::Original] {
        let file = file(&[0.0, 1_000.0, 2_000.0, 3_000.0, 4_000.0, 5_000.0, 6_000.0, 7_000.0]);
        let (mut state, mut read) = (replaying(&file, at(pace)), 0);
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e300, 1e300] {
            let (_, wait_ms) = turn(&mut state, &file, &mut read, odd);
            assert!(wait_ms.is_none_or(|wait_ms| (0.0..=MAX_PAUSE_MS).contains(&wait_ms)), "{odd}");
        }
        for second in 0..20 {
            turn(&mut state, &file, &mut read, f64::from(second) * 1_000.0);
        }
        assert_eq!(progress(&state).run.made, 8, "{pace:?}");
        assert_eq!(progress(&state).run.phase, Phase::Finishing { withdrawn: false });
    }
}
