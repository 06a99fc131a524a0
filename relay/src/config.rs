//! What the relay needs to run: [`Args`] is what an operator sets, [`Config`] is that, validated.

mod args;
mod file;
mod limits;
mod value;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use bytesize::ByteSize;
use warren_protocol::limits::{DEFAULT_MAX_BODY_BYTES, max_message_bytes};

#[cfg(feature = "fuzzing")]
pub(crate) use self::file::parse;
pub use self::{
    args::{Args, Command},
    file::LoadedArgs,
    limits::Limits,
};
use warren_broker::{BrokerConfig, BrokerTls, HeaderLimits};
pub use warren_broker::{BrokerUrl, QueueKind};

use crate::{
    access::{self, OriginPolicy, TokenFile, Tokens},
    public_paths::{PublicPaths, parse_address},
    tls,
};

/// What the relay needs to run, validated.
#[derive(Debug)]
pub struct Config {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Who may come in, by `Host` and `Origin`.
    pub(crate) guard: OriginPolicy,
    /// Under which paths the page is found.
    pub(crate) paths: PublicPaths,
    /// Who may come in, by token.
    pub(crate) tokens: Tokens,
    /// The file with the tokens, which is read again on SIGHUP.
    pub(crate) token_file: Option<TokenFile>,
    /// A token that the relay made itself, to be printed with the address.
    pub(crate) made_token: Option<String>,
    /// TLS towards browsers.
    pub(crate) tls: Option<tls::Acceptor>,
    /// How to reach RabbitMQ, and which queues.
    pub(crate) broker: BrokerConfig,
    /// Pages receive as soon as they are open: nobody has named a queue, so it is the tutorial's.
    pub(crate) receive_at_once: bool,
    /// What one session may do.
    pub(crate) limits: SessionLimits,
    /// Most sessions at once.
    pub(crate) max_sessions: usize,
    /// Most sessions at once from one address.
    pub(crate) max_sessions_per_address: usize,
    /// Whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// How long a TLS handshake and the head of a request may take.
    pub(crate) handshake_timeout: Duration,
    /// How long a shutdown may take.
    pub(crate) drain_timeout: Duration,
    /// Memory for messages of all sessions, in bytes.
    pub(crate) memory_budget: usize,
}

/// What one session may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionLimits {
    /// What its client is told, and keeps within.
    pub(crate) client: warren_protocol::Limits,
    /// Largest WebSocket message that is read, in bytes.
    pub(crate) max_message_bytes: usize,
    /// What a message's properties may have.
    pub(crate) headers: HeaderLimits,
    /// How long a client may take for its `hello`.
    pub(crate) hello_timeout: Duration,
    /// How long a client may be silent.
    pub(crate) idle_timeout: Duration,
    /// How long a look may hold what it has shown.
    pub(crate) look_time: Duration,
}

/// This machine alone.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DEFAULT_DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_MEMORY_BUDGET: ByteSize = ByteSize::mib(512);
/// RabbitMQ 4's own default.
const DEFAULT_MAX_BODY: ByteSize = ByteSize(DEFAULT_MAX_BODY_BYTES as u64);

/// The tutorial's queue, where none is named.
const DEFAULT_QUEUE: &str = "hello";

/// RabbitMQ's own account, which it accepts from this machine only.
const DEFAULT_AMQP_URL: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";

/// RabbitMQ's pseudo-queues for replies; it reads the rest of such a name as an address of its own,
/// and fails over it.
const DIRECT_REPLY_TO: &str = "amq.rabbitmq.reply-to";

/// AMQP's short string (AMQP 0-9-1, section 4.2.5.3).
const MAX_QUEUE_NAME_BYTES: usize = 255;

