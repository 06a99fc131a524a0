//! The relay alone: a client of its protocol on one side, RabbitMQ on the other.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

#[macro_use(on_each_rabbit)]
extern crate warren_tests;

mod access;
mod broker_errors;
mod broker_tls;
mod config;
mod floods;
mod headers;
mod health;
mod limits;
mod logs;
mod looking;
mod metrics;
mod nested;
mod outage;
mod properties;
mod publishing;
mod receiving;
mod rights;
mod session;
mod shutdown;
mod tls;
