//! TLS's errors as details: what is wrong with which certificate, and who can change it.

use std::io;

use tokio_rustls::rustls::{
    self, AlertDescription as Alert,
    CertificateError::{self, *},
};

use warren_protocol::Detail;

use crate::{BrokerUrl, pem::utc};

/// What the handshake with `url` failed on, where `error` is one of TLS.
pub(crate) fn detail(error: &io::Error, url: &BrokerUrl) -> Option<Detail> {
    let address = url.address();
    Some(match error.get_ref()?.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(error) => broker_certificate(error, url),
        rustls::Error::AlertReceived(alert) => refused(*alert, url),
        rustls::Error::InvalidMessage(_) => Detail::NotTls { address },
        rustls::Error::PeerIncompatible(reason) => {
            Detail::TlsIncompatible { address, words: Some(format!("{reason:?}")) }
        }
        error => Detail::TlsFailed { address, words: error.to_string() },
    })
}

/// The relay does not accept what the broker shows.
fn broker_certificate(error: &CertificateError, url: &BrokerUrl) -> Detail {
    let (address, host) = (url.address(), url.host().to_owned());
    match error {
        ExpiredContext { not_after, .. } => {
            Detail::CertificateExpired { address, on: Some(utc(not_after.as_secs())) }
        }
        Expired => Detail::CertificateExpired { address, on: None },
        NotValidYetContext { time, not_before } => Detail::CertificateBeginsLater {
            address,
            from: utc(not_before.as_secs()),
            now: utc(time.as_secs()),
        },
        NotValidYet => Detail::CertificateNotYetValid { address },
        NotValidForNameContext { presented, .. } => {
            Detail::CertificateForOthers { address, host, names: names(presented) }
        }
        NotValidForName => Detail::CertificateNotForHost { address, host },
        // The signature is bad where a CA was made anew under its old name.
        UnknownIssuer | BadSignature if url.tls().has_ca() => {
            Detail::CertificateNotFromCa { address }
        }
        UnknownIssuer | BadSignature => Detail::CertificateFromUnknownCa { address },
        // webpki's, which rustls passes on without a name.
        Other(reason) if reason.to_string().contains("CaUsedAsEndEntity") => {
            Detail::CertificateOfCa { address, host }
        }
        InvalidPurposeContext { .. } | InvalidPurpose => {
            Detail::CertificateNotForServers { address }
        }
        error => Detail::CertificateUntrusted { address, words: error.to_string() },
    }
}

/// The broker does not accept what the relay shows, or that it shows nothing.
fn refused(alert: Alert, url: &BrokerUrl) -> Detail {
    let (address, name) = (url.address(), format!("{alert:?}"));
    match alert {
        Alert::CertificateRequired if !url.tls().has_identity() => {
            Detail::ClientCertificateMissing { address }
        }
        // TLS 1.2 has no alert of its own for that.
        Alert::HandshakeFailure | Alert::BadCertificate if !url.tls().has_identity() => {
            Detail::ClientCertificateProbablyMissing { address }
        }
        Alert::UnknownCA => Detail::ClientCertificateFromUnknownCa { address },
        Alert::CertificateExpired => Detail::ClientCertificateExpired { address },
        Alert::BadCertificate
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::AccessDenied => Detail::ClientCertificateRefused { address, alert: name },
        Alert::ProtocolVersion => Detail::TlsIncompatible { address, words: None },
        _ => Detail::TlsEnded { address, alert: name },
    }
}

/// `DnsName("mq.example")` and the like, as webpki writes them, without the wrapping.
fn names(presented: &[String]) -> Vec<String> {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    presented.iter().map(bare).collect()
}
