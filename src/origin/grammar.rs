//! The one recogniser of origins and origin patterns: strict, `const`, and the same for configuration and requests.
//!
//! It only says yes or no. Why a text was refused is the question of `diagnose.rs`, which may take its time.

use super::suffix_levels::WITH_LEVELS;

/// The longest origin there is: scheme 64, `://`, host 253 and a root dot, `:` and a port of five digits.
pub(super) const MAX_LEN: usize = 327;
pub(super) const MAX_SCHEME: usize = 64;
pub(super) const MAX_HOST: usize = 253;
pub(super) const MAX_LABEL: usize = 63;

/// Where the parts of a recognised text lie: `scheme://host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Parts {
    /// Where the scheme ends; the host starts three bytes later.
    pub(super) scheme_end: u16,
    /// Where the host ends: at the colon of the port, or with the text.
    pub(super) host_end: u16,
    pub(super) kind: Kind,
}

/// What the recognised text denotes, as far as its host tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// `*` alone.
    Any,
    Exact,
    /// `*.base`
    Below,
    /// `*` inside the left-most label. `unsure` where only the public suffix list tells whether the rest is a suffix.
    InLabel {
        unsure: bool,
    },
    /// `scheme://*`
    AnyHost,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
    Application,
}

/// One exact origin.
pub(super) const fn origin(text: &[u8]) -> Option<Parts> {
    match origin_or_wildcard_port(text) {
        Some((parts, false)) if matches!(parts.kind, Kind::Exact) => Some(parts),
        _ => None,
    }
}

/// An origin pattern. Whether the rest of a wildcard inside a label is a public suffix is not asked here.
pub(super) const fn pattern(text: &[u8]) -> Option<Parts> {
    if let [b'*'] = text {
        return Some(Parts { scheme_end: 0, host_end: 0, kind: Kind::Any });
    }
    match origin_or_wildcard_port(text) {
        Some((parts, _)) => Some(parts),
        None => None,
    }
}

/// The parts, and whether the port is `*`.
#[expect(clippy::cast_possible_truncation, reason = "no text longer than MAX_LEN gets that far")]
const fn origin_or_wildcard_port(text: &[u8]) -> Option<(Parts, bool)> {
    if text.len() > MAX_LEN {
        return None;
    }
    let Some((scheme, host)) = scheme(text) else { return None };
    let found = match (scheme, host) {
        (Scheme::Application, _) => application_host(host),
        (_, [b'[', address @ ..]) => match ipv6(address) {
            Some(rest) => Some((Kind::Exact, rest)),
            None => None,
        },
        _ => web_host(host),
    };
    let Some((kind, port)) = found else { return None };
    let any_port = match port {
        [] => false,
        [b':', b'*'] => true,
        [b':', digits @ ..] => match (port_number(digits), scheme) {
            (None, _) | (Some(80), Scheme::Http) | (Some(443), Scheme::Https) => return None,
            _ => false,
        },
        _ => return None,
    };
    let scheme_end = text.len() - host.len() - "://".len();
    let host_end = text.len() - port.len();
    Some((Parts { scheme_end: scheme_end as u16, host_end: host_end as u16, kind }, any_port))
}

/// The scheme, and what follows its `://`.
const fn scheme(text: &[u8]) -> Option<(Scheme, &[u8])> {
    match text {
        [b'h', b't', b't', b'p', b's', b':', b'/', b'/', rest @ ..] => return Some((Scheme::Https, rest)),
        [b'h', b't', b't', b'p', b':', b'/', b'/', rest @ ..] => return Some((Scheme::Http, rest)),
        [b'a'..=b'z', ..] => {}
        _ => return None,
    }
    let mut rest = text;
    while let [b'a'..=b'z' | b'0'..=b'9' | b'+' | b'.' | b'-', tail @ ..] = rest {
        rest = tail;
    }
    let [b':', b'/', b'/', host @ ..] = rest else { return None };
    let (name, _) = text.split_at(text.len() - rest.len());
    if name.len() > MAX_SCHEME || never_of_an_origin(name) { None } else { Some((Scheme::Application, host)) }
}

