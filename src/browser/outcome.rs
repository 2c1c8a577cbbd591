//! What came of a request: the answer as a value.

use super::check::CorsFault;
use super::exchange::Exchange;
use super::headers::HeaderList;
use super::preflight::PreflightReason;
use super::safelist::is_forbidden_header;
use std::fmt;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    pub(super) asked: String,
    pub(super) verdict: Verdict,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) notes: Vec<Note>,
}

/// Whether the page gets an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Verdict {
    /// It does; what of it a script can read is in there.
    Allowed(Allowed),
    /// It does not: a script gets a `TypeError` and no reason, which is only here.
    Blocked(Blocked),
}

impl Outcome {
    /// The verdict.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The answer, if the page gets one.
    #[must_use]
    pub fn allowed(&self) -> Option<&Allowed> {
        match &self.verdict {
            Verdict::Allowed(allowed) => Some(allowed),
            Verdict::Blocked(_) => None,
        }
    }

    /// The refusal, if there is one.
    #[must_use]
    pub fn blocked(&self) -> Option<&Blocked> {
        match &self.verdict {
            Verdict::Allowed(_) => None,
            Verdict::Blocked(blocked) => Some(blocked),
        }
    }

    /// Whether a script of the page can read the response: its status, its body and some of its headers, or the events
    /// of a stream.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.allowed().is_some_and(Allowed::is_readable)
    }

    /// Every request that was sent and the head of every response, in order.
    #[must_use]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The preflights among the exchanges.
    pub fn preflights(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| exchange.request().is_preflight())
    }

    /// The exchanges that were not preflights: what was sent, whether or not the page may read the answer. The service
    /// has executed it, unless something in front of it has refused
    /// ([`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins)).
    pub fn actual_requests(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| !exchange.request().is_preflight())
    }

    /// What else a developer should know.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }
}

/// The type of an answer, as
/// [`Response.type`](https://fetch.spec.whatwg.org/#concept-response-type) gives it to a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseType {
    /// `basic`: of the page's own origin, CORS has no say.
    Basic,
    /// `cors`: of another origin, which lets the page read it.
    Cors,
    /// `opaque`: the answer to a request in mode `no-cors`. It was sent; nothing of the answer can be read, and no CORS
    /// header changes that.
    Opaque,
    /// `opaqueredirect`: a redirect that the script asked not to follow. Nothing of it can be read.
    OpaqueRedirect,
    /// The browser leaves the page for this document. CORS has no say.
    Navigation,
    /// An open WebSocket. CORS has no say.
    WebSocket,
    /// A [`Beacon`](super::Beacon) that was sent. No script sees an answer, whatever its headers say.
    Beacon,
    /// An open [`EventSource`](super::EventSource). A script reads its events, and neither status nor headers.
    EventStream,
}

/// An answer, as far as a script of the page can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    pub(super) response_type: ResponseType,
    pub(super) status: u16,
    pub(super) url: String,
    pub(super) redirected: bool,
    pub(super) headers: HeaderList,
    pub(super) hidden: HeaderList,
    pub(super) body: Option<Vec<u8>>,
}

impl Allowed {
    /// The type.
    #[must_use]
    pub fn response_type(&self) -> ResponseType {
        self.response_type
    }

    /// Whether a script can read it: status, body and headers, or the events of a stream.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        matches!(self.response_type, ResponseType::Basic | ResponseType::Cors | ResponseType::EventStream)
    }

    /// The status that a script reads: 0 where it can read none.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The URL after all redirects; empty where nothing can be read.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether there was a redirect.
    #[must_use]
    pub fn is_redirected(&self) -> bool {
        self.redirected
    }

    /// The headers that a script can read.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        &self.headers
    }

    /// The headers that came, and that a script can not read: not named in `Access-Control-Expose-Headers`, or
    /// `Set-Cookie`, which no script ever reads.
    #[must_use]
    pub fn hidden_headers(&self) -> &HeaderList {
        &self.hidden
    }

    /// The body that a script reads. Nothing where nothing can be read, where the status or the method permits none,
    /// and for an [`EventSource`](super::EventSource), whose stream is not read.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        self.body.as_deref()
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub(super) step: Step,
    pub(super) hop: usize,
    pub(super) url: String,
    pub(super) cors_fault: Option<CorsFault>,
    pub(super) reasons: Vec<PreflightReason>,
    pub(super) sentence: String,
}

impl Blocked {
    /// Where the request failed.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// Whether CORS is the cause. If not, no `Access-Control-*` header can help.
    #[must_use]
    pub fn is_cors(&self) -> bool {
        self.step.is_cors()
    }

    /// How many redirects came before.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// The URL of the request that failed.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The section of the standard that says so.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.step.rule()
    }

    /// What the CORS check found, if that is what failed.
    #[must_use]
    pub fn cors_fault(&self) -> Option<&CorsFault> {
        self.cors_fault.as_ref()
    }

    /// Why a preflight was needed at all; empty if none was.
    #[must_use]
    pub fn preflight_reasons(&self) -> &[PreflightReason] {
        &self.reasons
    }

    /// What happened and what the server should send, in one or two sentences. Values from outside are escaped.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.rule())
    }
}

