//! The relay under test: the real program, on a port that it picks.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::{
    certificates::{Authority, HOST, Pair},
    program::Program,
    wait::{self, LIMIT},
};

/// A running relay; dropped, it is killed.
#[derive(Debug)]
pub struct Relay {
    /// The process, and what it writes.
    pub program: Program,
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// Whom to trust, where it is served over TLS.
    pub tls: Option<Arc<ClientConfig>>,
}

/// A connection to a relay, over TLS or not.
pub type Socket = Box<dyn ReadWrite>;

/// What a [`Socket`] can do.
pub trait ReadWrite: AsyncRead + AsyncWrite + Unpin + Send + Debug {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Debug> ReadWrite for S {}

impl Relay {
    /// Starts a relay for the broker at `amqp_url`, with further arguments, and waits until it
    /// listens.
    pub async fn start(amqp_url: &str, args: &[&str]) -> Self {
        Self::started(Self::spawn(amqp_url, args)).await
    }

    /// [`Relay::start`], and waits until messages can flow.
    pub async fn ready(amqp_url: &str, args: &[&str]) -> Self {
        let relay = Self::start(amqp_url, args).await;
        relay.readyz(200, "").await;
        relay
    }

    /// [`Relay::start`], served over TLS with a certificate of `authority`.
    pub async fn start_over_tls(
        amqp_url: &str,
        pair: &Pair,
        authority: &Authority,
        args: &[&str],
    ) -> Self {
        let files = pair.args("--tls-cert", "--tls-key");
        let args = [&files.each_ref().map(String::as_str), args].concat();
        let program = Self::spawn(amqp_url, &args);
        Self { tls: Some(authority.client()), ..Self::started(program).await }
    }

    /// [`Relay::start`] on a system whose roots are `authority`.
    pub async fn start_trusting(authority: &Authority, amqp_url: &str, args: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.env("SSL_CERT_FILE", authority.file());
        Self::started(Self::run(command, "127.0.0.1:0", amqp_url, args)).await
    }

    /// [`Relay::start`] on an address of the caller's choice: that of a relay that has ended.
    pub async fn start_on(address: &str, amqp_url: &str, args: &[&str]) -> Self {
        Self::started(Self::spawn_on(address, amqp_url, args)).await
    }

    /// Waits until a relay that was started in another way listens.
    pub async fn started(mut program: Program) -> Self {
        let address = program
            .line("the relay listens", |line| {
                let url = line.strip_prefix("listening on ")?;
                url.split_once("://").map(|(_, address)| address.to_owned())
            })
            .await;
        Self { program, address, tls: None }
    }

    /// Starts a relay and waits for nothing.
    #[must_use]
    pub fn spawn(amqp_url: &str, args: &[&str]) -> Program {
        Self::spawn_on("127.0.0.1:0", amqp_url, args)
    }

    /// Starts a relay that may have only so many files open.
    pub async fn start_limited(amqp_url: &str, files: u32) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        command.args(["-c", &limited]).arg(binary());
        Self::started(Self::run(command, "127.0.0.1:0", amqp_url, &[])).await
    }

    /// [`Relay::start`] with these environment variables.
    pub async fn start_with(amqp_url: &str, args: &[&str], env: &[(&str, &str)]) -> Self {
        Self::started(Self::spawn_with("127.0.0.1:0", amqp_url, args, env)).await
    }

    /// [`Relay::spawn_on`] with these environment variables.
    #[must_use]
    pub fn spawn_with(
        address: &str,
        amqp_url: &str,
        args: &[&str],
        env: &[(&str, &str)],
    ) -> Program {
        let mut command = Command::new(binary());
        command.envs(env.iter().copied());
        Self::run(command, address, amqp_url, args)
    }

