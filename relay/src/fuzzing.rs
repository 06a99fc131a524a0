//! What the fuzz targets of `fuzz/` need of the relay's inside, as functions of bytes. Each panics
//! where something must not be. Only there with the feature `fuzzing`.

// A target panics: that is how it says that something is wrong.
#![allow(clippy::expect_used)]

use clap::Parser as _;
use warren_protocol::Rights;

use crate::{
    access::{Origin, OriginPolicy, TokenDigest, Tokens},
    config::{Args, Config, parse},
};
pub use warren_broker::fuzzing::{headers, publish};

/// A word that no error may repeat.
const SECRET: &str = "s3cret";

/// A command line, one argument on each line. Files are not read.
///
/// # Panics
/// Where a password is repeated.
pub fn command_line(bytes: &[u8]) {
    let typed = String::from_utf8_lossy(bytes);
    let arguments = std::iter::once("relay").chain(typed.lines());
    let Ok(args) = Args::try_parse_from(arguments) else { return };
    let secret = |url: &String| {
        let authority = url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        authority.contains(&format!(":{SECRET}"))
    };
    let is_secret = typed.matches(SECRET).count() == 1 && args.amqp_url.iter().any(secret);
    let told = validated(args);
    assert!(!is_secret || !told.contains(SECRET), "{told}");
}

/// A configuration file.
///
/// # Panics
/// Where a password is repeated.
pub fn config_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let told = match parse(&text) {
        Ok(args) => validated(args),
        Err(error) => format!("{error:#}"),
    };
    let url = format!("amqp-url = \"amqp://u:{SECRET}@h\"");
    let is_secret = text.matches(SECRET).count() == 1 && text.lines().any(|line| line == url);
    assert!(!is_secret || !told.contains(SECRET), "{told}");
}

/// All that is said of arguments, right or wrong, without those that name files.
fn validated(mut args: Args) -> String {
    (args.token_file, args.tls_cert, args.tls_key) = (None, None, None);
    (args.amqp_ca, args.amqp_cert, args.amqp_key) = (None, None, None);
    match Config::from_args(args) {
        Ok(config) => format!("{config:?}"),
        Err(error) => format!("{error:#}"),
    }
}

/// A `Host` and an `Origin`, a line each.
///
/// # Panics
/// Where they are let in although they name neither this machine nor an allowed origin.
pub fn guard(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (host, origin) = text.split_once('\n').unwrap_or((&text, ""));
    let allowed: Origin = "https://warren.example".parse().expect("an origin");
    let listen = "127.0.0.1:8080".parse().expect("an address");
    let guard = OriginPolicy::new(listen, false, vec![allowed]);
    if guard.allows_host(host) {
        let host = host.to_ascii_lowercase();
        let ours = ["localhost", "127.", "[", "warren.example"];
        assert!(ours.iter().any(|ours| host.starts_with(ours)), "{host:?}");
        assert!(!host.contains(['/', '@', '\\', ' ', '?', '#', ',', '%']), "{host:?}");
    }
    if guard.allows_origin(Some(origin), host) {
        let origin = origin.to_ascii_lowercase();
        let own = format!("http://{}", host.to_ascii_lowercase());
        let without_port = |text: &str| text.strip_suffix(":80").unwrap_or(text).to_owned();
        let listed = ["https://warren.example", "https://warren.example:443"];
        assert!(
            without_port(&origin) == without_port(&own) || listed.contains(&origin.as_str()),
            "{origin:?} is let in at {host:?}"
        );
    }
}

/// A token file.
///
/// # Panics
/// Where an error repeats a token, or a token opens more than its line says.
pub fn token_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let queues = ["hello".to_owned(), "orders".to_owned()];
    match Tokens::parse(&text, queues.to_vec()) {
        Err(error) => {
            // The first word of a line is a token; the others may be named.
            let others = text
                .lines()
                .any(|line| line.split_whitespace().skip(1).any(|word| word.contains(SECRET)));
            assert!(others || !error.to_string().contains(SECRET), "{error}");
        }
        Ok(tokens) => {
            for line in text.lines() {
                let mut words = line.split_whitespace();
                let Some(token) = words.next().filter(|token| !token.starts_with('#')) else {
                    continue;
                };
                let grant =
                    tokens.grant(Some(&TokenDigest::new(token))).expect("a token of the file");
                assert!(!grant.queues.is_empty());
                assert!(grant.queues.iter().all(|queue| queues.contains(queue)));
                let rights = grant.rights;
                let Some(word) = words.next().filter(|word| *word != "#") else {
                    assert_eq!(rights, Rights::ALL);
                    continue;
                };
                let names = |name: &str| word.split(',').any(|named| named == name);
                let both = names("both");
                assert_eq!(rights.send, names("send") || both);
                assert_eq!(rights.receive, names("receive") || both);
                assert_eq!(rights.look, names("look") || rights.receive);
                assert_eq!(rights.watch, names("watch"));
            }
            assert_eq!(tokens.grant(None), None);
            assert_eq!(tokens.grant(Some(&TokenDigest::new(""))), None);
        }
    }
}
