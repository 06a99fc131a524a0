//! Scripts from npm that the tests and the bench run, each in one version in the tool cache.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    packages,
    process::{on_path, run},
    steps::Steps,
    tools::{cache, install_into},
};

/// A script of a package.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    package: &'static str,
    version: &'static str,
    /// The script's place in the package.
    path: &'static str,
}

/// Finds what keeps people with disabilities from using a page; the tests run it in the page.
pub const AXE: Script = Script { package: "axe-core", version: "4.14.1", path: "axe.min.js" };

/// AMQP in the browser, which the bench measures beside the page.
pub const AMQP_CLIENT: Script = Script {
    package: "@cloudamqp/amqp-client",
    version: "4.1.1",
    path: "dist/amqp-websocket-client.mjs",
};

/// Judges how a page loads; a program for Node.js.
pub const LIGHTHOUSE: Script =
    Script { package: "lighthouse", version: "13.5.0", path: "cli/index.js" };

impl Script {
    /// Where the script is, once [`Script::install`] has fetched it.
    ///
    /// # Errors
    /// When there is no cache folder.
    pub fn file(&self) -> Result<PathBuf> {
        Ok(self.folder()?.join("node_modules").join(self.package).join(self.path))
    }

    /// Fetches the package, as one step, where it is not there yet.
    ///
    /// # Errors
    /// When npm is missing and cannot be installed, or cannot fetch it.
    pub fn install(&self, steps: &mut Steps) -> Result<PathBuf> {
        let Self { package, version, .. } = self;
        let what = format!("{package} {version}");
        let file = self.file()?;
        if file.exists() {
            steps.ready(&what);
            return Ok(file);
        }
        steps.work(&what, "first time only", || {
            if on_path("npm").is_none() {
                packages::install(packages::NPM)?;
            }
            install_into(&self.folder()?, |beside| {
                run(Command::new("npm")
                    .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
                    .arg(beside)
                    .arg(format!("{package}@{version}")))
            })
        })?;
        Ok(file)
    }

    fn folder(&self) -> Result<PathBuf> {
        // Names of a scope have a slash.
        let name = self.package.trim_start_matches('@').replace('/', "-");
        Ok(cache()?.join(format!("{name}-{}", self.version)))
    }
}
