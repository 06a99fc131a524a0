//! The test of the Chinese documentation: it says what the English one says, in the page's own words.
//!
//! A translation that nobody compares with its original is soon wrong. Prose is for people to compare;
//! what both must have alike, a program can: headings, code, links and numbers.

#![allow(clippy::unwrap_used)] // a test may

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use crate::{
    docs::{prose, read, targets},
    files::{beside, files},
    root,
};

/// An English page, and the same in Chinese.
const PAGES: [(&str, &str); 2] =
    [("README.md", "README.zh-CN.md"), ("docs/tutorial.md", "docs/tutorial.zh-CN.md")];

/// A page's lines outside of code that begin a part, and the text of each part; the first has none.
fn parts(text: &str) -> Vec<(usize, String)> {
    let mut parts = vec![(0, String::new())];
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let level = line.len() - line.trim_start_matches('#').len();
        if !fenced && level > 0 {
            parts.push((level, String::new()));
        }
        writeln!(parts.last_mut().unwrap().1, "{line}").unwrap();
    }
    parts
}

/// The blocks of code, with the fence before them and what a comment there tells the tests.
fn code(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut fenced = false;
    let mut before = "";
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
            if fenced {
                let told = if before.starts_with("<!--") { before } else { "" };
                blocks.push(format!("{told}{line}\n"));
            }
        } else if fenced {
            writeln!(blocks.last_mut().unwrap(), "{line}").unwrap();
        }
        before = line;
    }
    blocks
}

/// Where the links of `page` lead, to the English page for each, but for those from one language to
/// the other. Headings have other anchors in Chinese.
fn links(page: &str) -> BTreeSet<String> {
    let page = Path::new(page);
    let english = |target: &String| {
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let file = beside(page, file).display().to_string().replace(".zh-CN.", ".");
        let both = PAGES.iter().any(|(name, _)| *name == file);
        (both, if anchor.is_empty() { file } else { format!("{file}#{anchor}") })
    };
    let links: Vec<_> = targets(&read(page)).iter().map(english).collect();
    links.into_iter().filter(|(both, _)| !both).map(|(_, target)| target).collect()
}

/// The numbers of a text outside of code, in order of their digits: 35,197 is one.
fn numbers(text: &str) -> Vec<String> {
    let text = prose(text);
    let words = text.split(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    let words = words.map(|word| word.trim_matches(['.', ',']).to_owned());
    let mut numbers: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    numbers.sort();
    numbers
}

/// The texts that a page has in bold.
fn bold(text: &str) -> Vec<String> {
    prose(text).split("**").skip(1).step_by(2).map(str::to_owned).collect()
}

/// With each number and each argument of the page's texts as `#`.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        let (starts, ends) = (c == '{', c == '}');
        if starts || (c.is_ascii_digit() && !plain.ends_with('#')) {
            plain.push('#');
        } else if !inside && !ends && !c.is_ascii_digit() {
            plain.push(c);
        }
        inside = (inside || starts) && !ends;
    }
    plain
}

#[test]
fn both_languages_have_the_same_headings_code_links_and_numbers() {
    for (english, chinese) in PAGES {
        let [ours, theirs] = [english, chinese].map(|page| read(Path::new(page)));
        assert_eq!(code(&ours), code(&theirs), "code of {chinese}");
        assert_eq!(links(english), links(chinese), "links of {chinese}");
        let [ours, theirs] = [ours, theirs].map(|text| parts(&text));
        let levels = |parts: &[(usize, String)]| -> Vec<usize> {
            parts.iter().map(|(level, _)| *level).collect()
        };
        assert_eq!(levels(&ours), levels(&theirs), "headings of {chinese}");
        for ((_, ours), (_, theirs)) in ours.iter().zip(&theirs) {
            let [heading, translated] =
                [ours, theirs].map(|part| part.lines().next().unwrap_or(""));
            assert_eq!(numbers(ours), numbers(theirs), "numbers of {heading:?} and {translated:?}");
        }
    }
}

#[test]
fn the_languages_lead_to_each_other_above_everything_else() {
    for (english, chinese) in PAGES {
        for (page, other) in [(english, chinese), (chinese, english)] {
            let first = targets(&read(Path::new(page))).swap_remove(0);
            assert_eq!(beside(Path::new(page), &first), Path::new(other), "{page}");
        }
    }
}

#[test]
fn what_the_tutorials_have_in_bold_is_what_the_page_says() {
    let sources = files(&root().join("frontend/src/ui/language")).unwrap();
    let sources: String = sources.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let sources = sources.replace("\\\"", "");
    let texts: BTreeSet<String> =
        sources.split('"').skip(1).step_by(2).map(without_numbers).collect();
    for page in ["docs/tutorial.md", "docs/tutorial.zh-CN.md"] {
        let bold = bold(&read(Path::new(page)));
        assert!(bold.len() > 10, "{page}: {bold:?}");
        for words in bold {
            let plain = without_numbers(&words);
            // Of some texts the number is put before them.
            let plain = [&plain, plain.trim_start_matches("# ")];
            let is_there = plain.iter().any(|text| texts.contains(*text));
            assert!(is_there, "{page}: the page has no text {words:?}");
        }
    }
}

#[test]
fn numbers_are_read_whole_and_outside_of_code() {
    assert_eq!(
        numbers("a 35,197 (30.5 – 7), `9`\n```\n8\n```\n在 4.0 中。"),
        ["30.5", "35,197", "4.0", "7"]
    );
}
