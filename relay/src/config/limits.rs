//! The limits that few operators change: the table `[limits]` of the configuration file.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytesize::ByteSize;
use serde::Deserialize;
use warren_broker::HeaderLimits;
use warren_protocol::limits;

use super::value;

/// The table's keys. `packaging/relay.toml` says what each means.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Sessions at once.
    pub max_sessions: usize,
    /// Sessions at once from one address, or one /64 network of IPv6.
    pub max_sessions_per_address: usize,
    /// Largest WebSocket message that is read; without it twice `max-body` and 1 MiB, which is room
    /// for every body as base64.
    pub max_message: Option<ByteSize>,
    /// Messages in one `publish`.
    pub max_batch: usize,
    /// Headers of a message, nested ones included.
    pub max_headers: usize,
    /// Bytes of a message's properties, headers included.
    pub max_headers_size: ByteSize,
    /// How deep a message's headers may be nested.
    pub max_headers_depth: usize,
    /// Messages of one session that may wait for the broker's confirm.
    pub max_in_flight: usize,
    /// Unacknowledged deliveries that one session may ask to hold.
    pub max_prefetch: u16,
    /// How long a client may take for its TLS handshake, and for the head of each request. A
    /// connection that is not upgraded is closed after three times that, unless its client is still
    /// taking an answer.
    #[serde(deserialize_with = "value::duration")]
    pub handshake_timeout: Duration,
    /// How long a client may take for its `hello`.
    #[serde(deserialize_with = "value::duration")]
    pub hello_timeout: Duration,
    /// A session is closed after this long without data or a pong.
    #[serde(deserialize_with = "value::duration")]
    pub idle_timeout: Duration,
    /// A look gives back what it holds after this long.
    #[serde(deserialize_with = "value::duration")]
    pub look_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let headers = HeaderLimits::DEFAULT;
        Self {
            max_sessions: 10_000,
            max_sessions_per_address: 1_000,
            max_message: None,
            max_batch: limits::MAX_BATCH,
            max_headers: headers.count,
            max_headers_size: ByteSize(headers.bytes as u64),
            max_headers_depth: headers.depth,
            max_in_flight: limits::DEFAULT_MAX_IN_FLIGHT,
            max_prefetch: limits::DEFAULT_MAX_PREFETCH,
            handshake_timeout: Duration::from_secs(10),
            hello_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(14),
            look_time: Duration::from_secs(300),
        }
    }
}

/// Sessions, or messages of one in flight: more than any machine has room for.
const MAX_COUNT: usize = 1_000_000;

/// Shorter, and a laptop that is busy for a moment would cut pages off; longer, and what is gone
/// would never be found.
const MIN_TIMEOUT: Duration = Duration::from_millis(500);
const MAX_TIMEOUT: Duration = Duration::from_secs(3600);

impl Limits {
    /// Checks all but `max-message`.
    ///
    /// # Errors
    /// A sentence that names the key and its bounds.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (key, count, max) in [
            ("max-sessions", self.max_sessions, MAX_COUNT),
            ("max-sessions-per-address", self.max_sessions_per_address, MAX_COUNT),
            ("max-in-flight", self.max_in_flight, MAX_COUNT),
            ("max-prefetch", self.max_prefetch.into(), u16::MAX.into()),
            ("max-batch", self.max_batch, limits::MAX_BATCH),
            ("max-headers-depth", self.max_headers_depth, HeaderLimits::MAX.depth),
        ] {
            ensure!((1..=max).contains(&count), "[limits] {key} must be from 1 to {max}");
        }
        for (key, time) in [
            ("handshake-timeout", self.handshake_timeout),
            ("hello-timeout", self.hello_timeout),
            ("idle-timeout", self.idle_timeout),
            ("look-time", self.look_time),
        ] {
            ensure!(
                (MIN_TIMEOUT..=MAX_TIMEOUT).contains(&time),
                "[limits] {key} must be from {} to {}",
                humantime::format_duration(MIN_TIMEOUT),
                humantime::format_duration(MAX_TIMEOUT)
            );
        }
        self.headers().map(|_| ())
    }

    /// What a message's properties may have.
    ///
    /// # Errors
    /// A sentence that names the key and its bounds.
    pub(super) fn headers(&self) -> anyhow::Result<HeaderLimits> {
        let max = HeaderLimits::MAX.bytes;
        let bytes = usize::try_from(self.max_headers_size.as_u64()).ok();
        let bytes = bytes.filter(|bytes| (1..=max).contains(bytes)).with_context(|| {
            format!(
                "[limits] max-headers-size must be from 1 B to {}, what RabbitMQ takes in one frame",
                ByteSize(max as u64)
            )
        })?;
        Ok(HeaderLimits { count: self.max_headers, bytes, depth: self.max_headers_depth })
    }
}
