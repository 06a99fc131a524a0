//! Accepts connections, answers HTTP, upgrades to WebSockets, and stops in good order.

mod lifetime;
mod listening;
mod metrics_endpoint;
mod security_headers;

use std::{
    io, mem,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Redirect},
    routing::get,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::timeout,
};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};
use warren_broker::{Broker, Budget};
use warren_protocol::{BrokerState, Detail};

use crate::{
    access::{Admission, OriginPolicy, TokenFile, Tokens, WrongTokens},
    assets::Page,
    config::Config,
    metrics::Metrics,
    open_files,
    public_paths::PublicPaths,
    rejection::{Reason, Rejections},
    session::{self, Shared},
    tls,
};
use listening::{Listening, MAX_OTHERS};

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
    guard: OriginPolicy,
    paths: PublicPaths,
    trusted_proxies: Vec<IpAddr>,
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
    open_files::allow(config.max_sessions + MAX_OTHERS);
    let broker_stop = CancellationToken::new();
    let max_prefetch = config.limits.client.max_prefetch;
    let metrics = Arc::new(Metrics::new());
    let broker = Broker::start(
        config.broker,
        max_prefetch,
        Budget::new(config.memory_budget),
        Arc::clone(metrics.broker()),
        broker_stop.clone(),
    );
    let tokens = watch::Sender::new(config.tokens);
    let shared = Shared {
        broker: broker.clone(),
        tokens: tokens.subscribe(),
        wrong_tokens: WrongTokens::default(),
        limits: config.limits,
        receive_at_once: config.receive_at_once,
        admission: Admission::new(config.max_sessions, config.max_sessions_per_address),
        rejections: Rejections::new(Arc::clone(&metrics)),
        metrics,
    };
    let app = Arc::new(App {
        page: Page::embedded(config.paths.not_found()),
        shared: Arc::new(shared),
        guard: config.guard,
        paths: config.paths,
        trusted_proxies: config.trusted_proxies,
        sessions: TaskTracker::new(),
        stop: shutdown.clone(),
    });
    let listening = Listening::new(Arc::clone(&app), config.tls.clone(), config.handshake_timeout);
    tokio::select! {
        () = listening.accept(&listener) => {}
        () = reload_on(&mut hangup, config.tls, config.token_file, tokens) => {}
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
        warn!("drain timeout reached with messages unconfirmed or unacknowledged");
    }
    Ok(())
}

/// Reads what may change while the relay runs again at each SIGHUP. What cannot be read is logged
/// and stays as it was.
async fn reload_on(
    hangup: &mut Signal,
    tls: Option<tls::Acceptor>,
    token_file: Option<TokenFile>,
    tokens: watch::Sender<Tokens>,
) {
    while hangup.recv().await.is_some() {
        if let Some(tls) = &tls {
            tls.reload();
        }
        if let Some(file) = &token_file {
            file.reload(&tokens);
        }
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
    if config.tokens.count().is_none() {
        if !address.ip().is_loopback() {
            warn!("--no-token: everyone who can reach {address} may use this relay's queues");
        } else if config.guard.has_foreign_origin() {
            warn!(
                "--origin names another host, and no token is needed: everyone who can reach it \
                 may use this relay's queues; give a --token-file unless the proxy asks who is there"
            );
        }
    }
}

/// Who is at the other end of a connection; each of its requests carries it.
#[derive(Clone, Copy)]
struct Peer(IpAddr);

fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/ws", get(websocket))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_endpoint::metrics))
        .fallback(get(page))
        .with_state(Arc::clone(&app));
    // Layers come behind a router's choice of the route, so that the path is changed around it.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), enter_path))
        .layer(middleware::from_fn_with_state(app, check_host))
        .layer(middleware::map_response(security_headers::add))
}

/// Answers below each path that `--origin` names as at the root.
async fn enter_path(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    if let Some(path) = app.paths.without_slash(request.uri().path()) {
        return Redirect::permanent(path).into_response();
    }
    *request.uri_mut() = app.paths.inside(mem::take(request.uri_mut()));
    next.run(request).await
}

/// Stops DNS rebinding: a foreign name that leads here is not answered.
async fn check_host(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Result<Response<Body>, (StatusCode, &'static str)> {
    let host = host(request.headers());
    if app.guard.allows_host(host) {
        Ok(next.run(request).await)
    } else {
        app.shared.rejections.add_seen(Reason::Host, peer, Some(host));
        Err((StatusCode::MISDIRECTED_REQUEST, "Unknown host name. Add it with --origin.\n"))
    }
}

/// The one `Host`; a request that has several is nobody's.
fn host(headers: &HeaderMap) -> &str {
    let several = headers.get_all(header::HOST).iter().nth(1).is_some();
    if several { "" } else { header_text(headers, header::HOST).unwrap_or_default() }
}

/// Who is there: the peer, or whom a trusted proxy names as the last in `X-Forwarded-For`.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    let named = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    named.map_or(peer, |address: IpAddr| address.to_canonical())
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
    let words = |detail: Option<Detail>| detail.map_or_else(String::new, |why| why.to_string());
    let (up, words) = match state {
        BrokerState::Up { .. } => (true, "ready".to_owned()),
        BrokerState::Blocked { detail } => (false, format!("blocked: {}", words(detail))),
        BrokerState::Connecting { detail } => (false, format!("connecting: {}", words(detail))),
        BrokerState::Down { detail, .. } => (false, format!("not connected: {}", words(detail))),
    };
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, words + "\n")
}

async fn websocket(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
) -> Result<Response<Body>, (StatusCode, String)> {
    let headers = request.headers();
    let origin = header_text(headers, header::ORIGIN);
    let address = client_address(peer, headers, &app.trusted_proxies);
    if !app.guard.allows_origin(origin, host(headers)) {
        app.shared.rejections.add_seen(Reason::Origin, address, origin);
        let words =
            "Origin not allowed. If this page is yours, start the relay with --origin URL.\n";
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
        session::run(io, address, Arc::clone(&app.shared), app.stop.clone()).await;
    });
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_added_itself() {
        let [proxy, peer] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse::<IpAddr>().unwrap());
        let address = |from: IpAddr, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            client_address(from, &headers, &[proxy]).to_string()
        };
        assert_eq!(address(peer, &["1.2.3.4"]), "10.0.0.2");
        assert_eq!(address(proxy, &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(address(proxy, &["6.6.6.6, 1.2.3.4"]), "1.2.3.4");
        assert_eq!(address(proxy, &["6.6.6.6", "::ffff:1.2.3.4"]), "1.2.3.4");
        for wrong in ["", "unknown", "1.2.3.4,", "1.2.3.4:5"] {
            assert_eq!(address(proxy, &[wrong]), "10.0.0.1", "{wrong}");
        }
        assert_eq!(address(proxy, &[]), "10.0.0.1");
    }
}
