//! Starts the relay: reads the command line, binds the address, serves until a signal.

use std::{env, io, process::ExitCode};

use anyhow::Context as _;
use relay::{
    config::{Args, Command, Config, LoadedArgs},
    health,
    logging::{self, LogFormat},
    server::{self, Signals},
    stack,
};
use tokio::net::TcpListener;

/// musl's own takes one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What was typed, or stands in a file, cannot be used (clap's own code for it).
const BAD_CONFIG: u8 = 2;

fn main() -> ExitCode {
    // SAFETY: this is the first that the process does.
    #[expect(unsafe_code, reason = "the environment is set before there are threads")]
    unsafe {
        stack::set_up();
    }
    let typed = match Args::typed(env::args_os()) {
        Ok(typed) => typed,
        // Help and version are of this kind too.
        Err(error) => Args::refuse(&error),
    };
    let LoadedArgs { args, warning } = match LoadedArgs::read(typed) {
        Ok(loaded) => loaded,
        // Before it is known how log lines are to be written.
        Err(error) => return failed(LogFormat::Text, &error, BAD_CONFIG),
    };
    if let Some(what) = args.generate {
        return match what.write(&mut io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(LogFormat::Text, &error.into(), 1),
        };
    }
    if let Some(Command::Health { ready }) = args.command {
        return match ask(&args, ready) {
            Ok(well) => {
                println!("{well}");
                ExitCode::SUCCESS
            }
            Err(error) => failed(LogFormat::Text, &error, 1),
        };
    }
    let format = args.log_format.unwrap_or(LogFormat::Text);
    logging::init(format);
    if let Some(warning) = warning {
        tracing::warn!("{warning}");
    }
    let only_check = args.check;
    let config = match validated(args) {
        Ok(config) => config,
        Err(error) => return failed(format, &error, BAD_CONFIG),
    };
    if only_check {
        println!("the configuration is valid");
        return ExitCode::SUCCESS;
    }
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(format, &error, 1),
    }
}

fn failed(format: LogFormat, error: &anyhow::Error, code: u8) -> ExitCode {
    logging::fatal(format, error);
    ExitCode::from(code)
}

fn validated(args: Args) -> anyhow::Result<Config> {
    let file = args.config.clone();
    Config::from_args(args).map_err(|error| match file {
        Some(path) => error.context(format!("with --config {}", path.display())),
        None => error,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn ask(args: &Args, ready: bool) -> anyhow::Result<String> {
    health::ask(args, ready).await
}

#[tokio::main]
async fn run(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    server::run(listener, config, Signals::listen()?).await
}
