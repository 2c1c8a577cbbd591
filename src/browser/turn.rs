//! One request from beginning to end, without input or output: the
//! [main fetch](https://fetch.spec.whatwg.org/#main-fetch) as a state machine that is fed with heads of responses.

use super::check::{Credentials, cors_check, split_exposed, split_own};
use super::exchange::{Exchange, SentRequest};
use super::headers::{ResponseHead, shown};
use super::load::{Load, Tainting, unreadable, without_fragment};
use super::outcome::{Allowed, Blocked, Note, Outcome, ResponseType, Step, Verdict};
use super::preflight::{Asked, PreflightFault, PreflightReason, check_answer};
use super::prepare::prepare;
use super::redirect::{follow, is_redirect_status, is_tainted, location};
use super::request::{Initiator, Mode, PageRequest, RedirectMode};
use super::safelist::mime_essence;
use super::site::PageOrigin;
use super::state::PageState;
use super::words::Scene;
use std::fmt;

/// The head of a response may have this many bytes of names and values.
const MOST_HEAD_BYTES: usize = 256 * 1024;

/// What a browser wants next, see [`Page::begin`](super::Page::begin).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "whoever drives it has to know every case")]
pub enum Turn<'p> {
    /// Send this request and tell what came of it.
    Send(Sending<'p>),
    /// Read the body of the last response.
    Read(Reading<'p>),
    /// Nothing more: this is what came of it.
    Done(Outcome),
}

/// A request to send.
#[derive(Debug)]
#[must_use]
pub struct Sending<'p> {
    load: Box<Load<'p>>,
    request: SentRequest,
}

/// A body to read.
#[derive(Debug)]
#[must_use]
pub struct Reading<'p> {
    load: Box<Load<'p>>,
    allowed: Allowed,
}

pub(super) fn begin(state: &mut PageState, asked: PageRequest) -> Turn<'_> {
    let (initiator, method, url) = (asked.initiator.name(), asked.method.clone(), asked.url.clone());
    let prepared = match &state.origin {
        Ok(page) => prepare(state.settings.engine, page, asked).map(|prepared| (page.clone(), prepared)),
        Err(text) => Err(format!("`{}` is no origin that a page could have", shown(text.as_bytes()))),
    };
    let (page, (request, dropped)) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => {
            let page = state.origin.as_ref().map_or_else(String::as_str, PageOrigin::as_str).to_owned();
            let scene = Scene {
                initiator,
                method,
                url: url.clone(),
                server: String::new(),
                origin: page.clone(),
                page,
                credentials: Credentials::default(),
                reasons: Vec::new(),
            };
            let blocked = Blocked {
                step: Step::Request,
                hop: 0,
                url: shown(url.as_bytes()),
                cors_fault: None,
                reasons: Vec::new(),
                sentence: scene.not_cors(&why),
            };
            let asked = scene.asked();
            let verdict = Verdict::Blocked(blocked);
            return Turn::Done(Outcome { asked, verdict, exchanges: Vec::new(), notes: Vec::new() });
        }
    };
    let load = Load {
        urls: vec![request.url.clone()],
        state,
        page,
        request,
        tainting: Tainting::Basic,
        has_preflight: false,
        is_repeated: false,
        exchanges: Vec::new(),
        notes: dropped.into_iter().map(Note::HeaderDropped).collect(),
    };
    Box::new(load).main_fetch()
}

impl<'p> Sending<'p> {
    /// The request.
    #[must_use]
    pub fn request(&self) -> &SentRequest {
        &self.request
    }

    /// Whether this browser waits for the end of the body before it goes on: `WebKitGTK` does so with the answer to a
    /// preflight.
    #[must_use]
    pub fn waits_for_body(&self) -> bool {
        self.request.is_preflight() && self.load.state.settings.engine.reads_preflight_body()
    }

