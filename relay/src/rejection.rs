//! Who was not let in, and why: counted each time, logged within bounds.
//!
//! Anyone who reaches the address can be refused as often as they like, so the log has one line
//! for each reason a minute, which says how many it stands for.

use std::{net::IpAddr, sync::Arc};

use tracing::warn;
use warren_protocol::{Detail, close};

use crate::{logging::Throttle, metrics::Metrics};

/// Most characters of what a client has sent that a log line repeats.
const MAX_SHOWN: usize = 100;

/// Why a client was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// More connections than the relay takes.
    TooManyConnections,
    /// `Host` is not the relay's.
    Host,
    /// A page of another origin.
    Origin,
    /// As many sessions as allowed are there.
    TooManySessions,
    /// As many sessions as allowed are there from its address.
    TooManySessionsFromAddress,
    /// It had not shown a token, and had to make room for another one that has not either.
    TooManyUnauthenticated,
    /// No `hello` in time.
    NoHello,
    /// The first message was something else.
    NotHello,
    /// The first message was over the limit.
    TooBig,
    /// A protocol version that the relay does not speak.
    Version,
    /// No token, where one is needed.
    NoToken,
    /// A wrong token.
    WrongToken,
}

impl Reason {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::TooManyConnections,
        Self::Host,
        Self::Origin,
        Self::TooManySessions,
        Self::TooManySessionsFromAddress,
        Self::TooManyUnauthenticated,
        Self::NoHello,
        Self::NotHello,
        Self::TooBig,
        Self::Version,
        Self::NoToken,
        Self::WrongToken,
    ];

    /// Its name in metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::TooManyConnections => "too_many_connections",
            Self::Host => "host",
            Self::Origin => "origin",
            Self::TooManySessions => "too_many_sessions",
            Self::TooManySessionsFromAddress => "too_many_sessions_from_address",
            Self::TooManyUnauthenticated => "too_many_unauthenticated",
            Self::NoHello => "no_hello",
            Self::NotHello => "not_hello",
            Self::TooBig => "too_big",
            Self::Version => "version",
            Self::NoToken => "no_token",
            Self::WrongToken => "wrong_token",
        }
    }

    /// The close code and reason (RFC 6455, section 7.4), where a WebSocket was there already.
    pub(crate) fn close(self) -> Option<(u16, &'static str)> {
        Some(match self {
            Self::TooManyConnections | Self::Host | Self::Origin => return None,
            Self::TooManySessions => (close::TRY_AGAIN_LATER, "too many sessions"),
            Self::TooManySessionsFromAddress => {
                (close::TRY_AGAIN_LATER, "too many sessions from this address")
            }
            Self::TooManyUnauthenticated => {
                (close::TRY_AGAIN_LATER, "too many clients without a token")
            }
            Self::NoHello => (close::POLICY, "no hello in time"),
            Self::NotHello => (close::POLICY, "the first message must be a hello"),
            Self::TooBig => (close::TOO_BIG, "the message is too large"),
            Self::Version => (close::UNSUPPORTED_VERSION, "this relay speaks protocol 1"),
            Self::NoToken => (close::TOKEN_REFUSED, "this relay asks for a token"),
            Self::WrongToken => (close::TOKEN_REFUSED, "the token is wrong"),
        })
    }

    /// What a client is told before the close that ends with [`close::TOKEN_REFUSED`].
    pub(crate) fn detail(self) -> Option<Detail> {
        match self {
            Self::NoToken => Some(Detail::TokenMissing),
            Self::WrongToken => Some(Detail::TokenWrong),
            _ => None,
        }
    }

    /// What an operator may do about it; nothing where it is no event.
    fn words(self) -> Option<&'static str> {
        Some(match self {
            Self::TooManyConnections => "too many connections: closed at once",
            Self::Host => "another host name than the relay's; if it is right, name it by --origin",
            Self::Origin => "a page of another origin; if it is right, name it by --origin",
            Self::TooManySessions => "session limit reached ([limits] max-sessions)",
            Self::TooManySessionsFromAddress => {
                "session limit of an address reached ([limits] max-sessions-per-address)"
            }
            Self::TooManyUnauthenticated => {
                "many clients come and show no token: the one that waited for longest was closed"
            }
            Self::NoHello => "no hello in time",
            Self::NotHello => "the first message was no hello",
            Self::TooBig => "the first message was too large",
            Self::Version => "a page that speaks another version of the protocol",
            // Pages come without one to learn that they need one.
            Self::NoToken => return None,
            // `WrongTokens` has bounds of its own, for each address.
            Self::WrongToken => return None,
        })
    }
}

/// Counts and logs rejections.
pub(crate) struct Rejections {
    metrics: Arc<Metrics>,
    /// In the order of [`Reason::ALL`].
    throttles: [Throttle; Reason::ALL.len()],
}

impl Rejections {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        Self { metrics, throttles: Default::default() }
    }

    /// A client at `address` was refused.
    pub(crate) fn add(&self, reason: Reason, address: IpAddr) {
        self.add_seen(reason, address, None);
    }

    /// [`Rejections::add`]; `seen` is the header that it was refused for.
    pub(crate) fn add_seen(&self, reason: Reason, address: IpAddr, seen: Option<&str>) {
        self.metrics.refused(reason);
        let known = Reason::ALL.iter().zip(&self.throttles).find(|(known, _)| **known == reason);
        if let (Some((_, throttle)), Some(words)) = (known, reason.words())
            && let Some(unlogged) = throttle.pass()
        {
            let seen = seen.map(|seen| seen.chars().take(MAX_SHOWN).collect::<String>());
            warn!(reason = reason.label(), %address, seen, unlogged, "refused: {words}");
        }
    }
}
