//! lapin itself, and a broker that is played.

use std::sync::Arc;

use futures_util::StreamExt as _;
use lapin::{
    Connection, ConnectionProperties,
    options::BasicConsumeOptions,
    runtime::default_runtime,
    tcp::{AMQPUriTcpExt as _, AsyncTcpStream},
    types::FieldTable,
    uri::AMQPUri,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{MIB, channel, deliver, frame, header, message, on_0, tuning};
use crate::{
    budget::Outbound,
    intake::Intake,
    transport::{Transport, kit},
};

/// The broker's side of a handshake up to a consumer, and what lapin said in tune-ok.
async fn accept(listener: &TcpListener, frame_max: u32, heartbeat: u8) -> (TcpStream, Vec<u8>) {
    let (mut socket, _) = listener.accept().await.unwrap();
    socket.read_exact(&mut [0; 8]).await.unwrap();
    let start =
        [&[0, 10, 0, 10, 0, 9, 0, 0, 0, 0, 0, 0, 0, 5][..], b"PLAIN", &[0, 0, 0, 5], b"en_US"];
    socket.write_all(&on_0(&start.concat())).await.unwrap();
    next(&mut socket).await;
    socket.write_all(&tuning(30, frame_max, heartbeat)).await.unwrap();
    let tune_ok = next(&mut socket).await;
    next(&mut socket).await;
    let consume_ok = frame(1, &[0, 60, 0, 21, 3, b't', b'a', b'g']);
    for answer in [on_0(&[0, 10, 0, 41, 0]), channel(11), consume_ok] {
        socket.write_all(&answer).await.unwrap();
        // After each but the last lapin asks for more.
        if answer[10] != 21 {
            next(&mut socket).await;
        }
    }
    (socket, tune_ok)
}

/// The next frame that is no heartbeat.
async fn next(socket: &mut TcpStream) -> Vec<u8> {
    loop {
        let frame = any(socket).await;
        if !is_heartbeat(&frame) {
            return frame;
        }
    }
}

/// The next frame.
async fn any(socket: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut frame = vec![0; 7];
    socket.read_exact(&mut frame).await.unwrap();
    let size = u32::from_be_bytes(frame[3..].try_into().unwrap());
    frame.resize(7 + size as usize + 1, 0);
    socket.read_exact(&mut frame[7..]).await.unwrap();
    frame
}

fn is_heartbeat(frame: &[u8]) -> bool {
    frame[0] == 8
}

/// lapin with a consumer, connected to a broker that goes on to send these bytes; and the heartbeats
/// that the broker has had of lapin since.
async fn consume(
    intake: &Arc<Intake>,
    frame_max: u32,
    heartbeat: u8,
    bytes: Vec<u8>,
) -> (Connection, lapin::Channel, lapin::Consumer, watch::Receiver<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, heartbeats) = watch::channel(0);
    tokio::spawn(async move {
        let (socket, tune_ok) = accept(&listener, frame_max, heartbeat).await;
        assert_eq!(tune_ok, tuning(31, frame_max, heartbeat));
        let (mut reading, mut writing) = socket.into_split();
        let _writer = tokio::spawn(async move {
            writing.write_all(&bytes).await.unwrap();
            writing
        });
        // Open until the test is over.
        loop {
            if is_heartbeat(&any(&mut reading).await) {
                heard.send_modify(|count| *count += 1);
            }
        }
    });
    let uri: AMQPUri = format!("amqp://127.0.0.1:{port}/%2f").parse().unwrap();
    let (tokio, intake) = (default_runtime().unwrap(), Arc::clone(intake));
    let open = async move |uri: AMQPUri, _| {
        let socket = uri.connect_async(&tokio).await?;
        Ok(AsyncTcpStream::Plain(Transport::new(socket, Arc::clone(&intake))))
    };
    let properties = ConnectionProperties::default();
    let connection = Connection::connector(uri, kit::runtime(), open, properties).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    let consumer = channel.basic_consume("q".into(), "tag".into(), options, arguments);
    let consumer = consumer.await.unwrap();
    (connection, channel, consumer, heartbeats)
}

#[tokio::test]
async fn lapin_takes_what_it_would_end_a_connection_over() {
    // RabbitMQ's largest content header: a payload of frame_max bytes.
    let long = vec![0xFF; 8192 - 40];
    let size = |bytes: usize| u32::try_from(bytes).unwrap().to_be_bytes();
    let properties = [
        &size(long.len() + 15)[..],
        b"\0S",
        &size(long.len()),
        &long,
        b"\x03k\xFF\xFEI\0\0\0\x07",
        // Delivery mode, correlation id.
        b"\x02\x05id\xC3\xC3\xC3",
    ];
    let header = header(6, [0x34, 0], &properties.concat());
    assert_eq!(header.len(), 8192 + 8);
    let bytes = [deliver(b"key\xE9"), header, frame(3, b"abcdef")].concat();
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let (connection, _channel, mut consumer, _) = consume(&intake, 8192, 60, bytes).await;
    let delivery = consumer.next().await.unwrap().unwrap();
    assert_eq!(delivery.data, b"abcdef");
    assert_eq!(delivery.routing_key.as_str(), "$bytes:a2V56Q==");
    let properties = &delivery.properties;
    assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "$bytes:aWTDw8M=");
    let headers = properties.headers().as_ref().unwrap();
    assert!(headers.inner().contains_key("$bytes:a//+"), "{:?}", headers.inner().keys());
    assert_eq!(outbound.used(), 6);
    assert!(connection.status().connected());
}

/// lapin ends a connection on which nothing came for twice the heartbeat: 2 seconds here, in which it
/// sends four of its own.
#[tokio::test]
async fn lapin_stays_while_nothing_is_read() {
    let body = vec![1; 100_000];
    let outbound = Outbound::new(MIB);
    let intake = Intake::new(&outbound);
    let bytes = message(&body).repeat(64);
    let (connection, channel, mut consumer, mut heartbeats) =
        consume(&intake, 131_072, 1, bytes).await;
    let of_channel = intake.channel(channel.id());
    heartbeats.wait_for(|count| *count > 6).await.unwrap();
    assert!(connection.status().connected());
    assert_eq!(outbound.used(), 11 * body.len(), "the message that crosses 1 MiB is the last");
    for _ in 0..64 {
        let delivery = consumer.next().await.unwrap().unwrap();
        drop(of_channel.take(delivery.data.len()));
    }
    assert_eq!(outbound.used(), 0);
    assert!(connection.status().connected());
}
