//! Tables and small algorithms of the Fetch standard, and of HTTP where Fetch has none: nothing of ours.

use http::{HeaderName, Method};

/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header>
pub(crate) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Upper-cases the six methods that browsers normalise; all others keep their case.
///
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
pub(crate) fn normalize_method(method: Method) -> Method {
    const NORMALIZED: [Method; 6] =
        [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::POST, Method::PUT];
    NORMALIZED.into_iter().find(|name| name.as_str().eq_ignore_ascii_case(method.as_str())).unwrap_or(method)
}

/// Methods that no script can send: <https://fetch.spec.whatwg.org/#forbidden-method>
pub(crate) fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"].iter().any(|name| name.eq_ignore_ascii_case(method))
}

/// Methods that browsers send without asking: <https://fetch.spec.whatwg.org/#cors-safelisted-method>
#[cfg(feature = "reload")]
pub(crate) fn is_safelisted_method(method: &str) -> bool {
    ["GET", "HEAD", "POST"].contains(&method)
}

/// Methods that are [registered](https://www.iana.org/assignments/http-methods), and `PURGE`, which caches take.
pub(crate) fn is_known_method(method: &str) -> bool {
    const KNOWN: &[&str] = &[
        "ACL",
        "BASELINE-CONTROL",
        "BIND",
        "CHECKIN",
        "CHECKOUT",
        "CONNECT",
        "COPY",
        "DELETE",
        "GET",
        "HEAD",
        "LABEL",
        "LINK",
        "LOCK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MKREDIRECTREF",
        "MKWORKSPACE",
        "MOVE",
        "OPTIONS",
        "ORDERPATCH",
        "PATCH",
        "POST",
        "PROPFIND",
        "PROPPATCH",
        "PURGE",
        "PUT",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "TRACE",
        "UNBIND",
        "UNCHECKOUT",
        "UNLINK",
        "UNLOCK",
        "UPDATE",
        "UPDATEREDIRECTREF",
        "VERSION-CONTROL",
    ];
    KNOWN.contains(&method)
}

/// Request headers that no script can set: <https://fetch.spec.whatwg.org/#forbidden-request-header>
///
/// The `x-http-method` family is forbidden for some values only, so it is not listed.
pub(crate) fn is_forbidden_request_header(name: &HeaderName) -> bool {
    const FORBIDDEN: &[&str] = &[
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        "access-control-request-private-network",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    let name = name.as_str();
    FORBIDDEN.contains(&name) || name.starts_with("proxy-") || name.starts_with("sec-")
}

/// Request headers that browsers send without asking, whatever their value is in practice.
///
/// `content-type` and `range` are safelisted for some values only (JSON is not among them), so listing them has a use.
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
pub(crate) fn is_always_safelisted_request_header(name: &HeaderName) -> bool {
    ["accept", "accept-language", "content-language"].contains(&name.as_str())
}

/// Headers that only responses carry.
pub(crate) fn is_response_header(name: &HeaderName) -> bool {
    const RESPONSE: &[&str] = &[
        "accept-ranges",
        "access-control-allow-credentials",
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "access-control-allow-private-network",
        "access-control-expose-headers",
        "access-control-max-age",
        "age",
        "allow",
        "alt-svc",
        "clear-site-data",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "location",
        "nel",
        "permissions-policy",
        "proxy-authenticate",
        "referrer-policy",
        "refresh",
        "report-to",
        "retry-after",
        "server",
        "server-timing",
        "set-cookie",
        "set-cookie2",
        "strict-transport-security",
        "timing-allow-origin",
        "vary",
        "www-authenticate",
        "x-content-type-options",
        "x-frame-options",
        "x-powered-by",
        "x-xss-protection",
    ];
    RESPONSE.contains(&name.as_str())
}

/// Headers that only requests carry. `authorization` is not among them: many APIs hand out tokens in it.
pub(crate) fn is_request_header(name: &HeaderName) -> bool {
    const REQUEST: &[&str] = &[
        "accept",
        "accept-charset",
        "accept-language",
        "access-control-request-headers",
        "access-control-request-method",
        "cookie",
        "cookie2",
        "expect",
        "forwarded",
        "from",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "max-forwards",
        "origin",
        "proxy-authorization",
        "referer",
        "te",
        "upgrade-insecure-requests",
        "user-agent",
    ];
    let name = name.as_str();
    REQUEST.contains(&name) || name.starts_with("sec-fetch-")
}

/// Response headers that a script never reads: <https://fetch.spec.whatwg.org/#forbidden-response-header-name>
pub(crate) fn is_forbidden_response_header(name: &HeaderName) -> bool {
    ["set-cookie", "set-cookie2"].contains(&name.as_str())
}

/// Response headers that every script may read: <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
pub(crate) fn is_safelisted_response_header(name: &HeaderName) -> bool {
    const SAFELISTED: [HeaderName; 7] = [
        http::header::CACHE_CONTROL,
        http::header::CONTENT_LANGUAGE,
        http::header::CONTENT_LENGTH,
        http::header::CONTENT_TYPE,
        http::header::EXPIRES,
        http::header::LAST_MODIFIED,
        http::header::PRAGMA,
    ];
    SAFELISTED.contains(name)
}

/// <https://httpwg.org/specs/rfc9110.html#tokens>
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

/// A token as browsers write a header name in `Access-Control-Request-Headers`.
pub(crate) fn is_lower_case_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| class_of(byte) == Class::Token)
}

fn is_token_byte(byte: u8) -> bool {
    class_of(byte) != Class::Other
}

/// What a byte is to a token.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Other,
    Token,
    UpperCase,
}

#[inline]
fn class_of(byte: u8) -> Class {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Other)
}

const fn is_one_of(byte: u8, bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [first, rest @ ..] => *first == byte || is_one_of(byte, rest),
    }
}

/// Asked for each byte of what a preflight asks for: one look-up instead of five comparisons.
static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte: u8 = 0;
    while byte < 0x7f {
        #[allow(clippy::indexing_slicing, reason = "evaluated when it is compiled")]
        {
            classes[byte as usize] = match byte {
                b'A'..=b'Z' => Class::UpperCase,
                _ if byte.is_ascii_lowercase() || byte.is_ascii_digit() || is_one_of(byte, b"!#$%&'*+-.^_`|~") => {
                    Class::Token
                }
                _ => Class::Other,
            };
        }
        byte += 1;
    }
    classes
};
