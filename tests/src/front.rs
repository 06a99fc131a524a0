//! A real nginx, HAProxy or Caddy in front of relays, with its file of `packaging/`: only ports and
//! the places of files are put into it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
    sync::Arc,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};
use tokio_tungstenite::{
    client_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use crate::{
    certificates::{Authority, Validity, text},
    client::Client,
    program::Program,
    relay::{Relay, Socket},
    wait::{self, LIMIT},
};

/// Where on a proxy the page is.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// The host that pages are loaded from.
    pub host: &'static str,
    /// The page's folder there.
    pub path: &'static str,
}

/// A host of its own.
pub const HOST: Site = Site { host: "warren.example", path: "/" };

/// A path of a host that serves other things too.
pub const PATH: Site = Site { host: "tools.example", path: "/warren/" };

/// What becomes of [`PATH`]'s path before the relay sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// It is passed on, as in the files of `packaging/`.
    Kept,
    /// It is taken off, as those files say that it may be.
    TakenOff,
}

impl Prefix {
    fn change<'a>(self, takes_off: (&'a str, &'a str)) -> Option<(&'a str, &'a str)> {
        (self == Self::TakenOff).then_some(takes_off)
    }
}

/// What each relay behind it is started with.
pub const ARGS: [&str; 6] = [
    "--origin",
    "https://warren.example",
    "--origin",
    "https://tools.example/warren/",
    "--trust-proxy",
    "127.0.0.1",
];

/// A running proxy; dropped, it is killed.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    program: Program,
    _dir: TempDir,
}

/// What a proxy needs to start: a folder, a free port, a certificate.
struct Place {
    dir: TempDir,
    address: SocketAddr,
    authority: Authority,
    cert: String,
    key: String,
}

impl Front {
    /// nginx, with the file as all that it serves.
    pub async fn nginx(relay: &Relay, prefix: Prefix) -> Self {
        let takes_off =
            ("proxy_pass http://warren;\n\n        # As", "proxy_pass http://warren/;\n#");
        Self::nginx_changed(relay, prefix.change(takes_off)).await
    }

