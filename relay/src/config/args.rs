//! The command line: what was typed, before anything is validated.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use clap::{ArgMatches, CommandFactory as _, Parser, parser::ValueSource};
use warren_protocol::limits;

use warren_broker::{HeaderLimits, QueueKind};

use crate::{logging::LogFormat, manual::Generate};

/// What belongs together in `--help`; a flag without one of these stands at the top.
const BROKER: &str = "Broker";
const ACCESS: &str = "Access";
const TLS: &str = "TLS";
const LIMITS: &str = "Limits";
const TIMES: &str = "Times";

/// The tutorial's queue, where none is named.
pub(super) const DEFAULT_QUEUE: &str = "hello";

const AFTER_HELP: &str = "\
Each flag has an environment variable, WARREN_ and its name (WARREN_MAX_BODY), and a key of its \
name in the configuration file (max-body = \"16MiB\"). A flag wins over the variable, the variable \
over the file. For more than one value give the flag again, write a list into the file, or a line \
for each into the variable; WARREN_ORIGIN and WARREN_TRUST_PROXY also take commas.

SIGHUP reads again what may change while the relay runs. SIGTERM and SIGINT stop it in good order.";

/// RabbitMQ in a browser tab: serves a page that sends to and receives from RabbitMQ queues, and
/// holds the AMQP connection for it.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 80, after_help = AFTER_HELP)]
pub struct Args {
    /// Address to serve the page on; port 0 picks a free one
    #[arg(long, env = "WARREN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub listen: SocketAddr,

    /// TOML file with flags as keys, for what is neither typed nor in the environment
    #[arg(long, env = "WARREN_CONFIG", value_name = "PATH")]
    pub config: Option<PathBuf>,

    /// Only check that the relay could start like this, and say what is wrong
    #[arg(long, env = "WARREN_CHECK_CONFIG")]
    pub check_config: bool,

    /// Print the man page or a shell's completions
    #[arg(long, env = "WARREN_GENERATE", value_enum, value_name = "WHAT")]
    pub generate: Option<Generate>,

    /// RabbitMQ's address: amqp://user:password@host:port/vhost, or amqps:// for TLS. Give it
    /// once for each node of a cluster: they are tried in turn. AMQP_URL works as well; without
    /// either it is amqp://guest:guest@127.0.0.1:5672/%2f
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_AMQP_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub amqp_url: Vec<String>,

    /// Certificates (PEM) of the CAs that may have issued the broker's certificate, with
    /// amqps://; instead of the system's
    #[arg(help_heading = BROKER, long, env = "WARREN_AMQP_CA", value_name = "PATH")]
    pub amqp_ca: Option<PathBuf>,

