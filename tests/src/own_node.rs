//! RabbitMQ nodes, one of each version, that a test may stop, kill or alarm: other tests have no
//! business on them.
//!
//! A start takes some 10 s, so that all tests of a process share a node and take turns.

use std::sync::{self, Arc};

use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};
use xtask::{installation::Installation, rabbitmq::PrivateNode};

use crate::node::{self, Rabbit, make_vhosts};

static THREE: Mutex<Option<OwnNode>> = Mutex::const_new(None);
static FOUR: Mutex<Option<OwnNode>> = Mutex::const_new(None);

/// A node, for as long as it is held.
#[derive(Debug)]
pub struct OwnNode {
    node: Arc<sync::Mutex<PrivateNode>>,
    runs: bool,
    url: String,
}

impl OwnNode {
    /// Waits for its turn, and gives the running node, with a vhost that nobody has used: RabbitMQ
    /// 3.10 may fail to recover a quorum queue of the same name as one that was deleted.
    ///
    /// # Panics
    /// When it does not start, or there is no such RabbitMQ.
    pub async fn take(rabbit: Rabbit) -> MappedMutexGuard<'static, Self> {
        let (node, folder) = match rabbit {
            Rabbit::V3 => (&THREE, "faults"),
            Rabbit::V4 => (&FOUR, "faults-4"),
        };
        let mut taken = node.lock().await;
        match &mut *taken {
            None => *taken = Some(Self::start(node::installation(rabbit), folder).await),
            Some(own) if !own.runs => own.start_again().await,
            Some(_) => {}
        }
        let mut own = MutexGuard::map(taken, |own| own.as_mut().unwrap());
        own.url = own.with(fresh_vhost).await;
        own
    }

    /// Waits for its turn and stops the nodes, for a test that starts others.
    pub async fn turn() -> [MutexGuard<'static, Option<Self>>; 2] {
        let mut nodes = [THREE.lock().await, FOUR.lock().await];
        for own in nodes.iter_mut().filter_map(|node| node.as_mut()).filter(|own| own.runs) {
            own.stop().await;
        }
        nodes
    }

    async fn start(installation: Installation, folder: &str) -> Self {
        let dir = xtask::target_dir().join("rabbitmq").join(folder);
        let name = format!("warren-{folder}");
        let start = move || PrivateNode::start_empty_of(&installation, &dir, &name).unwrap();
        let node = tokio::task::spawn_blocking(start).await.unwrap();
        Self { node: Arc::new(sync::Mutex::new(node)), runs: true, url: String::new() }
    }

    /// The address of this turn's vhost.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it in order.
    pub async fn stop(&mut self) {
        self.runs = false;
        self.with(|node| node.stop().unwrap()).await;
    }

    /// Ends it without a word.
    pub async fn kill(&mut self) {
        self.runs = false;
        self.with(|node| node.kill().unwrap()).await;
    }

    /// Starts it again with its data.
    pub async fn start_again(&mut self) {
        self.with(|node| node.start_again().unwrap()).await;
        self.runs = true;
    }

    /// Runs rabbitmqctl on it.
    pub async fn ctl(&self, args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.with(move |node| {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            node.ctl(&args).unwrap()
        })
        .await
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut PrivateNode) -> T + Send + 'static,
    ) -> T {
        let node = Arc::clone(&self.node);
        tokio::task::spawn_blocking(move || work(&mut node.lock().unwrap())).await.unwrap()
    }
}

fn fresh_vhost(node: &mut PrivateNode) -> String {
    let vhost = make_vhosts(node.ctl_handle(), 1).remove(0);
    format!("{}/{vhost}", node.amqp_url())
}
