//! Warren's relay: one WebSocket for each page on one side, RabbitMQ on the other.
//!
//! It holds the AMQP connections, so that pages never get the broker's password, and
//! it keeps the promise that "confirmed" means confirmed by the broker and that a message leaves
//! its queue only after the page has it. ARCHITECTURE.md shows how the modules fit together.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod access;
mod assets;
pub mod config;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod health;
pub mod logging;
pub mod manual;
mod metrics;
mod open_files;
mod public_paths;
mod rejection;
pub mod server;
mod session;
mod socket;
pub mod stack;
mod tls;
