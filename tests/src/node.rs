//! The RabbitMQ node that all tests share, and a vhost of its own for each.
//!
//! `cargo xtask test` starts one node for all test binaries; without it a binary starts its own.

use std::{
    fs,
    sync::{Mutex, OnceLock},
};

use serde_json::json;
use xtask::{ctl::Ctl, rabbitmq::PrivateNode};

/// Vhosts are made by the dozen: each call of rabbitmqctl takes some 2 s.
const AT_ONCE: usize = 12;

struct Node {
    amqp_url: String,
    ctl: Ctl,
    vhosts: Mutex<Vec<String>>,
    /// Killed when this process ends: a static is never dropped, but see [`xtask::guarded`].
    _own: Option<PrivateNode>,
}

/// A fresh vhost: its address without a queue in it.
///
/// # Panics
/// When there is no RabbitMQ.
pub async fn vhost() -> String {
    tokio::task::spawn_blocking(|| {
        let node = node();
        let mut vhosts = node.vhosts.lock().unwrap();
        if vhosts.is_empty() {
            *vhosts = make_vhosts(&node.ctl, AT_ONCE);
        }
        format!("{}/{}", node.amqp_url, vhosts.pop().unwrap())
    })
    .await
    .unwrap()
}

/// The shared node's address, without a vhost.
///
/// # Panics
/// When there is no RabbitMQ.
pub async fn address() -> String {
    tokio::task::spawn_blocking(|| node().amqp_url.clone()).await.unwrap()
}

/// Runs rabbitmqctl on the shared node. What it changes must concern the test's own vhost only.
///
/// # Panics
/// When it fails.
pub async fn ctl(args: &[&str]) -> String {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        node().ctl.run(&args).unwrap()
    })
    .await
    .unwrap()
}

fn node() -> &'static Node {
    static NODE: OnceLock<Node> = OnceLock::new();
    NODE.get_or_init(|| {
        if let Ok(amqp_url) = std::env::var("WARREN_TEST_AMQP_URL") {
            return Node {
                amqp_url,
                ctl: Ctl::from_env().unwrap(),
                vhosts: Mutex::default(),
                _own: None,
            };
        }
        let dir = xtask::target_dir().join("rabbitmq/tests-by-hand");
        let own = PrivateNode::start_empty(&dir, "warren-tests").unwrap();
        Node {
            amqp_url: own.amqp_url(),
            ctl: own.ctl_handle().clone(),
            vhosts: Mutex::default(),
            _own: Some(own),
        }
    })
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
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), definitions.to_string()).unwrap();
    ctl.run(&["import_definitions", file.path().to_str().unwrap()]).unwrap();
    names
}
