//! A RabbitMQ node of our own: own name, ports, data, log and epmd, on the loopback only.
//!
//! It needs no root, touches no RabbitMQ that the machine may run, and does not outlive us. The
//! packages' own start scripts insist on the user `rabbitmq`, so the server's are called directly.

use std::{
    fs::{self, File},
    hash::{BuildHasher as _, RandomState},
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    ops::Range,
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{
    ctl::Ctl,
    epmd,
    guarded::{Guarded, signal},
    installation::Installation,
    process::wait_until,
};

/// A cold start takes 8 to 18 s on two cores; a loaded machine takes longer.
const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A running private node; dropped, it is killed. Its data stay in its folder.
#[derive(Debug)]
pub struct PrivateNode {
    ctl: Ctl,
    amqp_port: u16,
    dist_port: u16,
    /// First the server, then the epmd that it is registered with.
    server: Option<Guarded>,
    epmd: Option<Guarded>,
    /// It is registered with another node's epmd.
    beside: bool,
    _lock: File,
}

impl PrivateNode {
    /// Starts the node `name@localhost` with its files in `dir`, on free ports, and waits until it
    /// speaks AMQP.
    ///
    /// # Errors
    /// When RabbitMQ is not installed, `dir` is in use by another node of ours, or it does not
    /// start; the error says where its log is.
    pub fn start(dir: &Path, name: &str) -> Result<Self> {
        Self::start_in(&installed()?, dir, name, false, None)
    }

    /// [`PrivateNode::start`] without what an earlier node has left in `dir`.
    ///
    /// # Errors
    /// Those of [`PrivateNode::start`].
    pub fn start_empty(dir: &Path, name: &str) -> Result<Self> {
        Self::start_empty_of(&installed()?, dir, name)
    }

    /// [`PrivateNode::start_empty`] of another RabbitMQ than the system's.
    ///
    /// # Errors
    /// Those of [`PrivateNode::start`].
    pub fn start_empty_of(installation: &Installation, dir: &Path, name: &str) -> Result<Self> {
        Self::start_in(installation, dir, name, true, None)
    }

    /// [`PrivateNode::start_empty`], and joins the cluster of `first`, which has to outlive it.
    ///
    /// # Errors
    /// Those of [`PrivateNode::start`], and when it cannot join.
    pub fn start_beside(first: &Self, dir: &Path, name: &str) -> Result<Self> {
        let node = Self::start_in(&first.ctl.installation, dir, name, true, Some(first))?;
        node.ctl(&["stop_app"])?;
        node.ctl(&["join_cluster", &first.ctl.node_name])?;
        node.ctl(&["start_app"])?;
        Ok(node)
    }

    fn start_in(
        installation: &Installation,
        dir: &Path,
        name: &str,
        empty: bool,
        beside: Option<&Self>,
    ) -> Result<Self> {
        let dir = std::path::absolute(dir)?;
        fs::create_dir_all(&dir)?;
        let lock = File::create(dir.join("lock"))?;
        if lock.try_lock().is_err() {
            bail!("another command runs a RabbitMQ node in {}; stop it first", dir.display());
        }
        for folder in ["home", "data", "log"].map(|name| dir.join(name)) {
            if empty && folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let [amqp_port, dist_port, own_epmd_port] = free_ports()?;
        let epmd_port = beside.map_or(own_epmd_port, |first| first.ctl.epmd_port);
        let ctl = Ctl {
            installation: installation.clone(),
            folder: dir,
            node_name: format!("{name}@localhost"),
            epmd_port,
        };
        if let Some(first) = beside {
            // Nodes of a cluster share the secret.
            let cookie = "home/.erlang.cookie";
            fs::copy(first.ctl.folder.join(cookie), ctl.folder.join(cookie))
                .context("the first node's cookie")?;
        }
        let mut node = Self {
            beside: beside.is_some(),
            ctl,
            amqp_port,
            dist_port,
            server: None,
            epmd: None,
            _lock: lock,
        };
        node.start_again()?;
        Ok(node)
    }

    /// Starts the node again after [`PrivateNode::kill`] or [`PrivateNode::stop`]: same ports,
    /// same data.
    ///
    /// # Errors
    /// When it does not start; the error says where its log is.
    pub fn start_again(&mut self) -> Result<()> {
        if self.server.is_some() {
            bail!("the node {} runs already", self.ctl.node_name);
        }
        if self.epmd.is_none() && !self.beside {
            self.epmd = epmd::start(self.ctl.epmd_port)?;
        }
        let log = self.ctl.folder.join("log/start.log");
        let mut server = Guarded::spawn(&mut self.server_command(&log)?)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.amqp_port));
        wait_until("RabbitMQ speaks AMQP", START_LIMIT, || {
            if let Some(status) = server.try_wait()? {
                bail!("rabbitmq-server ended at once ({status})");
            }
            Ok(speaks_amqp(address))
        })
        .with_context(|| {
            format!(
                "RabbitMQ did not start; its log is in {}; where its data are of another version, \
                 delete {}",
                log.display(),
                self.ctl.folder.display()
            )
        })?;
        self.server = Some(server);
        Ok(())
    }

    /// `amqp://guest:guest@127.0.0.1:PORT`, without a vhost.
    #[must_use]
    pub fn amqp_url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}", self.amqp_port)
    }

    /// What reaches this node with rabbitmqctl, also from another process.
    #[must_use]
    pub fn ctl_handle(&self) -> &Ctl {
        &self.ctl
    }

    /// Runs rabbitmqctl on this node; see [`Ctl::run`].
    ///
    /// # Errors
    /// When it fails; the error holds its words.
    pub fn ctl(&self, args: &[&str]) -> Result<String> {
        self.ctl.run(args)
    }

    /// Stops the node in order, as an operator would.
    ///
    /// # Errors
    /// When the system cannot tell whether it has ended.
    pub fn stop(&mut self) -> Result<()> {
        if let Some(server) = self.server.take() {
            server.stop(STOP_LIMIT)?;
        }
        Ok(())
    }

    /// Ends the node without a word (`kill -9`), as a power cut would.
    ///
    /// # Errors
    /// When its process id is not known.
    pub fn kill(&mut self) -> Result<()> {
        let mut server = self.server.take().context("the node does not run")?;
        let pid =
            fs::read_to_string(self.ctl.folder.join("pid")).context("the node's process id")?;
        signal(pid.trim(), "KILL")?;
        wait_until("the killed node has ended", STOP_LIMIT, || Ok(server.try_wait()?.is_some()))
    }

    fn server_command(&self, log: &Path) -> Result<Command> {
        let dir = &self.ctl.folder;
        let config = dir.join("rabbitmq.conf");
        fs::write(&config, format!("listeners.tcp.1 = 127.0.0.1:{}\n", self.amqp_port))?;
        fs::write(dir.join("advanced.config"), "[].\n")?;
        fs::write(dir.join("rabbitmq-env.conf"), "")?;
        fs::write(dir.join("enabled_plugins"), "[].\n")?;
        let log = File::create(log)?;
        let mut command = self.ctl.installation.command("rabbitmq-server", dir);
        command
            .current_dir(dir)
            .env("HOME", self.ctl.home())
            .env("RABBITMQ_NODENAME", &self.ctl.node_name)
            .env("RABBITMQ_NODE_PORT", self.amqp_port.to_string())
            .env("RABBITMQ_DIST_PORT", self.dist_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", dir.join("data"))
            .env("RABBITMQ_LOG_BASE", dir.join("log"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", dir.join("enabled_plugins"))
            .env("RABBITMQ_PID_FILE", dir.join("pid"))
            .env("RABBITMQ_CONFIG_FILE", config)
            // Else those of a RabbitMQ that the machine runs would be read from /etc.
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", dir.join("advanced.config"))
            .env("RABBITMQ_CONF_ENV_FILE", dir.join("rabbitmq-env.conf"))
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}",
            )
            .env("ERL_EPMD_PORT", self.ctl.epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }
}

fn installed() -> Result<Installation> {
    Installation::system().context(
        "rabbitmq-server is not installed; install it (Debian: apt-get install rabbitmq-server)",
    )
}

/// Whether a broker answers at `address`: our protocol header gets connection.start, a method
/// frame (AMQP 0-9-1, section 2.2.4), within 2 s.
#[must_use]
pub fn speaks_amqp(address: SocketAddr) -> bool {
    let limit = Duration::from_secs(2);
    let greet = || -> std::io::Result<u8> {
        let mut socket = TcpStream::connect_timeout(&address, limit)?;
        socket.set_read_timeout(Some(limit))?;
        socket.write_all(b"AMQP\x00\x00\x09\x01")?;
        let mut frame_type = [0];
        socket.read_exact(&mut frame_type)?;
        Ok(frame_type[0])
    };
    greet().is_ok_and(|frame_type| frame_type == 1)
}

/// Below those that systems give to outgoing connections (Linux: from 32,768 on; macOS: from
/// 49,152 on): such a port is free when we look and may be taken before the broker has it.
const PORTS: Range<u16> = 15_000..32_768;

/// Ports that were free a moment ago. All are held at once, so that they differ.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut ports = [0; N];
    let mut held = Vec::new();
    for port in &mut ports {
        let listener = (0..100)
            .find_map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, any_port())).ok())
            .context("no port is free for RabbitMQ")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

fn any_port() -> u16 {
    // Keyed by the system's randomness.
    let random = RandomState::new().hash_one(());
    PORTS.start + (random % u64::from(PORTS.end - PORTS.start)) as u16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test may
    use super::*;

    #[test]
    fn free_ports_differ() {
        let [one, two, three] = free_ports().unwrap();
        assert!(one != two && two != three && one != three);
        assert!([one, two, three].iter().all(|port| PORTS.contains(port)));
    }

    #[test]
    fn a_server_that_speaks_something_else_is_no_broker() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        });
        assert!(!speaks_amqp(address));
        server.join().unwrap();
    }
}
