//! Measures Warren beside what it is compared with, in one run on one machine: absolute times are
//! the machine's, ratios are ours. `cargo xtask bench` sets up what it needs and starts it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // what fails ends the run, and says where

mod attacks;
mod baseline;
mod browser;
mod client;
mod first_load;
mod flood;
mod kept;
mod latency;
mod load;
mod moves;
mod plot;
mod process;
mod report;
mod scale;
mod sessions;
mod side_by_side;
mod sockets;
mod throughput;
mod watch;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use report::Report;
use scale::Scale;

/// Measures Warren: `cargo xtask bench [PART…]`.
#[derive(Parser)]
struct Args {
    /// What to measure; all of it where nothing is named
    parts: Vec<Part>,
    /// Each figure is the median of so many rounds
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
    /// A little of everything, to see that it works; draws nothing
    #[arg(long)]
    smoke: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Throughput,
    Latency,
    Sessions,
    Memory,
    Attacks,
    FirstLoad,
    Kept,
    Growth,
    Watch,
    Move,
}

fn main() -> ExitCode {
    let args = Args::parse();
    // One thread, as a client that does little needs no more, and the relay shares the machine.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(&args));
    ExitCode::SUCCESS
}

async fn run(args: &Args) {
    let scale = if args.smoke { Scale::smoke() } else { Scale::full(args.rounds) };
    let mut report = Report::default();
    let mut plots = Vec::new();
    let parts = if args.parts.is_empty() { Part::value_variants() } else { &args.parts };
    for part in parts {
        eprintln!("    {part:?}");
        match part {
            Part::Throughput => throughput::measure(&scale, &mut report).await,
            Part::Latency => latency::measure(&scale, &mut report).await,
            Part::Sessions => plots.extend(sessions::measure(&scale, &mut report).await),
            Part::Memory => flood::measure(&scale, &mut report).await,
            Part::Attacks => attacks::measure(&scale, &mut report).await,
            Part::FirstLoad => first_load::measure(&scale, &mut report).await,
            Part::Kept => plots.extend(kept::measure(&scale, &mut report).await),
            Part::Growth => {
                plots.extend(throughput::growth(&scale).await);
                plots.push(watch::growth(&scale).await);
            }
            Part::Watch => watch::measure(&scale, &mut report).await,
            Part::Move => moves::measure(&scale, &mut report).await,
        }
    }
    println!("{}", report.table());
    let file = report.write_json().unwrap();
    println!("the same as JSON: {}", file.display());
    if let Some(table) = side_by_side::table(&report) {
        println!("for README.md:\n\n{table}");
    }
    if !args.smoke {
        for plot in plots {
            println!("drawn: {}", plot.draw().unwrap().display());
        }
    }
}
