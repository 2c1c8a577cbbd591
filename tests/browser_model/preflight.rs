//! The preflight: when it is made, how it is written, and every check on its answer.

use crate::{ENGINES, Line, PAGE, URL, check_all, expect, fetch, grant, head, open, page};
use tower_cors::browser::{
    AuthorizationRule, Blocked, Browser, Engine, Fetch, Outcome, PreflightReason, ResponseHead, Step,
};

/// Method, list, where it ends without credentials, and with.
type MethodCase<'a> = (&'a str, &'a [u8], Option<Step>, Option<Step>);
/// Names, list, where it ends without credentials, and with.
type HeaderCase<'a> = (&'a [&'a str], &'a [u8], Option<Step>, Option<Step>);
/// Credentials, methods, headers, method, header, passes.
type StarCase<'a> = (bool, &'a [u8], &'a [u8], &'a str, &'a str, bool);

fn judged(engine: Engine, fetch: Fetch, preflight: &ResponseHead) -> Outcome {
    page(engine).judge(fetch, Some(preflight), &open(200))
}

/// Readable, or blocked at this step.
fn ends_at(outcome: &Outcome, step: Option<Step>) -> Result<(), String> {
    expect(&outcome.blocked().map(Blocked::step), &step, outcome)?;
    // What a preflight forbids never reaches the service.
    expect(&(outcome.actual_requests().count() > 0), &step.is_none(), outcome)
}

#[test]
fn preflight_status() {
    let cases: Vec<(u16, bool)> = [200, 201, 202, 203, 204, 205, 206, 226, 299]
        .map(|status| (status, true))
        .into_iter()
        .chain(
            (300..=308).chain(400..=417).chain([421, 429]).chain(500..=505).chain([599, 680, 790]).map(|s| (s, false)),
        )
        .collect();
    check_all(&cases, |(status, passes)| {
        for engine in ENGINES {
            let preflight = head(
                *status,
                &[
                    ("access-control-allow-origin", b"*"),
                    ("access-control-allow-headers", b"x-a"),
                    ("location", b"/elsewhere"),
                ],
            );
            let outcome = judged(engine, fetch("GET", &[("x-a", b"1")], false), &preflight);
            ends_at(&outcome, (!passes).then_some(Step::PreflightStatus))?;
            // A misdirected request is repeated once.
            expect(&outcome.preflights().count(), &if *status == 421 { 2 } else { 1 }, &outcome)?;
        }
        Ok(())
    });
}

#[test]
fn a_repeated_preflight_can_succeed() {
    let mut seen = 0;
    let outcome = page(Engine::Standard).fetch_with(fetch("PUT", &[], false), |sent| {
        seen += usize::from(sent.is_preflight());
        Some(if seen == 1 { open(421) } else { grant(b"PUT", b"") })
    });
    outcome.assert_readable();
    assert_eq!(seen, 2);
}

#[test]
fn the_cors_check_comes_before_the_status() {
    let outcome = judged(Engine::Standard, Fetch::put(URL), &head(404, &[]));
    assert!(outcome.assert_blocked_at(Step::PreflightCheck).sentence().contains("status 404"));
}