impl Config {
    /// Validates what an operator has set.
    ///
    /// # Errors
    /// A sentence that names the flag and says what to write instead.
    pub fn from_args(args: Args) -> anyhow::Result<Self> {
        let listen = args.listen.unwrap_or(DEFAULT_LISTEN);
        let tls = match both(&args.tls_cert, "--tls-cert", &args.tls_key, "--tls-key")? {
            Some((cert, key)) => Some(tls::Acceptor::from_files(cert, key)?),
            None => None,
        };
        let queues = queues(&args.queues)?;
        let (tokens, made_token, token_file) = tokens(&args, listen, &queues)?;
        let addresses = args.origins.iter().map(|typed| parse_address(typed).context("--origin"));
        let (origins, paths) = addresses.collect::<anyhow::Result<_>>()?;
        let address = |text: &String| {
            let words = || {
                format!("--trust-proxy {text}: write an IP address, and the flag again for more")
            };
            text.parse().with_context(words)
        };
        let trusted_proxies =
            args.trust_proxy.iter().map(address).collect::<anyhow::Result<_>>()?;
        args.limits.check()?;
        let limits = args.limits;
        let (max_body_bytes, max_message_bytes) = sizes(&args)?;
        let memory_budget = memory_budget(&args, max_message_bytes)?;
        Ok(Self {
            listen,
            guard: OriginPolicy::new(listen, tls.is_some(), origins),
            paths: PublicPaths::new(paths),
            limits: SessionLimits {
                client: warren_protocol::Limits {
                    max_body_bytes,
                    max_in_flight: limits.max_in_flight,
                    max_prefetch: limits.max_prefetch,
                    max_batch: limits.max_batch,
                    max_message_bytes,
                },
                max_message_bytes,
                headers: limits.headers()?,
                hello_timeout: limits.hello_timeout,
                idle_timeout: limits.idle_timeout,
                look_time: limits.look_time,
            },
            tokens,
            token_file,
            made_token,
            tls,
            broker: BrokerConfig {
                urls: broker_urls(&args)?,
                queues,
                queue_kind: queue_kind(&args),
            },
            receive_at_once: args.queues.is_empty(),
            max_sessions: limits.max_sessions,
            max_sessions_per_address: limits.max_sessions_per_address,
            trusted_proxies,
            handshake_timeout: limits.handshake_timeout,
            drain_timeout: args.drain_timeout.unwrap_or(DEFAULT_DRAIN_TIMEOUT),
            memory_budget,
        })
    }
}

/// RabbitMQ itself takes no more (`max_message_size`).
const MAX_BODY_BYTES: usize = 512 * 1024 * 1024;

/// The largest body with every character escaped once, and as much again as a margin.
const MAX_MESSAGE_BYTES: usize = max_message_bytes(MAX_BODY_BYTES) * 2;

fn broker_urls(args: &Args) -> anyhow::Result<Vec<BrokerUrl>> {
    let identity = both(&args.amqp_cert, "--amqp-cert", &args.amqp_key, "--amqp-key")?;
    let identity = identity.map(|(cert, key)| (cert.clone(), key.clone()));
    let tls = BrokerTls::from_files(args.amqp_ca.clone(), identity)?;
    let typed = match args.amqp_url.as_slice() {
        [] => vec![DEFAULT_AMQP_URL.to_owned()],
        typed => typed.to_vec(),
    };
    // Else the second address would be taken for a part of the first one's vhost.
    ensure!(
        !typed.iter().any(|url| url.contains(",amqp://") || url.contains(",amqps://")),
        "--amqp-url takes one address: give it again for each node of a cluster; a list in the \
         configuration file, or a line for each in the environment variable, does the same"
    );
    let parsed = typed.iter().map(|url| url.parse::<BrokerUrl>()?.with_tls(&tls));
    parsed.map(|url| url.context("--amqp-url")).collect()
}

/// A queue that somebody names is somebody's, whatever its name: it is declared only where a kind is
/// named as well.
fn queue_kind(args: &Args) -> QueueKind {
    let default = if args.queues.is_empty() { QueueKind::Auto } else { QueueKind::Never };
    args.queue_kind.unwrap_or(default)
}

