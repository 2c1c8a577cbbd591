//! The values that the setters of [`CorsLayer`](crate::CorsLayer) take: what is asked for, as it was written.
//!
//! Named and shaped as in `tower_http::cors`. Each type has exactly one `From<[T; N]>` and one `From<Vec<T>>`, or
//! un-annotated `"…".parse().unwrap()` inside an array would no longer compile; texts enter by `allow_origins`.

use std::borrow::Cow;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderName, HeaderValue, Method};

use crate::origin::{Origin, OriginPattern};
use crate::removed::{Removed, RemovedAsyncPredicate, RemovedCredentialsPredicate};

/// Any origin, method, request header or exposed header.
///
/// ```
/// use tower_cors::{Any, CorsLayer};
///
/// let policy = CorsLayer::new().allow_origin(Any).build()?;
/// assert!(policy.allows_origin("https://any.example"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
#[allow(clippy::exhaustive_structs, reason = "a unit struct is used as a value, as in tower-http")]
pub struct Any;

/// Any origin, method, request header or exposed header, as tower-http spelled it long ago.
#[deprecated(note = "write `Any`")]
pub fn any() -> Any {
    Any
}

/// One entry of the list that [`CorsLayer::allow_origins`](crate::CorsLayer::allow_origins) takes: a text or a parsed
/// value. Texts are checked when the policy is built, so that all problems are reported together.
///
/// ```
/// use tower_cors::{CorsLayer, Origin, OriginEntry};
///
/// const APP: Origin = Origin::from_static("https://app.example.com");
/// let from_settings = "https://*.preview.example.com".to_owned();
/// let policy = CorsLayer::new().allow_origins([OriginEntry::from(APP), from_settings.into()]).build()?;
/// assert!(policy.allows_origin("https://app.example.com"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OriginEntry(pub(crate) EntryText);

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum EntryText {
    Unchecked(String),
    Parsed(OriginPattern),
}

impl EntryText {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Unchecked(text) => text,
            Self::Parsed(pattern) => pattern.as_str(),
        }
    }
}

impl fmt::Debug for OriginEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_str().fmt(f)
    }
}

impl From<&str> for OriginEntry {
    fn from(text: &str) -> Self {
        Self(EntryText::Unchecked(text.to_owned()))
    }
}

impl From<&&str> for OriginEntry {
    fn from(text: &&str) -> Self {
        Self::from(*text)
    }
}

impl From<String> for OriginEntry {
    fn from(text: String) -> Self {
        Self(EntryText::Unchecked(text))
    }
}

impl From<&String> for OriginEntry {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for OriginEntry {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(text.into_owned())
    }
}

impl From<Origin> for OriginEntry {
    fn from(origin: Origin) -> Self {
        Self(EntryText::Parsed(origin.into()))
    }
}

impl From<&Origin> for OriginEntry {
    fn from(origin: &Origin) -> Self {
        Self::from(origin.clone())
    }
}

impl From<OriginPattern> for OriginEntry {
    fn from(pattern: OriginPattern) -> Self {
        Self(EntryText::Parsed(pattern))
    }
}

impl From<&OriginPattern> for OriginEntry {
    fn from(pattern: &OriginPattern) -> Self {
        Self::from(pattern.clone())
    }
}

impl From<HeaderValue> for OriginEntry {
    fn from(value: HeaderValue) -> Self {
        // What is not UTF-8 becomes U+FFFD, which no origin contains: it is reported when the policy is built.
        Self::from(String::from_utf8_lossy(value.as_bytes()))
    }
}

impl From<&HeaderValue> for OriginEntry {
    fn from(value: &HeaderValue) -> Self {
        Self::from(value.clone())
    }
}

/// Which origins may read the answers.
///
/// Set by [`CorsLayer::allow_origin`](crate::CorsLayer::allow_origin). The default is a list of none.
///
/// ```
/// use tower_cors::{AllowOrigin, CorsLayer};
///
/// let policy = CorsLayer::new()
///     .allow_origin(AllowOrigin::list(["https://app.example.com".parse().unwrap()]))
///     .build()?;
/// assert!(policy.allows_origin("https://app.example.com"));
/// assert!(!policy.allows_origin("https://app.example.org"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct AllowOrigin(pub(crate) OriginsRule);

#[derive(Clone)]
pub(crate) enum OriginsRule {
    Any,
    List(Vec<OriginEntry>),
    Predicate(OriginPredicate),
}

impl Default for OriginsRule {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl fmt::Debug for OriginsRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("Any"),
            Self::List(entries) => f.debug_list().entries(entries).finish(),
            Self::Predicate(predicate) => predicate.fmt(f),
        }
    }
}

impl fmt::Debug for AllowOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowOrigin").field(&self.0).finish()
    }
}

