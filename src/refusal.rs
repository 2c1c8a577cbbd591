//! What is said of a request that got no permission: to the observer, to `tracing`, on the response.

use std::fmt::{self, Display as _};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

use crate::fetch::SEC_FETCH_SITE;
use crate::head::Head;
use crate::quote::{Quoted, QuotedBytes};

/// A header that stands more often than this is cut.
const LINES_SHOWN: usize = 3;

/// A request that got no permission, and why.
///
/// Given to the closure of [`CorsLayer::on_refusal`](crate::CorsLayer::on_refusal). Its text (`Display`) is one line with
/// everything that a stranger wrote in quotes, escaped and cut: safe for a log.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use tower_cors::CorsLayer;
///
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let lines = log.clone();
/// let policy = CorsLayer::new()
///     .allow_origins(["https://app.example.com"])
///     .on_refusal(move |refusal| lines.lock().unwrap().push(refusal.to_string()))
///     .build()?;
/// let request = http::Request::get("/").header("host", "api.example.com").header("origin", "https://evil.example");
/// let _ = policy.decide(&request.body(())?.into_parts().0);
/// assert_eq!(
///     *log.lock().unwrap(),
///     ["response refused: origin-not-listed, origin \"https://evil.example\", authority \"api.example.com\", \
///       sec-fetch-site none"]
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Refusal<'a> {
    kind: RefusalKind,
    reason: RefusalReason,
    head: Head<'a>,
}

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// A preflight was answered with 403: the browser does not send the request that it asked for.
    Preflight,
    /// A request was answered with 403, under
    /// [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins): the service never saw it.
    Request,
    /// The response of the service went out without permission: the page that asked cannot read it.
    Response,
}

/// Why a request got no permission.
///
/// The 403 that the layer answers itself carries it as an [extension](http::Response::extensions) if somebody listens:
/// if [`on_refusal`](crate::CorsLayer::on_refusal) was called or, with the feature `tracing`, a subscriber takes events
/// of the level `debug`. Otherwise it is left out, for it would cost each refusal three allocations, and strangers decide
/// how many refusals there are.
///
/// [`CorsPolicy::explain`](crate::CorsPolicy::explain) says more: what is nearly the same, and what to change.
///
/// ```
/// use tower_cors::{CorsLayer, Decision, RefusalReason};
///
/// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).on_refusal(|_| {}).build()?;
/// let (preflight, ()) = http::Request::options("/")
///     .header("origin", "null")
///     .header("access-control-request-method", "GET")
///     .body(())?
///     .into_parts();
/// let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
/// let response = answer.into_response::<()>();
/// assert_eq!(response.extensions().get(), Some(&RefusalReason::NullOrigin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The policy allows no origin at all.
    NoOriginAllowed,
    /// A well-formed origin that the list does not have.
    OriginNotListed,
    /// The predicate said no.
    PredicateSaidNo,
    /// The predicate was not asked: an `http` origin, where origins must be trusted ones.
    InsecureOrigin,
    /// `null`: a page without an origin of its own, or a redirect across origins.
    NullOrigin,
    /// `Origin` is no origin: browsers do not send that.
    MalformedOrigin,
    /// `Origin` stands on several lines.
    SeveralOrigins,
    /// `Access-Control-Request-Method` is not one method that a script can send.
    RequestedMethod,
    /// `Access-Control-Request-Headers` is not what a browser sends.
    RequestedHeaders,
    /// No `Origin`, an unsafe method, and `Sec-Fetch-Site` names another site.
    CrossSiteWithoutOrigin,
}

impl<'a> Refusal<'a> {
    pub(crate) fn new(kind: RefusalKind, reason: RefusalReason, head: Head<'a>) -> Self {
        Self { kind, reason, head }
    }

