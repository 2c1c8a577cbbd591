//! A request under way: what is known of it, and how it ends.

use super::cache::{Key, Wanted};
use super::check::Credentials;
use super::exchange::{Exchange, SentRequest};
use super::headers::{HeaderList, ResponseHead, shown};
use super::outcome::{Allowed, Blocked, Note, Outcome, ResponseType, Step, Verdict};
use super::preflight::PreflightReason;
use super::prepare::Prepared;
use super::redirect::{RedirectFault, is_tainted};
use super::request::Mode;
use super::sending::Sender;
use super::site::{PageOrigin, is_domain, is_loopback, is_trustworthy, serialize};
use super::state::PageState;
use super::words::{Scene, redirect_fault};
use url::Url;

/// Whether the response is of the page's origin, of another that takes part in CORS, or unreadable: the standard's
/// [response tainting](https://fetch.spec.whatwg.org/#concept-request-response-tainting).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tainting {
    Basic,
    Cors,
    Opaque,
}

#[derive(Debug)]
pub(super) struct Load<'p> {
    pub(super) state: &'p mut PageState,
    pub(super) page: PageOrigin,
    pub(super) request: Prepared,
    pub(super) urls: Vec<Url>,
    pub(super) tainting: Tainting,
    /// Some URL on the way needed a preflight, or a grant from the cache.
    pub(super) has_preflight: bool,
    /// The request has been repeated after a 421.
    pub(super) is_repeated: bool,
    pub(super) exchanges: Vec<Exchange>,
    pub(super) notes: Vec<Note>,
}