/// Schemes of URLs that no browser ever puts into `Origin`: those pages have the origin of their opener, or `null`.
pub(super) const fn never_of_an_origin(scheme: &[u8]) -> bool {
    matches!(scheme, b"ws" | b"wss" | b"ftp" | b"file" | b"data" | b"blob" | b"about" | b"javascript")
}

/// The host of an application's scheme: opaque, or `*`.
const fn application_host(host: &[u8]) -> Option<(Kind, &[u8])> {
    if let [b'*', rest @ ..] = host {
        return Some((Kind::AnyHost, rest));
    }
    let mut rest = host;
    while let [b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-', tail @ ..] = rest {
        rest = tail;
    }
    match host.len() - rest.len() {
        1..=MAX_HOST => Some((Kind::Exact, rest)),
        _ => None,
    }
}

/// The host of `http` and `https` where it is not an IPv6 address, wildcards included.
const fn web_host(host: &[u8]) -> Option<(Kind, &[u8])> {
    let mut rest = host;
    // The label that is being read, and the one before it: each from its first byte to the end of the text.
    let (mut label, mut last) = (host, host);
    let mut labels = 0;
    let mut star = false;
    loop {
        match rest {
            [b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_', tail @ ..] => rest = tail,
            [b'*', tail @ ..] if labels == 0 && !star => {
                star = true;
                rest = tail;
            }
            [b'.', tail @ ..] => {
                if !label_length(label.len() - rest.len()) {
                    return None;
                }
                labels += 1;
                last = label;
                label = tail;
                rest = tail;
            }
            [] | [b':', ..] => break,
            _ => return None,
        }
    }
    let root_dot = label.len() == rest.len();
    let end = if root_dot {
        // Of `example.com.` the last label is `com`; a lone dot, or nothing, has none.
        if labels == 0 {
            return None;
        }
        rest.len() + 1
    } else {
        if !label_length(label.len() - rest.len()) {
            return None;
        }
        labels += 1;
        last = label;
        rest.len()
    };
    if host.len() - end > MAX_HOST {
        return None;
    }
    let (last, _) = last.split_at(last.len() - end);
    if is_number(last) {
        let (address, _) = host.split_at(host.len() - rest.len());
        return if is_ipv4(address) { Some((Kind::Exact, rest)) } else { None };
    }
    match (star, host) {
        (false, _) => Some((Kind::Exact, rest)),
        (true, _) if labels < 2 => None,
        (true, [b'*', b'.', ..]) => Some((Kind::Below, rest)),
        (true, _) if labels > 2 => Some((Kind::InLabel { unsure: is_with_levels(last) }, rest)),
        (true, _) if matches!(last, b"localhost") => Some((Kind::InLabel { unsure: false }, rest)),
        _ => None,
    }
}

const fn label_length(len: usize) -> bool {
    1 <= len && len <= MAX_LABEL
}

/// Whether there are ICANN suffixes of several labels below this top-level domain.
pub(super) const fn is_with_levels(label: &[u8]) -> bool {
    let mut names = WITH_LEVELS;
    while let [name, others @ ..] = names {
        if is_same(name.as_bytes(), label) {
            return true;
        }
        names = others;
    }
    false
}

/// `==`, which no constant function may use.
const fn is_same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

/// Whether the URL Standard takes a host with this last label for an IPv4 address.
/// <https://url.spec.whatwg.org/#ends-in-a-number-checker>
pub(super) const fn is_number(label: &[u8]) -> bool {
    let (mut rest, hexadecimal) = match label {
        [b'0', b'x', rest @ ..] => (rest, true),
        [] => return false,
        _ => (label, false),
    };
    loop {
        match rest {
            [b'0'..=b'9', tail @ ..] => rest = tail,
            [b'a'..=b'f', tail @ ..] if hexadecimal => rest = tail,
            [] => return true,
            _ => return false,
        }
    }
}

/// Four decimal numbers up to 255 without leading zeros, and no root dot: how the URL Standard writes IPv4.
const fn is_ipv4(address: &[u8]) -> bool {
    let mut rest = address;
    let mut numbers = 0;
    loop {
        let ([b'2', b'5', b'0'..=b'5', tail @ ..]
        | [b'2', b'0'..=b'4', b'0'..=b'9', tail @ ..]
        | [b'1', b'0'..=b'9', b'0'..=b'9', tail @ ..]
        | [b'1'..=b'9', b'0'..=b'9', tail @ ..]
        | [b'0'..=b'9', tail @ ..]) = rest
        else {
            return false;
        };
        numbers += 1;
        match tail {
            [] => return numbers == 4,
            [b'.', next @ ..] if numbers < 4 => rest = next,
            _ => return false,
        }
    }
}

/// An IPv6 address as the URL Standard writes it, from behind its `[`; returns what follows its `]`.
/// <https://url.spec.whatwg.org/#concept-ipv6-serializer>
const fn ipv6(address: &[u8]) -> Option<&[u8]> {
    // Bit n stands for group n: set where the group is zero.
    let mut zeros: u16 = 0;
    let mut groups = 0;
    // How many groups stand before `::`.
    let mut compressed = None;
    let mut rest = address;
    if let [b':', b':', tail @ ..] = rest {
        compressed = Some(0);
        rest = tail;
    }
    loop {
        // Only `::` may be followed by the end.
        if let [b']', tail @ ..] = rest {
            if matches!(compressed, Some(before) if before == groups) {
                rest = tail;
                break;
            }
            return None;
        }
        let (zero, tail) = match rest {
            [b'0', tail @ ..] => (true, tail),
            [b'1'..=b'9' | b'a'..=b'f', tail @ ..] => (false, up_to_three_digits(tail)),
            _ => return None,
        };
        if groups == 8 {
            return None;
        }
        zeros |= (zero as u16) << groups;
        groups += 1;
        rest = match tail {
            [b']', tail @ ..] => {
                rest = tail;
                break;
            }
            [b':', b':', tail @ ..] if compressed.is_none() => {
                compressed = Some(groups);
                tail
            }
            [b':', tail @ ..] => tail,
            _ => return None,
        };
    }
    let written = match compressed {
        None if groups == 8 => (0, 0),
        Some(before) if groups <= 6 => {
            let len = 8 - groups;
            let low = zeros & ((1 << before) - 1);
            let gap = ((1 << len) - 1) << before;
            zeros = low | gap | ((zeros >> before) << (before + len));
            (before, len)
        }
        _ => return None,
    };
    let canonical = longest_run(zeros);
    if written.0 == canonical.0 && written.1 == canonical.1 { Some(rest) } else { None }
}

const fn up_to_three_digits(text: &[u8]) -> &[u8] {
    let mut rest = text;
    let mut taken = 0;
    while let [b'0'..=b'9' | b'a'..=b'f', tail @ ..] = rest {
        if taken == 3 {
            break;
        }
        taken += 1;
        rest = tail;
    }
    rest
}

/// Start and length of the first longest run of at least two set bits among eight, else `(0, 0)`.
const fn longest_run(bits: u16) -> (u32, u32) {
    let mut best = (0, 0);
    let mut at = 0;
    while at < 8 {
        let len = (bits >> at).trailing_ones();
        if len >= 2 && len > best.1 {
            best = (at, len);
        }
        at += len + 1;
    }
    best
}

/// A port without leading zeros, 1 to 65535.
const fn port_number(digits: &[u8]) -> Option<u16> {
    let mut rest = digits;
    let mut number: u32 = 0;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u32;
        if number == 0 || number > u16::MAX as u32 {
            return None;
        }
        rest = tail;
    }
    #[expect(clippy::cast_possible_truncation, reason = "compared with u16::MAX above")]
    match (number, rest) {
        (1.., []) => Some(number as u16),
        _ => None,
    }
}
