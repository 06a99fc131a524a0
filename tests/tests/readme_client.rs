//! The README's Python client does what the README says.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

use std::{fs, path::Path, process::Command};

use warren_tests::{node, program::Program, python, relay::Relay};

const MARKER: &str = "<!-- readme-client -->";

/// The fenced Python block behind the marker.
fn client() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("README.md");
    let (_, rest) = readme.split_once(MARKER).expect("README.md has no marker for its client");
    let (_, rest) = rest.split_once("```python\n").expect("no Python block behind the marker");
    rest.split_once("```").expect("the Python block has no end").0.to_owned()
}

#[tokio::test]
async fn the_readmes_client_sends_and_receives_hello_world() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("client.py");
    fs::write(&script, client()).unwrap();
    let relay = Relay::start(&node::vhost().await, &[]).await;
    let mut command = Command::new(python::program());
    command.arg("-u").arg(script).arg(&relay.address);
    let mut client = Program::start("the README's client", command);
    client
        .line("it prints what it has received", |line| {
            (line == "received: Hello World!").then_some(())
        })
        .await;
}
