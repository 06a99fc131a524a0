//! A child process that cannot outlive us, however we end.
//!
//! A broker that a killed test run leaves behind holds memory, ports and data folders for ever.
//! So each child has a process group of its own (Ctrl-C then reaches only us, and we stop it in
//! order) and a second process waits at a pipe: when we are gone the pipe closes, and it kills the
//! group.

use std::{
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use crate::process::wait_until;

/// A child with a process group of its own, killed with that group on drop and when we die.
#[derive(Debug)]
pub struct Guarded {
    child: Child,
    guard: Child,
}

impl Guarded {
    /// Starts `command` with nothing on its stdin.
    ///
    /// # Errors
    /// When it, or the guard beside it, cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let guard = Command::new("sh")
            .args(["-c", r#"read -r _; kill -s KILL -- "-$0" 2>/dev/null"#])
            .arg(child.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match guard {
            Ok(guard) => Ok(Self { child, guard }),
            Err(error) => {
                child.kill().ok();
                child.wait().ok();
                Err(error).context("cannot start sh")
            }
        }
    }

    /// The process id, which is the group's id too.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the child ended, if it has.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Asks the group to end (SIGTERM), waits for the child at most `limit`, then kills what is
    /// left.
    ///
    /// # Errors
    /// When the system cannot tell whether it has ended.
    pub fn stop(mut self, limit: Duration) -> Result<ExitStatus> {
        let start = Instant::now();
        if self.try_wait()?.is_none() {
            signal(&format!("-{}", self.id()), "TERM")?;
            wait_until("the process has ended", limit.saturating_sub(start.elapsed()), || {
                Ok(self.child.try_wait()?.is_some())
            })
            .ok();
        }
        self.end_group();
        Ok(self.child.wait()?)
    }

    fn end_group(&mut self) {
        signal(&format!("-{}", self.id()), "KILL").ok();
        self.child.wait().ok();
        // Before the group's id can belong to anyone else.
        self.guard.kill().ok();
        self.guard.wait().ok();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.end_group();
    }
}

/// Sends the signal called `name` to a process (`123`) or to a group (`-123`), with the shell's
/// own `kill`: a small container may have no other.
///
/// # Errors
/// When there is no shell.
pub fn signal(target: &str, name: &str) -> Result<()> {
    Command::new("sh")
        .args(["-c", r#"kill -s "$0" -- "$1""#, name, target])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start sh")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_stopped_child_takes_its_own_children_with_it() {
        let (mut output, input) = std::io::pipe().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 1000 & wait"]).stdout(input);
        let child = Guarded::spawn(&mut shell).unwrap();
        drop(shell);
        assert!(!child.stop(Duration::from_secs(10)).unwrap().success());
        // The pipe closes with the last process that can write to it.
        assert_eq!(output.read_to_end(&mut Vec::new()).unwrap(), 0);
    }
}
