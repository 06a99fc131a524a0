//! A broker that ends the connection of whoever consumes from some queue, as RabbitMQ does where a
//! queue type does not know consumers: the frames of AMQP 0-9-1 are read, and one is answered here.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::mpsc,
};

/// The words that the broker's place is taken with.
const WORDS: &str = "INTERNAL_ERROR - this queue knows no consumers";

const METHOD: u8 = 1;
const END: u8 = 0xCE;
const CONNECTION_CLOSE: [u8; 4] = [0, 10, 0, 50];
const CONNECTION_CLOSE_OK: [u8; 4] = [0, 10, 0, 51];
const BASIC_CONSUME: [u8; 4] = [0, 60, 0, 20];
const INTERNAL_ERROR: u16 = 541;

/// From which queue nobody may consume, and when somebody has tried.
#[derive(Debug, Clone)]
pub struct Refusals(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    queue: Option<String>,
    tries: Vec<Instant>,
}

impl Refusals {
    /// Nobody may consume from `queue`.
    #[must_use]
    pub fn of(queue: &str) -> Self {
        let queue = Some(queue.to_owned());
        Self(Arc::new(Mutex::new(Shared { queue, tries: Vec::new() })))
    }

    /// When somebody has tried.
    ///
    /// # Panics
    /// When a task has panicked with them.
    #[must_use]
    pub fn tries(&self) -> Vec<Instant> {
        self.0.lock().unwrap().tries.clone()
    }

    /// From now on everybody may.
    ///
    /// # Panics
    /// When a task has panicked with them.
    pub fn end(&self) {
        self.0.lock().unwrap().queue = None;
    }

    /// Whether this method frame is refused; that counts as a try.
    fn refuse(&self, frame: &[u8]) -> bool {
        let mut shared = self.0.lock().unwrap();
        // Type, channel, size; class and method; a reserved short, and the queue's name.
        let is = frame[0] == METHOD
            && frame[7..].starts_with(&BASIC_CONSUME)
            && shared.queue.as_ref().is_some_and(|queue| {
                frame[13..].starts_with(&[&[queue.len() as u8], queue.as_bytes()].concat())
            });
        if is {
            shared.tries.push(Instant::now());
        }
        is
    }
}

/// Carries frames both ways until one end leaves, or a consumer is refused.
pub(super) async fn carry(refusals: &Refusals, near: &mut TcpStream, far: &mut TcpStream) {
    let ((mut from_near, mut to_near), (from_far, mut to_far)) = (near.split(), far.split());
    let mut header = [0; 8];
    if from_near.read_exact(&mut header).await.is_err() || to_far.write_all(&header).await.is_err()
    {
        return;
    }
    let ((near_reader, mut of_near), (far_reader, mut of_far)) =
        (frames(from_near), frames(from_far));
    let exchange = async {
        let mut refused = false;
        loop {
            tokio::select! {
                frame = of_near.recv() => match frame {
                    None => return,
                    Some(frame) if refused => {
                        if frame[7..].starts_with(&CONNECTION_CLOSE_OK) {
                            return;
                        }
                    }
                    Some(frame) if refusals.refuse(&frame) => {
                        refused = true;
                        to_near.write_all(&close()).await.ok();
                    }
                    Some(frame) => { to_far.write_all(&frame).await.ok(); }
                },
                frame = of_far.recv(), if !refused => match frame {
                    Some(frame) => { to_near.write_all(&frame).await.ok(); }
                    None => return,
                },
            }
        }
    };
    tokio::select! {
        () = exchange => {}
        ((), ()) = async { tokio::join!(near_reader, far_reader) } => {}
    }
}

/// Reads frames, as a future to be driven, into the receiver.
fn frames(
    mut from: impl AsyncRead + Unpin,
) -> (impl Future<Output = ()>, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let read = async move {
        let mut head = [0; 7];
        while from.read_exact(&mut head).await.is_ok() {
            let size = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
            let mut frame = head.to_vec();
            frame.resize(head.len() + size + 1, 0);
            if from.read_exact(&mut frame[head.len()..]).await.is_err() {
                return;
            }
            sender.send(frame).ok();
        }
    };
    (read, receiver)
}

/// `connection.close` with the reason.
fn close() -> Vec<u8> {
    let mut payload = CONNECTION_CLOSE.to_vec();
    payload.extend(INTERNAL_ERROR.to_be_bytes());
    payload.push(WORDS.len() as u8);
    payload.extend(WORDS.as_bytes());
    payload.extend(BASIC_CONSUME);
    let mut frame = vec![METHOD, 0, 0];
    frame.extend((payload.len() as u32).to_be_bytes());
    frame.extend(payload);
    frame.push(END);
    frame
}
