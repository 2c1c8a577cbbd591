//! What a page and its browser remember between requests.

use super::cache::PreflightCache;
use super::cookie::CookieJar;
use super::engine::{AuthorizationRule, Engine};
use super::site::PageOrigin;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) engine: Engine,
    pub(super) authorization: Option<AuthorizationRule>,
    pub(super) max_age_cap: Option<Duration>,
    pub(super) body_limit: usize,
    pub(super) http2: bool,
}

#[derive(Clone, Debug)]
pub(super) struct PageState {
    pub(super) settings: Settings,
    /// The origin, or the text that is none.
    pub(super) origin: Result<PageOrigin, String>,
    /// The origin of the top-level page, if this one is in a frame.
    pub(super) top_level: Option<PageOrigin>,
    pub(super) cache: PreflightCache,
    pub(super) cookies: CookieJar,
    /// The time since the browser started, as the test tells it.
    pub(super) now: Duration,
}

impl Settings {
    pub(super) fn authorization_rule(&self) -> AuthorizationRule {
        self.authorization.unwrap_or_else(|| self.engine.authorization_rule())
    }

    pub(super) fn max_age_cap(&self) -> Duration {
        self.max_age_cap.unwrap_or_else(|| self.engine.max_age_cap())
    }
}
