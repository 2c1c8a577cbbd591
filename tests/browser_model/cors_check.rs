//! The CORS check on preflights and responses, and what a script may read.

use crate::{ENGINES, Line, PAGE, check_all, expect, fetch, grant, head, open, page, readable_names};
use tower_cors::browser::{Allowed, Blocked, CorsFault, Credentials, Engine, Fetch, ResponseType, Step};

/// `cors/origin.htm`: `O` stands for the page's origin.
const PASSING_ORIGINS: &[&[u8]] = &[b"*", b" *  ", b"\t*", b"O", b" O", b" O   \t ", b"\tO", b"O\t"];

const FAILING_ORIGINS: &[&[u8]] = &[
    b"http://sub.web.test:8000",
    b"//web.test:8000",
    b"://web.test:8000",
    b"ftp://web.test:8000",
    b"http:://web.test:8000",
    b"http:/web.test:8000",
    b"http:web.test:8000",
    b"web.test:8000",
    b"O?",
    b"O/",
    b"O /",
    b"O#",
    b"O%23",
    b"O:80",
    b"O, *",
    b"O\0",
    b"HTTP://WEB.TEST:8000",
    b"HTTP://web.test:8000",
    b"http://WEB.TEST:8000",
    b"-",
    b"**",
    b",*",
    b"*,",
    b"\0*",
    b"*\0",
    b"*\x0b",
    b"\x0c*",
    b"'*'",
    b"\"*\"",
    b"* *",
    b"* null",
    b"*http://*",
    b"*O",
    b"* O",
    b"*, O",
    b"O, O",
    b"null O",
    b"http://other.test",
    b"null",
    b"null *",
    b"",
    b"http://web.test:8000/page.html",
    b"http://www1.web.test:8001",
    b"http://www1.web.test:8001/resource?x=1",
    b".web.test:8000",
    b"*.web.test:8000",
    b"http://*.test:8000",
    b"http://web.test",
    b"http://web.test:08000",
    b"http://web.test.:8000",
    b"\xefO",
];

fn written(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in value {
        if *byte == b'O' { out.extend_from_slice(PAGE.as_bytes()) } else { out.push(*byte) }
    }
    out
}

#[test]
fn allow_origin_on_the_response() {
    let cases: Vec<_> = PASSING_ORIGINS
        .iter()
        .map(|value| (*value, true))
        .chain(FAILING_ORIGINS.iter().map(|value| (*value, false)))
        .collect();
    check_all(&cases, |(value, passes)| {
        for engine in ENGINES {
            let response = head(200, &[("Access-Control-Allow-Origin", &written(value))]);
            let outcome = page(engine).judge(Fetch::get(crate::URL), None, &response);
            expect(&outcome.is_readable(), passes, &outcome)?;
            if !passes {
                expect(&outcome.blocked().map(Blocked::step), &Some(Step::CorsCheck), &outcome)?;
            }
        }
        Ok(())
    });
}

#[test]
fn allow_origin_on_the_preflight() {
    let cases: Vec<_> = PASSING_ORIGINS
        .iter()
        .map(|value| (*value, true))
        .chain(FAILING_ORIGINS.iter().map(|value| (*value, false)))
        .collect();
    check_all(&cases, |(value, passes)| {
        let preflight =
            head(200, &[("access-control-allow-origin", &written(value)), ("access-control-allow-headers", b"x-a")]);
        let outcome = page(Engine::Standard).judge(fetch("GET", &[("x-a", b"1")], false), Some(&preflight), &open(200));
        expect(&outcome.is_readable(), passes, &outcome)?;
        if !passes {
            expect(&outcome.blocked().map(Blocked::step), &Some(Step::PreflightCheck), &outcome)?;
            expect(&outcome.actual_requests().count(), &0, &outcome)?;
        }
        Ok(())
    });
}

#[test]
fn several_allow_origin_lines_always_fail() {
    let values: [&[u8]; 3] = [b"", b"*", b"O"];
    let cases: Vec<_> = values.iter().flat_map(|one| values.iter().map(move |other| (*one, *other))).collect();
    check_all(&cases, |(one, other)| {
        let name = "access-control-allow-origin";
        let response = head(200, &[(name, &written(one)), (name, &written(other))]);
        let outcome = page(Engine::Standard).judge(Fetch::get(crate::URL), None, &response);
        let fault = outcome.blocked().and_then(Blocked::cors_fault);
        expect(&matches!(fault, Some(CorsFault::Several(_))), &true, &outcome)
    });
}

