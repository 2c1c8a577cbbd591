//! The head of a request, as far as a policy reads it.

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// Present wherever a predicate decides.
    pub(crate) parts: Option<&'a Parts>,
}

impl<'a> From<&'a Parts> for Head<'a> {
    fn from(parts: &'a Parts) -> Self {
        Self { method: &parts.method, uri: &parts.uri, headers: &parts.headers, parts: Some(parts) }
    }
}

impl<'a, B> From<&'a Request<B>> for Head<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self { method: request.method(), uri: request.uri(), headers: request.headers(), parts: None }
    }
}

/// How often a header stands in a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Lines<'a> {
    None,
    One(&'a HeaderValue),
    Several,
}

impl<'a> Lines<'a> {
    #[inline]
    pub(crate) fn of(headers: &'a HeaderMap, name: &HeaderName) -> Self {
        match headers.get(name) {
            None => Self::None,
            // No header of this request stands on several lines: 20 instructions less than to look at each of this one.
            Some(value) if headers.len() == headers.keys_len() => Self::One(value),
            Some(value) if headers.get_all(name).iter().nth(1).is_none() => Self::One(value),
            Some(_) => Self::Several,
        }
    }
}
