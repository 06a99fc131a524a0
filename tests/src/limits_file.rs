//! A configuration file with limits, which have no flags.

use std::io::Write as _;

/// A file with the table `[limits]`. The relay reads it when it starts.
#[derive(Debug)]
pub struct LimitsFile(tempfile::NamedTempFile);

impl LimitsFile {
    /// One with these lines, such as `max-batch = 50`.
    ///
    /// # Panics
    /// When it cannot be written.
    #[must_use]
    pub fn new(limits: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "[limits]\n{limits}").unwrap();
        Self(file)
    }

    /// What names it on a relay's command line.
    ///
    /// # Panics
    /// When its path is not UTF-8.
    #[must_use]
    pub fn args(&self) -> [&str; 2] {
        ["--config", self.0.path().to_str().unwrap()]
    }
}
