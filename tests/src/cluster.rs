//! Three private RabbitMQ nodes that are one cluster.

use xtask::rabbitmq::PrivateNode;

use crate::node::make_vhosts;

/// The cluster; dropped, its nodes are killed. Starting it takes up to a minute.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<PrivateNode>,
}

impl Cluster {
    /// Starts the nodes and joins them.
    ///
    /// # Panics
    /// When that does not work.
    pub async fn start() -> Self {
        let start = || {
            let dir = |name: &str| xtask::target_dir().join("rabbitmq").join(name);
            let names = ["warren-one", "warren-two", "warren-three"];
            let mut nodes = vec![PrivateNode::start_empty(&dir(names[0]), names[0]).unwrap()];
            for name in &names[1..] {
                nodes.push(PrivateNode::start_beside(&nodes[0], &dir(name), name).unwrap());
            }
            nodes
        };
        Self { nodes: tokio::task::spawn_blocking(start).await.unwrap() }
    }

    /// The nodes' addresses, with a vhost that nobody has used.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn fresh_vhost(&self) -> Vec<String> {
        let ctl = self.nodes[0].ctl_handle().clone();
        let made = tokio::task::spawn_blocking(move || make_vhosts(&ctl, 1).remove(0));
        let vhost = made.await.unwrap();
        self.nodes.iter().map(|node| format!("{}/{vhost}", node.amqp_url())).collect()
    }

    /// Ends the first node without a word.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill_first(&mut self) {
        self.with_first(|node| node.kill().unwrap()).await;
    }

    /// Starts the first node again.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_first_again(&mut self) {
        self.with_first(|node| node.start_again().unwrap()).await;
    }

    async fn with_first(&mut self, work: impl FnOnce(&mut PrivateNode) + Send + 'static) {
        let mut first = self.nodes.remove(0);
        let work = move || {
            work(&mut first);
            first
        };
        self.nodes.insert(0, tokio::task::spawn_blocking(work).await.unwrap());
    }
}