/// A closure of the user that is asked about one well-formed origin. Equal when it is the same closure.
#[derive(Clone)]
pub(crate) struct OriginPredicate(Arc<Predicate>);

type Predicate = dyn Fn(&HeaderValue, &Parts) -> bool + Send + Sync;

impl OriginPredicate {
    pub(crate) fn says_yes(&self, origin: &HeaderValue, parts: &Parts) -> bool {
        (self.0)(origin, parts)
    }
}

// A closure that panicked is asked again for the next request, as under any server that catches panics.
impl UnwindSafe for OriginPredicate {}
impl RefUnwindSafe for OriginPredicate {}

impl PartialEq for OriginPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for OriginPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<fn>")
    }
}

impl AllowOrigin {
    /// Every origin. Browsers are told `*`, and never send cookies along.
    pub fn any() -> Self {
        Self(OriginsRule::Any)
    }

    /// One origin. It is answered like a list of one: other origins, and requests without `Origin`, get no permission.
    pub fn exact(origin: HeaderValue) -> Self {
        Self::list([origin])
    }

    /// These origins, or patterns of origins.
    pub fn list<I>(origins: I) -> Self
    where
        I: IntoIterator<Item = HeaderValue>,
    {
        Self(OriginsRule::List(origins.into_iter().map(OriginEntry::from).collect()))
    }

    /// The origins that the closure says yes to.
    ///
    /// It is asked about one well-formed origin at a time. These origins are not allowed, and it is not asked:
    ///
    /// - `null`, unless [`dangerously_allow_null_origin`](crate::CorsLayer::dangerously_allow_null_origin) was called; and
    ///   never where disallowed origins are rejected, by
    ///   [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) or a guard;
    /// - with credentials, or where disallowed origins are rejected: `http` origins of other machines, unless
    ///   [`dangerously_allow_insecure_origins`](crate::CorsLayer::dangerously_allow_insecure_origins) was called.
    ///
    /// If it reads request headers, name them with [`vary`](crate::CorsLayer::vary), or caches will mix the answers up.
    ///
    /// A closure that says yes to everybody gives every website what the policy gives; prefer
    /// [patterns](crate::OriginPattern), which know where a label ends.
    ///
    /// ```
    /// use tower_cors::{AllowOrigin, CorsLayer, Decision};
    ///
    /// let policy = CorsLayer::new()
    ///     .allow_origin(AllowOrigin::predicate(|origin, parts| {
    ///         parts.uri.path() == "/open" && origin.as_bytes().ends_with(b".example.com")
    ///     }))
    ///     .build()?;
    /// let (parts, ()) = http::Request::get("/open").header("origin", "https://a.example.com").body(())?.into_parts();
    /// let mut response = http::Response::new(());
    /// if let Decision::Forward(cors) = policy.decide(&parts) {
    ///     cors.decorate(&mut response);
    /// }
    /// assert_eq!(response.headers()["access-control-allow-origin"], "https://a.example.com");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn predicate<F>(predicate: F) -> Self
    where
        F: Fn(&HeaderValue, &Parts) -> bool + Send + Sync + 'static,
    {
        Self(OriginsRule::Predicate(OriginPredicate(Arc::new(predicate))))
    }

    /// Every origin, as [`any`](Self::any): to mirror whatever is asked is to allow everybody.
    pub fn mirror_request() -> Self {
        Self::any()
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn async_predicate<F, Fut>(_: F) -> Self
    where
        F: FnOnce(HeaderValue, &Parts) -> Fut + Send + Sync + 'static + Clone,
        for<'a> Removed: RemovedAsyncPredicate<'a>,
    {
        Self::default()
    }
}

impl From<Any> for AllowOrigin {
    fn from(_: Any) -> Self {
        Self::any()
    }
}

impl From<HeaderValue> for AllowOrigin {
    fn from(origin: HeaderValue) -> Self {
        Self::exact(origin)
    }
}

impl<const N: usize> From<[HeaderValue; N]> for AllowOrigin {
    fn from(origins: [HeaderValue; N]) -> Self {
        Self::list(origins)
    }
}

impl From<Vec<HeaderValue>> for AllowOrigin {
    fn from(origins: Vec<HeaderValue>) -> Self {
        Self::list(origins)
    }
}

impl From<&str> for AllowOrigin {
    fn from(origin: &str) -> Self {
        Self(OriginsRule::List(vec![origin.into()]))
    }
}

impl From<String> for AllowOrigin {
    fn from(origin: String) -> Self {
        Self(OriginsRule::List(vec![origin.into()]))
    }
}

impl From<Origin> for AllowOrigin {
    fn from(origin: Origin) -> Self {
        Self(OriginsRule::List(vec![origin.into()]))
    }
}

impl From<OriginPattern> for AllowOrigin {
    fn from(pattern: OriginPattern) -> Self {
        Self(OriginsRule::List(vec![pattern.into()]))
    }
}

/// Which methods a preflight permits.
///
/// Set by [`CorsLayer::allow_methods`](crate::CorsLayer::allow_methods). The default is a list of none; browsers send
/// `GET`, `HEAD` and `POST` without asking for the method.
///
/// ```
/// use tower_cors::{AllowMethods, CorsLayer};
///
/// let layer = CorsLayer::new().allow_origins(["https://app.example.com"]);
/// let methods = AllowMethods::list(["put".parse().unwrap(), "PATCH".parse().unwrap()]);
/// assert!(layer.clone().allow_methods(methods).build()?.to_string().contains(r#"methods = ["PUT", "PATCH"]"#));
/// assert!(layer.allow_methods(AllowMethods::any()).build()?.to_string().contains(r#"methods = ["*"]"#));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct AllowMethods(pub(crate) MethodsRule);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MethodsRule {
    Any,
    List(Vec<Method>),
}

