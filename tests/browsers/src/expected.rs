//! What the model of a browser expects of a case, on the application itself.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use tower_cors::browser::{
    Beacon, Browser, Credentials, Element, Engine, EventSource, Fetch, Form, Mode, Outcome, Page, PageRequest,
    RedirectMode, ReferrerPolicy, ResponseType, WebSocket,
};

use crate::case::{Case, Step, Via};
use crate::seen::Seen;

/// Runs the steps of a case in the model, one page for all.
pub async fn expected(engine: Engine, origin: &str, application: &Router, case: &Case) -> Vec<Seen> {
    let mut browser = Browser::new().engine(engine);
    if case.steps.iter().all(|step| step.url.starts_with("https:")) {
        browser = browser.http2();
    }
    // A frame without an origin of its own is still framed by the page.
    let mut page: Page = if case.sandboxed { browser.page("null").framed_by(origin) } else { browser.page(origin) };
    let mut seen = Vec::new();
    for step in &case.steps {
        let outcome = page.fetch(application.clone(), request(step)).await;
        seen.push(told(step, &outcome));
        page.advance(Duration::from_millis(step.pause));
    }
    seen
}

fn request(step: &Step) -> PageRequest {
    let url = &step.url;
    let credentials = match step.credentials {
        "include" => Credentials::Include,
        "same-origin" => Credentials::SameOrigin,
        _ => Credentials::Omit,
    };
    let referrer_policy = match step.referrer_policy {
        "no-referrer" => ReferrerPolicy::NoReferrer,
        _ => ReferrerPolicy::default(),
    };
    match step.via {
        Via::Fetch | Via::Xhr | Via::XhrSync | Via::XhrUpload => {
            let mut fetch = Fetch::new(&step.method, url);
            for (name, value) in &step.headers {
                fetch = fetch.header(name, value);
            }
            if let Some(body) = &step.body {
                fetch = fetch.text(body);
            }
            if step.via == Via::XhrUpload {
                fetch = fetch.upload_listener();
            }
            // An XMLHttpRequest has no mode to omit credentials.
            let credentials = if step.via == Via::Fetch || credentials == Credentials::Include {
                credentials
            } else {
                Credentials::SameOrigin
            };
            let mode = if step.mode == "no-cors" { Mode::NoCors } else { Mode::Cors };
            let redirect = match step.redirect {
                "manual" => RedirectMode::Manual,
                "error" => RedirectMode::Error,
                _ => RedirectMode::Follow,
            };
            fetch.credentials(credentials).mode(mode).redirect(redirect).into()
        }
        Via::EventSource if credentials == Credentials::Include => EventSource::new(url).with_credentials().into(),
        Via::EventSource => EventSource::new(url).into(),
        Via::WebSocket => WebSocket::new(url).into(),
        Via::Image => crossorigin(Element::image(url), step),
        // What is fetched ahead is fetched as what it is for.
        Via::Script | Via::Preload => crossorigin(Element::script(url), step),
        Via::ModuleScript | Via::ModulePreload => crossorigin(Element::module_script(url), step),
        Via::Font => Element::font(url).into(),
        Via::FontFace => Element::font_face(url).into(),
        Via::Form => Form::post(url).referrer_policy(referrer_policy).into(),
        Via::Connect | Via::GrpcWeb => unreachable!("calls are expected by hand"),
        Via::Beacon => Beacon::text(url, step.body.as_deref().unwrap_or_default()).into(),
    }
}

fn crossorigin(element: Element, step: &Step) -> PageRequest {
    match step.crossorigin {
        Some("use-credentials") => element.crossorigin_use_credentials().into(),
        Some(_) => element.crossorigin_anonymous().into(),
        None => element.into(),
    }
}

fn told(step: &Step, outcome: &Outcome) -> Seen {
    if step.via == Via::Beacon {
        return Seen::happened("sent");
    }
    if step.via == Via::Form {
        return Seen::happened("navigated");
    }
    let events = if step.via == Via::XhrUpload { upload_events(outcome) } else { Vec::new() };
    let Some(allowed) = outcome.allowed() else { return Seen { events, ..Seen::happened("blocked") } };
    match step.via {
        Via::EventSource | Via::WebSocket => Seen::happened("open"),
        Via::Image
        | Via::Script
        | Via::ModuleScript
        | Via::Preload
        | Via::ModulePreload
        | Via::Font
        | Via::FontFace => Seen::happened(loads(allowed.response_type(), allowed.status())),
        Via::Fetch
        | Via::Xhr
        | Via::XhrSync
        | Via::XhrUpload
        | Via::Form
        | Via::Beacon
        | Via::Connect
        | Via::GrpcWeb => {
            let kind = match allowed.response_type() {
                // An XMLHttpRequest tells no type: the page makes this one of it.
                _ if step.via != Via::Fetch => "cors",
                ResponseType::Cors => "cors",
                ResponseType::Opaque => "opaque",
                ResponseType::OpaqueRedirect => "opaqueredirect",
                _ => "basic",
            };
            // A server keeps the length of what has no body to itself; here is none.
            let is_bodiless = matches!(allowed.status(), 204 | 304);
            let names = allowed.headers().iter().map(|(name, _)| name.to_ascii_lowercase());
            let headers: BTreeMap<_, _> = names
                .filter(|name| name != "date" && !(name == "content-length" && is_bodiless))
                .filter_map(|name| {
                    let value = allowed.headers().get(&name)?;
                    Some((name, String::from_utf8_lossy(&value).into_owned()))
                })
                .collect();
            Seen {
                kind: kind.to_owned(),
                status: allowed.status(),
                headers: headers.into_iter().collect(),
                // A script reads no body as an empty one.
                body: allowed
                    .is_readable()
                    .then(|| String::from_utf8_lossy(allowed.body().unwrap_or_default()).into_owned()),
                events,
            }
        }
    }
}

/// The model knows of the listener, not of its events: <https://xhr.spec.whatwg.org/#the-send()-method>.
fn upload_events(outcome: &Outcome) -> Vec<String> {
    let is_sent = outcome.actual_requests().next().is_some();
    let events: &[&str] =
        if is_sent { &["loadstart", "progress", "load", "loadend"] } else { &["loadstart", "error", "loadend"] };
    events.iter().map(|event| (*event).to_owned()).collect()
}

fn loads(response_type: ResponseType, status: u16) -> &'static str {
    // Of an opaque answer the model does not tell the status; the elements of the cases are all there.
    if response_type == ResponseType::Opaque || status == 200 { "loaded" } else { "blocked" }
}
