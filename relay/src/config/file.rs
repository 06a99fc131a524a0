//! The configuration file: its keys are the flags' names, and it counts for what is neither typed
//! nor in the environment.
//!
//! A key becomes the flag of its name, so that clap judges its value, what it needs beside it and
//! what it excludes, as if it had been typed: a new flag has nothing to do here.

use std::{
    env,
    ffi::OsString,
    fs, iter,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use clap::{
    Arg, ArgAction, ArgMatches, Command, FromArgMatches as _,
    error::{ContextKind, ContextValue, ErrorKind},
    parser::ValueSource,
};
use toml::de::{DeTable, DeValue};

use super::Args;

/// These say what to do now, not how to run.
const NOT_IN_A_FILE: [&str; 3] = ["config", "check-config", "generate"];

/// Read by others than the owner and the group.
const READ_BY_OTHERS: u32 = 0o004;

/// What was typed, is in the environment and stands in the file, in this order.
#[derive(Debug)]
pub struct Given {
    /// All of it.
    pub args: Args,
    /// What the operator should know, once there is a log.
    pub warning: Option<String>,
}

impl Given {
    /// Reads `typed`, the program's name first, and the file of `--config`.
    ///
    /// # Errors
    /// [`clap::Error`] for what was typed, a request for help included; else a sentence that names
    /// the file and, where it has one, the line.
    pub fn read(typed: impl IntoIterator<Item = OsString>) -> anyhow::Result<Self> {
        let typed: Vec<OsString> = typed.into_iter().collect();
        let alone = without_file(&typed)?;
        let Some(path) = alone.get_one::<PathBuf>("config") else {
            return Ok(Self { args: args_from(&alone)?, warning: None });
        };
        let name = format!("--config {}", path.display());
        let text = fs::read_to_string(path).with_context(|| name.clone())?;
        let file = Flags::parse(&text, &alone).with_context(|| name.clone())?;
        // After the program's name, since what was typed may end with `--`.
        let program = typed.iter().take(1).cloned();
        let rest = typed.iter().skip(1).cloned();
        let all = program.chain(file.behind.into_iter().map(OsString::from)).chain(rest);
        let matches = Args::command_line()
            .try_get_matches_from(all)
            .map_err(|error| anyhow::anyhow!(sentence(&error)))
            .with_context(|| name.clone())?;
        let open = file.has_password && is_read_by_others(path);
        let warning = open.then(|| {
            format!(
                "{name} holds a password and everyone on this machine may read it; run chmod 600 {}",
                path.display()
            )
        });
        Ok(Self { args: args_from(&matches)?, warning })
    }
}

fn args_from(matches: &ArgMatches) -> clap::error::Result<Args> {
    let mut args = Args::from_arg_matches(matches)?;
    args.split_environment(matches);
    Ok(args)
}

/// What a file with this text gives where nothing was typed; for the fuzz target.
#[cfg(feature = "fuzzing")]
pub(crate) fn args_of(text: &str) -> anyhow::Result<Args> {
    let alone = Args::command_line().try_get_matches_from(["relay"])?;
    let typed = iter::once("relay".to_owned()).chain(Flags::parse(text, &alone)?.behind);
    let matches = Args::command_line().try_get_matches_from(typed);
    let matches = matches.map_err(|error| anyhow::anyhow!(sentence(&error)))?;
    Ok(Args::from_arg_matches(&matches)?)
}

/// What was typed and what is in the environment. What is missing may stand in the file.
fn without_file(typed: &[OsString]) -> clap::error::Result<ArgMatches> {
    let matches = Args::command_line().try_get_matches_from(typed);
    match matches {
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let matches = Args::command_line().ignore_errors(true).try_get_matches_from(typed)?;
            if matches.contains_id("config") { Ok(matches) } else { Err(error) }
        }
        matches => matches,
    }
}

/// A file's keys as flags.
struct Flags {
    /// Those that nothing stands before.
    behind: Vec<String>,
    has_password: bool,
}

impl Flags {
    fn parse(text: &str, alone: &ArgMatches) -> anyhow::Result<Self> {
        let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let table = DeTable::parse(text).map_err(|error| {
            let place = error.span().map(|span| format!("line {}: ", line(span.start)));
            anyhow::anyhow!("{}{}", place.unwrap_or_default(), error.message())
        })?;
        let command = Args::command_line();
        let mut flags = Self { behind: Vec::new(), has_password: false };
        for (key, value) in table.get_ref() {
            let place = || format!("line {}", line(key.span().start));
            let arg = find(&command, key.get_ref()).with_context(place)?;
            let words = words(arg, value.get_ref()).with_context(place)?;
            flags.has_password |= words.iter().any(|word| has_password(word));
            if !is_given(&command, arg, alone) {
                flags.behind.extend(words);
            }
        }
        Ok(flags)
    }
}

