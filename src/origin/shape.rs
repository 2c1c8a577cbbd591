//! What a recognised text says, part by part.

use super::grammar::{self, Kind, Parts};
use super::suffix;

/// What an origin pattern says, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shape<'a> {
    /// `*`
    Any,
    Origins {
        scheme: &'a str,
        host: HostShape<'a>,
        port: PortShape<'a>,
    },
}

/// The host of an origin pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum HostShape<'a> {
    Exact(&'a str),
    /// `*.base`: one or more labels below `base` (which has no leading dot).
    Below(&'a str),
    /// `prefix*suffix.rest`: one or more of `[a-z0-9-]` inside the left-most label; `rest` has no leading dot.
    InLabel {
        prefix: &'a str,
        suffix: &'a str,
        rest: &'a str,
    },
    /// `scheme://*` of an application scheme.
    Any,
}

/// The port of an origin pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PortShape<'a> {
    /// No port: the default one of the scheme.
    Absent,
    Number(&'a str),
    /// `:*`: any, or none.
    Any,
}

/// The parts of the bytes of one exact origin; `None` if they are none.
pub(super) fn exact_shape(origin: &[u8]) -> Option<Shape<'_>> {
    let parts = grammar::origin(origin)?;
    Some(shape(std::str::from_utf8(origin).ok()?, parts))
}

/// The parts of `text`, which the grammar has recognised as `parts`.
pub(super) fn shape(text: &str, parts: Parts) -> Shape<'_> {
    let (scheme_end, host_end) = (usize::from(parts.scheme_end), usize::from(parts.host_end));
    // The grammar has put both ends between ASCII bytes of this text: no part is ever missing.
    let slice = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let host = slice(scheme_end + "://".len(), host_end);
    let host = match parts.kind {
        Kind::Any => return Shape::Any,
        Kind::Exact => HostShape::Exact(host),
        Kind::Below => HostShape::Below(host.strip_prefix("*.").unwrap_or_default()),
        Kind::InLabel { .. } => {
            let (label, rest) = host.split_once('.').unwrap_or_default();
            let (prefix, suffix) = label.split_once('*').unwrap_or_default();
            HostShape::InLabel { prefix, suffix, rest }
        }
        Kind::AnyHost => HostShape::Any,
    };
    let port = match slice(host_end, text.len()).strip_prefix(':') {
        None => PortShape::Absent,
        Some("*") => PortShape::Any,
        Some(number) => PortShape::Number(number),
    };
    Shape::Origins { scheme: slice(0, scheme_end), host, port }
}

/// The parts of a text that is an origin pattern in every respect, public suffixes included.
pub(super) fn recognise_pattern(text: &[u8]) -> Option<Parts> {
    let parts = grammar::pattern(text)?;
    // The table of the grammar is older than the list may be: where there is the list, it is asked about every one.
    let asked = match parts.kind {
        Kind::InLabel { unsure } => unsure || cfg!(feature = "public-suffix"),
        _ => false,
    };
    if !asked {
        return Some(parts);
    }
    match shape(std::str::from_utf8(text).ok()?, parts) {
        Shape::Origins { host: HostShape::InLabel { rest, .. }, .. } => {
            // Refused if it cannot be known.
            (suffix::is_icann_suffix(without_root_dot(rest)) == Some(false)).then_some(parts)
        }
        _ => None,
    }
}

/// Whether `host`, and every name below it, is this machine.
///
/// `localhost.` is `localhost`: browsers hold both to be trustworthy
/// (<https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>) and resolve neither by DNS.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = without_root_dot(host);
    name == "localhost" || name.ends_with(".localhost") || name == "[::1]" || is_loopback_ipv4(name)
}

/// A recognised host whose last label is a number is an IPv4 address: `127.example.com` is not.
fn is_loopback_ipv4(host: &str) -> bool {
    host.starts_with("127.") && host.rsplit('.').next().is_some_and(|label| grammar::is_number(label.as_bytes()))
}

pub(super) fn without_root_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}
