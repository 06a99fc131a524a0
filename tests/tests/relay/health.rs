//! `relay health`: what a container's health check asks, and how it says no.

use std::{
    fs,
    net::TcpListener,
    process::{Command, Output},
};

use warren_tests::{
    certificates::{Authority, text},
    node,
    relay::{self, Relay},
};

/// Runs it beside `args`; its exit code, what it has printed and what it complained of.
async fn health(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = relay::bare();
    command.arg("health").args(args);
    run(command).await
}

async fn run(mut command: Command) -> (Option<i32>, String, String) {
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    let Output { status, stdout, stderr } = run.await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

async fn assert_well(args: &[&str], words: &str) {
    let (code, stdout, stderr) = health(args).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{args:?}");
    assert!(stdout.contains(words) && stdout.lines().count() == 1, "{args:?}: {stdout}");
}

async fn assert_ill(args: &[&str], words: &str) {
    let (code, stdout, stderr) = health(args).await;
    assert!(code.is_some_and(|code| code != 0) && stdout.is_empty(), "{args:?}: {code:?} {stdout}");
    assert!(stderr.contains(words) && stderr.lines().count() == 1, "{args:?}: {stderr}");
}

#[tokio::test]
async fn a_relay_that_runs_is_found_by_flag_variable_and_file() {
    let relay = Relay::ready(&node::vhost().await, &[]).await;
    let listen = relay.address.as_str();
    assert_well(&["--listen", listen], &format!("the relay at http://{listen} answers")).await;
    assert_well(&["--ready", "--listen", listen], "is ready").await;

    let mut before = relay::bare();
    before.args(["--listen", listen, "health"]);
    assert_eq!(run(before).await.0, Some(0));
    let mut variable = relay::bare();
    variable.arg("health").env("WARREN_LISTEN", listen);
    assert_eq!(run(variable).await.0, Some(0));

    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("listen = '{listen}'\n")).unwrap();
    assert_well(&["--config", file.path().to_str().unwrap()], listen).await;
    fs::write(file.path(), "listen = 5\n").unwrap();
    assert_ill(&["--config", file.path().to_str().unwrap()], "line 1").await;
}

#[tokio::test]
async fn without_its_broker_a_relay_is_well_but_not_ready() {
    let relay = Relay::start("amqp://127.0.0.1:1", &[]).await;
    relay.readyz(503, "not connected").await;
    assert_well(&["--listen", &relay.address], "answers").await;
    assert_ill(&["--ready", "--listen", &relay.address], "is not ready: not connected").await;
}

#[tokio::test]
async fn a_relay_over_tls_is_asked_over_tls_whatever_its_certificate_is_for() {
    let authority = Authority::new("warren test CA");
    let pair = authority.issue_for(
        "relay",
        &["warren.example"],
        warren_tests::certificates::Validity::Past,
    );
    let files = pair.args("--tls-cert", "--tls-key");
    let program = Relay::spawn("amqp://127.0.0.1:1", &files.each_ref().map(String::as_str));
    let relay = Relay::started(program).await;
    let (cert, listen) = (text(&pair.cert), relay.address.as_str());
    let words = format!("the relay at https://{listen} answers");
    assert_well(&["--listen", listen, "--tls-cert", &cert], &words).await;
    assert_ill(&["--listen", listen], "is no relay").await;
}

#[tokio::test]
async fn what_is_no_relay_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = listener.local_addr().unwrap().to_string();
    assert_ill(&["--listen", &silent], "has not answered within 5 s").await;
    drop(listener);
    assert_ill(&["--listen", &silent], "no relay listens on http://").await;

    // RabbitMQ says "AMQP" and hangs up.
    let broker = node::address().await;
    let (_, broker) = broker.rsplit_once('@').unwrap();
    assert_ill(&["--listen", broker], "is no relay").await;
    assert_ill(&["--listen", broker, "--tls-cert", "/any"], "is no relay").await;
    assert_ill(&["--listen", "127.0.0.1:0"], "port 0").await;
}
