//! The rules of a policy as text, in the form that configuration files have.

use std::fmt::{self, Display, Write as _};

use http::{HeaderName, Method};

use crate::compiled::Origins;
use crate::policy::CorsPolicy;
use crate::values::{ExposedRule, HeadersRule, MethodsRule};

/// What [`AllowHeaders::any_except_authorization`](crate::AllowHeaders::any_except_authorization) is as text. No header
/// name has a space: it can mean nothing else.
pub(crate) const ANY_EXCEPT_AUTHORIZATION: &str = "* except authorization";

/// What a predicate is as text. It is no value of TOML: a predicate is never read back as something else.
pub(crate) const PREDICATE: &str = "<fn>";

/// One rule a line, as in a TOML file; rules that are not set are left out.
///
/// A predicate is shown as `origins = <fn>`, which no file can hold.
impl Display for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policy = self.compiled();
        let settings = &policy.settings;
        f.write_str("origins = ")?;
        match &policy.origins {
            Origins::Any => list(f, ["*"])?,
            Origins::Predicate(_) => f.write_str(PREDICATE)?,
            Origins::Listed { set, null } => list(f, set.iter().chain(null.then_some("null")))?,
        }
        f.write_str("\nmethods = ")?;
        match &settings.methods {
            MethodsRule::Any => list(f, ["*"])?,
            MethodsRule::List(methods) => list(f, methods.iter().map(Method::as_str))?,
        }
        f.write_str("\nheaders = ")?;
        match &settings.headers {
            HeadersRule::Any => list(f, ["*"])?,
            HeadersRule::AnyExceptAuthorization => list(f, [ANY_EXCEPT_AUTHORIZATION])?,
            HeadersRule::List(names) => list(f, names.iter().map(HeaderName::as_str))?,
        }
        f.write_str("\nexpose_headers = ")?;
        match &settings.exposed {
            ExposedRule::Any => list(f, ["*"])?,
            ExposedRule::List(names) => list(f, names.iter().map(HeaderName::as_str))?,
        }
        write!(f, "\ncredentials = {}", settings.credentials)?;
        if let Some(max_age) = settings.max_age {
            write!(f, "\nmax_age = {}", max_age.as_secs())?;
        }
        if !settings.vary.is_empty() {
            f.write_str("\nvary = ")?;
            list(f, settings.vary.iter().map(HeaderName::as_str))?;
        }
        write!(f, "\npreflight_status = {}", settings.preflight_status.as_u16())?;
        write!(f, "\nreject_disallowed_origins = {}", settings.reject_disallowed_origins)?;
        if settings.allow_null_origin {
            f.write_str("\ndangerously_allow_null_origin = true")?;
        }
        if settings.allow_insecure_origins {
            f.write_str("\ndangerously_allow_insecure_origins = true")?;
        }
        if !settings.allow_public_suffixes.is_empty() {
            f.write_str("\ndangerously_allow_public_suffixes = ")?;
            list(f, settings.allow_public_suffixes.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

fn list<'a>(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = &'a str>) -> fmt::Result {
    f.write_str("[")?;
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        text(f, item)?;
    }
    f.write_str("]")
}

/// A basic string of TOML, without a character that a terminal or a log could take for something else.
fn text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            ' '..='~' => f.write_char(character)?,
            _ if u32::from(character) <= 0xFFFF => write!(f, "\\u{:04X}", u32::from(character))?,
            _ => write!(f, "\\U{:08X}", u32::from(character))?,
        }
    }
    f.write_str("\"")
}
