//! Why a request fails, in one sentence, with the line to change.
//!
//! Stages: `facts` reads the head once; `request` finds the first thing that stops it, `origin` and `question` say what is
//! wrong with its origin and with what it asks for. `answer` judges an answer that was seen, against what is `expected`:
//! `ours` one that this layer wrote, with the `cookie` and the `hidden` header that a page may miss, `foreign` any other,
//! `redirect` one that leads elsewhere. `nearby` searches the list, `curl` and `words` write; `explanation` is what goes in
//! and what comes out.

mod answer;
mod cause;
mod cookie;
mod curl;
mod expected;
mod explanation;
mod facts;
mod foreign;
mod hidden;
mod nearby;
mod origin;
mod ours;
mod question;
mod redirect;
mod request;
mod words;

use http::request::Parts;

pub use cause::Cause;
pub use explanation::{Explanation, Observed};

use crate::policy::CorsPolicy;
use facts::Facts;

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
