//! Which requests carry cookies, and what becomes of `Set-Cookie`.

use crate::requests::{API, OTHER, OWN, app, value};
use crate::{check_all, head};
use tower_cors::browser::{
    Beacon, Browser, Credentials, Element, Engine, Fetch, Form, Note, Outcome, Page, PageRequest, ResponseHead,
    WebSocket,
};

/// The `Cookie` header that goes to a URL, and what is said about it.
fn cookies(mut page: Page, jar: &[(&str, &str)], request: impl Into<PageRequest>) -> (Option<String>, Vec<Note>) {
    for (url, line) in jar {
        assert!(page.set_cookie(url, line), "{line}");
    }
    let outcome: Outcome = page.fetch_with(request, |_| Some(ResponseHead::new(200)));
    let sent = outcome.exchanges()[0].request();
    (value(sent, "cookie"), outcome.notes().to_vec())
}

#[test]
fn cookies_by_credentials_mode() {
    let sid = [("https://api.example.com/", "sid=1"), ("https://app.example.com/", "own=2")];
    let page = || app(Engine::Standard);
    let get = |url, credentials| cookies(page(), &sid, Fetch::get(url).credentials(credentials));
    assert_eq!(get(API, Credentials::Include), (Some("sid=1".to_owned()), vec![]));
    assert_eq!(get(API, Credentials::SameOrigin), (None, vec![Note::CookiesOmitted]));
    assert_eq!(get(API, Credentials::Omit), (None, vec![Note::CookiesOmitted]));
    assert_eq!(get(OWN, Credentials::Include).0.as_deref(), Some("own=2"));
    assert_eq!(get(OWN, Credentials::SameOrigin).0.as_deref(), Some("own=2"));
    assert_eq!(get(OWN, Credentials::Omit), (None, vec![Note::CookiesOmitted]));
    assert_eq!(get(OTHER, Credentials::Include), (None, vec![]));
    // Ports do not count, no-cors does not change the mode, forms and sockets always carry them.
    assert_eq!(get("https://api.example.com:8443/", Credentials::Include).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, Fetch::post(API).no_cors()).0, None);
    assert_eq!(cookies(page(), &sid, Fetch::post(API).no_cors().with_credentials()).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, Form::post(API)).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, WebSocket::new("wss://api.example.com/")).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, Beacon::text(API, "")).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, Element::image(API)).0.as_deref(), Some("sid=1"));
    assert_eq!(cookies(page(), &sid, Element::image(API).crossorigin_anonymous()).0, None);
}

#[test]
fn same_site_is_no_cors_matter() {
    let url = "https://other.test/";
    #[rustfmt::skip]
    let cases: &[(&str, Engine, bool, bool, bool)] = &[
        // Cookie, engine; sent with fetch, with a form post, with a form get, each across sites.
        ("a=1", Engine::Standard, false, false, true),
        ("a=1", Engine::Chromium, false, false, true),
        ("a=1", Engine::WebKit, false, false, true),
        ("a=1", Engine::Firefox, true, true, true),
        ("a=1; SameSite=Lax", Engine::Firefox, false, false, true),
        ("a=1; SameSite=Strict", Engine::Standard, false, false, false),
        ("a=1; SameSite=None; Secure", Engine::Standard, true, true, true),
        ("a=1; samesite=none; secure", Engine::Chromium, true, true, true),
    ];
    check_all(cases, |(line, engine, fetch, post, get)| {
        let withheld = Note::CookiesWithheld(vec!["a".to_owned()]);
        for (request, sent) in [
            (PageRequest::from(Fetch::get(url).with_credentials()), fetch),
            (Form::post(url).into(), post),
            (Form::get(url).into(), get),
        ] {
            let (cookie, notes) = cookies(app(*engine), &[(url, line)], request);
            if cookie.is_some() != *sent || notes.contains(&withheld) == *sent {
                return Err(format!("{cookie:?} {notes:?}"));
            }
        }
        Ok(())
    });
    // In a frame of another site, a request to the own site is cross-site too.
    let framed = || app(Engine::Standard).framed_by("https://top.test");
    assert_eq!(cookies(framed(), &[(OWN, "a=1")], Fetch::get(OWN)).0, None);
    assert!(Note::CookiesWithheld(vec!["a".to_owned()]).to_string().contains("no CORS matter"));
}

