//! The private RabbitMQ node that all else stands on.

#![allow(clippy::unwrap_used)] // a test may

use std::process::Command;

use warren_tests::{
    amqp::{Amqp, Shape},
    broker_log::BrokerLog,
    node::{self, Rabbit},
};
use xtask::{
    broker::Broker, installation::Installation, process::capture, rabbitmq::PrivateNode, rabbitmq4,
    steps::Steps,
};

async fn keeps_its_messages(installation: Installation) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_owned();
    let start =
        move || PrivateNode::start_empty_of(&installation, &path, "warren-node-test").unwrap();
    let mut node = tokio::task::spawn_blocking(start).await.unwrap();
    let url = format!("{}/%2f", node.amqp_url());

    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Quorum).await;
    amqp.publish(b"kept").await;
    drop(amqp);

    for kill in [false, true] {
        node = tokio::task::spawn_blocking(move || {
            if kill { node.kill() } else { node.stop() }.unwrap();
            node.start_again().unwrap();
            node
        })
        .await
        .unwrap();
        let amqp = Amqp::connect(&url).await;
        amqp.until_counts(1, 0).await;
    }
    let vhosts = tokio::task::spawn_blocking(move || node.ctl(&["list_vhosts"]).unwrap());
    assert_eq!(vhosts.await.unwrap().lines().last(), Some("/"));
}

#[tokio::test]
async fn a_node_keeps_its_durable_messages_when_it_is_stopped_and_when_it_is_killed() {
    keeps_its_messages(Installation::system().unwrap()).await;
}

#[tokio::test]
async fn so_does_a_node_of_rabbitmq_4() {
    match rabbitmq4::installed() {
        Some(four) => keeps_its_messages(four).await,
        None => println!("left out: there is no RabbitMQ 4 here"),
    }
}

/// Each test has a vhost of its own, on either RabbitMQ, and finds its own lines in the log.
async fn has_a_vhost_of_its_own(rabbit: Rabbit) {
    let Some(one) = node::vhost_on(rabbit).await else { return };
    let other = node::vhost_on(rabbit).await.unwrap();
    let log = BrokerLog::from_now(rabbit).await;
    let (_, name) = other.rsplit_once('/').unwrap();
    let version = node::ctl_on(rabbit, &["eval", "rabbit_misc:version()."]).await;
    // The system's is 3.x on Debian 12, and may be newer elsewhere.
    assert!(rabbit == Rabbit::V3 || version.contains("\"4."), "{version}");
    let (one, other) = (Amqp::connect(&one).await, Amqp::connect(&other).await);
    one.declare(Shape::Durable).await;
    assert_eq!(one.counts().await, Some((0, 0)));
    assert_eq!(other.counts().await, None);
    assert_eq!(log.lines(&["no queue 'hello'", &format!("'{name}'")]).await.len(), 1);
}

#[tokio::test]
async fn each_test_has_a_vhost_of_its_own() {
    has_a_vhost_of_its_own(Rabbit::V3).await;
}

#[tokio::test]
async fn each_test_has_a_vhost_of_its_own_on_rabbitmq_4() {
    has_a_vhost_of_its_own(Rabbit::V4).await;
}

/// The vhosts of a node that are traced, a line each, as rabbitmqctl names them.
fn traced(vhosts: &str) -> Vec<String> {
    let traced = |line: &str| line.strip_suffix("\ttrue").map(str::to_owned);
    vhosts.lines().filter_map(traced).collect()
}

const TRACING: [&str; 3] = ["list_vhosts", "name", "tracing"];

async fn traces_one_vhost(rabbit: Rabbit) {
    let Some(url) = node::vhost_on(rabbit).await else { return };
    let (_, vhost) = url.rsplit_once('/').unwrap();
    let is_traced =
        async || traced(&node::ctl_on(rabbit, &TRACING).await).contains(&vhost.to_owned());
    assert!(!is_traced().await);
    node::trace_on(rabbit, &url).await;
    assert!(is_traced().await);
    node::trace_off(rabbit, &url).await;
    assert!(!is_traced().await);
}

#[tokio::test]
async fn tracing_is_switched_on_and_off_for_one_vhost() {
    traces_one_vhost(Rabbit::V3).await;
}

#[tokio::test]
async fn tracing_is_switched_on_and_off_for_one_vhost_on_rabbitmq_4() {
    traces_one_vhost(Rabbit::V4).await;
}

/// What `cargo xtask run` starts: it is traced, and the lines that it prints for other terminals work
/// in any shell.
#[tokio::test]
async fn the_node_of_run_is_traced_and_another_terminal_can_use_it() {
    let dir = tempfile::tempdir().unwrap();
    let start = move || {
        let dir = dir.path().join("run");
        let broker = Broker::private(&mut Steps::default(), &dir, "warren-run-test").unwrap();
        let lines = broker.for_shells().unwrap();
        let in_a_shell = |script: &str| {
            let script = format!("{lines}{script}");
            capture(Command::new("sh").args(["-c", &script]).env_remove("AMQP_URL")).unwrap()
        };
        let url = in_a_shell("echo \"$AMQP_URL\"");
        let vhosts = in_a_shell("rabbitmqctl -q list_vhosts name tracing");
        broker.stop().unwrap();
        (url, vhosts)
    };
    let (url, vhosts) = tokio::task::spawn_blocking(start).await.unwrap();
    assert!(url.starts_with("amqp://guest:guest@127.0.0.1:"), "{url}");
    assert_eq!(traced(&vhosts), ["/"]);
}
