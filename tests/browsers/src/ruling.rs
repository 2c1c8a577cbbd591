//! What the rules of the policies alone say of a case. No layer and no model comes in here: what is expected so holds against
//! both.

use std::time::Duration;

use crate::application::ANSWER;
use crate::case::{Case, Step, Via};
use crate::engine::Engine;
use crate::rules::{Asker, Origins, rules};
use crate::seen::Seen;

/// What the rules say of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// For each step, whether the page gets what it asked for.
    pub passes: Vec<bool>,
    /// For each step, which of the headers of the service's plain answer a script reads; nothing where it is none.
    pub readable: Vec<Option<Vec<&'static str>>>,
    pub preflights: usize,
    /// Requests that reach the service.
    pub executed: usize,
}

impl Ruling {
    /// Whether a page saw what is ruled here.
    pub fn agrees(&self, seen: &[Seen]) -> bool {
        let is_so = |(seen, (passes, readable)): (&Seen, (&bool, &Option<Vec<&str>>))| {
            let names = || ANSWER.iter().map(|(name, _)| *name).filter(|name| seen.header(name).is_some());
            (seen.kind != "blocked") == *passes
                && seen.header("set-cookie").is_none()
                && readable.as_ref().is_none_or(|readable| names().eq(readable.iter().copied()))
        };
        seen.len() == self.passes.len() && seen.iter().zip(self.passes.iter().zip(&self.readable)).all(is_so)
    }
}

/// What the rules say to the page at this origin; nothing of cases that are expected by hand anyway.
pub fn ruling(engine: Engine, origin: &str, case: &Case) -> Option<Ruling> {
    if case.by_hand.is_some() {
        return None;
    }
    let mut page = Page {
        engine,
        origin,
        asker: if case.sandboxed { Asker::Null } else { Asker::Page },
        granted: None,
        now: Duration::ZERO,
        ruling: Ruling::default(),
    };
    for step in &case.steps {
        let last = page.step(step)?;
        page.ruling.passes.push(last.passes);
        page.ruling.readable.push(last.readable);
        page.now += Duration::from_millis(step.pause);
    }
    Some(page.ruling)
}

struct Page<'a> {
    engine: Engine,
    origin: &'a str,
    asker: Asker,
    /// The URL of the preflight that was granted last, and until when it holds.
    granted: Option<(String, Duration)>,
    now: Duration,
    ruling: Ruling,
}

struct Last {
    passes: bool,
    readable: Option<Vec<&'static str>>,
}

fn unread(passes: bool) -> Last {
    Last { passes, readable: None }
}

