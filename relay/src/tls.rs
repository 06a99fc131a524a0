//! TLS towards browsers: rustls, from PEM files.

use std::{fmt, path::Path, sync::Arc};

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
    server::TlsStream,
};

/// Makes TLS connections of TCP connections.
#[derive(Clone)]
pub(crate) struct Acceptor(TlsAcceptor);

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

impl Acceptor {
    /// Reads a certificate chain and its private key, both PEM.
    pub(crate) fn from_files(cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let chain = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .with_context(|| format!("--tls-cert {}", cert.display()))?;
        anyhow::ensure!(!chain.is_empty(), "--tls-cert {} holds no certificate", cert.display());
        let key_der = PrivateKeyDer::from_pem_file(key)
            .with_context(|| format!("--tls-key {}", key.display()))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key_der)
            .with_context(|| {
                format!("--tls-key {} does not fit --tls-cert {}", key.display(), cert.display())
            })?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Shakes hands. The caller bounds the time.
    pub(crate) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}
