//! TLS towards RabbitMQ: whom to trust, and what to show.
//!
//! The files are read at each connect, so that the next one uses what was renewed. Not by lapin's
//! own TLS settings: they add a CA to the system's roots, and fail where the system has none.

use std::{mem, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use lapin::{
    Connection, ConnectionProperties,
    runtime::default_runtime,
    tcp::{AMQPUriTcpExt as _, AsyncTcpStream, RustlsConnector, RustlsConnectorConfig},
    uri::{AMQPScheme, AMQPUri},
};

use async_rs::{Runtime, traits::RuntimeKit};

use crate::{
    BrokerUrl,
    intake::Intake,
    pem,
    transport::{Introduced, OpenChannels, ROOM, Server, Transport, kit},
};

/// What TLS with the broker takes; nothing where the system's roots will do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerTls(Arc<Files>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Files {
    ca: Option<PathBuf>,
    /// Certificate chain and key.
    identity: Option<(PathBuf, PathBuf)>,
}

impl BrokerTls {
    /// Takes the PEM files with the CAs that are trusted instead of the system's, and with the
    /// relay's own certificate chain and key. What cannot be used is an error now.
    pub fn from_files(
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
    pub(crate) fn is_default(&self) -> bool {
        *self.0 == Files::default()
    }

    /// Whether the system's roots are not asked.
    pub(crate) fn has_ca(&self) -> bool {
        self.0.ca.is_some()
    }

    /// Whether the broker gets to see a certificate.
    pub(crate) fn has_identity(&self) -> bool {
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

/// Opens a connection, and tells to whom: TCP, TLS where the URL asks for it, AMQP, through our own
/// streams (see `transport.rs`). lapin runs the first two on the connection's own thread, so that reading files holds
/// nobody else up.
pub(super) async fn connect(
    url: &BrokerUrl,
    properties: ConnectionProperties,
    intake: Option<Arc<Intake>>,
) -> lapin::Result<(Connection, Server)> {
    let introduced = Introduced::default();
    let connection = connect_through(url, properties, intake, Arc::clone(&introduced)).await?;
    Ok((connection, introduced.get().cloned().unwrap_or_default()))
}

async fn connect_through(
    url: &BrokerUrl,
    properties: ConnectionProperties,
    intake: Option<Arc<Intake>>,
    introduced: Introduced,
) -> lapin::Result<Connection> {
    let (tls, mut uri, tokio) = (url.tls().clone(), url.uri(), default_runtime()?);
    let open = async move |uri| {
        let socket = socket(&tls, uri, &tokio).await?;
        lapin::Result::Ok(OpenChannels::new(socket, Arc::clone(&introduced)))
    };
    // There is no layer above our streams, also with TLS below: lapin may take each for plain.
    let Some(intake) = intake else {
        let open = async move |uri: AMQPUri, _| Ok(AsyncTcpStream::Plain(open(uri).await?));
        return Connection::connector(uri, kit::runtime(), open, properties).await;
    };
    // lapin keeps to what the URL names, and needs room above what the broker keeps to.
    if let Some(frame_max) = &mut uri.query.frame_max {
        *frame_max = frame_max.saturating_add(ROOM);
    }
    let open = async move |uri: AMQPUri, _| {
        Ok(AsyncTcpStream::Plain(Transport::new(open(uri).await?, Arc::clone(&intake))))
    };
    Connection::connector(uri, kit::runtime(), open, properties).await
}

async fn socket<RK: RuntimeKit + Send + Sync + Clone + 'static>(
    tls: &BrokerTls,
    mut uri: AMQPUri,
    runtime: &Runtime<RK>,
) -> lapin::Result<AsyncTcpStream<RK::TcpStream>> {
    let scheme = mem::replace(&mut uri.scheme, AMQPScheme::AMQP);
    match scheme {
        AMQPScheme::AMQP => Ok(uri.connect_async(runtime).await?),
        AMQPScheme::AMQPS => {
            let connector = tls.connector().map_err(|error| format!("{error:#}"));
            let connector = connector.map_err(std::io::Error::other)?;
            let stream = uri.connect_async(runtime).await?;
            Ok(stream.into_rustls(&connector, &uri.authority.host).await?)
        }
    }
}
