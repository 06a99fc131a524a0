//! Room on the stack for what the broker delivers, and large blocks of memory that are given back.
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

/// From this size on glibc gives a block of memory back to the system as soon as it is free. By
/// itself it raises the size with the largest block that was freed, up to 32 MiB, and keeps the pieces
/// in between: with 40 clients that sent two messages of 15 MiB each to a blocked broker the relay had
/// 690 MiB at most, and has 165 with this.
const GIVEN_BACK: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "4194304");

/// So many free bytes at the end of its heap glibc keeps; with the size above it would keep 128 KiB
/// and no longer adapt that. With bodies of 1 MiB the relay then does 0.83 of what it does with this,
/// which is as much as without either (4 rounds in turns).
const KEPT: (&str, &str) = ("MALLOC_TRIM_THRESHOLD_", "16777216");

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
            let mut command = Command::new(program);
            command.arg0(name).args(arguments).env(VARIABLE, BYTES.to_string());
            for (variable, bytes) in [GIVEN_BACK, KEPT] {
                if env::var_os(variable).is_none() {
                    command.env(variable, bytes);
                }
            }
            command.exec()
        }
        Err(error) => error,
    };
    eprintln!(
        "relay: going on with small stacks, which a message with deeply nested headers fills: \
         cannot start anew ({failed}); set {VARIABLE}={BYTES}"
    );
}
