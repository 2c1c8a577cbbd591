//! Which requests need no preflight, and which headers and methods a script cannot use.

use crate::{ENGINES, URL, check_all, expect, fetch, grant, open, page};
use tower_cors::browser::{CacheMode, Engine, Fetch, Mode, Note, PreflightReason, Step, UnsafeHeader};

fn is_preflighted(engine: Engine, fetch: Fetch) -> (bool, tower_cors::browser::Outcome) {
    let outcome = page(engine).judge(fetch, Some(&grant(b"*", b"*")), &open(200));
    let is_preflighted = outcome.preflights().next().is_some();
    (is_preflighted, outcome)
}

fn long(prefix: &str, length: usize) -> Vec<u8> {
    let mut value = prefix.as_bytes().to_vec();
    value.resize(length, b'x');
    value
}

#[test]
fn request_headers() {
    let (no, yes) = (false, true);
    let long_128 = long("text/plain; long=", 128);
    let long_129 = long("text/plain; long=", 129);
    let (accept_128, accept_129) = (long("", 128), long("", 129));
    let digits = "9".repeat(60);
    let huge = format!("bytes={digits}-1{digits}");
    let falling = format!("bytes=1{digits}-{digits}");
    #[rustfmt::skip]
    let cases: &[(&str, &[u8], bool)] = &[
        // `cors-no-preflight.any.js`
        ("Accept", b"*/*", no),
        ("Accept-Language", b"fr", no),
        ("Content-Language", b"fr", no),
        ("Content-Type", b"application/x-www-form-urlencoded", no),
        ("Content-Type", b"multipart/form-data", no),
        ("Content-Type", b"text/plain", no),
        ("Content-Type", b"text/plain;charset=utf-8", no),
        ("Content-Type", b"Text/Plain;charset=utf-8", no),
        ("Content-Type", b"  text/plain  ", no),
        // `cors-preflight-not-cors-safelisted.any.js`
        ("accept", b"\"", yes),
        ("accept", &accept_128, no),
        ("accept", &accept_129, yes),
        ("accept", b"", no),
        ("accept-language", b"\x01", yes),
        ("accept-language", b"@", yes),
        ("accept-language", b"en-GB, *;q=0.5", no),
        ("accept-language", b"en_GB", yes),
        ("accept-language", b"en\t", no),
        ("accept-language", b"e\tn", yes),
        ("accept-language", b"en/fr", yes),
        ("accept-language", b"\xe9", yes),
        ("authorization", b"basic", yes),
        ("content-language", b"\x01", yes),
        ("content-language", b"@", yes),
        ("content-language", b"eu", no),
        ("content-type", b"text/html", yes),
        ("content-type", &long_128, no),
        ("content-type", &long_129, yes),
        ("range", b"bytes 0-", yes),
        ("test", b"hi", yes),
        ("last-event-id", b"1", yes),
        // `cors-safelisted-request-header.any.js`
        ("content-type", b"text/plain;garbage", no),
        ("content-type", b"text/plain;", no),
        ("content-type", b"text/plain ;x=y", no),
        ("content-type", b"text/plain,", yes),
        ("content-type", b",text/plain", yes),
        ("content-type", b"text/plain,text/plain", yes),
        ("content-type", b"text/plain, application/json", yes),
        ("content-type", b"text/plain; application/json", no),
        ("content-type", b"multipart/form-data;\"", yes),
        ("content-type", b"multipart/form-data; boundary=x", no),
        ("content-type", b"multipart/form-data; boundary=(x)", yes),
        ("content-type", b"application/x-www-form-urlencoded;charset=UTF-8", no),
        ("content-type", b"application/json", yes),
        ("content-type", b"application/csp-report", yes),
        ("content-type", b"text/plain charset=utf-8", yes),
        ("content-type", b"text /plain", yes),
        ("content-type", b"text/ plain", yes),
        ("content-type", b"text", yes),
        ("content-type", b"text/", yes),
        ("content-type", b"/plain", yes),
        ("content-type", b"", yes),
        ("content-type", b"text/plain/x", yes),
        ("content-type", b";text/plain", yes),
        ("content-type", b"text/plain\x01", yes),
        ("range", b"bytes=0-", no),
        ("range", b"bytes=100-200", no),
        ("range", b"bytes=0-0", no),
        ("range", b"bytes=007-7", no),
        ("range", b"bytes=-200", yes),
        ("range", b"bytes=-", yes),
        ("range", b"bytes=200-100", yes),
        ("range", b"bytes=1-2,3-4", yes),
        ("range", b"bytes= 1-2", yes),
        ("range", b"bytes=1 -2", yes),
        ("range", b"bytes =1-2", yes),
        ("range", b"bytes=+0-100", yes),
        ("range", b"bytes=0x0-100", yes),
        ("range", b"bytes=1-2-3", yes),
        ("range", b"bytes=1", yes),
        ("range", b"bytes", yes),
        ("range", b"items=1-2", yes),
        ("range", huge.as_bytes(), no),
        ("range", falling.as_bytes(), yes),
        // Names that are safelisted nowhere.
        ("x-a", b"", yes),
        ("if-modified-since", b"x", yes),
        ("content-encoding", b"gzip", yes),
        ("cache-control", b"no-cache", yes),
        ("pragma", b"no-cache", yes),
        ("etag", b"x", yes),
        ("x-requested-with", b"XMLHttpRequest", yes),
        ("traceparent", b"00-1-1-0", yes),
        ("*", b"x", yes),
    ];
    check_all(cases, |(name, value, preflighted)| {
        for engine in ENGINES {
            for method in ["GET", "HEAD", "POST"] {
                let (found, outcome) = is_preflighted(engine, fetch(method, &[(name, value)], false));
                expect(&found, preflighted, &outcome)?;
            }
        }
        Ok(())
    });
}

