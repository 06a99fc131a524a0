//! How much of everything is measured.

use std::time::Duration;

/// How many rounds, messages and sessions.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// Each figure is the median of so many rounds.
    pub(crate) rounds: usize,
    /// Messages of 100 B, 10 KiB and 1 MiB for each run.
    pub(crate) counts: [usize; 3],
    /// WebSocket messages of 1 KB, 256 KiB and 1 MiB for each run of the echo.
    pub(crate) echoes: [usize; 3],
    /// Messages that are sent one at a time for each run, and before them some that are not told.
    pub(crate) singles: usize,
    pub(crate) warm_up: usize,
    /// Open sessions.
    pub(crate) sessions: Vec<usize>,
    /// How many of them receive, at most.
    pub(crate) receiving: usize,
    /// Messages among many sessions.
    pub(crate) shared: usize,
    /// How long the relay is left idle.
    pub(crate) idle: Duration,
    /// Messages of the flood through one session, and beside a stalled reader.
    pub(crate) flood: usize,
    pub(crate) beside_stalled: usize,
    /// Messages at a steady rate under a watch.
    pub(crate) steady: usize,
    /// Dead letters that are moved; more than a page holds at once.
    pub(crate) moved: u64,
    /// Connections of an attacker.
    pub(crate) half_open: usize,
    /// Kept messages in the page.
    pub(crate) list_sizes: Vec<usize>,
}

impl Scale {
    /// For figures that are told to others.
    #[must_use]
    pub(crate) fn full(rounds: usize) -> Self {
        Self {
            rounds,
            counts: [120_000, 40_000, 1_000],
            echoes: [10_000, 1_000, 200],
            singles: 300,
            warm_up: 50,
            sessions: vec![1, 100, 1_000, 5_000],
            receiving: 1_000,
            shared: 80_000,
            idle: Duration::from_secs(10),
            flood: 1_000_000,
            beside_stalled: 200_000,
            steady: 50_000,
            moved: 100_000,
            half_open: 10_000,
            list_sizes: vec![1_000, 10_000, 100_000],
        }
    }

    /// To see that all of it works.
    #[must_use]
    pub(crate) fn smoke() -> Self {
        Self {
            rounds: 1,
            counts: [500, 50, 3],
            echoes: [20, 5, 3],
            singles: 3,
            warm_up: 1,
            sessions: vec![1, 10],
            receiving: 10,
            shared: 500,
            idle: Duration::from_millis(200),
            flood: 2_000,
            beside_stalled: 2_000,
            steady: 500,
            moved: 2_000,
            half_open: 20,
            list_sizes: vec![100, 200],
        }
    }
}
