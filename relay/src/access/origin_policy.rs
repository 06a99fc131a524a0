//! Which values of `Host` and `Origin` may come in. `Host` stops DNS rebinding, `Origin` stops
//! foreign pages in the user's own browser.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

/// What `Host` and `Origin` are compared with.
#[derive(Debug, Clone)]
pub(crate) struct OriginPolicy {
    listen: SocketAddr,
    scheme: &'static str,
    origins: Vec<Origin>,
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

impl BadOrigin {
    /// `typed` is none.
    pub(crate) fn new(typed: &str) -> Self {
        Self(typed.to_owned())
    }
}

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let bad = || BadOrigin::new(text);
        let (scheme, authority) = text.split_once("://").ok_or_else(bad)?;
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

impl OriginPolicy {
    pub(crate) fn new(listen: SocketAddr, tls: bool, origins: Vec<Origin>) -> Self {
        let scheme = if tls { "https" } else { "http" };
        Self { listen, scheme, origins }
    }

    /// Whether pages may come from another host than this machine, as through a proxy.
    pub(crate) fn has_foreign_origin(&self) -> bool {
        let own = |origin: &Origin| {
            let name = without_port(&origin.authority).unwrap_or_default();
            let literal = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            name == "localhost" || literal.is_ok_and(|ip| ip.is_loopback())
        };
        !self.origins.iter().all(own)
    }

    /// The scheme that the page is served with.
    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Whether a request that names this `Host` may be answered: the listen address, a loopback
    /// name, or that of an allowed origin. On an unspecified address (0.0.0.0) any IP literal
    /// will do, since rebinding needs a name. The port is not looked at: it may be mapped.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if self.origins.iter().any(|origin| origin.authority == host) {
            return true;
        }
        let Some(name) = without_port(&host) else {
            return false;
        };
        if name == "localhost" {
            return true;
        }
        let literal = match name.strip_prefix('[') {
            Some(v6) => v6.strip_suffix(']').and_then(|v6| v6.parse().ok()).map(IpAddr::V6),
            None => name.parse().ok().map(IpAddr::V4),
        };
        literal.is_some_and(|ip| {
            let ip = ip.to_canonical();
            ip.is_loopback()
                || ip == self.listen.ip().to_canonical()
                || self.listen.ip().is_unspecified()
        })
    }

    /// Whether a page of this `Origin`, loaded from this `Host`, may open a WebSocket. Programs
    /// other than browsers send none. A host that `--origin` names has the scheme that it names:
    /// behind a proxy that is not the relay's own.
    pub(crate) fn allows_origin(&self, origin: Option<&str>, host: &str) -> bool {
        let Some(origin) = origin else { return true };
        let Ok(origin) = origin.parse::<Origin>() else {
            return false;
        };
        let own = format!("{}://{host}", self.scheme).parse::<Origin>();
        let named = |own: &Origin| self.origins.iter().any(|o| o.authority == own.authority);
        own.is_ok_and(|own| own == origin && !named(&own)) || self.origins.contains(&origin)
    }
}

