//! RabbitMQ 4.0 beside the system's own: that of Debian 13, in a folder of the tool cache.
//!
//! Only root can make and use such a folder. Where that cannot be done the tests on RabbitMQ 4 are
//! left out, and it is said why.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};

use crate::{
    installation::{Installation, unshared},
    packages,
    process::{capture, is_root, on_path, run},
    steps::Steps,
    tools::{cache, install_into},
};

const WHAT: &str = "RabbitMQ 4.0 (Debian 13's)";
const RELEASE: &str = "trixie";

/// The RabbitMQ 4 that [`install`] has made, where it has and we may start it.
#[must_use]
pub fn installed() -> Option<Installation> {
    let folder = folder().ok()?;
    let there = folder.join("usr/lib/rabbitmq/bin/rabbitmq-server").is_file();
    (there && may_mount().is_ok()).then_some(Installation::Chroot(folder))
}

/// Makes the folder, where it is not there yet; none, with the reason said, where that cannot be
/// done.
pub fn install(steps: &mut Steps) -> Option<Installation> {
    if let Some(installed) = installed() {
        steps.ready(WHAT);
        return Some(installed);
    }
    if let Err(error) = may_mount() {
        steps.left_out("the tests on RabbitMQ 4", &format!("left out: {error:#}"));
        return None;
    }
    let made = steps.work(WHAT, "first time only, some minutes and 400 MB", debootstrap);
    made.map_err(|error| eprintln!("      the tests on RabbitMQ 4 are left out: {error:#}")).ok()
}

fn debootstrap() -> Result<Installation> {
    if on_path("debootstrap").is_none() {
        packages::install(packages::DEBOOTSTRAP)?;
    }
    let folder = folder()?;
    install_into(&folder, |beside| {
        // It mounts things as well.
        run(unshared(&["debootstrap", "--variant=minbase", "--include=rabbitmq-server", RELEASE])
            .arg(beside))
    })?;
    Ok(Installation::Chroot(folder))
}

fn folder() -> Result<PathBuf> {
    Ok(cache()?.join(format!("rabbitmq-{RELEASE}")))
}

fn may_mount() -> Result<()> {
    ensure!(is_root(), "only root can set up RabbitMQ 4 beside the system's RabbitMQ");
    capture(&mut unshared(&["true"])).context("root may not mount anything here")?;
    Ok(())
}
