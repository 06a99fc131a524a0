//! What the broker says of itself, in the first frame of a connection (AMQP 0-9-1, connection.start).
//! lapin reads it and gives it to nobody.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use lapin::{
    protocol::{AMQPClass, connection::AMQPMethod, parse_class},
    types::{AMQPValue, FieldTable},
};

use super::{
    negotiation::FRAME_MIN,
    rewrite::{HEAD, METHOD},
};

/// The product at the other end of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// What it calls itself, such as `RabbitMQ`.
    pub(crate) product: Option<String>,
    /// Its version, such as `4.0.5`.
    pub(crate) version: Option<String>,
}

/// Where a [`Greeting`] leaves what it has read.
pub(crate) type Introduced = Arc<OnceLock<Server>>;

/// Reads the first frame, whatever the pieces in which it comes.
pub(super) struct Greeting {
    /// What has come of it; none once it is read, or is not what it should be.
    bytes: Option<Vec<u8>>,
    introduced: Introduced,
}

impl Greeting {
    pub(super) fn new(introduced: Introduced) -> Self {
        Self { bytes: Some(Vec::new()), introduced }
    }

    /// Takes what was read from the socket.
    pub(super) fn read(&mut self, piece: &[u8]) {
        let Some(bytes) = &mut self.bytes else { return };
        // No more than a frame may have before a size is agreed on.
        let room = (FRAME_MIN as usize).saturating_sub(bytes.len());
        bytes.extend(piece.iter().take(room));
        if let Some(frame) = whole(bytes) {
            if let Some(server) = server(frame) {
                // This is the connection's only greeting.
                let _ = self.introduced.set(server);
            }
            self.bytes = None;
        } else if bytes.len() >= FRAME_MIN as usize {
            self.bytes = None;
        }
    }
}

impl fmt::Debug for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeting").finish_non_exhaustive()
    }
}

/// The payload of the method's frame that `bytes` begin with, once all of it is there; an empty one
/// where it is none.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first().is_some_and(|kind| *kind != METHOD) {
        return Some(&[]);
    }
    let size = u32::from_be_bytes(*bytes.get(3..HEAD)?.first_chunk()?);
    bytes.get(HEAD..)?.get(..usize::try_from(size).ok()?)
}

/// What connection.start says in its server properties.
fn server(method: &[u8]) -> Option<Server> {
    let (_, class) = parse_class(method).ok()?;
    let AMQPClass::Connection(AMQPMethod::Start(start)) = class else { return None };
    let table = &start.server_properties;
    Some(Server { product: text(table, "product"), version: text(table, "version") })
}

fn text(table: &FieldTable, key: &str) -> Option<String> {
    match table.inner().get(key)? {
        AMQPValue::LongString(text) => String::from_utf8(text.as_bytes().to_vec()).ok(),
        _ => None,
    }
}
