//! A file with the relay's tokens.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

/// A token file that only its owner may read.
#[derive(Debug)]
pub struct TokenFile(tempfile::NamedTempFile);

impl TokenFile {
    /// One with this text.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let file = Self(tempfile::NamedTempFile::new().unwrap());
        file.write(text);
        file
    }

    /// Puts another text into it.
    ///
    /// # Panics
    /// When that fails.
    pub fn write(&self, text: &str) {
        fs::write(self.path(), text).unwrap();
    }

    /// Sets who may read and write it.
    ///
    /// # Panics
    /// When that fails.
    pub fn set_mode(&self, mode: u32) {
        fs::set_permissions(self.path(), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Where it is, for a command line.
    ///
    /// # Panics
    /// When that is not UTF-8.
    #[must_use]
    pub fn arg(&self) -> &str {
        self.path().to_str().unwrap()
    }
}
