//! Room on the stack for what the broker delivers.
//!
//! lapin reads headers recursively, on threads that it makes itself with the 2 MiB that Rust gives
//! to each, and a stack that is full ends the process. Any user of the broker may send a frame of
//! headers that are nested 26,000 deep. The size can only be set by an environment variable, which
//! a program cannot safely change for itself: so the relay starts once more in its own place.

use std::{env, os::unix::process::CommandExt as _, process::Command};

/// What Rust reads when the first thread is made.
const VARIABLE: &str = "RUST_MIN_STACK";

/// Bytes of address space for each thread; only what is used takes memory. A frame of 128 KiB,
/// RabbitMQ's default, was measured to need 40 to 48 MiB, and without optimisation less than 512.
const BYTES: usize = if cfg!(debug_assertions) { 512 } else { 128 } * 1024 * 1024;

/// Makes sure that threads get large stacks: returns once they will. Keeps the process id.
pub fn ensure_room() {
    if env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| "relay".into());
    let failed = match env::current_exe() {
        // Does not return unless it fails.
        Ok(program) => {
            Command::new(program).arg0(name).args(arguments).env(VARIABLE, BYTES.to_string()).exec()
        }
        Err(error) => error,
    };
    eprintln!(
        "relay: going on with small stacks, which a message with deeply nested headers fills: \
         cannot start anew ({failed}); set {VARIABLE}={BYTES}"
    );
}
