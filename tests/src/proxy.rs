//! A TCP proxy between relay and broker, to cut the line as a network does.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A line to a broker that can be cut; dropped, it is gone.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    target: String,
    open: watch::Sender<bool>,
}

impl Proxy {
    /// A proxy to the broker that `amqp_url` names; [`Proxy::amqp_url`] is the way through it.
    ///
    /// # Panics
    /// When it cannot listen, or the URL is not one of [`crate::node`]'s.
    pub async fn start(amqp_url: &str) -> Self {
        let (_, host) = amqp_url.split_once('@').unwrap();
        let (broker, _) = host.split_once('/').unwrap();
        let broker = broker.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((relay, _)) = listener.accept().await {
                let (broker, mut is_open) = (broker.clone(), is_open.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = carry(relay, broker) => {}
                        _ = is_open.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, target: amqp_url.to_owned(), open }
    }

    /// The broker's address, through this proxy.
    ///
    /// # Panics
    /// Never: [`Proxy::start`] has looked at the URL.
    #[must_use]
    pub fn amqp_url(&self) -> String {
        let (user, host) = self.target.split_once('@').unwrap();
        let (_, vhost) = host.split_once('/').unwrap();
        format!("{user}@{}/{vhost}", self.address)
    }

    /// Cuts every connection, and each new one at once.
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(mut relay: TcpStream, broker: String) -> std::io::Result<()> {
    let mut broker = TcpStream::connect(broker).await?;
    relay.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    copy_bidirectional(&mut relay, &mut broker).await?;
    Ok(())
}