fn queues(typed: &[String]) -> anyhow::Result<Vec<String>> {
    if typed.is_empty() {
        return Ok(vec![DEFAULT_QUEUE.to_owned()]);
    }
    let mut queues = Vec::with_capacity(typed.len());
    for name in typed {
        ensure!(!name.is_empty(), "--queue must not be empty");
        ensure!(
            name.len() <= MAX_QUEUE_NAME_BYTES,
            "--queue takes names of at most {MAX_QUEUE_NAME_BYTES} bytes, this has {}",
            name.len()
        );
        ensure!(
            !name.starts_with(DIRECT_REPLY_TO),
            "--queue {name}: RabbitMQ keeps names that start with {DIRECT_REPLY_TO} for itself"
        );
        ensure!(!queues.contains(name), "--queue {name} is given twice");
        queues.push(name.clone());
    }
    Ok(queues)
}

/// Who may come in, a token that was made here, and the file that may change.
fn tokens(
    args: &Args,
    listen: SocketAddr,
    queues: &[String],
) -> anyhow::Result<(Tokens, Option<String>, Option<TokenFile>)> {
    ensure!(
        args.token_file.is_none() || !args.no_token,
        "--token-file and --no-token exclude each other: keep one of them"
    );
    let queues = queues.to_vec();
    if let Some(path) = &args.token_file {
        let file = TokenFile::new(path.clone(), queues);
        return Ok((file.read()?, None, Some(file)));
    }
    if args.no_token || listen.ip().is_loopback() {
        return Ok((Tokens::none(queues), None, None));
    }
    let token = access::make_token().context("cannot make a token")?;
    Ok((Tokens::one(&token, queues), Some(token), None))
}

/// A certificate and its key, or neither.
fn both<'a>(
    cert: &'a Option<PathBuf>,
    cert_flag: &str,
    key: &'a Option<PathBuf>,
    key_flag: &str,
) -> anyhow::Result<Option<(&'a PathBuf, &'a PathBuf)>> {
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some((cert, key))),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("{cert_flag} needs {key_flag}"),
        (None, Some(_)) => bail!("{key_flag} needs {cert_flag}"),
    }
}

/// The largest body and the largest WebSocket message, in bytes.
fn sizes(args: &Args) -> anyhow::Result<(usize, usize)> {
    let bytes = |flag: &str, size: ByteSize, min: usize, max: usize| {
        usize::try_from(size.as_u64())
            .ok()
            .filter(|bytes| (min..=max).contains(bytes))
            .with_context(|| {
                let [min, max] = [min, max].map(|bytes| ByteSize(bytes as u64));
                format!("{flag} must be from {min} to {max}")
            })
    };
    let body = args.max_body.unwrap_or(DEFAULT_MAX_BODY);
    let body = bytes("--max-body", body, 1, MAX_BODY_BYTES)?;
    let message = match args.limits.max_message {
        None => max_message_bytes(body),
        Some(size) => {
            bytes("[limits] max-message", size, min_message_bytes(body), MAX_MESSAGE_BYTES)?
        }
    };
    Ok((body, message))
}

/// What all sessions' messages may take, in bytes: the largest of one must fit into the half that is
/// for what comes from clients.
fn memory_budget(args: &Args, max_message: usize) -> anyhow::Result<usize> {
    let min = max_message.saturating_mul(2).max(MIN_MEMORY);
    let budget = args.memory_budget.unwrap_or(DEFAULT_MEMORY_BUDGET);
    let budget = usize::try_from(budget.as_u64()).unwrap_or(usize::MAX);
    ensure!(
        budget >= min,
        "--memory-budget must be at least {}: twice the largest WebSocket message ([limits] \
         max-message), and {}",
        ByteSize(min as u64),
        ByteSize(MIN_MEMORY as u64)
    );
    Ok(budget)
}

/// Below it a handful of pages would wait for each other.
const MIN_MEMORY: usize = 16 * 1024 * 1024;

/// Room for the largest body in base64, and for the small messages that the page sends together.
fn min_message_bytes(max_body: usize) -> usize {
    max_body / 3 * 4 + 1024 * 1024
}

#[cfg(test)]
mod tests;
