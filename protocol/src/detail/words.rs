//! The English sentences of reasons: for logs, `/readyz`, and clients that show them as they are.

use std::fmt::{self, Display, Formatter};

use super::{Detail, HandshakeHint, HeaderNeed};
use crate::Outcome;

impl Display for Detail {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokerSays { words } => f.write_str(words),
            Self::NotConnected => f.write_str("not connected to RabbitMQ"),
            Self::BrokerSilent => f.write_str("RabbitMQ does not answer"),
            Self::RelayStops => f.write_str("the relay is stopping"),

            Self::ClosedBeforeHandshake { address, or } => write!(
                f,
                "{address} closed the connection before the AMQP handshake. RabbitMQ may still be \
                 starting, or {or}"
            ),
            Self::LoginFailed { user, address } => {
                write!(f, "login failed for user {user} at {address}")
            }
            Self::CertificateLoginFailed { address, words } => {
                write!(f, "login failed at {address} for the user that --amqp-cert names: {words}")
            }
            Self::LimitReached { address, words } => write!(f, "{address} allows no more: {words}"),
            Self::VhostRefused { vhost, user, words } => {
                write!(f, "vhost {vhost} does not exist, or {user} may not use it ({words})")
            }
            Self::ConnectionClosed { words } => {
                write!(f, "the broker closed the connection: {words}")
            }
            Self::ConnectionError { reply_code, words } => {
                write!(f, "the broker says {reply_code} {words}")
            }
            Self::HeartbeatMissed { address } => {
                write!(f, "{address} has been silent for too long")
            }
            Self::NotAmqp { address } => write!(f, "{address} does not speak AMQP 0-9-1"),
            Self::ConnectionLost { address } => write!(f, "the connection to {address} was lost"),
            Self::NoAnswer { address } => write!(f, "{address} does not answer"),
            Self::ConnectionRefused { address } => {
                write!(f, "{address} refuses the connection: is RabbitMQ running there?")
            }
            Self::HostNotFound { host } => write!(f, "the host name {host} cannot be resolved"),
            Self::ConnectionFailed { address, words } => write!(f, "{address}: {words}"),
            Self::NoChannelLeft { address, max } => {
                write!(f, "{address} allows {max} channels a connection")
            }

            Self::NotTls { address } => write!(
                f,
                "{address} does not speak TLS: write amqp:// in place of amqps://, or the port \
                 where the broker serves TLS (RabbitMQ's own is 5671)"
            ),
            Self::TlsIncompatible { address, words } => {
                write!(f, "{address} speaks no TLS that the relay speaks, 1.2 or 1.3")?;
                words.iter().try_for_each(|words| write!(f, ": {words}"))
            }
            Self::TlsFailed { address, words } => write!(f, "TLS with {address} failed: {words}"),
            Self::TlsEnded { address, alert } => {
                write!(f, "{address} ended the TLS handshake (alert {alert}): its log says why")
            }
            Self::CertificateExpired { address, on: Some(on) } => {
                write!(f, "the certificate of {address} expired on {on}: renew it there")
            }
            Self::CertificateExpired { address, on: None } => {
                write!(f, "the certificate of {address} has expired: renew it there")
            }
            Self::CertificateBeginsLater { address, from, now } => write!(
                f,
                "the certificate of {address} is not valid before {from}, and this machine's clock \
                 says {now}: correct the one that is wrong"
            ),
            Self::CertificateNotYetValid { address } => write!(
                f,
                "the certificate of {address} is not valid yet: is this machine's clock right?"
            ),
            Self::CertificateForOthers { address, host, names } => {
                write!(f, "the certificate of {address} is not for the host {host}, but for ")?;
                match names.as_slice() {
                    [] => f.write_str("no host at all")?,
                    names => f.write_str(&names.join(", "))?,
                }
                write!(
                    f,
                    ": name the host so in --amqp-url, or give the broker a certificate for {host}"
                )
            }
            Self::CertificateNotForHost { address, host } => {
                write!(f, "the certificate of {address} is not for the host {host}")
            }
            Self::CertificateNotFromCa { address } => write!(
                f,
                "the certificate of {address} was issued by no CA in --amqp-ca: add its issuer's \
                 there"
            ),
            Self::CertificateFromUnknownCa { address } => write!(
                f,
                "the certificate of {address} was issued by a CA that this system does not trust: \
                 name the CA's certificate with --amqp-ca"
            ),
            Self::CertificateOfCa { address, host } => write!(
                f,
                "the certificate of {address} is a CA's own, which nobody may trust as a host's: \
                 let the CA issue one for {host}"
            ),
            Self::CertificateNotForServers { address } => write!(
                f,
                "the certificate of {address} is not for servers (its extended key usage says so)"
            ),
            Self::CertificateUntrusted { address, words } => {
                write!(f, "the certificate of {address} cannot be trusted: {words}")
            }
            Self::ClientCertificateMissing { address } => {
                write!(f, "{address} demands a client certificate: give --amqp-cert and --amqp-key")
            }
            Self::ClientCertificateProbablyMissing { address } => write!(
                f,
                "{address} refuses the TLS handshake; most likely it demands a client certificate: \
                 give --amqp-cert and --amqp-key"
            ),
            Self::ClientCertificateFromUnknownCa { address } => {
                write!(f, "{address} does not trust the CA that has issued --amqp-cert")
            }
            Self::ClientCertificateExpired { address } => {
                write!(f, "{address} says that --amqp-cert has expired: renew it")
            }
            Self::ClientCertificateRefused { address, alert } => {
                write!(f, "{address} does not accept --amqp-cert (TLS alert {alert})")
            }

