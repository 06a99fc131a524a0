//! Headers: AMQP field tables as JSON, so that every value survives a round trip.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Number, Value, json};

/// How deep headers may be nested. JSON readers stop somewhere (serde_json at 128); what lies
/// deeper in a delivered message is shown as `{"$type": "too_deep"}`.
pub const MAX_HEADER_DEPTH: usize = 32;

const TYPE: &str = "$type";
const VALUE: &str = "value";
const TOO_DEEP: &str = "too_deep";

/// A table of headers: names of at most 255 bytes, values of any AMQP type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct FieldTable(pub BTreeMap<String, FieldValue>);

/// A value of an AMQP 0-9-1 field table, with the types that RabbitMQ knows.
///
/// | AMQP type | JSON |
/// |---|---|
/// | boolean | `true` |
/// | long-string that is UTF-8 | `"text"` |
/// | long-long-int (64 bit) | `42` |
/// | double with a fraction | `1.5` |
/// | no value | `null` |
/// | field-array | `[…]` |
/// | field-table | `{…}` |
/// | short-short-int, short-short-uint, short-int, short-uint, long-int, long-uint | `{"$type": "short_short_int", "value": 1}`, and so on |
/// | float | `{"$type": "float", "value": 1.5}` |
/// | double without a fraction | `{"$type": "double", "value": 1.0}` |
/// | float, double that is no number | `{"$type": "double", "value": "NaN"}`, `"inf"`, `"-inf"` |
/// | decimal-value | `{"$type": "decimal", "value": {"scale": 2, "value": 314}}` |
/// | timestamp | `{"$type": "timestamp", "value": 1700000000}` |
/// | byte-array | `{"$type": "byte_array", "value": "base64"}` |
/// | long-string that is not UTF-8 | `{"$type": "long_string", "value": "base64"}` |
/// | field-table that has a key `$type` | `{"$type": "field_table", "value": {…}}` |
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// boolean, `t`.
    Boolean(bool),
    /// short-short-int, `b`.
    ShortShortInt(i8),
    /// short-short-uint, `B`.
    ShortShortUint(u8),
    /// short-int, `s` in RabbitMQ.
    ShortInt(i16),
    /// short-uint, `u`.
    ShortUint(u16),
    /// long-int, `I`.
    LongInt(i32),
    /// long-uint, `i`.
    LongUint(u32),
    /// long-long-int, `l` in RabbitMQ.
    LongLongInt(i64),
    /// float, `f`.
    Float(f32),
    /// double, `d`.
    Double(f64),
    /// decimal-value, `D`: `value` with `scale` digits behind the point.
    Decimal {
        /// Digits behind the point.
        scale: u8,
        /// The digits.
        value: u32,
    },
    /// long-string, `S`: bytes, most often UTF-8.
    LongString(Vec<u8>),
    /// field-array, `A`.
    Array(Vec<FieldValue>),
    /// timestamp, `T`, in seconds since 1970-01-01 UTC.
    Timestamp(u64),
    /// field-table, `F`.
    Table(FieldTable),
    /// byte-array, `x` in RabbitMQ.
    ByteArray(Vec<u8>),
    /// no value, `V`.
    Void,
    /// Stands for a value that lies deeper than [`MAX_HEADER_DEPTH`]; never published.
    TooDeep,
}

impl From<&str> for FieldValue {
    fn from(text: &str) -> Self {
        Self::LongString(text.as_bytes().to_vec())
    }
}

/// Why JSON could not be read as headers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// `$type` is not one of the names in [`FieldValue`]'s table.
    #[error("header type {0:?} is unknown")]
    UnknownType(String),
    /// The value does not fit the type that `$type` names.
    #[error("header value is not a {0}")]
    BadValue(&'static str),
    /// A number fits neither 64 signed bits nor a double.
    #[error("header number {0} does not fit 64 bits with a sign")]
    TooLarge(String),
    /// Nested deeper than [`MAX_HEADER_DEPTH`].
    #[error("headers are nested more than {MAX_HEADER_DEPTH} deep")]
    TooDeep,
}

impl TryFrom<Map<String, Value>> for FieldTable {
    type Error = HeaderError;

    fn try_from(map: Map<String, Value>) -> Result<Self, HeaderError> {
        table_from_json(map, 0)
    }
}

impl From<FieldTable> for Map<String, Value> {
    fn from(table: FieldTable) -> Self {
        table_to_json(table)
    }
}

fn table_from_json(map: Map<String, Value>, depth: usize) -> Result<FieldTable, HeaderError> {
    // One by one: `collect` would sort them first, by code that is 3 KB of the page.
    let mut fields = BTreeMap::new();
    for (name, value) in map {
        fields.insert(name, value_from_json(value, depth + 1)?);
    }
    Ok(FieldTable(fields))
}

