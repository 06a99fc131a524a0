//! The archive: the relay and what belongs beside it, for a machine that has neither Rust nor this
//! repository.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use xtask::{
    files::{beside, files},
    process::capture,
    root,
};

use crate::{
    licences,
    tarball::{Tarball, gzip},
};

/// What the relay prints of itself, and where it goes.
const GENERATED: [(&str, &str); 4] = [
    ("man", "man/relay.1"),
    ("complete-bash", "completions/relay.bash"),
    ("complete-zsh", "completions/_relay"),
    ("complete-fish", "completions/relay.fish"),
];

/// Extensions of the files that documentation is made of.
const DOCUMENTS: [&str; 3] = ["md", "png", "svg"];

/// Makes `warren-VERSION-TARGET.tar.gz` of this relay in the folder `into`, and returns its path.
///
/// # Errors
/// When something that belongs into it is missing.
pub fn pack(relay: &Path, target: &str, into: &Path) -> Result<PathBuf> {
    let name = format!("warren-{}-{target}", env!("CARGO_PKG_VERSION"));
    let mut contents: Vec<(String, Vec<u8>)> = Vec::new();
    for (what, path) in GENERATED {
        let text = capture(Command::new(relay).args(["--generate", what]))?;
        contents.push((path.to_owned(), text.into_bytes()));
    }
    let own = licences::OWN.map(PathBuf::from);
    for file in own.into_iter().chain(documents()?).chain(packaging()?) {
        let read = fs::read(root().join(&file));
        let content = read.with_context(|| format!("cannot read {}", file.display()))?;
        contents.push((file.display().to_string(), content));
    }
    contents.push(("THIRD-PARTY".to_owned(), licences::third_party(target)?.into_bytes()));
    contents.sort();

    let mut tar = Tarball::new(Vec::new());
    let program = fs::read(relay).with_context(|| relay.display().to_string())?;
    tar.file(&format!("{name}/relay"), 0o755, &program)?;
    for (path, content) in contents {
        tar.file(&format!("{name}/{path}"), 0o644, &content)?;
    }
    let archive = into.join(format!("{name}.tar.gz"));
    fs::write(&archive, gzip(&tar.finish()?)?)?;
    Ok(archive)
}

/// What operators copy.
fn packaging() -> Result<Vec<PathBuf>> {
    let files = files(&root().join("packaging"))?.into_iter();
    files.map(|file| Ok(file.strip_prefix(root())?.to_owned())).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_those_within_the_page_and_on_the_web_left_out() {
        let text = "![a](docs/a.png) [b](B.md#part) [c](#here) [d](https://x/y) (e) [f](../g/h)";
        let targets: Vec<&str> = links(text).collect();
        assert_eq!(targets, ["docs/a.png", "B.md", "../g/h"]);
    }
}