/// Where a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The call itself threw: a bad URL, method, header or mode. Nothing was sent.
    Request,
    /// An https page asked for plain http. Nothing was sent.
    MixedContent,
    /// Mode `same-origin` and a URL of another origin. Nothing was sent to it.
    SameOrigin,
    /// The service failed or did not answer.
    NoResponse,
    /// The answer to the preflight fails the CORS check.
    PreflightCheck,
    /// The answer to the preflight has no status from 200 to 299.
    PreflightStatus,
    /// `Access-Control-Allow-Methods` or `-Headers` of the preflight's answer is malformed.
    PreflightLists,
    /// The method is not allowed.
    PreflightMethod,
    /// `authorization` is not allowed by name.
    PreflightAuthorization,
    /// A request header is not allowed.
    PreflightHeader,
    /// The response fails the CORS check.
    CorsCheck,
    /// A redirect leads to a URL with a user name or password, which CORS requests do not follow.
    RedirectCredentials,
    /// A redirect cannot be followed for reasons that are no CORS matter.
    Redirect,
    /// `Cross-Origin-Resource-Policy` keeps the response from requests in mode `no-cors`.
    ResourcePolicy,
    /// The server did not open the WebSocket.
    Handshake,
    /// The response to an [`EventSource`](super::EventSource) has no status 200 or is no `text/event-stream`.
    EventStream,
    /// The body is longer than the limit, or broke off.
    Body,
}

impl Step {
    /// Whether CORS is the cause.
    #[must_use]
    pub fn is_cors(self) -> bool {
        self.is_preflight() || matches!(self, Self::CorsCheck | Self::RedirectCredentials)
    }

    /// Whether the answer to a preflight is the cause.
    #[must_use]
    pub fn is_preflight(self) -> bool {
        matches!(
            self,
            Self::PreflightCheck
                | Self::PreflightStatus
                | Self::PreflightLists
                | Self::PreflightMethod
                | Self::PreflightAuthorization
                | Self::PreflightHeader
        )
    }

    /// The section of the standard that has the rule.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::Request => "https://fetch.spec.whatwg.org/#dom-request",
            Self::MixedContent => "https://w3c.github.io/webappsec-mixed-content/#should-block-fetch",
            Self::SameOrigin => "https://fetch.spec.whatwg.org/#main-fetch",
            Self::NoResponse => "https://fetch.spec.whatwg.org/#concept-network-error",
            Self::PreflightCheck | Self::CorsCheck => "https://fetch.spec.whatwg.org/#concept-cors-check",
            Self::PreflightStatus | Self::PreflightLists | Self::PreflightMethod | Self::PreflightHeader => {
                "https://fetch.spec.whatwg.org/#cors-preflight-fetch"
            }
            Self::PreflightAuthorization => "https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name",
            Self::RedirectCredentials | Self::Redirect => "https://fetch.spec.whatwg.org/#http-redirect-fetch",
            Self::ResourcePolicy => "https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header",
            Self::EventStream => "https://html.spec.whatwg.org/#sse-processing-model",
            Self::Handshake => "https://websockets.spec.whatwg.org/#concept-websocket-establish",
            Self::Body => "https://fetch.spec.whatwg.org/#concept-http-network-fetch",
        }
    }
}

/// Whether no mode lets a script set a header, with some value at least.
fn is_never_set(name: &str) -> bool {
    is_forbidden_header(name, b"TRACE") || name.eq_ignore_ascii_case("user-agent")
}

/// What else a developer should know of a request.
///
/// ```
/// use tower_cors::browser::{Browser, Fetch, Note, ResponseHead};
///
/// let page = Browser::new().page("https://app.example.com");
/// let answer = ResponseHead::new(200).header("set-cookie", "id=7; SameSite=None");
/// let outcome = page.judge(Fetch::post("/login"), None, &answer);
/// let why = "it is `SameSite=None` without `Secure`";
/// assert_eq!(outcome.notes(), [Note::CookieRefused { name: "id".to_owned(), why }]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A header that scripts cannot set, or not in mode `no-cors`, was dropped without an error.
    HeaderDropped(String),
    /// The preflight cache made a preflight unnecessary.
    PreflightCached,
    /// Cookies that match the URL were not sent, because the credentials mode sends none there.
    CookiesOmitted,
    /// Cookies of these names were withheld by `SameSite`. This is no CORS matter.
    CookiesWithheld(Vec<String>),
    /// `Set-Cookie` was ignored, because the request carried no credentials.
    SetCookieIgnored,
    /// A cookie was refused. This is no CORS matter.
    CookieRefused {
        /// Its name, or the beginning of what is none; escaped and cut.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A plain http URL of an image or a video became https, because the page is https.
    Upgraded,
    /// A redirect from another origin has made the origin `null`.
    OriginTainted,
    /// A redirect to another origin has removed the `Authorization` header.
    AuthorizationRemoved,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderDropped(name) if is_never_set(name) => {
                write!(f, "the browser dropped the header `{name}`, which scripts cannot set")
            }
            Self::HeaderDropped(name) => write!(
                f,
                "the browser dropped the header `{name}`: in mode `no-cors` a script sets only what a form could send"
            ),
            Self::PreflightCached => f.write_str("no preflight was sent: an earlier one is still in force"),
            Self::CookiesOmitted => {
                f.write_str("cookies were not sent: the credentials mode does not include them here")
            }
            Self::CookiesWithheld(names) => {
                write!(f, "SameSite withheld these cookies, which is no CORS matter: {}", names.join(", "))
            }
            Self::SetCookieIgnored => f.write_str("`Set-Cookie` was ignored: the request carried no credentials"),
            Self::CookieRefused { name, why } => {
                write!(f, "the browser refused the cookie `{name}`, which is no CORS matter: {why}")
            }
            Self::Upgraded => f.write_str("the URL was upgraded to https, because the page is https"),
            Self::AuthorizationRemoved => {
                f.write_str("a redirect to another origin has removed the `Authorization` header")
            }
            Self::OriginTainted => {
                f.write_str("a redirect by another origin than the page's has made the request's origin `null`")
            }
        }
    }
}
