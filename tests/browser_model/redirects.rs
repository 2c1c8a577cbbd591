//! Redirect chains: the CORS check on every hop, tainted origins, what becomes of method, body and headers.

use crate::{ENGINES, PAGE, check_all, expect, head, page};
use tower_cors::browser::{
    Allowed, Blocked, Browser, Credentials, Engine, Fetch, Form, Mode, Note, Outcome, RedirectMode, ResponseHead,
    ResponseType, SentRequest, Step,
};

const SAME: &str = "http://web.test:8000";
const X: &str = "http://x.test";
const Y: &str = "http://y.test";

fn text(sent: &SentRequest, name: &str) -> Option<String> {
    sent.headers().get(name).map(|value| String::from_utf8_lossy(&value).into_owned())
}

/// An answer that lets every origin read, credentials included, and permits what is asked.
fn echo(sent: &SentRequest, status: u16) -> ResponseHead {
    let origin = text(sent, "origin").unwrap_or_else(|| "*".to_owned());
    ResponseHead::new(status)
        .header("access-control-allow-origin", origin)
        .header("access-control-allow-credentials", "true")
        .header("access-control-allow-methods", text(sent, "access-control-request-method").unwrap_or_default())
        .header("access-control-allow-headers", text(sent, "access-control-request-headers").unwrap_or_default())
}

/// Redirects along these URLs; preflights are answered where they are made.
fn chain(engine: Engine, fetch: Fetch, status: u16, urls: &[&str]) -> Outcome {
    page(engine).fetch_with(fetch, |sent| {
        if sent.is_preflight() {
            return Some(echo(sent, 204));
        }
        Some(match urls.get(sent.hop()) {
            Some(next) => echo(sent, status).header("location", format!("{next}/hop{}", sent.hop())),
            None => echo(sent, 200),
        })
    })
}

fn last_origin(outcome: &Outcome) -> Option<String> {
    outcome.actual_requests().last().and_then(|exchange| text(exchange.request(), "origin"))
}

#[test]
fn the_origin_at_the_end_of_a_chain() {
    // `cors-redirect.any.js`, `redirect-origin.htm`, and the redirect-taint of the standard.
    let (own, null) = (Some(PAGE), Some("null"));
    #[rustfmt::skip]
    let cases: &[(&[&str], Option<&str>)] = &[
        (&[SAME], None),
        (&[SAME, SAME], None),
        (&[X], own),
        (&[X, X], own),
        (&[X, X, X], own),
        (&[SAME, X], own),
        (&[SAME, X, X], own),
        (&[X, Y], null),
        (&[X, Y, Y], null),
        (&[X, Y, X], null),
        (&[X, SAME], null),
        (&[X, SAME, SAME], null),
        (&[X, SAME, X], null),
        (&[SAME, X, Y], null),
        (&[SAME, X, SAME], null),
        (&["http://x.test:81", X], null),
        (&["https://x.test", X], null),
        (&["http://x.test:80", X], own),
        (&["http://X.TEST", X], own),
    ];
    check_all(cases, |(urls, expected)| {
        for engine in ENGINES {
            for status in [301, 302, 303, 307, 308] {
                for credentials in [Credentials::SameOrigin, Credentials::Include] {
                    let fetch = Fetch::get(format!("{}/", urls[0])).credentials(credentials);
                    let outcome = chain(engine, fetch, status, &urls[1..]);
                    let allowed = outcome.allowed().ok_or_else(|| outcome.to_string())?;
                    expect(&last_origin(&outcome).as_deref(), expected, &outcome)?;
                    expect(&allowed.is_redirected(), &(urls.len() > 1), &outcome)?;
                    expect(&(allowed.response_type() == ResponseType::Basic), &expected.is_none(), &outcome)?;
                    let is_tainted = outcome.notes().contains(&Note::OriginTainted);
                    expect(&is_tainted, &(*expected == null), &outcome)?;
                }
            }
        }
        Ok(())
    });
}

