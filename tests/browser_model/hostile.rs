//! Hostile answers, nonsense from tests: nothing panics, nothing runs on, nothing raw reaches a sentence.

use crate::ENGINES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tower_cors::browser::{Browser, Credentials, Fetch, Mode, Outcome, RedirectMode, ResponseHead, WebSocket};

fn text() -> impl Strategy<Value = String> {
    let pieces = [
        "https://",
        "http://",
        "ws://",
        "app.example.com",
        "a.test",
        "localhost",
        "[::1]",
        "127.1",
        ":8080",
        ":99999",
        "@",
        "user:pw@",
        "/",
        "..",
        "?q",
        "#f",
        "null",
        "*",
        ",",
        " ",
        "\t",
        "\r\n",
        "\0",
        "\u{1b}[31m",
        "é",
        "xn--",
        "%00",
        "data:",
        "blob:",
        "file:",
        "GET",
        "patch",
        ".",
        "co.uk",
        "\"",
        "'",
        "\\",
    ];
    prop_oneof![vec(select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![text().prop_map(String::into_bytes), vec(any::<u8>(), 0..40)]
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let names = [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
        "access-control-expose-headers",
        "location",
        "set-cookie",
        "cross-origin-resource-policy",
        "content-type",
        "range",
        "authorization",
        "accept",
        "cookie",
        "x-a",
    ];
    prop_oneof![9 => select(names.to_vec()).prop_map(|name| name.as_bytes().to_vec()), 1 => bytes()]
}

fn heads() -> impl Strategy<Value = Vec<ResponseHead>> {
    let status = prop_oneof![select(vec![200_u16, 204, 301, 302, 307, 421, 407, 101, 304]), any::<u16>()];
    let head = (status, vec((name(), bytes()), 0..6), any::<bool>()).prop_map(|(status, lines, is_open)| {
        let head = ResponseHead::from((status, lines));
        if is_open { head.header("access-control-allow-origin", "*").header("location", "/next") } else { head }
    });
    vec(head, 1..4)
}

fn assert_decent(outcome: &Outcome) {
    // Twenty redirects, each with a preflight, each repeated once.
    assert!(outcome.exchanges().len() <= 84);
    for line in outcome.to_string().lines() {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    if let Some(blocked) = outcome.blocked() {
        assert!(!blocked.sentence().chars().any(char::is_control), "{:?}", blocked.sentence());
        assert!(blocked.sentence().len() < 3000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_nothing_raw_is_said(
        (engine, page, top, url) in (select(ENGINES.to_vec()), text(), text(), text()),
        method in text(),
        headers in vec((name(), bytes()), 0..5),
        (mode, redirect) in (
            select(vec![Mode::Cors, Mode::NoCors, Mode::SameOrigin]),
            select(vec![RedirectMode::Follow, RedirectMode::Error, RedirectMode::Manual]),
        ),
        (include, is_plain, cookie) in (any::<bool>(), any::<bool>(), text()),
        heads in heads(),
    ) {
        // Half of the pages and URLs are good ones, or nothing would get beyond them.
        let page = if is_plain { "https://app.example.com".to_owned() } else { page };
        let url = if is_plain { format!("https://api.example.com/{}", url.len()) } else { url };
        let method = if is_plain && method.len() % 2 == 0 { "PUT".to_owned() } else { method };
        let mut browser = Browser::new().engine(engine).page(&page).framed_by(&top);
        let _ = browser.set_cookie(&url, &cookie);
        let mut answers = heads.iter().cycle();
        let credentials = if include { Credentials::Include } else { Credentials::Omit };
        let fetch = Fetch::new(&method, &url).headers(headers).mode(mode).redirect(redirect).credentials(credentials);
        for _ in 0..2 {
            assert_decent(&browser.fetch_with(fetch.clone(), |_| answers.next().cloned()));
        }
        assert_decent(&browser.fetch_with(WebSocket::new(&url), |_| answers.next().cloned()));
    }
}
