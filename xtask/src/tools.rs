//! The page's build tools, each in one version, in a cache folder that survives `cargo clean`.
//!
//! A tool in `$PATH` in the right version is used. Otherwise it is installed into the cache, first
//! beside its place and then renamed, so that an interrupted run leaves no half of a tool. Only
//! wasm-bindgen is built in the repository (`bindgen/`), where its version stands.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::{
    cargo,
    process::{capture, on_path, run},
    steps::Steps,
    target_dir,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// 0.22 asks for a newer Rust than ours.
const TRUNK: &str = "0.21.14";
const BINARYEN: &str = "132";
const CARGO_DENY: &str = "0.20.2";
const GECKODRIVER: &str = "0.37.1";
const FIRST_TIME: &str = "first time only, some minutes";
/// Downloads programs where others compile them.
const BINSTALL: &str = "cargo-binstall";
/// Where npm puts programs.
const NPM_BIN: &str = "node_modules/.bin";

/// The tools of the page's build.
#[derive(Debug)]
pub struct Tools {
    /// The folders that hold them, to be put in front of `$PATH`.
    pub path: Vec<PathBuf>,
    /// Whether wasm-opt is among them; without npm it is not.
    pub wasm_opt: bool,
    /// Names and versions, with rustc's; a page that other tools built is built again.
    pub versions: String,
}

/// Where a tool was found.
enum Place {
    OnPath,
    In(PathBuf),
    Nowhere,
}

/// Finds or installs what the page's build needs.
///
/// # Errors
/// When something cannot be installed; the error says what to do.
pub fn install(steps: &mut Steps) -> Result<Tools> {
    rust_target(steps, TARGET)?;
    let lean = ["--no-default-features", "--features", "rustls"];
    let places = [
        cargo_tool(steps, "trunk", "trunk", TRUNK, &lean)?,
        Place::In(wasm_bindgen(steps)?),
        binaryen(steps)?,
    ];
    let wasm_opt = !matches!(places[2], Place::Nowhere);
    let path = places.into_iter().filter_map(|place| match place {
        Place::In(folder) => Some(folder),
        Place::OnPath | Place::Nowhere => None,
    });
    let rustc = capture(Command::new("rustc").arg("-vV"))?;
    Ok(Tools {
        path: path.collect(),
        wasm_opt,
        versions: format!("trunk {TRUNK}, binaryen {BINARYEN} {wasm_opt}, {rustc}"),
    })
}

/// What [`install`] would install.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// In words.
    pub what: Vec<String>,
    /// Minutes that this takes on two cores, about.
    pub minutes: u32,
}

/// What [`install`] would install, found out without installing anything.
///
/// # Errors
/// When there is no cache folder.
pub fn missing() -> Result<Missing> {
    let mut missing = Missing::default();
    if !has_rust_target(TARGET)? {
        missing.what.push(format!("Rust's target {TARGET}"));
    }
    if place("trunk", TRUNK, &cargo_folder("trunk", TRUNK)?.join("bin")).is_none() {
        missing.what.push(format!("trunk {TRUNK}"));
        // Downloaded or, as measured, compiled.
        missing.minutes += if on_path(BINSTALL).is_some() { 0 } else { 2 };
    }
    let wasm_opt = place("wasm-opt", &binaryen_version(), &binaryen_folder()?.join(NPM_BIN));
    if wasm_opt.is_none() && on_path("npm").is_some() {
        missing.what.push(format!("wasm-opt {BINARYEN}"));
    }
    Ok(missing)
}

/// Builds the program of `bindgen/`, and returns the folder where it has the name that Trunk calls.
fn wasm_bindgen(steps: &mut Steps) -> Result<PathBuf> {
    steps.work("wasm-bindgen", "first time half a minute", || {
        run(cargo().args(["build", "--locked", "--package", "warren-bindgen"]))
    })?;
    let folder = target_dir().join("page-tools");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let name = folder.join("wasm-bindgen");
    if !name.exists() {
        fs::remove_file(&name).ok();
        symlink("../debug/warren-bindgen", &name)
            .with_context(|| format!("cannot make {}", name.display()))?;
    }
    Ok(folder)
}

