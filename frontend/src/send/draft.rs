//! What the Send panel's form holds, as typed, and what becomes of it when it is sent: a message,
//! or what is wrong in which field.

mod body;
mod fields;
mod headers;
mod headers_json;
pub mod line_ends;

use std::rc::Rc;

use warren_protocol::{Body, Properties};

use crate::ui::{language::Language, number::grouped};

pub use fields::Fields;
pub use headers::{Header, HeaderKind, MAX_HEADERS};
pub use line_ends::LineEnds;

/// A message that is ready to be handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What is sent.
    pub body: Body,
    /// As they are sent; a `message_id` is added where there is none.
    pub properties: Properties,
}

impl Prepared {
    /// A text and nothing else.
    #[must_use]
    pub fn text(text: String) -> Self {
        // Else a durable queue forgets what it has confirmed when its broker restarts.
        let properties = Properties { persistent: Some(true), ..Properties::default() };
        Self { body: Body::from(text), properties }
    }
}

/// How the body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// As it is.
    #[default]
    Text,
    /// As it is, and checked.
    Json,
    /// The bytes in Base64 (RFC 4648, section 4); spaces and line breaks do not count.
    Base64,
    /// The bytes of a file.
    File,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Text, Self::Json, Self::Base64, Self::File];

    /// What it is called.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match self {
            Self::Text => language.format_text(),
            Self::Json => language.format_json(),
            Self::Base64 => language.format_base64(),
            Self::File => language.format_file(),
        }
    }
}

/// A file that has been read.
#[derive(Debug, PartialEq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its MIME type as the browser guesses it; may be empty.
    pub kind: String,
    /// What is in it.
    pub body: Body,
}

/// The file of the form.
#[derive(Debug, Clone, Default)]
pub enum Attached {
    /// None has been picked.
    #[default]
    Nothing,
    /// It is being read.
    Reading {
        /// Its name.
        name: String,
    },
    /// It has been read.
    Ready(Rc<File>),
    /// It cannot be sent.
    Failed {
        /// Why, in words.
        why: String,
    },
}

impl PartialEq for Attached {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::Reading { name }, Self::Reading { name: other }) => name == other,
            (Self::Ready(file), Self::Ready(other)) => Rc::ptr_eq(file, other),
            (Self::Failed { why }, Self::Failed { why: other }) => why == other,
            _ => false,
        }
    }
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The text box, whatever its format.
    Body,
    /// The file.
    File,
    /// content type
    ContentType,
    /// priority
    Priority,
    /// expiration
    Expiration,
    /// correlation id
    CorrelationId,
    /// reply to
    ReplyTo,
    /// message id
    MessageId,
    /// type
    Kind,
    /// app id
    AppId,
    /// All headers as JSON.
    HeadersJson,
    /// The name of a header, by its row.
    HeaderName(usize),
    /// The value of a header, by its row.
    HeaderValue(usize),
}

impl Field {
    /// The id of its element on the page.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Body => "body".to_owned(),
            Self::File => "file".to_owned(),
            Self::ContentType => "content-type".to_owned(),
            Self::Priority => "priority".to_owned(),
            Self::Expiration => "expiration".to_owned(),
            Self::CorrelationId => "correlation-id".to_owned(),
            Self::ReplyTo => "reply-to".to_owned(),
            Self::MessageId => "message-id".to_owned(),
            Self::Kind => "kind".to_owned(),
            Self::AppId => "app-id".to_owned(),
            Self::HeadersJson => "headers-json".to_owned(),
            Self::HeaderName(row) => format!("header-name-{row}"),
            Self::HeaderValue(row) => format!("header-value-{row}"),
        }
    }

    /// The properties that the form can set, in the order in which they are shown.
    pub const PROPERTIES: [Self; 8] = [
        Self::ContentType,
        Self::Priority,
        Self::Expiration,
        Self::CorrelationId,
        Self::ReplyTo,
        Self::MessageId,
        Self::Kind,
        Self::AppId,
    ];

    /// AMQP's name of the property (AMQP 0-9-1, section 1.8); what stands for it elsewhere.
    #[must_use]
    pub fn amqp_name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::File => "file",
            Self::ContentType => "content_type",
            Self::Priority => "priority",
            Self::Expiration => "expiration",
            Self::CorrelationId => "correlation_id",
            Self::ReplyTo => "reply_to",
            Self::MessageId => "message_id",
            Self::Kind => "type",
            Self::AppId => "app_id",
            Self::HeadersJson => "headers",
            Self::HeaderName(_) | Self::HeaderValue(_) => "header",
        }
    }

    /// Whether it is a property or a header.
    #[must_use]
    pub fn is_property(self) -> bool {
        !matches!(self, Self::Body | Self::File)
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Which.
    pub field: Field,
    /// In words.
    pub why: String,
    /// Nothing is there yet, which is worth a word only once the message is to be sent.
    pub missing: bool,
}

