//! Bodies that are compressed, decompressed by the browser: in steps, bounded, and only as long as
//! somebody wants the result.

use std::{cell::Cell, rc::Rc};

use js_sys::{
    Array, Function, Reflect, Uint8Array,
    futures::{JsFuture, spawn_local},
};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStreamDefaultReader, WritableStreamDefaultWriter};
use yew::Callback;

use crate::ui::language::Language;

/// Bytes that come out at most.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Bytes that go in at once. What comes of them is in memory at once: gzip makes of a byte 1,032
/// at most, so these make some 4 MiB.
const STEP: u32 = 4 * 1024;

/// The browser's name of the format that a content encoding names, where it may have one.
#[must_use]
pub fn supported(encoding: &str) -> Option<&'static str> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Some("gzip"),
        "deflate" | "zlib" => Some("deflate"),
        "br" | "brotli" => Some("brotli"),
        "zstd" => Some("zstd"),
        _ => None,
    }
}

/// Why a body could not be decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// The content encoding is not one of [`supported`].
    Unknown,
    /// The browser does not have the format.
    Browser,
    /// More than [`MAX_BYTES`] would come out.
    TooLarge,
    /// The bytes are not of the format, or end too early.
    Broken,
}

impl Mistake {
    /// In words.
    #[must_use]
    pub fn words(self, language: Language) -> &'static str {
        let (english, chinese) = match self {
            Self::Unknown => ("The content encoding is unknown.", "未知的 content_encoding。"),
            Self::Browser => (
                "This browser cannot decompress this content encoding.",
                "此浏览器不支持解压这种 content_encoding。",
            ),
            Self::TooLarge => (
                "Decompressed, the body is larger than 64 MiB. Save gives it as it came.",
                "解压后的消息体超过 64 MiB。可保存未解压的原始内容。",
            ),
            Self::Broken => (
                "The body is not compressed as its content encoding says, or is not complete.",
                "消息体不符合 content_encoding 声明的压缩格式，或数据不完整。",
            ),
        };
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

/// A decompression that is under way; dropped, it stops.
pub struct Decompressing {
    reader: ReadableStreamDefaultReader,
    ended: Rc<Cell<bool>>,
}

impl Drop for Decompressing {
    fn drop(&mut self) {
        if !self.ended.replace(true) {
            cancel(&self.reader);
        }
    }
}

/// Decompresses `bytes`, which the content encoding `encoding` is named for, and hands the result
/// on, unless what is returned is dropped before.
pub fn decompress(
    encoding: &str,
    bytes: &[u8],
    done: Callback<Result<Vec<u8>, Mistake>>,
) -> Result<Decompressing, Mistake> {
    let mut format = supported(encoding).ok_or(Mistake::Unknown)?;
    // Some send deflate without zlib's two bytes (RFC 1950, section 2.2) around it.
    let zlib = |first: u8, second: u8| {
        first & 0xf == 8 && (u32::from(first) << 8 | u32::from(second)).is_multiple_of(31)
    };
    if format == "deflate" && !matches!(bytes, [first, second, ..] if zlib(*first, *second)) {
        format = "deflate-raw";
    }
    let (reader, writer) = open(format).ok_or(Mistake::Browser)?;
    let input = Uint8Array::from(bytes);
    spawn_local(async move {
        // The reader gets to know what goes wrong.
        let mut at = 0;
        while at < input.length() {
            let step = input.subarray(at, input.length().min(at + STEP));
            if JsFuture::from(writer.write_with_chunk(&step)).await.is_err() {
                return;
            }
            at += STEP;
        }
        let _ = JsFuture::from(writer.close()).await;
    });
    let ended = Rc::new(Cell::new(false));
    let (from, has_ended) = (reader.clone(), ended.clone());
    spawn_local(async move {
        let result = read(&from).await;
        if !has_ended.replace(true) {
            done.emit(result);
        }
    });
    Ok(Decompressing { reader, ended })
}

/// Both ends of a new stream of the browser's, where it has the format.
fn open(format: &str) -> Option<(ReadableStreamDefaultReader, WritableStreamDefaultWriter)> {
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let class = get(&js_sys::global(), "DecompressionStream")?;
    let class = class.dyn_into::<Function>().ok()?;
    let stream = Reflect::construct(&class, &Array::of1(&format.into())).ok()?;
    let readable = get(&stream, "readable")?.dyn_into().ok()?;
    let writable = get(&stream, "writable")?.dyn_into::<web_sys::WritableStream>().ok()?;
    Some((ReadableStreamDefaultReader::new(&readable).ok()?, writable.get_writer().ok()?))
}

async fn read(reader: &ReadableStreamDefaultReader) -> Result<Vec<u8>, Mistake> {
    // They stay the browser's until all are there: a vector that grows would be there twice.
    let (mut parts, mut total) = (Vec::<Uint8Array>::new(), 0);
    loop {
        let next = JsFuture::from(reader.read()).await.map_err(|_| Mistake::Broken)?;
        // Nothing where it is done.
        let part = Reflect::get(&next, &"value".into()).ok();
        let Some(part) = part.and_then(|part| part.dyn_into::<Uint8Array>().ok()) else { break };
        total += part.length() as usize;
        if total > MAX_BYTES {
            cancel(reader);
            return Err(Mistake::TooLarge);
        }
        parts.push(part);
    }
    let mut bytes = vec![0; total];
    let mut rest = bytes.as_mut_slice();
    for part in parts {
        let (place, after) = rest.split_at_mut(part.length() as usize);
        part.copy_to(place);
        rest = after;
    }
    Ok(bytes)
}

/// Stops the stream; where that fails it has stopped already.
fn cancel(reader: &ReadableStreamDefaultReader) {
    let cancelled = reader.cancel();
    spawn_local(async move {
        let _ = JsFuture::from(cancelled).await;
    });
}
