//! A session's time limits, to the millisecond: the clock is the test's.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::poll;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use warren_broker::{Broker, Budget};
use warren_protocol::close;

use super::{Shared, run};
use crate::{
    access::{Admission, WrongTokens},
    config::{Args, Config},
    metrics::Metrics,
    rejection::Rejections,
};

/// A masked frame (RFC 6455, section 5.2) whose mask is zero.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0x80 | opcode, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

fn hello() -> Vec<u8> {
    frame(0x1, br#"{"type":"hello","data":{"protocol":1}}"#)
}

fn pong() -> Vec<u8> {
    frame(0xa, b"")
}

/// A session, and the client's end of it.
struct Session {
    io: DuplexStream,
    task: JoinHandle<()>,
    start: Instant,
}

/// The client's end of a session, and the session.
fn session() -> (DuplexStream, impl Future<Output = ()>) {
    let config = Config::from_args(Args::default()).unwrap();
    let stop = CancellationToken::new();
    let metrics = Arc::new(Metrics::new());
    let shared = Shared {
        receive_at_once: true,
        broker: Broker::start(
            config.broker,
            1,
            Budget::new(config.memory_budget),
            Arc::clone(metrics.broker()),
            stop.clone(),
        ),
        tokens: watch::Sender::new(config.tokens).subscribe(),
        wrong_tokens: WrongTokens::default(),
        limits: config.limits,
        admission: Admission::new(config.max_sessions, config.max_sessions_per_address),
        rejections: Rejections::new(Arc::clone(&metrics)),
        metrics,
    };
    let (io, server) = duplex(1024 * 1024);
    let address = "127.0.0.1".parse().unwrap();
    (io, run(server, address, shared.into(), stop))
}

impl Session {
    fn start() -> Self {
        let (io, session) = session();
        Self { io, task: tokio::spawn(session), start: Instant::now() }
    }

    async fn write_at(&mut self, milliseconds: u64, frame: &[u8]) {
        sleep_until(self.start + Duration::from_millis(milliseconds)).await;
        self.io.write_all(frame).await.unwrap();
    }

    /// All that it writes until it is over, and when that is.
    async fn end(mut self) -> (Vec<u8>, Duration) {
        let mut written = Vec::new();
        self.io.read_to_end(&mut written).await.unwrap();
        let over = self.start.elapsed();
        drop(self.io);
        self.task.await.unwrap();
        (written, over)
    }
}

fn holds(written: &[u8], text: &str) -> bool {
    written.windows(text.len()).any(|bytes| bytes == text.as_bytes())
}

#[tokio::test(start_paused = true)]
async fn a_hello_is_taken_up_to_the_limit_and_not_after_it() {
    for (milliseconds, in_time) in [(9_999, true), (10_001, false)] {
        let mut session = Session::start();
        session.write_at(milliseconds, &hello()).await;
        let (written, _) = session.end().await;
        assert_eq!(holds(&written, "welcome"), in_time, "{milliseconds} ms");
        assert_eq!(holds(&written, "no hello in time"), !in_time, "{milliseconds} ms");
        let code = close::POLICY.to_be_bytes();
        assert_eq!(written.windows(2).any(|bytes| bytes == code), !in_time, "{milliseconds} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_silent_is_gone_at_the_limit_and_one_pong_before_it_is_enough() {
    let mut session = Session::start();
    session.write_at(0, &hello()).await;
    let (_, over) = session.end().await;
    assert_eq!(over, Duration::from_secs(14));

    let mut session = Session::start();
    session.write_at(0, &hello()).await;
    session.write_at(13_999, &pong()).await;
    let (written, over) = session.end().await;
    assert_eq!(over, Duration::from_millis(13_999 + 14_000));
    // A ping every 10 s: an empty frame with opcode 9.
    assert_eq!(written.windows(2).filter(|bytes| *bytes == [0x89, 0]).count(), 3);
}

/// The session's task may have waited for something else, and finds both at once: that the time is
/// over, and what the client had sent in time.
#[tokio::test(start_paused = true)]
async fn who_was_not_read_in_time_is_not_silent() {
    // Which of them is looked at first is up to chance.
    for _ in 0..40 {
        let (mut io, session) = session();
        let mut session = pin!(session);
        let start = Instant::now();
        io.write_all(&hello()).await.unwrap();
        assert!(poll!(&mut session).is_pending());
        sleep_until(start + Duration::from_millis(13_999)).await;
        io.write_all(&pong()).await.unwrap();
        sleep_until(start + Duration::from_millis(14_500)).await;
        assert!(poll!(&mut session).is_pending(), "a client that was heard from is given up");
    }
}

/// On a slow line, where the pongs stand behind it.
#[tokio::test(start_paused = true)]
async fn who_sends_a_frame_for_a_minute_is_not_silent() {
    let mut session = Session::start();
    session.write_at(0, &hello()).await;
    let frame = frame(0x1, br#"{"type":"bogus"}"#);
    let (last, pieces) = frame.split_last().unwrap();
    for (number, piece) in pieces.chunks(2).enumerate() {
        session.write_at(13_000 * number as u64, piece).await;
    }
    session.write_at(13_000 * pieces.len() as u64 / 2, &[*last]).await;
    let (written, _) = session.end().await;
    assert!(holds(&written, "bad_message"));
}

#[tokio::test(start_paused = true)]
async fn a_close_frame_is_answered() {
    let mut session = Session::start();
    session.write_at(0, &hello()).await;
    session.write_at(1_000, &frame(0x8, &1000u16.to_be_bytes())).await;
    let (written, over) = session.end().await;
    assert_eq!(written[written.len() - 4..], [0x88, 2, 0x03, 0xe8]);
    assert_eq!(over, Duration::from_secs(1));
}

/// A page takes 13.5 s without a frame for a dead link, and sees no pings.
#[tokio::test(start_paused = true)]
async fn counts_are_told_every_10_seconds_also_right_after_they_have_changed() {
    let mut session = Session::start();
    session.write_at(0, &hello()).await;
    let mut told = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    while session.start.elapsed() < Duration::from_secs(60) {
        let read = session.io.read(&mut chunk).await.unwrap();
        if holds(&chunk[..read], r#""type":"queues""#) {
            told.push(session.start.elapsed().as_secs());
        }
        session.io.write_all(&pong()).await.unwrap();
    }
    assert!(told.windows(2).all(|pair| pair[1] - pair[0] <= 10), "{told:?}");
    assert!(told.len() >= 6, "{told:?}");
}
