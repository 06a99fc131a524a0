//! The group "Properties": AMQP's properties as typed, read and checked.

use warren_protocol::{FieldTable, Properties, limits::MAX_SHORT_STRING_BYTES};

use super::{Field, FieldError, Header, headers, headers_json};
use crate::ui::language::Language;

const CONTENT_ENCODING: &str = "content_encoding";
const TIMESTAMP: &str = "timestamp";
const HEADER: &str = "header ";

/// All but the body, as typed. Empty means not set.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// As the user has set it; the format says it where absent.
    pub content_type: Option<String>,
    /// Whether a durable queue keeps the message on disk.
    pub persistent: bool,
    /// 0 to 255.
    pub priority: String,
    /// Whole milliseconds.
    pub expiration: String,
    /// correlation id
    pub correlation_id: String,
    /// reply to
    pub reply_to: String,
    /// message id; a new UUID where empty.
    pub message_id: String,
    /// type
    pub kind: String,
    /// app id
    pub app_id: String,
    /// The headers that the form can show.
    pub headers: Vec<Header>,
    /// All headers as JSON, as typed, while they are edited so: it is what is sent, and the other two
    /// follow it as long as it is right.
    pub headers_json: Option<String>,
    /// What the form cannot show, of the message that is edited; and how it is said that a message is not
    /// `persistent`, since a publisher may leave that unsaid.
    pub kept: Properties,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            content_type: None,
            // Else a durable queue forgets what it has confirmed when its broker restarts.
            persistent: true,
            priority: String::new(),
            expiration: String::new(),
            correlation_id: String::new(),
            reply_to: String::new(),
            message_id: String::new(),
            kind: String::new(),
            app_id: String::new(),
            headers: Vec::new(),
            headers_json: None,
            kept: Properties { persistent: Some(false), ..Properties::default() },
        }
    }
}