    /// The head of the response came.
    #[must_use]
    pub fn answered(self, head: impl Into<ResponseHead>) -> Turn<'p> {
        let Self { mut load, request } = self;
        let head = head.into();
        if head.headers().size() > MOST_HEAD_BYTES {
            let why = format!("the head of the response has more than {MOST_HEAD_BYTES} bytes");
            return Sending { load, request }.failed(why);
        }
        let is_preflight = request.is_preflight();
        load.exchanges.push(Exchange { request: request.clone(), response: Some(head.clone()) });
        if head.status() == 421 && !load.is_repeated && (is_preflight || !load.request.is_stream) {
            load.is_repeated = true;
            return Turn::Send(Sending { load, request });
        }
        load.is_repeated = false;
        if is_preflight { load.preflight_answered(&head) } else { load.answered(&head) }
    }

    /// No response came, for this reason.
    #[must_use]
    pub fn failed(self, why: impl fmt::Display) -> Turn<'p> {
        let Self { mut load, request } = self;
        let is_preflight = request.is_preflight();
        load.exchanges.push(Exchange { request, response: None });
        let why = shown(why.to_string().as_bytes());
        Turn::Done(load.block(Step::NoResponse, |scene| scene.no_answer(is_preflight, &why)))
    }
}

impl Reading<'_> {
    /// More bytes than this are not read, see [`Browser::body_limit`](super::Browser::body_limit).
    #[must_use]
    pub fn limit(&self) -> usize {
        self.load.state.settings.body_limit
    }

    /// The body came.
    pub fn finish(self, body: impl Into<Vec<u8>>) -> Outcome {
        let (limit, body) = (self.limit(), body.into());
        if body.len() > limit {
            return self.failed(format!("it has more than {limit} bytes, see `Browser::body_limit`"));
        }
        let Self { load, mut allowed } = self;
        allowed.body = Some(body);
        load.allow(allowed)
    }

    /// The body broke off, for this reason.
    pub fn failed(self, why: impl fmt::Display) -> Outcome {
        let Self { mut load, .. } = self;
        let why = shown(why.to_string().as_bytes());
        let text = format!("the head of the response may be read, but its body cannot: {why}");
        load.block(Step::Body, |scene| scene.not_cors(&text))
    }
}

