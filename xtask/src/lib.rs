//! What Warren needs from the machine: build tools, a page, a relay, a RabbitMQ node.
//!
//! A fresh machine has git and Rust, perhaps nothing else. Everything beyond that is found or set
//! up here, without touching the system where that can be avoided, so that `cargo xtask run` and
//! `cargo xtask test` are all that a newcomer types. `tests/` uses the library for the same node.

use std::path::{Path, PathBuf};

pub mod bench;
pub mod broker;
pub mod build;
pub mod ctl;
pub mod dev;
pub mod dist;
#[cfg(test)]
mod docs;
mod epmd;
pub mod files;
mod first_run;
pub mod fuzz;
pub mod guarded;
pub mod installation;
pub mod npm;
pub mod packages;
pub mod page;
pub mod process;
pub mod proxies;
pub mod python;
pub mod rabbitmq;
pub mod rabbitmq4;
pub mod reproducible;
pub mod run;
pub mod source_rules;
pub mod static_relay;
pub mod steps;
pub mod supervise;
pub mod test;
pub mod test_summary;
pub mod tools;
#[cfg(test)]
mod translations;

/// The repository's root folder.
#[must_use]
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Cargo's target folder: `$CARGO_TARGET_DIR`, else `target` in [`root`].
#[must_use]
pub fn target_dir() -> PathBuf {
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    root().join(chosen.unwrap_or_else(|| "target".into()))
}

/// A command that runs the Cargo that runs us, in [`root`], building for this machine into
/// [`target_dir`] whatever Cargo is configured to.
#[must_use]
pub fn cargo() -> std::process::Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.current_dir(root()).env("CARGO_TARGET_DIR", target_dir());
    command.env_remove("CARGO_BUILD_TARGET");
    command
}
