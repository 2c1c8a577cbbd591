//! The policy allows ⇔ the browser gets the response, and can read what the policy exposes.

use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tower_cors::browser::{Browser, Credentials, Fetch, Outcome};

use super::oracle::{self, ORIGINS};
use super::rules::{METHODS, Origins, RESPONSE_HEADERS, Rules, rules};
use super::stack::{Answer, Inner, Stack};
use super::support::run;

/// Name, value, and whether a browser sends it without asking.
const REQUEST_HEADERS: &[(&str, &str, bool)] = &[
    ("authorization", "Bearer token", false),
    ("content-type", "application/json", false),
    ("Content-Type", "text/plain;charset=utf-8", true),
    ("range", "bytes=0-7", true),
    ("Range", "bytes 0-7", false),
    ("x-a", "1", false),
    ("X-B", "1", false),
    ("x-UPPER", "1", false),
    ("accept-language", "fr", true),
    ("Accept-Language", "@", false),
    ("grpc-timeout", "1S", false),
];

const INNER_HEADERS: &[(&str, &str)] = &[
    ("etag", "\"1\""),
    ("x-a", "1"),
    ("x-secret", "1"),
    ("content-type", "text/plain"),
    ("cache-control", "no-store"),
    ("set-cookie", "a=b"),
    ("age", "7"),
    ("vary", "accept"),
    ("vary", "Origin"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-origin", "https://evil.net"),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-credentials", "false"),
    ("access-control-expose-headers", "x-secret"),
];

#[derive(Clone, Debug)]
pub struct Case {
    pub rules: Rules,
    pub origin: &'static str,
    pub method: &'static str,
    pub headers: Vec<(&'static str, &'static str, bool)>,
    pub credentials: Credentials,
    pub upload_listener: bool,
    pub http2: bool,
    pub inner: Answer,
}

pub fn cases() -> impl Strategy<Value = Case> {
    (
        rules(),
        select(ORIGINS),
        select(METHODS),
        subsequence(REQUEST_HEADERS, 0..4),
        select(&[Credentials::Omit, Credentials::SameOrigin, Credentials::Include][..]),
        prop::bool::weighted(0.1),
        any::<bool>(),
        select(&[200_u16, 201, 304, 401, 404, 500][..]),
        subsequence(INNER_HEADERS, 0..7),
    )
        .prop_map(|(rules, origin, method, headers, credentials, upload_listener, http2, status, inner)| Case {
            rules,
            origin,
            method,
            headers,
            credentials,
            upload_listener,
            http2,
            inner: Answer { status, headers: inner },
        })
}

pub fn check(stack: &dyn Stack, case: &Case) -> Result<(), TestCaseError> {
    let inner = Inner::new(case.inner.clone());
    let service = stack.build(&case.rules, inner.clone());
    let browser = if case.http2 { Browser::new().http2() } else { Browser::new() };
    let mut page = browser.page(case.origin);
    let mut fetch = Fetch::new(case.method, "https://api.test/items").credentials(case.credentials);
    for (name, value, _) in &case.headers {
        fetch = fetch.header(name, value);
    }
    if case.upload_listener {
        fetch = fetch.upload_listener();
    }
    let outcome = run(page.fetch(service, fetch));

    let rules = &case.rules;
    let origin_allowed =
        oracle::allows_origin(rules, case.origin) && (case.credentials != Credentials::Include || rules.credentials);
    // Two lines of one name are one value to a browser, and both spellings of the pool are then unsafe together.
    let unsafe_names = unsafe_names(&case.headers);
    let preflighted = case.upload_listener || !unsafe_names.is_empty() || !is_safelisted(case.method);
    let permitted = !preflighted
        || (origin_allowed
            && oracle::allows_method(rules, case.method, case.upload_listener)
            && unsafe_names.iter().all(|name| oracle::allows_header(rules, name)));
    let readable = origin_allowed && permitted;
    prop_assert_eq!(outcome.is_readable(), readable, "{}", describe(&outcome));

    let refused = rules.enforcement && !oracle::allows_origin(rules, case.origin);
    prop_assert_eq!(inner.calls(), usize::from(permitted && !refused), "{}", describe(&outcome));
    prop_assert_eq!(outcome.preflights().count(), usize::from(preflighted));

    if let Some(allowed) = outcome.allowed() {
        prop_assert_eq!(allowed.status(), case.inner.status);
        let inner_exposed = case.inner.headers.iter().find(|(name, _)| *name == "access-control-expose-headers");
        for name in RESPONSE_HEADERS {
            let there = case.inner.headers.iter().any(|(other, _)| other == name);
            let exposed = oracle::exposes(rules, name, case.inner.status, inner_exposed.map(|(_, value)| *value));
            prop_assert_eq!(allowed.headers().contains(name), there && exposed, "{}: {}", name, describe(&outcome));
        }
    }
    check_exchanges(case, &outcome)
}

fn unsafe_names(headers: &[(&'static str, &'static str, bool)]) -> Vec<String> {
    let names = headers.iter().map(|(name, ..)| name.to_lowercase());
    let mut result: Vec<String> = names
        .filter(|name| {
            let mut lines = headers.iter().filter(|(other, ..)| other.eq_ignore_ascii_case(name));
            lines.clone().count() > 1 || lines.any(|(_, _, safe)| !safe)
        })
        .collect();
    result.dedup();
    result
}

fn is_safelisted(method: &str) -> bool {
    ["GET", "HEAD", "POST"].contains(&method)
}

/// What holds for every single answer, whatever came of the request.
fn check_exchanges(case: &Case, outcome: &Outcome) -> Result<(), TestCaseError> {
    let any = case.rules.origins == Origins::Any;
    for exchange in outcome.exchanges() {
        let Some(response) = exchange.response() else { continue };
        let lines = |name: &str| response.headers().lines(name).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let origins = lines("access-control-allow-origin");
        prop_assert!(origins.len() <= 1, "{}", describe(outcome));
        let allowed = oracle::allows_origin(&case.rules, case.origin);
        let expected = match (allowed, any) {
            (true, true) => Some("*"),
            (true, false) => Some(case.origin),
            (false, _) => None,
        };
        prop_assert_eq!(origins.first().map(Vec::as_slice), expected.map(str::as_bytes), "{}", describe(outcome));
        if !allowed {
            let permissions = response.headers().iter().filter(|(name, _)| name.starts_with("access-control-")).count();
            prop_assert_eq!(permissions, 0, "{}", describe(outcome));
        }
        let vary: Vec<String> = lines("vary")
            .iter()
            .flat_map(|line| {
                String::from_utf8_lossy(line).to_lowercase().split(',').map(|n| n.trim().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        let options = exchange.request().method() == "OPTIONS";
        let mut wanted = if any && !options { vec![] } else { vec!["origin"] };
        if options {
            wanted.push("access-control-request-method");
        }
        if exchange.request().is_preflight() {
            wanted.push("access-control-request-headers");
        }
        for name in wanted {
            let count = vary.iter().filter(|other| *other == name).count();
            prop_assert_eq!(count, 1, "vary names {} {} times: {}", name, count, describe(outcome));
        }
    }
    Ok(())
}

pub fn describe(outcome: &Outcome) -> String {
    let mut text = format!("{:?}", outcome.verdict());
    for exchange in outcome.exchanges() {
        let (request, response) = (exchange.request(), exchange.response());
        let _ = write!(text, "\n  {} {}", request.method(), request.url());
        for (name, value) in request.headers().iter() {
            let _ = write!(text, "\n    {name}: {}", String::from_utf8_lossy(value));
        }
        let _ = write!(text, "\n  → {:?}", response.map(tower_cors::browser::ResponseHead::status));
        for (name, value) in response.into_iter().flat_map(|response| response.headers().iter()) {
            let _ = write!(text, "\n    {name}: {}", String::from_utf8_lossy(value));
        }
    }
    text
}
