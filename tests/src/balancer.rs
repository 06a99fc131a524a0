//! A TCP balancer before several relays, as an operator would put one there: each connection goes
//! to the next relay that answers.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// A balancer; it lives as long as the test's runtime.
#[derive(Debug)]
pub struct Balancer {
    /// Where it listens: `127.0.0.1:PORT`.
    pub address: SocketAddr,
}

impl Balancer {
    /// A balancer before the programs that listen at `targets`.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(targets: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut targets: Vec<String> = targets.iter().map(|&target| target.to_owned()).collect();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                targets.rotate_left(1);
                tokio::spawn(carry(near, targets.clone()));
            }
        });
        Self { address }
    }
}

async fn carry(mut near: TcpStream, targets: Vec<String>) {
    for target in targets {
        if let Ok(mut far) = TcpStream::connect(target).await {
            near.set_nodelay(true).ok();
            far.set_nodelay(true).ok();
            copy_bidirectional(&mut near, &mut far).await.ok();
            return;
        }
    }
}