#[test]
fn every_hop_has_to_pass_the_check() {
    let bare = |sent: &SentRequest, bare_hop: usize| {
        let status = if sent.hop() < 2 { 302 } else { 200 };
        let answer = if sent.hop() == bare_hop { ResponseHead::new(status) } else { echo(sent, status) };
        Some(answer.header("location", format!("{Y}/")))
    };
    for hop in 0..3 {
        let outcome = page(Engine::Standard).fetch_with(Fetch::get(X), |sent| bare(sent, hop));
        let blocked = outcome.assert_blocked_at(Step::CorsCheck);
        assert_eq!(blocked.hop(), hop);
        assert_eq!(blocked.url(), format!("{}/", if hop == 0 { X } else { Y }));
        assert_eq!(outcome.exchanges().len(), hop + 1);
        let advice = blocked.sentence().contains("a redirect has to carry the header too");
        assert_eq!(advice, hop < 2, "{outcome}");
    }
    // The page's own origin needs none.
    page(Engine::Standard)
        .fetch_with(Fetch::get("/"), |sent| {
            Some(if sent.hop() == 0 { head(302, &[("location", b"http://x.test/")]) } else { echo(sent, 200) })
        })
        .assert_readable();
}

#[test]
fn a_tainted_origin_is_refused_where_the_page_alone_is_allowed() {
    let answer = |sent: &SentRequest, last: &[u8]| {
        let redirect = head(302, &[("access-control-allow-origin", b"*"), ("location", b"http://y.test/")]);
        Some(if sent.hop() == 0 { redirect } else { head(200, &[("access-control-allow-origin", last)]) })
    };
    for (last, passes) in [(PAGE.as_bytes(), false), (b"null", true), (b"*", true), (b"http://x.test", false)] {
        let outcome = page(Engine::Standard).fetch_with(Fetch::get(X), |sent| answer(sent, last));
        assert_eq!(outcome.is_readable(), passes, "{outcome}");
        if !passes {
            assert!(outcome.assert_blocked().sentence().contains("`null`"));
        }
    }
}

#[test]
fn methods_and_bodies() {
    #[rustfmt::skip]
    let cases: &[(&str, u16, &str)] = &[
        ("GET", 301, "GET"), ("GET", 302, "GET"), ("GET", 303, "GET"), ("GET", 307, "GET"), ("GET", 308, "GET"),
        ("HEAD", 301, "HEAD"), ("HEAD", 302, "HEAD"), ("HEAD", 303, "HEAD"), ("HEAD", 307, "HEAD"), ("HEAD", 308, "HEAD"),
        ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("POST", 307, "POST"), ("POST", 308, "POST"),
        ("PUT", 301, "PUT"), ("PUT", 302, "PUT"), ("PUT", 303, "GET"), ("PUT", 307, "PUT"), ("PUT", 308, "PUT"),
        ("DELETE", 302, "DELETE"), ("DELETE", 303, "GET"), ("patch", 302, "patch"), ("patch", 303, "GET"),
    ];
    check_all(cases, |(method, status, expected)| {
        let has_body = !matches!(*method, "GET" | "HEAD");
        let mut fetch = Fetch::new(method, format!("{X}/")).header("accept", "a");
        if has_body {
            fetch = fetch.json("{}").header("content-language", "en").header("x-a", "1");
        }
        let outcome = chain(Engine::Standard, fetch, *status, &[X]);
        let sent = outcome.actual_requests().last().unwrap().request();
        expect(&sent.method(), expected, &outcome)?;
        let keeps = has_body && method == expected;
        expect(&(sent.body() == b"{}"), &keeps, &outcome)?;
        for name in ["content-type", "content-language"] {
            expect(&sent.headers().contains(name), &keeps, &outcome)?;
        }
        expect(&sent.headers().contains("x-a"), &has_body, &outcome)?;
        expect(&text(sent, "accept").as_deref(), &Some("a"), &outcome)
    });
}

