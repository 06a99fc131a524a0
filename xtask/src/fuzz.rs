//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer, which looks for inputs that reach
//! new code. It needs no nightly Rust: the compiler's own coverage pass is in the stable one too,
//! and since nothing of ours is `unsafe` no sanitizer is needed beside it.

use std::{
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    cargo,
    process::{capture, on_path, run as run_command},
    root,
    steps::Steps,
    target_dir,
};

/// What libFuzzer looks at: which branches are taken, how often, and what is compared with what.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Longest input that is tried, in bytes; what depends on the size has tests of its own.
const MAX_BYTES: usize = 4096;
/// An input that takes longer than so many seconds is a finding.
const MOST_SECONDS: usize = 10;

/// What can be typed after `fuzz`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One target alone, a folder of fuzz/corpus; without it all, one after the other
    target: Option<String>,
    /// How long to look, for each target
    #[arg(long, default_value_t = 360, value_name = "N")]
    seconds: u64,
}

/// Does the command.
///
/// # Errors
/// When something was found, or there is no C++ compiler.
pub fn run(args: &Args) -> Result<ExitCode> {
    ensure!(
        std::env::var_os("CXX").is_some() || on_path("c++").is_some(),
        "libFuzzer is C++ and there is no compiler for it; install one (Debian: apt-get install \
         g++) and try again"
    );
    let known = targets()?;
    let chosen = match &args.target {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => bail!("there is no fuzz target {name}; there are {}", known.join(", ")),
    };
    let folder = target_dir().join("fuzz");
    let mut steps = Steps::default();
    let host = capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    steps.work("the fuzz targets", "first time some minutes", || build(&folder, &host))?;
    let program = folder.join(&host).join("fuzz/warren-fuzz");
    let mut found = Vec::new();
    for name in &chosen {
        let note = format!("{} s", args.seconds);
        if let Err(error) = steps.work(name, &note, || look(&program, &folder, name, args.seconds))
        {
            eprintln!("      {error:#}");
            found.push(name.clone());
        }
    }
    ensure!(
        found.is_empty(),
        "something is wrong with {}: the inputs are in {}",
        found.join(", "),
        folder.join("found").display()
    );
    Ok(ExitCode::SUCCESS)
}

fn targets() -> Result<Vec<String>> {
    let corpus = root().join("fuzz/corpus");
    let folders = fs::read_dir(&corpus).with_context(|| format!("{}", corpus.display()))?;
    let mut names = folders
        .map(|folder| Ok(folder?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// For a named target the flags are not those of build scripts and macros, which run here.
fn build(folder: &Path, host: &str) -> Result<()> {
    run_command(
        cargo()
            .args(["build", "--locked", "--package", "warren-fuzz", "--features", "libfuzzer"])
            .args(["--profile", "fuzz", "--target", host])
            .env("CARGO_TARGET_DIR", folder)
            .env("RUSTFLAGS", COVERAGE),
    )
}

/// Looks for so many seconds. New inputs are kept below `folder`, to begin with the next time.
fn look(program: &Path, folder: &Path, target: &str, seconds: u64) -> Result<()> {
    let grown = folder.join("corpus").join(target);
    let found = folder.join("found");
    for folder in [&grown, &found] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    run_command(
        Command::new(program)
            .env("WARREN_FUZZ_TARGET", target)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={MAX_BYTES}"))
            .arg(format!("-timeout={MOST_SECONDS}"))
            .arg(format!("-artifact_prefix={}/{target}-", found.display()))
            .arg("-print_final_stats=1")
            .arg(&grown)
            .arg(root().join("fuzz/corpus").join(target)),
    )
}
