//! The RabbitMQ nodes that all tests share, and a vhost of its own for each test.
//!
//! `cargo xtask test` starts one node of each version for all test binaries; without it a binary
//! starts its own.

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, OnceLock},
};

use serde_json::json;
use xtask::{
    ctl::{self, Ctl},
    installation::Installation,
    process::typed,
    rabbitmq::PrivateNode,
    rabbitmq4,
};

/// Vhosts are made by the dozen: each call of rabbitmqctl takes some 2 s.
const AT_ONCE: usize = 12;

/// Where the addresses of the nodes are that were started for us.
const URL: &str = "WARREN_TEST_AMQP_URL";
const URL_OF_FOUR: &str = "WARREN_TEST_AMQP4_URL";

/// Which RabbitMQ a test is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rabbit {
    /// The system's: 3.x on Debian 12.
    V3,
    /// 4.0, where the machine allows to have it beside the other.
    V4,
}

/// Makes of each function that takes a [`Rabbit`] a test on either, in the modules `on_3` and `on_4`
/// beside it.
#[macro_export]
macro_rules! on_each_rabbit {
    ($($name:ident),+ $(,)?) => {
        mod on_3 {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::node::Rabbit::V3).await;
            })+
        }
        mod on_4 {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::node::Rabbit::V4).await;
            })+
        }
    };
}

struct Node {
    amqp_url: String,
    ctl: Ctl,
    vhosts: Mutex<Vec<String>>,
    /// Killed when this process ends: a static is never dropped, but see [`xtask::guarded`].
    _own: Option<PrivateNode>,
}

/// A fresh vhost of the system's RabbitMQ: its address without a queue in it.
///
/// # Panics
/// When there is no RabbitMQ.
pub async fn vhost() -> String {
    vhost_on(Rabbit::V3).await.expect("the system's RabbitMQ is always there")
}

/// [`vhost`] of this RabbitMQ. None, with a line that says so, where there is no such RabbitMQ:
/// the test is left out.
///
/// # Panics
/// When the vhost cannot be made.
pub async fn vhost_on(rabbit: Rabbit) -> Option<String> {
    let made = tokio::task::spawn_blocking(move || {
        let node = node(rabbit)?;
        let mut vhosts = node.vhosts.lock().unwrap();
        if vhosts.is_empty() {
            *vhosts = make_vhosts(&node.ctl, AT_ONCE);
        }
        Some(format!("{}/{}", node.amqp_url, vhosts.pop().unwrap()))
    });
    let url = made.await.unwrap();
    if url.is_none() {
        say_left_out();
    }
    url
}

/// Whether there is this RabbitMQ; where there is not, a line says that the test is left out.
#[must_use]
pub fn is_there(rabbit: Rabbit) -> bool {
    let there = match rabbit {
        Rabbit::V3 => true,
        Rabbit::V4 if by_hand() => rabbitmq4::installed().is_some(),
        Rabbit::V4 => std::env::var_os(URL_OF_FOUR).is_some(),
    };
    if !there {
        say_left_out();
    }
    there
}

fn say_left_out() {
    println!("left out: there is no RabbitMQ 4 here; `cargo xtask test` as root sets it up");
}

/// The programs of this RabbitMQ.
///
/// # Panics
/// When it is not installed.
pub(crate) fn installation(rabbit: Rabbit) -> Installation {
    match rabbit {
        Rabbit::V3 => Installation::system().expect("the system's RabbitMQ is always there"),
        Rabbit::V4 => rabbitmq4::installed().expect("there is no RabbitMQ 4 here"),
    }
}

/// The shared node's address, without a vhost.
///
/// # Panics
/// When there is no RabbitMQ.
pub async fn address() -> String {
    tokio::task::spawn_blocking(|| node(Rabbit::V3).unwrap().amqp_url.clone()).await.unwrap()
}

/// Runs rabbitmqctl on the shared node. What it changes must concern the test's own vhost only.
///
/// # Panics
/// When it fails.
pub async fn ctl(args: &[&str]) -> String {
    ctl_on(Rabbit::V3, args).await
}

/// [`ctl()`] on the shared node of this RabbitMQ.
///
/// # Panics
/// When it fails, or there is no such RabbitMQ.
pub async fn ctl_on(rabbit: Rabbit, args: &[&str]) -> String {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        node(rabbit).unwrap().ctl.run(&args).unwrap()
    })
    .await
    .unwrap()
}

