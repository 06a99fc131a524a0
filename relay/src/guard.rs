//! Who may come in: decided from the `Host` and `Origin` headers and the token alone.
//!
//! `Host` stops DNS rebinding, `Origin` stops foreign pages in the user's own browser, the token
//! stops everyone else on the network. Pure: no I/O, no panics on any input.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// What `Host` and `Origin` are compared with, and the tokens.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    listen: SocketAddr,
    scheme: &'static str,
    origins: Vec<Origin>,
    tokens: Vec<String>,
}

/// A web origin as browsers write it (RFC 6454): scheme, host in lower case, port if unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    scheme: String,
    authority: String,
}

/// Why an origin cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not an origin: write http://host or https://host, with :port if it is unusual")]
pub(crate) struct BadOrigin(String);

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(typed: &str) -> Result<Self, BadOrigin> {
        let bad = || BadOrigin(typed.to_owned());
        let (scheme, authority) = typed.trim_end_matches('/').split_once("://").ok_or_else(bad)?;
        let scheme = scheme.to_ascii_lowercase();
        let usual_port = match scheme.as_str() {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(bad()),
        };
        let authority = authority.to_ascii_lowercase();
        let valid = !authority.is_empty()
            && authority.chars().all(|c| {
                c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']')
            });
        if !valid {
            return Err(bad());
        }
        let authority = authority.strip_suffix(usual_port).unwrap_or(&authority).to_owned();
        Ok(Self { scheme, authority })
    }
}

impl Guard {
    pub(crate) fn new(
        listen: SocketAddr,
        tls: bool,
        origins: Vec<Origin>,
        tokens: Vec<String>,
    ) -> Self {
        let scheme = if tls { "https" } else { "http" };
        Self { listen, scheme, origins, tokens }
    }

    /// The scheme that the page is served with.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Whether a request that names this `Host` may be answered: the listen address, a loopback
    /// name, or that of an allowed origin. On an unspecified address (0.0.0.0) any IP literal
    /// will do, since rebinding needs a name.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if self.origins.iter().any(|origin| origin.authority == host) {
            return true;
        }
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &host,
        };
        if name == "localhost" {
            return true;
        }
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        literal.parse::<IpAddr>().is_ok_and(|ip| {
            ip.is_loopback() || ip == self.listen.ip() || self.listen.ip().is_unspecified()
        })
    }

    /// Whether a page of this `Origin`, loaded from this `Host`, may open a WebSocket. Programs
    /// other than browsers send none.
    pub(crate) fn allows_origin(&self, origin: Option<&str>, host: &str) -> bool {
        let Some(origin) = origin else { return true };
        let Ok(origin) = origin.parse::<Origin>() else {
            return false;
        };
        let own = format!("{}://{host}", self.scheme).parse::<Origin>();
        own.is_ok_and(|own| own == origin) || self.origins.contains(&origin)
    }

    /// Whether a session that shows this token may go on.
    pub(crate) fn allows_token(&self, token: Option<&str>) -> bool {
        self.tokens.is_empty()
            || token.is_some_and(|token| {
                // No short cut, so that the time taken tells nothing.
                self.tokens
                    .iter()
                    .fold(false, |found, known| found | equal_in_constant_time(known, token))
            })
    }
}

fn equal_in_constant_time(known: &str, shown: &str) -> bool {
    let (known, shown) = (known.as_bytes(), shown.as_bytes());
    let mut difference = known.len() ^ shown.len();
    for (index, byte) in shown.iter().enumerate() {
        difference |= usize::from(known.get(index).unwrap_or(&0) ^ byte);
    }
    difference == 0
}

/// The tokens of a token file: the first word of each line that is not a comment.
pub(crate) fn parse_tokens(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_once('#').map_or(line, |(before, _)| before))
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// A new token: 128 random bits from the operating system, in hexadecimal digits.
pub(crate) fn make_token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(listen: &str, origins: &[&str], tokens: &[&str]) -> Guard {
        Guard::new(
            listen.parse().unwrap(),
            false,
            origins.iter().map(|origin| origin.parse().unwrap()).collect(),
            tokens.iter().map(|&token| token.to_owned()).collect(),
        )
    }

    #[test]
    fn a_host_is_the_listen_address_a_loopback_name_or_an_origins() {
        let guard = guard("192.168.1.5:8080", &["https://warren.example.org"], &[]);
        for host in [
            "192.168.1.5:8080",
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:9",
            "[::1]:8080",
            "warren.example.org",
        ] {
            assert!(guard.allows_host(host), "{host}");
        }
        for host in ["", "evil.test", "127.0.0.1.evil.test", "192.168.1.6:8080", "localhost.evil"] {
            assert!(!guard.allows_host(host), "{host}");
        }
    }

    #[test]
    fn on_every_address_any_literal_is_a_host_but_no_name() {
        let guard = guard("0.0.0.0:8080", &[], &[]);
        assert!(guard.allows_host("10.0.0.7:8080"));
        assert!(!guard.allows_host("rebound.test:8080"));
    }

    #[test]
    fn an_origin_is_the_pages_own_or_listed() {
        let guard = guard("127.0.0.1:8080", &["https://warren.example.org"], &[]);
        let host = "127.0.0.1:8080";
        assert!(guard.allows_origin(None, host));
        for origin in [
            "http://127.0.0.1:8080",
            "https://warren.example.org",
            "https://warren.example.org:443",
        ] {
            assert!(guard.allows_origin(Some(origin), host), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://127.0.0.1.evil.test:8080",
            "http://127.0.0.1:8081",
            "https://127.0.0.1:8080",
            "http://user@127.0.0.1:8080",
            "http://warren.example.org",
            "file://",
        ] {
            assert!(!guard.allows_origin(Some(origin), host), "{origin}");
        }
    }

    #[test]
    fn a_token_must_be_one_of_the_known() {
        let open = guard("127.0.0.1:8080", &[], &[]);
        assert!(open.allows_token(None));
        let closed = guard("127.0.0.1:8080", &[], &["abc", "defg"]);
        assert!(closed.allows_token(Some("abc")));
        assert!(closed.allows_token(Some("defg")));
        for token in [None, Some(""), Some("ab"), Some("abcd"), Some("abc\0"), Some("ABC")] {
            assert!(!closed.allows_token(token), "{token:?}");
        }
    }

    #[test]
    fn a_token_file_has_a_token_a_line() {
        assert_eq!(parse_tokens("# all\nabc\n\n  def both # team\n"), ["abc", "def"]);
    }

    #[test]
    fn made_tokens_have_128_bits_and_differ() {
        let (one, two) = (make_token().unwrap(), make_token().unwrap());
        assert_eq!(one.len(), 32);
        assert_ne!(one, two);
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(host in ".*", origin in ".*", token in ".*") {
            let guard = guard("[::]:8080", &["http://a"], &["t"]);
            let _ = guard.allows_host(&host);
            let _ = guard.allows_origin(Some(&origin), &host);
            let _ = guard.allows_token(Some(&token));
        }
    }
}
