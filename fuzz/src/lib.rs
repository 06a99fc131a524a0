//! Fuzz targets: everything that reads what others wrote, as functions of bytes.
//!
//! A target panics where something must not be. `cargo xtask fuzz` runs them under libFuzzer for
//! as long as one lets it; `tests/short_run.rs` runs each for a moment, on what was found so far
//! (`corpus/`) and small changes of it, with every `cargo xtask test`.

// A target panics: that is how it says that something is wrong.
#![allow(clippy::expect_used)]

mod protocol;
mod views;

use std::path::{Path, PathBuf};

/// Something that reads bytes from elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in `corpus/`.
    pub name: &'static str,
    /// Reads the bytes, and panics where something must not be.
    pub run: fn(&[u8]),
}

/// All targets.
pub const TARGETS: [Target; 11] = [
    Target { name: "client_message", run: protocol::client_message },
    Target { name: "server_message", run: protocol::server_message },
    Target { name: "body", run: protocol::body },
    Target { name: "headers", run: relay::fuzzing::headers },
    Target { name: "publish", run: relay::fuzzing::publish },
    Target { name: "command_line", run: relay::fuzzing::command_line },
    Target { name: "config_file", run: relay::fuzzing::config_file },
    Target { name: "guard", run: relay::fuzzing::guard },
    Target { name: "token_file", run: relay::fuzzing::token_file },
    Target { name: "outbox", run: views::outbox },
    Target { name: "message", run: views::message },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Where a target's inputs are kept.
#[must_use]
pub fn corpus(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}
