//! The configuration file: its keys are the flags' names, and it counts for what is neither typed
//! nor in the environment.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::Context as _;

use super::Args;

/// Read by others than the owner and the group.
const READ_BY_OTHERS: u32 = 0o004;

/// What was typed, is in the environment and stands in the file, in this order.
#[derive(Debug)]
pub struct LoadedArgs {
    /// All of it.
    pub args: Args,
    /// What the operator should know, once there is a log.
    pub warning: Option<String>,
}

impl LoadedArgs {
    /// Reads the file of `--config` behind `args`, where there is one.
    ///
    /// # Errors
    /// A sentence that names the file and, where it has one, the line.
    pub fn read(args: Args) -> anyhow::Result<Self> {
        let Some(path) = args.config.clone() else {
            return Ok(Self { args, warning: None });
        };
        let name = format!("--config {}", path.display());
        let text = fs::read_to_string(&path).with_context(|| name.clone())?;
        let file = parse(&text).with_context(|| name.clone())?;
        let open = file.amqp_url.iter().any(|url| has_password(url)) && is_read_by_others(&path);
        let warning = open.then(|| {
            format!(
                "{name} holds a password and everyone on this machine may read it; run chmod 600 {}",
                path.display()
            )
        });
        Ok(Self { args: args.or(file), warning })
    }
}

/// What a file with this text says.
///
/// # Errors
/// What is wrong, and in which line. It repeats no password: toml's words may repeat a value, and an
/// address of RabbitMQ in the wrong place has one in it.
pub(crate) fn parse(text: &str) -> anyhow::Result<Args> {
    toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1));
        let words = match error.message() {
            words if words.contains('@') => {
                "an address stands in the wrong place: write amqp-url = \"URL\""
            }
            words => words,
        };
        let words: Vec<&str> = words.split_whitespace().collect();
        anyhow::anyhow!("{}{}", line.unwrap_or_default(), words.join(" "))
    })
}

/// Whether a URL has a password in it.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next());
    let user = authority.and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':'))
}

fn is_read_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & READ_BY_OTHERS != 0)
}

#[cfg(test)]
mod tests;
