//! Certificates that a test makes, as PEM files in a folder of its own: good, outdated, for
//! another host, of another authority.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tempfile::TempDir;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// The host of everything that a test starts.
pub const HOST: &str = "127.0.0.1";

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// Now, and for long.
    Now,
    /// Until 2001-02-03.
    Past,
    /// From 3001-02-03.
    Future,
}

/// A certificate authority, for as long as its files are needed.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

/// A certificate's file and its key's.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Authority {
    /// A new one; each has another `name`.
    ///
    /// # Panics
    /// When its file cannot be written.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        fs::write(dir.path().join("ca.key"), issuer.key().serialize_pem()).unwrap();
        Self { issuer, dir }
    }

    /// Its own certificate and key.
    #[must_use]
    pub fn own(&self) -> Pair {
        Pair { cert: self.dir.path().join("ca.pem"), key: self.dir.path().join("ca.key") }
    }

    /// The file with its own certificate.
    ///
    /// # Panics
    /// When its name is not UTF-8.
    #[must_use]
    pub fn file(&self) -> String {
        text(&self.own().cert)
    }

    /// Issues a certificate for [`HOST`] that is valid now; `name` is its common name.
    #[must_use]
    pub fn issue(&self, name: &str) -> Pair {
        self.issue_for(name, &[HOST], Validity::Now)
    }

    /// Issues a certificate for `hosts`. One of the same `name` is overwritten.
    ///
    /// # Panics
    /// When its files cannot be written.
    #[must_use]
    pub fn issue_for(&self, name: &str, hosts: &[&str], validity: Validity) -> Pair {
        let mut params =
            CertificateParams::new(hosts.iter().map(|&host| host.to_owned()).collect::<Vec<_>>())
                .unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        match validity {
            Validity::Now => {}
            Validity::Past => params.not_after = date_time_ymd(2001, 2, 3),
            Validity::Future => params.not_before = date_time_ymd(3001, 2, 3),
        }
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let file = |kind: &str| self.dir.path().join(format!("{name}.{kind}"));
        let pair = Pair { cert: file("pem"), key: file("key") };
        fs::write(&pair.cert, cert.pem()).unwrap();
        fs::write(&pair.key, key.serialize_pem()).unwrap();
        pair.chmod_key(0o600);
        pair
    }

    /// What a client needs that trusts this authority and no other.
    ///
    /// # Panics
    /// When rustls does not take it.
    #[must_use]
    pub fn client(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    }
}

impl Pair {
    /// Arguments of the relay: these flags with the certificate's and the key's file.
    #[must_use]
    pub fn args(&self, cert_flag: &str, key_flag: &str) -> [String; 4] {
        [cert_flag.to_owned(), text(&self.cert), key_flag.to_owned(), text(&self.key)]
    }

    /// Says who may read the key.
    ///
    /// # Panics
    /// When that cannot be changed.
    pub fn chmod_key(&self, mode: u32) {
        fs::set_permissions(&self.key, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Puts these files in the place of `other`'s, as a renewal does.
    ///
    /// # Panics
    /// When they cannot be copied.
    pub fn replace(&self, other: &Self) {
        fs::copy(&self.cert, &other.cert).unwrap();
        fs::copy(&self.key, &other.key).unwrap();
    }
}

/// A path as an argument.
///
/// # Panics
/// When it is not UTF-8.
#[must_use]
pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
