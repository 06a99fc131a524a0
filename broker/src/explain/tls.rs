//! TLS's errors in words: what is wrong with which certificate, and who can change it.

use std::io;

use tokio_rustls::rustls::{
    self, AlertDescription as Alert,
    CertificateError::{self, *},
};

use crate::{BrokerUrl, pem::utc};

/// What the handshake with `url` failed on, where `error` is one of TLS.
pub(crate) fn words(error: &io::Error, url: &BrokerUrl) -> Option<String> {
    let address = url.address();
    Some(match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(error) => broker_certificate(error, url),
        rustls::Error::AlertReceived(alert) => refused(*alert, url),
        rustls::Error::InvalidMessage(_) => format!(
            "{address} does not speak TLS: write amqp:// in place of amqps://, or the port where \
             the broker serves TLS (RabbitMQ's own is 5671)"
        ),
        rustls::Error::PeerIncompatible(reason) => {
            format!("{address} speaks no TLS that the relay speaks, 1.2 or 1.3: {reason:?}")
        }
        error => format!("TLS with {address} failed: {error}"),
    })
}

/// The relay does not accept what the broker shows.
fn broker_certificate(error: &CertificateError, url: &BrokerUrl) -> String {
    let certificate = format!("the certificate of {}", url.address());
    match error {
        ExpiredContext { not_after, .. } => {
            format!("{certificate} expired on {}: renew it there", utc(not_after.as_secs()))
        }
        Expired => format!("{certificate} has expired: renew it there"),
        NotValidYetContext { time, not_before } => format!(
            "{certificate} is not valid before {}, and this machine's clock says {}: correct the \
             one that is wrong",
            utc(not_before.as_secs()),
            utc(time.as_secs())
        ),
        NotValidYet => format!("{certificate} is not valid yet: is this machine's clock right?"),
        NotValidForNameContext { presented, .. } => format!(
            "{certificate} is not for the host {}, but for {}: name the host so in --amqp-url, or \
             give the broker a certificate for {0}",
            url.host(),
            names(presented)
        ),
        NotValidForName => format!("{certificate} is not for the host {}", url.host()),
        // The signature is bad where a CA was made anew under its old name.
        UnknownIssuer | BadSignature if url.tls().has_ca() => {
            format!("{certificate} was issued by no CA in --amqp-ca: add its issuer's there")
        }
        UnknownIssuer | BadSignature => format!(
            "{certificate} was issued by a CA that this system does not trust: name the CA's \
             certificate with --amqp-ca"
        ),
        // webpki's, which rustls passes on without a name.
        Other(reason) if reason.to_string().contains("CaUsedAsEndEntity") => format!(
            "{certificate} is a CA's own, which nobody may trust as a host's: let the CA issue \
             one for {}",
            url.host()
        ),
        InvalidPurposeContext { .. } | InvalidPurpose => {
            format!("{certificate} is not for servers (its extended key usage says so)")
        }
        error => format!("{certificate} cannot be trusted: {error}"),
    }
}

/// The broker does not accept what the relay shows, or that it shows nothing.
fn refused(alert: Alert, url: &BrokerUrl) -> String {
    let address = url.address();
    match alert {
        Alert::CertificateRequired if !url.tls().has_identity() => {
            format!("{address} demands a client certificate: give --amqp-cert and --amqp-key")
        }
        // TLS 1.2 has no alert of its own for that.
        Alert::HandshakeFailure | Alert::BadCertificate if !url.tls().has_identity() => format!(
            "{address} refuses the TLS handshake; most likely it demands a client certificate: \
             give --amqp-cert and --amqp-key"
        ),
        Alert::UnknownCA => {
            format!("{address} does not trust the CA that has issued --amqp-cert")
        }
        Alert::CertificateExpired => {
            format!("{address} says that --amqp-cert has expired: renew it")
        }
        Alert::BadCertificate
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::AccessDenied => {
            format!("{address} does not accept --amqp-cert (TLS alert {alert:?})")
        }
        Alert::ProtocolVersion => {
            format!("{address} speaks no TLS that the relay speaks, 1.2 or 1.3")
        }
        alert => format!("{address} ended the TLS handshake (alert {alert:?}): its log says why"),
    }
}

/// `DnsName("mq.example")` and the like, as webpki writes them, without the wrapping.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    match presented {
        [] => "no host at all".to_owned(),
        names => names.iter().map(bare).collect::<Vec<_>>().join(", "),
    }
}
