//! What each kind of request carries: `Origin`, `Sec-Fetch-*`, `Referer`, and what is no CORS matter.

use crate::{ENGINES, check_all, expect, grant, head, open};
use tower_cors::browser::{
    Beacon, Browser, CacheMode, Credentials, Element, Engine, EventSource, Fetch, Form, Mode, Note, Page, PageRequest,
    ReferrerPolicy, ResponseHead, ResponseType, SentRequest, Step, WebSocket,
};

pub const APP: &str = "https://app.example.com";
pub const API: &str = "https://api.example.com/x";
pub const OTHER: &str = "https://other.test/x";
pub const OWN: &str = "https://app.example.com/x";

pub fn app(engine: Engine) -> Page {
    Browser::new().engine(engine).page(APP)
}

fn welcome() -> ResponseHead {
    grant(b"*,PUT,DELETE,OPTIONS,PATCH", b"*,content-type,x-a").header("access-control-allow-origin", APP)
}

/// The last request that such a call sends, whatever becomes of it.
fn sent(mut page: Page, request: impl Into<PageRequest>) -> SentRequest {
    let allow = |sent: &SentRequest| {
        let origin = value(sent, "origin").unwrap_or_else(|| "*".to_owned());
        Some(
            ResponseHead::new(200)
                .header("access-control-allow-origin", origin)
                .header("access-control-allow-credentials", "true")
                .header(
                    "access-control-allow-methods",
                    value(sent, "access-control-request-method").unwrap_or_default(),
                )
                .header(
                    "access-control-allow-headers",
                    value(sent, "access-control-request-headers").unwrap_or_default(),
                ),
        )
    };
    let outcome = page.fetch_with(request, allow);
    outcome.actual_requests().last().unwrap_or_else(|| panic!("{outcome}")).request().clone()
}

pub fn value(sent: &SentRequest, name: &str) -> Option<String> {
    assert!(sent.headers().lines(name).count() <= 1, "{name}");
    sent.headers().get(name).map(|value| String::from_utf8_lossy(&value).into_owned())
}

/// `Origin` in the standard, Chromium, Firefox, WebKit.
type Expected<'a> = [Option<&'a str>; 4];

