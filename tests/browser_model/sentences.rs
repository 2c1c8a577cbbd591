//! The sentences for developers: they name what happened and what the server should send.

use crate::requests::APP;
use crate::{PAGE, URL, check_all, grant, head, open, page};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use tower::{Layer as _, service_fn};
use tower_cors::CorsLayer;
use tower_cors::browser::{Blocked, Browser, Engine, Fetch, ResponseHead};

const THREE: &[u8] = b"accept, Origin, access-control-request-method, access-control-request-headers";

/// The sentence, which is one or two.
fn sentence(blocked: &Blocked) -> &str {
    let sentence = blocked.sentence();
    assert!(sentence.matches(". ").count() <= 1 && sentence.ends_with('.'), "{sentence}");
    sentence
}

#[test]
fn sentences_name_what_the_server_should_send() {
    #[rustfmt::skip]
    let cases: &[(Fetch, ResponseHead, &[&str])] = &[
        (Fetch::put(URL), head(204, &[]), &[
            "PUT http://www1.web.test:8001/resource?x=1",
            "by the page at http://web.test:8000",
            "has no `Access-Control-Allow-Origin`",
            "should send `Access-Control-Allow-Origin: http://web.test:8000` with the answer to `OPTIONS",
            "because the method is `PUT`",
        ]),
        (Fetch::put(URL).with_credentials(), head(204, &[("access-control-allow-origin", b"*")]), &[
            "`Access-Control-Allow-Origin: *`, which does not count for a request that includes credentials",
            "and `Access-Control-Allow-Credentials: true`",
        ]),
        (Fetch::put(URL), grant(b"GET", b""), &["lists GET", "Add `PUT` to `Access-Control-Allow-Methods`"]),
        (Fetch::new("patch", URL), grant(b"PATCH", b""), &["compare with case", "lists `PATCH`", "Write method: \"PATCH\" in the page."]),
        (Fetch::new("Patch", URL), grant(b"patch,PATCH", b""), &["lists `PATCH`", "Write method: \"PATCH\" in the page."]),
        (Fetch::new("patch", URL), grant(b"PUT", b""), &["`patch` is not `PATCH`", "Write method: \"PATCH\" in the page, and add `PATCH`"]),
        (Fetch::patch(URL), grant(b"patch", b""), &["lists `patch`", "Write `PATCH` in `Access-Control-Allow-Methods`."]),
        (Fetch::new("put", URL), grant(b"put", b""), &["lists `put`", "Write `PUT` in `Access-Control-Allow-Methods`."]),
        (Fetch::new("Brew", URL), grant(b"brew", b""), &["lists `brew`", "Write method: \"brew\" in the page."]),
        (Fetch::put(URL), head(403, &[("vary", THREE)]), &[
            "(status 403) has no `Access-Control-Allow-Origin`",
            "The CORS layer there does not allow the origin `http://web.test:8000`",
            "put it on the server's list.",
        ]),
        (Fetch::put(URL), head(403, &[("vary", b"origin")]), &[
            "Either the origin `http://web.test:8000` is not on the server's list, or something answers before the CORS layer",
            "preflights carry no cookies",
        ]),
        (Fetch::put(URL).header("x-a", "1").text("x").upload_listener(), head(403, &[]), &[
            "because the XMLHttpRequest has an upload listener, the method is `PUT`, it has the header `x-a`. Either",
        ]),
        (Fetch::put(URL).with_credentials(), grant(b"*", b""), &["is no wildcard for a request that includes credentials"]),
        (Fetch::post(URL).json("{}"), grant(b"", b""), &["Add `content-type` to `Access-Control-Allow-Headers`", "a form can send"]),
        (Fetch::put(URL), open(301), &["status 301", "never followed"]),
        (Fetch::put(URL), open(401), &["before authentication"]),
        (Fetch::put(URL), open(405), &["Nothing there answers OPTIONS as a preflight"]),
        (Fetch::put(URL), grant(b"PUT, a b", b""), &["`a b` in `Access-Control-Allow-Methods`"]),
        (Fetch::put(URL), head(204, &[("access-control-allow-origin", b"\x1b[31m<script>\xff")]), &["\\x1b[31m<script>\\xff"]),
    ];
    for (fetch, preflight, parts) in cases {
        let outcome = page(Engine::Standard).judge(fetch.clone(), Some(preflight), &open(200));
        let blocked = outcome.assert_blocked();
        for part in *parts {
            assert!(sentence(blocked).contains(part), "{part:?} is not in {:?}", blocked.sentence());
        }
        assert!(blocked.rule().starts_with("https://fetch.spec.whatwg.org/#"));
        assert!(blocked.sentence().is_ascii() && !blocked.sentence().contains('\x1b'));
    }
}

