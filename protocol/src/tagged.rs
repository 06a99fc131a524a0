//! `{"type": …, "data": …}` for enums whose variants and fields serde's derive knows.
//!
//! serde's own way, `#[serde(tag, content)]`, lets the data come first. It has to keep that as a tree then,
//! of many times its size, and brings code for it for every type inside: 20 KB of the page's WebAssembly, in
//! brotli. Here the type comes first and the data is read as it comes. By itself derive writes
//! `{"publish": {…}}`, or `"pause"` where there is no data; the two forms differ only at the beginning.

use std::fmt;

use serde::{
    Deserialize, Serialize,
    de::{
        DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, VariantAccess,
        Visitor,
    },
    forward_to_deserialize_any,
};

const EXPECTED: &str = r#"a message: {"type": …, "data": …}, the type first"#;

/// The JSON of a message. These types have no map keys other than strings and no errors of their own,
/// so there always is one.
pub(crate) fn to_json(message: &impl Serialize) -> String {
    let json = serde_json::to_string(message).unwrap_or_default();
    match json.strip_prefix('{').and_then(|variant| variant.split_once(':')) {
        Some((name, data)) => format!(r#"{{"type":{name},"data":{data}"#),
        None => format!(r#"{{"type":{json}}}"#),
    }
}

/// Reads a message.
pub(crate) fn from_json<'de, T: Deserialize<'de>>(json: &'de [u8]) -> serde_json::Result<T> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let message = T::deserialize(Tagged(&mut json))?;
    json.end()?;
    Ok(message)
}

/// What derive reads an enum from.
struct Tagged<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Tagged<D> {
    type Error = D::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Object(visitor))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, D::Error> {
        Err(D::Error::custom("only an enum is a message"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The whole object.
struct Object<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Object<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<V::Value, A::Error> {
        let message = match fields.next_key::<Key>()? {
            Some(Key::Type) => self.0.visit_enum(Variant(&mut fields))?,
            _ => return Err(A::Error::custom(format_args!("expected {EXPECTED}"))),
        };
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(message)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Type,
    Data,
    #[serde(other)]
    Other,
}

/// The object behind its first key: the type's name comes next.
struct Variant<'a, A>(&'a mut A);

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for Variant<'_, A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), A::Error> {
        Ok((self.0.next_value_seed(seed)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Variant<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        while let Some(key) = self.0.next_key::<Key>()? {
            if matches!(key, Key::Data) {
                return self.0.next_value_seed(seed);
            }
            self.0.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::missing_field("data"))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.newtype_variant_seed(Struct { fields, visitor })
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("a tuple is no message"))
    }
}

/// The data of a variant with fields.
struct Struct<V> {
    fields: &'static [&'static str],
    visitor: V,
}

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Struct<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_struct("data", self.fields, self.visitor)
    }
}
