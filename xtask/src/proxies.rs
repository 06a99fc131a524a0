//! The proxies that the tests put in front of relays, from the system's package manager.

use std::path::PathBuf;

use anyhow::Result;

use crate::{packages, process::on_path, steps::Steps};

const PROGRAMS: [&str; 3] = ["nginx", "haproxy", "caddy"];

/// Where a proxy is, if it is installed. Debian keeps some where only root's `$PATH` looks.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    on_path(name)
        .or_else(|| Some(PathBuf::from("/usr/sbin").join(name)).filter(|file| file.exists()))
}

/// Installs what is missing, as one step.
///
/// # Errors
/// When that cannot be done.
pub fn install(steps: &mut Steps) -> Result<()> {
    let what = "nginx, HAProxy and Caddy";
    if PROGRAMS.iter().all(|name| program(name).is_some()) {
        steps.ready(what);
        return Ok(());
    }
    steps.work(what, "first time only", || packages::install(packages::PROXIES))
}
