//! Small inputs from the field: odd but ordinary queues, messages and limits. Each is one queue's
//! or one user's trouble, and beside each a witness on another queue notices nothing.
//!
//! Each runs on the system's RabbitMQ and, where it is there, on RabbitMQ 4.0.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

#[macro_use(on_each_rabbit)]
extern crate warren_tests;

mod case;
mod consumers;
mod declared;
mod far_away;
mod frame_max;
mod given_back;
mod headers;
mod limits;
mod look;
mod look_ends;
mod look_hints;
mod memory;
mod missing_queue;
mod moved;
mod node_down;
mod odd_messages;
mod refused;
mod streams;
mod streams_from;
mod watch;
mod watch_limits;
