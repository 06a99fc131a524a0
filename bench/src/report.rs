//! What was measured: figures with their spread, a table of them, and the same as JSON.

use std::{fmt::Write as _, fs, path::PathBuf};

use serde::Serialize;

/// What a figure has to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// It is only told.
    None,
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

/// One thing that was measured, several times.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// Which part of the bench it belongs to.
    pub(crate) part: &'static str,
    /// What was measured.
    pub(crate) what: String,
    /// `msg/s`, `ms`, `KiB`, …; `×` for a ratio of two figures of the same round.
    pub(crate) unit: &'static str,
    /// One value for each round.
    pub(crate) runs: Vec<f64>,
    /// What it has to reach.
    pub(crate) goal: Goal,
}

impl Figure {
    /// The middle one of the runs, the mean of the middle two where their number is even.
    #[must_use]
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[count / 2],
            count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
        }
    }

    /// The smallest and the largest of the runs.
    #[must_use]
    pub(crate) fn spread(&self) -> (f64, f64) {
        let min = self.runs.iter().copied().fold(f64::INFINITY, f64::min);
        (min, self.runs.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    }

    /// Whether the median reaches the goal; none where there is no goal.
    #[must_use]
    pub(crate) fn reached(&self) -> Option<bool> {
        match self.goal {
            Goal::None => None,
            Goal::AtLeast(min) => Some(self.median() >= min),
            Goal::AtMost(max) => Some(self.median() <= max),
        }
    }
}

/// All figures of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// In the order in which they were measured.
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    /// Takes a figure in, and says it on stderr: a run takes some minutes.
    pub(crate) fn add(
        &mut self,
        part: &'static str,
        what: impl Into<String>,
        unit: &'static str,
        runs: Vec<f64>,
        goal: Goal,
    ) {
        let figure = Figure { part, what: what.into(), unit, runs, goal };
        eprintln!("      {}", line(&figure));
        self.figures.push(figure);
    }

    /// The figures as a table in Markdown.
    #[must_use]
    pub(crate) fn table(&self) -> String {
        let mut table = String::from(
            "| part | what | median | from – to | runs | goal | |\n|---|---|---|---|---|---|---|\n",
        );
        for figure in &self.figures {
            let Figure { part, what, unit, runs, .. } = figure;
            let (min, max) = figure.spread();
            let (median, goal) = (short(figure.median()), goal_words(figure.goal));
            let verdict = verdict(figure);
            let (min, max, runs) = (short(min), short(max), runs.len());
            // Writing to a string does not fail.
            let _ = writeln!(
                table,
                "| {part} | {what} | {median} {unit} | {min} – {max} | {runs} | {goal} | {verdict} |"
            );
        }
        table
    }

    /// Writes `target/bench/report.json`, and returns its path.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn write_json(&self) -> std::io::Result<PathBuf> {
        let folder = xtask::target_dir().join("bench");
        fs::create_dir_all(&folder)?;
        let file = folder.join("report.json");
        fs::write(&file, serde_json::to_string_pretty(self)?)?;
        Ok(file)
    }
}

fn line(figure: &Figure) -> String {
    let (min, max) = figure.spread();
    let (median, min, max) = (short(figure.median()), short(min), short(max));
    let Figure { part, what, unit, .. } = figure;
    format!("{part}: {what}: {median} {unit} ({min} – {max}) {}", verdict(figure))
}

fn verdict(figure: &Figure) -> &'static str {
    match figure.reached() {
        None => "",
        Some(true) => "reached",
        Some(false) => "MISSED",
    }
}

fn goal_words(goal: Goal) -> String {
    match goal {
        Goal::None => String::new(),
        Goal::AtLeast(min) => format!("≥ {}", short(min)),
        Goal::AtMost(max) => format!("≤ {}", short(max)),
    }
}

/// Three digits or so: more would claim what was not measured.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// The value below which this part (0 to 1) of `values` is; `values` is sorted by it.
#[must_use]
pub(crate) fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    // Within the slice, so the cast keeps the value.
    values.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(runs: &[f64], goal: Goal) -> Figure {
        Figure { part: "part", what: "what".to_owned(), unit: "ms", runs: runs.to_vec(), goal }
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(figure(&[3.0, 1.0, 2.0], Goal::None).median(), 2.0);
        assert_eq!(figure(&[4.0, 1.0, 2.0, 3.0], Goal::None).median(), 2.5);
    }

    #[test]
    fn a_goal_is_reached_by_the_median() {
        assert_eq!(figure(&[0.7, 0.5, 0.9], Goal::AtLeast(0.6)).reached(), Some(true));
        assert_eq!(figure(&[0.7, 0.5, 0.9], Goal::AtMost(0.6)).reached(), Some(false));
        assert_eq!(figure(&[0.7], Goal::None).reached(), None);
    }

    #[test]
    fn percentiles_are_of_the_values() {
        let mut values: Vec<f64> = (1..=101).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.5), 51.0);
        assert_eq!(percentile(&mut values, 0.99), 100.0);
    }

    #[test]
    fn the_table_says_what_was_missed() {
        let mut report = Report::default();
        report.add("part", "what", "ms", vec![1.0, 2.0, 30.0], Goal::AtMost(1.5));
        let table = report.table();
        assert!(
            table.contains("| part | what | 2.00 ms | 1.00 – 30.0 | 3 | ≤ 1.50 | MISSED |"),
            "{table}"
        );
    }
}
