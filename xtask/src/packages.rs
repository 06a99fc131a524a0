//! Programs that only the system's package manager can bring: RabbitMQ, browsers and a font for them,
//! Python's venv, npm, proxies, musl-gcc, skopeo and umoci, debootstrap.
//!
//! apt-get where we may (as root, or with a sudo that asks nothing), else brew, else one sentence
//! that says what to install. Nothing that is installed starts a service, which would take ports
//! that somebody else needs.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    process::{capture, is_root, on_path, run},
    steps::Steps,
};

/// One thing to install, under the names that the package managers have for it.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// What it is, for people.
    pub what: &'static str,
    /// Debian's and Ubuntu's packages.
    pub apt: &'static [&'static str],
    /// Homebrew's formulae or casks.
    pub brew: &'static [&'static str],
}

/// The broker.
pub const RABBITMQ: Package =
    Package { what: "RabbitMQ", apt: &["rabbitmq-server"], brew: &["rabbitmq"] };

/// The browser that the tests drive, and what drives it.
pub const CHROMIUM: Package = Package {
    what: "Chromium and chromedriver",
    apt: &["chromium", "chromium-driver"],
    brew: &["chromium", "chromedriver"],
};

/// What the browser draws Chinese with: a small font, and what finds it. macOS has its own.
pub const CHINESE_FONT: Package = Package {
    what: "a Chinese font",
    apt: &["fonts-wqy-microhei", "fontconfig"],
    brew: &["font-noto-sans-cjk-sc"],
};

/// The second browser. Its driver is a crate.
pub const FIREFOX: Package = Package { what: "Firefox", apt: &["firefox-esr"], brew: &["firefox"] };

/// Python with the means to make a virtual environment.
pub const PYTHON: Package =
    Package { what: "Python 3 with venv", apt: &["python3", "python3-venv"], brew: &["python"] };

/// What fetches axe-core.
pub const NPM: Package = Package { what: "npm", apt: &["npm"], brew: &["node"] };

/// What the tests put in front of relays.
pub const PROXIES: Package = Package {
    what: "nginx, HAProxy and Caddy",
    apt: &["nginx", "haproxy", "caddy"],
    brew: &["nginx", "haproxy", "caddy"],
};

/// What links a program with musl, and compiles C for that.
pub const MUSL: Package = Package { what: "musl-gcc", apt: &["musl-tools"], brew: &[] };

/// What reads container images without a daemon.
pub const IMAGE_TOOLS: Package =
    Package { what: "skopeo and umoci", apt: &["skopeo", "umoci"], brew: &[] };

/// What makes a Debian in a folder, and the keys that its packages are signed with.
pub const DEBOOTSTRAP: Package =
    Package { what: "debootstrap", apt: &["debootstrap", "debian-archive-keyring"], brew: &[] };

/// Runs `$2…` while the policy `$1`, which Debian's packages ask before they start a service under
/// systemd or without it, says no (101). A policy that is there already comes back afterwards, also
/// after a run that was killed; ours says no only as long as this shell lives.
const WITHOUT_SERVICES: &str = r#"
set -e
policy=$1 kept=$1.kept-by-warren
shift
exec 9<"${policy%/*}"
flock 9
there() { [ -e "$1" ] || [ -L "$1" ]; }
if there "$policy" && ! there "$kept" && ! grep -qs 'cargo xtask' "$policy"; then
    mv "$policy" "$kept"
fi
trap 'if there "$kept"; then mv -f "$kept" "$policy"; else rm -f "$policy"; fi' EXIT
trap 'exit 1' HUP INT TERM
printf '#!/bin/sh\n# Written by cargo xtask.\nkill -0 %s 2>/dev/null && exit 101\nexit 0\n' $$ >"$policy"
chmod 755 "$policy"
"$@" 9<&-
"#;

