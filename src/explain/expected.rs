//! What this layer would have answered, and what of an answer that was seen is not so.

use http::header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, response};

use crate::decision::Decision;
use crate::policy::CorsPolicy;

use super::facts::Facts;

/// What this layer would have answered.
pub(super) struct Expected {
    pub(super) kind: Kind,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

pub(super) enum Kind {
    /// By the layer itself.
    Own,
    /// By the service, with the headers of this layer.
    Forwarded,
}

pub(super) fn expected(policy: &CorsPolicy, facts: &Facts<'_>, answer: &response::Parts) -> Expected {
    match policy.decide_quietly(facts.head()) {
        Decision::Respond(respond) => {
            let (head, ()) = respond.into_response::<()>().into_parts();
            Expected { kind: Kind::Own, status: head.status, headers: head.headers }
        }
        Decision::Forward(cors) => {
            // The answer as the service may have given it; the layer takes the Access-Control headers away itself.
            let mut response = Response::new(());
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            cors.decorate_quietly(&mut response);
            let (head, ()) = response.into_parts();
            Expected { kind: Kind::Forwarded, status: head.status, headers: head.headers }
        }
    }
}

/// The `Access-Control-*` headers that are not as this layer writes them.
pub(super) fn differing(expected: &HeaderMap, seen: &HeaderMap) -> Vec<HeaderName> {
    let lines =
        |headers: &HeaderMap, name: &HeaderName| headers.get_all(name).iter().cloned().collect::<Vec<HeaderValue>>();
    let mut names: Vec<HeaderName> = expected
        .keys()
        .chain(seen.keys().filter(|name| !expected.contains_key(*name)))
        .filter(|name| name.as_str().starts_with("access-control-"))
        .filter(|name| lines(expected, name) != lines(seen, name))
        .cloned()
        .collect();
    // The one that decides first comes first.
    names.sort_by_key(|name| (*name != ACCESS_CONTROL_ALLOW_ORIGIN, *name != ACCESS_CONTROL_ALLOW_CREDENTIALS));
    names
}
