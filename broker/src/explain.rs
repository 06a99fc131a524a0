//! lapin's errors in words that name the cause and what to look at.

mod tls;

use std::io;

use lapin::{Error, ErrorKind};

use crate::BrokerUrl;

/// AMQP 0-9-1 reply codes (section 1.2 of the specification's constants).
pub(crate) mod reply {
    pub(crate) const CONNECTION_FORCED: u16 = 320;
    pub(crate) const ACCESS_REFUSED: u16 = 403;
    pub(crate) const NOT_FOUND: u16 = 404;
    pub(crate) const RESOURCE_LOCKED: u16 = 405;
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
pub(crate) fn handshake_error(error: &Error, url: &BrokerUrl) -> String {
    let words = connection_error(error, url);
    // A TLS port answers plain AMQP with an alert, which is no frame.
    let no_amqp = matches!(error.kind(), ErrorKind::ParsingError(_));
    if !no_amqp && words != connection_lost(url) {
        return words;
    }
    let or = match (url.is_tls(), url.tls().has_identity()) {
        (false, _) => "this is its TLS port: use amqps://",
        (true, false) => "it demands a client certificate: give --amqp-cert and --amqp-key",
        (true, true) => "it does not accept --amqp-cert: its log says why",
    };
    let address = url.address();
    format!(
        "{address} closed the connection before the AMQP handshake. RabbitMQ may still be starting, \
         or {or}"
    )
}

/// Why there is no connection to `url`.
pub(crate) fn connection_error(error: &Error, url: &BrokerUrl) -> String {
    match error.kind() {
        ErrorKind::ProtocolError(protocol) => match protocol.get_id() {
            reply::ACCESS_REFUSED if url.user_is_in_certificate() => format!(
                "login failed at {} for the user that --amqp-cert names: {}",
                url.address(),
                protocol.get_message()
            ),
            reply::ACCESS_REFUSED => {
                format!("login failed for user {} at {}", url.user(), url.address())
            }
            // Limits of connections or channels, of a vhost or a user.
            reply::NOT_ALLOWED if protocol.get_message().as_str().contains("limit") => {
                format!("{} allows no more: {}", url.address(), protocol.get_message())
            }
            reply::NOT_ALLOWED => format!(
                "vhost {} does not exist, or {} may not use it ({})",
                url.vhost(),
                url.user(),
                protocol.get_message()
            ),
            reply::CONNECTION_FORCED => {
                format!("the broker closed the connection: {}", protocol.get_message())
            }
            code => format!("the broker says {code} {}", protocol.get_message()),
        },
        ErrorKind::IOError(error) => io_error(error, url),
        ErrorKind::MissingHeartbeatError => {
            format!("{} has been silent for too long", url.address())
        }
        ErrorKind::InvalidProtocolVersion(_) => {
            format!("{} does not speak AMQP 0-9-1", url.address())
        }
        ErrorKind::InvalidConnectionState(_) | ErrorKind::InvalidChannelState(..) => {
            connection_lost(url)
        }
        _ => format!("{}: {error}", url.address()),
    }
}

fn io_error(error: &io::Error, url: &BrokerUrl) -> String {
    if let Some(words) = tls::words(error, url) {
        return words;
    }
    let words = error.to_string();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!("{} refuses the connection: is RabbitMQ running there?", url.address())
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => connection_lost(url),
        io::ErrorKind::TimedOut => no_answer(url),
        // std names failed look-ups by their words only.
        _ if words.contains("lookup address") => {
            format!("the host name {} cannot be resolved", url.host())
        }
        _ => format!("{}: {words}", url.address()),
    }
}

/// What a connection that is gone is called, where nothing more is known.
pub(crate) fn connection_lost(url: &BrokerUrl) -> String {
    format!("the connection to {} was lost", url.address())
}

/// What a connection that took too long is called.
pub(crate) fn no_answer(url: &BrokerUrl) -> String {
    format!("{} does not answer", url.address())
}
