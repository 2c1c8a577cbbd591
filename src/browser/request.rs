//! What a page asks its browser for: calls of `fetch` and `XMLHttpRequest`. The other askers are in `initiator.rs`.

use super::check::Credentials;
use super::engine::CacheMode;

/// What a page asks for: a [`Fetch`], [`Form`](super::Form), [`Beacon`](super::Beacon),
/// [`EventSource`](super::EventSource), [`WebSocket`](super::WebSocket) or [`Element`](super::Element), each of which
/// turns into this by itself.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub(super) initiator: Initiator,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) body: Option<Body>,
    pub(super) mode: Mode,
    pub(super) credentials: Credentials,
    pub(super) cache: CacheMode,
    pub(super) redirect: RedirectMode,
    pub(super) referrer_policy: ReferrerPolicy,
    pub(super) upload_listener: bool,
    pub(super) destination: &'static str,
}

/// Who asks; decides what is checked first and how sentences begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Initiator {
    Fetch,
    Xhr,
    Form,
    Beacon,
    EventSource,
    WebSocket,
    Font,
    Element { crossorigin: bool },
}

impl Initiator {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Xhr => "XMLHttpRequest",
            Self::Form => "form",
            Self::Beacon => "beacon",
            Self::EventSource => "EventSource",
            Self::WebSocket => "WebSocket",
            Self::Font => "font",
            Self::Element { .. } => "element",
        }
    }

    /// The [unsafe-request flag](https://fetch.spec.whatwg.org/#unsafe-request-flag): whether a script chose method and
    /// headers, so that they may need a preflight.
    pub(super) fn is_unsafe_request(self) -> bool {
        matches!(self, Self::Fetch | Self::Xhr | Self::Beacon)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    /// A stream has no source: it cannot be sent again.
    pub(super) is_stream: bool,
}

/// The [mode](https://fetch.spec.whatwg.org/#concept-request-mode) of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// `cors`: across origins only if the server agrees. The default of `fetch`.
    #[default]
    Cors,
    /// `no-cors`: is sent without asking, and the script can read nothing of the answer.
    NoCors,
    /// `same-origin`: never leaves the page's origin.
    SameOrigin,
    /// `navigate`: what a form or a link does; a script cannot ask for it.
    Navigate,
    /// `websocket`; only a [`WebSocket`](super::WebSocket) asks for it.
    WebSocket,
}

/// The [redirect mode](https://fetch.spec.whatwg.org/#concept-request-redirect-mode) of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard's three modes")]
pub enum RedirectMode {
    /// `follow`, at most twenty times. The default.
    #[default]
    Follow,
    /// `error`: a redirect ends the request.
    Error,
    /// `manual`: the script sees that there was a redirect, and nothing of it.
    Manual,
}

/// The [referrer policy](https://w3c.github.io/webappsec-referrer-policy/#referrer-policies) of a request. It decides on
/// the `Referer` header, and for requests that are not in mode `cors` on the `Origin` header as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the standard's eight policies")]
pub enum ReferrerPolicy {
    /// `no-referrer`: forms then send `Origin: null`.
    NoReferrer,
    /// `no-referrer-when-downgrade`.
    NoReferrerWhenDowngrade,
    /// `same-origin`.
    SameOrigin,
    /// `origin`.
    Origin,
    /// `strict-origin`.
    StrictOrigin,
    /// `origin-when-cross-origin`.
    OriginWhenCrossOrigin,
    /// `strict-origin-when-cross-origin`, the default.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// `unsafe-url`.
    UnsafeUrl,
}

impl PageRequest {
    pub(super) fn new(initiator: Initiator, method: &str, url: &str, mode: Mode) -> Self {
        Self {
            initiator,
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: None,
            mode,
            credentials: Credentials::SameOrigin,
            cache: CacheMode::Default,
            redirect: RedirectMode::Follow,
            referrer_policy: ReferrerPolicy::default(),
            upload_listener: false,
            destination: "empty",
        }
    }

    /// The type of a `Blob` may be empty, which means none.
    pub(super) fn with_body(mut self, bytes: impl AsRef<[u8]>, content_type: Option<&str>) -> Self {
        let content_type = content_type.filter(|text| !text.is_empty()).map(str::to_owned);
        self.body = Some(Body { bytes: bytes.as_ref().to_vec(), content_type, is_stream: false });
        self
    }
}

/// A call of [`fetch`](https://fetch.spec.whatwg.org/#fetch-method), or of `XMLHttpRequest` where it differs.
///
/// The defaults are those of `fetch`: mode `cors`, credentials `same-origin`, redirects followed. Names and values of
/// headers are bytes, and are judged when the request is made, as a browser does: forbidden names are dropped silently,
/// what is no header at all is a `TypeError`.
///
/// ```
/// use tower_cors::browser::{Browser, Fetch, ResponseHead, Step};
///
/// let page = Browser::new().page("https://app.example.com");
/// let preflight = ResponseHead::new(204)
///     .header("access-control-allow-origin", "https://app.example.com")
///     .header("access-control-allow-methods", "GET, PATCH");
///
/// // `patch` is not a spelling of `PATCH`: six names are upper-cased, and it is none of them.
/// let outcome = page.judge(Fetch::new("patch", "https://api.example.com/items/7"), Some(&preflight), &preflight);
/// let blocked = outcome.assert_blocked_at(Step::PreflightMethod);
/// assert!(blocked.sentence().contains("methods compare with case, and the server lists `PATCH`"));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fetch {
    request: PageRequest,
}

