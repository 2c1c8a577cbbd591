//! What to write instead of a text that is not an origin: everything in it repaired at once, or nothing.
//!
//! Nothing here widens: the scheme is never a weaker one, and a wildcard stays the one that was there.

use std::fmt::Write;
use std::net::Ipv6Addr;

use super::grammar;
use super::pieces::{Pieces, split};
use super::shape::{is_loopback, recognise_pattern, without_root_dot};
use super::suffix::is_icann_suffix;

/// The origin or pattern that was meant. Whether it is one is for the grammar to say.
pub(super) fn repaired(pieces: &Pieces<'_>) -> Option<String> {
    if let Some(inner) = inner_origin(pieces) {
        return repaired(&inner);
    }
    // `https://example.com@evil.net`: which of the two was meant? And `x@example.com` is a mail address.
    if pieces.userinfo.is_some_and(|before| before.contains('.') || pieces.scheme.is_none()) {
        return None;
    }
    // `https://a.examplehttps://b.example`: two origins without anything between them.
    if pieces.port == Some("") && pieces.tail.starts_with("//") {
        return None;
    }
    let scheme = pieces.scheme.map(str::to_ascii_lowercase);
    match scheme.as_deref() {
        Some("ftp" | "file" | "data" | "blob" | "about" | "javascript") => None,
        None | Some("http" | "https" | "ws" | "wss" | "*" | "http*") => web(scheme.as_deref(), pieces),
        Some(scheme) => {
            let mut origin = format!("{scheme}://{}", pieces.host);
            push_port(&mut origin, port(pieces.port)?);
            Some(origin)
        }
    }
}

/// The second origin of `https://https://example.com`, and the one that made `blob:https://example.com/…`.
pub(super) fn inner_origin<'a>(pieces: &Pieces<'a>) -> Option<Pieces<'a>> {
    let outer = pieces.scheme?.to_ascii_lowercase();
    let inner = split(pieces.rest);
    let scheme = inner.scheme?.to_ascii_lowercase();
    let web = matches!(&*scheme, "http" | "https") && inner.separator.len() > 1;
    match &*outer {
        // Of two schemes the stronger one.
        "https" | "wss" if web => Some(Pieces { scheme: Some("https"), ..inner }),
        "http" | "ws" | "blob" if web => Some(inner),
        _ => None,
    }
}

fn web(scheme: Option<&str>, pieces: &Pieces<'_>) -> Option<String> {
    let number = port(pieces.port)?;
    let host = web_host(pieces.host)?;
    let local = is_loopback(host.trim_start_matches("*."));
    let secure = match scheme {
        Some("http") => false,
        Some("https" | "wss") => true,
        // Not said, or said of a socket: pages of this machine are served by http, all others should not be.
        _ => !local || number == Port::Number(443),
    };
    match (scheme, number) {
        // A bare word may be anything; a name with a dot or a port is a host.
        (None, Port::Absent) if !local && !host.contains(['.', '[']) => return None,
        // Port 80 says http, nothing else says so: unclear which is wrong.
        (None | Some("ws" | "wss" | "*" | "http*"), Port::Number(80)) if secure => return None,
        _ => {}
    }
    let mut origin = format!("{}://{host}", if secure { "https" } else { "http" });
    match (number, secure) {
        (Port::Number(443), true) | (Port::Number(80), false) => {}
        _ => push_port(&mut origin, number),
    }
    Some(origin)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Port {
    Absent,
    Any,
    Number(u16),
}

/// The port that browsers make of it; `None` if none.
fn port(text: Option<&str>) -> Option<Port> {
    match text {
        None | Some("") => Some(Port::Absent),
        Some("*") => Some(Port::Any),
        // `parse` alone would take a sign.
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|number| *number > 0).map(Port::Number)
        }
        Some(_) => None,
    }
}

fn push_port(origin: &mut String, port: Port) {
    match port {
        Port::Absent => {}
        Port::Any => origin.push_str(":*"),
        // Writing to a string does not fail.
        Port::Number(number) => _ = write!(origin, ":{number}"),
    }
}

/// The host as browsers write it, wildcard included.
fn web_host(host: &str) -> Option<String> {
    let (star, base) = match host.find('*') {
        None => ("", host),
        // `**.` of other tools: any number of labels, as `*.` is here.
        Some(0) => match host.strip_prefix("**.").or_else(|| host.strip_prefix("*.")) {
            Some(base) => ("*.", base),
            None => return label_with_star(host),
        },
        Some(_) => return label_with_star(host),
    };
    if base.contains('*') {
        return None;
    }
    let base = plain_host(base)?;
    let address = base.starts_with('[') || ends_in_number(&base);
    (star.is_empty() || !address).then(|| format!("{star}{base}"))
}

