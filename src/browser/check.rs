//! The CORS check, and what of a response a script may read.

use super::engine::Engine;
use super::headers::{HeaderList, shown};
use std::collections::HashSet;
use std::fmt;

/// The [credentials mode](https://fetch.spec.whatwg.org/#concept-request-credentials-mode) of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard's three modes")]
pub enum Credentials {
    /// `omit`: never.
    Omit,
    /// `same-origin`: only to the page's own origin. The default of `fetch`.
    #[default]
    SameOrigin,
    /// `include`: always; `withCredentials` of an `XMLHttpRequest`.
    Include,
}

/// Why a response fails the [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check). Values are escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsFault {
    /// There is no `Access-Control-Allow-Origin`.
    Missing,
    /// `Access-Control-Allow-Origin` stands on several lines or holds several values.
    Several(String),
    /// `Access-Control-Allow-Origin: *`, and the request includes credentials.
    WildcardWithCredentials,
    /// `Access-Control-Allow-Origin` is something else than the request's origin.
    Mismatch(String),
    /// The request includes credentials, and `Access-Control-Allow-Credentials` is missing or not `true`.
    Credentials(Option<String>),
}

impl fmt::Display for CorsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("has no `Access-Control-Allow-Origin` header"),
            Self::Several(value) => {
                write!(
                    f,
                    "has several values in `Access-Control-Allow-Origin` (`{value}`), but only one may stand there"
                )
            }
            Self::WildcardWithCredentials => f.write_str(
                "has `Access-Control-Allow-Origin: *`, which does not count for a request that includes credentials",
            ),
            Self::Mismatch(value) if value.is_empty() => f.write_str("has an empty `Access-Control-Allow-Origin`"),
            Self::Mismatch(value) => {
                write!(f, "has `Access-Control-Allow-Origin: {value}`, which is not the request's origin byte for byte")
            }
            Self::Credentials(None) => {
                f.write_str("has no `Access-Control-Allow-Credentials: true`, and the request includes credentials")
            }
            Self::Credentials(Some(value)) => write!(
                f,
                "has `Access-Control-Allow-Credentials: {value}`, but only `true` in lower case counts, and the request \
                 includes credentials"
            ),
        }
    }
}

/// The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) of a response for an origin as it was sent.
pub(super) fn cors_check(origin: &str, credentials: Credentials, headers: &HeaderList) -> Result<(), CorsFault> {
    let allowed = headers.get("access-control-allow-origin").ok_or(CorsFault::Missing)?;
    if credentials != Credentials::Include && allowed == b"*" {
        return Ok(());
    }
    if allowed != origin.as_bytes() {
        return Err(if headers.lines("access-control-allow-origin").count() > 1 || allowed.contains(&b',') {
            CorsFault::Several(shown(&allowed))
        } else if allowed == b"*" {
            CorsFault::WildcardWithCredentials
        } else {
            CorsFault::Mismatch(shown(&allowed))
        });
    }
    if credentials != Credentials::Include {
        return Ok(());
    }
    match headers.get("access-control-allow-credentials") {
        Some(value) if value == b"true" => Ok(()),
        value => Err(CorsFault::Credentials(value.as_deref().map(shown))),
    }
}

/// Splits the headers of a response that passed the CORS check into those that a script can read
/// ([CORS-safelisted](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name) or exposed) and the others.
pub(super) fn split_exposed(
    engine: Engine,
    credentials: Credentials,
    headers: &HeaderList,
) -> (HeaderList, HeaderList) {
    const EXPOSE: &str = "access-control-expose-headers";
    let listed: HashSet<_> =
        headers.tokens(EXPOSE).ok().flatten().into_iter().flatten().map(str::to_ascii_lowercase).collect();
    let everything = credentials != Credentials::Include
        && (listed.contains("*") || engine.exposes_before_bad_element() && has_leading_wildcard(headers, EXPOSE));
    let is_safelisted = |name: &str| {
        ["cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"]
            .contains(&name)
    };
    split(headers, |name| {
        let name = name.to_ascii_lowercase();
        everything || is_safelisted(&name) || listed.contains(&name)
    })
}

/// All headers of a response of the page's own origin; `Set-Cookie` is hidden here too.
pub(super) fn split_own(headers: &HeaderList) -> (HeaderList, HeaderList) {
    split(headers, |_| true)
}

fn split(headers: &HeaderList, readable: impl Fn(&str) -> bool) -> (HeaderList, HeaderList) {
    let is_cookie = |name: &str| name.eq_ignore_ascii_case("set-cookie") || name.eq_ignore_ascii_case("set-cookie2");
    let (mut shown, mut hidden) = (HeaderList::new(), HeaderList::new());
    for (name, value) in headers.iter() {
        let list = if readable(name) && !is_cookie(name) { &mut shown } else { &mut hidden };
        list.append(name, value);
    }
    (shown, hidden)
}

/// Whether `*` stands in a list before its first element that is not a token.
fn has_leading_wildcard(headers: &HeaderList, name: &str) -> bool {
    let elements = headers.lines(name).flat_map(|line| line.split(|byte| *byte == b','));
    elements
        .map(super::headers::trim)
        .filter(|element| !element.is_empty())
        .map_while(super::headers::token)
        .any(|element| element == "*")
}
