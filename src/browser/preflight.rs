//! The [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch): what is asked, and every check on the
//! answer in the standard's order.

use super::check::{CorsFault, Credentials, cors_check};
use super::engine::AuthorizationRule;
use super::headers::{HeaderList, ResponseHead, shown};
use super::safelist::{UnsafeHeader, is_safelisted_method};
use std::collections::HashSet;
use std::fmt;

/// Why a request needs a preflight.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PreflightReason {
    /// The method is none of GET, HEAD and POST.
    Method(String),
    /// A header is not CORS-safelisted.
    Header {
        /// Its name in lower case.
        name: String,
        /// Why it is not.
        why: UnsafeHeader,
    },
    /// An `XMLHttpRequest` has a listener on its `upload`.
    UploadListener,
    /// The body is a stream.
    StreamBody,
}

impl fmt::Display for PreflightReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(method) => write!(f, "the method is `{}`", shown(method.as_bytes())),
            Self::UploadListener => f.write_str("the XMLHttpRequest has an upload listener"),
            Self::StreamBody => f.write_str("the body is a stream"),
            Self::Header { name, why } => {
                let name = shown(name.as_bytes());
                match why {
                    UnsafeHeader::Name => write!(f, "it has the header `{name}`"),
                    UnsafeHeader::TooLong(bytes) => write!(f, "`{name}` has {bytes} bytes, more than 128"),
                    UnsafeHeader::Byte(byte) => write!(f, "`{name}` holds the byte `{}`", shown(&[*byte])),
                    UnsafeHeader::ContentType => {
                        write!(f, "`{name}` is not one of the three types that a form can send")
                    }
                    UnsafeHeader::Range => write!(f, "`{name}` is not a simple `bytes=first-last`"),
                    UnsafeHeader::Total(bytes) => {
                        write!(f, "`{name}` and the other safelisted headers have {bytes} bytes, more than 1024")
                    }
                }
            }
        }
    }
}

/// What a preflight asks for.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) origin: &'a str,
    pub(super) credentials: Credentials,
    pub(super) method: &'a str,
    /// The CORS-unsafe request-header names, sorted.
    pub(super) names: &'a [String],
    /// Whether an answer without `Access-Control-Allow-Methods` permits the method all the same.
    pub(super) takes_no_methods_for_yes: bool,
    pub(super) rule: AuthorizationRule,
}

/// What an answer permits, for the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) methods: Vec<String>,
    pub(super) names: Vec<String>,
}

/// The first check that an answer fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PreflightFault {
    Cors(CorsFault),
    Status(u16),
    List { header: &'static str, element: String },
    Method { listed: Vec<String> },
    Authorization { has_wildcard: bool },
    Header { name: String, listed: Vec<String> },
}

const METHODS: &str = "access-control-allow-methods";
const HEADERS: &str = "access-control-allow-headers";

/// The two lines that make an `OPTIONS` request a preflight.
pub(super) fn request_lines(method: &str, names: &[String]) -> HeaderList {
    let mut headers = HeaderList::new();
    headers.append("access-control-request-method", method);
    if !names.is_empty() {
        headers.append("access-control-request-headers", names.join(","));
    }
    headers
}

pub(super) fn check_answer(asked: &Asked<'_>, answer: &ResponseHead) -> Result<Grant, PreflightFault> {
    let headers = answer.headers();
    cors_check(asked.origin, asked.credentials, headers).map_err(PreflightFault::Cors)?;
    if !(200..=299).contains(&answer.status()) {
        return Err(PreflightFault::Status(answer.status()));
    }
    let list = |header| {
        let tokens = headers.tokens(header).map_err(|bad| PreflightFault::List { header, element: shown(&bad) })?;
        Ok(tokens.map(|tokens| tokens.into_iter().map(str::to_owned).collect::<Vec<_>>()))
    };
    let (methods, names) = (list(METHODS)?, list(HEADERS)?.unwrap_or_default());
    let methods = methods
        .unwrap_or_else(|| if asked.takes_no_methods_for_yes { vec![asked.method.to_owned()] } else { Vec::new() });

    let is_wildcard =
        |list: &[String]| asked.credentials != Credentials::Include && list.iter().any(|name| name == "*");
    let is_method_allowed = methods.iter().any(|method| method == asked.method)
        || is_safelisted_method(asked.method)
        || is_wildcard(&methods);
    if !is_method_allowed {
        return Err(PreflightFault::Method { listed: methods });
    }
    let listed: HashSet<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let covers_names = is_wildcard(&names);
    let asks_for_authorization = asked.names.iter().any(|name| name == "authorization");
    if asked.rule == AuthorizationRule::Strict && asks_for_authorization && !listed.contains("authorization") {
        return Err(PreflightFault::Authorization { has_wildcard: covers_names });
    }
    for name in asked.names {
        if !listed.contains(name) && !covers_names {
            return Err(PreflightFault::Header { name: name.clone(), listed: names });
        }
    }
    Ok(Grant { methods, names })
}