impl<'p> Load<'p> {
    /// [Main fetch](https://fetch.spec.whatwg.org/#main-fetch): decides what the current URL is to the page.
    fn main_fetch(mut self: Box<Self>) -> Turn<'p> {
        if let Some(done) = self.mixed_content() {
            return Turn::Done(done);
        }
        let is_own = self.page.is_same_origin(&self.request.url) && self.tainting == Tainting::Basic;
        if is_own || matches!(self.request.mode, Mode::Navigate | Mode::WebSocket) {
            self.tainting = Tainting::Basic;
            return self.send_actual();
        }
        match self.request.mode {
            Mode::SameOrigin => {
                let why = "its mode is `same-origin`, and the URL is of another origin";
                Turn::Done(self.block(Step::SameOrigin, |scene| scene.not_cors(why)))
            }
            Mode::NoCors if self.request.redirect != RedirectMode::Follow => {
                let why = "across origins, mode `no-cors` cannot refuse redirects";
                Turn::Done(self.block(Step::Request, |scene| scene.not_cors(why)))
            }
            Mode::NoCors => {
                self.tainting = Tainting::Opaque;
                self.send_actual()
            }
            _ => {
                self.tainting = Tainting::Cors;
                let reasons = self.request.preflight_reasons(self.state.settings.engine);
                if reasons.is_empty() {
                    return self.send_actual();
                }
                self.has_preflight = true;
                if self.is_granted() {
                    self.notes.push(Note::PreflightCached);
                    return self.send_actual();
                }
                self.send_preflight(reasons)
            }
        }
    }

    fn send_preflight(self: Box<Self>, reasons: Vec<PreflightReason>) -> Turn<'p> {
        let origin = self.origin();
        let headers = self.sender(&origin).preflight(&self.preflight_origin(), &self.unsafe_names());
        let request = self.sent("OPTIONS".to_owned(), headers, Vec::new(), Some(reasons));
        Turn::Send(Sending { load: self, request })
    }

    fn send_actual(mut self: Box<Self>) -> Turn<'p> {
        let (origin, engine) = (self.origin(), self.state.settings.engine);
        if self.request.is_stream && engine.streams_over_http2_only() && !self.state.settings.http2 {
            let why = "a stream is sent over HTTP/2 only, see `Browser::http2`";
            return Turn::Done(self.block(Step::NoResponse, |scene| scene.not_cors(why)));
        }
        let sender = self.sender(&origin);
        let top_level = self.state.top_level.as_ref().unwrap_or(&self.page);
        let cookies = self.state.cookies.select(engine, &self.request.url, sender.relation(top_level));
        let includes = self.includes_credentials();
        let headers = sender.actual(cookies.header.as_deref().filter(|_| includes));
        if includes && !cookies.withheld.is_empty() {
            self.notes.push(Note::CookiesWithheld(cookies.withheld));
        } else if !includes && cookies.header.is_some() {
            self.notes.push(Note::CookiesOmitted);
        }
        let body = self.request.body.clone().unwrap_or_default();
        let request = self.sent(self.request.method.clone(), headers, body, None);
        Turn::Send(Sending { load: self, request })
    }

    fn preflight_answered(mut self: Box<Self>, answer: &ResponseHead) -> Turn<'p> {
        let (origin, names) = (self.preflight_origin(), self.unsafe_names());
        let settings = &self.state.settings;
        let asked = Asked {
            origin: &origin,
            credentials: self.request.credentials,
            method: &self.request.method,
            names: &names,
            takes_no_methods_for_yes: self.request.uses_cors_preflight() && settings.engine.takes_no_methods_for_yes(),
            rule: settings.authorization_rule(),
        };
        match check_answer(&asked, answer) {
            Ok(grant) => {
                let engine = settings.engine;
                let max_age = engine.max_age(answer.headers()).min(settings.max_age_cap());
                let (key, credentials) = (self.key(), self.request.credentials);
                self.state.cache.store(engine, &key, credentials, grant, max_age, self.state.now);
                self.send_actual()
            }
            Err(fault) => {
                let mut scene = self.scene();
                scene.origin = origin;
                let (step, sentence) = scene.preflight(answer, &fault);
                let mut outcome = self.block(step, |_| sentence);
                if let (Verdict::Blocked(blocked), PreflightFault::Cors(fault)) = (&mut outcome.verdict, fault) {
                    blocked.cors_fault = Some(fault);
                }
                Turn::Done(outcome)
            }
        }
    }

    fn answered(mut self: Box<Self>, response: &ResponseHead) -> Turn<'p> {
        self.store_cookies(response);
        let (status, engine) = (response.status(), self.state.settings.engine);
        if status == 407 && engine.refuses_407() {
            let why = "Chromium takes a 407 that no proxy has sent for a broken connection";
            return Turn::Done(self.block(Step::NoResponse, |scene| scene.not_cors(why)));
        }
        if self.tainting == Tainting::Cors {
            let origin = self.origin();
            if let Err(fault) = cors_check(&origin, self.request.credentials, response.headers()) {
                let mut outcome = self.block(Step::CorsCheck, |scene| scene.cors_check(status, &fault));
                if let Verdict::Blocked(blocked) = &mut outcome.verdict {
                    blocked.cors_fault = Some(fault);
                }
                return Turn::Done(outcome);
            }
        }
        if self.tainting == Tainting::Opaque && !self.passes_resource_policy(response) {
            let why = "`Cross-Origin-Resource-Policy` keeps the response from pages like this one in mode `no-cors`";
            return Turn::Done(self.block(Step::ResourcePolicy, |scene| scene.not_cors(why)));
        }
        if self.request.mode == Mode::WebSocket && status != 101 {
            let why = format!("the server answered the WebSocket handshake with status {status} and not 101");
            return Turn::Done(self.block(Step::Handshake, |scene| scene.not_cors(&why)));
        }
        if !is_redirect_status(status) {
            return self.finish(response);
        }
        match self.request.redirect {
            RedirectMode::Error => {
                let why = "it is redirected, and its redirect mode is `error`";
                Turn::Done(self.block(Step::Redirect, |scene| scene.not_cors(why)))
            }
            RedirectMode::Manual => {
                let allowed = unreadable(ResponseType::OpaqueRedirect, response);
                Turn::Done(self.allow(allowed))
            }
            RedirectMode::Follow => self.redirect(response),
        }
    }

    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch).
    fn redirect(mut self: Box<Self>, response: &ResponseHead) -> Turn<'p> {
        let to = match location(&self.request.url, response) {
            Ok(Some(to)) => to,
            Ok(None) => return self.finish(response),
            Err(fault) => return Turn::Done(self.block_redirect(&fault)),
        };
        let (takes_part, redirects) = (self.tainting == Tainting::Cors, self.urls.len().saturating_sub(1));
        let had_authorization = self.request.headers.contains("authorization");
        match follow(&mut self.request, &self.page, takes_part, redirects, response.status(), to) {
            Ok(()) => {
                let was_tainted = is_tainted(&self.page, &self.urls);
                self.urls.push(self.request.url.clone());
                if had_authorization && !self.request.headers.contains("authorization") {
                    self.notes.push(Note::AuthorizationRemoved);
                }
                if is_tainted(&self.page, &self.urls) && !was_tainted && self.page != PageOrigin::Opaque {
                    self.notes.push(Note::OriginTainted);
                }
                self.main_fetch()
            }
            Err(fault) => Turn::Done(self.block_redirect(&fault)),
        }
    }

    fn finish(mut self: Box<Self>, response: &ResponseHead) -> Turn<'p> {
        let response_type = match (self.request.initiator, self.request.mode, self.tainting) {
            (Initiator::Beacon, ..) => ResponseType::Beacon,
            (Initiator::EventSource, ..) => {
                if let Some(why) = why_no_event_stream(response) {
                    return Turn::Done(self.block(Step::EventStream, |scene| scene.not_cors(&why)));
                }
                ResponseType::EventStream
            }
            (_, Mode::Navigate, _) => ResponseType::Navigation,
            (_, Mode::WebSocket, _) => ResponseType::WebSocket,
            (_, _, Tainting::Basic) => ResponseType::Basic,
            (_, _, Tainting::Cors) => ResponseType::Cors,
            (_, _, Tainting::Opaque) => ResponseType::Opaque,
        };
        let credentials = self.request.credentials;
        let (headers, hidden) = match response_type {
            ResponseType::Basic => split_own(response.headers()),
            ResponseType::Cors => split_exposed(self.state.settings.engine, credentials, response.headers()),
            _ => {
                let allowed = unreadable(response_type, response);
                return Turn::Done(self.allow(allowed));
            }
        };
        let allowed = Allowed {
            response_type,
            status: response.status(),
            url: without_fragment(&self.request.url),
            redirected: self.urls.len() > 1,
            headers,
            hidden,
            body: None,
        };
        let has_no_body = matches!(response.status(), 101 | 103 | 204 | 205 | 304) || self.request.method == "HEAD";
        if has_no_body { Turn::Done(self.allow(allowed)) } else { Turn::Read(Reading { load: self, allowed }) }
    }
}

/// Why no [event stream](https://html.spec.whatwg.org/#sse-processing-model) can be read of a response.
fn why_no_event_stream(response: &ResponseHead) -> Option<String> {
    let content_type = response.headers().lines("content-type").last();
    if response.status() != 200 {
        Some(format!("the response has status {}, and an event stream has 200", response.status()))
    } else if content_type.and_then(mime_essence).as_deref() != Some("text/event-stream") {
        Some("the response is no event stream: its `Content-Type` is not `text/event-stream`".to_owned())
    } else {
        None
    }
}
