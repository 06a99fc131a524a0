//! Runs programs until one of them ends or we are asked to stop, then stops the others in order.
//!
//! Each has a process group of its own (see [`crate::guarded`]): Ctrl-C and SIGTERM come to us, and
//! we pass them on, so that the relay can drain before the broker goes.

use std::{
    process::{Command, ExitCode},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::Result;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::guarded::Guarded;

/// Longer than the relay's `--drain-timeout` of 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(15);
/// How often we look whether a program has ended.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Runs `commands` until the first ends, or until a signal; then stops what still runs. The exit
/// code is that of the one that ended, or of the first when we were asked to stop.
///
/// # Errors
/// When one cannot be started.
pub fn supervise(commands: Vec<Command>) -> Result<ExitCode> {
    let (sender, signals) = mpsc::channel();
    let mut watched = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let handle = watched.handle();
    let watcher =
        thread::spawn(move || watched.forever().all(|signal| sender.send(signal).is_ok()));

    let mut children = Vec::new();
    for mut command in commands {
        children.push(Guarded::spawn(&mut command)?);
    }
    let mut code = None;
    while code.is_none() && signals.recv_timeout(LOOK_EVERY).is_err() {
        for child in &mut children {
            if let Some(status) = child.try_wait()? {
                code = Some(status);
            }
        }
    }
    for child in children {
        let status = child.stop(STOP_LIMIT)?;
        code.get_or_insert(status);
    }
    handle.close();
    watcher.join().ok();
    let code = code.and_then(|status| status.code()).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
