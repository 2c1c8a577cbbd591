//! A browser and its pages.

use super::cache::PreflightCache;
use super::cookie::CookieJar;
use super::engine::{AuthorizationRule, Engine};
use super::exchange::SentRequest;
use super::headers::ResponseHead;
use super::outcome::Outcome;
use super::request::PageRequest;
use super::site::PageOrigin;
use super::state::{PageState, Settings};
use super::turn::{Turn, begin};
use bytes::Bytes;
use http_body_util::Full;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;
use url::Url;

/// A browser: whose rules it follows, and its limits. [`page`](Self::page) opens a page in it.
///
/// ```
/// use tower_cors::browser::{Browser, Engine};
///
/// let page = Browser::new().engine(Engine::Firefox).page("https://app.example.com");
/// assert_eq!(page.origin(), "https://app.example.com");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Browser {
    settings: Settings,
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// A browser that follows the Fetch standard to the letter.
    pub fn new() -> Self {
        Self {
            settings: Settings {
                engine: Engine::Standard,
                authorization: None,
                max_age_cap: None,
                body_limit: 2 * 1024 * 1024,
                http2: false,
            },
        }
    }

    /// Whose behaviour is modelled. The default is [`Engine::Standard`].
    pub fn engine(mut self, engine: Engine) -> Self {
        self.settings.engine = engine;
        self
    }

    /// Whether `Access-Control-Allow-Headers: *` covers `Authorization`. The default is the engine's: no in the
    /// standard, yes in what browsers ship.
    pub fn authorization(mut self, rule: AuthorizationRule) -> Self {
        self.settings.authorization = Some(rule);
        self
    }

    /// The longest time that the answer to a preflight is kept. The default is the engine's: 7200 s in Chromium, 86 400 s
    /// in Firefox, 600 s in `WebKit`; the standard has no limit.
    pub fn max_age_cap(mut self, cap: Duration) -> Self {
        self.settings.max_age_cap = Some(cap);
        self
    }

    /// The most bytes of a body that are read; a longer one ends the request. The default is 2 MiB. Heads of requests and
    /// of responses may have 256 KiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Sends requests as they come in over HTTP/2: the whole URL in the request line and no `Host` header. The default is
    /// HTTP/1.1: a path, and `Host`. A [`WebSocket`](super::WebSocket) always comes over HTTP/1.1.
    pub fn http2(mut self) -> Self {
        self.settings.http2 = true;
        self
    }

    /// Opens a page at this origin: `https://app.example.com`, an application's (`tauri://localhost`,
    /// `chrome-extension://…`), or `null` for a sandboxed frame. A URL stands for its origin.
    ///
    /// What is no origin makes every request of the page fail with [`Step::Request`](super::Step::Request).
    pub fn page(self, origin: impl AsRef<str>) -> Page {
        Page {
            state: PageState {
                settings: self.settings,
                origin: parse_origin(origin.as_ref()),
                top_level: None,
                cache: PreflightCache::default(),
                cookies: CookieJar::default(),
                now: Duration::ZERO,
            },
            body: PhantomData,
        }
    }
}

/// A page in a browser, with the browser's preflight cache, cookies and time. [`fetch`](Self::fetch) makes a request of
/// it to a service.
///
/// `B` is the body of the requests. The default suits services that take any body, as axum's `Router` and tonic's
/// `Routes` do; for one that takes only its own, see [`with_body`](Self::with_body).
#[must_use]
pub struct Page<B = Full<Bytes>> {
    pub(super) state: PageState,
    body: PhantomData<fn() -> B>,
}

impl<B> Page<B> {
    /// Makes the same page send bodies of another type.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// use tower_cors::browser::{Browser, Fetch};
    ///
    /// let app = tower::service_fn(|_: http::Request<axum::body::Body>| async {
    ///     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
    /// });
    /// let mut page = Browser::new().page("https://app.example.com").with_body::<axum::body::Body>();
    /// page.fetch(app, Fetch::get("/")).await.assert_readable();
    /// # }
    /// ```
    pub fn with_body<C: From<Bytes>>(self) -> Page<C> {
        Page { state: self.state, body: PhantomData }
    }