/// Whether another of RabbitMQ's programs, as `rabbitmq-diagnostics`, succeeds on the shared node of this
/// RabbitMQ; none where there is no such RabbitMQ.
///
/// # Panics
/// When it cannot be started.
pub async fn succeeds_on(rabbit: Rabbit, program: &str, args: &[String]) -> Option<bool> {
    let (program, args) = (program.to_owned(), args.to_owned());
    let run = move || {
        Some(node(rabbit)?.ctl.program(&program).args(args).output().unwrap().status.success())
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

/// `rabbitmqctl` for the vhost at `url`, which this RabbitMQ has given, as a function of a shell.
///
/// # Panics
/// When there is no such RabbitMQ.
pub async fn shell_rabbitmqctl(rabbit: Rabbit, url: &str) -> String {
    let command = tokio::task::spawn_blocking(move || typed(&node(rabbit).unwrap().ctl.command()));
    format!("rabbitmqctl() {{ {} \"$@\" -p {}; }}", command.await.unwrap(), vhost_of(url))
}

/// Makes a user who may use the vhost at `url`, and write to what the regular expression `write`
/// says; gives the name, and the address for this user.
///
/// # Panics
/// When it cannot be made.
pub async fn user_on(rabbit: Rabbit, url: &str, write: &str) -> (String, String) {
    let (_, broker) = url.split_once('@').unwrap();
    let vhost = vhost_of(url);
    let name = format!("user-of-{vhost}");
    ctl_on(rabbit, &["add_user", &name, &name]).await;
    ctl_on(rabbit, &["set_permissions", "-p", vhost, &name, ".*", write, ".*"]).await;
    let url = format!("amqp://{name}:{name}@{broker}");
    (name, url)
}

/// Switches tracing on for the vhost at `url`, which this RabbitMQ has given: it publishes a copy of each
/// message that is published or delivered there to `amq.rabbitmq.trace`.
///
/// # Panics
/// When it cannot be switched on.
pub async fn trace_on(rabbit: Rabbit, url: &str) {
    ctl_on(rabbit, &["trace_on", "-p", vhost_of(url)]).await;
}

/// Switches tracing off again.
///
/// # Panics
/// When it cannot be switched off.
pub async fn trace_off(rabbit: Rabbit, url: &str) {
    ctl_on(rabbit, &["trace_off", "-p", vhost_of(url)]).await;
}

/// The vhost of an address that [`vhost_on`] has made.
#[must_use]
pub fn vhost_of(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// The file that the shared node of this RabbitMQ logs to. Lines of other tests are in it as well.
///
/// # Panics
/// When there is no such RabbitMQ.
pub async fn log_file(rabbit: Rabbit) -> PathBuf {
    tokio::task::spawn_blocking(move || node(rabbit).unwrap().ctl.log()).await.unwrap()
}

fn node(rabbit: Rabbit) -> Option<&'static Node> {
    static NODES: [OnceLock<Option<Node>>; 2] = [const { OnceLock::new() }; 2];
    match rabbit {
        Rabbit::V3 => NODES[0].get_or_init(|| {
            let given = given(URL, ctl::SYSTEM);
            Some(given.unwrap_or_else(|| own(&installation(rabbit), "tests-by-hand")))
        }),
        Rabbit::V4 => NODES[1].get_or_init(|| {
            let own = || Some(own(&rabbitmq4::installed()?, "tests-by-hand-4"));
            given(URL_OF_FOUR, ctl::FOUR).or_else(|| by_hand().then(own)?)
        }),
    }
    .as_ref()
}

/// Nobody has started nodes for us: whoever has started the one would have started the other.
fn by_hand() -> bool {
    std::env::var_os(URL).is_none()
}

/// The node that the process which started us has for us.
fn given(url: &str, prefix: &str) -> Option<Node> {
    let amqp_url = std::env::var(url).ok()?;
    let ctl = Ctl::from_env(prefix).unwrap();
    Some(Node { amqp_url, ctl, vhosts: Mutex::default(), _own: None })
}

fn own(installation: &Installation, name: &str) -> Node {
    let dir = xtask::target_dir().join("rabbitmq").join(name);
    let own = PrivateNode::start_empty_of(installation, &dir, &format!("warren-{name}")).unwrap();
    Node {
        amqp_url: own.amqp_url(),
        ctl: own.ctl_handle().clone(),
        vhosts: Mutex::default(),
        _own: Some(own),
    }
}

/// Makes vhosts that have never been there before, on the node that `ctl` reaches.
pub(crate) fn make_vhosts(ctl: &Ctl, count: usize) -> Vec<String> {
    static MADE: Mutex<usize> = Mutex::new(0);
    let mut made = MADE.lock().unwrap();
    let names: Vec<String> = (*made..*made + count)
        .map(|number| format!("test-{}-{number}", std::process::id()))
        .collect();
    *made += count;
    let allowed = |vhost: &String| json!({ "user": "guest", "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*" });
    let definitions = json!({
        "vhosts": names.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "permissions": names.iter().map(allowed).collect::<Vec<_>>(),
    });
    // Of all folders, only the node's own is sure to be where rabbitmqctl looks.
    let file = tempfile::NamedTempFile::new_in(&ctl.folder).unwrap();
    fs::write(file.path(), definitions.to_string()).unwrap();
    ctl.run(&["import_definitions", file.path().to_str().unwrap()]).unwrap();
    names
}
