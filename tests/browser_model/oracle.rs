//! The model against a second, much smaller one: the checks of the Fetch standard in one function, written without the
//! first, on random requests and answers.

use crate::{PAGE, URL};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use tower_cors::browser::{AuthorizationRule, Browser, Credentials, Fetch, ResponseHead, Verdict};

type Lines = Vec<(&'static str, Vec<u8>)>;

#[derive(Clone, Debug)]
struct Case {
    method: &'static str,
    headers: Lines,
    credentials: Credentials,
    upload_listener: bool,
    strict: bool,
    preflight: (u16, Lines),
    response: (u16, Lines),
}

/// The names that a script can read, or nothing if the request is blocked.
type Answer = Option<BTreeSet<String>>;

fn trimmed(value: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = value.iter().copied().skip_while(|b| *b == b' ' || *b == b'\t').collect();
    let end = text.iter().rposition(|b| *b != b' ' && *b != b'\t').map_or(0, |last| last + 1);
    text[..end].to_vec()
}

fn joined(lines: &Lines, name: &str) -> Option<Vec<u8>> {
    let values: Vec<_> = lines.iter().filter(|line| line.0 == name).map(|line| trimmed(&line.1)).collect();
    (!values.is_empty()).then(|| values.join(&b", "[..]))
}

fn elements(lines: &Lines, name: &str) -> Result<Option<Vec<String>>, ()> {
    let Some(value) = joined(lines, name) else { return Ok(None) };
    let mut list = Vec::new();
    for element in value.split(|b| *b == b',').map(trimmed).filter(|element| !element.is_empty()) {
        let separators = b"\"(),/:;<=>?@[\\]{}";
        if element.iter().any(|b| !(0x21..=0x7e).contains(b) || separators.contains(b)) {
            return Err(());
        }
        list.push(String::from_utf8(element).unwrap());
    }
    Ok(Some(list))
}

fn passes(include: bool, lines: &Lines) -> bool {
    let origin = joined(lines, "access-control-allow-origin");
    match origin.as_deref() {
        Some(b"*") => !include,
        Some(origin) if origin == PAGE.as_bytes() => {
            !include || joined(lines, "access-control-allow-credentials").as_deref() == Some(b"true")
        }
        _ => false,
    }
}

fn is_safe(name: &str, value: &[u8]) -> bool {
    let is_plain = |b: &u8| !(*b < 0x20 && *b != 9 || b"\"():<>?@[\\]{}\x7f".contains(b));
    value.len() <= 128
        && match name.to_lowercase().as_str() {
            "accept" => value.iter().all(is_plain),
            "accept-language" | "content-language" => {
                value.iter().all(|b| b.is_ascii_alphanumeric() || b" *,-.;=".contains(b))
            }
            "content-type" => {
                let essence = value.split(|b| *b == b';').next().unwrap_or_default();
                let essence = String::from_utf8_lossy(essence).trim().to_lowercase();
                let forms = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
                value.iter().all(is_plain) && forms.contains(&essence.as_str())
            }
            "range" => {
                let text = String::from_utf8_lossy(value);
                let Some((first, last)) = text.strip_prefix("bytes=").and_then(|rest| rest.split_once('-')) else {
                    return false;
                };
                let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                digits(first)
                    && (last.is_empty()
                        || digits(last) && first.parse::<u128>().unwrap() <= last.parse::<u128>().unwrap())
            }
            _ => false,
        }
}

fn judge(case: &Case) -> Answer {
    let include = case.credentials == Credentials::Include;
    let upper = case.method.to_uppercase();
    let normal = ["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"].contains(&upper.as_str());
    let method = if normal { upper } else { case.method.to_owned() };
    let is_simple = ["GET", "HEAD", "POST"].contains(&method.as_str());
    let headers: Vec<_> = case.headers.iter().map(|line| (line.0, trimmed(&line.1))).collect();
    let (safe, other): (Vec<_>, Vec<_>) = headers.iter().partition(|line| is_safe(line.0, &line.1));
    let mut names: BTreeSet<_> = other.iter().map(|line| line.0.to_lowercase()).collect();
    if safe.iter().map(|line| line.1.len()).sum::<usize>() > 1024 {
        names.extend(safe.iter().map(|line| line.0.to_lowercase()));
    }
    if case.upload_listener || !is_simple || !names.is_empty() {
        let (status, lines) = &case.preflight;
        if !passes(include, lines) || !(200..300).contains(status) {
            return None;
        }
        let methods = elements(lines, "access-control-allow-methods").ok()?;
        let listed = elements(lines, "access-control-allow-headers").ok()?.unwrap_or_default();
        let methods = methods.unwrap_or_else(|| case.upload_listener.then(|| method.clone()).into_iter().collect());
        let star = "*".to_owned();
        if !(methods.contains(&method) || is_simple || !include && methods.contains(&star)) {
            return None;
        }
        let listed: Vec<_> = listed.iter().map(|name| name.to_lowercase()).collect();
        if case.strict && names.contains("authorization") && !listed.contains(&"authorization".to_owned()) {
            return None;
        }
        if !names.iter().all(|name| listed.contains(name) || !include && listed.contains(&star)) {
            return None;
        }
    }
    let (_, lines) = &case.response;
    if !passes(include, lines) {
        return None;
    }
    let exposed = elements(lines, "access-control-expose-headers").unwrap_or_default().unwrap_or_default();
    let always = "cache-control content-language content-length content-type expires last-modified pragma";
    let is_readable = |name: &str| {
        !include && exposed.iter().any(|one| one == "*")
            || exposed.iter().any(|one| one.eq_ignore_ascii_case(name))
            || always.split(' ').any(|one| one == name)
    };
    let names = lines.iter().map(|line| line.0).filter(|name| is_readable(name) && !name.starts_with("set-cookie"));
    Some(names.map(str::to_owned).collect())
}

fn value(values: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        9 => select(values).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(prop_oneof![any::<u8>(), select(b"*, \ttrue\"".to_vec())], 0..12)
            .prop_map(|bytes| bytes.into_iter().filter(|b| !matches!(b, 0 | b'\n' | b'\r')).collect()),
    ]
}

