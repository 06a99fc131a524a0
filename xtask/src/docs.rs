//! The test of the documentation: links resolve, every source file is on the map, README is short.
//!
//! Pages that name files by hand go wrong with every rename, so the links are checked, not trusted.

#![allow(clippy::unwrap_used)] // a test may

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    files::{beside, files, files_below},
    root,
};

/// README's length at most, in lines.
const README_LINES: usize = 200;

/// Each source file below these is linked from ARCHITECTURE.md.
const MAPPED: [&str; 4] = ["broker/src", "relay/src", "protocol/src", "frontend/src"];

/// The pages whose links are checked, relative to the repository's root.
fn pages() -> Vec<PathBuf> {
    let docs = files(&root().join("docs")).unwrap();
    let docs = docs.iter().filter(|file| file.extension().is_some_and(|name| name == "md"));
    let docs = docs.map(|file| file.strip_prefix(root()).unwrap().to_owned());
    ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "SECURITY.md"]
        .map(PathBuf::from)
        .into_iter()
        .chain(docs)
        .collect()
}

pub(crate) fn read(page: &Path) -> String {
    fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{}: {e}", page.display()))
}

/// A text without its code: fenced blocks and spans in backticks are gone. A span may go over the
/// end of a line, but not of a paragraph.
pub(crate) fn prose(text: &str) -> String {
    let mut fenced = false;
    let lines = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    });
    let unfenced = lines.collect::<Vec<_>>().join("\n");
    unfenced.split("\n\n").flat_map(|paragraph| paragraph.split('`').step_by(2)).collect()
}

/// The targets of all links and pictures that lead to this repository.
pub(crate) fn targets(text: &str) -> Vec<String> {
    let text = prose(text);
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    local.map(str::to_owned).collect()
}

/// The anchors of a page's headings, as GitHub makes them: lower case, letters, digits, `-` and `_`
/// kept, a space a hyphen, and a number behind one that was there before.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        if fenced || heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let anchor = anchor(heading.trim());
        let again = (1..).map(|number| format!("{anchor}-{number}"));
        let free =
            std::iter::once(anchor.clone()).chain(again).find(|name| !anchors.contains(name));
        anchors.extend(free);
    }
    anchors
}

/// The anchor of a heading. Of a link in it only the text counts.
fn anchor(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    let kept = text.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Why the link to `target` on `page` leads nowhere, if it does.
fn broken(page: &Path, target: &str) -> Option<String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, a)| (path, Some(a)));
    let file = if path.is_empty() { page.to_owned() } else { beside(page, path) };
    let place = root().join(&file);
    if !place.exists() {
        return Some(format!("{}: no {}", page.display(), file.display()));
    }
    let anchor = anchor?;
    let found = place.is_file() && anchors(&read(&file)).contains(anchor);
    (!found).then(|| format!("{}: no heading #{anchor} in {}", page.display(), file.display()))
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_in_it() {
    let mut wrong = Vec::new();
    for page in pages() {
        let targets = targets(&read(&page));
        wrong.extend(targets.iter().filter_map(|target| broken(&page, target)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_source_file_of_the_product_is_on_the_map() {
    let page = Path::new("ARCHITECTURE.md");
    let targets = targets(&read(page));
    let linked: BTreeSet<PathBuf> = targets.iter().map(|target| beside(page, target)).collect();
    let mut missing = Vec::new();
    for folder in MAPPED.map(Path::new) {
        for file in files_below(&root().join(folder)).unwrap() {
            let file = file.strip_prefix(root()).unwrap();
            let is_source = file.extension().is_some_and(|name| name == "rs");
            // The tests of a module may stand there as their folder.
            let mut inside = file.ancestors().skip(1).take_while(|above| *above != folder);
            let covered = is_test(file) && inside.any(|above| linked.contains(above));
            if is_source && !linked.contains(file) && !covered {
                missing.push(file.display().to_string());
            }
        }
    }
    assert!(missing.is_empty(), "not linked from ARCHITECTURE.md:\n{}", missing.join("\n"));
}

fn is_test(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn readme_is_short_and_leads_to_every_page() {
    let text = read(Path::new("README.md"));
    let lines = text.lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines");
    let targets = targets(&text);
    for page in pages().iter().skip(1) {
        let linked = targets.iter().any(|target| Path::new(target) == page);
        assert!(linked, "README.md does not lead to {}", page.display());
    }
}

#[test]
fn anchors_are_githubs() {
    let text = "# A `b_c`: d, e\n## [X](y.md) – 2/3\n```\n# no heading\n```\n### X\n### X\n#none";
    let anchors: Vec<String> = anchors(text).into_iter().collect();
    assert_eq!(anchors, ["a-b_c-d-e", "x", "x--23", "x-1"].map(str::to_owned));
}

#[test]
fn links_in_code_are_none() {
    let text = "[a](b.md#c) `[d](e)` ![f](g.png) [h](https://i)\n```\n[j](k)\n```\n[l](#m)";
    assert_eq!(targets(text), ["b.md#c", "g.png", "#m"]);
}
