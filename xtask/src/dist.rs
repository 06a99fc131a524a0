//! `cargo xtask dist`: what is handed out, under target/dist: an archive of the relay as it is built
//! here, one of the static relay, and the container image.

use std::{
    fs,
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result, ensure};

use crate::{build, cargo, page, process::capture, static_relay, steps::Steps, target_dir, tools};

/// Does the command.
///
/// # Errors
/// When a step fails.
pub fn run() -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = tools::install(&mut steps)?;
    // The page is larger without it, and not the one that others hand out.
    ensure!(
        tools.wasm_opt,
        "what is handed out has a page made with wasm-opt: install Node.js with npm, or wasm-opt in this version, and try again"
    );
    page::build(&mut steps, &tools)?;
    let relay = build::relay(&mut steps)?;
    let mut relays = vec![format!("{}={}", host()?, relay.display())];
    match static_relay::target() {
        Some(target) => {
            let relay = static_relay::build(&mut steps, &target)?;
            relays.push(format!("{target}={}", relay.display()));
        }
        None => steps.left_out("the static relay and the image", "they are for Linux, made on it"),
    }
    let folder = target_dir().join("dist");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    let mut pack = cargo();
    pack.args(["run", "--quiet", "--locked", "--package", "warren-pack", "--"]);
    pack.arg(&folder).args(relays);
    println!("{}", steps.work("archives and image", "", || capture(&mut pack))?);
    Ok(ExitCode::SUCCESS)
}

/// The target that Rust builds for by itself.
///
/// # Errors
/// When rustc does not say.
pub fn host() -> Result<String> {
    capture(Command::new("rustc").args(["--print", "host-tuple"]))
}
