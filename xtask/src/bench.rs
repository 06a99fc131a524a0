//! `cargo xtask bench`: sets up what the bench needs, and runs it on what users get: the relay in
//! release mode with the page inside.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::Result;

use crate::{
    build, cargo, ctl, npm,
    rabbitmq::PrivateNode,
    steps::Steps,
    target_dir,
    test::{broker, browser},
};

/// What can be typed after `bench`; the bench itself says what there is.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Parts to measure, and flags: `--help` after `--` tells
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "BENCH ARGS")]
    args: Vec<String>,
}

/// Does the command.
///
/// # Errors
/// When a step fails.
pub fn run(args: &Args) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let (_, relay) = build::everything(&mut steps)?;
    browser(&mut steps)?;
    broker(&mut steps)?;
    npm::AMQP_CLIENT.install(&mut steps)?;
    let lighthouse = npm::LIGHTHOUSE.install(&mut steps).map_err(|error| {
        eprintln!("      {error:#}");
    });
    let node = steps.work("RabbitMQ: a private node", "some 15 s", || {
        PrivateNode::start_empty(&target_dir().join("rabbitmq/bench"), "warren-bench")
    })?;
    steps.work("the bench itself", "first time some minutes", || {
        crate::process::run(cargo().args(["build", "--release", "--locked"]).args(PACKAGE))
    })?;
    let mut bench = cargo();
    bench.args(["run", "--quiet", "--release", "--locked"]).args(PACKAGE).arg("--");
    with_environment(&mut bench, &relay, &node).args(&args.args);
    if let Ok(lighthouse) = lighthouse {
        bench.env("WARREN_BENCH_LIGHTHOUSE", lighthouse).env("CHROME_PATH", "chromium");
    }
    steps.work("measuring", "some 25 min for all of it", || {
        let status = bench.status()?;
        anyhow::ensure!(status.success(), "the bench has failed ({status})");
        Ok(ExitCode::SUCCESS)
    })
}

const PACKAGE: [&str; 2] = ["--package", "warren-bench"];

/// Tells the tests' harness, which the bench uses, of the relay and the node.
pub(crate) fn with_environment<'a>(
    command: &'a mut Command,
    relay: &Path,
    node: &PrivateNode,
) -> &'a mut Command {
    command
        .env("WARREN_TEST_RELAY", relay)
        .env("WARREN_TEST_AMQP_URL", node.amqp_url())
        .envs(node.ctl_handle().to_env(ctl::SYSTEM))
}
