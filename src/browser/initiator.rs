//! What a page asks for without `fetch`: forms, beacons, event sources, `WebSocket`s and elements.

use super::check::Credentials;
use super::engine::{CacheMode, Engine};
use super::request::{Initiator, Mode, PageRequest, RedirectMode, ReferrerPolicy};
use super::safelist::why_unsafe;

/// A [form](https://html.spec.whatwg.org/#form-submission-algorithm) that a page submits. It navigates: CORS has no say,
/// cookies go with it, and the page's script reads nothing of the answer. A service that must not act on foreign forms
/// has to look at `Origin` and `Sec-Fetch-Site` itself.
///
/// ```
/// # async fn example<S>(app: S) where
/// #   S: tower_service::Service<http::Request<http_body_util::Full<bytes::Bytes>>, Response = http::Response<String>>,
/// #   S::Error: std::fmt::Display {
/// use tower_cors::browser::{Browser, Form};
///
/// let mut page = Browser::new().page("https://evil.example");
/// let outcome = page.fetch(app, Form::post("https://bank.example/transfer").url_encoded("to=me")).await;
/// assert_eq!(outcome.exchanges()[0].request().headers().get("sec-fetch-mode").as_deref(), Some(&b"navigate"[..]));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Form {
    request: PageRequest,
}

impl Form {
    /// A form with `method=post` and no fields.
    pub fn post(action: impl AsRef<str>) -> Self {
        let mut form = Self::get(action);
        "POST".clone_into(&mut form.request.method);
        form.url_encoded("")
    }

    /// A form with `method=get`: fields, if any, stand in the URL that is given here.
    pub fn get(action: impl AsRef<str>) -> Self {
        let mut request = PageRequest::new(Initiator::Form, "GET", action.as_ref(), Mode::Navigate);
        request.credentials = Credentials::Include;
        request.destination = "document";
        Self { request }
    }

    /// Fields as `application/x-www-form-urlencoded`, already encoded.
    pub fn url_encoded(mut self, fields: impl AsRef<str>) -> Self {
        self.request = self.request.with_body(fields.as_ref(), Some("application/x-www-form-urlencoded"));
        self
    }

    /// Fields as `text/plain`: what an attacker sends to a service that takes any body for JSON.
    pub fn text_plain(mut self, fields: impl AsRef<str>) -> Self {
        self.request = self.request.with_body(fields.as_ref(), Some("text/plain"));
        self
    }

    /// Fields as `multipart/form-data`, already encoded with this boundary.
    pub fn multipart(mut self, boundary: &str, fields: impl AsRef<[u8]>) -> Self {
        let content_type = format!("multipart/form-data; boundary={boundary}");
        self.request = self.request.with_body(fields, Some(&content_type));
        self
    }

    /// Sets the referrer policy of the page. Under [`ReferrerPolicy::NoReferrer`] a post has `Origin: null`, even to the
    /// page's own origin.
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.request.referrer_policy = policy;
        self
    }
}

impl From<Form> for PageRequest {
    fn from(mut form: Form) -> Self {
        if form.request.method == "GET" {
            form.request.body = None;
        }
        form.request
    }
}

/// A call of [`navigator.sendBeacon`](https://w3c.github.io/beacon/#sendbeacon-method): a post with credentials whose
/// answer no script sees ([`ResponseType::Beacon`](super::ResponseType::Beacon)). With text or a form it is sent in mode
/// `no-cors`; a `Blob` of another type makes it a CORS request with a preflight.
///
/// ```
/// use tower_cors::browser::{Beacon, Browser, ResponseHead, ResponseType};
///
/// let page = Browser::new().page("https://app.example.com");
/// let outcome = page.judge(Beacon::text("/count", "seen"), None, &ResponseHead::new(204));
/// assert_eq!(outcome.assert_opaque().response_type(), ResponseType::Beacon);
/// assert!(!outcome.is_readable());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Beacon {
    request: PageRequest,
}

impl Beacon {
    /// A string.
    pub fn text(url: impl AsRef<str>, body: impl AsRef<str>) -> Self {
        Self::blob(url, "text/plain;charset=UTF-8", body.as_ref())
    }

    /// A `Blob` with its type, or none if that is empty, or form data with theirs.
    pub fn blob(url: impl AsRef<str>, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        let is_safe =
            content_type.is_empty() || why_unsafe(Engine::Standard, "content-type", content_type.as_bytes()).is_none();
        let mode = if is_safe { Mode::NoCors } else { Mode::Cors };
        let mut request = PageRequest::new(Initiator::Beacon, "POST", url.as_ref(), mode);
        request.credentials = Credentials::Include;
        Self { request: request.with_body(body, Some(content_type)) }
    }

    /// Sets the referrer policy of the page. Most browsers send `Origin: null` under [`ReferrerPolicy::NoReferrer`].
    pub fn referrer_policy(mut self, policy: ReferrerPolicy) -> Self {
        self.request.referrer_policy = policy;
        self
    }
}

impl From<Beacon> for PageRequest {
    fn from(beacon: Beacon) -> Self {
        beacon.request
    }
}

/// An [`EventSource`](https://html.spec.whatwg.org/#server-sent-events): a `GET` in mode `cors`, never preflighted. Its
/// outcome stands when the head of the response is in
/// ([`ResponseType::EventStream`](super::ResponseType::EventStream), if that has status 200 and is `text/event-stream`);
/// the stream of events is not read.
///
/// ```
/// use tower_cors::browser::{Browser, EventSource, ResponseHead, ResponseType, Step};
///
/// let page = Browser::new().page("https://app.example.com");
/// let answer = |content_type: &str| {
///     ResponseHead::new(200).header("access-control-allow-origin", "*").header("content-type", content_type)
/// };
/// let events = || EventSource::new("https://api.example.com/events");
///
/// let outcome = page.judge(events(), None, &answer("text/event-stream"));
/// assert_eq!(outcome.assert_readable().response_type(), ResponseType::EventStream);
/// assert!(!page.judge(events(), None, &answer("text/html")).assert_blocked_at(Step::EventStream).is_cors());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct EventSource {
    request: PageRequest,
}