    /// Starts another relay than the one under test, in a folder.
    pub async fn start_program(program: &Path, folder: &Path, amqp_url: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder);
        Self::started(Self::run(command, "127.0.0.1:0", amqp_url, &[])).await
    }

    /// [`Relay::spawn`] on an address of the caller's choice.
    #[must_use]
    pub fn spawn_on(address: &str, amqp_url: &str, args: &[&str]) -> Program {
        Self::run(Command::new(binary()), address, amqp_url, args)
    }

    fn run(command: Command, address: &str, amqp_url: &str, args: &[&str]) -> Program {
        let mut command = without_environment(command);
        command.args(["--listen", address, "--amqp-url", amqp_url]).args(args);
        Program::start("the relay", command)
    }

    /// The page's address.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// A new connection to it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn socket(&self) -> Socket {
        match &self.tls {
            None => Box::new(connect(&self.address).await),
            Some(tls) => Box::new(shake_hands(tls.clone(), &self.address).await),
        }
    }

    /// The certificate that a new connection sees.
    ///
    /// # Panics
    /// When it is not served over TLS.
    pub async fn certificate(&self) -> CertificateDer<'static> {
        let config = self.tls.clone().unwrap();
        let socket = shake_hands(config, &self.address).await;
        let (_, connection) = socket.get_ref();
        connection.peer_certificates().unwrap()[0].clone().into_owned()
    }

    /// The memory that it has now, in bytes.
    ///
    /// # Panics
    /// Where there is no `/proc`.
    #[must_use]
    pub fn resident(&self) -> usize {
        self.memory("VmRSS:")
    }

    /// The most memory that it has ever had, in bytes: the system keeps this number.
    ///
    /// # Panics
    /// Where there is no `/proc`.
    #[must_use]
    pub fn peak_resident(&self) -> usize {
        self.memory("VmHWM:")
    }

    fn memory(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.program.id()));
        let status = status.unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }

    /// Waits until the log has `words`, and gives all of it.
    pub async fn until_logged(&self, words: &str) -> String {
        let log = || self.program.stderr();
        let logged = async || Some(log()).filter(|log| log.contains(words));
        wait::until(&format!("the log has {words:?}"), log, logged).await
    }

    /// Gets `path` and returns status and body.
    ///
    /// # Panics
    /// When the answer is not HTTP.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = self.get_with(path, &[("host", &self.address)]).await;
        (status, body)
    }

    /// Gets `path` with these headers and returns status, head and body.
    ///
    /// # Panics
    /// When the answer is not HTTP.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
        let headers: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        let answer = async {
            let mut socket = self.socket().await;
            socket.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await.unwrap();
            String::from_utf8_lossy(&answer).into_owned()
        };
        let answer = tokio::time::timeout(LIMIT, answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    /// Waits until `/readyz` answers with `status` and a body that has `word` in it.
    pub async fn readyz(&self, status: u16, word: &str) {
        let what = format!("/readyz answers {status} with {word:?}");
        let mut last = None;
        let found = wait::within(LIMIT, async || {
            let answer = self.get("/readyz").await;
            let holds = answer.0 == status && answer.1.contains(word);
            last = Some(answer);
            holds.then_some(())
        });
        if found.await.is_none() {
            panic!("{what}: it was {last:?}\nstderr: {}", self.program.stderr());
        }
    }
}

async fn connect(address: &str) -> TcpStream {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    socket
}

async fn shake_hands(config: Arc<ClientConfig>, address: &str) -> TlsStream<TcpStream> {
    let socket = connect(address).await;
    let host = ServerName::try_from(HOST).unwrap();
    TlsConnector::from(config).connect(host, socket).await.unwrap()
}

/// The relay with nothing of the tests' own environment, and no arguments.
#[must_use]
pub fn bare() -> Command {
    without_environment(Command::new(binary()))
}

/// `command` with nothing in its environment that the relay reads.
fn without_environment(mut command: Command) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("WARREN_")) {
        command.env_remove(name);
    }
    command.env_remove("AMQP_URL");
    command
}

/// The static relay and its target: what `WARREN_TEST_STATIC_RELAY` names, else the one that was
/// built. None, with a line that says so, where there can be none: the test is left out.
///
/// # Panics
/// When none was built on Linux.
#[must_use]
pub fn static_binary() -> Option<(String, PathBuf)> {
    let Some(target) = xtask::static_relay::target() else {
        println!("left out: the static relay is for Linux");
        return None;
    };
    let path = match std::env::var_os("WARREN_TEST_STATIC_RELAY") {
        Some(path) => path.into(),
        None => xtask::target_dir().join(&target).join("release/relay"),
    };
    assert!(path.exists(), "there is no static relay to test; build it with `cargo xtask dist`");
    Some((target, path))
}

/// The relay to test: what `WARREN_TEST_RELAY` names, else the newest that was built.
///
/// # Panics
/// When none was built.
#[must_use]
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("WARREN_TEST_RELAY") {
        return path.into();
    }
    let built = ["release/relay", "debug/relay"].map(|path| xtask::target_dir().join(path));
    built
        .into_iter()
        .filter(|path| path.exists())
        .max_by_key(|path| path.metadata().and_then(|meta| meta.modified()).ok())
        .expect("there is no relay to test; build it with `cargo xtask build`")
}