impl FieldError {
    fn new(field: Field, why: impl Into<String>) -> Self {
        Self { field, why: why.into(), missing: false }
    }

    fn missing(field: Field, why: &str) -> Self {
        Self { missing: true, ..Self::new(field, why) }
    }
}

/// The form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// How the body is written.
    pub format: Format,
    /// What the text box holds.
    pub text: String,
    /// What ends its lines in the message, where it is no Base64.
    pub line_ends: LineEnds,
    /// The file.
    pub file: Attached,
    /// The group "Properties".
    pub fields: Fields,
    /// Whether "Send" fills [placeholders](crate::send::placeholders) in; none where the form does not
    /// offer it.
    pub fills: Option<bool>,
}

impl Draft {
    /// The message, or everything that is wrong, in the order of the form. `max_body_bytes` is
    /// the relay's; `numbered` is whether [placeholders](crate::send::placeholders) will be filled in.
    pub fn check(
        &self,
        max_body_bytes: Option<usize>,
        numbered: bool,
        language: Language,
    ) -> Result<Prepared, Vec<FieldError>> {
        let body = self.body(max_body_bytes, numbered, language);
        let properties = self.fields.check(self.default_content_type(), language);
        match (body, properties) {
            (Ok(body), Ok(properties)) => Ok(Prepared { body, properties }),
            (body, properties) => {
                let mut errors = Vec::from_iter(body.err());
                errors.extend(properties.err().unwrap_or_default());
                Err(errors)
            }
        }
    }

    /// What is wrong with the properties alone, without a look at the body.
    #[must_use]
    pub fn wrong_fields(&self, language: Language) -> Vec<FieldError> {
        self.fields.check(None, language).err().unwrap_or_default()
    }

    /// What is wrong with the text, as far as its format says.
    #[must_use]
    pub fn wrong_text(
        format: Format,
        text: &str,
        numbered: bool,
        language: Language,
    ) -> Option<FieldError> {
        body::of_text(format, text, LineEnds::Lf, numbered, language).err()
    }

    /// The content type where the user has not set one.
    #[must_use]
    pub fn default_content_type(&self) -> Option<&str> {
        match (self.format, &self.file) {
            (Format::Text | Format::Base64, _) => None,
            (Format::Json, _) => Some("application/json"),
            (Format::File, Attached::Ready(file)) if !file.kind.is_empty() => Some(&file.kind),
            (Format::File, _) => Some("application/octet-stream"),
        }
    }

    /// The form from which a message like this comes, but for its `message_id`: what is sent
    /// from a form is a new message.
    #[must_use]
    pub fn of(body: &Body, properties: &Properties, language: Language) -> Self {
        let fields = Fields::of(properties);
        let kind = properties.content_type.as_deref().unwrap_or_default();
        match body::written(body, kind) {
            Some((format, text, line_ends)) => {
                Self { format, text, line_ends, fields, ..Self::default() }
            }
            None => {
                let file = File {
                    name: language.file_of_message().to_owned(),
                    kind: kind.to_owned(),
                    body: body.clone(),
                };
                let file = Attached::Ready(Rc::new(file));
                Self { format: Format::File, file, fields, ..Self::default() }
            }
        }
    }

    fn body(
        &self,
        max_body_bytes: Option<usize>,
        numbered: bool,
        language: Language,
    ) -> Result<Body, FieldError> {
        let field = if self.format == Format::File { Field::File } else { Field::Body };
        let body = match (self.format, &self.file) {
            (Format::File, Attached::Ready(file)) => file.body.clone(),
            (Format::File, Attached::Nothing) => {
                return Err(FieldError::missing(field, language.no_file()));
            }
            (Format::File, Attached::Reading { .. }) => {
                return Err(FieldError::missing(field, language.file_is_read()));
            }
            (Format::File, Attached::Failed { why }) => return Err(FieldError::new(field, why)),
            (format, _) => body::of_text(format, &self.text, self.line_ends, numbered, language)?,
        };
        match max_body_bytes {
            Some(max) if body.len() > max => {
                let why = too_large(language.the_body(), body.len(), max, language);
                Err(FieldError::new(field, why))
            }
            _ => Ok(body),
        }
    }
}

/// `what` has more bytes than the relay takes.
#[must_use]
pub fn too_large(what: &str, bytes: usize, max: usize, language: Language) -> String {
    let [bytes, max] = [bytes, max].map(|number| grouped(number as u64));
    language.too_large(what, &bytes, &max)
}
