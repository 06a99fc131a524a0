//! The invariants of ARCHITECTURE.md that the source itself can show: who may name what.
//!
//! They keep each library behind one door. Comments and strings do not count: a log filter may say
//! `lapin=warn`.

use std::{ffi::OsStr, fs, path::Path};

use anyhow::{Context as _, Result, bail};

use crate::{page::files_below, root};

struct Rule {
    /// What may be named only in some places.
    word: &'static str,
    /// Below these folders.
    within: &'static [&'static str],
    /// Except in these files and folders.
    except: &'static [&'static str],
}

const RULES: [Rule; 7] = [
    Rule {
        word: "tungstenite",
        within: &["broker/src", "relay/src", "frontend/src", "protocol/src"],
        except: &["relay/src/socket.rs", "relay/src/server.rs"],
    },
    Rule { word: "WebSocket", within: &["frontend/src"], except: &["frontend/src/link.rs"] },
    Rule {
        word: "unsafe",
        within: &["broker", "relay", "frontend", "protocol", "tests", "xtask", "bench", "fuzz"],
        except: &[],
    },
    // What would make elements of a message's text.
    Rule { word: "inner_html", within: &["frontend/src"], except: &[] },
    Rule { word: "outer_html", within: &["frontend/src"], except: &[] },
    Rule { word: "adjacent_html", within: &["frontend/src"], except: &[] },
    Rule { word: "html_unchecked", within: &["frontend/src"], except: &[] },
];

/// How a crate's manifest takes them.
const LINTS: &str = "[lints]\nworkspace = true\n";

/// Checks all of them.
///
/// # Errors
/// Names every line that breaks one.
pub fn check() -> Result<()> {
    let mut broken = Vec::new();
    for rule in &RULES {
        for folder in rule.within {
            for file in files_below(&root().join(folder))? {
                broken.extend(breaches(rule, &file)?);
            }
        }
    }
    let html = root().join("index.html");
    broken.extend(inline(&html, &fs::read_to_string(&html).context("index.html")?, true));
    for file in files_below(&root().join("frontend/src"))? {
        let code = code_only(&fs::read_to_string(&file)?);
        // Yew's `onclick={…}` is no attribute: it listens.
        broken.extend(inline(&file, &code, false));
    }
    broken.extend(without_lints()?);
    if !broken.is_empty() {
        bail!("design invariants are broken:\n{}", broken.join("\n"));
    }
    Ok(())
}

/// The lines of `source` with styles inside elements, and in `html` handlers of events: the page's
/// Content-Security-Policy refuses both.
fn inline(file: &Path, source: &str, html: bool) -> Vec<String> {
    let name = file.strip_prefix(root()).unwrap_or(file);
    let bad = |word: &str| {
        word.starts_with("style=") || (html && word.starts_with("on") && word.contains('='))
    };
    let lines = source.lines().zip(1..).filter(|(line, _)| {
        line.split(|c: char| c.is_whitespace() || c == '<').any(bad) || line.contains("<style")
    });
    lines.map(|(_, number)| format!("  {}:{number} is inline", name.display())).collect()
}

/// The crates that do not take the workspace's lints, `unsafe_code = "forbid"` among them.
fn without_lints() -> Result<Vec<String>> {
    let mut without = Vec::new();
    for folder in fs::read_dir(root())? {
        let manifest = folder?.path().join("Cargo.toml");
        if manifest.exists() && !fs::read_to_string(&manifest)?.contains(LINTS) {
            let name = manifest.strip_prefix(root()).unwrap_or(&manifest);
            without.push(format!("  {} has no [lints] workspace = true", name.display()));
        }
    }
    Ok(without)
}

fn breaches(rule: &Rule, file: &Path) -> Result<Vec<String>> {
    let name = file.strip_prefix(root()).unwrap_or(file);
    let allowed = rule.except.iter().any(|place| name.starts_with(place));
    if allowed || file.extension() != Some(OsStr::new("rs")) {
        return Ok(Vec::new());
    }
    let source = fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
    let code = code_only(&source);
    let lines = code.lines().zip(1..).filter(|(line, _)| names(line, rule.word));
    Ok(lines
        .map(|(_, number)| format!("  {}:{number} names {}", name.display(), rule.word))
        .collect())
}

/// Whether `line` has `word` as an identifier, alone or behind a prefix like `tokio_`.
fn names(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|name| name == word || name.strip_suffix(word).is_some_and(|rest| rest.ends_with('_')))
}

/// The source without what is in comments and string literals; lines stay where they are.
fn code_only(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") {
            raw_string_len(rest)
        } else if c == '"' {
            string_len(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            rest[1..].find('\'').map_or(rest.len(), |end| end + 2)
        } else {
            0
        };
        let taken = if skipped == 0 { c.len_utf8() } else { skipped };
        if skipped == 0 {
            code.push(c);
        } else {
            code.extend(rest[..taken].chars().filter(|c| *c == '\n'));
        }
        rest = &rest[taken..];
    }
    code
}

fn string_len(source: &str) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    source.len()
}

/// The length of `r#"…"#`; nothing for a raw identifier such as `r#type`.
fn raw_string_len(source: &str) -> usize {
    let hashes = source[1..].bytes().take_while(|b| *b == b'#').count();
    if source.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let start = 2 + hashes;
    let end = format!("\"{}", "#".repeat(hashes));
    source[start..].find(&end).map_or(source.len(), |at| start + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_not_code() {
        let source =
            "a // lapin\n\"lapin \\\" lapin\" b r#\"x \" lapin\"# '\"' c r#type /* lapin\n*/ d";
        assert_eq!(code_only(source), "a \n b   c r#type \n d");
    }

    #[test]
    fn styles_and_handlers_inside_elements_are_found() {
        let count = |source, html| inline(Path::new("x"), source, html).len();
        assert_eq!(count("<p style=\"x\">\n<p\n  style={x}>\n<style>", false), 3);
        assert_eq!(count("<b onclick={x}>\nlet style = on == x;", false), 0);
        assert_eq!(count("<p>on and on</p>\n<b onload=x()>\n<b\nonclick=\"x\">", true), 2);
    }

    #[test]
    fn a_word_counts_alone_and_behind_a_prefix() {
        assert!(names("use tokio_tungstenite::WebSocketStream;", "tungstenite"));
        assert!(names("use lapin::Channel;", "lapin"));
        assert!(!names("struct WebSocketStream;", "WebSocket"));
        assert!(!names("unsafe_code", "unsafe"));
    }
}
