//! Headers of an answer that a script cannot read.

use http::header::ACCESS_CONTROL_EXPOSE_HEADERS;
use http::{HeaderName, response};

use crate::fetch;
use crate::vary::elements;

use super::Explanation;
use super::cause::Cause;
use super::words::names;

/// Headers of the answer that a script cannot read.
pub(super) struct Hidden<'a> {
    pub(super) names: Vec<&'a str>,
    /// A script would look for one of them: it is not of the kind that most answers have.
    is_missed: bool,
}

pub(super) fn hidden(answer: &response::Parts) -> Hidden<'_> {
    /// Headers that most answers of a server, a proxy or a network have, and few scripts look for.
    const COMMON: &[&str] =
        &["etag", "request-id", "traceparent", "tracestate", "x-correlation-id", "x-request-id", "x-runtime"];
    const COMMON_PREFIXES: &[&str] = &[
        "akamai-",
        "cdn-",
        "cf-",
        "fastly-",
        "fly-",
        "x-akamai-",
        "x-amz-",
        "x-amzn-",
        "x-azure-",
        "x-b3-",
        "x-cloud-",
        "x-envoy-",
        "x-fastly-",
        "x-goog-",
        "x-ms-",
        "x-nf-",
        "x-trace-",
        "x-vercel-",
    ];
    /// Headers of servers and proxies that are of no use to a script.
    const OF_SERVERS: &[&str] = &[
        "accept-ranges",
        "age",
        "alt-svc",
        "connection",
        "content-encoding",
        "content-security-policy",
        "cross-origin-embedder-policy",
        "cross-origin-opener-policy",
        "cross-origin-resource-policy",
        "date",
        "keep-alive",
        "nel",
        "permissions-policy",
        "referrer-policy",
        "report-to",
        "server",
        "server-timing",
        "strict-transport-security",
        "timing-allow-origin",
        "transfer-encoding",
        "vary",
        "via",
        "x-cache",
        "x-cache-hits",
        "x-cache-status",
        "x-content-type-options",
        "x-download-options",
        "x-frame-options",
        "x-permitted-cross-domain-policies",
        "x-powered-by",
        "x-proxy-cache",
        "x-robots-tag",
        "x-served-by",
        "x-timer",
        "x-ua-compatible",
        "x-varnish",
        "x-xss-protection",
    ];
    let lines = answer.headers.get_all(ACCESS_CONTROL_EXPOSE_HEADERS);
    let exposed: Vec<&[u8]> = lines.iter().flat_map(elements).collect();
    let everything = exposed.contains(&&b"*"[..]);
    let names: Vec<&str> = answer
        .headers
        .keys()
        .filter(|name| !fetch::is_safelisted_response_header(name) && !fetch::is_forbidden_response_header(name))
        .map(HeaderName::as_str)
        .filter(|name| !name.starts_with("access-control-") && !OF_SERVERS.contains(name))
        .filter(|name| !everything && !exposed.iter().any(|exposed| exposed.eq_ignore_ascii_case(name.as_bytes())))
        .collect();
    let is_common =
        |name: &&str| COMMON.contains(name) || COMMON_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_missed = !names.iter().all(is_common);
    Hidden { names, is_missed }
}

/// Headers that a script would look for in vain.
pub(super) fn explain(answer: &response::Parts) -> Option<Explanation> {
    let hidden = hidden(answer);
    hidden.is_missed.then(|| {
        Explanation::new(
            Cause::HeaderNotExposed,
            format!(
                "the browser lets the page read this answer, but not its header{} {}, which a script sees as null: add what \
                 it needs to expose_headers",
                if hidden.names.len() == 1 { "" } else { "s" },
                names(&hidden.names)
            ),
        )
    })
}