/// Finds or installs cargo-deny, and returns the folders to be put in front of `$PATH` for it.
///
/// # Errors
/// When it cannot be installed.
pub fn cargo_deny(steps: &mut Steps) -> Result<Vec<PathBuf>> {
    let place = cargo_tool(steps, "cargo-deny", "cargo-deny", CARGO_DENY, &[])?;
    Ok(match place {
        Place::In(folder) => vec![folder],
        Place::OnPath | Place::Nowhere => Vec::new(),
    })
}

/// Finds or installs geckodriver, which drives Firefox.
///
/// # Errors
/// When it cannot be installed.
pub fn install_geckodriver(steps: &mut Steps) -> Result<()> {
    cargo_tool(steps, "geckodriver", "geckodriver", GECKODRIVER, &[]).map(|_| ())
}

/// Where [`install_geckodriver`] has found or put it.
#[must_use]
pub fn geckodriver() -> Option<PathBuf> {
    let in_cache = cache().ok()?.join(format!("geckodriver-{GECKODRIVER}/bin/geckodriver"));
    Some(in_cache).filter(|file| file.exists()).or_else(|| on_path("geckodriver"))
}

/// Where tools are kept: `$XDG_CACHE_HOME/warren/tools`, else `~/.cache/warren/tools`.
///
/// # Errors
/// When neither variable is set.
pub fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|base| !base.is_empty()) {
        Some(base) => PathBuf::from(base),
        None => std::env::home_dir()
            .context("neither XDG_CACHE_HOME nor HOME is set; set one of them")?
            .join(".cache"),
    };
    Ok(base.join("warren/tools"))
}

/// Fills `folder` by way of a sibling, which `install` is given: either all of it or nothing.
///
/// # Errors
/// Those of `install`, and when the folder cannot be put in place.
pub fn install_into(folder: &Path, install: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let name = folder.file_name().context("the folder has no name")?;
    let name = format!(".{}-{}", name.display(), std::process::id());
    let beside = folder.with_file_name(name);
    fs::create_dir_all(&beside).with_context(|| format!("cannot make {}", beside.display()))?;
    let done = install(&beside).and_then(|()| {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::rename(&beside, folder)
            .with_context(|| format!("cannot put {} in place", folder.display()))
    });
    if beside.exists() {
        fs::remove_dir_all(&beside).ok();
    }
    done
}

/// Finds or installs Rust's standard library for `target`, as one step.
///
/// # Errors
/// When it is missing and there is no rustup, or rustup cannot add it.
pub fn rust_target(steps: &mut Steps, target: &str) -> Result<()> {
    let what = format!("Rust target {target}");
    if has_rust_target(target)? {
        steps.ready(&what);
        return Ok(());
    }
    if on_path("rustup").is_none() {
        bail!(
            "Rust's {target} target is missing and there is no rustup to add it; install it as your Rust was installed, or install rustup"
        );
    }
    steps.work(&what, "first time only", || {
        run(Command::new("rustup").args(["target", "add", target]))
    })
}

fn has_rust_target(target: &str) -> Result<bool> {
    let libraries =
        capture(Command::new("rustc").args(["--print", "target-libdir", "--target", target]))?;
    Ok(fs::read_dir(libraries).is_ok_and(|mut files| {
        files.any(|file| {
            file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
        })
    }))
}

fn cargo_folder(package: &str, version: &str) -> Result<PathBuf> {
    Ok(cache()?.join(format!("{package}-{version}")))
}

