//! TLS towards RabbitMQ: whom to trust, and what to show.
//!
//! The files are read at each connect, so that the next one uses what was renewed. Not by lapin's
//! own TLS settings: they add a CA to the system's roots, and fail where the system has none.

use std::{mem, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use lapin::{
    Connection, ConnectionProperties,
    runtime::default_runtime,
    tcp::{AMQPUriTcpExt as _, RustlsConnector, RustlsConnectorConfig},
    uri::{AMQPScheme, AMQPUri},
};

use super::BrokerUrl;
use crate::pem;

/// What TLS with the broker takes; nothing where the system's roots will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BrokerTls(Arc<Files>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Files {
    ca: Option<PathBuf>,
    /// Certificate chain and key.
    identity: Option<(PathBuf, PathBuf)>,
}

impl BrokerTls {
    /// Takes the PEM files with the CAs that are trusted instead of the system's, and with the
    /// relay's own certificate chain and key. What cannot be used is an error now.
    pub(crate) fn from_files(
        ca: Option<PathBuf>,
        identity: Option<(PathBuf, PathBuf)>,
    ) -> anyhow::Result<Self> {
        let tls = Self(Arc::new(Files { ca, identity }));
        if !tls.is_default() {
            tls.connector()?;
        }
        if let Some((cert, key)) = &tls.0.identity {
            pem::warn_unless_secret("--amqp-key", key);
            let chain = pem::certificates("--amqp-cert", cert)?;
            pem::warn_unless_valid_now("--amqp-cert", cert, &chain);
        }
        Ok(tls)
    }

    /// Whether no file was named.
    pub(super) fn is_default(&self) -> bool {
        *self.0 == Files::default()
    }

    /// Whether the system's roots are not asked.
    pub(super) fn has_ca(&self) -> bool {
        self.0.ca.is_some()
    }

    /// Whether the broker gets to see a certificate.
    pub(super) fn has_identity(&self) -> bool {
        self.0.identity.is_some()
    }

    /// Reads the files.
    fn connector(&self) -> anyhow::Result<RustlsConnector> {
        let roots = match &self.0.ca {
            None => RustlsConnectorConfig::new_with_native_certs()
                .context("this system has no root certificates: name one with --amqp-ca")?,
            Some(ca) => RustlsConnectorConfig::default()
                .with_parsable_certificates(pem::certificates("--amqp-ca", ca)?),
        };
        let Some((cert, key)) = &self.0.identity else {
            return roots.connector_with_no_client_auth().context("--amqp-ca");
        };
        let chain = pem::certificates("--amqp-cert", cert)?;
        let private_key = pem::private_key("--amqp-key", key)?;
        roots.connector_with_single_cert(chain, private_key).with_context(|| {
            format!("--amqp-key {} does not fit --amqp-cert {}", key.display(), cert.display())
        })
    }
}

/// Opens a connection: TCP, TLS where the URL asks for it, AMQP. lapin runs the first two on the
/// connection's own thread, so that reading files holds nobody else up.
pub(super) async fn connect(
    url: &BrokerUrl,
    properties: ConnectionProperties,
) -> lapin::Result<Connection> {
    let tls = url.tls().clone();
    let open = async move |mut uri: AMQPUri, runtime| {
        let scheme = mem::replace(&mut uri.scheme, AMQPScheme::AMQP);
        match scheme {
            AMQPScheme::AMQP => Ok(uri.connect_async(&runtime).await?),
            AMQPScheme::AMQPS => {
                let connector = tls.connector().map_err(|error| format!("{error:#}"));
                let connector = connector.map_err(std::io::Error::other)?;
                let stream = uri.connect_async(&runtime).await?;
                Ok(stream.into_rustls(&connector, &uri.authority.host).await?)
            }
        }
    };
    Connection::connector(url.uri(), default_runtime()?, open, properties).await
}
