//! Which RabbitMQ `run` and `dev` use: the one that is named, the one that answers, or one of ours.

mod running;

use std::{
    io::{stderr, stdin},
    net::{SocketAddr, ToSocketAddrs as _},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

pub use self::running::Broker;
use self::running::{IMAGE, in_docker};
use crate::{
    first_run::{self, ask, must_ask},
    guarded::Guarded,
    installation::Installation,
    packages,
    process::{capture, wait_until},
    rabbitmq::speaks_amqp,
    run::Args,
    steps::Steps,
    target_dir,
};

/// How long Docker's daemon may take to answer.
const DOCKER_LIMIT: Duration = Duration::from_secs(5);

/// What somebody without a broker can do.
const HELP: &str =
    "install rabbitmq-server, start Docker, or set AMQP_URL to a broker's address, and try again";

/// Where a broker can come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The environment or the relay's arguments name it.
    Named,
    /// It answers on port 5672 of this machine.
    Answering,
    /// A container of our own.
    Docker,
    /// A private node of the RabbitMQ that is installed.
    Installed,
    /// A private node of the RabbitMQ that the package manager brings.
    PackageManager,
}

const ORDER: [Source; 5] =
    [Source::Named, Source::Answering, Source::Docker, Source::Installed, Source::PackageManager];

/// What is left where Docker's daemon answers but brings no broker, as without a network.
const AFTER_DOCKER: [Source; 2] = [Source::Installed, Source::PackageManager];

/// The first that is there. Those behind it are not looked for, since that takes time.
fn first(order: &[Source], is_there: impl Fn(Source) -> bool) -> Option<Source> {
    order.iter().copied().find(|source| is_there(*source))
}

/// Chooses where the broker will come from. What has to be installed for it, and for the build, is
/// said now and asked for, before minutes go by.
///
/// # Errors
/// When there is none and none can be had; the error says what can be done.
pub fn choose(args: &Args) -> Result<Source> {
    let source = first(&ORDER, |source| source.is_there(&args.relay_args))
        .with_context(|| format!("there is no RabbitMQ here: {HELP}"))?;
    first_run::confirm(source.brings(), args.yes)?;
    Ok(source)
}

impl Source {
    fn is_there(self, relay_args: &[String]) -> bool {
        match self {
            Self::Named => is_named(relay_args),
            Self::Answering => answering().is_some(),
            Self::Docker => docker_answers(),
            Self::Installed => Installation::system().is_some(),
            Self::PackageManager => packages::how(packages::RABBITMQ).is_some(),
        }
    }

    /// What it installs or downloads, in words; none where all is there.
    fn brings(self) -> Option<String> {
        match self {
            Self::Named | Self::Answering | Self::Installed => None,
            Self::Docker => (!has_image()).then(|| format!("Docker's image {IMAGE}")),
            Self::PackageManager => {
                Some(format!("{} (its service is not started)", how_to_install()))
            }
        }
    }

    /// Fails where something would be installed and the answer is no.
    fn confirm(self, yes: bool) -> Result<()> {
        if self != Self::PackageManager || !must_ask(yes) {
            return Ok(());
        }
        eprintln!(
            "There is no RabbitMQ here: no address is given, nothing answers on localhost:5672, \
             and neither Docker nor an installed rabbitmq-server can be used.\n\
             It can be installed now. Warren then starts a private node, and stops it at the end; \
             the package's own service is not started."
        );
        let question = format!("Install {}?", how_to_install());
        let install = ask(&question, &mut stdin().lock(), &mut stderr())?;
        ensure!(install, "RabbitMQ was not installed: {HELP}");
        Ok(())
    }

