//! What an operator sets: the command line, the environment and the configuration file, before
//! anything is validated.

use std::{env, ffi::OsString, net::SocketAddr, path::PathBuf, time::Duration};

use bytesize::ByteSize;
use clap::{
    ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, parser::ValueSource,
};
use serde::Deserialize;
use warren_broker::QueueKind;

use super::{limits::Limits, value};
use crate::{logging::LogFormat, manual::Generate};

/// What belongs together in `--help`; a flag without one of these stands at the top.
const BROKER: &str = "Broker";
const ACCESS: &str = "Access";
const TLS: &str = "TLS";
const LIMITS: &str = "Limits";

const AFTER_HELP: &str = "\
Each flag has an environment variable, WARREN_ and its name (WARREN_MAX_BODY), and each but \
--config, --check and --generate a key of its name in the configuration file (max-body = \
\"16MiB\"), which also has further limits in its table [limits]. A flag wins over the variable, the variable over the file. For more than one value give \
the flag again, write a list into the file, or a line for each into the variable; WARREN_ORIGIN \
and WARREN_TRUST_PROXY also take commas.

SIGHUP reads again what may change while the relay runs. SIGTERM and SIGINT stop it in good order.

`relay health`, with the same flags, variables and file as the relay that runs, asks that relay \
whether it answers, and with --ready whether messages can flow; it exits with 0 for yes, and with \
another code and a sentence for no.";

/// RabbitMQ in a browser tab: serves a page that sends to and receives from RabbitMQ queues, and
/// holds the AMQP connection for it.
#[derive(Debug, Default, Parser, Deserialize)]
#[command(version, max_term_width = 80, after_help = AFTER_HELP, disable_help_subcommand = true)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Args {
    /// Address to serve the page on; port 0 picks a free one (default: 127.0.0.1:8080)
    #[arg(long, env = "WARREN_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,

    /// TOML file with flags as keys, and with limits
    #[arg(long, env = "WARREN_CONFIG", value_name = "PATH")]
    #[serde(skip)]
    pub config: Option<PathBuf>,

    /// Check the configuration and exit
    #[arg(long, env = "WARREN_CHECK")]
    #[serde(skip)]
    pub check: bool,

    /// Print the man page or a shell's completions
    #[arg(long, env = "WARREN_GENERATE", value_enum, value_name = "WHAT")]
    #[serde(skip)]
    pub generate: Option<Generate>,

    /// RabbitMQ's address: amqp://user:password@host:port/vhost, or amqps:// for TLS. Give it
    /// once for each node of a cluster: they are tried in turn. AMQP_URL works as well
    /// (default: amqp://guest:guest@127.0.0.1:5672/%2f)
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_AMQP_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    #[serde(deserialize_with = "value::one_or_more")]
    pub amqp_url: Vec<String>,

    /// Certificates (PEM) of the CAs that may have issued the broker's certificate, with
    /// amqps://; instead of the system's
    #[arg(help_heading = BROKER, long, env = "WARREN_AMQP_CA", value_name = "PATH")]
    pub amqp_ca: Option<PathBuf>,

    /// Certificate chain (PEM) that the relay shows to the broker, with amqps://
    #[arg(help_heading = BROKER, long, env = "WARREN_AMQP_CERT", value_name = "PATH")]
    pub amqp_cert: Option<PathBuf>,

    /// Private key (PEM) of --amqp-cert
    #[arg(help_heading = BROKER, long, env = "WARREN_AMQP_KEY", value_name = "PATH")]
    pub amqp_key: Option<PathBuf>,

    /// A queue that pages may use; the first is the one they start with. A queue that is named here
    /// is used as it is, and not declared unless --queue-kind names a kind (default: hello)
    #[arg(help_heading = BROKER, long = "queue", env = "WARREN_QUEUE", value_name = "NAME")]
    #[serde(rename = "queue", deserialize_with = "value::one_or_more")]
    pub queues: Vec<String>,

    /// What to declare where a queue does not exist; one that exists is used as it is. Without it
    /// hello is declared (auto) where no queue is named, and one that is named is not (never)
    #[arg(
        help_heading = BROKER,
        long,
        env = "WARREN_QUEUE_KIND",
        value_enum,
        value_name = "KIND"
    )]
    #[serde(deserialize_with = "value::choice")]
    pub queue_kind: Option<QueueKind>,

    /// File with a line for each token that lets pages in: TOKEN [right,right…] [queue,queue…]. A
    /// right is send, receive, look, watch, or both (send and receive); without one the token may
    /// do everything. A queue's name with a space or comma, or with # as its first character, is
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

    /// A further origin, scheme and host, that the page is served from, as behind a proxy; with
    /// the path where that serves it under one: https://host/warren/
    #[arg(help_heading = ACCESS, long = "origin", env = "WARREN_ORIGIN", value_name = "URL")]
    #[serde(rename = "origin", deserialize_with = "value::one_or_more")]
    pub origins: Vec<String>,

    /// A proxy in front, whose X-Forwarded-For header is believed
    #[arg(help_heading = ACCESS, long, env = "WARREN_TRUST_PROXY", value_name = "IP")]
    #[serde(deserialize_with = "value::one_or_more")]
    pub trust_proxy: Vec<String>,

    /// Certificate chain (PEM) to serve the page over TLS; SIGHUP reads it and its key again
    #[arg(help_heading = TLS, long, env = "WARREN_TLS_CERT", value_name = "PATH")]
    pub tls_cert: Option<PathBuf>,

    /// Private key (PEM) of --tls-cert
    #[arg(help_heading = TLS, long, env = "WARREN_TLS_KEY", value_name = "PATH")]
    pub tls_key: Option<PathBuf>,

    /// Memory for the messages of all pages, in both directions together (default: 512MiB)
    #[arg(help_heading = LIMITS, long, env = "WARREN_MEMORY_BUDGET", value_name = "SIZE")]
    pub memory_budget: Option<ByteSize>,

    /// Largest message body (default: 16MiB)
    #[arg(help_heading = LIMITS, long, env = "WARREN_MAX_BODY", value_name = "SIZE")]
    pub max_body: Option<ByteSize>,

    /// How long a shutdown may take: for confirms, and to give back what is unsettled (default: 10s)
    #[arg(
        help_heading = LIMITS,
        long,
        env = "WARREN_DRAIN_TIMEOUT",
        value_parser = humantime::parse_duration,
        value_name = "TIME"
    )]
    #[serde(deserialize_with = "value::time")]
    pub drain_timeout: Option<Duration>,

    /// How to write log lines, to stderr (default: text)
    #[arg(long, env = "WARREN_LOG_FORMAT", value_enum, value_name = "FORMAT")]
    #[serde(deserialize_with = "value::choice")]
    pub log_format: Option<LogFormat>,

    /// The file's table of the same name.
    #[arg(skip)]
    pub limits: Limits,

    /// What to do in place of serving the page.
    #[command(subcommand)]
    #[serde(skip)]
    pub command: Option<Command>,
}