#[test]
fn wildcard_origin_never_goes_with_credentials() {
    let response = head(200, &[("access-control-allow-origin", b"*"), ("access-control-allow-credentials", b"true")]);
    let outcome = page(Engine::Standard).judge(fetch("GET", &[], true), None, &response);
    assert_eq!(outcome.assert_blocked().cors_fault(), Some(&CorsFault::WildcardWithCredentials));
    for credentials in [Credentials::Omit, Credentials::SameOrigin] {
        let fetch = Fetch::get(crate::URL).credentials(credentials);
        page(Engine::Standard).judge(fetch, None, &response).assert_readable();
    }
}

#[test]
fn allow_credentials() {
    let cases: &[(&[&[u8]], bool)] = &[
        (&[b"true"], true),
        (&[b" true\t"], true),
        (&[b"TRUE"], false),
        (&[b"True"], false),
        (&[b"\"true\""], false),
        (&[b"'true'"], false),
        (&[b"false"], false),
        (&[b"1"], false),
        (&[b"0"], false),
        (&[b""], false),
        (&[b"true, true"], false),
        (&[b"true", b"true"], false),
        (&[], false),
    ];
    check_all(cases, |(values, passes)| {
        let mut lines: Vec<Line<'_>> = vec![("access-control-allow-origin", PAGE.as_bytes())];
        lines.extend(values.iter().map(|value| ("access-control-allow-credentials", *value)));
        let response = head(200, &lines);
        let outcome = page(Engine::Standard).judge(fetch("GET", &[], true), None, &response);
        expect(&outcome.is_readable(), passes, &outcome)?;
        // Without credentials the header is ignored.
        let outcome = page(Engine::Standard).judge(fetch("GET", &[], false), None, &response);
        expect(&outcome.is_readable(), &true, &outcome)?;
        // On the preflight the mode of the request behind it counts.
        let mut preflight = response.clone();
        preflight = preflight.header("access-control-allow-methods", "PUT");
        let outcome = page(Engine::Standard).judge(fetch("PUT", &[], true), Some(&preflight), &open(200));
        expect(&outcome.is_readable(), passes, &outcome)
    });
}

#[test]
fn null_passes_only_for_opaque_origins() {
    let null = head(200, &[("access-control-allow-origin", b"null"), ("access-control-allow-credentials", b"true")]);
    let star = head(200, &[("access-control-allow-origin", b"*")]);
    let upper = head(200, &[("access-control-allow-origin", b"NULL")]);
    for origin in ["null", "data:text/html,x", "about:blank", "file:///tmp/a.html"] {
        let page = tower_cors::browser::Browser::new().page(origin);
        assert_eq!(page.origin(), "null");
        page.judge(fetch("GET", &[], true), None, &null).assert_readable();
        page.judge(fetch("GET", &[], false), None, &star).assert_readable();
        page.judge(fetch("GET", &[], false), None, &upper).assert_blocked();
        page.judge(fetch("GET", &[], false), None, &open(200)).assert_blocked();
    }
    page(Engine::Standard).judge(fetch("GET", &[], false), None, &null).assert_blocked();
}

#[test]
fn any_status_may_be_read() {
    let statuses = [
        200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 304, 400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 418,
        421, 429, 500, 501, 502, 503, 504, 599, 699,
    ];
    check_all(&statuses, |status| {
        for engine in ENGINES {
            let outcome = page(engine).judge(Fetch::get(crate::URL), None, &open(*status));
            expect(&outcome.allowed().map(Allowed::status), &Some(*status), &outcome)?;
            // After a preflight as well.
            let outcome = page(engine).judge(fetch("PUT", &[], true), Some(&grant(b"PUT", b"")), &open(*status));
            expect(&outcome.allowed().map(Allowed::status), &Some(*status), &outcome)?;
            // And not without the header.
            let outcome = page(engine).judge(Fetch::get(crate::URL), None, &head(*status, &[]));
            expect(&outcome.blocked().map(Blocked::step), &Some(Step::CorsCheck), &outcome)?;
        }
        Ok(())
    });
}

#[test]
fn a_407_is_no_answer_in_chromium() {
    for engine in ENGINES {
        let outcome = page(engine).judge(Fetch::get(crate::URL), None, &open(407));
        if engine == Engine::Chromium {
            assert!(!outcome.assert_blocked_at(Step::NoResponse).is_cors());
        } else {
            outcome.assert_readable().assert_status(407);
        }
    }
}

