//! Where log lines go: to stderr, since stdout's first line is read by scripts.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts logging to stderr. `RUST_LOG` chooses what is logged; without it that is what an
/// operator acts on.
///
/// lapin logs the payload of every returned message and repeats every connection error that the
/// relay reports in its own words, so it is silent by default.
pub fn init(format: LogFormat) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,lapin=off"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_target(false);
    match format {
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init(),
        LogFormat::Json => builder.json().init(),
    }
}

/// How often a line may come that anyone on the network can cause.
const PERIOD: Duration = Duration::from_secs(60);

/// Lets a line through once in a [`PERIOD`], so that nobody can flood the log.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Option<Passed>>);

#[derive(Debug)]
struct Passed {
    at: Instant,
    /// How many were held back since.
    unlogged: u64,
}

impl Throttle {
    /// Whether the line may be written now; if so, how many were held back before it.
    pub(crate) fn pass(&self) -> Option<u64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *last {
            Some(passed) if passed.at.elapsed() < PERIOD => {
                passed.unlogged += 1;
                None
            }
            last => {
                let before = last.replace(Passed { at: Instant::now(), unlogged: 0 });
                Some(before.map_or(0, |passed| passed.unlogged))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_passes_once() {
        let throttle = Throttle::default();
        let passed: Vec<u64> = (0..1_000).filter_map(|_| throttle.pass()).collect();
        assert_eq!(passed, [0]);
        let unlogged = throttle.0.lock().unwrap().as_ref().map(|passed| passed.unlogged);
        assert_eq!(unlogged, Some(999));
    }
}
