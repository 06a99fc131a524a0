//! Room on the stack for what the broker delivers, and large blocks of memory that are given back.
//!
//! lapin reads headers recursively, on threads that it makes itself with the 2 MiB that Rust gives
//! to each, and a stack that is full ends the process. Any user of the broker may send a frame of
//! headers that are nested 26,000 deep. The size can only be set by an environment variable.

use std::env;

/// What Rust reads when the first thread is made.
const VARIABLE: &str = "RUST_MIN_STACK";

/// Bytes of address space for each thread; only what is used takes memory. A frame of 128 KiB,
/// RabbitMQ's default, was measured to need 40 to 48 MiB, and without optimisation less than 512.
const BYTES: usize = if cfg!(debug_assertions) { 512 } else { 128 } * 1024 * 1024;

/// From this size on glibc gives a block of memory back to the system as soon as it is free. By
/// itself it raises the size with the largest block that was freed, up to 32 MiB, and keeps the pieces
/// in between: with 40 clients that sent two messages of 15 MiB each to a blocked broker the relay had
/// 690 MiB at most, and has 165 with this.
#[cfg(target_env = "gnu")]
const GIVEN_BACK: i32 = 4 * 1024 * 1024;

/// So many free bytes at the end of its heap glibc keeps; with the size above it would keep 128 KiB
/// and no longer adapt that. With bodies of 1 MiB the relay then does 0.83 of what it does with this,
/// which is as much as without either (4 rounds in turns).
#[cfg(target_env = "gnu")]
const KEPT: i32 = 16 * 1024 * 1024;

/// Gives threads large stacks, and large blocks back. What the environment says goes before.
///
/// # Safety
/// This process has no other thread yet.
#[expect(
    unsafe_code,
    reason = "the environment and the allocator are set before there are threads"
)]
pub unsafe fn set_up() {
    if env::var_os(VARIABLE).is_none() {
        // SAFETY: nobody else reads the environment, as the caller says.
        unsafe { env::set_var(VARIABLE, BYTES.to_string()) };
    }
    #[cfg(target_env = "gnu")]
    for (option, variable, bytes) in [
        (libc::M_MMAP_THRESHOLD, "MALLOC_MMAP_THRESHOLD_", GIVEN_BACK),
        (libc::M_TRIM_THRESHOLD, "MALLOC_TRIM_THRESHOLD_", KEPT),
    ] {
        if env::var_os(variable).is_none() {
            // SAFETY: it takes two numbers. Where it fails, all is as it was.
            unsafe { libc::mallopt(option, bytes) };
        }
    }
}
