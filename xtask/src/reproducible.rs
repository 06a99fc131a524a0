//! Builds that are the same wherever the repository and Cargo's home are, and whenever they are made:
//! paths, which panics and `file!` name, get others in what is built, and C has no time of its own.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use crate::{root, target_dir};

/// Between the flags in [`VARIABLE`].
const SEPARATOR: char = '\u{1f}';

/// Cargo's, and the first of those that it reads.
const VARIABLE: &str = "CARGO_ENCODED_RUSTFLAGS";

/// Where Cargo keeps what it has downloaded.
///
/// # Errors
/// When neither `$CARGO_HOME` nor `$HOME` is set.
pub fn cargo_home() -> Result<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    home.context("there is no home folder")
}

/// The time that C's `__DATE__` and `__TIME__` give (reproducible-builds.org), in Unix seconds.
const TIME: &str = "SOURCE_DATE_EPOCH";

/// Makes what `command`, which runs Cargo, builds independent of the folders that it is built in and
/// of the time.
///
/// # Errors
/// When there is no home folder.
pub fn reproducible(command: &mut Command) -> Result<&mut Command> {
    if env::var_os(TIME).is_none() {
        command.env(TIME, "0");
    }
    Ok(command.env(VARIABLE, flags()?))
}

/// The flags for rustc, those that the environment names in front.
///
/// # Errors
/// When there is no home folder.
pub fn flags() -> Result<String> {
    let mut flags = inherited();
    let mut folders = vec![(root().to_owned(), "/warren"), (cargo_home()?, "/cargo")];
    if !target_dir().starts_with(root()) {
        folders.push((target_dir(), "/warren/target"));
    }
    for (folder, name) in folders {
        flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
    }
    Ok(flags.join(&SEPARATOR.to_string()))
}

fn inherited() -> Vec<String> {
    let words = |variable: &str, separator: char| {
        let text = env::var(variable).ok()?;
        let words = text.split(separator).filter(|word| !word.is_empty());
        Some(words.map(str::to_owned).collect())
    };
    words(VARIABLE, SEPARATOR).or_else(|| words("RUSTFLAGS", ' ')).unwrap_or_default()
}
