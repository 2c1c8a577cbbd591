//! Why a request fails, in one sentence, with the line to change.
//!
//! Stages: `facts` reads the head once; `request` finds the first thing that stops it, `origin` and `question` say what is
//! wrong with its origin and with what it asks for; `answer` judges an answer that was seen, `redirect` one that leads
//! elsewhere. `nearby` searches the list, `curl` and `words` write.

mod answer;
mod cause;
mod curl;
mod facts;
mod nearby;
mod origin;
mod question;
mod redirect;
mod request;
mod words;

use std::fmt;

use http::request::Parts;
use http::response;

pub use cause::Cause;

use crate::policy::CorsPolicy;
use facts::Facts;

/// Why a request, or an answer that was seen, is what it is.
///
/// Its text (`Display`) is one sentence: the true cause, and the line to change; safe ways first, a `dangerously_` switch
/// last, with what it leads to. What a stranger wrote is in it in quotes, escaped and cut.
///
/// It names entries of your list: show it to whoever runs the service, never to a client.
///
/// ```
/// use tower_cors::{Cause, CorsLayer};
///
/// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
/// let (request, ()) = http::Request::get("/items").header("host", "api.example.com").body(())?.into_parts();
/// let why = policy.explain(&request);
/// assert_eq!(why.cause(), Cause::NoOrigin);
/// assert_eq!(why.code(), "no-origin");
/// assert_eq!(why.curl(), Some("curl -i -H 'Origin: https://app.example.com' 'https://api.example.com/items'"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    cause: Cause,
    text: String,
    near_miss: Option<String>,
    curl: Option<String>,
}

impl Explanation {
    fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into(), near_miss: None, curl: None }
    }

    fn with_near_miss(mut self, entry: impl Into<String>) -> Self {
        self.near_miss = Some(entry.into());
        self
    }

    /// The test is at fault: the sentence ends with the right one.
    fn with_curl(mut self, line: String) -> Self {
        self.text.push_str("; test with: ");
        self.text.push_str(&line);
        self.curl = Some(line);
        self
    }

    /// The cause, from a closed set.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The name of the cause: [`Cause::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.cause.code()
    }

    /// The entry of the list that is nearly what was asked for, if there is one.
    #[must_use]
    pub fn near_miss(&self) -> Option<&str> {
        self.near_miss.as_deref()
    }

    /// The `curl` line that tests what a page would do, where the test is at fault.
    #[must_use]
    pub fn curl(&self) -> Option<&str> {
        self.curl.as_deref()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.text)
    }
}

/// An answer that somebody saw, in the developer tools of a browser or with `curl`, for
/// [`CorsPolicy::explain_answer`].
///
/// ```
/// use tower_cors::{Cause, CorsLayer, Observed};
///
/// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
/// let (request, ()) = http::Request::get("/").header("origin", "https://app.example.com").body(())?.into_parts();
/// let why = policy.explain_answer(&request, Observed::nothing().reached_layer(true));
/// assert_eq!(why.cause(), Cause::NoAnswer);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Observed<'a> {
    response: Option<&'a response::Parts>,
    reached_layer: Option<bool>,
}

impl<'a> Observed<'a> {
    /// This answer.
    pub fn response(head: &'a response::Parts) -> Self {
        Self { response: Some(head), reached_layer: None }
    }

    /// No answer at all: what developer tools show as status 0, `(failed)` or `net::ERR_…`.
    pub fn nothing() -> Self {
        Self { response: None, reached_layer: None }
    }

    /// Whether the request is known to have come to this layer, from a log for example.
    pub fn reached_layer(mut self, reached: bool) -> Self {
        self.reached_layer = Some(reached);
        self
    }
}

/// Explaining takes its time (a list of any length takes some milliseconds at most) and is for people: nothing here is
/// ever asked while a request waits.
impl CorsPolicy {
    /// Why this request is allowed, refused, or no CORS request: the cause, and the line to change.
    ///
    /// Give it the head of the preflight, where the browser sent one. The observer is not told; a predicate is asked.
    ///
    /// ```
    /// use tower_cors::{Cause, CorsLayer};
    ///
    /// let policy = CorsLayer::new().allow_origins(["http://localhost:3000"]).build()?;
    /// let (request, ()) = http::Request::get("/items").header("origin", "http://127.0.0.1:3000").body(())?.into_parts();
    /// let why = policy.explain(&request);
    /// assert_eq!(why.cause(), Cause::LoopbackDiffers);
    /// assert_eq!(why.near_miss(), Some("http://localhost:3000"));
    /// assert_eq!(
    ///     why.to_string(),
    ///     "origin \"http://127.0.0.1:3000\" is not allowed: the list has \"http://localhost:3000\", which is the same \
    ///      machine and another origin; open the page at \"http://localhost:3000\", or add \"http://127.0.0.1:3000\" to \
    ///      allow_origins"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// At most the first 10 000 entries of a list are searched for what was meant; beyond them, only for the most frequent
    /// mistakes.
    #[must_use]
    pub fn explain(&self, request: &Parts) -> Explanation {
        request::explain(&Facts::of(self, request))
    }

    /// Why the answer that was seen for this request is what it is: whether this layer wrote it and, if not, who probably
    /// did.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use tower_cors::{Cause, CorsLayer, Observed};
    ///
    /// let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    /// let (preflight, ()) = Request::options("/items")
    ///     .header("origin", "https://app.example.com")
    ///     .header("access-control-request-method", "PUT")
    ///     .body(())?
    ///     .into_parts();
    /// let (answer, ()) = Response::builder().status(401).body(())?.into_parts();
    /// let why = policy.explain_answer(&preflight, Observed::response(&answer));
    /// assert_eq!(why.cause(), Cause::AuthenticationOutside);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain_answer(&self, request: &Parts, observed: Observed<'_>) -> Explanation {
        answer::explain(self, &Facts::of(self, request), observed)
    }
}