#[test]
fn unsafe_bytes() {
    let unsafe_bytes: Vec<u8> =
        (0..=255).filter(|b| (*b < 0x20 && *b != b'\t') || b"\"():<>?@[\\]{}\x7f".contains(b)).collect();
    for byte in 1..=255_u8 {
        if matches!(byte, b'\n' | b'\r') {
            continue;
        }
        for engine in ENGINES {
            let value = [b'a', byte, b'b'];
            let (found, outcome) = is_preflighted(engine, fetch("GET", &[("accept", &value)], false));
            let above = byte > 0x7f && engine == Engine::Firefox;
            assert_eq!(found, unsafe_bytes.contains(&byte) || above, "{byte:#x} {outcome}");
            let value = [b"text/plain; x=".as_slice(), &value].concat();
            let (found, outcome) = is_preflighted(engine, fetch("POST", &[("content-type", &value)], false));
            assert_eq!(found, unsafe_bytes.contains(&byte) || above, "{byte:#x} {outcome}");
        }
    }
}

#[test]
fn all_safelisted_values_together_have_a_limit() {
    let line = |n: usize| ("accept", vec![b'a'; n]);
    for (sizes, expected) in [(vec![128; 8], false), ([vec![128; 8], vec![1]].concat(), true)] {
        let lines: Vec<_> = sizes.into_iter().map(line).collect();
        let fetch = Fetch::get(URL).headers(lines).header("accept-language", "");
        let outcome = page(Engine::Standard).judge(fetch, Some(&grant(b"", b"accept,accept-language")), &open(200));
        outcome.assert_readable();
        let asked = outcome
            .preflights()
            .next()
            .map(|exchange| exchange.request().headers().get("access-control-request-headers"));
        assert_eq!(asked.is_some(), expected);
        if let Some(names) = asked {
            assert_eq!(names.as_deref(), Some(&b"accept,accept-language"[..]));
        }
    }
    let (_, outcome) = is_preflighted(Engine::Standard, Fetch::get(URL).headers(vec![line(128); 9]));
    let why = UnsafeHeader::Total(1152);
    let reasons = outcome.preflights().next().unwrap().request().preflight_reasons();
    assert_eq!(reasons, [PreflightReason::Header { name: "accept".to_owned(), why }]);
}

