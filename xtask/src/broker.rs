//! Which RabbitMQ `run` and `dev` use: the one that is named, the one that answers, or one of ours.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};

use crate::{
    installation::Installation,
    packages,
    process::{capture, on_path, wait_until},
    rabbitmq::{PrivateNode, speaks_amqp},
    steps::Steps,
    target_dir,
};

/// A broker to use, and what has to be stopped afterwards.
#[derive(Debug)]
pub enum Broker {
    /// The environment or the relay's arguments name it.
    Named,
    /// It answers on port 5672.
    Answering(SocketAddr),
    /// A node of our own.
    Private(Box<PrivateNode>),
    /// A container of our own.
    Docker(Container),
}

impl Broker {
    /// The address for the relay's `AMQP_URL`, where that is ours to set.
    #[must_use]
    pub fn amqp_url(&self) -> Option<String> {
        match self {
            Self::Named => None,
            Self::Answering(address) => Some(format!("amqp://guest:guest@{address}/%2f")),
            Self::Private(node) => Some(format!("{}/%2f", node.amqp_url())),
            Self::Docker(container) => {
                Some(format!("amqp://guest:guest@{}/%2f", container.address))
            }
        }
    }

    /// Stops what we have started, in order, so that its data are whole next time.
    ///
    /// # Errors
    /// When the system cannot tell whether it has ended.
    pub fn stop(self) -> Result<()> {
        match self {
            Self::Private(mut node) => node.stop(),
            Self::Named | Self::Answering(_) | Self::Docker(_) => Ok(()),
        }
    }
}

/// Finds or starts a broker, as one step. `relay_args` are the relay's.
///
/// # Errors
/// When there is none and none can be had; the error says what to install.
pub fn find_or_start(steps: &mut Steps, relay_args: &[String]) -> Result<Broker> {
    let named = |name: &str| std::env::var_os(name).is_some_and(|url| !url.is_empty());
    let is = |arg: &str, flag: &str| {
        arg.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    // A configuration file names it as well: what we put into the environment would win.
    let in_args = relay_args.iter().any(|arg| is(arg, "--amqp-url") || is(arg, "--config"));
    if in_args || ["AMQP_URL", "WARREN_AMQP_URL", "WARREN_CONFIG"].into_iter().any(named) {
        steps.ready("RabbitMQ: the one that is named");
        return Ok(Broker::Named);
    }
    if let Some(address) = answering() {
        steps.ready(&format!("RabbitMQ: the one that answers at {address}"));
        return Ok(Broker::Answering(address));
    }
    if Installation::system().is_some() {
        return steps.work("RabbitMQ: a private node", "some 15 s", private);
    }
    if packages::how(packages::RABBITMQ).is_some() {
        return steps.work("RabbitMQ: install it, then a private node", "first time only", || {
            packages::install(packages::RABBITMQ)?;
            private()
        });
    }
    steps.work("RabbitMQ: in Docker", "first time only, some minutes", || {
        on_path("docker").context(
            "there is no RabbitMQ: install rabbitmq-server or Docker, or set AMQP_URL to a \
             broker's address",
        )?;
        Container::start().map(Broker::Docker)
    })
}

/// The broker on this machine's AMQP port, if one answers.
fn answering() -> Option<SocketAddr> {
    let addresses = "localhost:5672".to_socket_addrs().ok()?;
    addresses.into_iter().find(|address| speaks_amqp(*address))
}

fn private() -> Result<Broker> {
    let node = PrivateNode::start(&target_dir().join("rabbitmq/run"), "warren-run")?;
    Ok(Broker::Private(Box::new(node)))
}

/// RabbitMQ in a container that ends with us.
#[derive(Debug)]
pub struct Container {
    id: String,
    address: SocketAddr,
}

impl Container {
    fn start() -> Result<Self> {
        let id = capture(Command::new("docker").args([
            "run",
            "--detach",
            "--rm",
            "--publish",
            "127.0.0.1::5672",
            "rabbitmq:4",
        ]))?;
        let mut container = Self { id, address: ([127, 0, 0, 1], 0).into() };
        let published = capture(Command::new("docker").args(["port", &container.id, "5672/tcp"]))?;
        container.address = published
            .parse()
            .with_context(|| format!("docker published the port at {published:?}"))?;
        wait_until("RabbitMQ in Docker speaks AMQP", Duration::from_secs(180), || {
            Ok(speaks_amqp(container.address))
        })?;
        Ok(container)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        capture(Command::new("docker").args(["stop", &self.id])).ok();
    }
}
