//! Programs that only the system's package manager can bring: RabbitMQ, Chromium, Python's venv,
//! npm, proxies, debootstrap.
//!
//! apt-get where we may (as root, or with a sudo that asks nothing), else brew, else one sentence
//! that says what to install.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{capture, on_path, run};

/// One thing to install, under the names that the package managers have for it.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// What it is, for people.
    pub what: &'static str,
    /// Debian's and Ubuntu's packages.
    pub apt: &'static [&'static str],
    /// Homebrew's formulae or casks.
    pub brew: &'static [&'static str],
    /// Whether its services may be started, if the system wants that.
    pub services: bool,
}

/// The broker.
pub const RABBITMQ: Package =
    Package { what: "RabbitMQ", apt: &["rabbitmq-server"], brew: &["rabbitmq"], services: true };

/// The browser that the tests drive, and what drives it.
pub const CHROMIUM: Package = Package {
    what: "Chromium and chromedriver",
    apt: &["chromium", "chromium-driver"],
    brew: &["chromium", "chromedriver"],
    services: true,
};

/// Python with the means to make a virtual environment.
pub const PYTHON: Package = Package {
    what: "Python 3 with venv",
    apt: &["python3", "python3-venv"],
    brew: &["python"],
    services: true,
};

/// What fetches axe-core.
pub const NPM: Package = Package { what: "npm", apt: &["npm"], brew: &["node"], services: true };

/// What the tests put in front of relays. Their services would take ports 80 and 443.
pub const PROXIES: Package = Package {
    what: "nginx, HAProxy and Caddy",
    apt: &["nginx", "haproxy", "caddy"],
    brew: &["nginx", "haproxy", "caddy"],
    services: false,
};

/// What makes a Debian in a folder, and the keys that its packages are signed with.
pub const DEBOOTSTRAP: Package = Package {
    what: "debootstrap",
    apt: &["debootstrap", "debian-archive-keyring"],
    brew: &[],
    services: true,
};

/// Whether [`install`] has a package manager to ask.
#[must_use]
pub fn can_install() -> bool {
    apt_get().is_some() || on_path("brew").is_some()
}

/// Installs `package`.
///
/// # Errors
/// When there is no package manager that we may use, or it fails.
pub fn install(package: Package) -> Result<()> {
    if let Some(prefix) = apt_get() {
        // An index that cannot be refreshed may still do.
        if let Err(error) = run(&mut command(prefix, &["apt-get", "update"])) {
            eprintln!("      {error:#}");
        }
        let mut install = command(prefix, &["env", "DEBIAN_FRONTEND=noninteractive"]);
        if !package.services {
            // systemctl, which the packages' scripts call, then starts nothing.
            install.arg("SYSTEMD_OFFLINE=1");
        }
        return run(install
            .arg("apt-get")
            .args(["install", "--yes", "--no-install-recommends"])
            .args(package.apt));
    }
    if on_path("brew").is_some() && !package.brew.is_empty() {
        return run(Command::new("brew").arg("install").args(package.brew));
    }
    bail!(
        "{} is missing and there is no package manager that may install it; install it \
         (Debian: apt-get install {}) and try again",
        package.what,
        package.apt.join(" ")
    )
}

/// The words in front of `apt-get`, where there is one that we may use.
fn apt_get() -> Option<&'static [&'static str]> {
    on_path("apt-get")?;
    if capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0") {
        return Some(&[]);
    }
    let sudo = capture(Command::new("sudo").args(["-n", "true"]));
    sudo.is_ok().then_some(&["sudo", "-n"])
}

fn command(prefix: &[&str], words: &[&str]) -> Command {
    let mut words = prefix.iter().chain(words);
    let mut command = Command::new(words.next().copied().unwrap_or_default());
    command.args(words);
    command
}