/// A host with a wildcard inside its left-most label. `*example.com` can only be meant as `*.example.com`.
fn label_with_star(host: &str) -> Option<String> {
    let (label, rest) = host.split_once('.')?;
    let (before, after) = label.split_once('*')?;
    if !label.is_ascii() || after.contains('*') || rest.contains('*') {
        return None;
    }
    let label = label.to_ascii_lowercase();
    let rest = plain_host(rest)?;
    let kept = format!("{label}.{rest}");
    if recognise_pattern(format!("https://{kept}").as_bytes()).is_some() {
        return Some(kept);
    }
    let joined = before.is_empty() && after.starts_with(|c: char| c.is_ascii_alphanumeric());
    let rest_name = without_root_dot(&rest);
    let register = !rest_name.contains('.') || is_icann_suffix(rest_name) == Some(true);
    (joined && register).then(|| format!("*.{}.{rest}", label.trim_start_matches('*')))
}

/// A host without wildcard, as browsers write it.
fn plain_host(host: &str) -> Option<String> {
    if host.contains(':') || host.contains('[') {
        return ipv6(host);
    }
    let decoded = percent_decoded(host)?;
    let host = ascii(&decoded)?;
    if ends_in_number(&host) { ipv4(&host) } else { Some(host) }
}

fn ends_in_number(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    name.rsplit('.').next().is_some_and(|label| grammar::is_number(label.as_bytes()))
}

/// Decodes a host, unless that makes a character that would change what is host and what is not.
fn percent_decoded(host: &str) -> Option<String> {
    if !host.contains('%') {
        return Some(host.to_owned());
    }
    let mut bytes = Vec::with_capacity(host.len());
    let mut rest = host.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let decoded = u8::try_from(digit()? * 16 + digit()?).ok()?;
        if decoded.is_ascii() && !decoded.is_ascii_alphanumeric() && !matches!(decoded, b'-' | b'.' | b'_') {
            return None;
        }
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

/// Lower case, and Punycode for what is not ASCII.
fn ascii(host: &str) -> Option<String> {
    if host.is_ascii() {
        return Some(host.to_ascii_lowercase());
    }
    #[cfg(feature = "idna")]
    {
        idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL).ok().map(std::borrow::Cow::into_owned)
    }
    #[cfg(not(feature = "idna"))]
    None
}

/// The dotted quad that browsers make of a host that ends in a number.
/// <https://url.spec.whatwg.org/#concept-ipv4-parser>
fn ipv4(host: &str) -> Option<String> {
    let parts: Vec<&str> = host.strip_suffix('.').unwrap_or(host).split('.').collect();
    let (last, front) = parts.split_last()?;
    // The last number fills what the ones before it leave of the four bytes.
    let left = 4_u32.checked_sub(u32::try_from(front.len()).ok()?).filter(|left| *left > 0)?;
    let last = ipv4_number(last)?;
    if u64::from(last) >= 1 << (8 * left) {
        return None;
    }
    let mut address = last;
    for (n, part) in (0..).zip(front) {
        address |= u32::from(u8::try_from(ipv4_number(part)?).ok()?) << (24 - 8 * n);
    }
    Some(std::net::Ipv4Addr::from(address).to_string())
}

fn ipv4_number(part: &str) -> Option<u32> {
    if let Some(digits) = part.strip_prefix("0x") {
        return if digits.is_empty() { Some(0) } else { unsigned(digits, 16) };
    }
    let decimal = unsigned(part, 10)?;
    // Browsers read 010 as 8; who wrote it may have meant 10.
    let ambiguous = part.len() > 1 && part.starts_with('0') && unsigned(part, 8) != Some(decimal);
    (!ambiguous).then_some(decimal)
}

/// A number without sign.
fn unsigned(digits: &str, radix: u32) -> Option<u32> {
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

/// An IPv6 address, its brackets added where it is clear that no port is meant by the last number.
fn ipv6(host: &str) -> Option<String> {
    let text = host.strip_prefix('[').unwrap_or(host);
    let text = text.strip_suffix(']').unwrap_or(text);
    let (text, _zone) = text.split_once('%').unwrap_or((text, ""));
    let address: Ipv6Addr = text.parse().ok()?;
    let port_instead = text.rsplit_once(':').is_some_and(|(before, last)| {
        before.parse::<Ipv6Addr>().is_ok() && last.bytes().all(|byte| byte.is_ascii_digit())
    });
    let whole = host.ends_with(']') || !port_instead;
    whole.then(|| serialised(address))
}

/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>: unlike `Ipv6Addr`'s own text, never with a dotted end.
fn serialised(address: Ipv6Addr) -> String {
    let groups = address.segments();
    let (mut start, mut len) = (0, 1);
    for at in 0..groups.len() {
        let run = groups.iter().skip(at).take_while(|group| **group == 0).count();
        if run > len {
            (start, len) = (at, run);
        }
    }
    let hex = |groups: &mut dyn Iterator<Item = &u16>| groups.map(|g| format!("{g:x}")).collect::<Vec<_>>().join(":");
    if len < 2 {
        return format!("[{}]", hex(&mut groups.iter()));
    }
    format!("[{}::{}]", hex(&mut groups.iter().take(start)), hex(&mut groups.iter().skip(start + len)))
}
