//! The page's pure parts, tested natively: what it sends, keeps, counts and says.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail by panicking")]

#[path = "../../../protocol/tests/all_details/mod.rs"]
mod all_details;
mod binary;
mod connection;
mod copies;
mod details;
mod draft;
mod duplicates;
mod encodings;
mod export;
mod filter_terms;
mod filter_writing;
mod filtering;
mod folder;
mod headers_json;
mod inbox;
mod json_tree;
mod languages;
mod life;
mod line_ends;
mod looks;
mod model;
mod modes;
mod moving;
mod outbox;
mod ownership;
mod placeholders;
mod properties;
mod rates;
mod receiving;
mod repeat;
mod replay;
mod replay_pace;
mod replay_preview;
mod replay_stop;
mod saved;
mod selection;
mod settling;
mod status;
mod store;
mod watching;

use warren_protocol::{Body, Delivery, Limits, Properties};

fn limits(max_in_flight: usize) -> Limits {
    Limits {
        max_body_bytes: 1024 * 1024,
        max_in_flight,
        max_prefetch: 500,
        max_batch: 10_000,
        max_message_bytes: 3 * 1024 * 1024,
    }
}

fn text(text: &str) -> Body {
    Body::from(text.to_owned())
}

fn named(message_id: &str) -> Properties {
    Properties { message_id: Some(message_id.to_owned()), ..Properties::default() }
}

fn delivery(tag: u64, body: Body, message_id: Option<&str>) -> Delivery {
    Delivery {
        tag,
        body,
        properties: message_id.map(named).unwrap_or_default(),
        redelivered: false,
        exchange: String::new(),
        routing_key: "hello".to_owned(),
    }
}