/// Where Debian's packages look for the policy.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// How [`install`] would get `package`, as `rabbitmq-server with apt-get`, where it can.
#[must_use]
pub fn how(package: Package) -> Option<String> {
    if apt_get().is_some() {
        return Some(format!("{} with apt-get", package.apt.join(", ")));
    }
    let brew = on_path("brew").is_some() && !package.brew.is_empty();
    brew.then(|| format!("{} with brew", package.brew.join(", ")))
}

/// Installs `package`; its services are not started, now or at boot.
///
/// # Errors
/// When there is no package manager that we may use, or it fails.
pub fn install(package: Package) -> Result<()> {
    if let Some(prefix) = apt_get() {
        return install_with_apt(prefix, package.apt);
    }
    if on_path("brew").is_some() && !package.brew.is_empty() {
        // It starts services only when told to.
        return run(Command::new("brew").arg("install").args(package.brew));
    }
    bail!(
        "{} is missing and there is no package manager that may install it; install it \
         (Debian: apt-get install {}) and try again",
        package.what,
        package.apt.join(" ")
    )
}

/// skopeo and umoci, as one step.
///
/// # Errors
/// When they cannot be installed.
pub fn image_tools(steps: &mut Steps) -> Result<()> {
    let what = IMAGE_TOOLS.what;
    if ["skopeo", "umoci"].iter().all(|name| on_path(name).is_some()) {
        steps.ready(what);
        return Ok(());
    }
    steps.work(what, "first time only", || install(IMAGE_TOOLS))
}

fn install_with_apt(prefix: &[&str], packages: &[&str]) -> Result<()> {
    // An index that cannot be refreshed may still do.
    if let Err(error) = run(&mut command(prefix, &["apt-get", "update"])) {
        eprintln!("      {error:#}");
    }
    let new: Vec<&str> = packages.iter().copied().filter(|name| !is_installed(name)).collect();
    run(command(prefix, &["sh", "-c", WITHOUT_SERVICES, "sh", POLICY])
        .args(["env", "DEBIAN_FRONTEND=noninteractive"])
        .args(["apt-get", "install", "--yes", "--no-install-recommends"])
        .args(packages))?;
    // Their services are called like them; not every package has one.
    for name in new {
        capture(&mut command(prefix, &["systemctl", "disable", name])).ok();
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    capture(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

/// The words in front of `apt-get`, where there is one that we may use.
fn apt_get() -> Option<&'static [&'static str]> {
    on_path("apt-get")?;
    if is_root() {
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

#[cfg(all(test, target_os = "linux"))] // elsewhere there is neither apt-get nor flock
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use std::{fs, path::Path};

    use super::*;

    /// Runs `words` under the script; `$0` in them is the policy.
    fn without_services(policy: &Path, words: &str) -> bool {
        let mut script = Command::new("sh");
        script.args(["-c", WITHOUT_SERVICES, "sh"]).arg(policy).args(["sh", "-c", words]);
        run(script.arg(policy)).is_ok()
    }

    #[test]
    fn services_are_off_while_packages_are_installed_and_the_policy_comes_back() {
        let folder = std::env::temp_dir().join(format!("warren-policy-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let policy = folder.join("policy-rc.d");
        let files = || fs::read_dir(&folder).unwrap().count();
        let says_no = r#""$0"; test $? = 101"#;

        assert!(without_services(&policy, says_no));
        assert_eq!(files(), 0);

        fs::write(&policy, "of the machine").unwrap();
        assert!(without_services(&policy, says_no));
        assert!(!without_services(&policy, "false"));
        assert_eq!((fs::read_to_string(&policy).unwrap().as_str(), files()), ("of the machine", 1));

        // Killed: what is left allows everything, and goes with the next run.
        assert!(!without_services(&policy, "kill -9 $PPID"));
        assert!(Command::new(&policy).status().unwrap().success());
        assert!(without_services(&policy, says_no));
        assert_eq!((fs::read_to_string(&policy).unwrap().as_str(), files()), ("of the machine", 1));
        fs::remove_dir_all(folder).unwrap();
    }
}
