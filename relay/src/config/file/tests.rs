//! The configuration file and what stands before it.

use std::time::Duration;

use bytesize::ByteSize;
use clap::Parser as _;

use super::*;

/// What `typed` and a file with `text` give.
fn given(text: &str, typed: &[&str]) -> anyhow::Result<Given> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let config = ["relay", "--config", file.path().to_str().unwrap()];
    Given::read(config.iter().chain(typed).map(OsString::from))
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
         max-prefetch = 0x10\nno-token = true\ndrain-timeout = \"3s\" # short\n\
         queue-kind = 'quorum'\ntrust-proxy = []\n",
        &[],
    );
    assert_eq!(args.listen.to_string(), "0.0.0.0:80");
    assert_eq!(args.queues, ["hello", "b"]);
    assert_eq!((args.max_body, args.max_prefetch), (ByteSize::mib(1), 16));
    assert!(args.no_token && args.trust_proxy.is_empty());
    assert_eq!(args.drain_timeout, Duration::from_secs(3));
    assert_eq!(args.queue_kind, Some(crate::config::QueueKind::Quorum));
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
    let text = "queue = ['a', 'b']\nmax-sessions = 5\nmax-batch = 6\n";
    let args = args(text, &["--queue", "c", "--max-batch", "7"]);
    assert_eq!((args.max_sessions, args.max_batch), (5, 7));
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
    assert!(error("tls-cert = 'c'").contains("not provided: --tls-key"));
    let alone = Given::read(["relay", "--tls-cert", "c"].map(OsString::from)).unwrap_err();
    assert!(alone.is::<clap::Error>());
}

#[test]
fn two_keys_may_not_exclude_each_other() {
    let words = error("no-token = true\ntoken-file = 'x'");
    assert!(words.contains("cannot be used with"), "{words}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, words) in [
        ("\nqeue = 'a'", "line 2: there is no key \"qeue\"; did you mean queue?"),
        ("xyz = 1", "line 1: there is no key \"xyz\""),
        ("[limits]\nmax-body = 1", "line 1: there is no key \"limits\""),
        ("help = true", "there is no key"),
        (
            "\n\nlisten = true",
            "line 3: listen takes text or a whole number, this is of type boolean",
        ),
        ("listen = ['127.0.0.1:1']", "listen takes one value, not a list"),
        ("no-token = 'yes'", "no-token is true or false"),
        ("max-batch = 1.5", "of type float"),
        ("queue = ['a', ['b']]", "of type array"),
        ("max-sessions = -1", "line 1: invalid value '-1' for '--max-sessions <N>'"),
        ("max-body = '16MuB'", "invalid value '16MuB'"),
        ("drain-timeout = 10", "time unit needed"),
        ("queue-kind = 'quorun'", "invalid value 'quorun'"),
        ("# x\nlisten = 'a", "line 2: "),
        ("queue = 'a'\nqueue = 'b'", "line 2: duplicate key"),
        ("config = 'b.toml'", "config belongs on the command line"),
        ("check-config = true", "check-config belongs on the command line"),
    ] {
        let error = error(text);
        assert!(error.contains(words), "{text}: {error}");
    }
    let missing = Given::read(["relay", "--config", "/no/x.toml"].map(OsString::from));
    assert_eq!(
        format!("{:#}", missing.unwrap_err()),
        "--config /no/x.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn an_address_in_the_wrong_place_is_not_repeated() {
    for key in ["listen", "queue-kind", "max-body", "amqp-urls"] {
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
    let typed = ["relay", "--config", file.path().to_str().unwrap()].map(OsString::from);
    let warning = |text: &str, mode: u32| {
        fs::write(file.path(), text).unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
        Given::read(typed.clone()).unwrap().warning
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
    assert_eq!(args.max_sessions, super::Args::parse_from(["relay"]).max_sessions);
    self::args(text, &[]);
}
