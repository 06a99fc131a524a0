//! Accepts connections, shakes hands, and hands them to the routes; bounds those that are no
//! sessions yet.

use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, middleware};
use hyper::service::{Service as _, service_fn};
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

use super::{
    App, Peer,
    lifetime::{Lifetime, Timed},
    router, security_headers,
};
use crate::{
    access::ConnectionLimits,
    logging::Throttle,
    rejection::Reason,
    tls::{self, Accepted},
};

/// Connections that are no sessions, in all and from one address: they load the page, or are on
/// their way to a session. Those beyond it are closed at once.
pub(super) const MAX_OTHERS: usize = 4_000;
const MAX_OTHERS_PER_ADDRESS: usize = 1_000;

/// A connection that is no session lasts so many times `handshake-timeout`, 30 s unless that is
/// changed, for all that it does: its TLS handshake, its requests and the time between them. Only
/// who goes on taking an answer has longer, see [`Lifetime`].
const LIFETIME: u32 = 3;

/// How long to wait after a failed accept, as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// How connections are taken.
pub(super) struct Listening {
    /// Until a connection becomes a session, which has a permit of its own.
    connections: Arc<ConnectionLimits>,
    app: Arc<App>,
    routes: Routes,
    tls: Option<tls::Acceptor>,
    handshake_timeout: Duration,
}

/// What answers requests.
#[derive(Clone)]
struct Routes {
    app: Router,
    /// For HTTP where HTTPS is served.
    plain: Router,
}

impl Listening {
    pub(super) fn new(
        app: Arc<App>,
        tls: Option<tls::Acceptor>,
        handshake_timeout: Duration,
    ) -> Self {
        let connections = ConnectionLimits::new(MAX_OTHERS, MAX_OTHERS_PER_ADDRESS);
        let routes = Routes { app: router(Arc::clone(&app)), plain: refuse_plain() };
        Self { connections, app, routes, tls, handshake_timeout }
    }

    /// Accepts for ever.
    pub(super) async fn accept(&self, listener: &TcpListener) {
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
            let counted = if self.app.trusted_proxies.contains(&peer) { None } else { Some(peer) };
            let permit = match self.connections.take(counted) {
                Ok(permit) => permit,
                Err(_) => {
                    self.app.shared.rejections.add(Reason::TooManyConnections, peer);
                    continue;
                }
            };
            // Else Nagle's algorithm holds small frames back for 40 ms.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "cannot set TCP_NODELAY");
            }
            let limit = self.handshake_timeout;
            let connection = connection(stream, peer, self.tls.clone(), limit, self.routes.clone());
            tokio::spawn(async move {
                connection.await;
                drop(permit);
            });
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    tls: Option<tls::Acceptor>,
    limit: Duration,
    routes: Routes,
) {
    let lifetime = Lifetime::new(limit.saturating_mul(LIFETIME));
    let http = Http { peer, limit, lifetime: lifetime.clone() };
    let served = async {
        match tls {
            None => http.serve(stream, routes.app).await,
            Some(tls) => {
                // Whoever does not finish the handshake is not worth a line in the log.
                match timeout(limit, tls.accept(stream)).await {
                    Ok(Ok(Accepted::Tls(stream))) => http.serve(stream, routes.app).await,
                    Ok(Ok(Accepted::Plain(stream))) => http.serve(stream, routes.plain).await,
                    Ok(Err(_)) | Err(_) => {}
                }
            }
        }
    };
    tokio::select! {
        () = served => lifetime.no_longer_counts(),
        // Nor is whoever does not take its answer.
        () = lifetime.over() => {}
    }
}

/// How a connection's requests are served.
struct Http {
    peer: IpAddr,
    /// For the head of each request.
    limit: Duration,
    lifetime: Lifetime,
}

