//! Where RabbitMQ's programs are: on this system, or in a Debian of their own.
//!
//! Both are used the same way, so that a node of either keeps its files in its own folder and is
//! killed in the same manner.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
};

use anyhow::{Context as _, Result};

use crate::process::on_path;

/// Mounts what a program needs into the Debian at `$1`, with the node's folder `$2` at the same
/// path, and becomes the program. The mounts are of a namespace of their own: they go with the
/// process, however that ends, and nobody else sees them.
const ENTER: &str = r#"
set -e
root=$1 folder=$2
shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root$folder"
mount --bind "$folder" "$root$folder"
exec chroot "$root" "$@"
"#;

/// Where Debian keeps the programs themselves; those in `$PATH` insist on the user `rabbitmq`.
const PACKAGED: &str = "/usr/lib/rabbitmq/bin";

/// One RabbitMQ that nodes can be started from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installation {
    /// The programs in this folder.
    System(PathBuf),
    /// Those of the Debian that has its root in this folder; only root may start them.
    Chroot(PathBuf),
}

impl Installation {
    /// This system's, if there is one.
    #[must_use]
    pub fn system() -> Option<Self> {
        let packaged = PathBuf::from(PACKAGED);
        if packaged.join("rabbitmq-server").is_file() {
            return Some(Self::System(packaged));
        }
        on_path("rabbitmq-server")?.parent().map(|folder| Self::System(folder.to_owned()))
    }

    /// A command that runs `program` for the node that has its files in `folder`.
    #[must_use]
    pub fn command(&self, program: &str, folder: &Path) -> Command {
        match self {
            Self::System(programs) => Command::new(programs.join(program)),
            Self::Chroot(root) => {
                let mut command = unshared(&["sh", "-c", ENTER, "sh"]);
                command.arg(root).arg(folder).arg(Path::new(PACKAGED).join(program));
                command
            }
        }
    }
}

/// A command that runs `words` where mounts are its own.
pub(crate) fn unshared(words: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private"]).args(words);
    command
}

/// `system:FOLDER` or `chroot:FOLDER`, to be handed to another process.
impl fmt::Display for Installation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(folder) => write!(f, "system:{}", folder.display()),
            Self::Chroot(folder) => write!(f, "chroot:{}", folder.display()),
        }
    }
}

impl FromStr for Installation {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let system = text.strip_prefix("system:").map(|folder| Self::System(folder.into()));
        let chroot = || text.strip_prefix("chroot:").map(|folder| Self::Chroot(folder.into()));
        system.or_else(chroot).with_context(|| format!("{text:?} names no RabbitMQ"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use super::*;

    #[test]
    fn another_process_reads_what_this_one_has_written() {
        for installation in [Installation::System("/a:b".into()), Installation::Chroot("/c".into())]
        {
            assert_eq!(installation.to_string().parse::<Installation>().unwrap(), installation);
        }
        assert!("/usr/lib".parse::<Installation>().is_err());
    }
}
