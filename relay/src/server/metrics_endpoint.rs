//! `/metrics`, for Prometheus: who may read it, and the text.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse as _,
};
use tokio::time::sleep;

use super::{App, Peer, client_address, header_text};
use crate::{access::TokenDigest, metrics, rejection::Reason, session};

/// The longest wait for the answer to a wrong token: a connection that is no session is closed
/// after 30 s.
const LAST_WAIT: Duration = Duration::from_secs(20);

/// Whoever shows a token that lets pages in may read it, whatever the token allows.
pub(super) async fn metrics(
    State(app): State<Arc<App>>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    let shared = &app.shared;
    let shown = bearer(&headers).map(TokenDigest::new);
    let grant = shared.tokens.borrow().grant(shown.as_ref());
    if grant.is_none() {
        let address = client_address(peer, &headers, &app.trusted_proxies);
        if shown.is_none() {
            shared.rejections.add(Reason::NoToken, address);
        } else {
            // As in a session: guesses wait, as far as there is room for them to wait.
            let wait = session::note_wrong_token(address, shared);
            let Some(_place) = shared.admission.delayed(address) else {
                return StatusCode::TOO_MANY_REQUESTS.into_response();
            };
            sleep(wait.min(LAST_WAIT)).await;
        }
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        let words = "Metrics need a token of this relay: Authorization: Bearer TOKEN.\n";
        return (StatusCode::UNAUTHORIZED, challenge, words).into_response();
    }
    shared.broker.show_in_metrics();
    let text = shared.metrics.text();
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response()
}

/// The token of `Authorization: Bearer TOKEN` (RFC 6750, section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = header_text(headers, header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
