//! tar files that are the same wherever and whenever they are made: no times, no owners, and every
//! file may be read by everybody.

use std::io::{self, Write};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

/// A tar that is being written.
pub(crate) struct Tarball<W: Write>(Builder<W>);

impl<W: Write> Tarball<W> {
    pub(crate) fn new(to: W) -> Self {
        Self(Builder::new(to))
    }

    /// Adds a file; `mode` is 0o755 for a program, else 0o644.
    pub(crate) fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        self.entry(EntryType::Regular, path, mode, content)
    }

    /// Adds a folder.
    pub(crate) fn folder(&mut self, path: &str) -> Result<()> {
        self.entry(EntryType::Directory, path, 0o755, &[])
    }

    fn entry(&mut self, kind: EntryType, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_size(content.len() as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        self.0.append_data(&mut header, path, content)?;
        Ok(())
    }

    /// Ends it, and gives back what it was written to.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.0.into_inner()
    }
}

/// `bytes`, compressed as well as gzip can.
pub(crate) fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    gzip.finish()
}