#[test]
fn what_bodies_imply() {
    let cases: &[(Fetch, bool, Option<&str>)] = &[
        (Fetch::post(URL).text("x"), false, Some("text/plain;charset=UTF-8")),
        (Fetch::post(URL).url_encoded("a=b"), false, Some("application/x-www-form-urlencoded;charset=UTF-8")),
        (Fetch::post(URL).bytes("x"), false, None),
        (Fetch::post(URL).blob("image/png", "x"), true, Some("image/png")),
        (Fetch::post(URL).json("{}"), true, Some("application/json")),
        (Fetch::post(URL).header("Content-Type", "text/plain").json("{}"), true, None),
        (Fetch::post(URL), false, None),
    ];
    check_all(cases, |(fetch, preflighted, content_type)| {
        let (found, outcome) = is_preflighted(Engine::Standard, fetch.clone());
        expect(&found, preflighted, &outcome)?;
        if let Some(content_type) = content_type {
            let sent = outcome.actual_requests().next().and_then(|sent| sent.request().headers().get("content-type"));
            expect(&sent.as_deref(), &Some(content_type.as_bytes()), &outcome)?;
        }
        Ok(())
    });
}

#[test]
fn engines_differ() {
    // Header, value, which engines preflight it: Standard, Chromium, Firefox, WebKit.
    #[rustfmt::skip]
    let cases: &[(&str, &[u8], [bool; 4])] = &[
        ("range", b"Bytes=1-2", [true, true, true, false]),
        ("range", b"BYTES=1-2", [true, true, true, false]),
        ("accept", b"caf\xe9", [false, false, true, false]),
        ("dpr", b"2.0", [true, false, true, true]),
        ("dpr", b"big", [true, true, true, true]),
        ("width", b"100", [true, false, true, true]),
        ("viewport-width", b"100", [true, false, true, true]),
        ("device-memory", b"0.5", [true, false, true, true]),
        ("save-data", b"on", [true, false, true, true]),
        ("save-data", b"off", [true, true, true, true]),
        ("downlink", b"1.5", [true, false, true, true]),
        ("ect", b"4g", [true, false, true, true]),
        ("ect", b"6g", [true, true, true, true]),
        ("rtt", b"50", [true, false, true, true]),
        ("intervention", b"x", [true, false, true, true]),
        ("user-agent", b"me", [true, false, true, true]),
    ];
    check_all(cases, |(name, value, expected)| {
        for (engine, expected) in ENGINES.iter().zip(expected) {
            let (found, outcome) = is_preflighted(*engine, fetch("GET", &[(name, value)], false));
            expect(&found, expected, &outcome)?;
        }
        Ok(())
    });
}

#[test]
fn forbidden_headers_are_dropped_without_a_word() {
    #[rustfmt::skip]
    let cases: &[(&str, &str)] = &[
        ("Accept-Charset", "x"), ("Accept-Encoding", "x"), ("Access-Control-Request-Headers", "x"),
        ("Access-Control-Request-Method", "x"), ("Connection", "x"), ("Content-Length", "1"), ("Cookie", "a=b"),
        ("Cookie2", "x"), ("Date", "x"), ("DNT", "1"), ("Expect", "x"), ("Host", "x"), ("Keep-Alive", "x"),
        ("Origin", "https://admin.test"), ("Referer", "x"), ("Set-Cookie", "x"), ("TE", "x"), ("Trailer", "x"),
        ("Transfer-Encoding", "x"), ("Upgrade", "x"), ("Via", "x"), ("Proxy-Authorization", "x"), ("proxy-x", "x"),
        ("Sec-Fetch-Site", "same-origin"), ("sec-x", "x"), ("X-HTTP-Method", "TRACE"),
        ("X-HTTP-Method-Override", "GET, track"), ("X-Method-Override", " connect"),
    ];
    check_all(cases, |(name, value)| {
        let (found, outcome) = is_preflighted(Engine::Standard, Fetch::get(URL).header(name, value));
        expect(&found, &false, &outcome)?;
        expect(&outcome.notes(), &&[Note::HeaderDropped((*name).to_owned())][..], &outcome)?;
        let sent = outcome.actual_requests().next().and_then(|sent| sent.request().headers().get(name));
        expect(&(sent.as_deref() == Some(value.as_bytes())), &false, &outcome)
    });
    for (name, value) in
        [("X-HTTP-Method-Override", "PUT"), ("secx", "1"), ("proxyx", "1"), ("access-control-allow-origin", "*")]
    {
        assert!(is_preflighted(Engine::Standard, Fetch::get(URL).header(name, value)).0, "{name}");
    }
}

