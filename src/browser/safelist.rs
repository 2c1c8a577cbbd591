//! Which methods and request headers need no preflight.

use super::engine::Engine;
use super::headers::{HeaderList, token, trim};
use std::collections::BTreeMap;

/// Why a request header is [not CORS-safelisted](https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnsafeHeader {
    /// The name is none of the safelisted ones.
    Name,
    /// The value has more than 128 bytes: so many.
    TooLong(usize),
    /// The value holds a byte that its header must not.
    Byte(u8),
    /// A `content-type` other than the three that a form can send.
    ContentType,
    /// A `range` other than `bytes=first-` or `bytes=first-last`.
    Range,
    /// The safelisted headers together have more than 1024 bytes of values: so many.
    Total(usize),
}

/// [Normalises](https://fetch.spec.whatwg.org/#concept-method-normalize) a method: six names are upper-cased, all
/// others, `patch` among them, stay as they are.
pub(super) fn normalize(method: &str) -> String {
    let upper = method.to_ascii_uppercase();
    if matches!(upper.as_str(), "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT") {
        upper
    } else {
        method.to_owned()
    }
}

/// A [CORS-safelisted method](https://fetch.spec.whatwg.org/#cors-safelisted-method), after normalising.
pub(super) fn is_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

/// A [forbidden method](https://fetch.spec.whatwg.org/#forbidden-method).
pub(super) fn is_forbidden_method(method: &[u8]) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|name| method.eq_ignore_ascii_case(name.as_bytes()))
}

/// A [forbidden request-header](https://fetch.spec.whatwg.org/#forbidden-request-header), which scripts cannot set.
pub(super) fn is_forbidden_header(name: &str, value: &[u8]) -> bool {
    match name.to_ascii_lowercase().as_str() {
        "accept-charset"
        | "accept-encoding"
        | "access-control-request-headers"
        | "access-control-request-method"
        | "connection"
        | "content-length"
        | "cookie"
        | "cookie2"
        | "date"
        | "dnt"
        | "expect"
        | "host"
        | "keep-alive"
        | "origin"
        | "referer"
        | "set-cookie"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade"
        | "via" => true,
        "x-http-method" | "x-http-method-override" | "x-method-override" => {
            value.split(|byte| *byte == b',').map(trim).any(is_forbidden_method)
        }
        name => name.starts_with("proxy-") || name.starts_with("sec-"),
    }
}

/// Whether a header may stay in a `no-cors` request, see
/// [no-CORS-safelisted request-header](https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header).
pub(super) fn is_no_cors_safelisted(engine: Engine, name: &str, value: &[u8]) -> bool {
    ["accept", "accept-language", "content-language", "content-type"].iter().any(|safe| name.eq_ignore_ascii_case(safe))
        && why_unsafe(engine, name, value).is_none()
}

/// The [CORS-unsafe request-header names](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names): lower case,
/// sorted, unique, each with its reason.
pub(super) fn unsafe_names(engine: Engine, headers: &HeaderList) -> BTreeMap<String, UnsafeHeader> {
    let mut names = BTreeMap::new();
    let mut safe = Vec::new();
    let mut total: usize = 0;
    for (name, value) in headers.iter() {
        let lower = name.to_ascii_lowercase();
        if let Some(why) = why_unsafe(engine, &lower, value) {
            names.entry(lower).or_insert(why);
        } else {
            total = total.saturating_add(value.len());
            safe.push(lower);
        }
    }
    if total > 1024 {
        for name in safe {
            names.entry(name).or_insert(UnsafeHeader::Total(total));
        }
    }
    names
}

/// Why a header is not CORS-safelisted; nothing if it is.
pub(super) fn why_unsafe(engine: Engine, name: &str, value: &[u8]) -> Option<UnsafeHeader> {
    let name = name.to_ascii_lowercase();
    if engine.safelists_hint(&name, value) {
        return None;
    }
    if !matches!(name.as_str(), "accept" | "accept-language" | "content-language" | "content-type" | "range") {
        return Some(UnsafeHeader::Name);
    }
    if value.len() > 128 {
        return Some(UnsafeHeader::TooLong(value.len()));
    }
    let unsafe_byte = || value.iter().find(|byte| is_unsafe_byte(engine, **byte)).map(|byte| UnsafeHeader::Byte(*byte));
    match name.as_str() {
        "accept" => unsafe_byte(),
        "accept-language" | "content-language" => value
            .iter()
            .find(|byte| !(byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte)))
            .map(|byte| UnsafeHeader::Byte(*byte)),
        "content-type" => unsafe_byte().or_else(|| match mime_essence(value).as_deref() {
            Some("application/x-www-form-urlencoded" | "multipart/form-data" | "text/plain") => None,
            _ => Some(UnsafeHeader::ContentType),
        }),
        _ => (!is_simple_range(engine, value)).then_some(UnsafeHeader::Range),
    }
}

/// A [CORS-unsafe request-header byte](https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte).
fn is_unsafe_byte(engine: Engine, byte: u8) -> bool {
    byte < 0x20 && byte != b'\t' || b"\"():<>?@[\\]{}\x7f".contains(&byte) || byte > 0x7f && engine.unsafe_above_ascii()
}

/// The lower-case `type/subtype` of a MIME type, as its standard parses it; parameters cannot make it fail.
pub(super) fn mime_essence(value: &[u8]) -> Option<String> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = value.iter().position(|byte| !is_blank(byte)).unwrap_or(value.len());
    let value = value.get(start..).unwrap_or_default();
    let slash = value.iter().position(|byte| *byte == b'/')?;
    let (kind, rest) = value.split_at_checked(slash)?;
    let rest = rest.split(|byte| *byte == b';').next()?.get(1..)?;
    let end = rest.iter().rposition(|byte| !is_blank(byte)).map_or(0, |last| last.saturating_add(1));
    let subtype = rest.get(..end)?;
    Some(format!("{}/{}", token(kind)?, token(subtype)?).to_ascii_lowercase())
}

/// A single range with a first byte, see
/// [the parser](https://fetch.spec.whatwg.org/#simple-range-header-value); the numbers may be of any length.
fn is_simple_range(engine: Engine, value: &[u8]) -> bool {
    let Some((unit, range)) = value.split_at_checked("bytes=".len()) else { return false };
    if !(unit == b"bytes=" || engine.range_ignores_case() && unit.eq_ignore_ascii_case(b"bytes=")) {
        return false;
    }
    let mut parts = range.splitn(2, |byte| *byte == b'-');
    let (Some(first), Some(last)) = (parts.next(), parts.next()) else { return false };
    let is_number = |digits: &[u8]| digits.iter().all(u8::is_ascii_digit);
    if first.is_empty() || !is_number(first) || !is_number(last) {
        return false;
    }
    let significant = |digits: &[u8]| {
        let start = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
        digits.get(start..).unwrap_or_default().to_vec()
    };
    let (low, high) = (significant(first), significant(last));
    last.is_empty() || (low.len(), low) <= (high.len(), high)
}