    /// [`Front::nginx`], with `(from, to)` replaced in its file.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn nginx_changed(relay: &Relay, change: Option<(&str, &str)>) -> Self {
        let place = Place::new();
        let site = place.file(
            "nginx.conf",
            change,
            &[
                ("127.0.0.1:8080", &relay.address),
                ("listen 443 ssl", &format!("listen {} ssl", place.address)),
                ("/etc/ssl/warren/cert.pem", &place.cert),
                ("/etc/ssl/warren/key.pem", &place.key),
            ],
        );
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", place.path(kind)));
        let whole = format!(
            "daemon off; pid {}; error_log stderr; events {{}}\nhttp {{ access_log off; {} include {site}; }}\n",
            place.path("pid"),
            folders.join(" "),
        );
        fs::write(place.path("whole.conf"), whole).unwrap();
        let mut command = program("nginx");
        command.args(["-e", "stderr", "-p", &place.path(""), "-c", &place.path("whole.conf")]);
        place.start("nginx", command).await
    }

    /// HAProxy with two relays.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn haproxy(relays: [&Relay; 2], prefix: Prefix) -> Self {
        let place = Place::new();
        let both = [&place.cert, &place.key].map(|file| fs::read_to_string(file).unwrap());
        fs::write(place.path("both.pem"), both.concat()).unwrap();
        let file = place.file(
            "haproxy.cfg",
            prefix.change(("# http-request replace-path", "http-request replace-path")),
            &[
                ("127.0.0.1:8080", &relays[0].address),
                ("127.0.0.1:8081", &relays[1].address),
                ("bind :443", &format!("bind {}", place.address)),
                ("/etc/haproxy/warren.pem", &place.path("both.pem")),
            ],
        );
        let mut command = program("haproxy");
        command.args(["-db", "-f", &file]);
        place.start("haproxy", command).await
    }

    /// Caddy, with a certificate of the test's in place of its own.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn caddy(relay: &Relay, prefix: Prefix) -> Self {
        let place = Place::new();
        let site = |site: Site| {
            let (port, cert, key) = (place.address.port(), &place.cert, &place.key);
            format!("\nhttps://{}:{port} {{\n bind 127.0.0.1\n tls {cert} {key}\n", site.host)
        };
        let first = format!("\n{{\n admin off\n auto_https disable_redirects\n}}{}", site(HOST));
        let file = place.file(
            "Caddyfile",
            prefix.change(("handle /warren/*", "handle_path /warren/*")),
            &[
                ("127.0.0.1:8080", &relay.address),
                ("\nwarren.example {\n", &first),
                ("\ntools.example {\n", &site(PATH)),
            ],
        );
        let mut command = program("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config", &file]);
        command
            .env("HOME", place.path(""))
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME");
        place.start("caddy", command).await
    }

    /// Where it listens, over TLS.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gets `path` from `host`, which may have a port behind it, and returns status, head and body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, host: &str, path: &str) -> (u16, String, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let name = host.split(':').next().unwrap_or(host);
        let answer = async {
            let mut socket = self.connect(name, [127, 0, 0, 1]).await.unwrap();
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // A proxy may end without TLS's goodbye.
            socket.read_to_end(&mut answer).await.ok();
            String::from_utf8_lossy(&answer).into_owned()
        };
        let answer = tokio::time::timeout(LIMIT, answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (
            status.unwrap_or_else(|| panic!("no status in {answer:?}")),
            head.to_owned(),
            body.to_owned(),
        )
    }

    /// Opens the WebSocket of `site` as a page of `origin` on the machine `from` would.
    ///
    /// # Errors
    /// The HTTP status, when it is refused.
    pub async fn client(&self, site: Site, origin: &str, from: [u8; 4]) -> Result<Client, u16> {
        let Site { host, path } = site;
        let mut request = format!("wss://{host}{path}ws").into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream: Socket = Box::new(self.connect(host, from).await.unwrap());
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Client::new(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no WebSocket: {error}\n{}", self.program.stderr()),
        }
    }

    async fn connect(&self, host: &str, from: [u8; 4]) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(self.address).await?;
        let name = ServerName::try_from(host.to_owned()).unwrap();
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await
    }
}

impl Place {
    fn new() -> Self {
        let authority = Authority::new("the proxy's");
        let pair = authority.issue_for("proxy", &[HOST.host, PATH.host], Validity::Now);
        // Free a moment ago: these programs tell nobody which port they have picked.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self {
            dir: tempfile::tempdir().unwrap(),
            address,
            cert: text(&pair.cert),
            key: text(&pair.key),
            authority,
        }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes `packaging/NAME` with these replacements, and returns where.
    fn file(
        &self,
        name: &str,
        change: Option<(&str, &str)>,
        replacements: &[(&str, &str)],
    ) -> String {
        let mut text = packaged(name);
        for (from, to) in change.into_iter().chain(replacements.iter().copied()) {
            assert!(text.contains(from), "packaging/{name} has no {from:?}");
            text = text.replace(from, to);
        }
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    async fn start(self, name: &str, command: Command) -> Front {
        let program = Program::start(name, command);
        let seen = || program.stderr();
        wait::until(&format!("{name} listens"), seen, async || {
            TcpStream::connect(self.address).await.ok()
        })
        .await;
        Front { address: self.address, tls: self.authority.client(), program, _dir: self.dir }
    }
}

fn program(name: &str) -> Command {
    let program = xtask::proxies::program(name);
    Command::new(program.unwrap_or_else(|| panic!("{name} is not installed")))
}

/// A file of `packaging/`.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn packaged(name: &str) -> String {
    fs::read_to_string(xtask::root().join(Path::new("packaging")).join(name)).unwrap()
}
