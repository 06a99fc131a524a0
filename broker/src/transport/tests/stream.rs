//! What goes through the stream, and when nothing is read.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{
    AsyncReadExt as _, AsyncWriteExt as _,
    io::{AsyncRead, AsyncWrite},
};
use tokio::time::Instant;

use super::{MIB, channel, deliver, frame, header, message, on, on_0, tuning};
use crate::{
    budget::Outbound,
    intake::Intake,
    transport::{HEARTBEAT, ROOM, Transport},
};

/// Gives its bytes in pieces, takes them so too, and is not ready every other time.
#[derive(Default)]
pub(super) struct Slow {
    read: Vec<u8>,
    at: usize,
    pub(super) written: Arc<Mutex<Vec<u8>>>,
    /// Largest piece.
    max: usize,
    turn: usize,
}

impl Slow {
    pub(super) fn new(read: &[Vec<u8>], max: usize) -> Self {
        Self { read: read.concat(), max, ..Self::default() }
    }

    fn piece(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(2) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(1 + self.turn * 7919 % self.max)
    }
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(piece) = self.piece(cx) else { return Poll::Pending };
        let rest = &self.read[self.at..];
        let count = piece.min(buf.len()).min(rest.len());
        buf[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(piece) = self.piece(cx) else { return Poll::Pending };
        let count = piece.min(buf.len());
        self.written.lock().unwrap().extend(&buf[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Reads so many bytes.
async fn take(transport: &mut Transport<Slow>, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    transport.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// Checks that nothing but a sign of life comes, and only after a second.
async fn is_paused(transport: &mut Transport<Slow>) {
    let since = Instant::now();
    // In pieces, as when lapin's buffer has little room.
    let sign = [take(transport, 3).await, take(transport, 5).await].concat();
    assert_eq!(sign, HEARTBEAT);
    let millis = since.elapsed().as_millis();
    assert!((999..1100).contains(&millis), "{millis}");
}

#[tokio::test]
async fn both_ways_in_pieces() {
    let outbound = Outbound::new(MIB);
    let body = vec![7; 500_000];
    let read = [
        tuning(30, 131_072, 60),
        channel(11),
        deliver(b"\xFF"),
        header(body.len(), [0x04, 0], b"\x02\xC3\x28"),
        frame(3, &body),
        HEARTBEAT.to_vec(),
    ];
    let stream = Slow::new(&read, 13);
    let written = Arc::clone(&stream.written);
    let mut transport = Transport::new(stream, Intake::new(&outbound));
    // Larger and smaller than what comes.
    let mut got: Vec<u8> = Vec::new();
    for size in [3, 100_000].into_iter().cycle() {
        let mut buffer = vec![0; size];
        let count = transport.read(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        got.extend(&buffer[..count]);
    }
    let [_, open_ok, _, _, content, heartbeat] = read;
    let wanted = [
        tuning(30, 131_072 + ROOM, 60),
        open_ok,
        deliver(b"$bytes:/w=="),
        header(body.len(), [0x04, 0], b"\x0b$bytes:wyg="),
        content,
        heartbeat,
    ];
    assert_eq!(got, wanted.concat());
    assert_eq!(outbound.used(), body.len());

    let start_ok = on_0(&[0, 10, 0, 11, 1, 2, 3]);
    let answer = tuning(31, 131_072 + ROOM, 60);
    let handshake = [&b"AMQP\0\0\x09\x01"[..], &start_ok, &answer].concat();
    // Once it is over, nothing is looked at.
    let later = [deliver(b"\xFF"), answer].concat();
    for piece in handshake.chunks(11).chain([&later[..]]) {
        transport.write_all(piece).await.unwrap();
        transport.flush().await.unwrap();
    }
    transport.close().await.unwrap();
    let wanted = [&b"AMQP\0\0\x09\x01"[..], &start_ok, &tuning(31, 131_072, 60), &later].concat();
    assert_eq!(*written.lock().unwrap(), wanted);
}

#[tokio::test(start_paused = true)]
async fn without_memory_it_stops_behind_a_whole_message_until_there_is_some() {
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let messages = [&[1; 600_000][..], &[2; 2 * MIB], &[3; 1000]].map(message);
    let [first, second, third] = &messages;
    let stream = Slow::new(&[channel(11), messages.concat()], 50_000);
    let mut transport = Transport::new(stream, Arc::clone(&intake));
    let open_ok = channel(11);
    assert_eq!(take(&mut transport, open_ok.len()).await, open_ok);
    let of_channel = Arc::new(intake.channel(1));

    // Over the limit, with less than what every connection may have.
    outbound.add(MIB);
    assert_eq!(take(&mut transport, first.len()).await, *first);
    // This one crosses it, and comes whole.
    assert_eq!(take(&mut transport, second.len()).await, *second);
    let read = transport.stream.at;
    for _ in 0..3 {
        is_paused(&mut transport).await;
    }
    assert_eq!(transport.stream.at, read);

    // Nobody wakes it but the memory: not the others', which is not enough, but this one's own.
    outbound.release(MIB);
    is_paused(&mut transport).await;
    outbound.add(MIB);
    let since = Instant::now();
    let writer = Arc::clone(&of_channel);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(writer.take(2 * MIB));
    });
    assert_eq!(take(&mut transport, third.len()).await, *third);
    let millis = since.elapsed().as_millis();
    assert!((300..310).contains(&millis), "{millis}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_no_busy_waiting_and_ends_with_the_others_memory() {
    let outbound = Outbound::new(4 * MIB);
    let intake = Intake::new(&outbound);
    let full = message(&[1; 2 * MIB]);
    let stream = Slow::new(&[channel(11), full.clone(), channel(41)], 50_000);
    let mut transport = Transport::new(stream, intake);
    take(&mut transport, channel(11).len() + full.len()).await;
    outbound.add(4 * MIB);
    let freed = Arc::clone(&outbound);
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(5500)).await;
        freed.release(4 * MIB);
    });
    let (since, mut polls, mut got) = (Instant::now(), 0, Vec::<u8>::new());
    while got.len() < 5 * HEARTBEAT.len() + channel(41).len() {
        let mut buffer = [0; 4096];
        let count = poll_fn(|cx| {
            polls += 1;
            Pin::new(&mut transport).poll_read(cx, &mut buffer)
        });
        let count = count.await.unwrap();
        got.extend(&buffer[..count]);
    }
    assert_eq!(got, [HEARTBEAT.repeat(5), channel(41)].concat());
    let millis = since.elapsed().as_millis();
    assert!((5500..5510).contains(&millis), "{millis}");
    // Twice for each sign of life, and a few for what came.
    assert!(polls <= 14, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn messages_on_two_channels_that_mix_both_come_whole() {
    let outbound = Outbound::new(MIB);
    let mixed = [
        channel(11),
        on(2, channel(11)),
        header(2 * MIB, [0, 0], &[]),
        frame(3, &vec![1; MIB]),
        on(2, header(3, [0, 0], &[])),
        on(2, frame(3, b"abc")),
        frame(3, &vec![1; MIB]),
    ];
    let stream = Slow::new(&[mixed.concat(), message(b"late")], 50_000);
    let mut transport = Transport::new(stream, Intake::new(&outbound));
    assert_eq!(take(&mut transport, mixed.concat().len()).await, mixed.concat());
    is_paused(&mut transport).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_channel_ends_is_not_waited_for() {
    let outbound = Outbound::new(MIB);
    let read = [
        channel(11),
        header(1000, [0, 0], &[]),
        frame(3, &[1; 999]),
        channel(40),
        on(2, channel(11)),
        on(2, header(MIB, [0, 0], &[])),
        on(2, frame(3, &vec![1; MIB])),
    ];
    let stream = Slow::new(&[read.concat(), channel(11)], 50_000);
    let mut transport = Transport::new(stream, Intake::new(&outbound));
    assert_eq!(take(&mut transport, read.concat().len()).await, read.concat());
    is_paused(&mut transport).await;
}
