//! TLS towards browsers: rustls, from PEM files that are read again at SIGHUP.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
    server::TlsStream,
};
use tracing::{info, warn};

use warren_broker::pem;

/// The first byte of a TLS connection: a record of the type handshake (RFC 8446, section 5.1).
const HANDSHAKE_RECORD: u8 = 22;

/// Makes TLS connections of TCP connections. Clones share the certificate.
#[derive(Clone)]
pub(crate) struct Acceptor(Arc<Shared>);

struct Shared {
    cert: PathBuf,
    key: PathBuf,
    /// What new connections get.
    current: Mutex<TlsAcceptor>,
}

/// A connection that has begun.
pub(crate) enum Accepted {
    /// It has shaken hands.
    Tls(Box<TlsStream<TcpStream>>),
    /// Its first byte is not one of TLS; nothing was read.
    Plain(TcpStream),
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Acceptor")
    }
}

impl Acceptor {
    /// Reads a certificate chain and its private key, both PEM.
    pub(crate) fn from_files(cert: &Path, key: &Path) -> anyhow::Result<Self> {
        let current = Mutex::new(read(cert, key)?);
        Ok(Self(Arc::new(Shared { cert: cert.to_owned(), key: key.to_owned(), current })))
    }

    /// Reads the files again: new connections get what they hold now, open ones go on. Files that
    /// cannot be used change nothing.
    pub(crate) fn reload(&self) {
        match read(&self.0.cert, &self.0.key) {
            Ok(acceptor) => {
                *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = acceptor;
                info!("--tls-cert and --tls-key were read again");
            }
            Err(error) => {
                let cause = format!("{error:#}");
                warn!(cause, "TLS goes on with the certificate of before");
            }
        }
    }

    /// Shakes hands. The caller bounds the time.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<Accepted> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first != [HANDSHAKE_RECORD] {
            return Ok(Accepted::Plain(stream));
        }
        let acceptor = self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Accepted::Tls(Box::new(acceptor.accept(stream).await?)))
    }
}

fn read(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = pem::certificates("--tls-cert", cert)?;
    let private_key = pem::private_key("--tls-key", key)?;
    pem::warn_unless_valid_now("--tls-cert", cert, &chain);
    pem::warn_unless_secret("--tls-key", key);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, private_key)
        .with_context(|| {
            format!("--tls-key {} does not fit --tls-cert {}", key.display(), cert.display())
        })?;
    // All that is spoken here; a client that wants HTTP/2 only is told so in its handshake.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