impl Page<'_> {
    fn step(&mut self, step: &Step) -> Option<Last> {
        let place = Place::of(&step.url);
        let rules = rules(place.policy)?;
        let asker = self.asker;
        if asker == Asker::Page && place.is_at(self.origin) && place.to.is_none() {
            // Of its own answers a page reads everything, and no policy comes between them.
            self.ruling.executed += 1;
            let answers =
                matches!(step.via, Via::Fetch | Via::Xhr | Via::XhrSync | Via::XhrUpload) && step.mode == "cors";
            let all = || ANSWER.iter().map(|(name, _)| *name).collect();
            return Some(Last { passes: true, readable: (answers && place.is_plain(&step.method)).then(all) });
        }
        let is_rejected = |asker| rules.rejects && !rules.allows(asker);
        let without_cors = match step.via {
            // No `Origin` goes with it.
            Via::Image | Via::Script | Via::Preload if step.crossorigin.is_none() => Some(false),
            Via::Font | Via::FontFace if self.engine == Engine::WebKit => Some(false),
            Via::Fetch if step.mode == "no-cors" => Some(step.method == "POST" && is_rejected(asker)),
            Via::WebSocket | Via::Beacon => Some(is_rejected(asker)),
            Via::Form if step.referrer_policy == "no-referrer" => Some(is_rejected(Asker::Null)),
            Via::Form => Some(is_rejected(asker)),
            _ => None,
        };
        if let Some(is_rejected) = without_cors {
            self.ruling.executed += usize::from(!is_rejected);
            return Some(unread(step.via != Via::WebSocket || !is_rejected));
        }
        let include = step.credentials == "include" || step.crossorigin == Some("use-credentials");
        let mut names: Vec<_> = step.headers.iter().filter(|(name, value)| !is_safelisted(name, value)).collect();
        names.sort();
        let names = names.into_iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let request = Request { method: normalized(&step.method), names, include, step };
        self.cors(&request, &step.url, asker)
    }

    fn cors(&mut self, request: &Request<'_>, url: &str, asker: Asker) -> Option<Last> {
        let (place, Request { method, names, include, step }) = (Place::of(url), request);
        // Its own origin stays so until a redirect leads back from another one.
        if let ("local", Some(to), true) = (place.policy, place.to, url == step.url) {
            self.ruling.executed += 1;
            return self.cors(&request.redirected(place.status), to, asker);
        }
        let rules = rules(place.policy)?;
        let is_simple = ["GET", "HEAD", "POST"].contains(&method.as_str()) && names.is_empty();
        if (!is_simple || step.via == Via::XhrUpload) && !self.is_granted(url) {
            self.ruling.preflights += 1;
            self.ruling.executed += usize::from(!rules.has_layer);
            // Firefox asks in the name of the page, whatever redirects have made of it.
            let named = if self.engine == Engine::Firefox { self.asker } else { asker };
            if !rules.grants(named, *include, method, names) {
                return Some(unread(false));
            }
            // Firefox keeps a `*` as a name like any other.
            let is_kept = self.engine != Engine::Firefox || rules.origins != Origins::Any;
            self.granted = is_kept.then(|| (url.to_owned(), self.now + rules.max_age));
        }
        if rules.rejects && !rules.allows(asker) {
            return Some(unread(false));
        }
        self.ruling.executed += 1;
        if !rules.shares(asker, *include) {
            return Some(unread(false));
        }
        match (place.to, step.redirect) {
            (None, _) => {}
            (Some(_), "error") => return Some(unread(false)),
            (Some(_), "manual") => return Some(unread(true)),
            (Some(to), _) => {
                let next = request.redirected(place.status);
                // An origin that is not the page's has sent it on to a third one.
                let asker = if Place::of(to).origin == place.origin { asker } else { Asker::Null };
                return self.cors(&next, to, asker);
            }
        }
        let answers =
            matches!(step.via, Via::Fetch | Via::Xhr | Via::XhrSync | Via::XhrUpload) && place.is_plain(method);
        let says_so = place.service == "own-headers" && rules.leaves_exposed_to_service();
        let exposes = |name: &str| rules.exposes(name, *include) || (says_so && name == "x-secret");
        let readable = || ANSWER.iter().map(|(name, _)| *name).filter(|name| exposes(name)).collect();
        Some(Last { passes: true, readable: answers.then(readable) })
    }

    fn is_granted(&self, url: &str) -> bool {
        self.granted.as_ref().is_some_and(|(granted, until)| granted == url && self.now < *until)
    }
}

#[derive(Clone)]
struct Request<'a> {
    method: String,
    /// Of headers that are not safelisted, in lower case.
    names: Vec<String>,
    include: bool,
    step: &'a Step,
}

impl Request<'_> {
    fn redirected(&self, status: u16) -> Self {
        let mut next = self.clone();
        if status == 303 && self.method != "HEAD" || [301, 302].contains(&status) && self.method == "POST" {
            "GET".clone_into(&mut next.method);
        }
        next
    }
}

/// Six names come in capitals; no other does.
fn normalized(method: &str) -> String {
    let upper = method.to_ascii_uppercase();
    let six = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    if six.contains(&upper.as_str()) { upper } else { method.to_owned() }
}

/// Of the headers that the cases set, those that no preflight asks for.
fn is_safelisted(name: &str, value: &str) -> bool {
    [
        ("Accept", "*/*"),
        ("Accept-Language", "fr"),
        ("Content-Language", "fr"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "Text/Plain;charset=utf-8"),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("Range", "bytes=0-3"),
    ]
    .contains(&(name, value))
}

/// What a URL of the cases says.
struct Place<'a> {
    origin: &'a str,
    policy: &'a str,
    service: &'a str,
    status: u16,
    to: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Self {
        let (url, to) = url.split_once("?to=").map_or((url, None), |(url, to)| (url, Some(to)));
        let mut segments = url.splitn(4, '/').last().unwrap_or_default().split('/');
        let path = url.match_indices('/').nth(2).map_or(url.len(), |(index, _)| index);
        let (policy, service) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
        let status = segments.next().and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { origin: &url[..path], policy, service, status, to }
    }

    /// Whether the service gives its plain answer there.
    fn is_plain(&self, method: &str) -> bool {
        matches!(self.service, "echo" | "status" | "own-headers") || (self.service == "options" && method == "OPTIONS")
    }

    /// A WebSocket's URL has a scheme of its own.
    fn is_at(&self, origin: &str) -> bool {
        self.origin.replacen("ws", "http", 1) == origin
    }
}
