//! The clients in docs/protocol.md do what is said there.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{fs, path::Path, process::Command};

use warren_tests::{node, page::Page, program::Program, python, relay::Relay};

/// The code behind the marker of this name.
fn client(name: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/protocol.md");
    let page = fs::read_to_string(page).expect("docs/protocol.md");
    let marker = format!("<!-- client: {name} -->\n```");
    let (_, rest) = page.split_once(&marker).expect("there is no such client");
    let (_, rest) = rest.split_once('\n').expect("the code has no beginning");
    rest.split_once("```").expect("the code has no end").0.to_owned()
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
