//! The tests' Python: the tutorial's client (pika), that of docs/protocol.md (websockets), and what judges
//! packaging/ by the schemas of Compose and Kubernetes, in a virtual environment of the tool cache.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::{
    packages,
    process::{capture, run},
    steps::Steps,
    tools::{cache, install_into},
};

/// The last two bring their schemas along, so that the tests fetch none.
const PACKAGES: [(&str, &str); 4] = [
    ("pika", "1.4.4"),
    ("websockets", "17.4"),
    ("check-jsonschema", "0.39.0"),
    ("kubernetes-validate", "1.37.0"),
];

/// The packages under the names that Python has for them.
const IMPORT: &str = "import pika, websockets, check_jsonschema, kubernetes_validate";

/// The Python that the tests run, once [`install`] has made it.
///
/// # Errors
/// When there is no cache folder.
pub fn program() -> Result<PathBuf> {
    let named = PACKAGES.map(|(name, version)| format!("{name}-{version}"));
    Ok(cache()?.join(named.join("-")).join("bin/python"))
}

/// Makes the virtual environment, where it is not there yet.
///
/// # Errors
/// When Python is missing and cannot be installed, or its packages cannot be.
pub fn install(steps: &mut Steps) -> Result<PathBuf> {
    let named = PACKAGES.map(|(name, version)| format!("{name} {version}"));
    let what = format!("Python with {}", named.join(", "));
    let python = program()?;
    if python.exists() && capture(Command::new(&python).args(["-c", IMPORT])).is_ok() {
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
                .args(PACKAGES.map(|(name, version)| format!("{name}=={version}"))))
        })
    })?;
    Ok(python)
}