#[test]
fn methods() {
    let blocked = Some(Step::PreflightMethod);
    let bad_list = Some(Step::PreflightLists);
    // Method, list, without credentials, with credentials.
    #[rustfmt::skip]
    let cases: &[MethodCase<'_>] = &[
        ("PUT", b"PUT", None, None),
        ("put", b"PUT", None, None),
        ("Put", b"PUT", None, None),
        ("PUT", b"put", blocked, blocked),
        ("put", b"put", blocked, blocked),
        ("PUT", b"PUTT", blocked, blocked),
        ("PUT", b"", blocked, blocked),
        ("PUT", b"*", None, blocked),
        ("PUT", b"GET, *", None, blocked),
        ("PUT", b"PUT, *", None, None),
        ("PUT", b"P*", blocked, blocked),
        ("PUT", b"**", blocked, blocked),
        ("PUT", b",,PUT,GET", None, None),
        ("PUT", b"GET\t,\tPUT", None, None),
        ("PUT", b"GET,POST", blocked, blocked),
        ("PUT", b"GET PUT", bad_list, bad_list),
        ("PUT", b"PUT, Bad value", bad_list, bad_list),
        ("PUT", b"\"PUT\"", bad_list, bad_list),
        ("PUT", b"PUT;", bad_list, bad_list),
        ("PUT", b"PUT\x0c", bad_list, bad_list),
        ("PUT", b"PUT, \xff", bad_list, bad_list),
        ("delete", b"DELETE", None, None),
        ("DELETE", b"delete", blocked, blocked),
        ("options", b"OPTIONS", None, None),
        ("OPTIONS", b"options", blocked, blocked),
        ("OPTIONS", b"*", None, blocked),
        ("PATCH", b"PATCH", None, None),
        ("patch", b"PATCH", blocked, blocked),
        ("patch", b"patch", None, None),
        ("PATCH", b"patch", blocked, blocked),
        ("PaTcH", b"PATCH, patch", blocked, blocked),
        ("patch", b"*", None, blocked),
        ("CHICKEN", b"CHICKEN", None, None),
        ("chicken", b"CHICKEN", blocked, blocked),
        ("chicken", b"chicken", None, None),
        ("QUERY", b"QUERY", None, None),
        ("query", b"QUERY", blocked, blocked),
        ("SUPER", b"*", None, blocked),
        ("NEW", b"PUT, NEW", None, None),
        ("PROPFIND", b"PROPFIND", None, None),
        ("M-SEARCH", b"M-SEARCH", None, None),
        ("x!#$%&'*+.^_`|~9", b"x!#$%&'*+.^_`|~9", None, None),
        ("*", b"*", None, None),
        ("*", b"PUT", blocked, blocked),
        ("GETS", b"GET", blocked, blocked),
    ];
    check_all(cases, |(method, list, without, with)| {
        for engine in ENGINES {
            ends_at(&judged(engine, fetch(method, &[], false), &grant(list, b"")), *without)?;
            ends_at(&judged(engine, fetch(method, &[], true), &grant(list, b"")), *with)?;
        }
        Ok(())
    });
}

#[test]
fn safelisted_methods_need_no_listing_but_a_list_must_be_well_formed() {
    for method in ["GET", "get", "HEAD", "Head", "POST", "poSt"] {
        for list in [&b""[..], b"PUT", b"get"] {
            judged(Engine::Standard, fetch(method, &[("x-a", b"1")], true), &grant(list, b"x-a")).assert_readable();
        }
        let outcome = judged(Engine::Standard, fetch(method, &[("x-a", b"1")], true), &grant(b"a b", b"x-a"));
        outcome.assert_blocked_at(Step::PreflightLists);
        page(Engine::Standard).judge(fetch(method, &[], true), None, &open(200)).assert_readable();
    }
}

#[test]
fn lists_may_stand_on_several_lines() {
    let preflight = open(204)
        .header("access-control-allow-methods", "GET")
        .header("Access-Control-Allow-Methods", "PUT")
        .header("access-control-allow-headers", "x-a")
        .header("access-control-allow-headers", " , x-b ,");
    let put = || fetch("PUT", &[("X-A", b"1"), ("X-B", b"2")], true);
    judged(Engine::Standard, put(), &preflight).assert_readable();
    let preflight = preflight.header("access-control-allow-headers", "x c");
    judged(Engine::Standard, put(), &preflight).assert_blocked_at(Step::PreflightLists);
}

#[test]
fn headers() {
    let blocked = Some(Step::PreflightHeader);
    let bad_list = Some(Step::PreflightLists);
    #[rustfmt::skip]
    let cases: &[HeaderCase<'_>] = &[
        (&["x-a"], b"x-a", None, None),
        (&["X-A"], b"x-a", None, None),
        (&["x-a"], b"X-A", None, None),
        (&["x-print"], b",y-lol,x-PriNT, ,,,Y-PRINT", None, None),
        (&["x-print", "y-lol"], b",y-lol,x-PriNT, ,,,Y-PRINT", None, None),
        (&["x-print", "y-none"], b",y-lol,x-PriNT, ,,,Y-PRINT", blocked, blocked),
        (&["x-a", "x-b"], b"x-a ,x-b ", None, None),
        (&["x-a", "x-b"], b"x-a", blocked, blocked),
        (&["x-a"], b"", blocked, blocked),
        (&["x-a"], b"x-ab", blocked, blocked),
        (&["x-a"], b"x-*", blocked, blocked),
        (&["x-a"], b"**", blocked, blocked),
        (&["x-a"], b"'x-a'", blocked, blocked),
        (&["x-a"], b"\"x-a\"", bad_list, bad_list),
        (&["x-a"], b"x-a, header name with space", bad_list, bad_list),
        (&["x-a"], b"x-a: 1", bad_list, bad_list),
        (&["x-a"], b"x-a\x0b", bad_list, bad_list),
        (&["x-a"], b"x-a \xe9", bad_list, bad_list),
        (&["x-a"], b"x-a;x-b", bad_list, bad_list),
        (&["x-a"], b"*", None, blocked),
        (&["x-a"], b"x-b, *", None, blocked),
        (&["x-a"], b"x-a, *", None, None),
        (&["*"], b"*", None, None),
        (&["*"], b"x-a", blocked, blocked),
        (&["content-type"], b"content-type", None, None),
        (&["content-type"], b"accept", blocked, blocked),
        (&["x-test-header1", "X-Test-Header2", "x-test-header-B"], b"X-TEST-HEADER1, x-test-header2 ,x-test-header-b", None, None),
        (&["authorization"], b"authorization", None, None),
        (&["Authorization"], b"AUTHORIZATION", None, None),
        (&["authorization"], b"*, Authorization", None, None),
        (&["authorization", "x-a"], b"*,authorization", None, blocked),
        (&["0z", "a!", "x.dot", "x_under", "x~t"], b"x~t,x_under,x.dot,a!,0z", None, None),
        (&["if-none-match"], b"if-none-match", None, None),
        (&["cache-control", "pragma"], b"cache-control,pragma", None, None),
        (&["cache-control", "pragma"], b"cache-control", blocked, blocked),
        (&["last-event-id"], b"", blocked, blocked),
    ];
    check_all(cases, |(names, list, without, with)| {
        for engine in ENGINES {
            let lines: Vec<Line<'_>> = names.iter().map(|name| (*name, &b"application/json"[..])).collect();
            ends_at(&judged(engine, fetch("GET", &lines, false), &grant(b"", list)), *without)?;
            ends_at(&judged(engine, fetch("GET", &lines, true), &grant(b"", list)), *with)?;
        }
        Ok(())
    });
}

