//! lapin's errors as details that name the cause and what to look at.

mod tls;

use std::io;

use lapin::{Error, ErrorKind};
use warren_protocol::{Detail, HandshakeHint};

use crate::BrokerUrl;

/// AMQP 0-9-1 reply codes (section 1.2 of the specification's constants).
pub(crate) mod reply {
    pub(crate) const CONNECTION_FORCED: u16 = 320;
    pub(crate) const ACCESS_REFUSED: u16 = 403;
    pub(crate) const NOT_FOUND: u16 = 404;
    pub(crate) const RESOURCE_LOCKED: u16 = 405;
    pub(crate) const PRECONDITION_FAILED: u16 = 406;
    pub(crate) const NOT_ALLOWED: u16 = 530;
}

/// The reply code, where the broker itself has sent the error.
pub(crate) fn reply_code(error: &Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(error) => Some(error.get_id()),
        _ => None,
    }
}

/// The broker's own words, or lapin's where the broker said nothing.
pub(crate) fn broker_words(error: &Error) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(error) => error.get_message().to_string(),
        _ => error.to_string(),
    }
}

/// Whether a 404 says that there is no such queue: RabbitMQ answers it for a queue whose node is
/// down, that has crashed or does not answer in time as well.
pub(crate) fn says_no_such_queue(words: &str) -> bool {
    words.contains("no queue '")
}

/// The largest message that the broker takes, in bytes, where it has said so: "message size 11 is
/// larger than configured max size 10".
pub(crate) fn max_message_size(words: &str) -> Option<usize> {
    let (_, number) = words.split_once("max size ")?;
    number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// Why no connection to `url` was made. A broker that refuses what comes closes the connection,
/// and lapin, which writes before it reads, may see that before the reason.
pub(crate) fn handshake_error(error: &Error, url: &BrokerUrl) -> Detail {
    let detail = connection_error(error, url);
    // A TLS port answers plain AMQP with an alert, which is no frame.
    let no_amqp = matches!(error.kind(), ErrorKind::ParsingError(_));
    if !no_amqp && detail != connection_lost(url) {
        return detail;
    }
    let or = match (url.is_tls(), url.tls().has_identity()) {
        (false, _) => HandshakeHint::TlsPort,
        (true, false) => HandshakeHint::ClientCertificateMissing,
        (true, true) => HandshakeHint::ClientCertificateRefused,
    };
    Detail::ClosedBeforeHandshake { address: url.address(), or }
}

/// Why there is no connection to `url`.
pub(crate) fn connection_error(error: &Error, url: &BrokerUrl) -> Detail {
    let address = url.address();
    match error.kind() {
        ErrorKind::ProtocolError(protocol) => {
            let words = protocol.get_message().to_string();
            match protocol.get_id() {
                reply::ACCESS_REFUSED if url.user_is_in_certificate() => {
                    Detail::CertificateLoginFailed { address, words }
                }
                reply::ACCESS_REFUSED => {
                    Detail::LoginFailed { user: url.user().to_owned(), address }
                }
                // Limits of connections or channels, of a vhost or a user.
                reply::NOT_ALLOWED if words.contains("limit") => {
                    Detail::LimitReached { address, words }
                }
                reply::NOT_ALLOWED => Detail::VhostRefused {
                    vhost: url.vhost().to_owned(),
                    user: url.user().to_owned(),
                    words,
                },
                reply::CONNECTION_FORCED => Detail::ConnectionClosed { words },
                reply_code => Detail::ConnectionError { reply_code, words },
            }
        }
        ErrorKind::IOError(error) => io_error(error, url),
        ErrorKind::MissingHeartbeatError => Detail::HeartbeatMissed { address },
        ErrorKind::InvalidProtocolVersion(_) => Detail::NotAmqp { address },
        ErrorKind::InvalidConnectionState(_) | ErrorKind::InvalidChannelState(..) => {
            connection_lost(url)
        }
        _ => Detail::ConnectionFailed { address, words: error.to_string() },
    }
}

fn io_error(error: &io::Error, url: &BrokerUrl) -> Detail {
    if let Some(detail) = tls::detail(error, url) {
        return detail;
    }
    let (address, words) = (url.address(), error.to_string());
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Detail::ConnectionRefused { address },
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => connection_lost(url),
        io::ErrorKind::TimedOut => no_answer(url),
        // std names failed look-ups by their words only.
        _ if words.contains("lookup address") => {
            Detail::HostNotFound { host: url.host().to_owned() }
        }
        _ => Detail::ConnectionFailed { address, words },
    }
}

/// What a connection that is gone is called, where nothing more is known.
pub(crate) fn connection_lost(url: &BrokerUrl) -> Detail {
    Detail::ConnectionLost { address: url.address() }
}

/// What a connection that took too long is called.
pub(crate) fn no_answer(url: &BrokerUrl) -> Detail {
    Detail::NoAnswer { address: url.address() }
}
