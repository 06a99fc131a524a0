//! The numbered progress lines: `[2] trunk 0.21.14 (first time only, some minutes)`.
//!
//! They go to stderr, so that stdout has only what a script waits for.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Counts the steps of one command.
#[derive(Debug, Default)]
pub struct Steps {
    at: usize,
}

impl Steps {
    /// A step that had nothing to do: `what` is there already.
    pub fn ready(&mut self, what: &str) {
        self.line(what, "ready");
    }

    /// A step that is left out, and why.
    pub fn left_out(&mut self, what: &str, why: &str) {
        self.line(what, why);
    }

    /// Announces `what`, does it and says how long that took.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn work<T>(
        &mut self,
        what: &str,
        note: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        self.line(what, note);
        let start = Instant::now();
        let done = work();
        let outcome = if done.is_ok() { "done" } else { "FAILED" };
        eprintln!("      {outcome} in {}", seconds(start.elapsed()));
        done
    }

    fn line(&mut self, what: &str, note: &str) {
        self.at += 1;
        eprintln!("{}", step_line(self.at, what, note));
    }
}

fn step_line(at: usize, what: &str, note: &str) -> String {
    let note = match note {
        "" => String::new(),
        note => format!(" ({note})"),
    };
    format!("[{at}] {what}{note}")
}

/// `4.2 s`, or `3 min 20 s` from two minutes on.
#[must_use]
pub fn seconds(time: Duration) -> String {
    let whole = time.as_secs();
    if whole < 120 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_its_number_its_name_and_a_note_where_there_is_one() {
        assert_eq!(step_line(2, "trunk 0.21.14", "ready"), "[2] trunk 0.21.14 (ready)");
        assert_eq!(step_line(6, "relay", ""), "[6] relay");
    }

    #[test]
    fn times_are_short_to_read() {
        assert_eq!(seconds(Duration::from_millis(4_230)), "4.2 s");
        assert_eq!(seconds(Duration::from_secs(200)), "3 min 20 s");
    }
}