    /// The origin as it stands in an `Origin` header: `null` if it is opaque. Text that is no origin comes back as it was.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.state.origin.as_ref().map_or_else(String::as_str, PageOrigin::as_str)
    }

    /// Goes to a page at another origin; preflight cache, cookies and time stay the browser's. See [`Browser::page`].
    pub fn navigate(&mut self, origin: impl AsRef<str>) {
        self.state.origin = parse_origin(origin.as_ref());
        self.state.top_level = None;
    }

    /// Puts the page in a frame of a top-level page at this origin. Its site separates the entries of the preflight
    /// cache, and decides with the page's own on `SameSite` cookies. What is no origin is taken for an opaque one.
    pub fn framed_by(mut self, top_level: impl AsRef<str>) -> Self {
        self.state.top_level = Some(parse_origin(top_level.as_ref()).unwrap_or(PageOrigin::Opaque));
        self
    }

    /// Lets time pass: for the preflight cache, which knows no other clock.
    pub fn advance(&mut self, time: Duration) {
        self.state.now = self.state.now.saturating_add(time);
    }

    /// Stores a cookie as if a response of this URL had set it: `sid=1; Secure; SameSite=None`. Returns whether a browser
    /// takes it: not `Secure` from plain http, nor `SameSite=None` without `Secure`, nor for a foreign domain.
    pub fn set_cookie(&mut self, url: impl AsRef<str>, cookie: impl AsRef<str>) -> bool {
        Url::parse(url.as_ref()).is_ok_and(|url| self.state.cookies.store(&url, cookie.as_ref()).is_ok())
    }

    /// Starts a request without sending anything: the browser as a state machine, for whoever has the input and output.
    /// Every [`Turn`] says what is wanted next.
    ///
    /// ```
    /// use tower_cors::browser::{Browser, Fetch, ResponseHead, Turn};
    ///
    /// let mut page = Browser::new().page("https://app.example.com");
    /// let Turn::Send(sending) = page.begin(Fetch::get("https://api.example.com/")) else { panic!() };
    /// assert_eq!(sending.request().headers().get("origin").as_deref(), Some(&b"https://app.example.com"[..]));
    /// let Turn::Read(reading) = sending.answered(ResponseHead::new(200).header("access-control-allow-origin", "*"))
    /// else { panic!() };
    /// assert_eq!(reading.finish("hello").assert_readable().body(), Some(&b"hello"[..]));
    /// ```
    pub fn begin(&mut self, request: impl Into<PageRequest>) -> Turn<'_> {
        begin(&mut self.state, request.into())
    }

    /// Judges heads of responses without any service: what this page could read if the preflight, should one be needed,
    /// and the request itself were answered so. The page stays as it is, the body counts as empty, and a second preflight
    /// or the target of a redirect gets no answer; see [`fetch_with`](Self::fetch_with) for those.
    ///
    /// ```
    /// use tower_cors::browser::{Browser, Fetch, ResponseHead};
    ///
    /// let page = Browser::new().page("https://app.example.com");
    /// let preflight = ResponseHead::new(204)
    ///     .header("access-control-allow-origin", "https://app.example.com")
    ///     .header("access-control-allow-methods", "PUT");
    /// let response = ResponseHead::new(200).header("access-control-allow-origin", "*").header("etag", "\"1\"");
    ///
    /// let outcome = page.judge(Fetch::put("https://api.example.com/"), Some(&preflight), &response);
    /// assert!(outcome.assert_readable().hidden_headers().contains("etag"));
    /// ```
    pub fn judge(
        &self,
        request: impl Into<PageRequest>,
        preflight: Option<&ResponseHead>,
        response: &ResponseHead,
    ) -> Outcome {
        self.clone().fetch_with(request, |sent| match (sent.hop(), sent.is_preflight()) {
            (0, true) => preflight.cloned(),
            (0, false) => Some(response.clone()),
            _ => None,
        })
    }

    /// Makes a request of this page to a function instead of a service: it gives the head of the response to every request
    /// that is sent, preflights and redirected ones included, or nothing if none comes. Bodies count as empty. Preflight
    /// cache and cookies change as with [`fetch`](Self::fetch).
    ///
    /// ```
    /// use tower_cors::browser::{Browser, Fetch, ResponseHead};
    ///
    /// let mut page = Browser::new().page("https://app.example.com");
    /// let outcome = page.fetch_with(Fetch::get("https://api.example.com/old"), |sent| {
    ///     let allowed = ResponseHead::new(if sent.hop() == 0 { 302 } else { 200 });
    ///     Some(allowed.header("access-control-allow-origin", "*").header("location", "/new"))
    /// });
    /// assert_eq!(outcome.assert_readable().url(), "https://api.example.com/new");
    /// ```
    pub fn fetch_with(
        &mut self,
        request: impl Into<PageRequest>,
        mut answer: impl FnMut(&SentRequest) -> Option<ResponseHead>,
    ) -> Outcome {
        let mut turn = self.begin(request);
        loop {
            turn = match turn {
                Turn::Send(sending) => match answer(sending.request()) {
                    Some(head) => sending.answered(head),
                    None => sending.failed("none was given"),
                },
                Turn::Read(reading) => return reading.finish(Vec::new()),
                Turn::Done(outcome) => return outcome,
            };
        }
    }
}

impl<B> Clone for Page<B> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), body: PhantomData }
    }
}

impl<B> fmt::Debug for Page<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("origin", &self.origin())
            .field("engine", &self.state.settings.engine)
            .field("now", &self.state.now)
            .finish_non_exhaustive()
    }
}

fn parse_origin(text: &str) -> Result<PageOrigin, String> {
    PageOrigin::parse(text).ok_or_else(|| text.to_owned())
}
