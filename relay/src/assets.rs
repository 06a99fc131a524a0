//! The page inside the binary: which encoding a browser gets, when it may keep it, and the
//! Content-Security-Policy that lets nothing else run.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

/// `dist/`, as Trunk and xtask have built it. Empty where the relay was built without the page.
#[derive(RustEmbed)]
#[folder = "../dist/"]
#[allow_missing = true]
struct Dist;

/// What a browser sees that asks for a page which is not in the binary.
const NO_PAGE: &str = "This relay was built without the page: build it with cargo xtask build.\n";

/// The encodings that the build makes, best first, and the suffix of each.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The embedded page with the policy that fits it.
pub(crate) struct Page {
    policy: HeaderValue,
    not_found: String,
}

impl Page {
    /// Computes the policy from the embedded `index.html`. `not_found` is said of what is not in it.
    pub(crate) fn embedded(not_found: String) -> Self {
        let index = Dist::get("index.html");
        let html = index.as_ref().map(|file| String::from_utf8_lossy(&file.data));
        let policy = content_security_policy(html.as_deref().unwrap_or_default());
        // Base64 and ASCII only, so it is always a header value.
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"));
        Self { policy, not_found }
    }

    /// Answers a GET for `path` (with its leading slash).
    pub(crate) fn get(&self, path: &str, request: &HeaderMap) -> Response<Body> {
        let path = match path.trim_start_matches('/') {
            "" => "index.html",
            path => path,
        };
        let Some((encoding, file)) = best_encoding(path, request) else {
            let status = StatusCode::NOT_FOUND;
            let text = if path == "index.html" { NO_PAGE } else { &self.not_found };
            return respond(status, Body::from(text.to_owned()), "text/plain; charset=utf-8", None);
        };
        let tag = etag(&file, encoding);
        let unchanged = request
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
        let (status, body) = if unchanged {
            (StatusCode::NOT_MODIFIED, Body::empty())
        } else {
            (StatusCode::OK, Body::from(file.data))
        };
        let mut response = respond(status, body, content_type(path), encoding);
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        // Only names with a hash in them never change their content.
        let cache =
            if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        response
    }
}

fn respond(
    status: StatusCode,
    body: Body,
    content_type: &'static str,
    encoding: Option<&'static str>,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

fn best_encoding(path: &str, request: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = request
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').any(|offer| {
            let mut parts = offer.split(';').map(str::trim);
            parts.next() == Some(name) && !parts.any(|part| matches!(part, "q=0" | "q=0.0"))
        })
    };
    ENCODINGS
        .iter()
        .filter(|(name, _)| accepts(name))
        .find_map(|(name, suffix)| Some((Some(*name), Dist::get(&format!("{path}{suffix}"))?)))
        .or_else(|| Some((None, Dist::get(path)?)))
}

/// One tag for each encoding (RFC 9110, section 8.8.3).
fn etag(file: &EmbeddedFile, encoding: Option<&str>) -> String {
    let hash = STANDARD.encode(&file.metadata.sha256_hash()[..12]);
    format!("\"{hash}-{}\"", encoding.unwrap_or("identity"))
}

/// Trunk names files `stem-0123456789abcdef.ext` or `stem-0123456789abcdef_bg.wasm`. It writes the
/// hash as a number: where that begins with zeros, they are missing.
fn is_hashed(path: &str) -> bool {
    path.split(['-', '_', '.'])
        .any(|part| (10..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

/// Lets the page's own files run, and the inline scripts of `html` by their hash (Trunk writes
/// one that starts the WebAssembly).
fn content_security_policy(html: &str) -> String {
    let hashes: String = html
        .split("<script")
        .skip(1)
        .filter_map(|rest| rest.split_once('>')?.1.split_once("</script>"))
        .filter(|(script, _)| !script.is_empty())
        .map(|(script, _)| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash() {
        let policy =
            content_security_policy("<script src=a.js></script><script type=module>x</script>");
        let hash = STANDARD.encode(Sha256::digest("x"));
        assert_eq!(policy.matches("sha256-").count(), 1);
        assert!(policy.contains(&format!("'wasm-unsafe-eval' 'sha256-{hash}';")), "{policy}");
    }

    #[test]
    fn only_hashed_names_are_kept_for_ever() {
        assert!(is_hashed("warren-frontend-0123456789abcdef_bg.wasm"));
        assert!(is_hashed("styles-0123456789abcdef.css"));
        assert!(is_hashed("styles-123456789abcdef.css"));
        assert!(!is_hashed("index.html"));
    }

    #[test]
    fn a_missing_file_is_said() {
        let response = Page::embedded(String::new()).get("/no-such-file", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