impl Default for MethodsRule {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl AllowMethods {
    /// Every method, with credentials too: the preflight's own method is then answered instead of `*`.
    pub fn any() -> Self {
        Self(MethodsRule::Any)
    }

    /// One method.
    pub fn exact(method: Method) -> Self {
        Self::list([method])
    }

    /// These methods. The six that browsers normalise are upper-cased; others keep their case, as browsers do.
    pub fn list<I>(methods: I) -> Self
    where
        I: IntoIterator<Item = Method>,
    {
        Self(MethodsRule::List(methods.into_iter().collect()))
    }

    /// Every method, as [`any`](Self::any).
    pub fn mirror_request() -> Self {
        Self::any()
    }
}

impl From<Any> for AllowMethods {
    fn from(_: Any) -> Self {
        Self::any()
    }
}

impl From<Method> for AllowMethods {
    fn from(method: Method) -> Self {
        Self::exact(method)
    }
}

impl<const N: usize> From<[Method; N]> for AllowMethods {
    fn from(methods: [Method; N]) -> Self {
        Self::list(methods)
    }
}

impl From<Vec<Method>> for AllowMethods {
    fn from(methods: Vec<Method>) -> Self {
        Self::list(methods)
    }
}

/// Which request headers a preflight permits.
///
/// Set by [`CorsLayer::allow_headers`](crate::CorsLayer::allow_headers). The default is a list of none; browsers send
/// the [CORS-safelisted request headers](https://fetch.spec.whatwg.org/#cors-safelisted-request-header) without asking.
///
/// ```
/// use http::{Request, header::RANGE};
/// use tower_cors::{AllowHeaders, Any, CorsLayer, Decision};
///
/// let answer = |headers: AllowHeaders| {
///     let policy = CorsLayer::new().allow_origin(Any).allow_headers(headers).build().unwrap();
///     let preflight = Request::options("/")
///         .header("origin", "https://any.example")
///         .header("access-control-request-method", "GET");
///     let (preflight, ()) = preflight.body(()).unwrap().into_parts();
///     let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
///     answer.into_response::<()>().headers()["access-control-allow-headers"].clone()
/// };
/// assert_eq!(answer(AllowHeaders::list([RANGE])), "range");
/// assert_eq!(answer(AllowHeaders::any()), "*,authorization");
/// assert_eq!(answer(AllowHeaders::any_except_authorization()), "*");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct AllowHeaders(pub(crate) HeadersRule);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeadersRule {
    Any,
    AnyExceptAuthorization,
    List(Vec<HeaderName>),
}

impl Default for HeadersRule {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl AllowHeaders {
    /// Every request header, `authorization` included, which the protocol's own `*` does not cover. With credentials
    /// the headers that the preflight asks for are answered instead of `*`.
    pub fn any() -> Self {
        Self(HeadersRule::Any)
    }

    /// Every request header but `authorization`: the protocol's own `*`.
    pub fn any_except_authorization() -> Self {
        Self(HeadersRule::AnyExceptAuthorization)
    }

    /// These request headers.
    pub fn list<I>(headers: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        Self(HeadersRule::List(headers.into_iter().collect()))
    }

