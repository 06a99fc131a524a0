//! The tests' Python: the tutorial's client (pika) and that of docs/protocol.md (websockets), in a
//! virtual environment of the tool cache.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    packages,
    process::{capture, run},
    steps::Steps,
    tools::{cache, install_into},
};

const PIKA: &str = "1.4.4";
const WEBSOCKETS: &str = "17.4";

/// The Python that the tests run, once [`install`] has made it.
///
/// # Errors
/// When there is no cache folder.
pub fn program() -> Result<PathBuf> {
    let folder = format!("pika-{PIKA}-websockets-{WEBSOCKETS}");
    Ok(cache()?.join(folder).join("bin/python"))
}

/// Makes the virtual environment, where it is not there yet.
///
/// # Errors
/// When Python is missing and cannot be installed, or its packages cannot be.
pub fn install(steps: &mut Steps) -> Result<PathBuf> {
    let what = format!("Python with pika {PIKA} and websockets {WEBSOCKETS}");
    let python = program()?;
    let import = ["-c", "import pika, websockets"];
    if python.exists() && capture(Command::new(&python).args(import)).is_ok() {
        steps.ready(&what);
        return Ok(python);
    }
    let folder = python.ancestors().nth(2).context("the cache folder")?;
    steps.work(&what, "first time only", || {
        install_into(folder, |beside| {
            let venv = || run(Command::new("python3").args(["-m", "venv"]).arg(beside));
            if venv().is_err() {
                packages::install(packages::PYTHON)?;
                fs::remove_dir_all(beside)?;
                venv()?;
            }
            run(Command::new(beside.join("bin/python"))
                .args(["-m", "pip", "install", "--disable-pip-version-check"])
                .arg(format!("pika=={PIKA}"))
                .arg(format!("websockets=={WEBSOCKETS}")))
        })
    })?;
    Ok(python)
}
