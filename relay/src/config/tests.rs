use clap::{CommandFactory as _, Parser as _};

use super::*;

fn config(typed: &[&str]) -> anyhow::Result<Config> {
    let args = Args::try_parse_from([&["relay"], typed].concat())?;
    Config::from_args(args)
}

/// What is said of a file with these limits.
fn error_of_limits(limits: &str) -> String {
    let args = file::parse(&format!("[limits]\n{limits}\n")).unwrap();
    format!("{:#}", Config::from_args(args).unwrap_err())
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
fn help_fits_80_columns() {
    let mut command = Args::command_line();
    for help in [command.render_help(), command.render_long_help()] {
        let help = help.to_string();
        for heading in ["Broker:", "Access:", "TLS:", "Limits:"] {
            assert!(help.contains(&format!("\n{heading}\n")), "no {heading} in {help}");
        }
        let wide: Vec<&str> = help.lines().filter(|line| line.chars().count() > 80).collect();
        assert_eq!(wide, [""; 0]);
    }
}

#[test]
fn defaults_are_the_tutorials() {
    let config = config(&[]).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.broker.queues, ["hello"]);
    assert_eq!(config.limits.client.max_body_bytes, 16 * 1024 * 1024);
    assert_eq!(config.limits.max_message_bytes, 33 * 1024 * 1024);
    assert!(config.made_token.is_none());
}

#[test]
fn pages_receive_at_once_only_where_no_queue_is_named() {
    assert!(config(&[]).unwrap().receive_at_once);
    assert!(config(&["--queue-kind", "durable"]).unwrap().receive_at_once);
    for typed in
        [&["--queue", "hello"][..], &["--queue", "orders"], &["--queue=hello", "--queue=b"]]
    {
        assert!(!config(typed).unwrap().receive_at_once, "{typed:?}");
    }
    let file = file::parse("queue = 'hello'").unwrap();
    assert!(!Config::from_args(file).unwrap().receive_at_once);
}

#[test]
fn a_queue_that_is_named_is_declared_only_as_the_kind_that_is_named() {
    let kind = |typed: &[&str]| config(typed).unwrap().broker.queue_kind;
    assert_eq!(kind(&[]), QueueKind::Auto);
    assert_eq!(kind(&["--queue", "hello"]), QueueKind::Never);
    assert_eq!(kind(&["--queue", "orders"]), QueueKind::Never);
    assert_eq!(kind(&["--queue", "hello", "--queue-kind", "auto"]), QueueKind::Auto);
    assert_eq!(kind(&["--queue-kind", "never"]), QueueKind::Never);
}

#[test]
fn a_comma_in_a_flag_belongs_to_its_value() {
    let typed = ["--queue", "a,b", "--queue", "c", "--amqp-url", "amqp://u:p,w@h"];
    let config = config(&typed).unwrap();
    assert_eq!(config.broker.queues, ["a,b", "c"]);
    assert_eq!(config.broker.urls, ["amqp://u:p,w@h".parse().unwrap()]);
}

#[test]
fn wrong_values_are_named() {
    assert!(error(&["--amqp-url", "http://x"]).contains("amqp://"));
    assert!(error(&["--queue", ""]).contains("--queue"));
    assert!(error(&["--queue", &"x".repeat(256)]).contains("255 bytes"));
    assert!(error(&["--queue", "a", "--queue", "a"]).contains("twice"));
    assert!(error(&["--max-body", "0"]).contains("--max-body"));
    for (key, zero) in [
        ("max-sessions", "0"),
        ("max-sessions-per-address", "0"),
        ("max-message", "0"),
        ("max-batch", "0"),
        ("max-headers-size", "0"),
        ("max-headers-depth", "0"),
        ("max-in-flight", "0"),
        ("max-prefetch", "0"),
        ("handshake-timeout", "'0s'"),
        ("hello-timeout", "'0s'"),
        ("idle-timeout", "'0s'"),
        ("look-time", "'0s'"),
        ("look-time", "'2h'"),
    ] {
        let words = error_of_limits(&format!("{key} = {zero}"));
        assert!(words.contains(&format!("[limits] {key} must be from")), "{words}");
    }
    assert!(error_of_limits("max-batch = 10001").contains("10000"));
    let words = error_of_limits("max-message = '22MiB'");
    assert!(words.contains("must be from 22.3 MiB"), "{words}");
    for proxy in ["proxy.test", "10.0.0.1,10.0.0.2"] {
        let words = error(&["--trust-proxy", proxy]);
        assert!(words.contains("--trust-proxy") && words.contains("again for more"), "{words}");
    }
    for urls in ["amqp://a,amqp://b", "amqps://u:p@a/v,amqps://u:p@b/v"] {
        let words = error(&["--amqp-url", urls]);
        assert!(words.contains("give it again for each node"), "{words}");
    }
    assert!(error(&["--origin", "example.org"]).contains("--origin"));
    assert!(error(&["--token-file", "/does/not/exist"]).contains("/does/not/exist"));
    assert!(error(&["--tls-cert", "x"]).contains("--tls-key"));
    assert!(error(&["--amqp-cert", "x"]).contains("--amqp-key"));
    assert!(error(&["--amqp-ca", "/does/not/exist"]).contains("--amqp-ca /does/not/exist"));
    let external = "amqps://h?auth_mechanism=external";
    assert!(error(&["--amqp-url", external]).contains("--amqp-cert"));
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
