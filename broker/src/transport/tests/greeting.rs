//! Who the broker is, from its first frame.

use std::sync::Arc;

use proptest::prelude::*;

use super::on_0;
use crate::transport::{Introduced, Server, greeting::Greeting};

/// A field of a table.
fn field(key: &str, value: &str) -> Vec<u8> {
    let mut field = vec![u8::try_from(key.len()).unwrap()];
    field.extend(key.as_bytes());
    field.push(b'S');
    field.extend(u32::try_from(value.len()).unwrap().to_be_bytes());
    field.extend(value.as_bytes());
    field
}

/// connection.start with these server properties.
fn start(fields: &[Vec<u8>]) -> Vec<u8> {
    let table = fields.concat();
    let size = u32::try_from(table.len()).unwrap().to_be_bytes();
    let ends = b"\0\0\0\x05PLAIN\0\0\0\x05en_US";
    on_0(&[&[0, 10, 0, 10, 0, 9][..], &size, &table, ends].concat())
}

fn read(bytes: &[u8], size: usize) -> Option<Server> {
    let introduced = Introduced::default();
    let mut greeting = Greeting::new(Arc::clone(&introduced));
    bytes.chunks(size).for_each(|piece| greeting.read(piece));
    introduced.get().cloned()
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_broker_is_known_by_its_first_frame_in_any_pieces() {
    let mut bytes = start(&[field("product", "RabbitMQ"), field("version", "4.0.5")]);
    bytes.extend(on_0(b"what comes behind it"));
    for size in [1, 2, 7, 8, 100, 10_000] {
        let server = read(&bytes, size).unwrap();
        assert_eq!((server.product, server.version), (said("RabbitMQ"), said("4.0.5")));
    }
}

#[test]
fn what_is_not_said_is_not_known() {
    assert_eq!(read(&start(&[]), 10), Some(Server::default()));
    let odd = [field("product", "Other"), b"\x07versionI\0\0\0\x04".to_vec()];
    assert_eq!(read(&start(&odd), 10).unwrap().version, None);
    let raw = [7u8, b'v', b'e', b'r', b's', b'i', b'o', b'n', b'S', 0, 0, 0, 1, 0xFF].to_vec();
    assert_eq!(read(&start(&[raw]), 10), Some(Server::default()));
    // No greeting at all, as of another protocol, or one that no connection may begin with.
    assert_eq!(read(b"HTTP/1.1 400 Bad Request\r\n", 5), None);
    assert_eq!(read(b"AMQP\0\0\x09\x01", 5), None);
    assert_eq!(read(&start(&[field("product", &"x".repeat(5_000))]), 100), None);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        size in 1usize..100,
        begins in any::<bool>(),
    ) {
        let bytes = if begins { on_0(&[&[0, 10, 0, 10][..], &bytes].concat()) } else { bytes };
        read(&bytes, size);
    }
}