#[test]
fn origin_by_kind_of_request() {
    let no_referrer = ReferrerPolicy::NoReferrer;
    let (page, null, none) = (Some(APP), Some("null"), None);
    let all = |origin| [origin; 4];
    #[rustfmt::skip]
    let cases: Vec<(&str, PageRequest, Expected<'_>)> = vec![
        ("cross-origin get", Fetch::get(API).into(), all(page)),
        ("cross-origin head", Fetch::head(API).into(), all(page)),
        ("cross-origin get without referrer", Fetch::get(API).referrer_policy(no_referrer).into(), all(page)),
        ("cross-origin post without referrer", Fetch::post(API).referrer_policy(no_referrer).into(), all(page)),
        ("cross-origin put", Fetch::put(API).into(), all(page)),
        ("cross-origin omit", Fetch::get(API).credentials(Credentials::Omit).into(), all(page)),
        ("own get", Fetch::get(OWN).into(), all(none)),
        ("own head", Fetch::head(OWN).into(), all(none)),
        ("own post", Fetch::post(OWN).into(), all(page)),
        ("own put", Fetch::put("/x").into(), all(page)),
        ("own delete", Fetch::delete("x?y").into(), all(page)),
        ("own options", Fetch::options(OWN).into(), all(page)),
        ("own post without referrer", Fetch::post(OWN).referrer_policy(no_referrer).into(), all(page)),
        ("own get in mode same-origin", Fetch::get(OWN).mode(Mode::SameOrigin).into(), all(none)),
        ("no-cors get", Fetch::get(API).no_cors().into(), all(none)),
        ("no-cors post", Fetch::post(API).no_cors().into(), all(page)),
        ("no-cors post without referrer", Fetch::post(API).no_cors().referrer_policy(no_referrer).into(), [null, page, null, null]),
        ("image", Element::image(API).into(), all(none)),
        ("own image", Element::image(OWN).into(), all(none)),
        ("script", Element::script(API).into(), all(none)),
        ("style sheet", Element::stylesheet(API).into(), all(none)),
        ("video", Element::video(API).into(), all(none)),
        ("image with crossorigin", Element::image(API).crossorigin_anonymous().into(), all(page)),
        ("script with crossorigin", Element::script(API).crossorigin_use_credentials().into(), all(page)),
        ("own image with crossorigin", Element::image(OWN).crossorigin_anonymous().into(), [none, page, none, page]),
        ("module", Element::module_script(API).into(), all(page)),
        ("own module", Element::module_script(OWN).into(), [none, page, none, page]),
        ("font", Element::font(API).into(), [page, page, page, none]),
        ("FontFace", Element::font_face(API).into(), [page, page, page, none]),
        ("EventSource", EventSource::new(API).into(), all(page)),
        ("EventSource, again", EventSource::new(API).last_event_id("7").into(), all(page)),
        ("own EventSource", EventSource::new(OWN).into(), all(none)),
        ("beacon", Beacon::text(API, "x").into(), all(page)),
        ("beacon without referrer", Beacon::text(API, "x").referrer_policy(no_referrer).into(), [null, page, null, null]),
        ("beacon of JSON", Beacon::blob(API, "application/json", "{}").into(), all(page)),
        ("form get", Form::get(API).into(), all(none)),
        ("form post", Form::post(API).into(), all(page)),
        ("form post to another site", Form::post(OTHER).into(), all(page)),
        ("form post to plain http", Form::post("http://api.example.com/").into(), all(null)),
        ("own form post", Form::post(OWN).into(), all(page)),
        ("form post without referrer", Form::post(API).referrer_policy(no_referrer).into(), all(null)),
        ("own form post without referrer", Form::post(OWN).referrer_policy(no_referrer).into(), all(null)),
        ("form post, policy same-origin", Form::post(API).referrer_policy(ReferrerPolicy::SameOrigin).into(), all(null)),
        ("own form post, policy same-origin", Form::post(OWN).referrer_policy(ReferrerPolicy::SameOrigin).into(), all(page)),
        ("form post to http, unsafe-url", Form::post("http://api.example.com/").referrer_policy(ReferrerPolicy::UnsafeUrl).into(), all(page)),
        ("WebSocket", WebSocket::new("wss://api.example.com/x").into(), all(page)),
        ("own WebSocket", WebSocket::new("wss://app.example.com/x").into(), all(page)),
    ];
    check_all(&cases, |(_, request, expected)| {
        for (engine, origin) in ENGINES.into_iter().zip(expected) {
            let request = sent(app(engine), request.clone());
            let found = value(&request, "origin");
            if found.as_deref() != *origin {
                return Err(format!("{engine:?} sends {found:?}, not {origin:?}"));
            }
        }
        Ok(())
    });
}