impl Load<'_> {
    /// Upgrades or blocks [mixed content](https://w3c.github.io/webappsec-mixed-content/).
    pub(super) fn mixed_content(&mut self) -> Option<Outcome> {
        let (url, engine) = (&self.request.url, self.state.settings.engine);
        let is_kept_safe = is_trustworthy(url) && !(engine.blocks_mixed_loopback() && url.scheme() == "http");
        let is_navigation = self.request.mode == Mode::Navigate;
        if !self.page.is_https() || url.scheme() != "http" || is_kept_safe || is_navigation {
            return None;
        }
        let is_upgradable = matches!(self.request.destination, "image" | "video")
            && self.request.mode == Mode::NoCors
            && is_domain(url)
            && !is_loopback(url);
        if is_upgradable && self.request.url.set_scheme("https").is_ok() {
            self.notes.push(Note::Upgraded);
            if let Some(last) = self.urls.last_mut() {
                *last = self.request.url.clone();
            }
            return None;
        }
        let why = "a page on https may not load plain http (mixed content)";
        Some(self.block(Step::MixedContent, |scene| scene.not_cors(why)))
    }

    pub(super) fn is_granted(&mut self) -> bool {
        let settings = &self.state.settings;
        let (engine, rule) = (settings.engine, settings.authorization_rule());
        if engine.bypasses_cache(self.request.cache) {
            return false;
        }
        let (key, names) = (self.key(), self.unsafe_names());
        let wanted = Wanted {
            key: &key,
            credentials: self.request.credentials,
            method: &self.request.method,
            names: &names,
            uses_cors_preflight: self.request.uses_cors_preflight(),
        };
        self.state.cache.covers(engine, rule, &wanted, self.state.now)
    }

    pub(super) fn store_cookies(&mut self, response: &ResponseHead) {
        let lines: Vec<_> =
            response.headers().lines("set-cookie").map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        if lines.is_empty() {
            return;
        }
        if self.includes_credentials() {
            for line in lines {
                if let Err(why) = self.state.cookies.store(&self.request.url, &line) {
                    let name = line.split(['=', ';']).next().unwrap_or_default().trim();
                    self.notes.push(Note::CookieRefused { name: shown(name.as_bytes()), why });
                }
            }
        } else {
            self.notes.push(Note::SetCookieIgnored);
        }
    }

    /// The [cross-origin resource policy check](https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check).
    pub(super) fn passes_resource_policy(&self, response: &ResponseHead) -> bool {
        let url = &self.request.url;
        match response.headers().get("cross-origin-resource-policy").as_deref() {
            Some(b"same-origin") => self.page.is_same_origin(url),
            Some(b"same-site") => {
                self.page.is_schemelessly_same_site(url) && (self.page.is_https() || url.scheme() != "https")
            }
            _ => true,
        }
    }

    pub(super) fn includes_credentials(&self) -> bool {
        match self.request.credentials {
            Credentials::Include => true,
            Credentials::SameOrigin => self.tainting == Tainting::Basic,
            Credentials::Omit => false,
        }
    }

    /// [Serialises the request's origin](https://fetch.spec.whatwg.org/#serializing-a-request-origin).
    pub(super) fn origin(&self) -> String {
        if is_tainted(&self.page, &self.urls) { "null".to_owned() } else { self.page.as_str().to_owned() }
    }

    pub(super) fn preflight_origin(&self) -> String {
        if self.state.settings.engine.preflights_with_own_origin() {
            self.page.as_str().to_owned()
        } else {
            self.origin()
        }
    }

    pub(super) fn unsafe_names(&self) -> Vec<String> {
        self.request.unsafe_names(self.state.settings.engine).into_keys().collect()
    }

    pub(super) fn key(&self) -> Key {
        Key {
            partition: self.state.top_level.as_ref().unwrap_or(&self.page).site_key(),
            origin: self.preflight_origin(),
            url: self.request.url.to_string(),
        }
    }

    pub(super) fn sender<'a>(&'a self, origin: &'a str) -> Sender<'a> {
        Sender {
            engine: self.state.settings.engine,
            page: &self.page,
            request: &self.request,
            urls: &self.urls,
            origin,
            takes_part_in_cors: self.tainting == Tainting::Cors,
            has_host_header: !self.state.settings.http2 || self.request.mode == Mode::WebSocket,
        }
    }

    pub(super) fn sent(
        &self,
        method: String,
        headers: HeaderList,
        body: Vec<u8>,
        reasons: Option<Vec<PreflightReason>>,
    ) -> SentRequest {
        let hop = self.urls.len().saturating_sub(1);
        SentRequest { hop, reasons, method, url: without_fragment(&self.request.url), headers, body }
    }

    pub(super) fn scene(&self) -> Scene {
        Scene {
            initiator: self.request.initiator.name(),
            page: self.page.as_str().to_owned(),
            method: self.request.method.clone(),
            url: self.request.url.to_string(),
            server: serialize(&self.request.url),
            origin: self.origin(),
            credentials: self.request.credentials,
            reasons: self.preflight_reasons(),
        }
    }

    /// Why the request needs a preflight where it goes now.
    fn preflight_reasons(&self) -> Vec<PreflightReason> {
        if self.tainting == Tainting::Cors {
            self.request.preflight_reasons(self.state.settings.engine)
        } else {
            Vec::new()
        }
    }

    pub(super) fn allow(self: Box<Self>, allowed: Allowed) -> Outcome {
        let asked = self.scene().asked();
        Outcome { asked, verdict: Verdict::Allowed(allowed), exchanges: self.exchanges, notes: self.notes }
    }

    pub(super) fn block_redirect(&mut self, fault: &RedirectFault) -> Outcome {
        match fault {
            RedirectFault::Credentials => self.block(Step::RedirectCredentials, Scene::redirect_credentials),
            fault => self.block(Step::Redirect, |scene| scene.not_cors(&redirect_fault(fault))),
        }
    }

    /// Ends the request with a network error.
    pub(super) fn block(&mut self, step: Step, sentence: impl FnOnce(&Scene) -> String) -> Outcome {
        // A body that breaks off is no network error any more.
        let is_network_error = step != Step::Body;
        if self.has_preflight && is_network_error && self.state.settings.engine.clears_cache(step == Step::CorsCheck) {
            let key = self.key();
            self.state.cache.clear(&key);
        }
        let scene = self.scene();
        let blocked = Blocked {
            step,
            hop: self.urls.len().saturating_sub(1),
            url: self.request.url.to_string(),
            cors_fault: None,
            reasons: scene.reasons.clone(),
            sentence: sentence(&scene),
        };
        Outcome {
            asked: scene.asked(),
            verdict: Verdict::Blocked(blocked),
            exchanges: std::mem::take(&mut self.exchanges),
            notes: std::mem::take(&mut self.notes),
        }
    }
}

pub(super) fn without_fragment(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.to_string()
}

/// An answer of which the page can read nothing.
pub(super) fn unreadable(response_type: ResponseType, response: &ResponseHead) -> Allowed {
    Allowed {
        response_type,
        status: 0,
        url: String::new(),
        redirected: false,
        headers: HeaderList::new(),
        hidden: response.headers().clone(),
        body: None,
    }
}