#[test]
fn near_misses_are_named() {
    let url = "https://api.example.com/";
    #[rustfmt::skip]
    let cases: &[(&str, &[u8], &str)] = &[
        (APP, b"https://app.example.com/", "no slash at its end"),
        (APP, b"https://app.example.com/app", "has no path"),
        (APP, b"https://App.example.com", "Only the case differs"),
        (APP, b"http://app.example.com", "The schemes differ"),
        (APP, b"app.example.com", "The scheme is missing"),
        (APP, b"https://app.example.com:443", "The ports differ"),
        (APP, b"https://www.app.example.com", "`www.`"),
        (APP, b"https://*.example.com", "no patterns"),
        (APP, b"https://api.example.com", "the server's own origin"),
        (APP, b"'https://app.example.com'", "no quotes"),
        (APP, b"https://app.example.com https://b.example.com", "Only one origin"),
        (APP, b"https://app.example.com, https://b.example.com", "several values"),
        (APP, b"https://app.example.com, https://app.example.com", "Two layers, or a layer and a proxy"),
        ("http://localhost:3000", b"http://127.0.0.1:3000", "different origins"),
        ("http://localhost:3000", b"http://localhost:5173", "The ports differ"),
        ("null", b"https://app.example.com", "every website can send"),
        (APP, b"", "empty"),
    ];
    check_all(cases, |(page, value, part)| {
        let response = head(200, &[("access-control-allow-origin", value)]);
        let outcome = Browser::new().page(page).judge(Fetch::get(url), None, &response);
        let sentence = sentence(outcome.assert_blocked());
        if sentence.contains(part) { Ok(()) } else { Err(sentence.to_owned()) }
    });
    let page = Browser::new().page(PAGE);
    for (status, part) in [
        (302, "a redirect"),
        (401, "authentication"),
        (403, "list"),
        (404, "router"),
        (413, "outermost"),
        (502, "proxy"),
    ] {
        let outcome = page.judge(Fetch::get(url), None, &head(status, &[("location", b"/")]));
        assert!(sentence(outcome.assert_blocked()).contains(part), "{outcome}");
    }
    // `*` is no way out for a request that includes credentials.
    for (fetch, part) in [
        (Fetch::get(url), "`Access-Control-Allow-Origin: *` if the resource is public."),
        (Fetch::get(url).with_credentials(), "if the resource is public and the page leaves credentials out."),
    ] {
        let outcome = Browser::new().page("null").judge(fetch, None, &head(200, &[]));
        assert!(sentence(outcome.assert_blocked()).ends_with(part), "{outcome}");
    }
    // Faults of the page, not of the server.
    let fetch = Fetch::get(url).header("Access-Control-Allow-Origin", "*");
    let outcome = page.judge(fetch, Some(&grant(b"", b"x-a")), &open(200));
    assert!(outcome.assert_blocked().sentence().contains("belongs into responses"));
    let outcome = page.judge(Fetch::new("patch", url), Some(&grant(b"PUT", b"")), &open(200));
    assert!(outcome.assert_blocked().sentence().contains("`patch` is not `PATCH`"));
}

#[tokio::test]
async fn refusals_of_our_own_layer_are_known_as_such() {
    let listing = || CorsLayer::new().allow_origins([APP]).allow_methods([Method::PUT]);
    let url = "https://api.example.com/";
    let by_list =
        "does not allow the origin `https://evil.example`: if that page is yours, put it on the server's list.";
    let perhaps = "Either the origin `https://evil.example` is not on the server's list, or something answers before";
    let missing = "The server should send `Access-Control-Allow-Origin: https://evil.example` with every response";
    // Layer, request, what is said of it, and how often the service was called.
    let cases = [
        (listing(), Fetch::put(url), by_list, 0),
        (listing().reject_disallowed_origins(true), Fetch::put(url), by_list, 0),
        (listing().reject_disallowed_origins(true), Fetch::get(url), perhaps, 0),
        (listing(), Fetch::get(url), missing, 1),
    ];
    for (layer, fetch, part, executed) in cases {
        let calls = AtomicUsize::new(0);
        let service = service_fn(|_: Request<Full<Bytes>>| {
            calls.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Ok::<_, Infallible>(Response::new(String::new())))
        });
        let outcome = Browser::new().page("https://evil.example").fetch(layer.layer(service), fetch).await;
        let text = sentence(outcome.assert_blocked());
        assert!(text.contains(part), "{text}");
        // Whether a request was executed cannot be seen from outside; that it was sent can.
        assert_eq!(text.contains("the request was sent all the same"), outcome.actual_requests().next().is_some());
        assert!(!text.contains("executed"), "{text}");
        assert_eq!(calls.load(Ordering::Relaxed), executed, "{text}");
    }
}

#[test]
fn a_url_without_its_scheme_is_told_of() {
    let cases = [
        (
            "localhost:8080/items",
            "`localhost:8080/items` has no scheme, so `localhost` is taken for one: write http:// or https://",
        ),
        ("api.example.com:443/", "`api.example.com` is taken for one"),
        ("ftp://api.example.com/", "URLs of the scheme `ftp` cannot be fetched"),
        ("mailto:me@example.com", "URLs of the scheme `mailto` cannot be fetched"),
        ("data:1,x", "URLs of the scheme `data` cannot be fetched"),
        ("tel:123", "URLs of the scheme `tel` cannot be fetched"),
    ];
    for (url, part) in cases {
        let outcome = Browser::new().page(APP).judge(Fetch::get(url), None, &open(200));
        assert!(outcome.blocked().unwrap().sentence().contains(part), "{outcome}");
    }
}

#[test]
fn why_a_header_was_dropped_is_told() {
    let notes = |fetch: Fetch| {
        let outcome = Browser::new().page(APP).judge(fetch, None, &open(200));
        outcome.notes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        notes(Fetch::post(URL).json("{}").no_cors()),
        ["the browser dropped the header `content-type`: in mode `no-cors` a script sets only what a form could send"]
    );
    for fetch in [
        Fetch::post(URL).header("Cookie", "a=b"),
        Fetch::post(URL).header("Sec-Fetch-Site", "none").no_cors(),
        Fetch::post(URL).header("x-http-method-override", "TRACE"),
    ] {
        let notes = notes(fetch);
        assert!(matches!(notes.as_slice(), [note] if note.ends_with(", which scripts cannot set")), "{notes:?}");
    }
}
