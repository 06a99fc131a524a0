//! `relay health`: asks the relay that runs with the same configuration whether it is well, for a
//! container's health check, where there is neither a shell nor curl.

mod any_certificate;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};

use crate::config::{Args, DEFAULT_LISTEN};

/// For all of it. Docker, Podman and Kubernetes are usually told to wait longer.
const LIMIT: Duration = Duration::from_secs(5);

/// The longest answer that is read, in bytes; the relay's are a sentence.
const MAX_ANSWER: usize = 4 * 1024;

/// Whom to ask, and what.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    address: SocketAddr,
    /// Where to ask if nothing is to be reached there.
    or_else: Option<SocketAddr>,
    tls: bool,
    /// Whether messages can flow, and not only whether the relay answers.
    ready: bool,
}

/// Asks the relay that `args` have configured, and returns a sentence that says it is well.
///
/// # Errors
/// Why it is not, in a sentence.
pub async fn ask(args: &Args, ready: bool) -> anyhow::Result<String> {
    let question = Question::new(args, ready)?;
    let url = question.url();
    match timeout(LIMIT, question.ask()).await {
        Ok(answer) => answer,
        Err(_) => bail!("the relay at {url} has not answered within {} s", LIMIT.as_secs()),
    }
}

impl Question {
    fn new(args: &Args, ready: bool) -> anyhow::Result<Self> {
        let listen = args.listen.unwrap_or(DEFAULT_LISTEN);
        ensure!(
            listen.port() != 0,
            "--listen {listen}: with port 0 the relay has picked a port that only it knows; name one"
        );
        let (ip, or_else) = match listen.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST.into(), None),
            IpAddr::V6(ip) if ip.is_unspecified() => {
                (Ipv6Addr::LOCALHOST.into(), Some(Ipv4Addr::LOCALHOST.into()))
            }
            ip => (ip, None),
        };
        let at = |ip| SocketAddr::new(ip, listen.port());
        let tls = args.tls_cert.is_some();
        Ok(Self { address: at(ip), or_else: or_else.map(at), tls, ready })
    }

    fn url(&self) -> String {
        self.url_at(self.address)
    }

    fn url_at(&self, address: SocketAddr) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{address}")
    }

    async fn ask(&self) -> anyhow::Result<String> {
        let url = self.url();
        let stream = self.connect().await.with_context(|| format!("no relay listens on {url}"))?;
        let url = self.url_at(stream.peer_addr()?);
        let (status, words) = if self.tls {
            let stream = any_certificate::connect(self.address.ip(), stream).await;
            let stream = stream.with_context(|| format!("what answers at {url} is no relay"))?;
            self.answer(stream).await
        } else {
            self.answer(stream).await
        }
        .with_context(|| format!("what answers at {url} is no relay"))?;
        match (status, words.as_str()) {
            (StatusCode::OK, "ok") if !self.ready => Ok(format!("the relay at {url} answers")),
            (StatusCode::OK, "ready") if self.ready => Ok(format!("the relay at {url} is ready")),
            (StatusCode::SERVICE_UNAVAILABLE, words) if self.ready => {
                bail!("the relay at {url} is not ready: {words}")
            }
            (status, _) => bail!("what answers at {url} is no relay: its status is {status}"),
        }
    }

    /// A relay on [::] listens for IPv4 as well, and may be on a machine that has no ::1. What is told
    /// is why the first address did not answer.
    async fn connect(&self) -> io::Result<TcpStream> {
        let first = TcpStream::connect(self.address).await;
        match (first, self.or_else) {
            (Err(error), Some(address)) => TcpStream::connect(address).await.map_err(|_| error),
            (first, _) => first,
        }
    }

    /// The status and the words of the answer.
    async fn answer<S>(&self, stream: S) -> anyhow::Result<(StatusCode, String)>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::get(if self.ready { "/readyz" } else { "/healthz" })
            .header(header::HOST, self.address.to_string())
            .body(Body::empty())?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = axum::body::to_bytes(Body::new(body), MAX_ANSWER).await;
        let body = body.map_err(io::Error::other)?;
        Ok((head.status, String::from_utf8_lossy(&body).trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn it_asks_where_the_same_configuration_listens() {
        let asked = |listen: Option<&str>, tls: bool| {
            let args = Args {
                listen: listen.map(|listen| listen.parse().unwrap()),
                tls_cert: tls.then(PathBuf::new),
                ..Args::default()
            };
            Question::new(&args, false).map(|question| question.url())
        };
        assert_eq!(asked(None, false).unwrap(), "http://127.0.0.1:8080");
        assert_eq!(asked(Some("0.0.0.0:81"), true).unwrap(), "https://127.0.0.1:81");
        assert_eq!(asked(Some("[::]:81"), false).unwrap(), "http://[::1]:81");
        assert_eq!(asked(Some("192.168.1.5:81"), false).unwrap(), "http://192.168.1.5:81");
        let words = asked(Some("127.0.0.1:0"), false).unwrap_err().to_string();
        assert!(words.contains("port 0"), "{words}");
    }

    #[tokio::test]
    async fn where_nothing_is_to_be_reached_by_ipv6_it_asks_by_ipv4() {
        // Nothing listens on ::1 here, as where there is no ::1.
        let relay = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = relay.local_addr().unwrap().port();
        let args = |listen: &str| Args { listen: Some(listen.parse().unwrap()), ..Args::default() };
        let question = Question::new(&args(&format!("[::]:{port}")), false).unwrap();
        let stream = question.connect().await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), relay.local_addr().unwrap());

        let named = Question::new(&args(&format!("[::1]:{port}")), false).unwrap();
        let error = named.connect().await.unwrap_err().to_string();
        drop((relay, stream));
        let both = question.connect().await.unwrap_err().to_string();
        assert_eq!(both, error, "the first one's");
    }
}
