//! [`Decision`]: what a policy says of one request, and the headers that this puts on the response.

use std::borrow::Cow;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_LENGTH,
    VARY,
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::compiled::{Compiled, Exposed, Handle, Origins, Permission};
use crate::fetch::{is_forbidden_response_header, is_safelisted_response_header};
use crate::quote::QuotedBytes;
use crate::refusal::RefusalReason;
use crate::trace;
use crate::vary::VaryNames;
use crate::verdict::Verdict;

/// What a policy says of one request.
///
/// It is used up by the response that it is for, so that no other response can get the same permission.
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use tower_cors::{CorsLayer, Decision};
///
/// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
/// let answer = |request: Request<()>| -> Response<String> {
///     let (parts, ()) = request.into_parts();
///     match policy.decide(&parts) {
///         Decision::Respond(answer) => answer.into_response(),
///         Decision::Forward(cors) => {
///             let mut response = Response::new("hello".to_owned());
///             cors.decorate(&mut response);
///             response
///         }
///     }
/// };
/// let response = answer(Request::get("/").header("origin", "https://app.example.com").body(())?);
/// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A decision cannot be used twice:
///
/// ```compile_fail,E0382
/// # fn twice(cors: tower_cors::Forward, one: &mut http::Response<()>, other: &mut http::Response<()>) {
/// cors.decorate(one);
/// cors.decorate(other);
/// # }
/// ```
#[derive(Debug)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "a server must handle both, and there is no third")]
pub enum Decision {
    /// The request goes to the service, and its response is decorated.
    Forward(Forward),
    /// The request is answered here: a preflight, or a request that the policy refuses.
    Respond(Respond),
}

/// The headers for the response of the service.
#[derive(Debug)]
#[must_use]
pub struct Forward {
    policy: Handle,
    /// The request's own `Origin`, if the policy allows it and answers with it.
    origin: Option<HeaderValue>,
    options: bool,
}

/// The answer to a request that the service does not see.
#[derive(Debug)]
#[must_use]
pub struct Respond {
    policy: Handle,
    answer: Answer,
    /// For the response's extensions, where somebody listens.
    reason: Option<RefusalReason>,
}

#[derive(Debug)]
pub(crate) enum Answer {
    /// A preflight that is permitted. `origin` is `None` where every origin is allowed; the others are what the preflight
    /// asked for, where the policy answers with that.
    Permit { origin: Option<HeaderValue>, method: Option<HeaderValue>, headers: Option<HeaderValue> },
    /// A preflight that is not.
    Deny,
    /// An actual request, under `reject_disallowed_origins`.
    Refuse,
}

/// In the extensions of a response: a policy has decorated it. It takes two allocations, where somebody takes warnings.
#[derive(Clone)]
struct Decorated;

/// More names than this are not listed one by one.
const MOST_EXPOSED: usize = 128;
/// A header map with room for more entries, about 100 bytes each, is not kept for a handful of headers.
const LARGEST_REUSED: usize = 48;

impl Decision {
    pub(crate) fn new(policy: &Handle, verdict: Verdict<'_>, reason: Option<RefusalReason>) -> Self {
        match verdict {
            Verdict::Forward { origin, options, .. } => Self::Forward(Forward::new(policy, origin.cloned(), options)),
            _ => Self::Respond(Respond::new(policy, verdict, reason)),
        }
    }
}

impl Forward {
    #[inline]
    pub(crate) fn new(policy: &Handle, origin: Option<HeaderValue>, options: bool) -> Self {
        Self { policy: policy.clone(), origin, options }
    }

