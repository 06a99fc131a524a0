//! Accepts connections, answers HTTP, upgrades to WebSockets, and stops in good order.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri, header},
    middleware::{self, Next},
    routing::get,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    signal::unix::{Signal, SignalKind, signal},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use warren_protocol::{BrokerState, close, limits};

use crate::{
    assets::Page,
    broker::Broker,
    config::Config,
    session::{self, Shared},
    socket::Socket,
    tls,
};

/// How long a client may take for its TLS handshake, and for the head of each request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept, as when the process has too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(250);

/// What the operating system tells a running relay.
#[derive(Debug)]
pub struct Signals {
    /// Cancelled by SIGINT or SIGTERM.
    pub shutdown: CancellationToken,
    /// SIGHUP: files that may change while the relay runs are read again.
    pub hangup: Signal,
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// Where the signals cannot be listened to.
    pub fn listen() -> io::Result<Self> {
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let hangup = signal(SignalKind::hangup())?;
        let shutdown = CancellationToken::new();
        let cancelled = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            cancelled.cancel();
        });
        Ok(Self { shutdown, hangup })
    }
}

/// Everything that requests share.
struct App {
    page: Page,
    shared: Arc<Shared>,
    /// One permit for each session.
    permits: Arc<Semaphore>,
    sessions: TaskTracker,
    stop: CancellationToken,
}

/// Serves until `signals.shutdown` is cancelled, then stops in good order: sessions get their confirms
/// and give back what they have not settled, within `--drain-timeout`.
///
/// Prints `listening on http://ADDRESS` as the first line on stdout.
///
/// # Errors
/// Where the listener has no address.
pub async fn run(listener: TcpListener, config: Config, signals: Signals) -> anyhow::Result<()> {
    let Signals { shutdown, mut hangup } = signals;
    let address = listener.local_addr()?;
    announce(address, &config);
    let broker_stop = CancellationToken::new();
    let queues = config.broker.queues.clone();
    let broker = Broker::start(config.broker, config.limits.max_prefetch, broker_stop.clone());
    let shared =
        Shared { broker: broker.clone(), guard: config.guard, queues, limits: config.limits };
    let app = Arc::new(App {
        page: Page::embedded(),
        shared: Arc::new(shared),
        permits: Arc::new(Semaphore::new(config.max_sessions)),
        sessions: TaskTracker::new(),
        stop: shutdown.clone(),
    });
    tokio::select! {
        () = accept(&listener, config.tls, Arc::clone(&app)) => {}
        () = reload_on(&mut hangup) => {}
        () = shutdown.cancelled() => {}
    }
    drop(listener);
    info!("stopping");
    let drained = async {
        app.sessions.close();
        app.sessions.wait().await;
        broker_stop.cancel();
        broker.stopped().await;
    };
    if timeout(config.drain_timeout, drained).await.is_err() {
        warn!("stopped before everything was confirmed or given back: --drain-timeout is over");
    }
    Ok(())
}

/// Reads what may change while the relay runs again at each SIGHUP. What cannot be read is logged
/// and stays as it was.
async fn reload_on(hangup: &mut Signal) {
    while hangup.recv().await.is_some() {
        info!("SIGHUP: nothing to read again");
    }
    std::future::pending().await
}

fn announce(address: SocketAddr, config: &Config) {
    let scheme = config.guard.scheme();
    println!("listening on {scheme}://{address}");
    if let Some(token) = &config.made_token {
        // In the fragment, which browsers keep to themselves.
        println!("open {scheme}://{address}/#token={token}");
    }
}

async fn accept(listener: &TcpListener, tls: Option<tls::Acceptor>, app: Arc<App>) {
    let router = router(app);
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Else Nagle's algorithm holds small frames back for 40 ms.
        if let Err(error) = stream.set_nodelay(true) {
            warn!(%error, "cannot set TCP_NODELAY");
        }
        tokio::spawn(connection(stream, tls.clone(), router.clone()));
    }
}

async fn connection(stream: TcpStream, tls: Option<tls::Acceptor>, router: Router) {
    match tls {
        None => http(stream, router).await,
        Some(tls) => {
            // Whoever does not finish the handshake is not worth a line in the log.
            if let Ok(Ok(stream)) = timeout(HEAD_TIMEOUT, tls.accept(stream)).await {
                http(stream, router).await;
            }
        }
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, router: Router) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    // A client that goes away in the middle of a request is no event for an operator.
    let _ = connection.await;
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/ws", get(websocket))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .fallback(get(page))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), check_host))
        .with_state(app)
}

/// Stops DNS rebinding: a foreign name that leads here is not answered.
async fn check_host(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response<Body>, (StatusCode, &'static str)> {
    let host = host(request.headers());
    if app.shared.guard.allows_host(host) {
        Ok(next.run(request).await)
    } else {
        Err((
            StatusCode::MISDIRECTED_REQUEST,
            "This relay does not answer to that host name: start it with --origin.\n",
        ))
    }
}

fn host(headers: &HeaderMap) -> &str {
    header_text(headers, header::HOST).unwrap_or_default()
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

async fn page(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    app.page.get(uri.path(), &headers)
}

/// Whether messages can flow, for a load balancer.
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let state = app.shared.broker.state().borrow().clone();
    let (up, words) = match state {
        BrokerState::Up => (true, "ready".to_owned()),
        BrokerState::Blocked { detail } => {
            (false, format!("blocked: {}", detail.unwrap_or_default()))
        }
        BrokerState::Connecting { detail } => {
            (false, format!("connecting: {}", detail.unwrap_or_default()))
        }
        BrokerState::Down { detail, .. } => {
            (false, format!("not connected: {}", detail.unwrap_or_default()))
        }
    };
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, words + "\n")
}

async fn websocket(
    State(app): State<Arc<App>>,
    mut request: Request,
) -> Result<Response<Body>, (StatusCode, String)> {
    let headers = request.headers();
    let origin = header_text(headers, header::ORIGIN);
    if !app.shared.guard.allows_origin(origin, host(headers)) {
        let words = "Pages of another origin may not come in: start the relay with --origin.\n";
        return Err((StatusCode::FORBIDDEN, words.to_owned()));
    }
    let upgrade = hyper::upgrade::on(&mut request);
    let response = create_response_with_body(&request, Body::empty)
        .map_err(|error| (StatusCode::BAD_REQUEST, format!("{error}\n")))?;
    let sessions = app.sessions.clone();
    sessions.spawn(async move {
        // A client that goes away before the upgrade is no event for an operator.
        let Ok(upgraded) = upgrade.await else { return };
        let io = TokioIo::new(upgraded);
        match Arc::clone(&app.permits).try_acquire_owned() {
            Ok(_permit) => session::run(io, Arc::clone(&app.shared), app.stop.clone()).await,
            Err(_) => {
                let max_frame = limits::max_frame_bytes(app.shared.limits.max_body_bytes);
                let socket = Socket::new(io, max_frame).await;
                socket.close(close::TRY_AGAIN_LATER, "too many sessions").await;
            }
        }
    });
    Ok(response)
}
