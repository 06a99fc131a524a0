//! Running other programs: what they say goes to stderr, and a failure names the command.

use std::{
    io::stderr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// Runs `command` to its end, all that it prints going to our stderr: stdout belongs to the
/// relay's address and the tests' summary.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .stdout(stderr())
        .status()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status}); see what it printed above", shown(command));
    }
    Ok(())
}

/// Runs `command` to its end and returns what it printed, without the white space around it.
///
/// # Errors
/// When it cannot be started or does not succeed; the error holds what it wrote to stderr.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{}`", shown(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed ({}): {} {}",
            shown(command),
            output.status,
            stderr.trim(),
            stdout.trim()
        );
    }
    Ok(stdout.trim().to_owned())
}

/// Where `program` is in `$PATH`, if it is.
#[must_use]
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

/// Whether we are root, who may do everything.
#[must_use]
pub fn is_root() -> bool {
    capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

/// Puts `folders` in front of `command`'s `$PATH`.
///
/// # Errors
/// When a folder's name holds a `:`.
pub fn prepend_path(command: &mut Command, folders: &[PathBuf]) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().cloned().chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(all)?);
    Ok(())
}

/// Asks `holds` until it says yes, for at most `limit`.
///
/// # Errors
/// When it has not by then, or when `holds` fails; `what` names the condition.
pub fn wait_until(
    what: &str,
    limit: Duration,
    mut holds: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let start = Instant::now();
    while !holds()? {
        if start.elapsed() > limit {
            bail!("waited {} s in vain until {what}", limit.as_secs());
        }
        thread::sleep(Duration::from_millis(25));
    }
    Ok(())
}

/// The command as one would type it, without its environment.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// The command with its environment, as one types it into a shell.
#[must_use]
pub fn typed(command: &Command) -> String {
    let envs = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let envs = envs.map(|(name, value)| {
        format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy()))
    });
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(|word| quoted(&word.to_string_lossy()));
    envs.chain(words).collect::<Vec<_>>().join(" ")
}

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-@:=+%,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use super::*;

    #[test]
    fn a_shell_reads_a_command_as_it_was_meant() {
        let odd = ["a b", "it's", "$HOME", "", "-n", "x@y"];
        let mut command = Command::new("sh");
        command.args(["-c", r#"printf '%s|' "$ODD" "$@""#, "sh"]).args(odd).env("ODD", "\"'; exit");
        let wanted = "\"'; exit|a b|it's|$HOME||-n|x@y|";
        assert_eq!(capture(&mut command).unwrap(), wanted);
        let read_by_a_shell = capture(Command::new("sh").args(["-c", &typed(&command)]));
        assert_eq!(read_by_a_shell.unwrap(), wanted);
    }
}
