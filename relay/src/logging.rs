//! Where log lines go: to stderr, since stdout's first line is read by scripts.

use std::{
    io::{self, IsTerminal as _},
    panic,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use tracing::{error, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer as _, filter::Targets, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// The beginnings of every target of the relay's own: its crates.
const OWN_LINES: [&str; 2] = [env!("CARGO_CRATE_NAME"), "warren_broker"];

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Starts logging to stderr. `RUST_LOG` chooses among the relay's own lines; without it those are
/// written that an operator acts on.
///
/// Lines of libraries are never written, whatever `RUST_LOG` says: lapin's hold message bodies
/// and, at `trace`, the broker's password. What matters of them the relay says in its own words.
pub fn init(format: LogFormat) {
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let own = Targets::new().with_targets(OWN_LINES.map(|target| (target, LevelFilter::TRACE)));
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    tracing_subscriber::registry().with(own).with(chosen).with(lines).init();
    if format == LogFormat::Json {
        panic::set_hook(Box::new(|panicked| error!("{panicked}")));
    }
}

/// Reports why the relay cannot start or go on.
pub fn fatal(format: LogFormat, error: &anyhow::Error) {
    match format {
        LogFormat::Text => eprintln!("relay: {error:#}"),
        LogFormat::Json => error!("{error:#}"),
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