    /// Certificate chain (PEM) that the relay shows to the broker, with amqps://
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_AMQP_CERT",
        value_name = "PATH",
        requires = "amqp_key"
    )]
    pub amqp_cert: Option<PathBuf>,

    /// Private key (PEM) of --amqp-cert
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_AMQP_KEY",
        value_name = "PATH",
        requires = "amqp_cert"
    )]
    pub amqp_key: Option<PathBuf>,

    /// A queue that pages may use; the first is the one they start with. A queue that is named here
    /// is used as it is, and not declared unless --queue-kind says as what
    #[arg(
        help_heading = BROKER,
        long = "queue",
        env = "WARREN_QUEUE",
        default_value = DEFAULT_QUEUE,
        value_name = "NAME"
    )]
    pub queues: Vec<String>,

    /// What to declare where a queue does not exist; one that exists is used as it is. Without it
    /// the tutorial's own queue, hello, is declared (auto), and no other (never)
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_QUEUE_KIND",
        value_enum,
        value_name = "KIND"
    )]
    pub queue_kind: Option<QueueKind>,

    /// File with a line for each token that lets pages in: TOKEN [send|receive|both]
    /// [queue,queue…]. A queue's name with a space or comma, or with # as its first character, is
    /// put in double quotes; # and a space start a comment. It is read again on SIGHUP
    #[arg(
        help_heading = ACCESS,
        long,
        env = "WARREN_TOKEN_FILE",
        value_name = "PATH",
        conflicts_with = "no_token"
    )]
    pub token_file: Option<PathBuf>,

    /// Let in everyone who can reach the address, also beyond this machine
    #[arg(help_heading = ACCESS, long, env = "WARREN_NO_TOKEN")]
    pub no_token: bool,

    /// A further origin, scheme and host, that the page is served from, as behind a proxy
    #[arg(
        help_heading = ACCESS,
        long = "origin",
        env = "WARREN_ORIGIN",
        value_name = "URL"
    )]
    pub origins: Vec<String>,

    /// A proxy in front, whose X-Forwarded-For header is believed
    #[arg(
        help_heading = ACCESS,
        long,
        env = "WARREN_TRUST_PROXY",
        value_name = "IP"
    )]
    pub trust_proxy: Vec<String>,

    /// Certificate chain (PEM) to serve the page over TLS; SIGHUP reads it and its key again
    #[arg(
        help_heading = TLS,
        long,
        env = "WARREN_TLS_CERT",
        value_name = "PATH",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,

    /// Private key (PEM) of --tls-cert
    #[arg(
        help_heading = TLS,
        long,
        env = "WARREN_TLS_KEY",
        value_name = "PATH",
        requires = "tls_cert"
    )]
    pub tls_key: Option<PathBuf>,

    /// Most pages at once
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_SESSIONS",
        default_value_t = 10_000,
        value_name = "N"
    )]
    pub max_sessions: usize,

    /// Most pages at once from one address, or one /64 network of IPv6
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_SESSIONS_PER_ADDRESS",
        default_value_t = 1_000,
        value_name = "N"
    )]
    pub max_sessions_per_address: usize,

    /// Largest WebSocket message that is read; without it twice --max-body and 1 MiB, which is
    /// room for every body in JSON
    #[arg(help_heading = LIMITS, long, env = "WARREN_MAX_FRAME", value_name = "SIZE")]
    pub max_frame: Option<ByteSize>,

    /// Memory for the messages of all pages, in both directions together
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MEMORY_BUDGET",
        default_value = "512MiB",
        value_name = "SIZE"
    )]
    pub memory_budget: ByteSize,

    /// Largest message body
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_BODY",
        default_value = "16MiB",
        value_name = "SIZE"
    )]
    pub max_body: ByteSize,

    /// Most messages in one frame
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_BATCH",
        default_value_t = limits::MAX_BATCH,
        value_name = "N"
    )]
    pub max_batch: usize,

    /// Most headers of a message, those inside others included
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_HEADERS",
        default_value_t = HeaderLimits::DEFAULT.count,
        value_name = "N"
    )]
    pub max_headers: usize,

    /// Most bytes that a message's properties take, headers included
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_HEADERS_SIZE",
        default_value_t = ByteSize(HeaderLimits::DEFAULT.bytes as u64),
        value_name = "SIZE"
    )]
    pub max_headers_size: ByteSize,

    /// How deep a message's headers may be nested
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_HEADERS_DEPTH",
        default_value_t = HeaderLimits::DEFAULT.depth,
        value_name = "N"
    )]
    pub max_headers_depth: usize,

    /// Most messages of one page that may wait for the broker's confirm
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_IN_FLIGHT",
        default_value_t = limits::DEFAULT_MAX_IN_FLIGHT,
        value_name = "N"
    )]
    pub max_in_flight: usize,

    /// Most unsettled deliveries that one page may ask to hold
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_MAX_PREFETCH",
        default_value_t = limits::DEFAULT_MAX_PREFETCH,
        value_name = "N"
    )]
    pub max_prefetch: u16,

    /// How long a client may take for its TLS handshake, and for the head of each request. A
    /// connection that is not a WebSocket is closed after three times that, unless its client is
    /// still taking an answer
    #[arg(
        help_heading = TIMES,
        long,
        env = "WARREN_HANDSHAKE_TIMEOUT",
        default_value = "10s",
        value_parser = humantime::parse_duration,
        value_name = "TIME"
    )]
    pub handshake_timeout: Duration,

    /// How long a page may take for its first frame
    #[arg(
        help_heading = TIMES,
        long,
        env = "WARREN_HELLO_TIMEOUT",
        default_value = "10s",
        value_parser = humantime::parse_duration,
        value_name = "TIME"
    )]
    pub hello_timeout: Duration,

    /// How long a page may be silent, pings unanswered, before it counts as gone
    #[arg(
        help_heading = TIMES,
        long,
        env = "WARREN_IDLE_TIMEOUT",
        default_value = "14s",
        value_parser = humantime::parse_duration,
        value_name = "TIME"
    )]
    pub idle_timeout: Duration,

    /// How long a shutdown may wait for confirms
    #[arg(
        help_heading = TIMES,
        long,
        env = "WARREN_DRAIN_TIMEOUT",
        default_value = "10s",
        value_parser = humantime::parse_duration,
        value_name = "TIME"
    )]
    pub drain_timeout: Duration,

    /// How to write log lines (to stderr)
    #[arg(
        long,
        env = "WARREN_LOG_FORMAT",
        value_enum,
        default_value_t = LogFormat::Text,
        value_name = "FORMAT"
    )]
    pub log_format: LogFormat,
}