#[test]
fn the_new_url_is_preflighted_anew() {
    // A method that becomes GET needs no second one.
    for (status, preflights) in [(303, 1), (307, 2)] {
        let outcome = chain(Engine::Standard, Fetch::put(format!("{X}/")), status, &[X]);
        outcome.assert_readable();
        assert_eq!(outcome.preflights().count(), preflights, "{outcome}");
    }
    // A request of the own origin that leaves it is preflighted where it goes.
    let outcome = chain(Engine::Standard, Fetch::put("/"), 307, &[X]);
    assert_eq!(outcome.preflights().map(|exchange| exchange.request().hop()).collect::<Vec<_>>(), [1]);
    // And fails there if the answer forbids it, before the request is sent again.
    let outcome = page(Engine::Standard).fetch_with(Fetch::put("/"), |sent| {
        Some(if sent.hop() == 0 { head(307, &[("location", b"http://x.test/")]) } else { head(404, &[]) })
    });
    assert_eq!(outcome.assert_blocked_at(Step::PreflightCheck).hop(), 1);
    assert_eq!(outcome.actual_requests().count(), 1);
}

#[test]
fn origins_of_preflights_after_a_tainting_redirect() {
    for engine in ENGINES {
        let outcome = chain(engine, Fetch::put(format!("{X}/")), 307, &[Y]);
        outcome.assert_readable();
        let preflight = outcome.preflights().last().unwrap().request();
        let expected = if engine == Engine::Firefox { PAGE } else { "null" };
        assert_eq!(text(preflight, "origin").as_deref(), Some(expected), "{engine:?}");
        assert_eq!(last_origin(&outcome).as_deref(), Some("null"));
    }
}

#[test]
fn a_grant_for_null_is_not_one_for_the_page() {
    let mut page = page(Engine::Standard);
    let mut answer = |sent: &SentRequest| {
        let url = sent.url();
        let is_first = url.starts_with(X) && !sent.is_preflight();
        let answer = echo(sent, if is_first { 307 } else { 200 }).header("access-control-max-age", "100");
        Some(if is_first { answer.header("location", format!("{Y}/")) } else { answer })
    };
    assert_eq!(page.fetch_with(Fetch::put(format!("{X}/")), &mut answer).preflights().count(), 2);
    assert_eq!(page.fetch_with(Fetch::put(format!("{Y}/")), &mut answer).preflights().count(), 1);
    assert_eq!(page.fetch_with(Fetch::put(format!("{X}/")), &mut answer).preflights().count(), 0);
}

#[test]
fn authorization_goes_no_further_than_its_origin() {
    for engine in ENGINES {
        for (to, kept) in [(X, true), (Y, false), ("http://x.test:81", false), ("https://x.test", false)] {
            let fetch = Fetch::get(format!("{X}/")).header("Authorization", "Bearer x").header("x-a", "1");
            let outcome = chain(engine, fetch, 302, &[to]);
            outcome.assert_readable();
            let sent = outcome.actual_requests().last().unwrap().request();
            assert_eq!(sent.headers().contains("authorization"), kept, "{engine:?} {to}");
            assert_eq!(outcome.notes().contains(&Note::AuthorizationRemoved), !kept);
            assert!(sent.headers().contains("x-a"));
            // WebKit goes on asking for it.
            let preflight = outcome.preflights().last().unwrap().request();
            let names = text(preflight, "access-control-request-headers");
            let asks = kept || engine == Engine::WebKit;
            assert_eq!(names.as_deref(), Some(if asks { "authorization,x-a" } else { "x-a" }), "{engine:?} {to}");
        }
        // From the page's own origin as well.
        let fetch = Fetch::get("/").header("Authorization", "Bearer x");
        let outcome = chain(engine, fetch, 302, &[X]);
        assert!(!outcome.actual_requests().last().unwrap().request().headers().contains("authorization"));
    }
}

