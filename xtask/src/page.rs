//! The page: Trunk builds it into `dist/`, and every file gets a `.br` and a `.gz` beside it.
//!
//! That takes a minute, so it is done only when something that the page is made of has changed, or
//! `dist/` has: a stamp in the target folder holds a hash of both.

use std::{
    ffi::OsStr,
    fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{
    files::files_below,
    process::{prepend_path, run},
    reproducible::{self, reproducible},
    root,
    steps::Steps,
    target_dir,
    tools::Tools,
};

const INPUTS: [&str; 7] =
    ["frontend", "protocol", "bindgen", "index.html", "Trunk.toml", "Cargo.toml", "Cargo.lock"];
const COMPRESSED: [&str; 5] = ["html", "js", "css", "wasm", "svg"];

/// Builds the page, as one step, unless it is as it would be built.
///
/// # Errors
/// When Trunk fails.
pub fn build(steps: &mut Steps, tools: &Tools) -> Result<()> {
    let dist = root().join("dist");
    let stamp = target_dir().join("page.stamp");
    let fresh = stamp_of(tools, &dist)?;
    if dist.join("index.html").exists() && fs::read_to_string(&stamp).is_ok_and(|old| old == fresh)
    {
        steps.ready("page");
        return Ok(());
    }
    steps.work("page", "", || {
        trunk_build(tools)?;
        compress(&dist)?;
        fs::create_dir_all(target_dir())?;
        fs::write(&stamp, stamp_of(tools, &dist)?).context("the page's stamp")
    })
}

fn trunk_build(tools: &Tools) -> Result<()> {
    let mut trunk = trunk(tools)?;
    reproducible(&mut trunk)?.args(["build", "--release", "--locked"]);
    if tools.wasm_opt {
        return run(&mut trunk);
    }
    // Trunk reads the level from the shell page only, and paths in it are relative to its folder.
    let shell = fs::read_to_string(root().join("index.html")).context("index.html")?;
    let other = root().join(".index-without-wasm-opt.html");
    fs::write(&other, without_wasm_opt(&shell))?;
    let built = run(trunk.args(["--html-output", "index.html"]).arg(&other));
    fs::remove_file(&other).ok();
    built
}

/// Trunk with its tools in front of `$PATH`, in the repository's root.
///
/// # Errors
/// When a tool's folder has a `:` in its name.
pub fn trunk(tools: &Tools) -> Result<std::process::Command> {
    let mut places = tools.path.iter().map(|folder| folder.join("trunk"));
    let program = places.find(|file| file.exists());
    let mut trunk = std::process::Command::new(program.unwrap_or_else(|| "trunk".into()));
    prepend_path(&mut trunk, &tools.path)?;
    // Trunk takes `true` and `false` only, others set it to 1.
    trunk.env_remove("NO_COLOR").current_dir(root());
    Ok(trunk)
}

/// The shell page with wasm-opt's level at 0, which leaves wasm-opt out.
fn without_wasm_opt(shell: &str) -> String {
    const ATTRIBUTE: &str = "data-wasm-opt=\"";
    let mut parts = shell.split(ATTRIBUTE);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.split_once('"').map_or("", |(_, rest)| rest);
        changed.push_str(&format!("{ATTRIBUTE}0\"{rest}"));
    }
    changed
}

fn compress(dist: &Path) -> Result<()> {
    for file in files_below(dist)? {
        let extension = file.extension().and_then(OsStr::to_str);
        if !extension.is_some_and(|extension| COMPRESSED.contains(&extension)) {
            continue;
        }
        let content = fs::read(&file)?;
        let mut brotli = Vec::new();
        let params = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            size_hint: content.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut content.as_slice(), &mut brotli, &params)?;
        fs::write(beside(&file, "br"), brotli)?;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&content)?;
        fs::write(beside(&file, "gz"), gzip.finish()?)?;
    }
    Ok(())
}

fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

/// A hash of all that goes into the page and of all that came out.
fn stamp_of(tools: &Tools, dist: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    tools.versions.hash(&mut hasher);
    reproducible::flags()?.hash(&mut hasher);
    let inputs = INPUTS.iter().map(|input| root().join(input));
    for input in inputs.chain([dist.to_owned()]) {
        for file in files_below(&input)? {
            file.hash(&mut hasher);
            let content = fs::read(&file).with_context(|| format!("{}", file.display()))?;
            content.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_opt_is_switched_off_and_nothing_else_is_changed() {
        let shell = r#"<link data-trunk data-wasm-opt="z" data-wasm-opt-params="--a --b" />"#;
        let off = r#"<link data-trunk data-wasm-opt="0" data-wasm-opt-params="--a --b" />"#;
        assert_eq!(without_wasm_opt(shell), off);
        assert_eq!(without_wasm_opt("<p>"), "<p>");
    }
}