impl Fields {
    /// The fields that say what `properties` say, but for `message_id` and `user_id`: a message
    /// that is sent from here is another one, and by another user.
    #[must_use]
    pub fn of(properties: &Properties) -> Self {
        let (headers, kept) = headers::split(properties.headers.as_ref());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            content_type: Some(text(&properties.content_type)),
            persistent: properties.persistent == Some(true),
            priority: properties.priority.map(|priority| priority.to_string()).unwrap_or_default(),
            expiration: text(&properties.expiration),
            correlation_id: text(&properties.correlation_id),
            reply_to: text(&properties.reply_to),
            message_id: String::new(),
            kind: text(&properties.kind),
            app_id: text(&properties.app_id),
            headers,
            headers_json: None,
            kept: Properties {
                persistent: properties.persistent.map(|_| false),
                content_encoding: properties.content_encoding.clone(),
                timestamp: properties.timestamp,
                headers: kept,
                ..Properties::default()
            },
        }
    }

    /// The text of a property; none where the field is no property, or the text of an unset content
    /// type, which is empty.
    #[must_use]
    pub fn property(&self, field: Field) -> Option<&String> {
        static UNSET: String = String::new();
        Some(match field {
            Field::ContentType => self.content_type.as_ref().unwrap_or(&UNSET),
            Field::Priority => &self.priority,
            Field::Expiration => &self.expiration,
            Field::CorrelationId => &self.correlation_id,
            Field::ReplyTo => &self.reply_to,
            Field::MessageId => &self.message_id,
            Field::Kind => &self.kind,
            Field::AppId => &self.app_id,
            Field::Body
            | Field::File
            | Field::HeadersJson
            | Field::HeaderName(_)
            | Field::HeaderValue(_) => return None,
        })
    }

    /// The same, to be changed.
    pub fn property_mut(&mut self, field: Field) -> Option<&mut String> {
        Some(match field {
            Field::ContentType => self.content_type.get_or_insert_default(),
            Field::Priority => &mut self.priority,
            Field::Expiration => &mut self.expiration,
            Field::CorrelationId => &mut self.correlation_id,
            Field::ReplyTo => &mut self.reply_to,
            Field::MessageId => &mut self.message_id,
            Field::Kind => &mut self.kind,
            Field::AppId => &mut self.app_id,
            Field::Body
            | Field::File
            | Field::HeadersJson
            | Field::HeaderName(_)
            | Field::HeaderValue(_) => return None,
        })
    }

    /// Leaves out one of what is kept, by its name of [`Fields::kept_names`].
    pub fn leave_out(&mut self, name: &str) {
        match name {
            CONTENT_ENCODING => self.kept.content_encoding = None,
            TIMESTAMP => self.kept.timestamp = None,
            name => {
                let header = name.strip_prefix(HEADER).unwrap_or(name);
                if let Some(FieldTable(kept)) = &mut self.kept.headers {
                    kept.remove(header);
                    if kept.is_empty() {
                        self.kept.headers = None;
                    }
                }
            }
        }
    }

    /// Opens all headers as JSON, unless a row is wrong, which JSON could not have.
    pub fn open_headers_json(&mut self) {
        let mut errors = Errors { language: Language::default(), found: Vec::new() };
        let table = self.table(&mut errors);
        if errors.found.is_empty() {
            self.headers_json = Some(headers_json::written(table));
        }
    }

    /// Takes the headers as JSON as they are typed.
    pub fn type_headers_json(&mut self, text: String) {
        if let Ok(table) = headers_json::read(&text, Language::default()) {
            (self.headers, self.kept.headers) = headers::split(table.as_ref());
        }
        self.headers_json = Some(text);
    }

    /// Goes back to the rows, unless the JSON is wrong: what was typed would be lost.
    pub fn close_headers_json(&mut self) {
        let text = self.headers_json.as_ref();
        if text.is_some_and(|text| headers_json::read(text, Language::default()).is_ok()) {
            self.headers_json = None;
        }
    }

    /// The names of what is kept and not shown.
    #[must_use]
    pub fn kept_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        names.extend(self.kept.content_encoding.as_ref().map(|_| CONTENT_ENCODING.to_owned()));
        names.extend(self.kept.timestamp.map(|_| TIMESTAMP.to_owned()));
        let headers = self.kept.headers.iter().flat_map(|headers| headers.0.keys());
        names.extend(headers.map(|name| format!("{HEADER}{name}")));
        names
    }

    /// Reads the fields; `content_type` is what the format says.
    pub(super) fn check(
        &self,
        content_type: Option<&str>,
        language: Language,
    ) -> Result<Properties, Vec<FieldError>> {
        let mut errors = Errors { language, found: Vec::new() };
        let content_type = self.content_type.as_deref().or(content_type).unwrap_or_default();
        let properties = Properties {
            content_type: short(&mut errors, Field::ContentType, content_type),
            persistent: if self.persistent { Some(true) } else { self.kept.persistent },
            priority: self.priority(&mut errors),
            expiration: self.expiration(&mut errors),
            correlation_id: short(&mut errors, Field::CorrelationId, &self.correlation_id),
            reply_to: short(&mut errors, Field::ReplyTo, &self.reply_to),
            message_id: short(&mut errors, Field::MessageId, &self.message_id),
            kind: short(&mut errors, Field::Kind, &self.kind),
            app_id: short(&mut errors, Field::AppId, &self.app_id),
            headers: self.table(&mut errors),
            ..self.kept.clone()
        };
        if errors.found.is_empty() { Ok(properties) } else { Err(errors.found) }
    }

    fn priority(&self, errors: &mut Errors) -> Option<u8> {
        let text = self.priority.trim();
        let priority = text.parse().ok();
        if priority.is_none() && !text.is_empty() {
            errors.push(FieldError::new(Field::Priority, errors.language.priority_wrong()));
        }
        priority
    }

    fn expiration(&self, errors: &mut Errors) -> Option<String> {
        let text = self.expiration.trim();
        if text.is_empty() {
            return None;
        }
        // RabbitMQ takes at most 32 bits of them, and no sign.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) || text.parse::<u32>().is_err() {
            let why = errors.language.expiration_wrong();
            errors.push(FieldError::new(Field::Expiration, why));
        }
        Some(text.to_owned())
    }

    fn table(&self, errors: &mut Errors) -> Option<FieldTable> {
        if let Some(text) = &self.headers_json {
            let table = headers_json::read(text, errors.language);
            return table.unwrap_or_else(|why| {
                errors.push(FieldError::new(Field::HeadersJson, why));
                None
            });
        }
        let kept = self.kept.headers.as_ref();
        let mut table = kept.map(|kept| kept.0.clone()).unwrap_or_default();
        for (row, header) in self.headers.iter().enumerate() {
            let name = Field::HeaderName(row);
            if header.name.is_empty() {
                errors.push(FieldError::missing(name, errors.language.name_missing()));
            } else if header.name.len() > MAX_SHORT_STRING_BYTES {
                errors.push(FieldError::new(name, errors.language.too_long()));
            } else if table.contains_key(&header.name) {
                let why = errors.language.header_exists(&header.name);
                errors.push(FieldError::new(name, why));
            }
            match headers::value(header, errors.language) {
                Ok(value) => {
                    table.insert(header.name.clone(), value);
                }
                Err(why) => errors.push(FieldError {
                    field: Field::HeaderValue(row),
                    why: why.to_owned(),
                    missing: header.value.is_empty(),
                }),
            }
        }
        (!table.is_empty()).then_some(FieldTable(table))
    }
}

/// What was found to be wrong, worded as it is found.
struct Errors {
    language: Language,
    found: Vec<FieldError>,
}

impl Errors {
    fn push(&mut self, error: FieldError) {
        self.found.push(error);
    }
}

fn short(errors: &mut Errors, field: Field, text: &str) -> Option<String> {
    if text.len() > MAX_SHORT_STRING_BYTES {
        errors.push(FieldError::new(field, errors.language.too_long()));
    }
    (!text.is_empty()).then(|| text.to_owned())
}
