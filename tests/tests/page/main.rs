//! The page in real Chromium, and in real Firefox, served by a real relay, with a real RabbitMQ behind it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

#[macro_use(on_each_rabbit)]
extern crate warren_tests;

mod axe;
mod bodies;
mod columns;
mod details;
mod filter;
mod firefox;
mod formats;
mod header;
mod hidden;
mod hostile;
mod keyboard;
mod language;
mod large;
mod layout;
mod looks;
mod manual;
mod modes;
mod moving;
mod outbox;
mod path;
mod receiving;
mod replay;
mod saved;
mod selection;
mod sending;
mod speed;
mod token;
mod walk;

use warren_tests::{
    amqp::{Amqp, Shape},
    node,
    page::Page,
    relay::Relay,
};

/// An open page, its relay, and the tests' own connection to the same vhost.
async fn start() -> (Page, Relay, Amqp) {
    let url = node::vhost().await;
    let amqp = Amqp::connect(&url).await;
    amqp.declare(Shape::Durable).await;
    let relay = Relay::start(&url, &[]).await;
    (Page::open(&relay).await, relay, amqp)
}