#[test]
fn origins_as_pages_have_them() {
    let cases = [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/a/b?c#d", "https://app.example.com"),
        ("HTTPS://APP.Example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80/", "http://app.example.com"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("http://foo_bar.test:1", "http://foo_bar.test:1"),
        ("http://localhost.:1", "http://localhost.:1"),
        ("http://-a.test:1", "http://-a.test:1"),
        ("http://bücher.example", "http://xn--bcher-kva.example"),
        ("http://127.1", "http://127.0.0.1"),
        ("http://[0:0:0:0:0:0:0:1]:8", "http://[::1]:8"),
        ("tauri://localhost", "tauri://localhost"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop"),
        ("moz-extension://0a1b-2c/page.html", "moz-extension://0a1b-2c"),
        ("blob:https://app.example.com/uuid", "https://app.example.com"),
        ("null", "null"),
        ("file:///home/a/index.html", "null"),
        ("data:text/html,x", "null"),
        ("about:srcdoc", "null"),
    ];
    check_all(&cases, |(page, origin)| {
        let page = Browser::new().page(page);
        let outcome = page.judge(
            Fetch::get("https://api.test/"),
            None,
            &head(200, &[("access-control-allow-origin", origin.as_bytes())]),
        );
        expect(&page.origin(), origin, &outcome)?;
        expect(&outcome.is_readable(), &true, &outcome)
    });
    for nonsense in ["", "app.example.com", "https://", "https://a b", "//x", "https://example.com:99999"] {
        let page = Browser::new().page(nonsense);
        let outcome = page.judge(Fetch::get(API), None, &open(200));
        assert!(!outcome.assert_blocked_at(Step::Request).is_cors());
        assert!(outcome.exchanges().is_empty());
        assert_eq!(page.origin(), nonsense);
    }
}

#[test]
fn metadata() {
    // The request; destination, mode, site.
    #[rustfmt::skip]
    let cases: Vec<(PageRequest, [&str; 3])> = vec![
        (Fetch::get(OWN).into(), ["empty", "cors", "same-origin"]),
        (Fetch::get(API).into(), ["empty", "cors", "same-site"]),
        (Fetch::put(OTHER).into(), ["empty", "cors", "cross-site"]),
        (Fetch::get(OTHER).no_cors().into(), ["empty", "no-cors", "cross-site"]),
        (Fetch::get(OWN).mode(Mode::SameOrigin).into(), ["empty", "same-origin", "same-origin"]),
        (Fetch::get("https://app.example.com:8443/").into(), ["empty", "cors", "same-site"]),
        (Fetch::get("http://localhost/").into(), ["empty", "cors", "cross-site"]),
        (Form::post(OTHER).into(), ["document", "navigate", "cross-site"]),
        (Form::get(OWN).into(), ["document", "navigate", "same-origin"]),
        (Beacon::text(API, "x").into(), ["empty", "no-cors", "same-site"]),
        (EventSource::new(API).into(), ["empty", "cors", "same-site"]),
        (Element::image(OTHER).into(), ["image", "no-cors", "cross-site"]),
        (Element::script(OTHER).into(), ["script", "no-cors", "cross-site"]),
        (Element::module_script(OTHER).into(), ["script", "cors", "cross-site"]),
        (Element::stylesheet(OTHER).into(), ["style", "no-cors", "cross-site"]),
        (Element::font(OTHER).into(), ["font", "cors", "cross-site"]),
        (Element::video(OTHER).crossorigin_anonymous().into(), ["video", "cors", "cross-site"]),
    ];
    check_all(&cases, |(request, expected)| {
        for engine in [Engine::Standard, Engine::Chromium, Engine::Firefox] {
            let sent = sent(app(engine), request.clone());
            let found = ["dest", "mode", "site"].map(|name| value(&sent, &format!("sec-fetch-{name}")));
            if found.each_ref().map(Option::as_deref) != expected.map(Some) {
                return Err(format!("{engine:?} sends {found:?}"));
            }
            if value(&sent, "sec-fetch-user").is_some() != (expected[1] == "navigate") {
                return Err("sec-fetch-user".to_owned());
            }
        }
        Ok(())
    });
    // Sites take the public suffix list into account; schemes count; opaque origins are cross-site to all.
    for (page, url, site) in [
        ("https://a.github.io", "https://b.github.io/", "cross-site"),
        ("https://a.co.uk", "https://b.co.uk/", "cross-site"),
        ("https://a.b.co.uk", "https://b.co.uk/", "same-site"),
        ("http://app.example.com", "https://api.example.com/", "cross-site"),
        ("http://localhost:1", "http://localhost:2/", "same-site"),
        ("http://127.0.0.1:1", "http://127.0.0.1:2/", "same-site"),
        ("http://127.0.0.1:1", "http://127.0.0.2:1/", "cross-site"),
        ("http://localhost:1", "http://127.0.0.1:1/", "cross-site"),
        ("null", "https://app.example.com/", "cross-site"),
        ("tauri://localhost", "https://app.example.com/", "cross-site"),
    ] {
        let sent = sent(Browser::new().page(page), Fetch::get(url));
        assert_eq!(value(&sent, "sec-fetch-site").as_deref(), Some(site), "{page} {url}");
    }
}

#[test]
fn where_there_is_no_metadata() {
    let has = |sent: &SentRequest| {
        let names = ["dest", "mode", "site"].map(|name| sent.headers().contains(&format!("sec-fetch-{name}")));
        assert!(names == [true; 3] || names == [false; 3]);
        names[0]
    };
    for engine in ENGINES {
        let plain = Browser::new().engine(engine).page("http://app.example.com");
        assert!(!has(&sent(plain.clone(), Fetch::get("http://api.example.com/"))), "plain http to a name");
        assert!(!has(&sent(plain.clone(), Fetch::get("http://192.168.0.1/"))));
        for url in ["http://localhost:1/", "http://127.9.9.9/", "http://[::1]/", "http://a.localhost/", API] {
            assert!(has(&sent(plain.clone(), Fetch::get(url))), "{url}");
        }
        let socket = sent(app(engine), WebSocket::new("wss://api.example.com/"));
        assert_eq!(has(&socket), engine != Engine::Chromium, "{engine:?}");
        if engine != Engine::Chromium {
            assert_eq!(value(&socket, "sec-fetch-mode").as_deref(), Some("websocket"));
        }
        let redirected = app(engine).fetch_with(Fetch::get(OWN), |sent| {
            Some(if sent.hop() == 0 { head(302, &[("location", b"/y")]) } else { head(200, &[]) })
        });
        let last = redirected.exchanges().last().unwrap().request();
        assert_eq!(has(last), engine != Engine::WebKit, "{engine:?}");
    }
}

#[test]
fn event_sources_are_never_preflighted() {
    for engine in ENGINES {
        let source = EventSource::new(API).last_event_id("é{}").with_credentials();
        let response = open(200).header("access-control-allow-origin", "x");
        let outcome = app(engine).judge(source.clone(), None, &response);
        outcome.assert_not_preflighted().assert_blocked_at(Step::CorsCheck);
        let sent = sent(app(engine), source);
        assert_eq!(value(&sent, "accept").as_deref(), Some("text/event-stream"));
        assert_eq!(value(&sent, "cache-control").as_deref(), Some("no-cache"));
        assert!(sent.headers().contains("last-event-id"));
    }
}

#[test]
fn event_sources_open_with_200_and_an_event_stream() {
    let stream: &[u8] = b"Text/Event-Stream; charset=utf-8";
    // Status, content type; where it fails.
    let cases: &[(u16, &[u8], Option<Step>)] = &[
        (200, stream, None),
        (200, b"text/event-stream", None),
        (200, b"text/html", Some(Step::EventStream)),
        (200, b"text/event-streams", Some(Step::EventStream)),
        (200, b"", Some(Step::EventStream)),
        (201, stream, Some(Step::EventStream)),
        (204, stream, Some(Step::EventStream)),
        (404, stream, Some(Step::EventStream)),
        (503, stream, Some(Step::EventStream)),
    ];
    check_all(cases, |(status, content_type, step)| {
        for url in [API, OWN] {
            let response = head(*status, &[("content-type", content_type), ("access-control-allow-origin", b"*")]);
            let outcome = app(Engine::Standard).judge(EventSource::new(url), None, &response);
            let failed = outcome.blocked().map(|blocked| (blocked.step(), blocked.is_cors()));
            expect(&failed, &step.map(|step| (step, false)), &outcome)?;
            if let Some(allowed) = outcome.allowed() {
                expect(&allowed.response_type(), &ResponseType::EventStream, &outcome)?;
                expect(&(allowed.is_readable(), allowed.status(), allowed.body()), &(true, 0, None), &outcome)?;
                expect(&allowed.headers().is_empty(), &true, &outcome)?;
            }
        }
        Ok(())
    });
    // The CORS check comes first.
    let allow = head(200, &[("access-control-allow-origin", b"*"), ("content-type", stream)]);
    app(Engine::Standard).judge(EventSource::new(API), None, &allow).assert_readable();
    app(Engine::Standard).judge(EventSource::new(API).with_credentials(), None, &allow).assert_blocked();
    app(Engine::Standard).judge(EventSource::new(API), None, &head(404, &[])).assert_blocked();
}

#[test]
fn beacons() {
    let outcome = app(Engine::Standard).judge(Beacon::text(API, "x"), None, &head(200, &[]));
    outcome.assert_not_preflighted().assert_opaque();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        let beacon = Beacon::blob(API, content_type, "x");
        app(Engine::Standard).judge(beacon, None, &head(200, &[])).assert_not_preflighted().assert_opaque();
    }
    // JSON makes it a CORS request with credentials.
    let json = || Beacon::blob(API, "application/json", "{}");
    let wildcard =
        head(204, &[("access-control-allow-origin", b"*"), ("access-control-allow-headers", b"content-type")]);
    app(Engine::Standard).judge(json(), Some(&wildcard), &open(200)).assert_blocked_at(Step::PreflightCheck);
    let names = [("access-control-allow-headers", b"content-type".as_slice())];
    let allowed = head(
        204,
        &[("access-control-allow-origin", APP.as_bytes()), ("access-control-allow-credentials", b"true"), names[0]],
    );
    let outcome = app(Engine::Standard).judge(json(), Some(&allowed), &allowed);
    outcome.assert_preflighted().assert_opaque();
    // Nobody sees an answer, not even of the page's own origin or with permission.
    for outcome in [outcome, app(Engine::Standard).judge(Beacon::text(OWN, "x"), None, &head(200, &[("x-a", b"1")]))] {
        assert!(!outcome.is_readable());
        let allowed = outcome.assert_opaque();
        assert_eq!((allowed.response_type(), allowed.status(), allowed.body()), (ResponseType::Beacon, 0, None));
        assert!(allowed.headers().is_empty());
    }
    // A `Blob` may have no type: it is sent without one, and asks nobody.
    let untyped = app(Engine::Standard).judge(Beacon::blob(API, "", "x"), None, &head(200, &[]));
    untyped.assert_not_preflighted().assert_opaque();
    assert_eq!(value(untyped.exchanges()[0].request(), "content-type"), None);
    let untyped = app(Engine::Standard).judge(Fetch::post(API).blob("", "x"), None, &welcome_from(APP));
    untyped.assert_not_preflighted().assert_readable();
    assert_eq!(value(untyped.exchanges()[0].request(), "content-type"), None);
}

#[test]
fn elements_and_modes() {
    let star = head(200, &[("access-control-allow-origin", b"*")]);
    let bare = head(200, &[]);
    for element in [Element::image(OTHER), Element::script(OTHER), Element::stylesheet(OTHER), Element::video(OTHER)] {
        app(Engine::Standard).judge(element.clone(), None, &bare).assert_opaque();
        let anonymous = element.clone().crossorigin_anonymous();
        app(Engine::Standard).judge(anonymous.clone(), None, &star).assert_readable();
        app(Engine::Standard).judge(anonymous, None, &bare).assert_blocked_at(Step::CorsCheck);
        app(Engine::Standard).judge(element.crossorigin_use_credentials(), None, &star).assert_blocked();
    }
    for element in [Element::module_script(OTHER), Element::font(OTHER)] {
        app(Engine::Standard).judge(element.clone(), None, &star).assert_not_preflighted().assert_readable();
        app(Engine::Standard).judge(element, None, &bare).assert_blocked();
    }
}

#[test]
fn cross_origin_resource_policy_is_for_opaque_answers() {
    let cases: &[(&str, &str, &[u8], bool)] = &[
        (APP, OTHER, b"same-origin", false),
        (APP, OTHER, b"same-site", false),
        (APP, OTHER, b"cross-origin", true),
        (APP, OTHER, b"Same-Origin", true),
        (APP, API, b"same-origin", false),
        (APP, API, b"same-site", true),
        ("http://app.example.com", API, b"same-site", false),
        ("null", API, b"same-site", false),
    ];
    check_all(cases, |(page, url, policy, passes)| {
        let page = Browser::new().page(page);
        let response = open(200).header("cross-origin-resource-policy", policy);
        let outcome = page.judge(Fetch::get(url).no_cors(), None, &response);
        expect(
            &outcome.blocked().map(|blocked| (blocked.step(), blocked.is_cors())),
            &(!passes).then_some((Step::ResourcePolicy, false)),
            &outcome,
        )
    });
    // CORS requests and those of the own origin do not look at it.
    let policy = welcome_from(APP).header("cross-origin-resource-policy", "same-origin");
    app(Engine::Standard).judge(Fetch::get(OTHER), None, &policy).assert_readable();
    app(Engine::Standard).judge(Fetch::get(OWN).no_cors(), None, &policy).assert_readable();
}

fn welcome_from(origin: &str) -> ResponseHead {
    ResponseHead::new(200).header("access-control-allow-origin", origin)
}

#[test]
fn forms_and_websockets_are_no_cors_matter() {
    for engine in ENGINES {
        let outcome = app(engine).judge(Form::post(OTHER).text_plain("{\"a\":1}"), None, &head(403, &[]));
        assert_eq!(outcome.allowed().unwrap().response_type(), ResponseType::Navigation);
        outcome.assert_not_preflighted();
        assert!(!outcome.is_readable());
        let sent = outcome.exchanges()[0].request();
        assert_eq!(value(sent, "content-type").as_deref(), Some("text/plain"));
        assert_eq!(sent.body(), b"{\"a\":1}");

        let url = "wss://other.test/chat?x=1";
        let outcome = app(engine).judge(WebSocket::new(url).protocols(["a", "b"]), None, &head(101, &[]));
        assert_eq!(outcome.allowed().unwrap().response_type(), ResponseType::WebSocket);
        let sent = outcome.exchanges()[0].request();
        assert_eq!((sent.method(), sent.url()), ("GET", "https://other.test/chat?x=1"));
        for (name, expected) in [
            ("upgrade", "websocket"),
            ("connection", "Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-protocol", "a, b"),
            ("host", "other.test"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(value(sent, name).as_deref(), Some(expected));
        }
        for status in [200, 302, 403, 426] {
            let outcome = app(engine).judge(WebSocket::new(url), None, &welcome().header("location", "/").clone());
            assert!(!outcome.assert_blocked_at(Step::Handshake).is_cors());
            let outcome = app(engine).judge(WebSocket::new(url), None, &head(status, &[("location", b"/")]));
            assert!(outcome.assert_blocked_at(Step::Handshake).sentence().contains(&status.to_string()));
        }
    }
}

#[test]
fn mixed_content() {
    // URL; blocked in the standard, Chromium, Firefox, WebKit.
    let (no, yes) = ([false; 4], [true; 4]);
    let loopback = [false, false, false, true];
    let cases: &[(&str, &str, [bool; 4])] = &[
        (APP, "http://api.example.com/", yes),
        (APP, "http://app.example.com/", yes),
        (APP, "http://192.168.0.1/", yes),
        (APP, "http://localhost/", loopback),
        (APP, "http://127.0.0.1:8080/", loopback),
        (APP, "http://[::1]/", loopback),
        (APP, "http://a.localhost/", loopback),
        (APP, API, no),
        ("https://localhost", "http://localhost/", loopback),
        ("http://localhost", "http://api.example.com/", no),
        ("http://app.example.com", "http://api.example.com/", no),
        ("null", "http://api.example.com/", no),
        ("tauri://localhost", "http://api.example.com/", no),
    ];
    check_all(cases, |(page, url, expected)| {
        for (engine, blocked) in ENGINES.into_iter().zip(expected) {
            let page = Browser::new().engine(engine).page(page);
            let outcome = page.judge(Fetch::get(url), None, &head(200, &[("access-control-allow-origin", b"*")]));
            let step = outcome.blocked().map(|blocked| (blocked.step(), blocked.is_cors()));
            expect(&step, &blocked.then_some((Step::MixedContent, false)), &outcome)?;
            expect(&outcome.exchanges().is_empty(), blocked, &outcome)?;
        }
        Ok(())
    });
    // Images go to https instead, and a redirect can lead into it.
    let outcome = app(Engine::Standard).judge(Element::image("http://img.test/a"), None, &head(200, &[]));
    assert_eq!(outcome.exchanges()[0].request().url(), "https://img.test/a");
    assert_eq!(outcome.notes(), [Note::Upgraded]);
    let redirect = welcome_from(APP);
    let redirect = ResponseHead::new(302)
        .header("access-control-allow-origin", redirect.headers().get("access-control-allow-origin").unwrap())
        .header("location", "http://api.example.com/");
    let outcome = app(Engine::Standard).judge(Fetch::get(API), None, &redirect);
    assert_eq!(outcome.assert_blocked_at(Step::MixedContent).hop(), 1);
}

#[test]
fn cache_modes() {
    #[rustfmt::skip]
    let cases: &[(Fetch, Option<&str>, Option<&str>)] = &[
        (Fetch::get(OWN), None, None),
        (Fetch::get(OWN).cache(CacheMode::ForceCache), None, None),
        (Fetch::get(OWN).cache(CacheMode::NoStore), Some("no-cache"), Some("no-cache")),
        (Fetch::get(OWN).cache(CacheMode::Reload), Some("no-cache"), Some("no-cache")),
        (Fetch::get(OWN).cache(CacheMode::NoCache), Some("max-age=0"), None),
        (Fetch::get(OWN).cache(CacheMode::NoCache).header("cache-control", "max-age=9"), Some("max-age=9"), None),
        (Fetch::get(OWN).header("if-none-match", "x"), Some("no-cache"), Some("no-cache")),
        (Fetch::get(OWN).header("if-none-match", "x").cache(CacheMode::ForceCache), None, None),
    ];
    check_all(cases, |(fetch, cache_control, pragma)| {
        let sent = sent(app(Engine::Standard), fetch.clone());
        let found = (value(&sent, "cache-control"), value(&sent, "pragma"));
        if (found.0.as_deref(), found.1.as_deref()) == (*cache_control, *pragma) {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    });
    // The engines repeat them on the preflight.
    for engine in ENGINES {
        let outcome = app(engine).judge(Fetch::put(API).cache(CacheMode::Reload), None, &open(200));
        let preflight = outcome.preflights().next().unwrap().request();
        assert_eq!(value(preflight, "pragma").is_some(), engine != Engine::Standard, "{engine:?}");
        assert!(value(preflight, "access-control-request-headers").is_none());
    }
}

#[test]
fn referrers() {
    use ReferrerPolicy::*;
    // Policy; to the own origin, across, down to plain http.
    #[rustfmt::skip]
    let cases = [
        (NoReferrer, [false, false, false]),
        (NoReferrerWhenDowngrade, [true, true, false]),
        (SameOrigin, [true, false, false]),
        (Origin, [true, true, true]),
        (StrictOrigin, [true, true, false]),
        (OriginWhenCrossOrigin, [true, true, true]),
        (StrictOriginWhenCrossOrigin, [true, true, false]),
        (UnsafeUrl, [true, true, true]),
    ];
    check_all(&cases, |(policy, expected)| {
        for (url, expected) in [OWN, API, "http://plain.test/"].iter().zip(expected) {
            let sent = sent(app(Engine::Standard), Form::post(url).referrer_policy(*policy));
            let expected = expected.then(|| format!("{APP}/"));
            if value(&sent, "referer") != expected {
                return Err(format!("{url}: {:?}", value(&sent, "referer")));
            }
        }
        Ok(())
    });
    for page in ["null", "tauri://localhost"] {
        assert_eq!(value(&sent(Browser::new().page(page), Fetch::get(API)), "referer"), None);
    }
    let preflight = app(Engine::Standard).judge(Fetch::put(API).referrer_policy(NoReferrer), None, &open(200));
    assert_eq!(value(preflight.preflights().next().unwrap().request(), "referer"), None);
}

#[test]
fn same_origin_mode_stays_at_home() {
    let fetch = |url| Fetch::get(url).mode(Mode::SameOrigin);
    app(Engine::Standard).judge(fetch(OWN), None, &head(200, &[])).assert_readable();
    let outcome = app(Engine::Standard).judge(fetch(API), None, &open(200));
    assert!(!outcome.assert_blocked_at(Step::SameOrigin).is_cors());
    assert!(outcome.exchanges().is_empty());
    // An opaque origin is the same as none, not even as itself.
    let null = Browser::new().page("null");
    null.judge(fetch(OWN), None, &open(200)).assert_blocked_at(Step::SameOrigin);
    null.judge(Fetch::get("/relative"), None, &open(200)).assert_blocked_at(Step::Request);
}
