//! A TLS listener of the shared RabbitMQ node, with certificates and demands of a test's own.
//!
//! RabbitMQ's configuration file takes one set of TLS options, so that each test would need a node;
//! the function behind it takes them for each listener.

use std::net::TcpListener;

use crate::{
    certificates::{Authority, HOST, Pair},
    node,
};

/// What a listener asks of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// Nothing.
    Anyone,
    /// A certificate.
    WithCertificate,
    /// A certificate, over TLS 1.2, which has other alerts.
    WithCertificateOver12,
}

/// Starts a listener that shows `pair` and trusts clients of `authority`. Returns the address of a
/// fresh vhost through it.
///
/// # Panics
/// When RabbitMQ does not start it.
pub async fn start(pair: &Pair, authority: &Authority, clients: Clients) -> String {
    let vhost = node::vhost().await;
    // Free a moment ago: RabbitMQ tells nobody which port it has picked.
    let port = TcpListener::bind((HOST, 0)).unwrap().local_addr().unwrap().port();
    let demands = match clients {
        Clients::Anyone => "{verify,verify_none}",
        Clients::WithCertificate => "{verify,verify_peer},{fail_if_no_peer_cert,true}",
        Clients::WithCertificateOver12 => {
            "{verify,verify_peer},{fail_if_no_peer_cert,true},{versions,['tlsv1.2']}"
        }
    };
    let start = format!(
        "{{ok,_}} = application:ensure_all_started(ssl), \
         ok = rabbit_networking:start_ssl_listener({{\"{HOST}\",{port}}}, \
         [{{cacertfile,{:?}}},{{certfile,{:?}}},{{keyfile,{:?}}},{demands}], 1).",
        authority.own().cert,
        pair.cert,
        pair.key,
    );
    node::ctl(&["eval", &start]).await;
    let (user, host) = vhost.split_once('@').unwrap();
    let (_, vhost) = host.split_once('/').unwrap();
    format!("{}@{HOST}:{port}/{vhost}", user.replace("amqp://", "amqps://"))
}