/// The name in `name:port`, `name`, `[v6]:port` or `[v6]`; none where the port is no number.
fn without_port(host: &str) -> Option<&str> {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            let number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            number.then_some(name)
        }
        _ => Some(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(listen: &str, origins: &[&str]) -> OriginPolicy {
        let origins = origins.iter().map(|origin| origin.parse().unwrap()).collect();
        OriginPolicy::new(listen.parse().unwrap(), false, origins)
    }

    #[test]
    fn a_host_is_the_listen_address_a_loopback_name_or_an_origins() {
        let policy = policy("192.168.1.5:8080", &["https://warren.example.org", "http://b:81"]);
        for host in [
            "192.168.1.5:8080",
            "192.168.1.5",
            "localhost:8080",
            "LOCALHOST",
            "127.0.0.1:9",
            "127.1.2.3",
            "[::1]:8080",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]:8080",
            "warren.example.org",
            "WARREN.example.org",
            "b:81",
        ] {
            assert!(policy.allows_host(host), "{host}");
        }
        for host in [
            "",
            ":8080",
            "evil.test",
            "127.0.0.1.evil.test",
            "127.0.0.1.",
            "localhost.",
            "localhost.evil.test",
            "localhost:",
            "localhost:8080:8080",
            "localhost:evil",
            "localhost@evil.test",
            "evil.test:localhost",
            "warren.example.org.",
            "warren.example.org:8080",
            "warren.example.org.evil.test",
            "notwarren.example.org",
            "b",
            "192.168.1.6:8080",
            "::1",
            "[::1",
            "::1]",
            "[[::1]]",
            "[127.0.0.1]",
            "[::1%25lo]",
            "2130706433",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "http://localhost",
            "localhost/",
            " localhost",
            "\u{2139}ocalhost",
        ] {
            assert!(!policy.allows_host(host), "{host}");
        }
    }

    #[test]
    fn on_every_address_any_literal_is_a_host_but_no_name() {
        for listen in ["0.0.0.0:8080", "[::]:8080"] {
            let policy = policy(listen, &[]);
            assert!(policy.allows_host("10.0.0.7:8080"));
            assert!(policy.allows_host("[2001:db8::7]:8080"));
            assert!(!policy.allows_host("rebound.test:8080"));
            assert!(!policy.allows_host("10.0.0.7.rebound.test"));
        }
    }

    #[test]
    fn an_origin_is_the_pages_own_or_listed() {
        let policy = policy("127.0.0.1:8080", &["https://warren.example.org"]);
        let host = "127.0.0.1:8080";
        assert!(policy.allows_origin(None, host));
        for origin in [
            "http://127.0.0.1:8080",
            "HTTP://127.0.0.1:8080",
            "https://warren.example.org",
            "https://Warren.Example.org",
            "https://warren.example.org:443",
        ] {
            assert!(policy.allows_origin(Some(origin), host), "{origin}");
        }
        for origin in [
            "null",
            "NULL",
            "",
            "*",
            "://",
            "http://",
            "http://127.0.0.1.evil.test:8080",
            "http://127.0.0.1.evil.test",
            "http://127.0.0.1:8081",
            "http://127.0.0.1",
            "http://127.0.0.1:",
            "http://127.0.0.1:08080",
            "http://127.0.0.1.:8080",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1:8080/path",
            "http://127.0.0.1:8080?query",
            "http://127.0.0.1:8080#fragment",
            "http://127.0.0.1:8080 ",
            " http://127.0.0.1:8080",
            "http://127.0.0.1:8080, http://evil.test",
            "http://127.0.0.1:8080\\.evil.test",
            "https://127.0.0.1:8080",
            "ws://127.0.0.1:8080",
            "http://user@127.0.0.1:8080",
            "http://user:pass@127.0.0.1:8080",
            "http://127.0.0.1:8080@evil.test",
            "http://localhost:8080",
            "http://[::1]:8080",
            "http://[::ffff:127.0.0.1]:8080",
            "http://2130706433:8080",
            "http://warren.example.org",
            "https://warren.example.org:8443",
            "https://warren.example.org.",
            "https://evil-warren.example.org",
            "https://warren.example.org.evil.test",
            "https://w\u{430}rren.example.org",
            "file://",
            "chrome-extension://abcdef",
            "data:text/html,x",
        ] {
            assert!(!policy.allows_origin(Some(origin), host), "{origin}");
        }
    }

    #[test]
    fn the_own_origin_of_an_ipv6_address_is_the_one_that_was_loaded() {
        let policy = policy("[::1]:8080", &[]);
        assert!(policy.allows_origin(Some("http://[::1]:8080"), "[::1]:8080"));
        assert!(!policy.allows_origin(Some("http://[::1]:8080"), "localhost:8080"));
        assert!(!policy.allows_origin(Some("http://[0:0:0:0:0:0:0:1]:8080"), "[::1]:8080"));
        assert!(!policy.allows_origin(Some("http://[::1%25lo]:8080"), "[::1]:8080"));
        assert!(!policy.allows_origin(Some("http://::1:8080"), "[::1]:8080"));
    }

    #[test]
    fn a_host_that_is_named_has_the_scheme_that_is_named() {
        let policy = policy("127.0.0.1:8080", &["https://warren.example.org"]);
        let host = "warren.example.org";
        assert!(policy.allows_origin(Some("https://warren.example.org"), host));
        assert!(!policy.allows_origin(Some("http://warren.example.org"), host));
        assert!(!policy.allows_origin(Some("http://warren.example.org"), "WARREN.example.org"));
    }

    #[test]
    fn an_origin_on_this_machine_is_not_foreign() {
        let own = ["http://127.0.0.1:8081", "http://localhost", "https://[::1]:8443"];
        assert!(!policy("127.0.0.1:8080", &own).has_foreign_origin());
        assert!(!policy("127.0.0.1:8080", &[]).has_foreign_origin());
        for foreign in ["https://warren.example", "http://localhost.test", "http://10.0.0.1"] {
            assert!(policy("127.0.0.1:8080", &[own[0], foreign]).has_foreign_origin(), "{foreign}");
        }
    }

    #[test]
    fn over_tls_the_own_origin_is_https() {
        let policy = OriginPolicy::new("127.0.0.1:443".parse().unwrap(), true, Vec::new());
        assert!(policy.allows_origin(Some("https://127.0.0.1"), "127.0.0.1"));
        assert!(policy.allows_origin(Some("https://127.0.0.1"), "127.0.0.1:443"));
        assert!(!policy.allows_origin(Some("http://127.0.0.1"), "127.0.0.1"));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(host in ".*", origin in ".*") {
            let policy = policy("[::]:8080", &["http://a"]);
            let _ = policy.allows_host(&host);
            let _ = policy.allows_origin(Some(&origin), &host);
        }

        #[test]
        fn no_name_but_localhost_is_a_host(name in "[a-z0-9.-]{0,20}[a-z]", port in 0..=u16::MAX) {
            let policy = policy("0.0.0.0:8080", &[]);
            let host = format!("{name}:{port}");
            proptest::prop_assert_eq!(policy.allows_host(&host), name == "localhost");
        }

        #[test]
        fn only_the_origin_that_was_loaded_is_the_own(
            origin in "https?://(127\\.0\\.0\\.[12]|localhost)(:80(80|81)?)?",
        ) {
            let policy = policy("127.0.0.1:8080", &[]);
            let allowed = policy.allows_origin(Some(&origin), "127.0.0.1:8080");
            proptest::prop_assert_eq!(allowed, origin == "http://127.0.0.1:8080");
        }
    }
}
