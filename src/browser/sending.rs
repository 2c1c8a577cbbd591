//! The headers that a browser adds to a request: `Origin`, `Referer`, `Sec-Fetch-*` and the rest.

use super::cookie::Relation;
use super::engine::{CacheMode, Engine};
use super::headers::HeaderList;
use super::preflight::request_lines;
use super::prepare::Prepared;
use super::request::{Initiator, Mode, ReferrerPolicy};
use super::site::{PageOrigin, is_trustworthy};
use url::Url;

/// Who sends, and how far the request has come.
#[derive(Debug)]
pub(super) struct Sender<'a> {
    pub(super) engine: Engine,
    pub(super) page: &'a PageOrigin,
    pub(super) request: &'a Prepared,
    /// The URLs up to now, the current one last.
    pub(super) urls: &'a [Url],
    /// The origin as it is serialised now: `null` after a tainting redirect.
    pub(super) origin: &'a str,
    pub(super) takes_part_in_cors: bool,
    pub(super) has_host_header: bool,
}

impl Sender<'_> {
    /// The headers of the request itself.
    pub(super) fn actual(&self, cookie: Option<&str>) -> HeaderList {
        let mut headers = self.common();
        if !self.request.headers.contains("accept") {
            let accept = if self.request.mode == Mode::Navigate {
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            } else {
                "*/*"
            };
            headers.append("accept", accept);
        }
        if !self.request.headers.contains("accept-language") {
            headers.append("accept-language", "en");
        }
        if let Some(origin) = self.actual_origin() {
            headers.append("origin", origin);
        }
        self.append_metadata(&mut headers, self.mode_name());
        if self.request.mode == Mode::Navigate {
            headers.append("upgrade-insecure-requests", "1");
        }
        if !self.request.headers.contains("user-agent") {
            headers.append("user-agent", self.user_agent());
        }
        headers.extend(self.request.headers.iter());
        self.append_cache_lines(&mut headers, self.effective_cache_mode());
        if let Some(cookie) = cookie {
            headers.append("cookie", cookie);
        }
        match &self.request.body {
            Some(_) if self.request.is_stream => {}
            Some(body) => headers.append("content-length", body.len().to_string()),
            None if matches!(self.request.method.as_str(), "POST" | "PUT") => headers.append("content-length", "0"),
            None => {}
        }
        headers
    }

    /// The headers of its preflight, which never has cookies, `Authorization` or a body.
    pub(super) fn preflight(&self, origin: &str, names: &[String]) -> HeaderList {
        let mut headers = self.common();
        headers.append("accept", "*/*");
        headers.append("accept-language", "en");
        headers.extend(request_lines(&self.request.method, names).iter());
        headers.append("origin", origin);
        self.append_metadata(&mut headers, "cors");
        headers.append("user-agent", self.user_agent());
        if self.engine.preflights_with_cache_headers() {
            self.append_cache_lines(&mut headers, self.request.cache);
        }
        headers
    }

    /// How the request stands to the page, for `SameSite`.
    pub(super) fn relation(&self, top_level: &PageOrigin) -> Relation {
        let Some(url) = self.urls.last() else { return Relation::CrossSite };
        let is_navigation = self.request.mode == Mode::Navigate;
        let is_same_site = self.page.is_same_site(url) && (is_navigation || top_level.is_same_site(url));
        if is_same_site {
            Relation::SameSite
        } else if is_navigation && self.request.method == "GET" {
            Relation::Navigation
        } else {
            Relation::CrossSite
        }
    }

    fn common(&self) -> HeaderList {
        let mut headers = HeaderList::new();
        if let Some(host) = self.request.url.host_str().filter(|_| self.has_host_header) {
            match self.request.url.port() {
                Some(port) => headers.append("host", format!("{host}:{port}")),
                None => headers.append("host", host),
            }
        }
        if let Some(referrer) = self.referrer() {
            headers.append("referer", referrer);
        }
        headers
    }

    fn user_agent(&self) -> String {
        format!("Mozilla/5.0 (tower-cors; {})", self.engine.name())
    }

    /// [Appends a request `Origin` header](https://fetch.spec.whatwg.org/#append-a-request-origin-header), or not.
    fn actual_origin(&self) -> Option<&str> {
        let request = self.request;
        if self.takes_part_in_cors || request.mode == Mode::WebSocket {
            return Some(self.origin);
        }
        if matches!(request.method.as_str(), "GET" | "HEAD") {
            let is_cors_element =
                request.mode == Mode::Cors && matches!(request.initiator, Initiator::Element { crossorigin: true });
            return (is_cors_element && self.engine.sends_origin_with_own_elements()).then_some(self.origin);
        }
        if request.mode == Mode::Cors || request.mode == Mode::NoCors && self.engine.keeps_origin_without_referrer() {
            return Some(self.origin);
        }
        let is_hidden = match request.referrer_policy {
            ReferrerPolicy::NoReferrer => true,
            ReferrerPolicy::NoReferrerWhenDowngrade
            | ReferrerPolicy::StrictOrigin
            | ReferrerPolicy::StrictOriginWhenCrossOrigin => self.page.is_https() && request.url.scheme() != "https",
            ReferrerPolicy::SameOrigin => !self.page.is_same_origin(&request.url),
            ReferrerPolicy::Origin | ReferrerPolicy::OriginWhenCrossOrigin | ReferrerPolicy::UnsafeUrl => false,
        };
        Some(if is_hidden { "null" } else { self.origin })
    }

    /// The [referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer) of a page whose path
    /// is `/`, so that the policies differ only in whether there is one.
    fn referrer(&self) -> Option<String> {
        let url = &self.request.url;
        let referrer = self.page.referrer().filter(|_| self.request.mode != Mode::WebSocket)?;
        let is_downgrade = Url::parse(&referrer).is_ok_and(|page| is_trustworthy(&page)) && !is_trustworthy(url);
        let is_sent = match self.request.referrer_policy {
            ReferrerPolicy::NoReferrer => false,
            ReferrerPolicy::NoReferrerWhenDowngrade
            | ReferrerPolicy::StrictOrigin
            | ReferrerPolicy::StrictOriginWhenCrossOrigin => !is_downgrade,
            ReferrerPolicy::SameOrigin => self.page.is_same_origin(url),
            ReferrerPolicy::Origin | ReferrerPolicy::OriginWhenCrossOrigin | ReferrerPolicy::UnsafeUrl => true,
        };
        is_sent.then_some(referrer)
    }

    /// The [Fetch metadata headers](https://w3c.github.io/webappsec-fetch-metadata/), which go only to trustworthy URLs.
    fn append_metadata(&self, headers: &mut HeaderList, mode: &str) {
        let is_websocket = self.request.mode == Mode::WebSocket;
        if !is_trustworthy(&self.request.url) || !self.engine.sends_metadata(is_websocket, self.urls.len() > 1) {
            return;
        }
        headers.append("sec-fetch-dest", self.request.destination);
        headers.append("sec-fetch-mode", mode);
        headers.append("sec-fetch-site", self.fetch_site());
        if self.request.mode == Mode::Navigate {
            headers.append("sec-fetch-user", "?1");
        }
    }

    fn fetch_site(&self) -> &'static str {
        let mut site = "same-origin";
        for url in self.urls.iter().filter(|url| !self.page.is_same_origin(url)) {
            if !self.page.is_same_site(url) {
                return "cross-site";
            }
            site = "same-site";
        }
        site
    }

    fn mode_name(&self) -> &'static str {
        match self.request.mode {
            Mode::Cors => "cors",
            Mode::NoCors => "no-cors",
            Mode::SameOrigin => "same-origin",
            Mode::Navigate => "navigate",
            Mode::WebSocket => "websocket",
        }
    }

    /// A conditional request of the page's own bypasses the HTTP cache.
    fn effective_cache_mode(&self) -> CacheMode {
        const CONDITIONS: [&str; 5] =
            ["if-modified-since", "if-none-match", "if-unmodified-since", "if-match", "if-range"];
        let is_conditional = CONDITIONS.iter().any(|name| self.request.headers.contains(name));
        if self.request.cache == CacheMode::Default && is_conditional { CacheMode::NoStore } else { self.request.cache }
    }

    fn append_cache_lines(&self, headers: &mut HeaderList, mode: CacheMode) {
        match mode {
            CacheMode::NoStore | CacheMode::Reload => {
                for name in ["pragma", "cache-control"] {
                    if !self.request.headers.contains(name) {
                        headers.append(name, "no-cache");
                    }
                }
            }
            CacheMode::NoCache if !self.request.headers.contains("cache-control") => {
                headers.append("cache-control", "max-age=0");
            }
            CacheMode::NoCache | CacheMode::Default | CacheMode::ForceCache => {}
        }
    }
}
