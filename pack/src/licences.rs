//! The licences of all that is linked into the relay and the page.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use anyhow::{Context as _, Result};
use xtask::{
    cargo,
    files::{files, files_below},
    process::capture,
    reproducible::cargo_home,
};

/// Our own, in the repository's root.
pub(crate) const OWN: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// How files with licences are called, in the crates that we use.
const LICENCES: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];

/// musl's own, of its release 1.2.3. No crate has it: musl comes with Rust's target.
const MUSL: &str = include_str!("../musl-COPYRIGHT");

/// The licences of all crates in the relay and in the page, and of what is in them that others wrote, as C
/// code; then each text that their authors ship, once, with the crates that it is of.
pub(crate) fn third_party(target: &str) -> Result<String> {
    let sources = sources()?;
    let mut text = String::from(
        "What others wrote that is part of this program. Rust's standard library: MIT OR Apache-2.0, \
         https://www.rust-lang.org\n\n",
    );
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if target.ends_with("-musl") {
        texts.insert(MUSL.trim().to_owned(), vec!["musl, the C library".to_owned()]);
    }
    for line in crates(target)? {
        let mut parts = line.split('|');
        let [package, licence, place] = [(); 3].map(|()| parts.next().unwrap_or_default());
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let id = format!("{name}-{}", version.trim_start_matches('v'));
        let folder = sources.iter().map(|source| source.join(&id)).find(|folder| folder.is_dir());
        let folder = folder.with_context(|| format!("cargo has no sources of {id}"))?;
        let _ = writeln!(text, "{id}: {licence}, {place}");
        for file in files_below(&folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            if LICENCES.iter().any(|licence| name.starts_with(licence)) {
                let own = String::from_utf8_lossy(&fs::read(&file)?).replace("\r\n", "\n");
                let of = texts.entry(own.trim().to_owned()).or_default();
                if !of.contains(&id) {
                    of.push(id.clone());
                }
            }
        }
    }
    for (own, of) in texts {
        let _ = write!(text, "\n==== {}\n\n{own}\n", of.join(", "));
    }
    Ok(text)
}

/// What the relay and the page are linked with: `NAME vVERSION|LICENCE|REPOSITORY`, without ours.
fn crates(target: &str) -> Result<Vec<String>> {
    let mut crates = Vec::new();
    for (package, target) in [("relay", target), ("warren-frontend", "wasm32-unknown-unknown")] {
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
    files(&cargo_home()?.join("registry/src"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_linked_that_is_not_rust_has_its_licences_there() {
        let [glibc, musl] = ["gnu", "musl"]
            .map(|libc| third_party(&format!("x86_64-unknown-linux-{libc}")).unwrap_or_default());
        // ring's arithmetic, and of the static relay the allocator and the C library.
        for text in [&glibc, &musl] {
            assert!(text.contains("the fiat-crypto authors"));
        }
        for words in ["Microsoft Corporation, Daan Leijen", "Rich Felker, et al."] {
            assert!(musl.contains(words) && !glibc.contains(words), "{words}");
        }
    }
}
