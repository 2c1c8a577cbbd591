//! One value of a configuration, as it was written: read leniently, so that every fault can be told with its key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::keys;
use crate::problem::Setting;

/// How the crate `toml` passes on a date, which serde has no type for.
const TOML_DATE: &str = "$__toml_private_datetime";

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// A key with it is not there; as an element it is a fault.
    Null,
    Bool(bool),
    Integer(u64),
    Text(String),
    List(Vec<Self>),
    /// What no key takes, and how it was written if it is one word.
    Odd(&'static str, Option<String>),
}

impl Value {
    /// Reads a text as what the key takes, as far as it is that: environment variables, and the crates that read them,
    /// know texts only.
    ///
    /// A text for a list is split at commas. No origin, method or header name contains one: no element is ever cut.
    pub(super) fn for_setting(self, setting: Setting) -> Self {
        let Self::Text(text) = self else { return self };
        let trimmed = text.trim_ascii();
        if keys::takes_list(setting) {
            return match trimmed {
                "" => Self::List(Vec::new()),
                _ => trimmed.split(',').map(str::trim_ascii).collect(),
            };
        }
        match trimmed {
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ if trimmed.bytes().all(|byte| byte.is_ascii_digit()) => {
                trimmed.parse().map_or(Self::Text(text), Self::Integer)
            }
            _ => Self::Text(text),
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What stands here, for a key that takes something else.
    pub(super) fn found(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Null => ("null without quotes", None),
            Self::Bool(value) => ("the truth value", Some(value.to_string())),
            Self::Integer(value) => ("the number", Some(value.to_string())),
            Self::Text(value) => ("the text", Some(value.clone())),
            Self::List(_) => ("a list", None),
            Self::Odd(found, value) => (found, value.clone()),
        }
    }

    fn integer<T>(value: T) -> Self
    where
        T: Copy + fmt::Display + TryInto<u64>,
    {
        value.try_into().map_or_else(|_| Self::Odd("the number", Some(value.to_string())), Self::Integer)
    }
}

impl<'a> FromIterator<&'a str> for Value {
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.to_owned())).collect())
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_u64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(elements) => serializer.collect_seq(elements),
            Self::Null | Self::Odd(..) => {
                let (found, _) = self.found();
                Err(serde::ser::Error::custom(format_args!("a CORS configuration cannot hold {found}")))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Takes whatever a format has; how deep lists may be nested is the format's to bound.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of a CORS configuration")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::integer(value))
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<Value, E> {
        Ok(Value::integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u128<E: Error>(self, value: u128) -> Result<Value, E> {
        Ok(Value::integer(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        // `{:?}` keeps the point of `600.0`, which shows why it is no whole number.
        Ok(Value::Odd("the number", Some(format!("{value:?}"))))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Value, E> {
        Ok(Value::Odd("bytes", None))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = Value::Odd("a table", None);
        if let Some(key) = map.next_key::<Value>()? {
            let value = map.next_value::<Value>()?;
            if let (Some(TOML_DATE), Value::Text(date)) = (key.as_text(), value) {
                found = Value::Odd("the date", Some(date));
            }
        }
        IgnoredAny.visit_map(map)?;
        Ok(found)
    }
}
