//! The sentences for developers: they name what happened and what the server should send.

use crate::requests::APP;
use crate::{PAGE, URL, check_all, grant, head, open, page};
use tower_cors::browser::{Browser, Engine, Fetch, ResponseHead};

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
        (Fetch::new("patch", URL), grant(b"PATCH", b""), &["compare with case", "lists `PATCH`"]),
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
            assert!(blocked.sentence().contains(part), "{part:?} is not in {:?}", blocked.sentence());
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
        let sentence = outcome.assert_blocked().sentence();
        if sentence.contains(part) { Ok(()) } else { Err(sentence.to_owned()) }
    });
    let page = Browser::new().page(PAGE);
    for (status, part) in
        [(302, "A redirect"), (401, "authentication"), (404, "router"), (413, "outermost"), (502, "proxy")]
    {
        let outcome = page.judge(Fetch::get(url), None, &head(status, &[("location", b"/")]));
        assert!(outcome.assert_blocked().sentence().contains(part), "{outcome}");
    }
    // Faults of the page, not of the server.
    let fetch = Fetch::get(url).header("Access-Control-Allow-Origin", "*");
    let outcome = page.judge(fetch, Some(&grant(b"", b"x-a")), &open(200));
    assert!(outcome.assert_blocked().sentence().contains("belongs into responses"));
    let outcome = page.judge(Fetch::new("patch", url), Some(&grant(b"PUT", b"")), &open(200));
    assert!(outcome.assert_blocked().sentence().contains("`patch` is not `PATCH`"));
}
