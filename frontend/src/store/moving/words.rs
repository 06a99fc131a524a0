//! How far a move is, as a view shows it.

use crate::{
    receive::moving::{Failed, Run, Stop, Why},
    send::{outbox::FailDetail, status::failure},
    store::State,
    ui::{language::Language, number::grouped},
};

/// What a move is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It goes on.
    Running,
    /// Nothing begins any more; what is in flight is waited for.
    Stopping,
    /// Nothing is under way.
    Finished,
}

/// A move for a view: `moved` + `failed` + `in_flight` + `left` ≤ `total`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Where the messages come from.
    pub source: String,
    /// Where they go.
    pub target: String,
    /// How many there are to move, at most.
    pub total: u64,
    /// In the target, and acknowledged.
    pub moved: u64,
    /// Copies that failed.
    pub failed: u64,
    /// Copies on their way.
    pub in_flight: u64,
    /// Not begun.
    pub left: u64,
    /// See [`Phase`].
    pub phase: Phase,
    /// `1,234 of 3,000 moved`.
    pub numbers: String,
    /// What there is to know beside them, one sentence each: why it stopped, what failed and why, what is
    /// left, and what may be in both queues.
    pub notes: Vec<String>,
}

impl State {
    /// How far the move is, where there is or was one.
    #[must_use]
    pub fn moving(&self, language: Language) -> Option<Moving> {
        let run = self.move_run.as_ref()?;
        let tally = run.tally();
        let phase = match run.stopped() {
            _ if run.is_over() => Phase::Finished,
            Some(_) => Phase::Stopping,
            None => Phase::Running,
        };
        Some(Moving {
            source: run.source().to_owned(),
            target: run.target().to_owned(),
            total: tally.total,
            moved: tally.moved,
            failed: tally.failed,
            in_flight: tally.in_flight,
            left: tally.left(),
            phase,
            numbers: language.moved_of(&grouped(tally.moved), &grouped(tally.total)),
            notes: notes(run, self.sends(), language),
        })
    }
}

fn notes(run: &Run, sends: bool, language: Language) -> Vec<String> {
    let (tally, source, target) = (run.tally(), run.source(), run.target());
    let waits = (!sends && !run.is_over()).then(|| language.sending_waits().to_owned());
    let stop = run.stopped().map(|stop| match stop {
        Stop::Asked if run.is_over() => language.move_stopped().to_owned(),
        Stop::Asked => language.move_stopping().to_owned(),
        Stop::Failed => language.move_stopped_failed().to_owned(),
        Stop::ChannelLost => language.move_lost_channel(source),
        Stop::LinkLost => language.move_lost_link(source),
        Stop::Unconfirmed => language.move_stopped_unconfirmed().to_owned(),
        Stop::SourceLeft => language.move_source_left(source),
        Stop::WindowFull => language.move_window_full().to_owned(),
    });
    let counted = [
        (tally.gone, language.move_gone(tally.gone)),
        (tally.passed_over, language.move_passed_over(tally.passed_over)),
        (tally.doubled, language.move_doubled(tally.doubled, source, target)),
        (tally.unconfirmed, language.move_unconfirmed(tally.unconfirmed, source, target)),
        // While it runs, the numbers say it.
        (if run.is_over() { tally.left() } else { 0 }, language.move_left(tally.left(), source)),
    ];
    let counted = counted.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words);
    let failed = run.failures().iter().map(|failed| failure_words(failed, language));
    waits.into_iter().chain(stop).chain(failed).chain(counted).collect()
}

fn failure_words(Failed { why, count }: &Failed, language: Language) -> String {
    let why = match why {
        Why::Said(reason, detail) => {
            failure(*reason, detail.clone().map(FailDetail::Said).as_ref(), language)
        }
        Why::OverWire { bytes, max } => {
            let detail = FailDetail::OverWire { bytes: *bytes, max: *max };
            failure(warren_protocol::FailReason::TooLarge, Some(&detail), language)
        }
    };
    language.move_failed(*count, &why)
}
