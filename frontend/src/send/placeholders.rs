//! What is filled into a message when it is sent: `{n}` its number, `{uuid}` a new UUID, `{now}` the
//! time. In the text of the body, in properties that are texts and in values of headers that are texts
//! and lie in no table or array; `{{n}}` is sent as `{n}`. A message that has none is sent as it is.

use warren_protocol::{Body, FieldValue, Properties};

use crate::{send::draft::Prepared, ui::utc::utc};

/// The message's number, counted from 1.
const NUMBER: &str = "{n}";
/// A new UUID, the same everywhere in the message; its `message_id` too, where that is not set.
const UUID: &str = "{uuid}";
/// The time, as RFC 3339 with milliseconds, in UTC.
const NOW: &str = "{now}";

/// What it stands for, and the most bytes of that.
const ALL: [(&str, Part, usize); 3] =
    [(NUMBER, Part::Number, 20), (UUID, Part::Uuid, 36), (NOW, Part::Now, 24)];

/// The properties that are free texts.
const TEXTS: [fn(&mut Properties) -> &mut Option<String>; 7] = [
    |properties| &mut properties.content_type,
    |properties| &mut properties.content_encoding,
    |properties| &mut properties.correlation_id,
    |properties| &mut properties.reply_to,
    |properties| &mut properties.message_id,
    |properties| &mut properties.kind,
    |properties| &mut properties.app_id,
];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// One of the names, which is sent as it is: it was written with two braces.
    Name(&'static str),
    Number,
    Uuid,
    Now,
}

/// A message with places in which something is filled in.
#[derive(Debug, Clone)]
pub struct Template {
    message: Prepared,
    body: Option<Vec<Part>>,
    /// By their place in [`TEXTS`].
    texts: Vec<(usize, Vec<Part>)>,
    headers: Vec<(String, Vec<Part>)>,
}

/// What is filled in.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The message's number.
    pub number: u64,
    /// A new UUID.
    pub uuid: &'a str,
    /// The time, in milliseconds since 1970-01-01 UTC.
    pub now_ms: f64,
}

impl Template {
    /// A message that is sent as it is.
    #[must_use]
    pub fn plain(message: Prepared) -> Self {
        Self { message, body: None, texts: Vec::new(), headers: Vec::new() }
    }

    /// A message into which what it names is filled.
    #[must_use]
    pub fn of(message: Prepared) -> Self {
        let mut properties = message.properties.clone();
        let texts = TEXTS
            .iter()
            .enumerate()
            .filter_map(|(at, text)| Some((at, parts(text(&mut properties).as_deref()?)?)));
        let texts = texts.collect();
        let headers = message.properties.headers.iter().flat_map(|headers| &headers.0);
        let headers = headers.filter_map(|(name, value)| match value {
            FieldValue::LongString(bytes) => {
                Some((name.clone(), parts(std::str::from_utf8(bytes).ok()?)?))
            }
            _ => None,
        });
        let headers = headers.collect();
        let body = message.body.as_text().and_then(parts);
        Self { message, body, texts, headers }
    }

    /// Whether there is anything to fill in.
    #[must_use]
    pub fn has_any(&self) -> bool {
        self.body.is_some() || !self.texts.is_empty() || !self.headers.is_empty()
    }

    /// The most bytes that a body takes.
    #[must_use]
    pub fn body_bytes(&self) -> usize {
        let Some(parts) = &self.body else { return self.message.body.len() };
        let bytes = |part: &Part| match part {
            Part::Text(text) => text.len(),
            Part::Name(name) => name.len(),
            other => ALL.iter().find(|(_, part, _)| part == other).map_or(0, |(_, _, max)| *max),
        };
        parts.iter().map(bytes).sum()
    }

    /// The message with these values.
    #[must_use]
    pub fn fill(&self, values: Values<'_>) -> Prepared {
        let Prepared { body, mut properties } = match &self.body {
            // Not a copy of what is replaced.
            Some(parts) => Prepared {
                body: Body::from(filled(parts, values)),
                properties: self.message.properties.clone(),
            },
            None => self.message.clone(),
        };
        for (at, parts) in &self.texts {
            *TEXTS[*at](&mut properties) = Some(filled(parts, values));
        }
        if let Some(headers) = &mut properties.headers {
            for (name, parts) in &self.headers {
                let value = FieldValue::LongString(filled(parts, values).into_bytes());
                headers.0.insert(name.clone(), value);
            }
        }
        properties.message_id.get_or_insert_with(|| values.uuid.to_owned());
        Prepared { body, properties }
    }
}

/// The text with what stands for values in it, for the check of JSON. It is JSON just where the text is
/// with any values, is as long as the text, so that a mistake is where it was typed, and is never sent
/// or shown.
#[must_use]
pub fn sample(text: &str) -> String {
    let Some(parts) = parts(text) else { return text.to_owned() };
    let mut sample = String::new();
    for part in &parts {
        match part {
            Part::Text(plain) => sample.push_str(plain),
            Part::Name(name) => {
                sample.push_str(name);
                // In the place of the second pair of braces.
                sample.push_str("  ");
            }
            Part::Number => sample.push_str("111"),
            // Outside of quotes a UUID or a time is no JSON, and neither is this.
            Part::Uuid => sample.push_str("------"),
            Part::Now => sample.push_str("-----"),
        }
    }
    sample
}

/// The text cut at what is filled in; none where there is nothing, so that it costs nothing.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let (mut plain, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('{') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let escaped = rest[1..].starts_with('{').then(|| &rest[1..]);
        let literal = escaped.and_then(|inner| {
            let (name, _, _) = ALL.iter().find(|(name, _, _)| inner.starts_with(name))?;
            inner[name.len()..].starts_with('}').then_some(*name)
        });
        if let Some(name) = literal {
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(Part::Name(name));
            rest = &rest[name.len() + 2..];
        } else if let Some((name, part, _)) = ALL.iter().find(|(name, _, _)| rest.starts_with(name))
        {
            parts.push(Part::Text(std::mem::take(&mut plain)));
            parts.push(part.clone());
            rest = &rest[name.len()..];
        } else {
            plain.push('{');
            rest = &rest[1..];
        }
    }
    if parts.is_empty() {
        return None;
    }
    plain.push_str(rest);
    parts.push(Part::Text(plain));
    parts.retain(|part| *part != Part::Text(String::new()));
    Some(parts)
}

fn filled(parts: &[Part], Values { number, uuid, now_ms }: Values<'_>) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Name(name) => text.push_str(name),
            Part::Number => text.push_str(&number.to_string()),
            Part::Uuid => text.push_str(uuid),
            Part::Now => text.push_str(&utc(now_ms)),
        }
    }
    text
}
