//! The targets under libFuzzer, which `cargo xtask fuzz` builds and runs: the environment variable
//! WARREN_FUZZ_TARGET names the target, so that one program has them all.

#![no_main]

use std::sync::LazyLock;

use warren_fuzz::{Target, target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("WARREN_FUZZ_TARGET").unwrap_or_default();
    target(&name).unwrap_or_else(|| panic!("there is no fuzz target {name:?}"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));
