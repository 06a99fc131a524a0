//! rabbitmqctl for one private node, from this process or, through the environment, from a child.
//!
//! `cargo xtask test` starts one node of each version for all test binaries; they find them in the
//! variables here.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::{installation::Installation, process::capture};

/// The prefix of the variables that tell of the system's RabbitMQ.
pub const SYSTEM: &str = "WARREN_TEST_RABBITMQ";
/// The prefix of those that tell of RabbitMQ 4.
pub const FOUR: &str = "WARREN_TEST_RABBITMQ4";

const INSTALLATION: &str = "INSTALLATION";
const FOLDER: &str = "FOLDER";
const NODE_NAME: &str = "NODENAME";
const EPMD_PORT: &str = "EPMD_PORT";

/// What rabbitmqctl needs to reach a node.
#[derive(Debug, Clone)]
pub struct Ctl {
    /// Whose rabbitmqctl.
    pub installation: Installation,
    /// The node's folder; [`Ctl::home`] is in it.
    pub folder: PathBuf,
    /// `name@localhost`.
    pub node_name: String,
    /// The port of the node's own epmd, the daemon that knows the nodes' ports.
    pub epmd_port: u16,
}

impl Ctl {
    /// Runs `rabbitmqctl -n NODE -q ARGS` (some 2 s each) and returns what it printed.
    ///
    /// # Errors
    /// When it fails; the error holds its words.
    pub fn run(&self, args: &[&str]) -> Result<String> {
        capture(self.command().arg("-q").args(args).stderr(Stdio::piped()))
    }

    /// `rabbitmqctl -n NODE`, to be given what it shall do.
    #[must_use]
    pub fn command(&self) -> Command {
        self.program("rabbitmqctl")
    }

    /// [`Ctl::command`] of another of RabbitMQ's programs, as `rabbitmq-diagnostics`.
    #[must_use]
    pub fn program(&self, name: &str) -> Command {
        let mut command = self.installation.command(name, &self.folder);
        command
            .args(["-n", &self.node_name])
            .env("HOME", self.home())
            .env("ERL_EPMD_PORT", self.epmd_port.to_string());
        command
    }

    /// The folder with the node's Erlang cookie, which rabbitmqctl has to know.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The file that the node writes its log to.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.folder.join("log").join(format!("{}.log", self.node_name))
    }

    /// The variables that [`Ctl::from_env`] reads; `prefix` tells nodes apart.
    #[must_use]
    pub fn to_env(&self, prefix: &str) -> [(String, String); 4] {
        [
            (INSTALLATION, self.installation.to_string()),
            (FOLDER, self.folder.to_string_lossy().into_owned()),
            (NODE_NAME, self.node_name.clone()),
            (EPMD_PORT, self.epmd_port.to_string()),
        ]
        .map(|(name, value)| (format!("{prefix}_{name}"), value))
    }

    /// The node that the process which started us has for us.
    ///
    /// # Errors
    /// When one of the variables is missing or not what it should be.
    pub fn from_env(prefix: &str) -> Result<Self> {
        let get = |name| {
            let name = format!("{prefix}_{name}");
            std::env::var(&name).with_context(|| format!("{name} is not set"))
        };
        Ok(Self {
            installation: get(INSTALLATION)?.parse()?,
            folder: get(FOLDER)?.into(),
            node_name: get(NODE_NAME)?,
            epmd_port: get(EPMD_PORT)?
                .parse()
                .with_context(|| format!("{prefix}_{EPMD_PORT} is not a port"))?,
        })
    }
}
