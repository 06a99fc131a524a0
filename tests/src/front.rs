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

/// The name that pages are loaded from.
pub const NAME: &str = "warren.example";

/// What each relay behind it is started with.
pub const ARGS: [&str; 4] = ["--origin", "https://warren.example", "--trust-proxy", "127.0.0.1"];

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
    /// nginx, with the file as its only site.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn nginx(relay: &Relay) -> Self {
        let place = Place::new();
        let site = place.file(
            "nginx.conf",
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
    pub async fn haproxy(relays: [&Relay; 2]) -> Self {
        let place = Place::new();
        let both = [&place.cert, &place.key].map(|file| fs::read_to_string(file).unwrap());
        fs::write(place.path("both.pem"), both.concat()).unwrap();
        let file = place.file(
            "haproxy.cfg",
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
    pub async fn caddy(relay: &Relay) -> Self {
        let place = Place::new();
        let site = format!(
            "{{\n admin off\n auto_https disable_redirects\n}}\nhttps://{NAME}:{} {{\n bind 127.0.0.1\n tls {} {}\n",
            place.address.port(),
            place.cert,
            place.key,
        );
        let file = place.file(
            "Caddyfile",
            &[("127.0.0.1:8080", &relay.address), ("warren.example {\n", &site)],
        );
        let mut command = program("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config", &file]);
        command
            .env("HOME", place.path(""))
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME");
        place.start("caddy", command).await
    }

    /// Gets `path` from the name and returns status and body.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n");
        let answer = async {
            let mut socket = self.connect([127, 0, 0, 1]).await.unwrap();
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            // A proxy may end without TLS's goodbye.
            socket.read_to_end(&mut answer).await.ok();
            String::from_utf8_lossy(&answer).into_owned()
        };
        let answer = tokio::time::timeout(LIMIT, answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no status in {answer:?}")), body.to_owned())
    }

    /// Opens a WebSocket as a page of `origin` on the machine `from` would.
    ///
    /// # Errors
    /// The HTTP status, when it is refused.
    pub async fn client(&self, origin: &str, from: [u8; 4]) -> Result<Client, u16> {
        let mut request = format!("wss://{NAME}/ws").into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream: Socket = Box::new(self.connect(from).await.unwrap());
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Client::new(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("no WebSocket: {error}\n{}", self.program.stderr()),
        }
    }

    async fn connect(&self, from: [u8; 4]) -> std::io::Result<TlsStream<TcpStream>> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((from, 0).into())?;
        let stream = socket.connect(self.address).await?;
        let name = ServerName::try_from(NAME).unwrap();
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await
    }
}

impl Place {
    fn new() -> Self {
        let authority = Authority::new("the proxy's");
        let pair = authority.issue_for("proxy", NAME, Validity::Now);
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
    fn file(&self, name: &str, replacements: &[(&str, &str)]) -> String {
        let mut text = packaged(name);
        for (from, to) in replacements {
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