#[test]
fn a_304_to_the_pages_own_condition_needs_the_header_too() {
    let fetch = || Fetch::get(crate::URL).header("if-none-match", "\"1\"");
    let preflight = grant(b"", b"if-none-match");
    page(Engine::Standard).judge(fetch(), Some(&preflight), &open(304)).assert_readable().assert_status(304);
    page(Engine::Standard).judge(fetch(), Some(&preflight), &head(304, &[])).assert_blocked_at(Step::CorsCheck);
}

const SENT: &[Line<'static>] = &[
    ("Age", b"1"),
    ("BB-8", b"hey"),
    ("Cache-Control", b"no-cache"),
    ("Content-Language", b"sw"),
    ("Content-Length", b"0"),
    ("Content-Type", b"text/plain"),
    ("Expires", b"0"),
    ("Last-Modified", b"x"),
    ("Pragma", b"x"),
    ("Server", b"s"),
    ("Set-Cookie", b"a=b"),
    ("Set-Cookie2", b"a=b"),
    ("Warning", b"w"),
    ("X-Powered-By", b"p"),
    ("*", b"star"),
];

const ALWAYS: [&str; 7] =
    ["Cache-Control", "Content-Language", "Content-Length", "Content-Type", "Expires", "Last-Modified", "Pragma"];

/// What `expose` adds to what is always readable; `None` stands for everything but cookies.
fn exposed(engine: Engine, include: bool, expose: &[&[u8]], more: Option<&[&str]>) -> Result<(), String> {
    let mut lines = SENT.to_vec();
    lines.push(("access-control-allow-origin", PAGE.as_bytes()));
    lines.push(("access-control-allow-credentials", b"true"));
    lines.extend(expose.iter().map(|value| ("Access-Control-Expose-Headers", *value)));
    let outcome = page(engine).judge(fetch("GET", &[], include), None, &head(200, &lines));
    let mut expected: Vec<&str> = match more {
        Some(more) => ALWAYS.iter().chain(more).copied().collect(),
        None => lines.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("Set-Cookie")).collect(),
    };
    expected.sort_unstable();
    expected.dedup();
    let allowed = outcome.allowed().ok_or_else(|| outcome.to_string())?;
    expect(&readable_names(allowed), &expected, &outcome)?;
    // What is not readable is said to have come.
    let hidden =
        lines.iter().all(|(name, _)| allowed.headers().contains(name) != allowed.hidden_headers().contains(name));
    expect(&hidden, &true, &outcome)
}

