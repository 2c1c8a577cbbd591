//! What goes in and what comes out: [`Observed`] and [`Explanation`].

use std::fmt;

use http::response;

use super::cause::Cause;

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
    pub(super) cause: Cause,
    pub(super) text: String,
    pub(super) near_miss: Option<String>,
    pub(super) curl: Option<String>,
}

impl Explanation {
    pub(super) fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into(), near_miss: None, curl: None }
    }

    pub(super) fn with_near_miss(mut self, entry: impl Into<String>) -> Self {
        self.near_miss = Some(entry.into());
        self
    }

    /// The test is at fault: the sentence ends with the right one.
    pub(super) fn with_curl(mut self, line: String) -> Self {
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
/// [`CorsPolicy::explain_answer`](crate::CorsPolicy::explain_answer).
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
    pub(super) response: Option<&'a response::Parts>,
    pub(super) reached_layer: Option<bool>,
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