    /// What was refused.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> RefusalReason {
        self.reason
    }

    /// The method of the request.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        self.head.method
    }

    /// The target of the request, as the client wrote it: raw, not for a log.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        self.head.uri
    }

    /// The headers of the request, as the client wrote them: raw, not for a log, and never for the label of a metric.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.head.headers
    }

    /// The `Origin` of the request, in quotes, escaped and cut: safe for a log.
    #[must_use]
    pub fn origin(&self) -> impl fmt::Display + 'a {
        Seen { head: self.head, what: What::Header(ORIGIN) }
    }

    /// The authority that the client asked for, in quotes, escaped and cut: that of the target, and `Host` where it says
    /// something else.
    #[must_use]
    pub fn authority(&self) -> impl fmt::Display + 'a {
        Seen { head: self.head, what: What::Authority }
    }

    /// The `Sec-Fetch-Site` of the request, in quotes, escaped and cut.
    #[must_use]
    pub fn sec_fetch_site(&self) -> impl fmt::Display + 'a {
        Seen { head: self.head, what: What::Header(SEC_FETCH_SITE) }
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} refused: {}, origin {}, authority {}, sec-fetch-site {}",
            self.kind.code(),
            self.reason.code(),
            self.origin(),
            self.authority(),
            self.sec_fetch_site()
        )
    }
}

impl RefusalKind {
    /// Every kind, for counters that start at zero.
    pub const ALL: &'static [Self] = &[Self::Preflight, Self::Request, Self::Response];

    /// A name that stays the same from version to version.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

impl RefusalReason {
    /// Every reason, for counters that start at zero.
    ///
    /// ```
    /// use tower_cors::RefusalReason;
    ///
    /// let codes: Vec<_> = RefusalReason::ALL.iter().map(|reason| reason.code()).collect();
    /// assert!(codes.contains(&"origin-not-listed"));
    /// ```
    pub const ALL: &'static [Self] = &[
        Self::NoOriginAllowed,
        Self::OriginNotListed,
        Self::PredicateSaidNo,
        Self::InsecureOrigin,
        Self::NullOrigin,
        Self::MalformedOrigin,
        Self::SeveralOrigins,
        Self::RequestedMethod,
        Self::RequestedHeaders,
        Self::CrossSiteWithoutOrigin,
    ];

    /// A name that stays the same from version to version: for metrics and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoOriginAllowed => "no-origin-allowed",
            Self::OriginNotListed => "origin-not-listed",
            Self::PredicateSaidNo => "predicate-said-no",
            Self::InsecureOrigin => "insecure-origin",
            Self::NullOrigin => "null-origin",
            Self::MalformedOrigin => "malformed-origin",
            Self::SeveralOrigins => "several-origins",
            Self::RequestedMethod => "requested-method",
            Self::RequestedHeaders => "requested-headers",
            Self::CrossSiteWithoutOrigin => "cross-site-without-origin",
        }
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// Something that the client wrote.
struct Seen<'a> {
    head: Head<'a>,
    what: What,
}

enum What {
    Header(HeaderName),
    Authority,
}

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.head.headers;
        match &self.what {
            What::Header(name) => lines(f, headers.get_all(name).iter()),
            What::Authority => match self.head.uri.authority() {
                None => lines(f, headers.get_all(HOST).iter()),
                Some(authority) => {
                    Quoted(authority.as_str()).fmt(f)?;
                    let mut others = headers.get_all(HOST).iter().filter(|host| *host != authority.as_str()).peekable();
                    if others.peek().is_some() {
                        f.write_str(", host ")?;
                        lines(f, others)?;
                    }
                    Ok(())
                }
            },
        }
    }
}

fn lines<'a>(f: &mut fmt::Formatter<'_>, mut values: impl Iterator<Item = &'a HeaderValue>) -> fmt::Result {
    let Some(first) = values.next() else { return f.write_str("none") };
    QuotedBytes(first.as_bytes()).fmt(f)?;
    for value in values.by_ref().take(LINES_SHOWN - 1) {
        f.write_str(", ")?;
        QuotedBytes(value.as_bytes()).fmt(f)?;
    }
    if values.next().is_some() { f.write_str(", …") } else { Ok(()) }
}

/// A closure of the user that is told of every refusal.
#[derive(Clone)]
pub(crate) struct Observer(Arc<dyn Fn(&Refusal<'_>) + Send + Sync>);

impl Observer {
    pub(crate) fn new(observer: impl Fn(&Refusal<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observer))
    }

    pub(crate) fn tell(&self, refusal: &Refusal<'_>) {
        (self.0)(refusal);
    }
}

// As a predicate: one that panicked is called again for the next refusal.
impl UnwindSafe for Observer {}
impl RefUnwindSafe for Observer {}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<fn>")
    }
}
