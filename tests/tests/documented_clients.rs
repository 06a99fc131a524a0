//! The clients in docs/protocol.md do what is said there.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{fs, process::Command};

use warren_tests::{documented, node, page::Page, program::Program, python, relay::Relay};

fn client(name: &str) -> String {
    documented::code("protocol.md", &format!("client: {name}"))
}

async fn prints(name: &str, wanted: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("client.py");
    fs::write(&script, client(name)).unwrap();
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut command = Command::new(python::program());
    command.arg("-u").arg(script).arg(&relay.address);
    let mut client = Program::start("a documented client", command);
    client.line("what it has received", |line| (line == wanted).then_some(())).await;
}

#[tokio::test]
async fn the_python_client_sends_and_receives_hello_world() {
    prints("python", "received: Hello World!").await;
}

#[tokio::test]
async fn the_binary_client_sends_and_receives_bytes_that_are_no_text() {
    prints("binary", "received: ff00").await;
}

#[tokio::test]
async fn the_javascript_client_sends_and_receives_hello_world() {
    let relay = Relay::start(&node::vhost().await, &[]).await;
    // In Warren's own page, which receives nothing meanwhile.
    let page = Page::open(&relay).await;
    page.until_connected().await;
    page.set_receiving(false).await;
    let browser = &page.browser;
    let print = "const console = { log: (...words) => document.body.append(words.join(' ')) };";
    browser.eval(&format!("{print}\n{}", client("javascript")), Vec::new()).await;
    browser.until_text("received: Hello World!").await;
}

#[test]
fn the_clients_are_as_short_as_is_said() {
    for (name, max) in [("python", 15), ("javascript", 15), ("binary", 25)] {
        let lines = client(name).lines().filter(|line| !line.is_empty()).count();
        assert!(lines <= max, "{name} has {lines} lines");
    }
}