    /// Puts the policy's headers on the response, and takes away the `Access-Control-*` headers that it came with:
    /// there is one authority. `Vary` is added to, never replaced.
    ///
    /// ```
    /// use http::{HeaderValue, Request, Response, header::ACCESS_CONTROL_ALLOW_ORIGIN};
    /// use tower_cors::{CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    /// let (head, ()) = Request::get("/").header("origin", "https://evil.example").body(())?.into_parts();
    /// let Decision::Forward(cors) = policy.decide(&head) else { unreachable!() };
    ///
    /// let mut response = Response::new("hello");
    /// response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    /// cors.decorate(&mut response);
    /// assert!(!response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    /// assert_eq!(response.headers()["vary"], "origin");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn decorate<B>(mut self, response: &mut Response<B>) {
        self.decorate_once(response);
    }

    /// As [`decorate`](Self::decorate), where a decision stands: to move it costs 30 instructions. The second response
    /// would get no permission.
    #[inline]
    pub(crate) fn decorate_once<B>(&mut self, response: &mut Response<B>) {
        let not_modified = response.status() == StatusCode::NOT_MODIFIED;
        self.write(response.headers_mut(), not_modified, true);
        if trace::enabled!(WARN) {
            self.tell_of_inner_policy(response.extensions_mut());
        }
    }

    /// As [`decorate`](Self::decorate), of which nobody is told: for explanations.
    pub(crate) fn decorate_quietly<B>(mut self, response: &mut Response<B>) {
        let not_modified = response.status() == StatusCode::NOT_MODIFIED;
        self.write(response.headers_mut(), not_modified, false);
    }

    #[inline]
    fn write(&mut self, headers: &mut HeaderMap, not_modified: bool, tell: bool) {
        let policy = &*self.policy;
        let any = matches!(policy.origins, Origins::Any);
        let allowed = any || self.origin.is_some();

        // A look-up of each header that should not be there would cost 540 instructions more than a pass over two names.
        let (mut has_vary, mut has_cors) = (false, false);
        for name in headers.keys() {
            match name.as_str() {
                "vary" => has_vary = true,
                name => has_cors |= is_cors_name(name),
            }
        }
        if has_cors {
            if tell && trace::enabled!(WARN) {
                self.tell_of_inner_headers(headers, allowed);
            }
            remove_cors_headers(headers, keeps_inner_exposed(policy, allowed));
        }

        let vary = if self.options { &policy.vary.forwarded_options } else { &policy.vary.actual };
        put_vary(headers, vary, has_vary);
        if !allowed {
            return;
        }
        match &policy.exposed {
            Exposed::Nothing | Exposed::Void => {}
            Exposed::Constant(names) => put(headers, &ACCESS_CONTROL_EXPOSE_HEADERS, names.clone()),
            Exposed::Present if not_modified => {}
            Exposed::Present => {
                if let Some(names) = present_names(headers) {
                    put(headers, &ACCESS_CONTROL_EXPOSE_HEADERS, names);
                }
            }
        }
        put_origin(headers, self.origin.take(), policy.credentials);
    }

    /// Once for each policy: every response of such a service has them.
    #[cold]
    fn tell_of_inner_headers(&self, headers: &HeaderMap, allowed: bool) {
        let kept =
            |name: &HeaderName| keeps_inner_exposed(&self.policy, allowed) && *name == ACCESS_CONTROL_EXPOSE_HEADERS;
        let Some((name, value)) = headers.iter().find(|(name, _)| is_cors_header(name) && !kept(name)) else { return };
        if self.policy.inner_headers.first() {
            trace::event!(
                WARN,
                "the inner service sets an Access-Control header itself, and this layer took it away: two CORS layers, or a \
                 proxied service with a policy of its own; leave the policy to one of them",
                header = name,
                value = QuotedBytes(value.as_bytes()),
            );
        }
    }

    /// Once for each policy, by the mark that the inner one leaves: where it allows nothing, nothing else on the response
    /// could not be the service's own.
    #[inline(never)]
    fn tell_of_inner_policy(&self, extensions: &mut Extensions) {
        if extensions.get::<Decorated>().is_some() {
            if self.policy.inner_headers.first() {
                trace::event!(
                    WARN,
                    "a CORS layer stands inside of this one, which has the last word: what that one closes may be open, \
                     and what it opens may be closed; put the routes beside each other, each with one layer",
                );
            }
        } else if self.policy.marks.once_more() {
            extensions.insert(Decorated);
        }
    }
}

impl Respond {
    fn new(policy: &Handle, verdict: Verdict<'_>, reason: Option<RefusalReason>) -> Self {
        Self { policy: policy.clone(), answer: Answer::new(verdict), reason }
    }

    pub(crate) fn into_answer(self) -> (Answer, Option<RefusalReason>) {
        (self.answer, self.reason)
    }

    /// The whole response, with an empty body.
    pub fn into_response<B: Default>(self) -> Response<B> {
        self.into_response_reusing(HeaderMap::new())
    }

    /// As [`into_response`](Self::into_response), in a map that is no longer needed, such as that of the request: its
    /// entries are removed, its memory is kept.
    ///
    /// ```
    /// use tower_cors::{CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    /// let (preflight, ()) = http::Request::options("/")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "GET")
    ///     .body(())?
    ///     .into_parts();
    /// let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
    /// let response = answer.into_response_reusing::<()>(preflight.headers);
    /// assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
    /// assert!(!response.headers().contains_key("origin"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_response_reusing<B: Default>(self, headers: HeaderMap) -> Response<B> {
        let reason = self.reason;
        let (status, headers) = self.answer.into_head(&self.policy, headers);
        let mut response = Response::new(B::default());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        if let Some(reason) = reason {
            response.extensions_mut().insert(reason);
        }
        response
    }
}

impl Answer {
    #[inline]
    pub(crate) fn new(verdict: Verdict<'_>) -> Self {
        match verdict {
            Verdict::Permit { origin, method, headers } => {
                Self::Permit { origin: origin.cloned(), method: method.cloned(), headers: headers.map(Cow::into_owned) }
            }
            Verdict::DenyOrigin | Verdict::DenyQuestion => Self::Deny,
            // What goes to the service is not answered here.
            Verdict::Refuse | Verdict::Forward { .. } => Self::Refuse,
        }
    }

