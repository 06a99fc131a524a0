//! rabbitmqctl for one private node, from this process or, through the environment, from a child.
//!
//! `cargo xtask test` starts one node for all test binaries; they find it in the variables here.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result};

use crate::process::capture;

const PROGRAM: &str = "WARREN_TEST_RABBITMQCTL";
const HOME: &str = "WARREN_TEST_RABBITMQ_HOME";
const NODE_NAME: &str = "WARREN_TEST_RABBITMQ_NODENAME";
const EPMD_PORT: &str = "WARREN_TEST_EPMD_PORT";

/// What rabbitmqctl needs to reach a node.
#[derive(Debug, Clone)]
pub struct Ctl {
    /// rabbitmqctl itself, not the wrapper that insists on the user `rabbitmq`.
    pub program: PathBuf,
    /// The folder with the node's Erlang cookie.
    pub home: PathBuf,
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
        let mut command = Command::new(&self.program);
        command
            .args(["-n", &self.node_name, "-q"])
            .args(args)
            .env("HOME", &self.home)
            .env("ERL_EPMD_PORT", self.epmd_port.to_string())
            .stderr(Stdio::piped());
        capture(&mut command)
    }

    /// The variables that [`Ctl::from_env`] reads.
    #[must_use]
    pub fn to_env(&self) -> [(&'static str, String); 4] {
        [
            (PROGRAM, self.program.to_string_lossy().into_owned()),
            (HOME, self.home.to_string_lossy().into_owned()),
            (NODE_NAME, self.node_name.clone()),
            (EPMD_PORT, self.epmd_port.to_string()),
        ]
    }

    /// The node that the process which started us has for us.
    ///
    /// # Errors
    /// When one of the variables is missing or not what it should be.
    pub fn from_env() -> Result<Self> {
        let get = |name| std::env::var(name).with_context(|| format!("{name} is not set"));
        Ok(Self {
            program: get(PROGRAM)?.into(),
            home: get(HOME)?.into(),
            node_name: get(NODE_NAME)?,
            epmd_port: get(EPMD_PORT)?
                .parse()
                .with_context(|| format!("{EPMD_PORT} is not a port"))?,
        })
    }
}