/// The header's lines, with credentials, what becomes readable.
type IncludeCase<'a> = (&'a [&'a [u8]], bool, Option<&'a [&'a str]>);

type ExposeCase<'a> = (&'a [&'a [u8]], Option<&'a [&'a str]>);

#[test]
fn exposed_headers() {
    // `cors/access-control-expose-headers-parsing.window.js`, `cors-filtering`, `response-headers.htm`.
    let bb8: Option<&[&str]> = Some(&["BB-8"]);
    let none: Option<&[&str]> = Some(&[]);
    let cases: &[ExposeCase<'_>] = &[
        (&[], none),
        (&[b""], none),
        (&[b"BB-8"], bb8),
        (&[b"bb-8"], bb8),
        (&[b"bb-8", b"no"], bb8),
        (&[b"no", b"bb-8"], bb8),
        (&[b"", b"bb-8"], bb8),
        (&[b",bb-8"], bb8),
        (&[b"bb-8,"], bb8),
        (&[b" bb-8\t,\t"], bb8),
        (&[b"'bb-8',bb-8"], bb8),
        (&[b"bb-8,,@#$#%%&^&^*()()11!"], none),
        (&[b"bb-8, no no"], none),
        (&[b"@#$#%%&^&^*()()11!,bb-8"], none),
        (&[b"bb-8", b"no no"], none),
        (&[b"no no", b"bb-8"], none),
        (&[b"bb-8\x0c"], none),
        (&[b"bb-8\x0b"], none),
        (&[b"bb-8\x0b,bb-8"], none),
        (&[b"'bb-8'"], none),
        (&[b"\"bb-8\",bb-8"], none),
        (&[b"bb-8;q=1"], none),
        (&[b"bb-8\xff"], none),
        (&[b"bb-*"], none),
        (&[b"b*"], none),
        (&[b"**"], none),
        (&[b"Age,server", b"x-powered-BY"], Some(&["Age", "Server", "X-Powered-By"])),
        (&[b"warning"], Some(&["Warning"])),
        (&[b"set-cookie"], none),
        (&[b"Set-Cookie, Set-Cookie2, bb-8"], bb8),
        (&[b"access-control-allow-origin"], Some(&["access-control-allow-origin"])),
    ];
    check_all(cases, |(expose, more)| {
        for engine in ENGINES {
            exposed(engine, false, expose, *more)?;
            exposed(engine, true, expose, *more)?;
        }
        Ok(())
    });
}

#[test]
fn exposed_wildcard() {
    // With credentials, `*` is the name of a header.
    let cases: &[IncludeCase<'_>] = &[
        (&[b"*"], false, None),
        (&[b"bb-8,*"], false, None),
        (&[b"*", b"set-cookie"], false, None),
        (&[b"*,"], false, None),
        (&[b" * "], false, None),
        (&[b"*"], true, Some(&["*"])),
        (&[b"*,BB-8"], true, Some(&["*", "BB-8"])),
        (&[b"*", b"set-cookie"], true, Some(&["*"])),
    ];
    check_all(cases, |(expose, include, more)| {
        ENGINES.iter().try_for_each(|engine| exposed(*engine, *include, expose, *more))
    });
}

#[test]
fn firefox_exposes_everything_by_a_wildcard_before_an_element_that_is_no_token() {
    for engine in ENGINES {
        let more: Option<&[&str]> = if engine == Engine::Firefox { None } else { Some(&[]) };
        exposed(engine, false, &[b"* , no no"], more).unwrap();
        exposed(engine, false, &[b"no no, *"], Some(&[])).unwrap();
        exposed(engine, true, &[b"* , no no"], Some(&[])).unwrap();
    }
}

#[test]
fn answers_of_the_own_origin_hide_only_cookies() {
    let response = head(200, &[("x-a", b"1"), ("set-cookie", b"a=b"), ("etag", b"x")]);
    let outcome = page(Engine::Standard).judge(Fetch::put("/own").header("x-b", "1"), None, &response);
    outcome.assert_not_preflighted();
    let allowed = outcome.assert_readable();
    assert_eq!(allowed.response_type(), ResponseType::Basic);
    assert_eq!(readable_names(allowed), ["etag", "x-a"]);
    assert_eq!(allowed.hidden_headers().len(), 1);
}

#[test]
fn no_cors_is_opaque_whatever_the_server_sends() {
    let response = open(200).header("access-control-expose-headers", "*").header("x-a", "1");
    for method in ["GET", "HEAD", "POST"] {
        let outcome = page(Engine::Standard).judge(Fetch::new(method, crate::URL).no_cors(), None, &response);
        let allowed = outcome.assert_opaque();
        assert_eq!((allowed.status(), allowed.url(), allowed.headers().len()), (0, "", 0));
        assert_eq!(allowed.body(), None);
        assert!(allowed.hidden_headers().contains("x-a"));
        assert!(!allowed.is_readable());
        assert!(outcome.to_string().contains("no-cors"));
    }
}

#[test]
fn null_body_statuses_and_head_have_no_body() {
    for status in [204, 205, 304] {
        let outcome = page(Engine::Standard).judge(Fetch::get(crate::URL), None, &open(status));
        assert_eq!(outcome.assert_readable().body(), None);
    }
    let outcome = page(Engine::Standard).judge(Fetch::head(crate::URL), None, &open(200));
    assert_eq!(outcome.assert_readable().body(), None);
    let outcome = page(Engine::Standard).judge(Fetch::get(crate::URL), None, &open(404));
    assert_eq!(outcome.assert_readable().body(), Some(&b""[..]));
}

#[test]
fn heads_are_bounded() {
    let long = "x".repeat(300_000);
    let outcome = page(Engine::Standard).judge(Fetch::get(crate::URL), None, &open(200).header("x-a", &long));
    assert!(!outcome.assert_blocked_at(Step::NoResponse).is_cors());
    // What fits is judged, however many names it has.
    let names: Vec<_> = (0..9000).map(|n| format!("x-{n}")).collect();
    let response = names.iter().fold(open(200), |head, name| head.header(name, "1"));
    let response = response.header("access-control-expose-headers", names.join(","));
    let outcome = page(Engine::Standard).judge(Fetch::get(crate::URL), None, &response);
    assert_eq!(outcome.assert_readable().headers().len(), 9000);
}