fn find<'a>(command: &'a Command, key: &str) -> anyhow::Result<&'a Arg> {
    ensure!(
        !NOT_IN_A_FILE.contains(&key),
        "{key} belongs on the command line, not into a configuration file"
    );
    let found = command.get_arguments().find(|arg| arg.get_long() == Some(key));
    found.with_context(|| {
        let nearest = nearest(key).map(|near| format!("; did you mean {near}?"));
        format!("there is no key {key:?}{}", nearest.unwrap_or_default())
    })
}

/// The flag that clap takes for what was meant.
fn nearest(key: &str) -> Option<String> {
    let error = Args::command_line().try_get_matches_from(["relay", &format!("--{key}")]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(flag) => Some(flag.trim_start_matches('-').to_owned()),
        _ => None,
    }
}

/// `value` as it would be typed; nothing for a switch that is off.
fn words(arg: &Arg, value: &DeValue<'_>) -> anyhow::Result<Vec<String>> {
    let key = arg.get_long().unwrap_or_default();
    let words = match value {
        DeValue::Boolean(on) if !arg.get_action().takes_values() => {
            iter::repeat_n(format!("--{key}"), usize::from(*on)).collect()
        }
        _ if !arg.get_action().takes_values() => bail!("{key} is true or false"),
        DeValue::Array(values) if matches!(arg.get_action(), ArgAction::Append) => {
            let words = values.iter().map(|value| word(key, value.get_ref()));
            words.collect::<anyhow::Result<Vec<_>>>()?
        }
        DeValue::Array(_) => bail!("{key} takes one value, not a list"),
        value => vec![word(key, value)?],
    };
    // The environment is no concern of the file.
    let mut judge = Args::command_line().mut_args(|arg| arg.env(None::<&str>));
    match judge
        .try_get_matches_from_mut(iter::once("relay").chain(words.iter().map(String::as_str)))
    {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            bail!(sentence(&error))
        }
        _ => Ok(words),
    }
}

fn word(key: &str, value: &DeValue<'_>) -> anyhow::Result<String> {
    match value {
        DeValue::String(text) => Ok(format!("--{key}={text}")),
        DeValue::Integer(number) => {
            let number = i128::from_str_radix(number.as_str(), number.radix())?;
            Ok(format!("--{key}={number}"))
        }
        value => bail!("{key} takes text or a whole number, this is of type {}", value.type_str()),
    }
}

/// Whether `arg`, or what excludes it, was typed or is in the environment.
fn is_given(command: &Command, arg: &Arg, alone: &ArgMatches) -> bool {
    let stands = |arg: &Arg| {
        use ValueSource::{CommandLine, EnvVariable};
        let source = alone.value_source(arg.get_id().as_str());
        matches!(source, Some(CommandLine | EnvVariable))
    };
    let is_on =
        |arg: &Arg| arg.get_action().takes_values() || alone.get_flag(arg.get_id().as_str());
    let excludes = |one: &Arg, other: &Arg| {
        command.get_arg_conflicts_with(one).iter().any(|arg| arg.get_id() == other.get_id())
    };
    // AMQP_URL is in the environment too, though clap does not know it.
    let amqp_url = arg.get_long() == Some("amqp-url") && env::var_os("AMQP_URL").is_some();
    amqp_url
        || stands(arg)
        || command.get_arguments().any(|other| {
            (excludes(arg, other) || excludes(other, arg)) && stands(other) && is_on(other)
        })
}

/// What clap has to say, without the usage below it. It repeats values, and a misplaced address of
/// RabbitMQ has its password in it.
fn sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    if text.contains('@') {
        return "an address stands in the wrong place: write amqp-url = \"URL\"".to_owned();
    }
    let first = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = first.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// Whether `word` has a URL with a password in it.
fn has_password(word: &str) -> bool {
    let authority = word.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next());
    let user = authority.and_then(|authority| authority.rsplit_once('@'));
    user.is_some_and(|(user, _)| user.contains(':'))
}

fn is_read_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & READ_BY_OTHERS != 0)
}

#[cfg(test)]
mod tests;
