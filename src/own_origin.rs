//! Whether a request comes from the service's own origin, and which requests are refused where disallowed origins are.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method};

use crate::compiled::Compiled;
use crate::fetch::SEC_FETCH_SITE;
use crate::head::{Head, Lines};

/// Is this request refused under `reject_disallowed_origins`? `allowed`: the policy allows the origin that it names.
pub(crate) fn is_refused(origin: Lines<'_>, allowed: bool, head: Head<'_>) -> bool {
    match origin {
        Lines::None => !is_safe(head.method) && says_another_site(head.headers),
        Lines::One(_) | Lines::Several => !allowed && !is_own_origin(origin, head),
    }
}

/// The rule of `reject_disallowed_origins` for a request that no layer has looked at yet.
pub(crate) fn is_admitted(policy: &Compiled, head: Head<'_>) -> bool {
    let origin = Lines::of(head.headers, &ORIGIN);
    let allowed = matches!(origin, Lines::One(value) if policy.allows(value, &head, true));
    !is_refused(origin, allowed, head)
}

/// Without `Origin`, a request with one of these methods comes from a link, an image, or no browser at all.
fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn says_another_site(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_SITE).iter().any(|site| site == "cross-site" || site == "same-site")
}

/// `Sec-Fetch-Site` says so or, where the browser sends none, the origin is that of the authority that was asked.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
fn is_own_origin(origin: Lines<'_>, head: Head<'_>) -> bool {
    match Lines::of(head.headers, &SEC_FETCH_SITE) {
        Lines::One(site) => site == "same-origin" || site == "none",
        Lines::Several => false,
        Lines::None => {
            let (Lines::One(origin), Some(authority)) = (origin, authority(head)) else { return false };
            is_origin_of(origin.as_bytes(), authority)
        }
    }
}

/// Over plain http, DNS rebinding forges origin and authority alike: only names that always mean this machine, and
/// addresses, are believed.
fn is_origin_of(origin: &[u8], authority: &[u8]) -> bool {
    if let Some(host) = origin.strip_prefix(b"https://") {
        host == authority
    } else if let Some(host) = origin.strip_prefix(b"http://") {
        host == authority && is_rebinding_proof(authority)
    } else {
        false
    }
}

/// As [`is_own_origin`], where a mistake costs no more than a wrong count: plain http is believed under any name.
pub(crate) fn seems_own_origin(origin: Lines<'_>, head: Head<'_>) -> bool {
    if !matches!(Lines::of(head.headers, &SEC_FETCH_SITE), Lines::None) {
        return is_own_origin(origin, head);
    }
    let (Lines::One(origin), Some(authority)) = (origin, authority(head)) else { return false };
    let origin = origin.as_bytes();
    [&b"https://"[..], b"http://"].iter().any(|scheme| origin.strip_prefix(*scheme) == Some(authority))
}

/// The authority that the client asked for, if the request leaves no doubt about it.
pub(crate) fn authority(head: Head<'_>) -> Option<&[u8]> {
    let host = match Lines::of(head.headers, &HOST) {
        Lines::None => None,
        Lines::One(value) => Some(value.as_bytes()),
        Lines::Several => return None,
    };
    let target = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let authority = match (target, host) {
        (Some(target), Some(host)) if target != host => return None,
        (Some(authority), _) | (None, Some(authority)) => authority,
        (None, None) => return None,
    };
    // An empty one belongs to no origin, and user-info is never part of one.
    (!authority.is_empty() && !authority.contains(&b'@')).then_some(authority)
}

fn is_rebinding_proof(authority: &[u8]) -> bool {
    let Ok(authority) = std::str::from_utf8(authority) else { return false };
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
        });
    }
    let host = match authority.split_once(':') {
        Some((host, port)) if is_port(port) => host,
        Some(_) => return false,
        None => authority,
    };
    host == "localhost" || host.ends_with(".localhost") || host.parse::<Ipv4Addr>().is_ok()
}

pub(crate) fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}