impl EventSource {
    /// Connects without credentials across origins.
    pub fn new(url: impl AsRef<str>) -> Self {
        let mut request = PageRequest::new(Initiator::EventSource, "GET", url.as_ref(), Mode::Cors);
        request.headers.push((b"accept".to_vec(), b"text/event-stream".to_vec()));
        request.cache = CacheMode::NoStore;
        Self { request }
    }

    /// `withCredentials: true`.
    pub fn with_credentials(mut self) -> Self {
        self.request.credentials = Credentials::Include;
        self
    }

    /// A reconnection, which sends `Last-Event-ID` and still needs no preflight.
    pub fn last_event_id(mut self, id: impl AsRef<[u8]>) -> Self {
        self.request.headers.push((b"last-event-id".to_vec(), id.as_ref().to_vec()));
        self
    }
}

impl From<EventSource> for PageRequest {
    fn from(source: EventSource) -> Self {
        source.request
    }
}

/// A [WebSocket handshake](https://websockets.spec.whatwg.org/#concept-websocket-establish) with cookies and `Origin`,
/// over HTTP/1.1 whatever the browser speaks else. No `Access-Control-*` header is ever looked at: the server alone
/// decides, and 101 is its yes; `Sec-WebSocket-Accept` is not checked.
///
/// A service outside a real server cannot upgrade (axum answers 426); whether it was reached at all is what such a test
/// shows.
#[derive(Clone, Debug)]
#[must_use]
pub struct WebSocket {
    request: PageRequest,
}

impl WebSocket {
    /// A handshake with a `ws:` or `wss:` URL (`http:` and `https:` mean the same).
    pub fn new(url: impl AsRef<str>) -> Self {
        let mut request = PageRequest::new(Initiator::WebSocket, "GET", url.as_ref(), Mode::WebSocket);
        request.credentials = Credentials::Include;
        request.cache = CacheMode::NoStore;
        request.redirect = RedirectMode::Error;
        for (name, value) in [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGVzdHMgc2hvdWxkIHBhcw=="),
            ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
        ] {
            request.headers.push((name.into(), value.into()));
        }
        Self { request }
    }

    /// Asks for sub-protocols, in this order.
    pub fn protocols<P: AsRef<str>>(mut self, protocols: impl IntoIterator<Item = P>) -> Self {
        let list: Vec<_> = protocols.into_iter().map(|protocol| protocol.as_ref().to_owned()).collect();
        self.request.headers.push((b"sec-websocket-protocol".to_vec(), list.join(", ").into_bytes()));
        self
    }
}

impl From<WebSocket> for PageRequest {
    fn from(socket: WebSocket) -> Self {
        socket.request
    }
}

/// A `GET` that an element or a style sheet makes. Without
/// [`crossorigin`](https://html.spec.whatwg.org/#cors-settings-attribute) most are in mode `no-cors`.
#[derive(Clone, Debug)]
#[must_use]
pub struct Element {
    request: PageRequest,
}

impl Element {
    /// `<img>`.
    pub fn image(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::NoCors, "image", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5")
    }

    /// `<video>`.
    pub fn video(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::NoCors, "video", "*/*")
    }

    /// `<script>`.
    pub fn script(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::NoCors, "script", "*/*")
    }

    /// `<script type="module">`, always in mode `cors`.
    pub fn module_script(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::Cors, "script", "*/*").crossorigin_anonymous()
    }

    /// `<link rel="stylesheet">`.
    pub fn stylesheet(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::NoCors, "style", "text/css,*/*;q=0.1")
    }

    /// `@font-face`, always in mode `cors`; but `WebKitGTK` 2.50 loads fonts in mode `no-cors`.
    pub fn font(url: impl AsRef<str>) -> Self {
        Self::new(url, Mode::Cors, "font", "*/*").crossorigin_anonymous()
    }

    /// A `FontFace` object; as `@font-face`.
    pub fn font_face(url: impl AsRef<str>) -> Self {
        let mut element = Self::font(url);
        element.request.initiator = Initiator::Font;
        element
    }

    /// `crossorigin` or `crossorigin="anonymous"`: mode `cors` without credentials across origins.
    pub fn crossorigin_anonymous(mut self) -> Self {
        self.request.initiator = Initiator::Element { crossorigin: true };
        self.request.mode = Mode::Cors;
        self.request.credentials = Credentials::SameOrigin;
        self
    }

    /// `crossorigin="use-credentials"`: mode `cors` with credentials.
    pub fn crossorigin_use_credentials(mut self) -> Self {
        self = self.crossorigin_anonymous();
        self.request.credentials = Credentials::Include;
        self
    }

    fn new(url: impl AsRef<str>, mode: Mode, destination: &'static str, accept: &str) -> Self {
        let mut request = PageRequest::new(Initiator::Element { crossorigin: false }, "GET", url.as_ref(), mode);
        request.credentials = Credentials::Include;
        request.destination = destination;
        request.headers.push((b"accept".to_vec(), accept.as_bytes().to_vec()));
        Self { request }
    }
}

impl From<Element> for PageRequest {
    fn from(element: Element) -> Self {
        element.request
    }
}
