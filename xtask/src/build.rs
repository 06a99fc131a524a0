//! `cargo xtask build`: the relay with the page inside, one file to copy to where it runs.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;

use crate::{
    cargo, page,
    process::run as run_command,
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
    page::build(steps, &tools)?;
    let relay = relay(steps)?;
    Ok((tools, relay))
}

/// Builds the relay in release mode, as one step. Returns its path.
///
/// # Errors
/// When it does not build.
pub fn relay(steps: &mut Steps) -> Result<PathBuf> {
    steps.work("relay", "first time some minutes", || {
        let mut build = cargo();
        build.args(["build", "--release", "--locked", "--package", "relay"]);
        run_command(reproducible(&mut build)?)
    })?;
    Ok(target_dir().join("release/relay"))
}
