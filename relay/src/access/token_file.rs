//! Where the relay's tokens come from, and what it does when their file has changed.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use anyhow::{Context as _, ensure};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::access::Tokens;

/// Read and written by others than the owner and the group.
const OTHERS: u32 = 0o006;

/// A file with a line for each token, [`Tokens::parse`].
#[derive(Debug, Clone)]
pub(crate) struct TokenFile {
    path: PathBuf,
    queues: Vec<String>,
}

impl TokenFile {
    /// The file at `path`, for a relay with these queues.
    pub(crate) fn new(path: PathBuf, queues: Vec<String>) -> Self {
        Self { path, queues }
    }

    /// Reads it; refuses a file that everyone on this machine may read or write.
    pub(crate) fn read(&self) -> anyhow::Result<Tokens> {
        let path = self.path.display();
        let context = || format!("--token-file {path}");
        let mode = fs::metadata(&self.path).with_context(context)?.permissions().mode();
        ensure!(
            mode & OTHERS == 0,
            "--token-file {path} may be read or written by everyone on this machine; \
             run chmod 600 {path}"
        );
        let text = fs::read_to_string(&self.path).with_context(context)?;
        Tokens::parse(&text, self.queues.clone()).with_context(context)
    }

    /// Reads it again and tells the sessions. Where it cannot be used, the tokens stay as they
    /// were.
    pub(crate) fn reload(&self, tokens: &watch::Sender<Tokens>) {
        match self.read() {
            Ok(new) => {
                info!(tokens = new.count(), "read the token file again");
                tokens.send_replace(new);
            }
            Err(error) => warn!("the tokens stay as they were: {error:#}"),
        }
    }
}
