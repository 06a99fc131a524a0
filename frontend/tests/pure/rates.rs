//! Messages per second, and the picture of them.

use warren_frontend::ui::{
    language::Language,
    rates::{Rates, SECONDS, path},
};

#[test]
fn each_second_counts_what_was_new_in_it() {
    let mut rates = Rates::default();
    rates.tick(100, 7, 10_000.0);
    assert_eq!(rates.series().now(), (0, 0), "what was before is not counted");
    rates.tick(110, 7, 11_010.0);
    rates.tick(110, 9, 11_990.0);
    assert_eq!((&*rates.series().sent, &*rates.series().received), (&[10, 0][..], &[0, 2][..]));
    assert_eq!(rates.series().max(), 10);
    assert_eq!(
        rates.series().words(Language::English),
        "Messages per second over the last two minutes: sent 0 now and 10 at most, received 2 now \
         and 2 at most"
    );
}

#[test]
fn late_ticks_are_spread_and_early_ones_wait() {
    let mut rates = Rates::default();
    rates.tick(0, 0, 0.0);
    rates.tick(5, 0, 300.0);
    rates.tick(30, 0, 3_000.0);
    assert_eq!(*rates.series().sent, [10, 10, 10]);
}

#[test]
fn no_message_is_lost_between_late_ticks() {
    let mut rates = Rates::default();
    rates.tick(0, 0, 0.0);
    rates.tick(1, 5, 3_000.0);
    assert_eq!(
        (&*rates.series().sent, &*rates.series().received),
        (&[0, 0, 1][..], &[1, 2, 2][..])
    );
    rates.tick(1_000, 5, 300_000.0);
    assert_eq!(rates.series().sent.len(), SECONDS);
}

#[test]
fn two_minutes_are_kept_and_odd_clocks_do_no_harm() {
    let mut rates = Rates::default();
    for second in 0..200_u32 {
        rates.tick(u64::from(second), 0, f64::from(second) * 1_000.0);
    }
    for odd in [1e300, f64::NAN, f64::INFINITY, -1e300, 0.0] {
        rates.tick(5, 5, odd);
    }
    let series = rates.series();
    assert_eq!((series.sent.len(), series.received.len()), (SECONDS, SECONDS));
}

#[test]
fn the_picture_ends_at_the_right_and_fits_its_height() {
    assert_eq!(path(&[0, 5, 10], 10, 24), "M117 24.0L118 12.0L119 0.0");
    assert_eq!(path(&[], 10, 24), "");
    assert_eq!(path(&[9], 0, 24), "M119 0.0");
}