/// What the program can do beside serving the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Ask the relay that runs here whether it is well: exits with 0 for yes, another code and a sentence for no
    Health {
        /// Whether messages can flow (/readyz), not only whether the relay answers (/healthz)
        #[arg(long)]
        ready: bool,
    },
}

impl Args {
    /// The command line as it is parsed and shown. The variables' names stand below it, once. Flags
    /// may stand behind a subcommand as well.
    #[must_use]
    pub fn command_line() -> clap::Command {
        let command = Self::command().mut_args(|arg| arg.hide_env(true).global(true));
        command.mut_subcommands(|sub| sub.override_usage("relay health [--ready] [OPTIONS]"))
    }

    /// What was `typed`, the program's name first, with what is in the environment.
    ///
    /// # Errors
    /// Where it cannot be understood, and where help or the version was asked for.
    pub fn typed(typed: impl IntoIterator<Item = OsString>) -> clap::error::Result<Self> {
        let matches = Self::command_line().try_get_matches_from(typed)?;
        let mut args = Self::from_arg_matches(&matches)?;
        args.split_environment(&matches);
        if args.amqp_url.is_empty()
            && let Ok(urls) = env::var("AMQP_URL")
        {
            args.amqp_url = split(&urls, false);
        }
        Ok(args)
    }

    /// What is set here, or else in `file`. A flag also wins over a key that it excludes.
    #[must_use]
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            listen: self.listen.or(file.listen),
            config: self.config,
            check: self.check,
            generate: self.generate,
            amqp_url: first(self.amqp_url, file.amqp_url),
            amqp_ca: self.amqp_ca.or(file.amqp_ca),
            amqp_cert: self.amqp_cert.or(file.amqp_cert),
            amqp_key: self.amqp_key.or(file.amqp_key),
            queues: first(self.queues, file.queues),
            queue_kind: self.queue_kind.or(file.queue_kind),
            no_token: self.no_token || (file.no_token && self.token_file.is_none()),
            token_file: self.token_file.or(file.token_file.filter(|_| !self.no_token)),
            origins: first(self.origins, file.origins),
            trust_proxy: first(self.trust_proxy, file.trust_proxy),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            memory_budget: self.memory_budget.or(file.memory_budget),
            max_body: self.max_body.or(file.max_body),
            drain_timeout: self.drain_timeout.or(file.drain_timeout),
            log_format: self.log_format.or(file.log_format),
            limits: file.limits,
            command: self.command,
        }
    }

    /// Takes the lists apart that stand in the environment, where a flag has one value only. A
    /// comma may belong to a password or a queue's name, and separates only where it cannot.
    fn split_environment(&mut self, matches: &ArgMatches) {
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

fn first(list: Vec<String>, other: Vec<String>) -> Vec<String> {
    if list.is_empty() { other } else { list }
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
