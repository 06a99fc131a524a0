//! A broker that was found or started: what the relay and other terminals are told of it.

use std::{fmt::Display, net::SocketAddr, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use crate::{
    process::{capture, typed, wait_until},
    rabbitmq::{PrivateNode, speaks_amqp},
    steps::Steps,
};

/// A broker to use, and what ends with us of it.
#[derive(Debug, Default)]
pub struct Broker {
    /// None where it was named.
    amqp_url: Option<String>,
    /// None where somebody else has started it.
    ours: Option<Ours>,
}

/// A broker that we have started.
#[derive(Debug)]
enum Ours {
    Node(PrivateNode),
    Container(Container),
}

impl Ours {
    fn rabbitmqctl(&self) -> Command {
        match self {
            Self::Node(node) => node.ctl_handle().command(),
            Self::Container(Container { id }) => {
                let mut command = Command::new("docker");
                command.args(["exec", id, "rabbitmqctl"]);
                command
            }
        }
    }
}

impl Broker {
    pub(super) fn guest_at(address: impl Display) -> Self {
        let amqp_url = Some(format!("amqp://guest:guest@{address}/%2f"));
        Self { amqp_url, ..Self::default() }
    }

    /// Starts the private node `name@localhost` with its files in `dir`.
    ///
    /// # Errors
    /// Those of [`PrivateNode::start`].
    pub fn private(steps: &mut Steps, dir: &Path, name: &str) -> Result<Self> {
        let start = || PrivateNode::start(dir, name);
        let node = steps.work("RabbitMQ: a private node", "some 15 s", start)?;
        let amqp_url = Some(format!("{}/%2f", node.amqp_url()));
        Ok(Self { amqp_url, ours: Some(Ours::Node(node)) }.traced(steps))
    }

    /// Switches tracing on, so that pages can watch at once; RabbitMQ forgets it when it stops. Only in a
    /// broker of ours: it costs one something, and somebody else decides on theirs.
    pub(super) fn traced(self, steps: &mut Steps) -> Self {
        if let Some(ours) = &self.ours {
            let mut trace = ours.rabbitmqctl();
            trace.args(["trace_on", "-p", "/"]);
            let what = "RabbitMQ: tracing on in this broker of ours, so that pages can watch";
            if let Err(error) = steps.work(what, "", || capture(&mut trace)) {
                eprintln!("      going on without it: {error:#}");
            }
        }
        self
    }

    /// What another terminal needs for programs that use the same broker: lines for a shell. None
    /// where the broker was named, and so is known.
    #[must_use]
    pub fn for_shells(&self) -> Option<String> {
        let mut lines = format!("export AMQP_URL={}\n", self.amqp_url.as_ref()?);
        if let Some(ours) = &self.ours {
            let rabbitmqctl = typed(&ours.rabbitmqctl());
            lines += &format!("rabbitmqctl() {{ {rabbitmqctl} \"$@\"; }}\n");
        }
        Some(lines)
    }

    /// Prints [`Broker::for_shells`].
    pub fn print_for_shells(&self) {
        if let Some(lines) = self.for_shells() {
            eprint!(
                "For programs in another terminal (docs/tutorial.md), type there:\n\n{lines}\n"
            );
        }
    }

    /// Tells the relay, which `command` starts, where the broker is, unless it knows.
    pub fn tell(&self, command: &mut Command) {
        command.envs(self.amqp_url.as_ref().map(|url| ("AMQP_URL", url)));
    }

    /// Stops what we have started, in order, so that its data are whole next time.
    ///
    /// # Errors
    /// When the system cannot tell whether it has ended.
    pub fn stop(mut self) -> Result<()> {
        match &mut self.ours {
            Some(Ours::Node(node)) => node.stop(),
            Some(Ours::Container(_)) | None => Ok(()),
        }
    }
}

/// What Docker starts.
pub(super) const IMAGE: &str = "rabbitmq:4";

pub(super) fn in_docker() -> Result<Broker> {
    let start = ["run", "--detach", "--rm", "--publish", "127.0.0.1::5672", IMAGE];
    let container = Container { id: capture(Command::new("docker").args(start))? };
    let published = capture(Command::new("docker").args(["port", &container.id, "5672/tcp"]))?;
    let address: SocketAddr =
        published.parse().with_context(|| format!("docker published the port at {published:?}"))?;
    wait_until("RabbitMQ in Docker speaks AMQP", Duration::from_secs(180), || {
        Ok(speaks_amqp(address))
    })?;
    Ok(Broker { ours: Some(Ours::Container(container)), ..Broker::guest_at(address) })
}

/// RabbitMQ in a container that ends with us.
#[derive(Debug)]
struct Container {
    id: String,
}

impl Drop for Container {
    fn drop(&mut self) {
        capture(Command::new("docker").args(["stop", &self.id])).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_terminal_is_told_of_a_broker_that_was_not_named() {
        assert_eq!(Broker::default().for_shells(), None);
        let found = Broker::guest_at("127.0.0.1:5672").for_shells();
        let export = "export AMQP_URL=amqp://guest:guest@127.0.0.1:5672/%2f\n";
        assert_eq!(found.as_deref(), Some(export));
        let rabbitmqctl = Ours::Container(Container { id: "c0ffee".to_owned() }).rabbitmqctl();
        assert_eq!(typed(&rabbitmqctl), "docker exec c0ffee rabbitmqctl");
    }
}
