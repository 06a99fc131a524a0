//! The configuration file and what stands before it.

use std::{ffi::OsString, time::Duration};

use bytesize::ByteSize;

use super::*;
use crate::config::{Config, Limits, QueueKind};

/// What `typed` and a file with `text` give.
fn given(text: &str, typed: &[&str]) -> anyhow::Result<LoadedArgs> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let config = ["relay", "--config", file.path().to_str().unwrap()];
    read(config.iter().chain(typed))
}

fn read<'a>(typed: impl Iterator<Item = &'a &'a str>) -> anyhow::Result<LoadedArgs> {
    LoadedArgs::read(Args::typed(typed.map(OsString::from))?)
}

fn args(text: &str, typed: &[&str]) -> Args {
    given(text, typed).unwrap().args
}

fn error(text: &str) -> String {
    let error = format!("{:#}", given(text, &[]).unwrap_err());
    assert!(error.starts_with("--config /") && error.lines().count() == 1, "{error}");
    error
}

#[test]
fn keys_are_the_flags_names() {
    let args = args(
        "listen = '0.0.0.0:80'\nqueue = ['hello', \"b\"]\nmax-body = \"1MiB\"\n\
         no-token = true\ndrain-timeout = \"3s\" # short\nqueue-kind = 'quorum'\ntrust-proxy = []\n\
         [limits]\nmax-prefetch = 0x10\nidle-timeout = '20s'\nmax-message = 50000000\n",
        &[],
    );
    assert_eq!(args.listen, Some("0.0.0.0:80".parse().unwrap()));
    assert_eq!(args.queues, ["hello", "b"]);
    assert_eq!((args.max_body, args.limits.max_prefetch), (Some(ByteSize::mib(1)), 16));
    assert!(args.no_token && args.trust_proxy.is_empty());
    assert_eq!(args.drain_timeout, Some(Duration::from_secs(3)));
    assert_eq!(args.limits.idle_timeout, Duration::from_secs(20));
    assert_eq!(args.limits.max_message, Some(ByteSize(50_000_000)));
    assert_eq!(args.queue_kind, Some(QueueKind::Quorum));
}

#[test]
fn a_comma_belongs_to_its_value() {
    let text = "queue = ['a,b', 'c']\namqp-url = 'amqp://u:p,w@h'\n";
    let given = args(text, &[]);
    assert_eq!(given.queues, ["a,b", "c"]);
    assert_eq!(given.amqp_url, ["amqp://u:p,w@h"]);
    assert_eq!(args(text, &["--queue", "d,e"]).queues, ["d,e"]);
}

#[test]
fn a_flag_wins_and_replaces_a_whole_list() {
    let text = "queue = ['a', 'b']\nmax-body = '5B'\nmemory-budget = '6MiB'\n";
    let args = args(text, &["--queue", "c", "--memory-budget", "7MiB"]);
    let sizes = (args.max_body, args.memory_budget);
    assert_eq!(sizes, (Some(ByteSize(5)), Some(ByteSize::mib(7))));
    assert_eq!(args.queues, ["c"]);
}

#[test]
fn a_flag_also_wins_against_a_key_that_it_excludes() {
    let args = args("token-file = 'x'", &["--no-token"]);
    assert!(args.no_token && args.token_file.is_none());
    let args = self::args("no-token = true", &["--token-file", "x"]);
    assert!(!args.no_token && args.token_file.is_some());
}

#[test]
fn what_one_flag_needs_may_stand_in_the_file() {
    assert!(args("tls-key = 'k'", &["--tls-cert", "c"]).tls_key.is_some());
    let alone = Config::from_args(args("tls-cert = 'c'", &[])).unwrap_err();
    assert_eq!(alone.to_string(), "--tls-cert needs --tls-key");
}

#[test]
fn two_keys_may_not_exclude_each_other() {
    let words = Config::from_args(args("no-token = true\ntoken-file = 'x'", &[])).unwrap_err();
    assert!(words.to_string().contains("exclude each other"), "{words}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, words) in [
        ("\nqeue = 'a'", "line 2: unknown field `qeue`, expected one of `listen`, `amqp-url`"),
        ("[limits]\nmax-body = 1", "line 2: unknown field `max-body`, expected one of"),
        ("help = true", "line 1: unknown field `help`"),
        ("\n\nlisten = true", "line 3: "),
        ("listen = ['127.0.0.1:1']", "line 1: "),
        ("listen = '127.0.0.1'", "line 1: invalid socket address syntax"),
        ("no-token = 'yes'", "line 1: invalid type: string \"yes\", expected a boolean"),
        ("[limits]\nmax-batch = 1.5", "line 2: invalid type: floating point `1.5`"),
        ("queue = ['a', ['b']]", "line 1: expected a text, or a list of texts"),
        ("[limits]\nmax-sessions = -1", "line 2: invalid value: integer `-1`"),
        ("max-body = '16MuB'", "line 1: "),
        ("drain-timeout = '10'", "line 1: \"10\" is no time: time unit needed"),
        ("queue-kind = 'quorun'", "line 1: \"quorun\" is none of auto, transient, durable, quorum"),
        ("# x\nlisten = 'a", "line 2: "),
        ("queue = 'a'\nqueue = 'b'", "line 2: duplicate key"),
        ("config = 'b.toml'", "line 1: unknown field `config`"),
        ("check = true", "line 1: unknown field `check`"),
    ] {
        let error = error(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    let missing = read(["relay", "--config", "/no/x.toml"].iter());
    assert_eq!(
        format!("{:#}", missing.unwrap_err()),
        "--config /no/x.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn an_address_in_the_wrong_place_is_not_repeated() {
    for key in ["listen", "queue-kind", "max-body", "no-token", "drain-timeout"] {
        let words = error(&format!("{key} = 'amqp://ann:s3cret@h'"));
        assert!(words.contains("line 1") && !words.contains("s3cret"), "{words}");
    }
}

#[test]
fn a_wrong_value_is_named_though_a_flag_stands_before_it() {
    assert!(given("max-body = 'x'", &["--max-body", "1MiB"]).is_err());
}

#[test]
fn a_password_that_others_may_read_is_worth_a_warning() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let typed = ["relay", "--config", file.path().to_str().unwrap()];
    let warning = |text: &str, mode: u32| {
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        read(typed.iter()).unwrap().warning
    };
    let secret = "amqp-url = ['amqp://a', 'amqp://ann:s3cret@b/c']";
    let words = warning(secret, 0o644).unwrap();
    assert!(words.contains("chmod 600") && !words.contains("s3cret"), "{words}");
    assert_eq!(warning(secret, 0o640), None);
    assert_eq!(warning("amqp-url = 'amqp://ann@b/c:d@e'", 0o644), None);
}

#[test]
fn the_example_is_right_also_without_its_comments() {
    let text = include_str!("../../../../packaging/relay.toml");
    let key =
        |line: &str| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).map(String::from);
    let all: Vec<String> =
        text.lines().map(|line| key(line).unwrap_or_else(|| line.to_owned())).collect();
    let args = args(&all.join("\n"), &[]);
    assert!(args.token_file.is_some() && args.origins.len() == 1);
    // What is commented out says the defaults.
    let written = Limits { max_message: None, ..args.limits };
    assert_eq!(format!("{written:?}"), format!("{:?}", Limits::default()));
    self::args(text, &[]);
}
