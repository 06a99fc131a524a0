//! Where log lines go: to stderr, since stdout's first line is read by scripts.

use std::{
    env,
    io::{self, IsTerminal as _},
    panic,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use tracing::{error, level_filters::LevelFilter, warn};
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
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

/// Chooses among the relay's own lines, by level or by target and level.
const VARIABLE: &str = "RUST_LOG";

/// Starts logging to stderr. `RUST_LOG` chooses among the relay's own lines; without it those are
/// written that an operator acts on, and so they are, with a warning, where it chooses none.
///
/// Lines of libraries are never written, whatever `RUST_LOG` says: lapin's hold message bodies
/// and, at `trace`, the broker's password. What matters of them the relay says in its own words.
pub fn init(format: LogFormat) {
    let asked = env::var(VARIABLE).unwrap_or_default();
    let chosen = chosen(&asked);
    let own = Targets::new().with_targets(OWN_LINES.map(|target| (target, LevelFilter::TRACE)));
    let lines = fmt::layer().with_writer(io::stderr).with_target(false);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let unusable = chosen.is_none();
    let chosen = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    tracing_subscriber::registry().with(own).with(chosen).with(lines).init();
    if unusable && !asked.is_empty() {
        warn!(
            "{VARIABLE} {asked:?} chooses none of the relay's lines, and is taken for info: it can be error, warn, info, debug, trace or off"
        );
    }
    if format == LogFormat::Json {
        panic::set_hook(Box::new(|panicked| error!("{panicked}")));
    }
}

/// The lines that `asked` chooses; none where it is not a filter, or one of other programs' lines only.
fn chosen(asked: &str) -> Option<Targets> {
    // An empty part would be a level to `Targets`: error.
    let parts: Vec<&str> = asked.split(',').filter(|part| !part.is_empty()).collect();
    let targets: Targets = parts.join(",").parse().ok()?;
    let is_of_ours = |target: &str| {
        OWN_LINES.iter().any(|own| own.starts_with(target) || target.starts_with(own))
    };
    let chooses = targets.default_level().is_some() || targets.iter().any(|(t, _)| is_of_ours(t));
    (chooses && !parts.is_empty()).then_some(targets)
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
    use tracing::Level;

    use super::*;

    #[test]
    fn a_filter_has_to_choose_lines_of_ours() {
        let would = |level| {
            move |asked| chosen(asked).map(|lines| lines.would_enable("relay::session", &level))
        };
        let (debug, error) = (would(Level::DEBUG), would(Level::ERROR));
        for all in ["debug", "trace", "info,relay=debug", "info,,relay::session=debug"] {
            assert_eq!(debug(all), Some(true), "{all}");
        }
        for some in ["info", "info,", "warn,warren_broker=debug", "relay=info"] {
            assert_eq!((debug(some), error(some)), (Some(false), Some(true)), "{some}");
        }
        for off in ["off", "OFF", "0", "relay=off,warren_broker=off"] {
            assert_eq!(error(off), Some(false), "{off}");
        }
        for unusable in ["", ",", "verbose", "lapin=trace", "relay=loud", "a=b=c"] {
            assert_eq!(debug(unusable), None, "{unusable}");
        }
    }

    #[test]
    fn a_flood_passes_once() {
        let throttle = Throttle::default();
        let passed: Vec<u64> = (0..1_000).filter_map(|_| throttle.pass()).collect();
        assert_eq!(passed, [0]);
        let unlogged = throttle.0.lock().unwrap().as_ref().map(|passed| passed.unlogged);
        assert_eq!(unlogged, Some(999));
    }
}