    /// Every request header, as [`any`](Self::any).
    pub fn mirror_request() -> Self {
        Self::any()
    }
}

impl From<Any> for AllowHeaders {
    fn from(_: Any) -> Self {
        Self::any()
    }
}

impl<const N: usize> From<[HeaderName; N]> for AllowHeaders {
    fn from(headers: [HeaderName; N]) -> Self {
        Self::list(headers)
    }
}

impl From<Vec<HeaderName>> for AllowHeaders {
    fn from(headers: Vec<HeaderName>) -> Self {
        Self::list(headers)
    }
}

/// Which response headers a script may read, beside the seven that it may always read.
///
/// Set by [`CorsLayer::expose_headers`](crate::CorsLayer::expose_headers). The default is a list of none.
///
/// ```
/// use http::{HeaderValue, Request, Response, header::ETAG};
/// use tower_cors::{CorsLayer, Decision, ExposeHeaders};
///
/// let policy = CorsLayer::new()
///     .allow_origins(["https://app.example.com"])
///     .allow_credentials(true)
///     .expose_headers(ExposeHeaders::any())
///     .build()?;
/// let (head, ()) = Request::get("/").header("origin", "https://app.example.com").body(())?.into_parts();
/// let Decision::Forward(cors) = policy.decide(&head) else { unreachable!() };
///
/// let mut response = Response::new("hello");
/// response.headers_mut().insert(ETAG, HeaderValue::from_static("\"1\""));
/// cors.decorate(&mut response);
/// assert_eq!(response.headers()["access-control-expose-headers"], "etag,vary");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct ExposeHeaders(pub(crate) ExposedRule);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ExposedRule {
    Any,
    List(Vec<HeaderName>),
}

impl Default for ExposedRule {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl ExposeHeaders {
    /// Every response header but `set-cookie`, with credentials too: the names that the response has are then
    /// answered instead of `*`.
    pub fn any() -> Self {
        Self(ExposedRule::Any)
    }

    /// These response headers.
    pub fn list<I>(headers: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        Self(ExposedRule::List(headers.into_iter().collect()))
    }
}

impl From<Any> for ExposeHeaders {
    fn from(_: Any) -> Self {
        Self::any()
    }
}

impl<const N: usize> From<[HeaderName; N]> for ExposeHeaders {
    fn from(headers: [HeaderName; N]) -> Self {
        Self::list(headers)
    }
}

impl From<Vec<HeaderName>> for ExposeHeaders {
    fn from(headers: Vec<HeaderName>) -> Self {
        Self::list(headers)
    }
}

/// Whether scripts may send cookies and other credentials along and still read the answer. The default is no.
///
/// ```
/// use tower_cors::{AllowCredentials, CorsLayer};
///
/// let layer = CorsLayer::new().allow_origins(["https://app.example.com"]);
/// assert!(layer.allow_credentials(AllowCredentials::yes()).build()?.to_string().contains("credentials = true"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct AllowCredentials(pub(crate) bool);

impl AllowCredentials {
    /// With credentials.
    pub fn yes() -> Self {
        Self(true)
    }

    /// Not carried over from tower-http.
    #[doc(hidden)]
    pub fn predicate<F>(_: F) -> Self
    where
        F: Fn(&HeaderValue, &Parts) -> bool + Send + Sync + 'static,
        for<'a> Removed: RemovedCredentialsPredicate<'a>,
    {
        Self::default()
    }
}

impl From<bool> for AllowCredentials {
    fn from(allowed: bool) -> Self {
        Self(allowed)
    }
}

/// How long a browser may reuse the answer to a preflight, in whole seconds. Unset, browsers reuse it for 5 s.
///
/// ```
/// use std::time::Duration;
/// use tower_cors::{CorsLayer, MaxAge};
///
/// let layer = CorsLayer::new().allow_origins(["https://app.example.com"]);
/// let policy = layer.max_age(MaxAge::exact(Duration::from_secs(600))).build()?;
/// assert!(policy.to_string().contains("max_age = 600"));
/// # Ok::<(), tower_cors::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct MaxAge(pub(crate) Option<Duration>);

impl MaxAge {
    /// This long. Zero turns the reuse off.
    pub fn exact(max_age: Duration) -> Self {
        Self(Some(max_age))
    }
}

impl From<Duration> for MaxAge {
    fn from(max_age: Duration) -> Self {
        Self::exact(max_age)
    }
}

/// Request headers that the answer depends on, beside those that the policy reads itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Vary(pub(crate) Vec<HeaderName>);

impl Vary {
    /// These request headers.
    pub fn list<I>(names: I) -> Self
    where
        I: IntoIterator<Item = HeaderName>,
    {
        Self(names.into_iter().collect())
    }
}

impl<const N: usize> From<[HeaderName; N]> for Vary {
    fn from(names: [HeaderName; N]) -> Self {
        Self::list(names)
    }
}

impl From<Vec<HeaderName>> for Vary {
    fn from(names: Vec<HeaderName>) -> Self {
        Self::list(names)
    }
}

/// The request headers that decide about a preflight: `origin`, `access-control-request-method` and
/// `access-control-request-headers`.
///
/// The policy names them in `Vary` where they matter; this is here for code that comes from tower-http.
///
/// ```
/// let names: Vec<_> = tower_cors::preflight_request_headers().collect();
/// assert_eq!(names, ["origin", "access-control-request-method", "access-control-request-headers"]);
/// ```
pub fn preflight_request_headers() -> impl Iterator<Item = HeaderName> {
    use http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};
    [ORIGIN, ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_HEADERS].into_iter()
}
