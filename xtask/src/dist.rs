//! `cargo xtask dist`: an archive with the relay and what belongs beside it, for a machine that has
//! neither Rust nor this repository.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write as _,
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context as _, Result};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use tar::HeaderMode;

use crate::{build, cargo, process::capture, root, steps::Steps, target_dir};

/// What the relay prints of itself, and where it goes.
const GENERATED: [(&str, &str); 4] = [
    ("man", "man/relay.1"),
    ("complete-bash", "completions/relay.bash"),
    ("complete-zsh", "completions/_relay"),
    ("complete-fish", "completions/relay.fish"),
];

/// Files of the repository, under the same names, beside what README.md leads to.
const COPIED: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Extensions of the files that documentation is made of.
const DOCUMENTS: [&str; 3] = ["md", "png", "svg"];

/// How files with licences are called, in the crates that we use.
const LICENCES: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// Does the command.
///
/// # Errors
/// When a step fails.
pub fn run() -> Result<ExitCode> {
    let mut steps = Steps::default();
    let (_, relay) = build::everything(&mut steps)?;
    let archive = steps.work("the archive", "", || pack(&relay))?;
    println!("{}", archive.display());
    Ok(ExitCode::SUCCESS)
}

/// Makes the archive of this relay, and `SHA256SUMS` beside it. Returns the archive's path. The
/// same files give the same bytes.
///
/// # Errors
/// When something that belongs into it is missing.
pub fn pack(relay: &Path) -> Result<PathBuf> {
    let host = capture(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let name = format!("warren-{}-{}", env!("CARGO_PKG_VERSION"), host.trim());
    let dist = target_dir().join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fill(&folder, relay)?;
    let archive = dist.join(format!("{name}.tar.gz"));
    write_archive(&archive, &folder, &name)?;
    let digest = Sha256::digest(fs::read(&archive)?);
    let digest = digest.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    fs::write(dist.join("SHA256SUMS"), format!("{digest}  {name}.tar.gz\n"))?;
    Ok(archive)
}

fn fill(folder: &Path, relay: &Path) -> Result<()> {
    copy(relay, &folder.join("relay"))?;
    for (what, path) in GENERATED {
        let text = capture(Command::new(relay).args(["--generate", what]))?;
        let path = folder.join(path);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, text)?;
    }
    for file in COPIED.into_iter().map(PathBuf::from).chain(documents()?) {
        copy(&root().join(&file), &folder.join(&file))?;
    }
    for file in files(&root().join("packaging"))? {
        let name = file.file_name().context("no name")?;
        copy(&file, &folder.join("packaging").join(name))?;
    }
    fs::write(folder.join("THIRD-PARTY"), third_party()?)?;
    Ok(())
}

/// README.md and the pages and pictures that its links, and theirs, lead to. The sources that
/// ARCHITECTURE.md links to stay in the repository.
fn documents() -> Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::from("README.md")];
    let mut at = 0;
    while let Some(file) = found.get(at).cloned() {
        at += 1;
        if file.extension() != Some(OsStr::new("md")) {
            continue;
        }
        let text = fs::read_to_string(root().join(&file))
            .with_context(|| format!("cannot read {}", file.display()))?;
        for link in links(&text) {
            let linked = beside(&file, link);
            let extension = linked.extension().and_then(OsStr::to_str);
            let is_document = extension.is_some_and(|name| DOCUMENTS.contains(&name));
            if is_document && root().join(&linked).is_file() && !found.contains(&linked) {
                found.push(linked);
            }
        }
    }
    Ok(found)
}

/// The targets of a Markdown text's links, without those within it and on the web.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

/// Where a link in `file` leads: `../packaging/x` in `docs/y.md` is `packaging/x`.
pub(crate) fn beside(file: &Path, link: &str) -> PathBuf {
    let mut path = file.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => _ = path.pop(),
            part => path.push(part),
        }
    }
    path
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("no folder")?)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

/// The files in a folder, in order.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.sort();
    Ok(files)
}

fn write_archive(archive: &Path, folder: &Path, name: &str) -> Result<()> {
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(archive)?, Compression::best()));
    tar.mode(HeaderMode::Deterministic);
    append(&mut tar, folder, Path::new(name))?;
    tar.into_inner()?.finish()?;
    Ok(())
}

fn append(tar: &mut tar::Builder<impl io::Write>, folder: &Path, name: &Path) -> Result<()> {
    for path in files(folder)? {
        let name = name.join(path.file_name().context("no name")?);
        if path.is_dir() {
            append(tar, &path, &name)?;
        } else {
            tar.append_path_with_name(&path, &name)?;
        }
    }
    Ok(())
}

/// The licences of all crates in the relay and in the page, then each text that their authors ship,
/// once, with the crates that it is of.
fn third_party() -> Result<String> {
    let sources = sources()?;
    let mut text = String::from(
        "What others wrote that is part of this program. Rust's standard library: MIT OR Apache-2.0, \
         https://www.rust-lang.org\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in crates()? {
        let mut parts = line.split('|');
        let [package, licence, place] = [(); 3].map(|()| parts.next().unwrap_or_default());
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let id = format!("{name}-{}", version.trim_start_matches('v'));
        let folder = sources.iter().map(|source| source.join(&id)).find(|folder| folder.is_dir());
        let folder = folder.with_context(|| format!("cargo has no sources of {id}"))?;
        let _ = writeln!(text, "{id}: {licence}, {place}");
        for file in files(&folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            if file.is_file() && LICENCES.iter().any(|licence| name.starts_with(licence)) {
                let own = String::from_utf8_lossy(&fs::read(&file)?).replace("\r\n", "\n");
                texts.entry(own.trim().to_owned()).or_default().push(id.clone());
            }
        }
    }
    for (own, of) in texts {
        let _ = write!(text, "\n==== {}\n\n{own}\n", of.join(", "));
    }
    Ok(text)
}

/// What the relay and the page are linked with: `NAME vVERSION|LICENCE|REPOSITORY`, without ours.
fn crates() -> Result<Vec<String>> {
    let mut crates = Vec::new();
    for (package, target) in
        [("relay", "host-tuple"), ("warren-frontend", "wasm32-unknown-unknown")]
    {
        let mut tree = cargo();
        tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]).args([
            "--format",
            "{p}|{l}|{r}",
            "--package",
            package,
            "--target",
            target,
        ]);
        // Behind what stood there before is a (*), behind ours a path.
        let lines = capture(&mut tree)?;
        let lines = lines.lines().map(|line| line.trim_end_matches(" (*)"));
        crates.extend(lines.filter(|line| !line.contains(" (/")).map(str::to_owned));
    }
    crates.sort();
    crates.dedup();
    Ok(crates)
}

/// Where cargo keeps the sources of crates, a folder for each registry.
fn sources() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    files(&home.context("there is no home folder")?.join("registry/src"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_are_followed_from_where_they_stand() {
        let text = "![a](docs/a.png) [b](B.md#part) [c](#here) [d](https://x/y) (e) [f](../g/h)";
        let targets: Vec<&str> = links(text).collect();
        assert_eq!(targets, ["docs/a.png", "B.md", "../g/h"]);
        assert_eq!(beside(Path::new("README.md"), "docs/a.png"), Path::new("docs/a.png"));
        assert_eq!(beside(Path::new("docs/y.md"), "../g/h"), Path::new("g/h"));
    }
}
