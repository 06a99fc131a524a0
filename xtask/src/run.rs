//! `cargo xtask run`: everything from a fresh clone to a page that sends and receives.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::{broker, build, root, steps::Steps, supervise::supervise};

/// What can be typed after `run` and `dev`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Installs what is missing without asking.
    #[arg(long)]
    pub yes: bool,
    /// The relay's own arguments, after `--`.
    #[arg(last = true)]
    pub relay_args: Vec<String>,
}

/// Does the command, until the relay ends or Ctrl-C.
///
/// # Errors
/// When a step fails.
pub fn run(args: &Args) -> Result<ExitCode> {
    let source = broker::choose(args)?;
    let mut steps = Steps::default();
    let (_, relay) = build::everything(&mut steps)?;
    let broker = source.start(&mut steps, args)?;
    let mut command = Command::new(relay);
    command.args(&args.relay_args).current_dir(root());
    broker.tell(&mut command);
    broker.print_for_shells();
    let code = supervise(vec![command])?;
    broker.stop()?;
    Ok(code)
}