fn value_from_json(value: Value, depth: usize) -> Result<FieldValue, HeaderError> {
    if depth > MAX_HEADER_DEPTH {
        // What stands for deeper values stands in the place of the first of them.
        let stands_for_it = depth == MAX_HEADER_DEPTH + 1 && value[TYPE] == TOO_DEEP;
        return if stands_for_it { Ok(FieldValue::TooDeep) } else { Err(HeaderError::TooDeep) };
    }
    Ok(match value {
        Value::Null => FieldValue::Void,
        Value::Bool(value) => FieldValue::Boolean(value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => FieldValue::LongLongInt(int),
            (None, Some(double)) if number.is_f64() => FieldValue::Double(double),
            _ => return Err(HeaderError::TooLarge(number.to_string())),
        },
        Value::String(text) => FieldValue::LongString(text.into_bytes()),
        Value::Array(values) => FieldValue::Array(
            values
                .into_iter()
                .map(|value| value_from_json(value, depth + 1))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(mut map) => match map.remove(TYPE) {
            None => FieldValue::Table(table_from_json(map, depth)?),
            Some(Value::String(name)) => {
                let value = map.remove(VALUE).unwrap_or(Value::Null);
                typed_from_json(&name, value, depth)?
            }
            Some(other) => return Err(HeaderError::UnknownType(other.to_string())),
        },
    })
}

fn typed_from_json(name: &str, value: Value, depth: usize) -> Result<FieldValue, HeaderError> {
    fn int<T: TryFrom<i64>>(value: &Value, name: &'static str) -> Result<T, HeaderError> {
        value.as_i64().and_then(|int| T::try_from(int).ok()).ok_or(HeaderError::BadValue(name))
    }
    fn float<T: DeserializeOwned>(
        value: &Value,
        name: &'static str,
        from: fn(f64) -> T,
    ) -> Result<T, HeaderError> {
        match value {
            // Through the decimal digits, so that a float is rounded once.
            Value::Number(number) => from_digits(&number.to_string()),
            Value::String(text) => match text.as_str() {
                "NaN" => Some(from(f64::NAN)),
                "inf" => Some(from(f64::INFINITY)),
                "-inf" => Some(from(f64::NEG_INFINITY)),
                _ => None,
            },
            _ => None,
        }
        .ok_or(HeaderError::BadValue(name))
    }
    fn bytes(value: &Value, name: &'static str) -> Result<Vec<u8>, HeaderError> {
        value
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or(HeaderError::BadValue(name))
    }
    Ok(match name {
        "short_short_int" => FieldValue::ShortShortInt(int(&value, "short_short_int")?),
        "short_short_uint" => FieldValue::ShortShortUint(int(&value, "short_short_uint")?),
        "short_int" => FieldValue::ShortInt(int(&value, "short_int")?),
        "short_uint" => FieldValue::ShortUint(int(&value, "short_uint")?),
        "long_int" => FieldValue::LongInt(int(&value, "long_int")?),
        "long_uint" => FieldValue::LongUint(int(&value, "long_uint")?),
        "long_long_int" => FieldValue::LongLongInt(int(&value, "long_long_int")?),
        "float" => FieldValue::Float(float(&value, "float", |number| number as f32)?),
        "double" => FieldValue::Double(float(&value, "double", |number| number)?),
        "decimal" => FieldValue::Decimal {
            scale: int(&value["scale"], "decimal")?,
            value: int(&value[VALUE], "decimal")?,
        },
        "timestamp" => {
            FieldValue::Timestamp(value.as_u64().ok_or(HeaderError::BadValue("timestamp"))?)
        }
        "byte_array" => FieldValue::ByteArray(bytes(&value, "byte_array")?),
        "long_string" => FieldValue::LongString(bytes(&value, "long_string")?),
        "field_table" => match value {
            Value::Object(map) => FieldValue::Table(table_from_json(map, depth)?),
            _ => return Err(HeaderError::BadValue("field_table")),
        },
        TOO_DEEP => FieldValue::TooDeep,
        _ => return Err(HeaderError::UnknownType(name.to_owned())),
    })
}

fn table_to_json(table: FieldTable) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in table.0 {
        map.insert(name, value_to_json(value));
    }
    map
}

fn value_to_json(value: FieldValue) -> Value {
    fn typed(name: &str, value: impl Into<Value>) -> Value {
        json!({ TYPE: name, VALUE: value.into() })
    }
    match value {
        FieldValue::Boolean(value) => value.into(),
        FieldValue::ShortShortInt(value) => typed("short_short_int", value),
        FieldValue::ShortShortUint(value) => typed("short_short_uint", value),
        FieldValue::ShortInt(value) => typed("short_int", value),
        FieldValue::ShortUint(value) => typed("short_uint", value),
        FieldValue::LongInt(value) => typed("long_int", value),
        FieldValue::LongUint(value) => typed("long_uint", value),
        FieldValue::LongLongInt(value) => value.into(),
        // A float's own digits, not those of the double that is nearest to it.
        FieldValue::Float(value) => typed("float", number_to_json(own_digits(value))),
        FieldValue::Double(value) if value.is_finite() && value.fract() != 0.0 => value.into(),
        FieldValue::Double(value) => typed("double", number_to_json(value)),
        FieldValue::Decimal { scale, value } => {
            typed("decimal", json!({ "scale": scale, VALUE: value }))
        }
        FieldValue::LongString(bytes) => match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(error) => typed("long_string", STANDARD.encode(error.as_bytes())),
        },
        FieldValue::Array(values) => values.into_iter().map(value_to_json).collect(),
        FieldValue::Timestamp(value) => typed("timestamp", value),
        FieldValue::Table(table) if table.0.contains_key(TYPE) => {
            typed("field_table", table_to_json(table))
        }
        FieldValue::Table(table) => table_to_json(table).into(),
        FieldValue::ByteArray(bytes) => typed("byte_array", STANDARD.encode(bytes)),
        FieldValue::Void => Value::Null,
        FieldValue::TooDeep => json!({ TYPE: TOO_DEEP }),
    }
}

/// The double that has a float's own digits.
fn own_digits(float: f32) -> f64 {
    let digits = serde_json::to_string(&float).ok();
    digits.and_then(|digits| from_digits(&digits)).unwrap_or(f64::from(float))
}

fn number_to_json(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "inf".into(),
        None => "-inf".into(),
    }
}

/// By JSON's own reader of numbers: the tables of `str::parse` are 12 KB of the page.
fn from_digits<T: DeserializeOwned>(digits: &str) -> Option<T> {
    serde_json::from_slice(digits.as_bytes()).ok()
}
