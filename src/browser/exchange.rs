//! The log of what was exchanged.

use super::headers::{HeaderList, ResponseHead};
use super::preflight::PreflightReason;

/// A request as the browser sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    pub(super) hop: usize,
    pub(super) reasons: Option<Vec<PreflightReason>>,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: HeaderList,
    pub(super) body: Vec<u8>,
}

impl SentRequest {
    /// Whether this is a [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request).
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        self.reasons.is_some()
    }

    /// Why this preflight was made; empty for every other request.
    #[must_use]
    pub fn preflight_reasons(&self) -> &[PreflightReason] {
        self.reasons.as_deref().unwrap_or_default()
    }

    /// How many redirects came before.
    #[must_use]
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// The method, `OPTIONS` for a preflight.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The whole URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers, every line of them.
    #[must_use]
    pub fn headers(&self) -> &HeaderList {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// A request, and the head of the response to it if there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    pub(super) request: SentRequest,
    pub(super) response: Option<ResponseHead>,
}

impl Exchange {
    /// The request as it was sent.
    #[must_use]
    pub fn request(&self) -> &SentRequest {
        &self.request
    }

    /// The head of the response, nothing if none came.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseHead> {
        self.response.as_ref()
    }
}
