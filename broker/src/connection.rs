//! One AMQP connection and its channels, whose every call is raced with the connection's end.
//!
//! lapin can drop a promise when a connection ends at that moment: whoever awaits it waits for
//! ever. So nobody else awaits lapin: [`Connection::call`] is the one helper.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use lapin::{ConnectionProperties, Event};
use tokio::{
    sync::watch,
    time::{timeout, timeout_at},
};
use tokio_util::task::AbortOnDropHandle;
use warren_protocol::Detail;

use crate::{
    BrokerUrl,
    channel_quota::{ChannelPermit, ChannelQuota},
    explain::{self, broker_words, connection_error, connection_lost, reply, reply_code},
    intake::{ChannelIntake, Intake, Taken},
    tls,
    transport::Server,
};

/// How long a connection may take to be made, TCP, TLS and AMQP handshake together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the root cause of a loss may take to arrive after the first that it has broken.
const CAUSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a polite close may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// `connection.close`'s reply code for a close without an error (AMQP 0-9-1, section 1.2).
const REPLY_SUCCESS: u16 = 200;

/// Why a connection has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The reply code, where the broker or lapin named one.
    pub(crate) code: Option<u16>,
    /// lapin could not read what came.
    pub(crate) unreadable: bool,
    /// The cause, and what to look at.
    pub(crate) detail: Detail,
}

impl Ended {
    /// It was not made, or was lost, for this reason.
    pub(crate) fn because(detail: Detail) -> Self {
        Self { code: None, unreadable: false, detail }
    }

    fn of(error: &lapin::Error, url: &BrokerUrl) -> Self {
        Self {
            code: reply_code(error),
            unreadable: matches!(error.kind(), lapin::ErrorKind::ParsingError(_)),
            detail: connection_error(error, url),
        }
    }
}

impl Ended {
    /// Whether it ended over something that came by it or was asked of it, rather than because the
    /// broker or the network is away.
    pub(crate) fn is_about_content(&self) -> bool {
        self.code.is_some_and(|code| code != reply::CONNECTION_FORCED) || self.unreadable
    }
}

/// Why a call was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The broker has closed the channel over it, or the channel was closed before; the connection
    /// is there.
    Channel {
        /// The reply code, where the broker has sent one.
        code: Option<u16>,
        /// The broker's own words.
        words: String,
    },
    /// The connection has no channel left; another one may.
    NoChannelLeft(Detail),
    /// It was not tried: the broker allows the user no further channel, or the queue cannot be used.
    Refused(Detail),
    /// The connection has ended.
    Ended(Ended),
}

/// A connection. Dropped, it is closed without waiting.
pub(crate) struct Connection {
    inner: lapin::Connection,
    url: BrokerUrl,
    server: Server,
    ended: watch::Receiver<Option<Ended>>,
    blocked: watch::Receiver<Option<String>>,
    quota: Arc<ChannelQuota>,
    intake: Option<Arc<Intake>>,
    _listener: AbortOnDropHandle<()>,
}