/// Finds `program`, or installs the `package` that has it.
fn cargo_tool(
    steps: &mut Steps,
    package: &str,
    program: &str,
    version: &str,
    options: &[&str],
) -> Result<Place> {
    let what = format!("{program} {version}");
    let folder = cargo_folder(package, version)?;
    let bin = folder.join("bin");
    if let Some(place) = found(steps, &what, program, version, &bin) {
        return Ok(place);
    }
    if on_path(BINSTALL).is_some() {
        let downloaded = steps.work(&what, "first time only, downloaded", || {
            install_into(&folder, |beside| {
                download(beside, package, version)?;
                let runs = says_version(&beside.join("bin").join(program), version);
                ensure!(runs, "what was downloaded does not run here");
                Ok(())
            })
        });
        match downloaded {
            Ok(()) => return Ok(Place::In(bin)),
            Err(error) => eprintln!("      going on without {BINSTALL}: {error:#}"),
        }
    }
    steps.work(&what, FIRST_TIME, || {
        install_into(&folder, |beside| {
            let scratch = beside.join("build");
            let mut cargo = crate::cargo();
            cargo
                .args(["install", "--locked", "--root"])
                .arg(beside)
                .arg(format!("{package}@{version}"))
                .args(options)
                .current_dir(beside)
                .env("CARGO_TARGET_DIR", &scratch)
                // A tool that runs for a second need not be fast: this takes half the time.
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
                .env("CARGO_PROFILE_RELEASE_LTO", "off");
            for inherited in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
                cargo.env_remove(inherited);
            }
            run(&mut cargo)?;
            fs::remove_dir_all(scratch).context("the tool's build folder")
        })
    })?;
    Ok(Place::In(bin))
}

/// Gets the program that the authors of `package` have built, and no other.
fn download(into: &Path, package: &str, version: &str) -> Result<()> {
    run(Command::new(BINSTALL)
        .args(["--no-confirm", "--disable-strategies", "quick-install,compile", "--root"])
        .arg(into)
        .arg(format!("{package}@{version}"))
        .current_dir(into))
}

fn binaryen_version() -> String {
    format!("version_{BINARYEN}")
}

fn binaryen_folder() -> Result<PathBuf> {
    Ok(cache()?.join(format!("binaryen-{BINARYEN}")))
}

/// Finds or installs wasm-opt. The page works without it, so that a machine without npm, or whose
/// npm cannot, goes on.
fn binaryen(steps: &mut Steps) -> Result<Place> {
    let what = format!("wasm-opt {BINARYEN}");
    let version = binaryen_version();
    let folder = binaryen_folder()?;
    let bin = folder.join(NPM_BIN);
    if let Some(place) = found(steps, &what, "wasm-opt", &version, &bin) {
        return Ok(place);
    }
    if on_path("npm").is_none() {
        steps.left_out(&what, "left out, there is no npm to install it: the page will be larger");
        return Ok(Place::Nowhere);
    }
    let installed = steps.work(&what, "first time only", || {
        install_into(&folder, |beside| {
            run(Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--prefix"])
                .arg(beside)
                .arg(format!("binaryen@{BINARYEN}.0.0")))?;
            if !says_version(&beside.join(NPM_BIN).join("wasm-opt"), &version) {
                bail!("it does not run; it needs a newer Node.js");
            }
            Ok(())
        })
    });
    if let Err(error) = installed {
        eprintln!("      going on without wasm-opt, the page will be larger: {error:#}");
        return Ok(Place::Nowhere);
    }
    Ok(Place::In(bin))
}

/// Finds `program` in the right version in `$PATH` or in the cache's folder `bin`, as one step.
fn found(steps: &mut Steps, what: &str, program: &str, version: &str, bin: &Path) -> Option<Place> {
    let place = place(program, version, bin)?;
    steps.ready(what);
    Some(place)
}

fn place(program: &str, version: &str, bin: &Path) -> Option<Place> {
    if on_path(program).is_some_and(|file| says_version(&file, version)) {
        return Some(Place::OnPath);
    }
    says_version(&bin.join(program), version).then(|| Place::In(bin.to_owned()))
}

/// Whether `program --version` has `version` as one of its words.
fn says_version(program: &Path, version: &str) -> bool {
    program.exists()
        && capture(Command::new(program).arg("--version"))
            .is_ok_and(|said| said.split([' ', '(', ')', '\n']).any(|word| word == version))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use super::*;

    #[test]
    fn a_failed_install_leaves_neither_a_half_nor_a_whole() {
        let parent = std::env::temp_dir().join(format!("warren-install-{}", std::process::id()));
        let folder = parent.join("tool-1");
        let failed = install_into(&folder, |beside| {
            fs::write(beside.join("half"), "")?;
            bail!("no network")
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_dir(&parent).unwrap().count(), 0);
        install_into(&folder, |beside| Ok(fs::write(beside.join("whole"), "")?)).unwrap();
        assert!(folder.join("whole").exists());
        fs::remove_dir_all(parent).unwrap();
    }
}
