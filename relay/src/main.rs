//! Starts the relay: reads the command line, binds the address, serves until a signal.

use std::process::ExitCode;

use anyhow::Context as _;
use relay::{
    config::{Args, Config},
    logging,
    server::{self, Signals},
    stack,
};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    stack::ensure_room();
    let args = Args::read();
    let format = args.log_format;
    logging::init(format);
    let config = match Config::from_args(args) {
        Ok(config) => config,
        Err(error) => {
            logging::fatal(format, &error);
            return ExitCode::from(2);
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging::fatal(format, &error);
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    server::run(listener, config, Signals::listen()?).await
}
