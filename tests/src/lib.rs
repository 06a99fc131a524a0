//! The end-to-end tests' harness: a real RabbitMQ, real relay processes, real browsers, and the
//! tutorial's own Python.
//!
//! Nothing here sleeps for a while and hopes: every wait names its condition and has a limit
//! ([`wait`]). Every test has a vhost of its own ([`node`]), so that `hello` is always its own.
//! The harness panics where a test would, with what a person needs to see.

// Only tests call this crate: a panic is how a test fails, and says where.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod amqp;
pub mod balancer;
pub mod broker_log;
pub mod browser;
pub mod certificates;
pub mod client;
pub mod cluster;
pub mod documented;
pub mod fault;
pub mod flow;
pub mod front;
pub mod limits_file;
pub mod metrics;
pub mod mover;
pub mod moves;
pub mod node;
pub mod own_node;
pub mod page;
pub mod picture;
pub mod program;
pub mod proxy;
pub mod python;
pub mod relay;
pub mod tls_listener;
pub mod token_file;
pub mod wait;
pub mod witness;
