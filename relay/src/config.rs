//! What the relay needs to run: [`Args`] is what was typed, [`Config`] is that, validated.

mod args;

use std::{fs, net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use bytesize::ByteSize;

pub use self::args::Args;
pub use crate::broker::{BrokerUrl, QueueKind};
use crate::{
    guard::{self, Guard, Origin},
    tls,
};

/// What the relay needs to run, validated.
#[derive(Debug)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Who may come in.
    pub(crate) guard: Guard,
    /// A token that the relay made itself, to be printed with the address.
    pub(crate) made_token: Option<String>,
    /// TLS towards browsers.
    pub(crate) tls: Option<tls::Acceptor>,
    /// How to reach RabbitMQ, and which queues.
    pub(crate) broker: BrokerConfig,
    /// What one session may do.
    pub(crate) limits: warren_protocol::Limits,
    /// Most sessions at once.
    pub(crate) max_sessions: usize,
    /// How long a shutdown may take.
    pub(crate) drain_timeout: Duration,
}

/// How to reach RabbitMQ, and which queues.
#[derive(Debug, Clone)]
pub(crate) struct BrokerConfig {
    /// Tried in turn; never empty.
    pub(crate) urls: Vec<BrokerUrl>,
    /// The queues that pages may use; never empty.
    pub(crate) queues: Vec<String>,
    /// What to declare where a queue does not exist.
    pub(crate) queue_kind: QueueKind,
}

/// RabbitMQ's own account, which it accepts from this machine only.
const DEFAULT_AMQP_URL: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";

/// AMQP's short string (AMQP 0-9-1, section 4.2.5.3).
const MAX_QUEUE_NAME_BYTES: usize = 255;

impl Config {
    /// Validates what was typed. `AMQP_URL` is read where `--amqp-url` is absent.
    ///
    /// # Errors
    /// A sentence that names the flag and says what to write instead.
    pub fn from_args(args: Args) -> anyhow::Result<Self> {
        let tls = match (&args.tls_cert, &args.tls_key) {
            (Some(cert), Some(key)) => Some(tls::Acceptor::from_files(cert, key)?),
            _ => None,
        };
        let (tokens, made_token) = tokens(&args)?;
        let origins = args
            .origins
            .iter()
            .map(|origin| origin.parse::<Origin>().context("--origin"))
            .collect::<anyhow::Result<_>>()?;
        ensure!(args.max_sessions > 0, "--max-sessions must be at least 1");
        ensure!(args.max_in_flight > 0, "--max-in-flight must be at least 1");
        ensure!(args.max_prefetch > 0, "--max-prefetch must be at least 1");
        let max_body_bytes = usize::try_from(args.max_body.as_u64())
            .ok()
            .filter(|bytes| (1..=MAX_BODY_BYTES).contains(bytes))
            .with_context(|| {
                format!("--max-body must be from 1 B to {}", ByteSize(MAX_BODY_BYTES as u64))
            })?;
        Ok(Self {
            listen: args.listen,
            guard: Guard::new(args.listen, tls.is_some(), origins, tokens),
            made_token,
            tls,
            broker: BrokerConfig {
                urls: broker_urls(&args.amqp_url)?,
                queues: queues(args.queues)?,
                queue_kind: args.queue_kind,
            },
            limits: warren_protocol::Limits {
                max_body_bytes,
                max_in_flight: args.max_in_flight,
                max_prefetch: args.max_prefetch,
            },
            max_sessions: args.max_sessions,
            drain_timeout: args.drain_timeout,
        })
    }
}

/// RabbitMQ itself takes no more (`max_message_size`).
const MAX_BODY_BYTES: usize = 512 * 1024 * 1024;

fn broker_urls(typed: &[String]) -> anyhow::Result<Vec<BrokerUrl>> {
    let typed = match (typed, std::env::var("AMQP_URL")) {
        ([], Ok(url)) => vec![url],
        ([], Err(_)) => vec![DEFAULT_AMQP_URL.to_owned()],
        (typed, _) => typed.to_vec(),
    };
    typed.iter().map(|url| url.parse().context("--amqp-url")).collect()
}

fn queues(typed: Vec<String>) -> anyhow::Result<Vec<String>> {
    let mut queues = Vec::with_capacity(typed.len());
    for name in typed {
        ensure!(!name.is_empty(), "--queue must not be empty");
        ensure!(
            name.len() <= MAX_QUEUE_NAME_BYTES,
            "--queue takes names of at most {MAX_QUEUE_NAME_BYTES} bytes, this has {}",
            name.len()
        );
        ensure!(!queues.contains(&name), "--queue {name} is given twice");
        queues.push(name);
    }
    Ok(queues)
}

/// The tokens that let a page in (none: everyone), and one that was made here.
fn tokens(args: &Args) -> anyhow::Result<(Vec<String>, Option<String>)> {
    if let Some(path) = &args.token_file {
        let text =
            fs::read_to_string(path).with_context(|| format!("--token-file {}", path.display()))?;
        let tokens = guard::parse_tokens(&text);
        if tokens.is_empty() {
            bail!("--token-file {} holds no token", path.display());
        }
        return Ok((tokens, None));
    }
    if args.no_token || args.listen.ip().is_loopback() {
        return Ok((Vec::new(), None));
    }
    let token = guard::make_token().context("cannot make a token")?;
    Ok((vec![token.clone()], Some(token)))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    fn config(typed: &[&str]) -> anyhow::Result<Config> {
        let args = Args::try_parse_from([&["relay"], typed].concat())?;
        Config::from_args(args)
    }

    fn error(typed: &[&str]) -> String {
        format!("{:#}", config(typed).unwrap_err())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_flag_has_an_environment_variable() {
        for arg in Args::command().get_arguments() {
            let name = arg.get_long().unwrap_or_default();
            let env = arg.get_env().unwrap_or_default().to_string_lossy().into_owned();
            assert_eq!(env, format!("WARREN_{}", name.replace('-', "_").to_uppercase()));
        }
    }

    #[test]
    fn defaults_are_the_tutorials() {
        let config = config(&[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.broker.queues, ["hello"]);
        assert_eq!(config.limits.max_body_bytes, 16 * 1024 * 1024);
        assert!(config.made_token.is_none());
    }

    #[test]
    fn wrong_values_are_named() {
        assert!(error(&["--amqp-url", "http://x"]).contains("amqp://"));
        assert!(error(&["--queue", ""]).contains("--queue"));
        assert!(error(&["--queue", &"x".repeat(256)]).contains("255 bytes"));
        assert!(error(&["--queue", "a", "--queue", "a"]).contains("twice"));
        assert!(error(&["--max-body", "0"]).contains("--max-body"));
        assert!(error(&["--max-prefetch", "0"]).contains("--max-prefetch"));
        assert!(error(&["--origin", "example.org"]).contains("--origin"));
        assert!(error(&["--token-file", "/does/not/exist"]).contains("/does/not/exist"));
        assert!(error(&["--tls-cert", "x"]).contains("--tls-key"));
    }

    #[test]
    fn a_password_is_in_no_error() {
        for url in ["http://u:s3cret@h", "amqp://u:s3cret@h:99999", "u:s3cret@h"] {
            assert!(!error(&["--amqp-url", url]).contains("s3cret"), "{url}");
        }
    }

    #[test]
    fn beyond_this_machine_a_token_is_made() {
        assert!(config(&["--listen", "0.0.0.0:0"]).unwrap().made_token.is_some());
        let open = config(&["--listen", "0.0.0.0:0", "--no-token"]).unwrap();
        assert!(open.made_token.is_none());
    }
}
