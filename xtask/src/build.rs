//! `cargo xtask build`: the relay with the page inside, one file to copy to where it runs.

use std::{
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
};

use anyhow::Result;

use crate::{
    cargo,
    guarded::Guarded,
    page,
    process::{capture, run as run_command},
    reproducible::reproducible,
    steps::Steps,
    target_dir,
    tools::{self, Tools},
};

/// Does the command.
///
/// # Errors
/// When a step fails.
pub fn run() -> Result<ExitCode> {
    let (_, relay) = everything(&mut Steps::default())?;
    println!("{}", relay.display());
    Ok(ExitCode::SUCCESS)
}

/// Tools, page, relay: what `build` and `run` have in common. Returns the relay's path.
///
/// # Errors
/// When a step fails.
pub fn everything(steps: &mut Steps) -> Result<(Tools, PathBuf)> {
    let tools = tools::install(steps)?;
    let begun = begin_relay()?;
    page::build(steps, &tools)?;
    // What it has finished stays; Cargo goes on from there, now with the page.
    drop(begun);
    let relay = relay(steps)?;
    Ok((tools, relay))
}

/// Begins with what the relay is made of, where that was never built, on what the page leaves of the
/// machine: its last steps use one core each.
fn begin_relay() -> Result<Option<Guarded>> {
    if relay_path().exists() {
        return Ok(None);
    }
    let mut build = relay_build()?;
    build.arg("--quiet").stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Guarded::spawn(&mut build)?;
    // Where there is no renice the page waits some seconds more.
    capture(Command::new("renice").args(["-n", "19", "-g", &begun.id().to_string()])).ok();
    Ok(Some(begun))
}

/// Builds the relay in release mode, as one step. Returns its path.
///
/// # Errors
/// When it does not build.
pub fn relay(steps: &mut Steps) -> Result<PathBuf> {
    steps.work("relay", "first time some minutes", || run_command(&mut relay_build()?))?;
    Ok(relay_path())
}

fn relay_build() -> Result<Command> {
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--package", "relay"]);
    reproducible(&mut build)?;
    Ok(build)
}

fn relay_path() -> PathBuf {
    target_dir().join("release/relay")
}