            Self::QueueMissing { queue } => write!(
                f,
                "queue {queue} does not exist; declare it, or let Warren declare it with \
                 --queue-kind"
            ),
            Self::QueueGone { queue } => write!(
                f,
                "queue {queue} is gone; Warren has not declared it and leaves that to its owner"
            ),
            Self::QueueDeleted { queue } => {
                write!(f, "queue {queue} was deleted, or its node is down")
            }
            Self::QueueExclusive { queue } => {
                write!(f, "queue {queue} belongs to another connection alone (exclusive)")
            }
            Self::QueueForbidden { queue, words } => {
                write!(f, "the relay's user may not do that with queue {queue}: {words}")
            }
            Self::QueueRefused { queue, words } => write!(f, "queue {queue}: {words}"),
            Self::QueueNameTooLong { queue } => {
                write!(f, "the name of queue {queue} has over 255 bytes")
            }
            Self::QueueEndsConnection { queue, cause } => write!(
                f,
                "queue {queue}: a message or a consumer of it ends the connection ({cause})"
            ),
            Self::QueueNoStream { queue, words } => {
                write!(
                    f,
                    "queue {queue} is no stream, so there is no place in it to begin at: {words}"
                )
            }
            Self::LookOver { seconds } => {
                write!(f, "the look was over after {seconds} seconds, and everything went back")
            }
            Self::LookTakesNothing { outcome } => {
                let what = match outcome {
                    Outcome::Ack => "acknowledges",
                    Outcome::Requeue => "gives back",
                    Outcome::Reject => "rejects",
                };
                write!(f, "a look {what} nothing: receive with \"mode\": \"take\" for that")
            }

            Self::NotTraced { vhost, command } => write!(
                f,
                "tracing is off on the vhost {vhost}: on the broker's machine, run {command}"
            ),
            Self::WatchForbidden { user, vhost, words } => write!(
                f,
                "the broker's user {user} lacks a permission on the vhost {vhost} ({words}): a watch \
                 needs read on amq.rabbitmq.trace, configure, write and read on warren.watch.*, and \
                 write on amq.default"
            ),
            Self::WatchRefused { words } => write!(f, "the broker refuses a watch: {words}"),

            Self::UnknownQueue { queue, available } => {
                write!(f, "unknown queue {queue:?}; available: {}", available.join(", "))
            }