#[test]
fn stars() {
    // `cors-preflight-star.any.js`: credentials, methods, headers, method, header.
    #[rustfmt::skip]
    let cases: &[StarCase<'_>] = &[
        (false, b"get", b"x-test", "GET", "X-Test", true),
        (false, b"*", b"x-test", "SUPER", "X-Test", true),
        (false, b"*", b"*", "OK", "X-Test", true),
        (true, b"*", b"*", "OK", "X-Test", false),
        (true, b"*", b"", "PUT", "", false),
        (true, b"PUT", b"*", "PUT", "", true),
        (true, b"get", b"*", "GET", "X-Test", false),
        (true, b"*", b"*", "GET", "X-Test", false),
        (true, b"*", b"*", "*", "*", true),
        (true, b"put", b"*", "PUT", "", false),
        (false, b"*", b"*", "*", "*", true),
        (true, b"*", b"x-test", "*", "X-Test", true),
    ];
    check_all(cases, |(include, methods, names, method, name, passes)| {
        let headers: &[Line<'_>] = if name.is_empty() { &[] } else { &[(*name, b"1")] };
        let outcome = judged(Engine::Standard, fetch(method, headers, *include), &grant(methods, names));
        expect(&outcome.is_readable(), passes, &outcome)
    });
}

#[test]
fn authorization_and_the_wildcard() {
    let ask = |include| fetch("GET", &[("Authorization", b"Bearer x")], include);
    let star = grant(b"*", b"*");
    for engine in ENGINES {
        for (rule, is_strict) in [
            (None, engine == Engine::Standard),
            (Some(AuthorizationRule::Strict), true),
            (Some(AuthorizationRule::Shipping), false),
        ] {
            let browser = Browser::new().engine(engine);
            let page = rule.map_or(browser.clone(), |rule| browser.authorization(rule)).page(PAGE);
            let outcome = page.judge(ask(false), Some(&star), &open(200));
            if is_strict {
                let blocked = outcome.assert_blocked_at(Step::PreflightAuthorization);
                assert!(blocked.sentence().contains("does not cover it"));
            } else {
                outcome.assert_readable();
            }
            let outcome = page.judge(ask(true), Some(&star), &open(200));
            let step = if is_strict { Step::PreflightAuthorization } else { Step::PreflightHeader };
            outcome.assert_blocked_at(step);
            for list in [&b"authorization"[..], b"*,Authorization"] {
                page.judge(ask(true), Some(&grant(b"", list)), &open(200)).assert_readable();
            }
        }
    }
}

#[test]
fn upload_listeners_and_streams_force_a_preflight() {
    let upload = || Fetch::post(URL).text("x").upload_listener();
    let stream = || Fetch::post(URL).stream("x");
    for (fetch, reason) in [(upload(), PreflightReason::UploadListener), (stream(), PreflightReason::StreamBody)] {
        // No list is needed, and no ACRH is sent for a safelisted content type.
        let outcome = Browser::new().http2().page(PAGE).judge(fetch.clone(), Some(&open(204)), &open(200));
        outcome.assert_readable();
        let preflight = outcome.preflights().next().unwrap().request();
        assert_eq!(preflight.preflight_reasons(), [reason]);
        assert_eq!(preflight.headers().get("access-control-request-method").as_deref(), Some(&b"POST"[..]));
        assert!(!preflight.headers().contains("access-control-request-headers"));
        judged(Engine::Standard, fetch, &head(204, &[])).assert_blocked_at(Step::PreflightCheck);
    }
    // Over HTTP/1.1 a stream is not sent, in the standard and in Chromium, with or without CORS.
    for engine in ENGINES {
        let refuses = matches!(engine, Engine::Standard | Engine::Chromium);
        let outcome = judged(engine, stream(), &open(204));
        assert_eq!(outcome.blocked().map(Blocked::step), refuses.then_some(Step::NoResponse), "{outcome}");
        let own = page(engine).judge(Fetch::post("/x").stream("x"), None, &head(200, &[]));
        assert_eq!(own.blocked().map(Blocked::step), refuses.then_some(Step::NoResponse), "{own}");
    }
    // A list that is there counts: POST needs none, PUT does.
    let put = || Fetch::put(URL).text("x").upload_listener();
    judged(Engine::Standard, put(), &open(204)).assert_readable();
    judged(Engine::Standard, put(), &grant(b"POST", b"")).assert_blocked_at(Step::PreflightMethod);
    // Nothing is preflighted within one origin.
    page(Engine::Standard).judge(Fetch::put("/x").text("x").upload_listener(), None, &head(200, &[])).assert_readable();
}

#[test]
fn the_request_as_browsers_write_it() {
    let fetch = Fetch::new("patch", URL)
        .headers([
            ("X-Test-Header1", "1"),
            ("x-test-headerB", "1"),
            ("X-TEST-HEADER-C", "1"),
            ("x~t", "1"),
            ("x_under", "1"),
            ("x.dot", "1"),
            ("a!", "1"),
            ("0z", "1"),
            ("X-Test-Header1", "2"),
            ("Accept", "*"),
            ("Accept-Language", "bzh"),
            ("Content-Language", "eu"),
            ("Cookie", "no"),
            ("Sec-Fetch-Site", "no"),
        ])
        .with_credentials();
    for engine in ENGINES {
        let mut page = page(engine);
        assert!(page.set_cookie(URL, "a=b"));
        let outcome = page.judge(fetch.clone(), Some(&grant(b"patch", b"x-test-header1")), &open(200));
        let sent = outcome.preflights().next().unwrap().request();
        assert_eq!((sent.method(), sent.url(), sent.hop(), sent.body()), ("OPTIONS", URL, 0, &b""[..]));
        let value = |name| sent.headers().get(name).map(|value| String::from_utf8(value).unwrap());
        assert_eq!(value("accept").as_deref(), Some("*/*"));
        assert_eq!(value("origin").as_deref(), Some(PAGE));
        assert_eq!(value("host").as_deref(), Some("www1.web.test:8001"));
        assert_eq!(value("access-control-request-method").as_deref(), Some("patch"));
        assert_eq!(
            value("access-control-request-headers").as_deref(),
            Some("0z,a!,x-test-header-c,x-test-header1,x-test-headerb,x.dot,x_under,x~t")
        );
        assert!(value("user-agent").is_some());
        for never in ["cookie", "authorization", "content-type", "content-length", "x-test-header1"] {
            assert!(!sent.headers().contains(never), "{never}");
        }
        for once in ["origin", "access-control-request-method", "access-control-request-headers"] {
            assert_eq!(sent.headers().lines(once).count(), 1, "{once}");
        }
        outcome.assert_blocked_at(Step::PreflightHeader);
    }
}

#[test]
fn three_hundred_names_go_in_one_line() {
    let fetch = (0..300).fold(Fetch::get(URL), |fetch, n| fetch.header(format!("x-test-header-{n:03}"), "1"));
    let outcome = judged(Engine::Standard, fetch, &grant(b"", b"*"));
    let sent = outcome.preflights().next().unwrap().request();
    let lines: Vec<_> = sent.headers().lines("access-control-request-headers").collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].split(|byte| *byte == b',').count(), 300);
}

#[test]
fn a_preflight_without_an_answer_is_no_cors_matter() {
    let outcome = page(Engine::Standard).judge(Fetch::delete(URL), None, &open(200));
    let blocked = outcome.assert_blocked_at(Step::NoResponse);
    assert!(!blocked.is_cors());
    assert!(blocked.sentence().contains("no CORS matter"));
    assert_eq!(blocked.preflight_reasons(), [PreflightReason::Method("DELETE".to_owned())]);
}
