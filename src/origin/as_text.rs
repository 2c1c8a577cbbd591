//! Origins and patterns as texts of any serde format, checked when they are read.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Origin, OriginPattern};

macro_rules! as_text {
    ($Type:ident, $what:literal) => {
        impl Serialize for $Type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl Visitor<'_> for Text {
                    type Value = $Type;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: Error>(self, text: &str) -> Result<$Type, E> {
                        text.parse().map_err(E::custom)
                    }

                    fn visit_string<E: Error>(self, text: String) -> Result<$Type, E> {
                        $Type::try_from(text).map_err(E::custom)
                    }
                }

                deserializer.deserialize_string(Text)
            }
        }
    };
}

as_text!(Origin, "an origin such as \"https://app.example.com\"");
as_text!(OriginPattern, "an origin pattern such as \"https://*.example.com\"");
