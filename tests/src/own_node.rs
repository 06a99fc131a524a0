//! A RabbitMQ node that a test may stop, kill or alarm: other tests have no business on it.
//!
//! Its start takes some 10 s, so that all tests of a process share one and take turns.

use std::sync::{self, Arc};

use tokio::sync::{Mutex, MutexGuard};
use xtask::rabbitmq::PrivateNode;

use crate::node::make_vhosts;

static NODE: Mutex<Option<OwnNode>> = Mutex::const_new(None);

/// The node, for as long as it is held.
#[derive(Debug)]
pub struct OwnNode {
    node: Arc<sync::Mutex<PrivateNode>>,
    runs: bool,
    url: String,
}

impl OwnNode {
    /// Waits for its turn, and gives the running node, with a vhost that nobody has used. RabbitMQ
    /// 3.10 may fail to recover a quorum queue of the same name as one that was deleted.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn take() -> MutexGuard<'static, Option<Self>> {
        let mut own = NODE.lock().await;
        match &mut *own {
            None => *own = Some(Self::start().await),
            Some(own) if !own.runs => own.start_again().await,
            Some(_) => {}
        }
        if let Some(own) = &mut *own {
            own.url = own.with(fresh_vhost).await;
        }
        own
    }

    /// Waits for its turn and stops the node, for a test that starts others.
    pub async fn turn() -> MutexGuard<'static, Option<Self>> {
        let mut own = NODE.lock().await;
        if let Some(own) = &mut *own
            && own.runs
        {
            own.stop().await;
        }
        own
    }

    async fn start() -> Self {
        let dir = xtask::target_dir().join("rabbitmq/faults");
        let start = move || PrivateNode::start_empty(&dir, "warren-faults").unwrap();
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