    #[inline]
    pub(crate) fn into_head(self, policy: &Compiled, mut headers: HeaderMap) -> (StatusCode, HeaderMap) {
        headers.clear();
        if headers.capacity() > LARGEST_REUSED {
            headers = HeaderMap::new();
        }
        let status = self.write(policy, &mut headers);
        (status, headers)
    }

    #[inline]
    fn write(self, policy: &Compiled, headers: &mut HeaderMap) -> StatusCode {
        match self {
            Self::Permit { origin, method, headers: names } => {
                put_vary(headers, &policy.vary.preflight, false);
                put_origin(headers, origin, policy.credentials);
                put_permission(headers, &ACCESS_CONTROL_ALLOW_METHODS, &policy.preflight.methods, method);
                put_permission(headers, &ACCESS_CONTROL_ALLOW_HEADERS, &policy.preflight.headers, names);
                if let Some(max_age) = &policy.preflight.max_age {
                    put(headers, &ACCESS_CONTROL_MAX_AGE, max_age.clone());
                }
                if policy.preflight.ok {
                    put(headers, &CONTENT_LENGTH, HeaderValue::from_static("0"));
                    StatusCode::OK
                } else {
                    StatusCode::NO_CONTENT
                }
            }
            Self::Deny => refuse(policy, headers, &policy.vary.preflight),
            Self::Refuse => refuse(policy, headers, &policy.vary.actual),
        }
    }
}

#[inline]
fn refuse(policy: &Compiled, headers: &mut HeaderMap, vary: &VaryNames) -> StatusCode {
    put_vary(headers, vary, false);
    // Else only preflights are refused, whose answers no cache may store by <https://httpwg.org/specs/rfc9110.html#OPTIONS>:
    // the line would cost 240 instructions.
    if policy.reject_disallowed_origins {
        put(headers, &CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    StatusCode::FORBIDDEN
}

/// `Access-Control-Allow-Origin` and, beside it only, `Access-Control-Allow-Credentials`.
/// <https://fetch.spec.whatwg.org/#http-access-control-allow-origin>
#[inline]
fn put_origin(headers: &mut HeaderMap, origin: Option<HeaderValue>, credentials: bool) {
    put(headers, &ACCESS_CONTROL_ALLOW_ORIGIN, origin.unwrap_or_else(|| HeaderValue::from_static("*")));
    if credentials {
        put(headers, &ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

#[inline]
fn put_permission(
    headers: &mut HeaderMap,
    name: &'static HeaderName,
    permission: &Permission,
    echo: Option<HeaderValue>,
) {
    let value = match permission {
        Permission::Constant(value) => Some(value.clone()),
        Permission::Nothing | Permission::Echo | Permission::EchoExceptAuthorization => echo,
    };
    if let Some(value) = value {
        put(headers, name, value);
    }
}

#[inline]
fn put_vary(headers: &mut HeaderMap, vary: &VaryNames, has_vary: bool) {
    if has_vary {
        vary.add_missing(headers);
    } else if let Some(line) = vary.line() {
        put(headers, &VARY, line.clone());
    }
}

/// Puts a header where there is none of this name. A map that already holds the most headers it can gets no permission
/// instead of a panic.
#[inline]
fn put(headers: &mut HeaderMap, name: &'static HeaderName, value: HeaderValue) {
    let _full = headers.try_append(name, value);
}

/// Where the policy names no exposed headers, the inner service may, beside an allowed origin.
fn keeps_inner_exposed(policy: &Compiled, allowed: bool) -> bool {
    allowed && matches!(policy.exposed, Exposed::Nothing)
}

fn is_cors_header(name: &HeaderName) -> bool {
    is_cors_name(name.as_str())
}

#[inline]
fn is_cors_name(name: &str) -> bool {
    name.starts_with("access-control-")
}

/// The names that a service with a policy of its own writes. Those that browsers no longer know are among the others.
const CORS_NAMES: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_EXPOSE_HEADERS,
];

#[cold]
fn remove_cors_headers(headers: &mut HeaderMap, keep_exposed: bool) {
    let goes = |name: &HeaderName| is_cors_header(name) && !(keep_exposed && *name == ACCESS_CONTROL_EXPOSE_HEADERS);
    for name in CORS_NAMES.iter().filter(|name| goes(name)) {
        headers.remove(name);
    }
    // Nothing is allocated but for names that hardly anybody sends.
    let others: Vec<HeaderName> = headers.keys().filter(|name| goes(name)).cloned().collect();
    for name in others {
        headers.remove(name);
    }
}

/// What `*` would expose, name by name; `None` if the response has nothing to expose.
fn present_names(headers: &HeaderMap) -> Option<HeaderValue> {
    let names: Vec<&str> = headers
        .keys()
        .filter(|name| !is_forbidden_response_header(name) && !is_safelisted_response_header(name))
        .filter(|name| !is_cors_header(name))
        .take(MOST_EXPOSED)
        .map(HeaderName::as_str)
        .collect();
    if names.is_empty() { None } else { HeaderValue::try_from(names.join(",")).ok() }
}
