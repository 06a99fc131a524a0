//! The tutorial's programs, in Python with pika, and whatever else the tests run in Python.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{amqp::Shape, program::Program};

/// `send.py`, to its end: publishes `body` to `hello`, declared as `shape` says.
pub async fn send(amqp_url: &str, shape: Shape, body: &str) {
    let mut program = script("send.py", amqp_url, shape, &[body]);
    program.line("[x] Sent", |line| line.starts_with(" [x] Sent").then_some(())).await;
    assert!(program.ended().await.success(), "{}", program.stderr());
}

/// `receive.py`, once it waits for messages; it prints a line for each until it is dropped.
pub async fn receive(amqp_url: &str, shape: Shape) -> Program {
    let mut program = script("receive.py", amqp_url, shape, &[]);
    let waits = " [*] Waiting for messages. To exit press CTRL+C";
    program.line("it waits for messages", |line| (line == waits).then_some(())).await;
    program
}

/// Publishes a message to `hello` that has a header of so many arrays inside each other.
pub async fn send_nested(amqp_url: &str, shape: Shape, levels: usize) {
    let mut program = script("send_nested.py", amqp_url, shape, &[&levels.to_string()]);
    program.line("[x] Sent", |line| line.starts_with(" [x] Sent").then_some(())).await;
    assert!(program.ended().await.success(), "{}", program.stderr());
}

/// Sends one message to `queue` that few clients can send or read: `odd` says how it is odd, in
/// the words of `send_odd.py`.
pub async fn send_odd(amqp_url: &str, queue: &str, odd: &[&str]) {
    let mut program = run("send_odd.py", amqp_url, &[&[queue], odd].concat());
    program.line("[x] Sent", |line| line.starts_with(" [x] Sent").then_some(())).await;
    assert!(program.ended().await.success(), "{}", program.stderr());
}

/// The Python that has pika and websockets.
///
/// # Panics
/// When it has not been set up.
#[must_use]
pub fn program() -> PathBuf {
    let python = std::env::var_os("WARREN_TEST_PYTHON")
        .map_or_else(|| xtask::python::program().unwrap(), PathBuf::from);
    assert!(python.exists(), "there is no {}; run `cargo xtask test` once", python.display());
    python
}

fn script(name: &str, amqp_url: &str, shape: Shape, args: &[&str]) -> Program {
    let declare = match shape {
        Shape::Absent | Shape::Transient => "transient",
        Shape::Durable => "durable",
        Shape::Quorum => "quorum",
        Shape::Stream => "stream",
    };
    run(name, amqp_url, &[&[declare], args].concat())
}

fn run(name: &str, amqp_url: &str, args: &[&str]) -> Program {
    let mut command = Command::new(program());
    command
        .arg("-u")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name))
        .args(args)
        .env("AMQP_URL", amqp_url);
    Program::start(name, command)
}
