//! How a session ended.

use warren_protocol::close;

/// How a session ended, or why none began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The client closed it, or its connection was lost.
    Left,
    /// The client was silent, or took nothing, for too long.
    Unresponsive,
    /// The client sent a message over the limit.
    TooBig,
    /// The client let too many answers wait.
    NotReading,
    /// Its token allows something else now.
    TokenChanged,
    /// Its token is no longer valid.
    TokenRevoked,
    /// The relay stops.
    RelayStops,
}

impl End {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Left,
        Self::Unresponsive,
        Self::TooBig,
        Self::NotReading,
        Self::TokenChanged,
        Self::TokenRevoked,
        Self::RelayStops,
    ];

    /// Its name in metrics.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Unresponsive => "unresponsive",
            Self::TooBig => "too_big",
            Self::NotReading => "not_reading",
            Self::TokenChanged => "token_changed",
            Self::TokenRevoked => "token_revoked",
            Self::RelayStops => "relay_stops",
        }
    }

    /// The close code and reason (RFC 6455, section 7.4); none where the connection is gone, or too
    /// broken to say so.
    pub(crate) fn close(self) -> Option<(u16, &'static str)> {
        match self {
            Self::Left | Self::Unresponsive => None,
            Self::TooBig => Some((close::TOO_BIG, "the message is too large")),
            Self::NotReading => Some((close::POLICY, "too many answers are not read")),
            Self::TokenChanged => Some((close::GOING_AWAY, "the token allows something else now")),
            Self::TokenRevoked => Some((close::TOKEN_REFUSED, "the token is no longer valid")),
            Self::RelayStops => Some((close::GOING_AWAY, "the relay stops")),
        }
    }
}
