//! The protocol itself: what the rules say of one request, step by step, in terms of that request.

use std::borrow::Cow;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, ORIGIN};
use http::{HeaderMap, HeaderValue, Method};

use crate::compiled::{Compiled, Origins, Permission};
use crate::echo::{self, Unanswerable};
use crate::head::{Head, Lines};
use crate::own_origin;
use crate::reason::Refused;

/// What becomes of a request.
///
/// It borrows from the request, so that nothing is cloned before it is known where to.
#[derive(Debug)]
pub(crate) enum Verdict<'a> {
    /// It goes to the service. `origin` is its own, where the policy allows it and answers with it; `refused`: it has one
    /// that the policy does not allow.
    Forward { origin: Option<&'a HeaderValue>, options: bool, refused: bool },
    /// A preflight that is permitted. `origin` is `None` where every origin is allowed; the others are what it asked for,
    /// where the policy answers with that.
    Permit { origin: Option<&'a HeaderValue>, method: Option<&'a HeaderValue>, headers: Option<Cow<'a, HeaderValue>> },
    /// A preflight whose origin is not allowed.
    DenyOrigin,
    /// A preflight whose origin is, and what it asks for is nothing that could be answered.
    DenyQuestion,
    /// An actual request, under `reject_disallowed_origins`.
    Refuse,
}

impl Verdict<'_> {
    /// What was refused, if anything was.
    #[inline]
    pub(crate) fn refused(&self) -> Option<Refused> {
        match self {
            Self::Forward { refused: false, .. } | Self::Permit { .. } => None,
            Self::Forward { .. } => Some(Refused::Response),
            Self::DenyOrigin => Some(Refused::PreflightOrigin),
            Self::DenyQuestion => Some(Refused::PreflightQuestion),
            Self::Refuse => Some(Refused::Request),
        }
    }
}

#[inline]
pub(crate) fn of<'a>(policy: &Compiled, head: &Head<'a>) -> Verdict<'a> {
    let options = *head.method == Method::OPTIONS;
    if options {
        if let Some(verdict) = of_preflight(policy, head) {
            return verdict;
        }
    }
    if matches!(policy.origins, Origins::Any) {
        // The answer is the same with every Origin and without one.
        return Verdict::Forward { origin: None, options, refused: false };
    }
    let lines = Lines::of(head.headers, &ORIGIN);
    let origin = allowed_origin(policy, lines, head);
    if policy.reject_disallowed_origins && own_origin::is_refused(lines, origin.is_some(), *head) {
        return Verdict::Refuse;
    }
    Verdict::Forward { origin, options, refused: origin.is_none() && !matches!(lines, Lines::None) }
}

/// `None` if the `OPTIONS` request is no preflight: <https://fetch.spec.whatwg.org/#cors-preflight-request>
fn of_preflight<'a>(policy: &Compiled, head: &Head<'a>) -> Option<Verdict<'a>> {
    let lines = Lines::of(head.headers, &ORIGIN);
    if matches!(lines, Lines::None) || !head.headers.contains_key(&ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let origin = if matches!(policy.origins, Origins::Any) {
        None
    } else {
        let origin = allowed_origin(policy, lines, head);
        if origin.is_none() {
            return Some(Verdict::DenyOrigin);
        }
        origin
    };
    let Ok((method, headers)) = echo(policy, head.headers) else { return Some(Verdict::DenyQuestion) };
    Some(Verdict::Permit { origin, method, headers })
}

/// The origin that the request names, if the policy allows it.
#[inline]
fn allowed_origin<'a>(policy: &Compiled, lines: Lines<'a>, head: &Head<'_>) -> Option<&'a HeaderValue> {
    match lines {
        Lines::One(origin) => policy.allows(origin, head, false).then_some(origin),
        Lines::None | Lines::Several => None,
    }
}

type Echo<'a> = (Option<&'a HeaderValue>, Option<Cow<'a, HeaderValue>>);

/// What the preflight asks for, where the policy answers with that.
fn echo<'a>(policy: &Compiled, headers: &'a HeaderMap) -> Result<Echo<'a>, Unanswerable> {
    let method = match policy.preflight.methods {
        Permission::Echo | Permission::EchoExceptAuthorization => Some(echo::requested_method(headers)?),
        Permission::Nothing | Permission::Constant(_) => None,
    };
    let names = match policy.preflight.headers {
        Permission::Echo => echo::requested_headers(headers, None)?,
        Permission::EchoExceptAuthorization => {
            echo::requested_headers(headers, Some(AUTHORIZATION.as_str().as_bytes()))?
        }
        Permission::Nothing | Permission::Constant(_) => None,
    };
    Ok((method, names))
}