impl Args {
    /// The command line as it is parsed and shown. The variables' names stand below it, once.
    #[must_use]
    pub fn command_line() -> clap::Command {
        Self::command().mut_args(|arg| arg.hide_env(true))
    }

    /// Takes the lists apart that stand in the environment, where a flag has one value only. A
    /// comma may belong to a password or a queue's name, and separates only where it cannot.
    pub(super) fn split_environment(&mut self, matches: &ArgMatches) {
        let lists = [
            ("amqp_url", &mut self.amqp_url, false),
            ("queues", &mut self.queues, false),
            ("origins", &mut self.origins, true),
            ("trust_proxy", &mut self.trust_proxy, true),
        ];
        for (id, list, commas) in lists {
            if matches.value_source(id) == Some(ValueSource::EnvVariable) {
                *list = list.iter().flat_map(|value| split(value, commas)).collect();
            }
        }
    }

    /// Says why the command line cannot be used, or what was asked for, and ends the process.
    ///
    /// clap's words repeat what was typed. An address of RabbitMQ in the wrong place has its
    /// password in it, so that it gets words of our own.
    pub fn refuse(error: &clap::Error) -> ! {
        if error.use_stderr() && error.to_string().contains('@') {
            eprintln!("relay: an address stands in the wrong place: write --amqp-url URL");
            std::process::exit(error.exit_code());
        }
        error.exit()
    }
}

/// The values in a variable: one on each line, else with commas where those separate, else one.
pub(super) fn split(value: &str, commas: bool) -> Vec<String> {
    let values: Vec<&str> = if value.contains('\n') {
        value.lines().collect()
    } else if commas {
        value.split(',').map(str::trim).collect()
    } else {
        return vec![value.to_owned()];
    };
    values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_comma_in_a_variable_separates_only_where_no_value_has_one() {
        for (value, commas, values) in [
            ("a,b", false, &["a,b"][..]),
            ("a,b", true, &["a", "b"]),
            (" a, b,", true, &["a", "b"]),
            ("a,b\nc d\r\n\ne\n", false, &["a,b", "c d", "e"]),
            ("http://a\nhttp://b", true, &["http://a", "http://b"]),
            ("", false, &[""]),
            ("", true, &[]),
            ("\n", false, &[]),
        ] {
            assert_eq!(split(value, commas), values, "{value:?} {commas}");
        }
    }
}
