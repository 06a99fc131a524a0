//! `cargo xtask dev`: relay and page in debug builds; Trunk rebuilds and reloads the page.

use std::process::ExitCode;

use anyhow::Result;

use crate::{
    broker, cargo, page, run::Args, steps::Steps, supervise::supervise, target_dir, tools,
};

/// Where Trunk serves the page, see `Trunk.toml`; its proxy leaves this in `Origin`.
const PAGE: &str = "http://127.0.0.1:8081";

/// Does the command, until one of the two ends or Ctrl-C.
///
/// # Errors
/// When a step fails.
pub fn run(args: &Args) -> Result<ExitCode> {
    let source = broker::choose(args)?;
    let mut steps = Steps::default();
    let tools = tools::install(&mut steps)?;
    let broker = source.start(&mut steps, args)?;
    let mut relay = cargo();
    relay.args(["run", "--package", "relay", "--", "--origin", PAGE]).args(&args.relay_args);
    broker.tell(&mut relay);
    // Not `dist/`: the next release build would take this page for its own.
    let mut trunk = page::trunk(&tools)?;
    trunk.arg("serve").arg("--dist").arg(target_dir().join("dev-dist"));
    eprintln!("the page will be at {PAGE}");
    broker.print_for_shells();
    let code = supervise(vec![relay, trunk])?;
    broker.stop()?;
    Ok(code)
}