/// URL, the lines of `Location`, where it ends.
type LocationCase<'a> = (&'a str, &'a [&'a [u8]], Option<Step>);

#[test]
fn where_redirects_must_not_lead() {
    let (credentials, redirect) = (Some(Step::RedirectCredentials), Some(Step::Redirect));
    #[rustfmt::skip]
    let cases: &[LocationCase<'_>] = &[
        ("http://x.test/", &[b"http://x.test/"], None),
        ("http://x.test/", &[b"/relative"], None),
        ("http://x.test/", &[b"//x.test/"], None),
        ("http://x.test/", &[b"?q"], None),
        ("http://x.test/", &[b"#f"], None),
        ("http://x.test/", &[b""], None),
        ("http://x.test/", &[], None),
        ("http://x.test/", &[b"http://user:password@x.test/"], credentials),
        ("http://x.test/", &[b"http://user@x.test/"], credentials),
        ("http://x.test/", &[b"http://:password@x.test/"], credentials),
        ("http://x.test/", &[b"http://user:password@web.test:8000/"], credentials),
        ("/own", &[b"http://user:password@x.test/"], credentials),
        ("/own", &[b"http://user:password@web.test:8000/"], None),
        ("http://x.test/", &[b"foo://bar"], redirect),
        ("http://x.test/", &[b"data:text/plain,x"], redirect),
        ("http://x.test/", &[b"file:///etc/passwd"], redirect),
        ("http://x.test/", &[b"javascript:1"], redirect),
        ("http://x.test/", &[b"http://"], redirect),
        ("http://x.test/", &[b"http://a b/"], redirect),
        ("http://x.test/", &[b"/one", b"/two"], redirect),
    ];
    check_all(cases, |(url, locations, step)| {
        let outcome = page(Engine::Standard).fetch_with(Fetch::get(url), |sent| {
            if sent.hop() > 0 {
                return Some(echo(sent, 200));
            }
            Some(locations.iter().fold(echo(sent, 302), |head, location| head.header("location", location)))
        });
        expect(&outcome.blocked().map(Blocked::step), step, &outcome)?;
        if locations.is_empty() {
            expect(&outcome.allowed().map(Allowed::status), &Some(302), &outcome)?;
        }
        expect(&outcome.blocked().is_some_and(Blocked::is_cors), &(*step == credentials), &outcome)
    });
}

#[test]
fn twenty_redirects_are_the_most() {
    for (hops, passes) in [(20, true), (21, false)] {
        let outcome = page(Engine::Standard).fetch_with(Fetch::get(X), |sent| {
            let status = if sent.hop() < hops { 302 } else { 200 };
            Some(echo(sent, status).header("location", "/again"))
        });
        assert_eq!(outcome.is_readable(), passes);
        assert_eq!(outcome.exchanges().len(), 21);
        if !passes {
            assert!(!outcome.assert_blocked_at(Step::Redirect).is_cors());
        }
    }
}

#[test]
fn a_preflight_is_never_redirected() {
    for status in [301, 302, 303, 307, 308] {
        let outcome = page(Engine::Standard)
            .fetch_with(Fetch::put(X), |sent| Some(echo(sent, status).header("location", format!("{X}/ok"))));
        outcome.assert_blocked_at(Step::PreflightStatus);
        assert_eq!(outcome.exchanges().len(), 1);
    }
}

#[test]
fn a_stream_cannot_be_sent_twice() {
    for (status, passes) in [(302, false), (307, false), (308, false), (303, true)] {
        let mut page = Browser::new().http2().page(PAGE);
        let outcome = page.fetch_with(Fetch::post(format!("{X}/")).stream("x"), |sent| {
            let status = if sent.is_preflight() || sent.hop() == 1 { 200 } else { status };
            Some(echo(sent, status).header("location", "/next"))
        });
        assert_eq!(outcome.is_readable(), passes, "{outcome}");
        assert_eq!(outcome.blocked().map(Blocked::step), (!passes).then_some(Step::Redirect), "{outcome}");
    }
}

