//! What is handed out, made of relays that are built: an archive for each, a container image of the
//! static one, and their digests. The same relay gives the same bytes.
//!
//! This is no part of xtask, so that `cargo xtask run` need not wait for the crates of image formats.

pub mod archive;
mod ca_certificates;
pub mod image;
mod licences;
mod tarball;

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// Packs each of `relays`, the target that it was built for and its path, into the folder `into`:
/// archives, the image of the static one, and `SHA256SUMS`. Returns the files.
///
/// # Errors
/// When something that belongs into them is missing, or a file cannot be written.
pub fn pack(relays: &[(String, PathBuf)], into: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    let mut files = Vec::new();
    for (target, relay) in relays {
        files.push(archive::pack(relay, target, into)?);
        if image::is_for(target) {
            files.push(image::pack(relay, target, into)?);
        }
    }
    let mut sums = String::new();
    for file in &files {
        let name = file.file_name().context("no name")?;
        let _ = writeln!(sums, "{}  {}", sha256(&fs::read(file)?), name.display());
    }
    let digests = into.join("SHA256SUMS");
    fs::write(&digests, sums)?;
    files.push(digests);
    Ok(files)
}

/// A digest in hex, as `sha256sum` and images have it.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