impl Http {
    /// Serves requests until the connection ends or becomes a WebSocket's.
    async fn serve<S>(&self, stream: S, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = Timed::new(stream, self.lifetime.clone());
        let (peer, router) = (self.peer, TowerToHyperService::new(router));
        let service = service_fn(move |mut request: hyper::Request<_>| {
            request.extensions_mut().insert(Peer(peer));
            router.call(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limit)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = pin!(connection);
        // A client that goes away in the middle of a request is no event for an operator.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = self.lifetime.until_left(self.limit) => {}
        }
        // Who goes on asking, as a proxy does that keeps its connections, is cut off between two
        // requests.
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// For who speaks HTTP where HTTPS is served: a browser shows the words, not an empty page.
fn refuse_plain() -> Router {
    let words = "This relay is served over TLS: write https:// in place of http://.\n";
    Router::new()
        .fallback(move || async move { (StatusCode::BAD_REQUEST, words) })
        .layer(middleware::map_response(security_headers::add))
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        task::JoinHandle,
        time::Instant,
    };

    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);
    const PAGE: usize = 256 * 1024;

    /// A connection, of which the operating system buffers little, and the answer to a GET there.
    fn connection(answer: impl Into<String>) -> (DuplexStream, JoinHandle<()>) {
        let (client, server) = duplex(4 * 1024);
        let lifetime = Lifetime::new(LIMIT * LIFETIME);
        let peer = IpAddr::from([127, 0, 0, 1]);
        let http = Http { peer, limit: LIMIT, lifetime: lifetime.clone() };
        let answer = answer.into();
        let router = Router::new().route("/", get(move || async move { answer.clone() }));
        let task = tokio::spawn(async move {
            tokio::select! {
                () = http.serve(server, router) => {}
                () = lifetime.over() => {}
            }
        });
        (client, task)
    }

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// A connection that has asked for a page.
    async fn ask() -> (DuplexStream, JoinHandle<()>) {
        let (mut client, task) = connection("x".repeat(PAGE));
        client.write_all(GET).await.unwrap();
        (client, task)
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_of_its_answer_is_gone_after_the_time_in_all() {
        let start = Instant::now();
        let (client, task) = ask().await;
        task.await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 30);
        drop(client);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_a_byte_now_and_then_is_not_waited_for_much_longer() {
        let start = Instant::now();
        let (mut client, task) = ask().await;
        let trickle = async {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if client.read_exact(&mut [0; 64]).await.is_err() {
                    break;
                }
            }
        };
        tokio::join!(trickle, async { task.await.unwrap() });
        let lasted = start.elapsed().as_secs();
        // Until the client sees the end it reads what was buffered.
        assert!((30..120).contains(&lasted), "{lasted} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_on_a_slow_line_arrives_whole_however_long_it_takes() {
        let start = Instant::now();
        let (mut client, _task) = ask().await;
        let mut taken = 0;
        let mut piece = vec![0; 5 * 1024];
        while taken < PAGE {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let mut read = 0;
            while read < piece.len() && taken + read < PAGE {
                let more = client.read(&mut piece[read..]).await.unwrap();
                assert!(more > 0, "cut off after {} bytes", taken + read);
                read += more;
            }
            taken += read;
        }
        assert!(start.elapsed() > LIMIT * LIFETIME, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_again_and_again_for_little_is_cut_off_between_two_requests() {
        let start = Instant::now();
        let (mut client, task) = connection("ok");
        let asking = async {
            let mut answer = [0; 4096];
            loop {
                client.write_all(GET).await.unwrap();
                let read = client.read(&mut answer).await.unwrap();
                let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
                assert!(answer.ends_with("ok"), "{answer:?} at {:?}", start.elapsed());
                let mut more = [0];
                if let Ok(read) = timeout(Duration::from_secs(9), client.read(&mut more)).await {
                    return read.unwrap();
                }
            }
        };
        assert_eq!(asking.await, 0, "it is closed, not cut");
        task.await.unwrap();
        let lasted = start.elapsed().as_secs();
        assert!((20..30).contains(&lasted), "{lasted} s");
    }
}