    /// Finds or starts the broker, as one step.
    ///
    /// # Errors
    /// When it does not start, or is not there any more.
    pub fn start(self, steps: &mut Steps, args: &Args) -> Result<Broker> {
        match self {
            Self::Named => {
                steps.ready("RabbitMQ: the one that is named");
                Ok(Broker::default())
            }
            Self::Answering => {
                let address = answering().context("the RabbitMQ on localhost:5672 has gone")?;
                steps.ready(&format!("RabbitMQ: the one that answers at {address}"));
                Ok(Broker::guest_at(address))
            }
            Self::Docker => {
                let note = "first time some minutes";
                let error = match steps.work("RabbitMQ: in Docker", note, in_docker) {
                    Ok(broker) => return Ok(broker.traced(steps)),
                    Err(error) => error,
                };
                let next = first(&AFTER_DOCKER, |source| source.is_there(&args.relay_args));
                let Some(next) = next else { return Err(error) };
                eprintln!("      going on without Docker: {error:#}");
                next.confirm(args.yes)?;
                next.start(steps, args)
            }
            Self::Installed => {
                Broker::private(steps, &target_dir().join("rabbitmq/run"), "warren-run")
            }
            Self::PackageManager => {
                let what = format!("RabbitMQ: install {}", how_to_install());
                let note = "first time only; its service is not started";
                steps.work(&what, note, || packages::install(packages::RABBITMQ))?;
                Self::Installed.start(steps, args)
            }
        }
    }
}

fn how_to_install() -> String {
    packages::how(packages::RABBITMQ).unwrap_or_default()
}

/// Whether the environment or the relay's arguments name a broker.
fn is_named(relay_args: &[String]) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|url| !url.is_empty());
    let is = |arg: &str, flag: &str| {
        arg.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    // A configuration file names it as well: what we put into the environment would win.
    relay_args.iter().any(|arg| is(arg, "--amqp-url") || is(arg, "--config"))
        || ["AMQP_URL", "WARREN_AMQP_URL", "WARREN_CONFIG"].into_iter().any(is_set)
}

/// Whether Docker need not download its image.
fn has_image() -> bool {
    capture(Command::new("docker").args(["image", "inspect", IMAGE])).is_ok()
}

/// Whether Docker's daemon answers: its program alone starts nothing.
fn docker_answers() -> bool {
    let mut docker = Command::new("docker");
    docker.args(["ps", "--quiet"]).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut docker) = Guarded::spawn(&mut docker) else { return false };
    let mut status = None;
    let ended = wait_until("Docker has answered", DOCKER_LIMIT, || {
        status = docker.try_wait()?;
        Ok(status.is_some())
    });
    ended.is_ok() && status.is_some_and(|status| status.success())
}

/// The broker on this machine's AMQP port, if one answers.
fn answering() -> Option<SocketAddr> {
    let addresses = "localhost:5672".to_socket_addrs().ok()?;
    addresses.into_iter().find(|address| speaks_amqp(*address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_broker_in_the_order_is_used() {
        for (at, source) in ORDER.into_iter().enumerate() {
            let is_there = |other| ORDER[at..].contains(&other);
            assert_eq!(first(&ORDER, is_there), Some(source));
        }
        // Docker's program without its daemon changes nothing.
        assert_eq!(first(&ORDER, |source| source == Source::Installed), Some(Source::Installed));
        assert_eq!(first(&ORDER, |_| false), None);
    }

    #[test]
    fn what_brings_the_broker_is_named() {
        let package = Source::PackageManager.brings().unwrap_or_default();
        assert!(package.contains("its service is not started"), "{package}");
        // Where Docker is not, its image is not either.
        let image = (!has_image()).then(|| "Docker's image rabbitmq:4".to_owned());
        assert_eq!(Source::Docker.brings(), image);
        for there in [Source::Named, Source::Answering, Source::Installed] {
            assert_eq!(there.brings(), None);
        }
    }

    #[test]
    fn what_comes_later_is_not_looked_for() {
        let is_there = |source| match source {
            Source::Named => false,
            Source::Answering => true,
            _ => panic!("{source:?} was looked for"),
        };
        assert_eq!(first(&ORDER, is_there), Some(Source::Answering));
    }

    #[test]
    fn a_flag_of_the_relay_names_a_broker() {
        let named = |arg: &str| is_named(&[arg.to_owned()]);
        assert!(named("--amqp-url") && named("--amqp-url=amqp://h") && named("--config=c"));
    }
}
