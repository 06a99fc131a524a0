//! RabbitMQ's address, shown without its password.

use std::{fmt, str::FromStr};

use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};

use crate::BrokerTls;

/// Seconds between the broker's heartbeats where the URL does not say (`?heartbeat=`). A link is
/// dead after two without a word, and lapin looks twice for each: so that is found within 15 s.
/// RabbitMQ's own 60 would take minutes; below 5 its documentation warns of false alarms.
const DEFAULT_HEARTBEAT_SECONDS: u16 = 6;

/// An AMQP URL, and what TLS to it takes. Its `Display` and `Debug` leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    uri: AMQPUri,
    tls: BrokerTls,
}

/// Why an AMQP URL cannot be used. Never holds the URL: there may be a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadBrokerUrl {
    /// It does not start with a scheme of AMQP.
    #[error("an address of RabbitMQ starts with amqp:// or amqps://")]
    Scheme,
    /// A user or a password ends too early, and the rest would be taken for a host or a vhost.
    #[error("in a user or a password write %2F for /, %3F for ?, %23 for # and %40 for @")]
    Unescaped,
    /// It does start so, but cannot be read.
    #[error("cannot read it ({0}): write amqp://user:password@host:port/vhost")]
    Unreadable(String),
    /// TLS is set up, but this URL does not use it.
    #[error("--amqp-ca, --amqp-cert and --amqp-key are for TLS: write amqps://, not amqp://")]
    NotTls,
    /// The user is to be taken from a certificate that is not there.
    #[error(
        "auth_mechanism=external takes the user from a client certificate: write amqps://, and \
         give --amqp-cert and --amqp-key"
    )]
    NoCertificate,
}

impl FromStr for BrokerUrl {
    type Err = BadBrokerUrl;

    fn from_str(typed: &str) -> Result<Self, BadBrokerUrl> {
        let rest = typed
            .strip_prefix("amqp://")
            .or_else(|| typed.strip_prefix("amqps://"))
            .ok_or(BadBrokerUrl::Scheme)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if rest[authority.len()..].contains('@') {
            return Err(BadBrokerUrl::Unescaped);
        }
        let mut uri: AMQPUri = typed.parse().map_err(BadBrokerUrl::Unreadable)?;
        // lapin takes the default host in place of an IPv6 literal.
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if let Some((literal, _)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) {
            literal.clone_into(&mut uri.authority.host);
        }
        uri.query.heartbeat.get_or_insert(DEFAULT_HEARTBEAT_SECONDS);
        Ok(Self { uri, tls: BrokerTls::default() })
    }
}

impl BrokerUrl {
    /// The URL with what TLS to it takes.
    ///
    /// # Errors
    /// Where the one does not fit the other.
    pub fn with_tls(self, tls: &BrokerTls) -> Result<Self, BadBrokerUrl> {
        if !self.is_tls() && !tls.is_default() {
            return Err(BadBrokerUrl::NotTls);
        }
        if self.user_is_in_certificate() && !tls.has_identity() {
            return Err(BadBrokerUrl::NoCertificate);
        }
        Ok(Self { tls: tls.clone(), ..self })
    }

    pub(crate) fn tls(&self) -> &BrokerTls {
        &self.tls
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.uri.scheme == AMQPScheme::AMQPS
    }

    /// Whether the broker takes the user from the client certificate (SASL EXTERNAL).
    pub(crate) fn user_is_in_certificate(&self) -> bool {
        self.uri.query.auth_mechanism == Some(SASLMechanism::External)
    }

    pub(crate) fn uri(&self) -> AMQPUri {
        self.uri.clone()
    }

    pub(crate) fn user(&self) -> &str {
        &self.uri.authority.userinfo.username
    }

    pub(crate) fn vhost(&self) -> &str {
        &self.uri.vhost
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> String {
        let authority = &self.uri.authority;
        if authority.host.contains(':') {
            format!("[{}]:{}", authority.host, authority.port)
        } else {
            format!("{}:{}", authority.host, authority.port)
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.uri.authority.host
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.uri.scheme {
            AMQPScheme::AMQP => "amqp",
            AMQPScheme::AMQPS => "amqps",
        };
        write!(f, "{scheme}://{}@{} vhost {}", self.user(), self.address(), self.vhost())
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(typed: &str) -> BrokerUrl {
        typed.parse().unwrap()
    }

    #[test]
    fn the_password_is_never_shown() {
        let url = url("amqps://ann:s3cret@mq.example:5671/shop");
        assert_eq!(url.to_string(), "amqps://ann@mq.example:5671 vhost shop");
        assert!(!format!("{url:?}").contains("s3cret"));
    }

    #[test]
    fn a_password_that_is_not_escaped_is_never_taken_for_a_vhost() {
        for typed in ["amqp://u:12/s3cret@h", "amqp://u:12?s3cret@h/v", "amqp://u:12#s3cret@h"] {
            assert_eq!(typed.parse::<BrokerUrl>(), Err(BadBrokerUrl::Unescaped), "{typed}");
        }
        assert_eq!(url("amqp://u:12%2Fs3cret@h/v%40w").vhost(), "v@w");
    }

    #[test]
    fn defaults_are_rabbitmqs() {
        let url = url("amqp://localhost");
        assert_eq!(
            (url.user(), url.vhost(), url.address().as_str()),
            ("guest", "/", "localhost:5672")
        );
    }

    #[test]
    fn an_ipv6_literal_is_kept() {
        assert_eq!(url("amqp://u:p@[::2]:5673/%2f").address(), "[::2]:5673");
        assert_eq!(url("amqp://[fe80::1]").host(), "fe80::1");
    }

    #[test]
    fn what_is_no_amqp_url_is_refused() {
        for typed in ["", "localhost", "http://localhost", "amqp:localhost"] {
            assert_eq!(typed.parse::<BrokerUrl>(), Err(BadBrokerUrl::Scheme), "{typed}");
        }
        assert!("amqp://h:99999".parse::<BrokerUrl>().is_err());
        assert!("amqp://h/?heartbeat=x".parse::<BrokerUrl>().is_err());
    }

    #[test]
    fn the_heartbeat_is_short_unless_it_is_given() {
        assert_eq!(url("amqp://h").uri().query.heartbeat, Some(6));
        assert_eq!(url("amqp://h?heartbeat=30").uri().query.heartbeat, Some(30));
    }
}
