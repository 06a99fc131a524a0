//! axe-core, which finds what keeps people with disabilities from using a page: one JavaScript
//! file that the tests run inside the page, from npm, in the tool cache.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    packages,
    process::{on_path, run},
    steps::Steps,
    tools::{cache, install_into},
};

const VERSION: &str = "4.14.1";

/// The script, once [`install`] has fetched it.
///
/// # Errors
/// When there is no cache folder.
pub fn script() -> Result<PathBuf> {
    Ok(cache()?.join(format!("axe-core-{VERSION}/node_modules/axe-core/axe.min.js")))
}

/// Fetches the script, where it is not there yet.
///
/// # Errors
/// When npm is missing and cannot be installed, or cannot fetch it.
pub fn install(steps: &mut Steps) -> Result<PathBuf> {
    let what = format!("axe-core {VERSION}");
    let script = script()?;
    if script.exists() {
        steps.ready(&what);
        return Ok(script);
    }
    steps.work(&what, "first time only", || {
        if on_path("npm").is_none() {
            packages::install(packages::NPM)?;
        }
        install_into(&cache()?.join(format!("axe-core-{VERSION}")), |beside| {
            run(Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"])
                .arg(beside)
                .arg(format!("axe-core@{VERSION}")))
        })
    })?;
    Ok(script)
}
