//! Something breaks while messages flow, at a moment drawn from a seed, and not one is lost.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

#[macro_use(on_each_rabbit)]
extern crate warren_tests;

mod broker;
mod broker_line;
mod cluster;
mod moving;
mod page;
mod page_moves;
mod queue;
mod relay;
mod slow;
mod two_relays;
mod watch;
