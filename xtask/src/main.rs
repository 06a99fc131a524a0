//! The command line of `cargo xtask`; everything else is in the library, which `tests/` uses too.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs and tests Warren, and sets up what that needs.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets everything up, then runs the relay with the page in it.
    Run(xtask::run::Args),
    /// Sets everything up, then runs every check and prints `N passed, N failed`.
    Test(xtask::test::Args),
    /// Builds target/release/relay: one file with the page inside.
    Build,
    /// Measures: throughput, latency, memory, first load; `cargo xtask bench -- --help` tells more.
    Bench(xtask::bench::Args),
    /// Looks for inputs that break what reads them, one target after the other.
    Fuzz(xtask::fuzz::Args),
    /// Makes what is handed out, under target/dist: archives and a container image.
    Dist,
    /// Runs relay and page for development; the page reloads on every change.
    Dev(xtask::run::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => xtask::run::run(&args),
        Command::Test(args) => xtask::test::run(&args),
        Command::Build => xtask::build::run(),
        Command::Bench(args) => xtask::bench::run(&args),
        Command::Fuzz(args) => xtask::fuzz::run(&args),
        Command::Dist => xtask::dist::run(),
        Command::Dev(args) => xtask::dev::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