#[test]
fn set_cookie_is_stored_even_when_the_page_may_not_read() {
    let mut page = app(Engine::Standard);
    let answer = head(200, &[("set-cookie", b"sid=1; Path=/; HttpOnly")]);
    page.fetch_with(Fetch::get(API), |_| Some(answer.clone())).assert_blocked();
    let outcome = page.fetch_with(Fetch::get(API).with_credentials(), |_| Some(answer.clone()));
    assert_eq!(value(outcome.exchanges()[0].request(), "cookie"), None, "the first had no credentials");
    outcome.assert_blocked();
    let outcome = page.fetch_with(Fetch::get(API).with_credentials(), |_| Some(answer.clone()));
    assert_eq!(value(outcome.exchanges()[0].request(), "cookie").as_deref(), Some("sid=1"));
    let outcome = page.fetch_with(Fetch::get(API), |_| Some(answer.clone()));
    assert!(outcome.notes().contains(&Note::SetCookieIgnored));
    assert!(outcome.notes().iter().all(|note| !matches!(note, Note::CookieRefused { .. })));
    // What the browser does not take is told, with the reason.
    let answer = ["ok=1", "a=1; SameSite=None", "b=1; Domain=other.test", "=1", "c"]
        .iter()
        .fold(head(200, &[]), |head, line| head.header("set-cookie", line));
    let outcome = page.fetch_with(Fetch::get(API).with_credentials(), |_| Some(answer.clone()));
    let refused: Vec<_> = outcome
        .notes()
        .iter()
        .filter_map(|note| match note {
            Note::CookieRefused { name, why } => Some((name.as_str(), *why)),
            _ => None,
        })
        .collect();
    assert_eq!(
        refused,
        [
            ("a", "it is `SameSite=None` without `Secure`"),
            ("b", "its `Domain` is not the server's, or a public suffix"),
            ("", "it has no name"),
            ("c", "it has no name and value"),
        ]
    );
    // A preflight sets none.
    let mut page = app(Engine::Standard);
    let _ = page.fetch_with(Fetch::put(API).with_credentials(), |_| Some(answer.clone()));
    assert_eq!(cookies(page, &[], Fetch::get(API).with_credentials()).0, None);
}

#[test]
fn cookies_that_are_taken_and_matched() {
    #[rustfmt::skip]
    let cases: &[(&str, &str, bool, &str, bool)] = &[
        // Set by, line, taken; asked, sent.
        ("https://example.com/", "a=1; Domain=example.com", true, "https://api.example.com/", true),
        ("https://example.com/", "a=1", true, "https://api.example.com/", false),
        ("https://api.example.com/", "a=1; Domain=.example.com", true, "https://example.com/", true),
        ("https://api.example.com/", "a=1; Domain=other.test", false, "https://api.example.com/", false),
        ("https://api.example.com/", "a=1; Domain=com", false, "https://api.example.com/", false),
        ("https://example.com/", "a=1; Domain=example.com", true, "https://notexample.com/", false),
        ("https://example.com/", "a=1; Path=/x", true, "https://example.com/x/y", true),
        ("https://example.com/", "a=1; Path=/x", true, "https://example.com/xy", false),
        ("https://example.com/p/q", "a=1", true, "https://example.com/p/z", true),
        ("https://example.com/p/q", "a=1", true, "https://example.com/z", false),
        ("http://example.com/", "a=1; Secure", false, "https://example.com/", false),
        ("https://example.com/", "a=1; SameSite=None", false, "https://example.com/", false),
        ("http://localhost:1/", "a=1; Secure", true, "http://localhost:2/", true),
        ("https://example.com/", "=1", false, "https://example.com/", false),
        ("https://example.com/", "a", false, "https://example.com/", false),
        ("https://example.com/", "a=1\n", true, "https://example.com/", true),
        ("https://example.com/", "a=1\r\nx: y", false, "https://example.com/", false),
        ("https://example.com/", "a=1; Max-Age=0", true, "https://example.com/", false),
        ("no url", "a=1", false, "https://example.com/", false),
    ];
    check_all(cases, |(from, line, taken, url, sent)| {
        // A page of the same site as the URL, so that SameSite is out of the question.
        let mut page = Browser::new().page(url);
        if page.set_cookie(from, line) != *taken {
            return Err("taken or not".to_owned());
        }
        let (cookie, _) = cookies(page, &[], Fetch::get(url));
        if cookie.is_some() == *sent { Ok(()) } else { Err(format!("{cookie:?}")) }
    });
}
