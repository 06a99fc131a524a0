//! Rules for the source that neither Cargo, rustc nor clippy can keep. They read lines as text, the
//! strings in them as well; lines of comments are free.

use std::{fs, path::Path};

use anyhow::{Result, ensure};

use crate::{files::files_below, root};

struct Rule {
    within: &'static str,
    except: &'static [&'static str],
    breaks: fn(&str) -> bool,
    /// What a line that breaks it does.
    what: &'static str,
}

const RULES: [Rule; 5] = [
    Rule {
        within: "relay/src",
        except: &["relay/src/socket.rs", "relay/src/server.rs"],
        breaks: |line| line.contains("tungstenite"),
        what: "names tungstenite",
    },
    Rule {
        within: "frontend/src",
        except: &["frontend/src/connection/link.rs"],
        breaks: |line| line.contains("WebSocket"),
        what: "names WebSocket",
    },
    Rule {
        within: "frontend/src",
        except: &[],
        breaks: |line| {
            ["inner_html", "outer_html", "adjacent_html", "html_unchecked"]
                .iter()
                .any(|name| line.contains(name))
        },
        what: "makes elements of a text",
    },
    // The page's Content-Security-Policy refuses both.
    Rule { within: "frontend/src", except: &[], breaks: has_style, what: "has an inline style" },
    Rule {
        within: "index.html",
        except: &[],
        breaks: |line| has_style(line) || has_handler(line),
        what: "has an inline style or handler",
    },
];

/// The page's modules are a tree: what each may name of the others, from the shared part at the
/// root to what wires everything together.
const TREE: [(&str, &[&str]); 5] = [
    ("ui", &[]),
    ("connection", &["ui"]),
    ("send", &["ui"]),
    ("receive", &["ui"]),
    ("store", &["connection", "send", "receive", "ui"]),
];

/// Lines of a file of the page at most: a longer one owns more than its name says.
const MAX_LINES: usize = 350;

/// Checks them, the length of the page's files, and that every crate takes the workspace's lints.
///
/// # Errors
/// Names every line that breaks one.
pub fn check() -> Result<()> {
    let mut broken = Vec::new();
    for rule in &RULES {
        for file in files_below(&root().join(rule.within))? {
            let name = file.strip_prefix(root()).unwrap_or(&file);
            if rule.except.iter().any(|except| name == Path::new(except)) {
                continue;
            }
            let source = fs::read_to_string(&file)?;
            let lines = source
                .lines()
                .zip(1..)
                .filter(|(line, _)| !line.trim_start().starts_with("//") && (rule.breaks)(line));
            let name = name.display();
            broken.extend(lines.map(|(_, number)| format!("{name}:{number} {}", rule.what)));
        }
    }
    for (module, may_name) in TREE {
        let folder = root().join("frontend/src").join(module);
        let mut files = files_below(&folder)?;
        files.push(folder.with_extension("rs"));
        for file in files {
            let name = file.strip_prefix(root()).unwrap_or(&file).display();
            let named = modules_named(&fs::read_to_string(&file)?);
            let wrong = named
                .into_iter()
                .filter(|(_, named)| named != module && !may_name.contains(&named.as_str()));
            broken.extend(wrong.map(|(number, named)| {
                format!("{name}:{number} names {named}, which {module} must not know")
            }));
        }
    }
    for file in files_below(&root().join("frontend/src"))? {
        let name = file.strip_prefix(root()).unwrap_or(&file).display().to_string();
        broken.extend(too_long(&name, &fs::read_to_string(&file)?));
    }
    for folder in fs::read_dir(root())? {
        let manifest = folder?.path().join("Cargo.toml");
        if manifest.exists()
            && !fs::read_to_string(&manifest)?.contains("[lints]\nworkspace = true")
        {
            broken.push(format!("{} has no [lints] workspace = true", manifest.display()));
        }
    }
    ensure!(broken.is_empty(), "{}", broken.join("\n      "));
    Ok(())
}

