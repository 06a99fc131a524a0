//! The static relay, which runs on any Linux and in an empty container: linked with musl, in place
//! of the system's C library.

use std::path::PathBuf;

use anyhow::Result;

use crate::{
    cargo, packages,
    process::{on_path, run},
    reproducible::reproducible,
    steps::Steps,
    target_dir, tools,
};

/// The target to build it for; none where this machine is no Linux.
#[must_use]
pub fn target() -> Option<String> {
    cfg!(target_os = "linux").then(|| format!("{}-unknown-linux-musl", std::env::consts::ARCH))
}

/// Builds it, with the page that is there, as one step, and sets up what that takes. Returns its
/// path.
///
/// # Errors
/// When something is missing that cannot be installed, or it does not build.
pub fn build(steps: &mut Steps, target: &str) -> Result<PathBuf> {
    tools::rust_target(steps, target)?;
    // ring, which is our TLS, and the allocator are C in part.
    if on_path("musl-gcc").is_none() {
        steps.work("musl-gcc", "first time only", || packages::install(packages::MUSL))?;
    }
    steps.work("static relay", "first time some minutes", || {
        let mut build = cargo();
        build.args(["build", "--release", "--locked", "--package", "relay", "--target", target]);
        run(reproducible(&mut build)?)
    })?;
    Ok(target_dir().join(target).join("release/relay"))
}