impl Fetch {
    /// A request with any method; the browser normalises `get` to `GET` and leaves `patch` as it is.
    pub fn new(method: impl AsRef<str>, url: impl AsRef<str>) -> Self {
        Self { request: PageRequest::new(Initiator::Fetch, method.as_ref(), url.as_ref(), Mode::Cors) }
    }

    /// A `GET` request.
    pub fn get(url: impl AsRef<str>) -> Self {
        Self::new("GET", url)
    }

    /// A `HEAD` request.
    pub fn head(url: impl AsRef<str>) -> Self {
        Self::new("HEAD", url)
    }

    /// A `POST` request.
    pub fn post(url: impl AsRef<str>) -> Self {
        Self::new("POST", url)
    }

    /// A `PUT` request.
    pub fn put(url: impl AsRef<str>) -> Self {
        Self::new("PUT", url)
    }

    /// A `PATCH` request, in capitals.
    pub fn patch(url: impl AsRef<str>) -> Self {
        Self::new("PATCH", url)
    }

    /// A `DELETE` request.
    pub fn delete(url: impl AsRef<str>) -> Self {
        Self::new("DELETE", url)
    }

    /// An `OPTIONS` request of the script's own, which is preflighted like any other.
    pub fn options(url: impl AsRef<str>) -> Self {
        Self::new("OPTIONS", url)
    }

    /// Appends a header as the script sets it.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.request.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    /// Appends several headers.
    pub fn headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        headers.into_iter().fold(self, |fetch, (name, value)| fetch.header(name, value))
    }

    /// A string as the body: `text/plain;charset=UTF-8` unless a header says otherwise.
    pub fn text(self, body: impl AsRef<str>) -> Self {
        self.blob("text/plain;charset=UTF-8", body.as_ref())
    }

    /// A string as the body, and `content-type: application/json` set by the script: the usual cause of a preflight.
    pub fn json(self, body: impl AsRef<str>) -> Self {
        self.header("content-type", "application/json").text(body)
    }

    /// `URLSearchParams` as the body: `application/x-www-form-urlencoded;charset=UTF-8`.
    pub fn url_encoded(self, body: impl AsRef<str>) -> Self {
        self.blob("application/x-www-form-urlencoded;charset=UTF-8", body.as_ref())
    }

    /// A `Blob` as the body, with its type, or none if that is empty.
    pub fn blob(mut self, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        self.request = self.request.with_body(body, Some(content_type));
        self
    }

    /// An `ArrayBuffer` as the body: no content type.
    pub fn bytes(mut self, body: impl AsRef<[u8]>) -> Self {
        self.request = self.request.with_body(body, None);
        self
    }

    /// A `ReadableStream` as the body, which forces a preflight across origins and cannot follow most redirects.
    /// Browsers do this over HTTP/2 only; see [`Browser::http2`](super::Browser::http2).
    pub fn stream(mut self, body: impl AsRef<[u8]>) -> Self {
        self = self.bytes(body);
        if let Some(body) = &mut self.request.body {
            body.is_stream = true;
        }
        self
    }

    /// Makes this an `XMLHttpRequest` with a listener on its `upload`, which forces a preflight across origins.
    pub fn upload_listener(mut self) -> Self {
        self.request.initiator = Initiator::Xhr;
        self.request.upload_listener = true;
        self
    }

    /// Sets the credentials mode. The default is [`Credentials::SameOrigin`].
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.request.credentials = credentials;
        self
    }

    /// Credentials mode `include`; the same as `withCredentials` of an `XMLHttpRequest`.
    pub fn with_credentials(self) -> Self {
        self.credentials(Credentials::Include)
    }

    /// Sets the mode. The default is [`Mode::Cors`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.request.mode = mode;
        self
    }

    /// Mode `no-cors`: the answer stays unreadable, whatever the server says.
    pub fn no_cors(self) -> Self {
        self.mode(Mode::NoCors)
    }

    /// Sets the cache mode. There is no HTTP cache here: it decides on the headers that are sent, and in some engines
    /// on the use of the preflight cache.
    pub fn cache(mut self, cache: CacheMode) -> Self {
        self.request.cache = cache;
        self
    }

    /// Sets the redirect mode. The default is [`RedirectMode::Follow`].
    pub fn redirect(mut self, redirect: RedirectMode) -> Self {
        self.request.redirect = redirect;
        self
    }

    /// Sets the referrer policy. It does not hide the origin of a request in mode `cors`.
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.request.referrer_policy = policy;
        self
    }
}

impl From<Fetch> for PageRequest {
    fn from(fetch: Fetch) -> Self {
        fetch.request
    }
}
