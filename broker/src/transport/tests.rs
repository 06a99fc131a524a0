//! What the tests of the stream and its parts are made of.

mod channels;
mod frames;
mod greeting;
mod played;
mod stream;

const MIB: usize = 1024 * 1024;

/// A frame on channel 1, or a heartbeat.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![kind, 0, u8::from(kind != 8)];
    sized(payload, &mut frame);
    frame.push(0xCE);
    frame
}

/// A method on channel 0.
fn on_0(payload: &[u8]) -> Vec<u8> {
    let mut frame = frame(1, payload);
    frame[2] = 0;
    frame
}

/// The frame on this channel.
fn on(channel: u8, mut frame: Vec<u8>) -> Vec<u8> {
    frame[2] = channel;
    frame
}

/// Adds bytes with their length before them.
fn sized(content: &[u8], out: &mut Vec<u8>) {
    out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    out.extend(content);
}

/// connection.tune (30) or tune-ok (31).
fn tuning(method: u8, frame_max: u32, heartbeat: u8) -> Vec<u8> {
    let start = [0, 10, 0, method, 7, 255];
    on_0(&[&start[..], &frame_max.to_be_bytes(), &[0, heartbeat]].concat())
}

#[derive(Debug, Clone)]
enum Value {
    /// Type and bytes of a value without strings to look at.
    Plain(u8, Vec<u8>),
    Array(Vec<Value>),
    Table(Vec<(Vec<u8>, Value)>),
}

#[derive(Debug, Clone)]
enum Part {
    Bytes(Vec<u8>),
    Short(Vec<u8>),
    Table(Vec<(Vec<u8>, Value)>),
}

type Text<'a> = &'a dyn Fn(&[u8]) -> Vec<u8>;

/// Every string as it is.
const RAW: Text<'static> = &<[u8]>::to_vec;

fn short(text: Text<'_>, raw: &[u8], out: &mut Vec<u8>) {
    let raw = text(raw);
    out.push(raw.len().try_into().unwrap());
    out.extend(raw);
}

fn table(text: Text<'_>, entries: &[(Vec<u8>, Value)], out: &mut Vec<u8>) {
    let mut content = Vec::new();
    for (key, entry) in entries {
        short(text, key, &mut content);
        value(text, entry, &mut content);
    }
    sized(&content, out);
}

fn value(text: Text<'_>, given: &Value, out: &mut Vec<u8>) {
    match given {
        Value::Plain(kind, bytes) => {
            out.push(*kind);
            out.extend(bytes);
        }
        Value::Array(values) => {
            let mut content = Vec::new();
            values.iter().for_each(|each| value(text, each, &mut content));
            out.push(b'A');
            sized(&content, out);
        }
        Value::Table(entries) => {
            out.push(b'F');
            table(text, entries, out);
        }
    }
}

/// The frame with each string put through `text`.
fn encode(text: Text<'_>, kind: u8, parts: &[Part]) -> Vec<u8> {
    let mut payload = Vec::new();
    for part in parts {
        match part {
            Part::Bytes(bytes) => payload.extend(bytes),
            Part::Short(raw) => short(text, raw, &mut payload),
            Part::Table(entries) => table(text, entries, &mut payload),
        }
    }
    frame(kind, &payload)
}

/// channel.open-ok, close or close-ok.
fn channel(method: u8) -> Vec<u8> {
    frame(1, &[0, 20, 0, method, 0, 0, 0, 0])
}

fn deliver(key: &[u8]) -> Vec<u8> {
    let tag = [3, b't', b'a', b'g', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0];
    let key = [&[u8::try_from(key.len()).unwrap()], key].concat();
    frame(1, &[&[0, 60, 0, 60][..], &tag, &key].concat())
}

fn header(size: usize, flags: [u8; 2], properties: &[u8]) -> Vec<u8> {
    let size = (size as u64).to_be_bytes();
    frame(2, &[&[0, 60, 0, 0], &size[..], &flags, properties].concat())
}

/// A message with this body, in frames of 100,000 bytes.
fn message(body: &[u8]) -> Vec<u8> {
    let frames = body.chunks(100_000).map(|piece| frame(3, piece));
    [deliver(b"k"), header(body.len(), [0, 0], &[])].into_iter().chain(frames).flatten().collect()
}
