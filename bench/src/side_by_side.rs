//! The table of README.md: Warren beside what people would use instead, with the day and the machine.

use std::{fmt::Write as _, fs, process::Command};

use warren_frontend::ui::number::grouped;

use crate::report::{Figure, Report};

const SIZES: [&str; 3] = ["100 B", "10 KiB", "1 MiB"];

/// The rows, each by the names of its figures, of which the size follows.
const ROWS: [(&str, &str); 10] = [
    ("raw lapin in one process, msg/s", "raw lapin"),
    ("through the relay, msg/s", "relay"),
    ("relay ÷ raw lapin", "relay / raw lapin"),
    ("through the page, msg/s", "page"),
    ("a JavaScript client of the relay, msg/s", "JavaScript over the relay"),
    ("amqp-client.js, msg/s", "amqp-client.js"),
    ("amqp-client.js tuned, msg/s", "amqp-client.js tuned"),
    ("page ÷ amqp-client.js", "page / amqp-client.js"),
    ("page ÷ amqp-client.js tuned", "page / amqp-client.js tuned"),
    ("JavaScript client ÷ amqp-client.js", "JavaScript over the relay / amqp-client.js"),
];

/// The table in Markdown; none where throughput was not measured.
#[must_use]
pub(crate) fn table(report: &Report) -> Option<String> {
    let mut table = format!("{}\n\n| | {} |\n|---|---|---|---|\n", machine(), SIZES.join(" | "));
    for (words, name) in ROWS {
        let cells = SIZES.map(|size| {
            let what = format!("{name}, {size}");
            report.figures.iter().find(|figure| figure.what == what).map(cell)
        });
        let [Some(small), Some(middle), Some(large)] = cells else { return None };
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {words} | {small} | {middle} | {large} |");
    }
    Some(table)
}

fn cell(figure: &Figure) -> String {
    let (min, max) = figure.spread();
    format!("{} ({} – {})", short(figure.median()), short(min), short(max))
}

/// Whole numbers from 10 on, in groups of three; ratios with two digits.
fn short(value: f64) -> String {
    if value < 10.0 { format!("{value:.2}") } else { grouped(value.round() as u64) }
}

/// `2026-11-26, 2 cores (AMD EPYC), Linux 6.1`: as far as the machine tells.
fn machine() -> String {
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(": ")).map_or("", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let day = said("date", "+%F").unwrap_or_default();
    let system = said("uname", "-sr").unwrap_or_default();
    format!("{day}, {cores} cores ({model}), {system}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Goal;

    #[test]
    fn the_table_has_all_rows_or_is_none() {
        let mut report = Report::default();
        assert_eq!(table(&report), None);
        for (_, name) in ROWS {
            for size in SIZES {
                let runs = vec![1_234_567.0, 2.5, 12.0];
                report.add("throughput", format!("{name}, {size}"), "msg/s", runs, Goal::None);
            }
        }
        let table = table(&report).unwrap();
        assert_eq!(table.matches("12 (2.50 – 1,234,567)").count(), 3 * ROWS.len(), "{table}");
    }
}
