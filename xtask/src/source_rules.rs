//! Rules for the source that neither Cargo, rustc nor clippy can keep. They read lines as text, the
//! strings in them as well; lines of comments are free.

use std::{fs, path::Path};

use anyhow::{Result, ensure};

use crate::{page::files_below, root};

struct Rule {
    within: &'static str,
    except: &'static [&'static str],
    breaks: fn(&str) -> bool,
    /// What a line that breaks it does.
    what: &'static str,
}

const RULES: [Rule; 6] = [
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
    Rule {
        within: "frontend/src/ui",
        except: &[],
        breaks: names_a_feature,
        what: "names a feature of the page, which should know ui and not the other way round",
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

/// Checks them, and that every crate takes the workspace's lints.
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

fn has_style(line: &str) -> bool {
    words(line).any(|word| word.starts_with("style=")) || line.contains("<style")
}

fn names_a_feature(line: &str) -> bool {
    line.replace("crate::ui", "").contains("crate::")
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
    use super::*;

    #[test]
    fn what_the_shared_part_of_the_page_may_not_name_is_found() {
        for feature in ["use crate::send::draft;", "use crate::{", "crate::status::grouped(1)"] {
            assert!(names_a_feature(feature), "{feature}");
        }
        for own in ["use crate::ui::number::grouped;", "use crate::ui::{", "use super::Row;"] {
            assert!(!names_a_feature(own), "{own}");
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