            Self::Unroutable { queue, words } => {
                write!(f, "the broker could not route it: queue {queue} is gone ({words})")
            }
            Self::NotTaken { queue } => {
                write!(f, "the broker refused it: queue {queue} may be full")
            }
            Self::ChannelClosed { words } => write!(f, "the broker closed the channel: {words}"),
            Self::PublishForbidden { words } => {
                write!(f, "the relay's user may not publish: {words}")
            }
            Self::WindowFull => f.write_str("wait for confirms before sending more"),
            Self::NoMemory => {
                f.write_str("the relay has no memory left (--memory-budget): send it again later")
            }
            Self::BodyTooLarge { bytes, max } => {
                write!(f, "the body has {bytes} bytes, at most {max} are allowed")
            }
            Self::PropertiesTooLarge { max } => write!(
                f,
                "properties and headers take more than {max} bytes, the most that is allowed"
            ),
            Self::PropertiesOverFrame { bytes, frame_max, max } => write!(
                f,
                "properties and headers take {bytes} bytes; with frames of {frame_max} bytes \
                 (frame_max) this broker takes {max}"
            ),
            Self::TooManyHeaders { max } => {
                write!(f, "there are more than {max} headers, the most that are allowed")
            }
            Self::PropertyTooLong { property } => write!(f, "{property} takes at most 255 bytes"),
            Self::HeaderNameTooLong => f.write_str("a header's name takes at most 255 bytes"),
            Self::BadExpiration { max } => {
                write!(f, "expiration must be whole milliseconds from 0 to {max}, as digits")
            }
            Self::ForeignUserId => {
                f.write_str("user_id must be the user that the relay connects with")
            }
            Self::BrokenUrn { property } => write!(
                f,
                "{property} starts with urn:uuid: and is no UUID, which RabbitMQ fails over"
            ),
            Self::Amqp10Type => f.write_str(
                "the type amqp-1.0 makes RabbitMQ read the body as AMQP 1.0; name another",
            ),
            Self::DirectReplyTo => f.write_str(
                "reply_to amq.rabbitmq.reply-to works for direct reply-to consumers only",
            ),
            Self::RoutingHeader { header } => write!(
                f,
                "the header {header} would route the message to other queues; Warren does not send \
                 it"
            ),
            Self::ReservedHeader { header } => write!(
                f,
                "the header {header} is RabbitMQ's own, which may fail over it; leave it out"
            ),
            Self::HeaderNeeds { header, needs } => {
                write!(f, "the header {header} is read by RabbitMQ, and needs {needs}")
            }
            Self::DecimalHeader { header } => write!(
                f,
                "the header {header} holds a decimal, which RabbitMQ cannot put into a stream; use \
                 a text"
            ),
            Self::CutOffHeader { header } => write!(
                f,
                "the header {header} holds a value that was too deep to be shown; it cannot be sent"
            ),
            Self::TooDeepHeader { header, max } => write!(
                f,
                "the header {header} is nested more than {max} deep, the most that is allowed"
            ),
            Self::NotFiniteHeader { header } => write!(
                f,
                "the header {header} holds a number that is not finite, which RabbitMQ cannot read"
            ),

            Self::MayNotSend => f.write_str("this token may not send"),
            Self::MayNotReceive => f.write_str("this token may not receive"),
            Self::MayNotLook => f.write_str("this token may not look"),
            Self::MayNotWatch => f.write_str("this token may not watch"),
            Self::TokenMissing => f.write_str("this relay asks for a token"),
            Self::TokenWrong => f.write_str("the token is wrong"),
            Self::TokenWithdrawn => f.write_str("the token is no longer valid"),
            Self::UnknownTag { tag } => {
                write!(f, "delivery tag {tag} was never given out, or is settled already")
            }
            Self::StreamKeeps { outcome } => {
                let what = match outcome {
                    Outcome::Requeue => "give back",
                    Outcome::Reject => "reject",
                    Outcome::Ack => "acknowledge",
                };
                write!(
                    f,
                    "a stream keeps its messages, so there is nothing to {what}: acknowledge them"
                )
            }
        }
    }
}

impl Display for HandshakeHint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TlsPort => "this is its TLS port: use amqps://",
            Self::ClientCertificateMissing => {
                "it demands a client certificate: give --amqp-cert and --amqp-key"
            }
            Self::ClientCertificateRefused => "it does not accept --amqp-cert: its log says why",
        })
    }
}

impl Display for HeaderNeed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deaths => {
                "an array of at most 32 tables as RabbitMQ writes them; it can be left out"
            }
            Self::Offset => "an integer from 0",
            Self::Delay => "an integer from 0 to 4294967295",
            Self::FilterValue => "a text of 1 to 255 bytes",
            Self::Text => "a text",
        })
    }
}