#[test]
fn calls_that_throw() {
    let cases: &[Fetch] = &[
        Fetch::new("CONNECT", URL),
        Fetch::new("connect", URL),
        Fetch::new("Trace", URL),
        Fetch::new("TRACK", URL),
        Fetch::new("", URL),
        Fetch::new("A B", URL),
        Fetch::new("GET\n", URL),
        Fetch::new("CAFÉ", URL),
        Fetch::get(URL).header("", "x"),
        Fetch::get(URL).header("a b", "x"),
        Fetch::get(URL).header("x-a:", "x"),
        Fetch::get(URL).header(b"x-\xff", "x"),
        Fetch::get(URL).header("x-a", "1\r\nx-b: 2"),
        Fetch::get(URL).header("x-a", "1\x002"),
        Fetch::get(URL).text("x"),
        Fetch::head(URL).bytes(""),
        Fetch::put(URL).no_cors(),
        Fetch::delete(URL).no_cors(),
        Fetch::post(URL).stream("x").no_cors(),
        Fetch::get(URL).mode(Mode::Navigate),
        Fetch::get(URL).mode(Mode::WebSocket),
        Fetch::get("http://user@www1.web.test:8001/"),
        Fetch::get("http://:pass@www1.web.test:8001/"),
        Fetch::get("http://"),
        Fetch::get("http://a b/"),
        Fetch::get("http://web.test:99999/"),
        Fetch::get("ftp://web.test/"),
        Fetch::get("foo://web.test/"),
        Fetch::get("data:text/plain,x").no_cors(),
        // Beyond the model's own limits.
        Fetch::get(URL).header("x-a", "x".repeat(300_000)),
        Fetch::get(URL).headers((0..5000).map(|n| (format!("x-{n}"), "1"))),
    ];
    check_all(cases, |fetch| {
        let outcome = page(Engine::Standard).judge(fetch.clone(), Some(&grant(b"*", b"*")), &open(200));
        expect(
            &outcome.blocked().map(|blocked| (blocked.step(), blocked.is_cors())),
            &Some((Step::Request, false)),
            &outcome,
        )?;
        expect(&outcome.exchanges().len(), &0, &outcome)
    });
}

#[test]
fn no_cors_requests_keep_only_safelisted_headers() {
    let fetch = Fetch::post(URL)
        .headers([
            ("Accept", "a"),
            ("Accept-Language", "@"),
            ("Content-Type", "text/plain"),
            ("Range", "bytes=0-1"),
            ("X-A", "1"),
            ("Content-Language", "eu"),
            ("Authorization", "x"),
        ])
        .no_cors()
        .cache(CacheMode::Default);
    let outcome = page(Engine::Standard).judge(fetch, None, &open(200));
    outcome.assert_not_preflighted().assert_opaque();
    let sent = outcome.exchanges()[0].request().headers();
    for (name, kept) in [
        ("accept", true),
        ("content-type", true),
        ("content-language", true),
        ("range", false),
        ("x-a", false),
        ("authorization", false),
    ] {
        assert_eq!(sent.contains(name), kept, "{name}");
    }
    assert_eq!(outcome.notes().len(), 4);
    // Together, several lines of one name must be safelisted too.
    let fetch = Fetch::get(URL).header("accept", vec![b'a'; 100]).header("accept", vec![b'a'; 100]).no_cors();
    let outcome = page(Engine::Standard).judge(fetch, None, &open(200));
    assert_eq!(outcome.exchanges()[0].request().headers().lines("accept").count(), 1);
}
