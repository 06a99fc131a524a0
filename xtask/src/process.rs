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

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