const METHODS: &[&str] = &["GET", "get", "HEAD", "POST", "PUT", "put", "DELETE", "PATCH", "patch", "OPTIONS", "*", "X"];

fn request_headers() -> impl Strategy<Value = Lines> {
    let values: &[&[u8]] = &[
        b"",
        b"1",
        b"text/plain",
        b"text/plain; x=\xe9",
        b"application/json",
        b"multipart/form-data;a",
        b"en-GB,*;q=0.1",
        b"bytes=1-",
        b"bytes=1-2",
        b"bytes=2-1",
        b"bytes=-1",
        b"a@b",
        b"text/plain,",
        b"Bearer x",
        &[b'a'; 128],
        &[b'a'; 129],
    ];
    let names =
        ["accept", "Accept-Language", "content-language", "Content-Type", "range", "authorization", "X-A", "x-b", "*"];
    proptest::collection::vec((select(names.to_vec()), value(values)), 0..5)
}

fn answer_headers() -> impl Strategy<Value = Lines> {
    let origin = prop_oneof![
        9 => Just(vec![PAGE.as_bytes().to_vec()]),
        2 => Just(vec![b"*".to_vec()]),
        1 => proptest::collection::vec(value(&[b"null", b" * ", b"", b"http://web.test:8000/", b"http://other.test"]), 0..3),
    ];
    let credentials = prop_oneof![
        9 => Just(vec![b"true".to_vec()]),
        1 => proptest::collection::vec(value(&[b"true", b"True", b" true ", b"false"]), 0..3),
    ];
    let lists: &[&[u8]] = &[
        b"*",
        b"PUT",
        b"put, PATCH",
        b"GET,DELETE,*",
        b"",
        b"x-a",
        b"X-A , x-b",
        b"*,authorization",
        b"a b",
        b"\"x-a\"",
        b"accept,accept-language,content-language,content-type,range,x-a,x-b,*",
        b",,x-b,",
        b"set-cookie, etag",
        b"etag\x0b",
    ];
    let everything: &[u8] =
        b"*,PUT,put,DELETE,PATCH,patch,X,accept,accept-language,content-language,content-type,range,authorization,x-a,x-b";
    let list = move || {
        prop_oneof![
            2 => Just(vec![everything.to_vec()]),
            2 => proptest::collection::vec(select(lists).prop_map(<[u8]>::to_vec), 0..3),
            1 => proptest::collection::vec(value(lists), 0..3),
        ]
    };
    let plain = ["etag", "x-a", "x-b", "content-type", "set-cookie", "set-cookie2", "pragma", "*", "authorization"];
    let plain = proptest::sample::subsequence(plain.to_vec(), 0..=plain.len());
    (origin, credentials, list(), list(), list(), plain).prop_map(
        |(origin, credentials, methods, names, exposed, plain)| {
            let mut lines = Lines::new();
            lines.extend(origin.into_iter().map(|value| ("access-control-allow-origin", value)));
            lines.extend(credentials.into_iter().map(|value| ("access-control-allow-credentials", value)));
            lines.extend(methods.into_iter().map(|value| ("access-control-allow-methods", value)));
            lines.extend(names.into_iter().map(|value| ("access-control-allow-headers", value)));
            lines.extend(exposed.into_iter().map(|value| ("access-control-expose-headers", value)));
            lines.extend(plain.into_iter().map(|name| (name, b"1".to_vec())));
            lines
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let credentials =
        select(vec![Credentials::Omit, Credentials::SameOrigin, Credentials::Include, Credentials::Include]);
    let preflight_status =
        prop_oneof![6 => select(vec![200_u16, 204]), 1 => select(vec![199, 299, 300, 302, 404, 500])];
    let status = select(vec![200_u16, 204, 304, 404, 500]);
    (
        (select(METHODS), request_headers(), credentials, proptest::bool::weighted(0.2), any::<bool>()),
        (preflight_status, answer_headers()),
        (status, answer_headers()),
    )
        .prop_map(|((method, headers, credentials, upload_listener, strict), preflight, response)| Case {
            method,
            headers,
            credentials,
            upload_listener,
            strict,
            preflight,
            response,
        })
}

fn modelled(case: &Case) -> Answer {
    let rule = if case.strict { AuthorizationRule::Strict } else { AuthorizationRule::Shipping };
    let mut fetch = Fetch::new(case.method, URL).credentials(case.credentials).headers(case.headers.clone());
    if case.upload_listener {
        fetch = fetch.upload_listener();
    }
    let head = |(status, lines): &(u16, Lines)| ResponseHead::from((*status, lines.clone()));
    let page = Browser::new().authorization(rule).page(PAGE);
    let outcome = page.judge(fetch, Some(&head(&case.preflight)), &head(&case.response));
    match outcome.verdict() {
        Verdict::Allowed(allowed) => Some(allowed.headers().iter().map(|(name, _)| name.to_owned()).collect()),
        Verdict::Blocked(blocked) => {
            assert!(blocked.is_cors(), "{outcome}");
            None
        }
    }
}

/// `PROPTEST_CASES`, or enough for an ordinary run.
fn case_count() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(4000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: case_count(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_models_agree(case in cases()) {
        prop_assert_eq!(modelled(&case), judge(&case));
    }
}

/// Random cases prove nothing if they are all blocked.
#[test]
fn the_cases_are_of_every_kind() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut allowed, mut with_credentials, mut beyond_always) = (0, 0, 0);
    for _ in 0..2000 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        if let Some(names) = judge(&case) {
            allowed += 1;
            with_credentials += u32::from(case.credentials == Credentials::Include);
            beyond_always += u32::from(names.contains("etag"));
        }
    }
    assert!(
        allowed > 200 && with_credentials > 50 && beyond_always > 20,
        "{allowed} {with_credentials} {beyond_always}"
    );
}