impl Connection {
    /// Connects, or says why not; with an `intake` for one that consumes.
    pub(crate) async fn open(
        url: &BrokerUrl,
        quota: &Arc<ChannelQuota>,
        purpose: &str,
        intake: Option<Arc<Intake>>,
    ) -> Result<Self, Detail> {
        let name = format!("warren {purpose}");
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connecting = tls::connect(url, properties, intake.clone());
        let (inner, server) = match timeout(CONNECT_TIMEOUT, Box::pin(connecting)).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(error)) => return Err(explain::handshake_error(&error, url)),
            Err(_) => return Err(explain::no_answer(url)),
        };
        let (ended_sender, ended) = watch::channel(None);
        let (blocked_sender, blocked) = watch::channel(None);
        // Before anything else: lapin tells of a loss only those who listen.
        let mut events = inner.events_listener();
        let status = inner.status().clone();
        let lost = Ended::because(connection_lost(url));
        if !status.connected() {
            return Err(lost.detail);
        }
        let of = url.clone();
        let listener = tokio::spawn(async move {
            let cause = loop {
                match events.next().await {
                    Some(Event::ConnectionBlocked(reason)) => {
                        blocked_sender.send_replace(Some(reason));
                    }
                    Some(Event::ConnectionUnblocked) => {
                        blocked_sender.send_replace(None);
                    }
                    // Channels that were closed come this way as well.
                    Some(Event::Error(error)) if !status.connected() => {
                        break Ended::of(&error, &of);
                    }
                    Some(_) => {}
                    None => break lost,
                }
            };
            ended_sender.send_replace(Some(cause));
            // Who waits for the end finds it for as long as the connection is held.
            ended_sender.closed().await;
        });
        Ok(Self {
            inner,
            url: url.clone(),
            server,
            ended,
            blocked,
            quota: Arc::clone(quota),
            intake,
            _listener: AbortOnDropHandle::new(listener),
        })
    }

    /// Where it leads to.
    pub(crate) fn url(&self) -> &BrokerUrl {
        &self.url
    }

    /// What the broker says it is.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The largest frame that the broker takes, in bytes, as negotiated.
    pub(crate) fn frame_max(&self) -> usize {
        self.inner.configuration().frame_max().try_into().unwrap_or(usize::MAX)
    }

    /// Most channels that it can have at once, as negotiated.
    pub(crate) fn channel_max(&self) -> usize {
        usize::from(self.inner.configuration().channel_max())
    }

    /// Waits until it has ended, and tells why. Cancel-safe.
    pub(crate) async fn ended(&self) -> Ended {
        let mut ended = self.ended.clone();
        let cause = ended.wait_for(Option::is_some).await.map(|cause| cause.clone());
        cause.ok().flatten().unwrap_or_else(|| self.lost())
    }

    /// Why the broker takes no messages (`connection.blocked`), where it takes none.
    pub(crate) fn blocked(&self) -> watch::Receiver<Option<String>> {
        self.blocked.clone()
    }

    fn lost(&self) -> Ended {
        Ended::because(connection_lost(&self.url))
    }

    /// Awaits lapin's answer, or the connection's end. The one place that awaits lapin.
    ///
    /// # Errors
    /// See [`CallError`].
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, CallError> {
        let error = tokio::select! {
            biased;
            answer = call => match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            },
            ended = self.ended() => return Err(CallError::Ended(ended)),
        };
        Err(self.judge(&error).await)
    }

    /// What an error of lapin's means. What is in flight by the thousand is not raced one by one
    /// with the connection's end: its owner does that once, and comes here with the error.
    pub(crate) async fn judge(&self, error: &lapin::Error) -> CallError {
        if matches!(error.kind(), lapin::ErrorKind::ChannelsLimitReached) {
            let (address, max) = (self.url.address(), self.channel_max());
            return CallError::NoChannelLeft(Detail::NoChannelLeft { address, max });
        }
        if self.inner.status().connected() {
            return CallError::Channel { code: reply_code(error), words: broker_words(error) };
        }
        let ended = timeout(CAUSE_TIMEOUT, self.ended()).await;
        CallError::Ended(ended.unwrap_or_else(|_| Ended::of(error, &self.url)))
    }

    /// Opens a channel.
    ///
    /// # Errors
    /// See [`CallError`]; where the user's channels are all taken, that is found out without
    /// harm to this connection if it is known.
    pub(crate) async fn open_channel(self: &Arc<Self>) -> Result<Channel, CallError> {
        let permit = self.quota.take(&self.url).await.map_err(CallError::Refused)?;
        match self.call(self.inner.create_channel()).await {
            Ok(inner) => {
                let intake = self.intake.as_ref().map(|intake| intake.channel(inner.id()));
                Ok(Channel { inner, intake, connection: Arc::clone(self), _permit: permit })
            }
            Err(error) => {
                if let CallError::Ended(ended) = &error {
                    self.quota.note(permit, ended);
                }
                Err(error)
            }
        }
    }

    /// Closes it politely, within [`CLOSE_TIMEOUT`]; tells why where it has ended by itself before.
    pub(crate) async fn close(&self) -> Option<Ended> {
        let ended = self.ended.borrow().clone();
        // Nothing is written to one that the broker has blocked, not even its close.
        if ended.is_none() && self.blocked.borrow().is_none() {
            let close = self.inner.close(REPLY_SUCCESS, "OK".into());
            let _ = timeout(CLOSE_TIMEOUT, close).await;
        }
        ended
    }
}

/// A channel of a [`Connection`]. Dropped, it is closed without waiting.
pub(crate) struct Channel {
    inner: lapin::Channel,
    intake: Option<ChannelIntake>,
    connection: Arc<Connection>,
    _permit: ChannelPermit,
}

impl Channel {
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// lapin's own, for [`Channel::call`].
    pub(crate) fn raw(&self) -> &lapin::Channel {
        &self.inner
    }

    /// Deliveries of so many bytes were taken from lapin.
    pub(crate) fn take_intake(&self, bytes: usize) -> Option<Taken> {
        Some(self.intake.as_ref()?.take(bytes))
    }

    /// Whether calls can succeed.
    pub(crate) fn is_open(&self) -> bool {
        self.inner.status().connected()
    }

    /// [`Connection::call`].
    ///
    /// # Errors
    /// See [`CallError`].
    pub(crate) async fn call<T>(
        &self,
        call: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, CallError> {
        self.connection.call(call).await
    }

    /// Closes it, within [`CLOSE_TIMEOUT`].
    pub(crate) async fn close(&self) {
        let limit = tokio::time::Instant::now() + CLOSE_TIMEOUT;
        // One that is gone already has nothing to say.
        let close = self.connection.call(self.inner.close(REPLY_SUCCESS, "OK".into()));
        let _ = timeout_at(limit, close).await;
    }
}