/// What is wrong with a file of the page that has more than [`MAX_LINES`].
fn too_long(name: &str, source: &str) -> Option<String> {
    let lines = source.lines().count();
    (lines > MAX_LINES).then(|| format!("{name} has {lines} lines, more than {MAX_LINES}"))
}

fn has_style(line: &str) -> bool {
    words(line).any(|word| word.starts_with("style=")) || line.contains("<style")
}

/// The modules at the root of its crate that a source names, each with the number of its line:
/// `crate::a::b`, and `a` and `c` of `crate::{a::b, c::{d, e}}`. A way up past the own module
/// counts as `super::super`, since nothing here says where it leads.
fn modules_named(source: &str) -> Vec<(usize, String)> {
    const ROOT: &str = "crate::";
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let code: Vec<&str> =
        source.lines().map(|line| Some(line).filter(is_code).unwrap_or("")).collect();
    let code = code.join("\n");
    let line = |at: usize| code[..at].matches('\n').count() + 1;
    let up = code.match_indices("super::super").map(|(at, up)| (line(at), up.to_owned()));
    let mut named: Vec<(usize, String)> = up.collect();
    for (at, _) in code.match_indices(ROOT) {
        let at = at + ROOT.len();
        let rest = &code[at..];
        if !rest.starts_with('{') {
            named.push((line(at), identifier(rest)));
            continue;
        }
        let mut depth = 0;
        for (offset, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(c, '{' | ',') {
                let item = &rest[offset + 1..];
                let start = at + offset + 1 + item.len() - item.trim_start().len();
                named.push((line(start), identifier(item.trim_start())));
            }
        }
    }
    // Behind the last comma there is nothing.
    named.retain(|(_, name)| !name.is_empty());
    named
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// Whether a tag of HTML handles an event. Yew's `onclick={…}` is no attribute: it listens.
fn has_handler(line: &str) -> bool {
    words(line).any(|word| word.starts_with("on") && word.contains('='))
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || c == '<')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may

    use super::*;

    #[test]
    fn the_modules_that_a_source_names_are_found_however_it_names_them() {
        let source = "//! See [`crate::app`].\nuse crate::{\n    send::{draft::Prepared, outbox},\n    \
                      store,\n};\npub(crate) use crate::ui::number::grouped;\n\n    // crate::app\n\
                      let words = crate::receive::status::found(1);\nuse super::Row;\n\
                      use super::super::store::State;\n";
        let expected = [(3, "send"), (4, "store"), (6, "ui"), (9, "receive"), (11, "super::super")];
        let mut named = modules_named(source);
        named.sort();
        assert_eq!(named, expected.map(|(line, name)| (line, name.to_owned())));
    }

    #[test]
    fn the_source_keeps_the_rules() {
        check().unwrap();
    }

    #[test]
    fn a_file_of_the_page_that_is_too_long_is_found() {
        assert_eq!(too_long("a.rs", &"\n".repeat(MAX_LINES)), None);
        let words = "a.rs has 351 lines, more than 350";
        assert_eq!(too_long("a.rs", &"\n".repeat(MAX_LINES + 1)).as_deref(), Some(words));
    }

    #[test]
    fn no_module_of_the_page_may_name_one_that_may_name_it() {
        for (module, may_name) in TREE {
            for named in may_name {
                let (_, back) = TREE.iter().find(|(module, _)| module == named).unwrap();
                assert!(!back.contains(&module), "{module} and {named}");
            }
        }
    }

    #[test]
    fn styles_and_handlers_inside_elements_are_found() {
        for style in ["<p style=\"x\">", "  style={x}>", "<style>"] {
            assert!(has_style(style), "{style}");
        }
        assert!(!has_style("let style = on == x;"));
        assert!(has_handler("<b onload=x()>") && has_handler("onclick=\"x\">"));
        assert!(!has_handler("<p>on and on</p>"));
    }
}