#[test]
fn redirect_modes() {
    let answer = |sent: &SentRequest| Some(echo(sent, 302).header("location", "/x").header("x-a", "1"));
    let outcome = page(Engine::Standard).fetch_with(Fetch::get(X).redirect(RedirectMode::Manual), answer);
    let allowed = outcome.allowed().unwrap();
    assert_eq!((allowed.response_type(), allowed.status()), (ResponseType::OpaqueRedirect, 0));
    assert!(allowed.headers().is_empty());
    let outcome = page(Engine::Standard).fetch_with(Fetch::get(X).redirect(RedirectMode::Error), answer);
    assert!(!outcome.assert_blocked_at(Step::Redirect).is_cors());
    for mode in [RedirectMode::Manual, RedirectMode::Error] {
        // Across origins, `no-cors` has to follow.
        let fetch = Fetch::get(X).no_cors().redirect(mode);
        page(Engine::Standard).fetch_with(fetch, answer).assert_blocked_at(Step::Request);
        // The check comes before the redirect.
        let fetch = Fetch::get(X).redirect(mode);
        page(Engine::Standard).judge(fetch, None, &head(302, &[])).assert_blocked_at(Step::CorsCheck);
    }
}

#[test]
fn modes_hold_on_every_hop() {
    let outcome = chain(Engine::Standard, Fetch::get("/").mode(Mode::SameOrigin), 302, &[X]);
    assert!(!outcome.assert_blocked_at(Step::SameOrigin).is_cors());
    assert_eq!(outcome.exchanges().len(), 1);
    chain(Engine::Standard, Fetch::get("/").mode(Mode::SameOrigin), 302, &[SAME]).assert_readable();
    chain(Engine::Standard, Fetch::get("/").no_cors(), 302, &[X]).assert_opaque();
    chain(Engine::Standard, Fetch::get(X).no_cors(), 302, &[SAME]).assert_opaque();
    let outcome = chain(Engine::Standard, Fetch::get("/").no_cors(), 302, &[SAME]);
    assert_eq!(outcome.assert_readable().response_type(), ResponseType::Basic);
}

#[test]
fn forms_are_redirected_with_their_origin() {
    let outcome = page(Engine::Standard).fetch_with(Form::post(format!("{X}/")), |sent| {
        Some(if sent.hop() == 0 { head(307, &[("location", b"http://y.test/")]) } else { head(200, &[]) })
    });
    assert_eq!(outcome.allowed().unwrap().response_type(), ResponseType::Navigation);
    let origins: Vec<_> = outcome.exchanges().iter().map(|exchange| text(exchange.request(), "origin")).collect();
    assert_eq!(origins, [Some(PAGE.to_owned()), Some("null".to_owned())]);
}

#[test]
fn metadata_tells_of_the_whole_chain() {
    let page = || Browser::new().page("https://app.example.com");
    let cases = [
        (vec!["https://api.example.com"], "same-site"),
        (vec!["https://app.example.com"], "same-origin"),
        (vec!["https://other.test", "https://app.example.com"], "cross-site"),
        (vec!["https://api.example.com", "https://app.example.com"], "same-site"),
        (vec!["https://app.example.com", "https://other.test"], "cross-site"),
    ];
    for (urls, expected) in cases {
        let outcome = page().fetch_with(Fetch::get(urls[0]), |sent| {
            Some(match urls.get(sent.hop() + 1) {
                Some(next) => echo(sent, 302).header("location", next),
                None => echo(sent, 200),
            })
        });
        let sent = outcome.exchanges().last().unwrap().request();
        assert_eq!(text(sent, "sec-fetch-site").as_deref(), Some(expected), "{urls:?}");
    }
}
