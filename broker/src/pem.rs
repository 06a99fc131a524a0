//! Certificates and keys from PEM files, for both sides; errors name the flag and the file.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, anyhow, ensure};
use tokio_rustls::rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject as _},
};
use tracing::warn;

/// Read by others than the owner and the group.
const OTHERS_READ: u32 = 0o004;

/// The certificates in the file that `flag` names, in order; never none.
pub fn certificates(flag: &str, path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("{flag} {}", path.display()))?;
    ensure!(!certificates.is_empty(), "{flag} {} holds no certificate (PEM)", path.display());
    Ok(certificates)
}

/// The private key in the file that `flag` names.
pub fn private_key(flag: &str, path: &Path) -> anyhow::Result<PrivateKeyDer<'static>> {
    let shown = path.display();
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            anyhow!("{flag} {shown} holds no private key (PEM, without a password)")
        }
        error => anyhow!("{flag} {shown}: {error}"),
    })
}

/// Warns where the first of `chain`, the one that is shown as one's own, is not valid now. It is
/// used all the same: the other side decides, by its own clock.
pub fn warn_unless_valid_now(flag: &str, path: &Path, chain: &[CertificateDer<'_>]) {
    let parsed = chain.first().and_then(|der| x509_parser::parse_x509_certificate(der).ok());
    // What cannot be parsed is refused where it is used, with a better reason.
    let Some((_, certificate)) = parsed else { return };
    let (validity, now) = (certificate.validity(), seconds(SystemTime::now()));
    let path = path.display();
    if now > validity.not_after.timestamp() {
        let expired = utc(validity.not_after.timestamp());
        warn!("the certificate in {flag} {path} expired on {expired}: renew it");
    } else if now < validity.not_before.timestamp() {
        let from = utc(validity.not_before.timestamp());
        warn!("the certificate in {flag} {path} is not valid before {from}");
    }
}

/// Warns of a private key that everyone on this machine may read. Not more than that: secrets are
/// often mounted so where nobody else is.
pub fn warn_unless_secret(flag: &str, path: &Path) {
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & OTHERS_READ != 0 {
        let path = path.display();
        warn!("{flag} {path} may be read by everyone on this machine: run chmod 600 {path}");
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().try_into().unwrap_or(i64::MAX)
}

/// A time in words: 2026-01-31T12:00:00Z.
pub fn utc(unix_seconds: impl TryInto<u64>) -> String {
    let since = Duration::from_secs(unix_seconds.try_into().unwrap_or_default());
    match UNIX_EPOCH.checked_add(since) {
        Some(time) => humantime::format_rfc3339_seconds(time).to_string(),
        None => "an unknown date".to_owned(),
    }
}
