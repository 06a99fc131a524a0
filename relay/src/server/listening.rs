//! Accepts connections, shakes hands, and hands them to the routes; bounds those that are no
//! sessions yet.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, middleware};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use super::{App, harden::harden, router};
use crate::{
    logging::Throttle,
    places::Places,
    refusal::Reason,
    tls::{self, Accepted},
};

/// Connections that are no sessions, in all and from one address: they load the page, or are on
/// their way to a session. Those beyond it are closed at once.
pub(super) const MAX_OTHERS: usize = 4_000;
const MAX_OTHERS_PER_ADDRESS: usize = 1_000;

/// How long to wait after a failed accept, as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// How connections are taken.
pub(super) struct Listening {
    /// Until a connection becomes a session, which has a place of its own.
    connections: Arc<Places>,
    tls: Option<tls::Acceptor>,
    handshake_timeout: Duration,
}

impl Listening {
    pub(super) fn new(tls: Option<tls::Acceptor>, handshake_timeout: Duration) -> Self {
        let connections = Places::new(MAX_OTHERS, MAX_OTHERS_PER_ADDRESS);
        Self { connections, tls, handshake_timeout }
    }

    /// Accepts for ever.
    pub(super) async fn accept(&self, listener: &TcpListener, app: Arc<App>) {
        let failing = Throttle::default();
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    if let Some(unlogged) = failing.pass() {
                        warn!(%error, unlogged, "cannot accept connections");
                    }
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let peer = peer.ip().to_canonical();
            // A proxy has no bound but that in all: its own clients are counted as sessions.
            let counted = if app.trusted_proxies.contains(&peer) { None } else { Some(peer) };
            let place = match self.connections.take(counted) {
                Ok(place) => place,
                Err(_) => {
                    app.shared.refusals.add(Reason::TooManyConnections, peer);
                    continue;
                }
            };
            // Else Nagle's algorithm holds small frames back for 40 ms.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "cannot set TCP_NODELAY");
            }
            let connection = connection(
                stream,
                peer,
                self.tls.clone(),
                self.handshake_timeout,
                Arc::clone(&app),
            );
            tokio::spawn(async move {
                connection.await;
                drop(place);
            });
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    tls: Option<tls::Acceptor>,
    limit: Duration,
    app: Arc<App>,
) {
    match tls {
        None => http(stream, limit, router(app, peer)).await,
        Some(tls) => {
            // Whoever does not finish the handshake is not worth a line in the log.
            match timeout(limit, tls.accept(stream)).await {
                Ok(Ok(Accepted::Tls(stream))) => http(stream, limit, router(app, peer)).await,
                Ok(Ok(Accepted::Plain(stream))) => http(stream, limit, refuse_plain()).await,
                Ok(Err(_)) | Err(_) => {}
            }
        }
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    limit: Duration,
    router: Router,
) {
    let router = router.layer(middleware::map_response(harden));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limit)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    // A client that goes away in the middle of a request is no event for an operator.
    let _ = connection.await;
}

/// For who speaks HTTP where HTTPS is served: a browser shows the words, not an empty page.
fn refuse_plain() -> Router {
    let words = "This relay is served over TLS: write https:// in place of http://.\n";
    Router::new().fallback(move || async move { (StatusCode::BAD_REQUEST, words) })
}
