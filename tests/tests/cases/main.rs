//! Small inputs from the field: odd but ordinary queues, messages and limits. Each is one queue's
//! or one user's trouble, and beside each a witness on another queue notices nothing.
//!
//! Each runs on the system's RabbitMQ and, where it is there, on RabbitMQ 4.0.

#![allow(clippy::unwrap_used, clippy::expect_used)] // tests may

/// Makes of each function that takes a [`Rabbit`](warren_tests::node::Rabbit) a test on either.
macro_rules! on_each_rabbit {
    ($($name:ident),+ $(,)?) => {
        mod on_3 {
            $(#[tokio::test]
            async fn $name() {
                super::$name(warren_tests::node::Rabbit::V3).await;
            })+
        }
        mod on_4 {
            $(#[tokio::test]
            async fn $name() {
                super::$name(warren_tests::node::Rabbit::V4).await;
            })+
        }
    };
}

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
