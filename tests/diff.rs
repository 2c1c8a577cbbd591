//! What a change of the policy opens and closes.
#![cfg(all(feature = "reload", feature = "serde"))]

use std::time::Duration;

use proptest::prelude::*;
use tower_cors::{AllowOrigin, CorsConfig, CorsLayer, CorsPolicy, PolicyDiff};

fn policy(toml: &str) -> CorsPolicy {
    let config: CorsConfig = toml::from_str(toml).unwrap();
    config.trust_dangerous_keys().build().unwrap_or_else(|error| panic!("{toml}: {error}"))
}

fn diff(old: &str, new: &str) -> String {
    PolicyDiff::between(&policy(old), &policy(new)).to_string()
}

fn note(seconds: u64, enforced: &str) -> String {
    format!(
        "\nBrowsers may use preflight grants that they hold for up to {seconds} s more: they still send what is closed, and \
         the service acts on it. Only reject_disallowed_origins stops such requests, by their origin; it is {enforced}."
    )
}

#[test]
fn what_opens_and_what_closes() {
    const NOTE: &str = "<note>";
    #[rustfmt::skip]
    let cases = [
        // Origins: old, new, told.
        ("origins = 'https://a.example'", "origins = 'https://a.example'", "no change"),
        ("origins = 'https://a.example, https://b.example'", "origins = 'https://b.example, https://a.example'", "no change"),
        ("origins = 'https://a.example'", "origins = 'https://b.example'", "origins opened: https://b.example\norigins closed: https://a.example<note>"),
        ("origins = 'https://a.example'", "origins = '*'", "origins opened: *"),
        ("origins = '*'", "origins = 'https://a.example'", "origins closed: *<note>"),
        ("origins = 'https://a.example.com'", "origins = 'https://*.example.com'", "origins opened: https://*.example.com"),
        ("origins = 'https://*.example.com'", "origins = 'https://a.example.com'", "origins closed: https://*.example.com<note>"),
        ("origins = 'https://*.a.example.com, https://pr-*.example.com'", "origins = 'https://*.example.com:*'", "origins opened: https://*.example.com:*"),
        ("origins = 'http://localhost:*'", "origins = 'http://localhost:3000'", "origins closed: http://localhost:*<note>"),
        ("origins = ['null', 'https://a.example']\ndangerously_allow_null_origin = true", "origins = 'https://a.example'", "origins closed: null<note>"),
        ("origins = ['null']\ndangerously_allow_null_origin = true", "origins = '*'", "origins opened: *"),
        // Methods. GET, HEAD and POST need no permission, TRACE gets none.
        ("origins = '*'\nmethods = 'PUT, DELETE'", "origins = '*'\nmethods = 'DELETE, PATCH'", "methods opened: PATCH\nmethods closed: PUT<note>"),
        ("origins = '*'\nmethods = 'GET, POST, HEAD, TRACE'", "origins = '*'", "no change"),
        ("origins = '*'\nmethods = '*'", "origins = '*'\nmethods = 'PUT'", "methods closed: *<note>"),
        ("origins = '*'\nmethods = 'PUT'", "origins = '*'\nmethods = '*'", "methods opened: *"),
        ("origins = '*'\nmethods = 'put'", "origins = '*'\nmethods = 'PUT'", "no change"),
        // Request headers.
        ("origins = '*'\nheaders = 'x-a, authorization'", "origins = '*'\nheaders = 'X-A'", "request headers closed: authorization<note>"),
        ("origins = '*'\nheaders = 'accept, cookie'", "origins = '*'", "no change"),
        ("origins = '*'\nheaders = '*'", "origins = '*'\nheaders = '* except authorization'", "request headers closed: authorization<note>"),
        ("origins = '*'\nheaders = '* except authorization'", "origins = '*'\nheaders = '*'", "request headers opened: authorization"),
        ("origins = '*'\nheaders = 'x-a, authorization'", "origins = '*'\nheaders = '* except authorization'", "request headers opened: * except authorization\nrequest headers closed: authorization<note>"),
        ("origins = '*'\nheaders = '* except authorization'", "origins = '*'\nheaders = 'x-a'", "request headers closed: * except authorization<note>"),
        ("origins = '*'\nheaders = '*'", "origins = '*'\nheaders = 'x-a'", "request headers closed: *<note>"),
        // Exposed headers: no preflight grants them.
        ("origins = '*'\nexpose_headers = 'etag, expires'", "origins = '*'\nexpose_headers = 'x-a, set-cookie'", "exposed headers opened: x-a\nexposed headers closed: etag"),
        ("origins = '*'\nexpose_headers = '*'", "origins = '*'\nexpose_headers = 'etag'", "exposed headers closed: *"),
        // Everything else.
        ("origins = 'https://a.example'\ncredentials = true", "origins = 'https://a.example'", "credentials: on -> off<note>"),
        ("origins = 'https://a.example'", "origins = 'https://a.example'\ncredentials = true", "credentials: off -> on"),
        ("origins = 'https://a.example'\nreject_disallowed_origins = true", "origins = 'https://a.example'", "reject_disallowed_origins: on -> off"),
        ("origins = '*'\nmax_age = 600", "origins = '*'", "max_age: 600 s -> not set"),
        ("origins = '*'\nvary = 'x-a, x-b'", "origins = '*'\npreflight_status = 200", "vary: [x-a, x-b] -> []\npreflight_status: 204 -> 200"),
    ];
    for (old, new, told) in cases {
        assert_eq!(diff(old, new), told.replace(NOTE, &note(5, "off")), "{old}\nto\n{new}");
        let there = PolicyDiff::between(&policy(old), &policy(new));
        assert_eq!(there.is_empty(), told == "no change");
        assert_eq!(there.grants_last().is_some(), told.contains(NOTE));
    }
}

#[test]
fn grants_last_as_long_as_the_old_policy_said() {
    let cases = [
        ("", Some(5)),
        ("max_age = 0", None),
        ("max_age = 600", Some(600)),
        ("max_age = 86400", Some(86_400)),
        ("max_age = 999999999", Some(86_400)),
    ];
    for (old, seconds) in cases {
        let old = policy(&format!("origins = 'https://a.example, https://b.example'\n{old}"));
        let new = policy("origins = 'https://a.example'\nmax_age = 7200\nreject_disallowed_origins = true");
        let diff = PolicyDiff::between(&old, &new);
        assert_eq!(diff.grants_last(), seconds.map(Duration::from_secs));
        if let Some(seconds) = seconds {
            assert!(diff.to_string().ends_with(&note(seconds, "on")), "{diff}");
        }
    }
}

#[test]
fn a_predicate_is_known_only_by_itself() {
    let predicate = || CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true));
    let same = predicate();
    let listed = || CorsLayer::new().allow_origins(["https://a.example"]);
    let origins = |old: CorsLayer, new: CorsLayer| {
        let diff = PolicyDiff::between(&old.build().unwrap(), &new.build().unwrap());
        (diff.origins().opened().join(" "), diff.origins().closed().join(" "))
    };
    let told = |opened: &str, closed: &str| (opened.to_owned(), closed.to_owned());
    assert_eq!(origins(same.clone(), same.clone().max_age(Duration::ZERO)), told("", ""));
    assert_eq!(origins(predicate(), predicate()), told("<fn>", "<fn>"));
    assert_eq!(origins(listed(), predicate()), told("<fn>", "https://a.example"));
    assert_eq!(origins(predicate(), listed()), told("https://a.example", "<fn>"));
    assert_eq!(origins(predicate(), CorsLayer::permissive()), told("*", ""));
    assert_eq!(origins(CorsLayer::permissive(), predicate()), told("", "*"));
    // The same predicate, asked about more origins or fewer.
    assert_eq!(origins(same.clone(), same.clone().dangerously_allow_null_origin()), told("<fn>", ""));
    assert_eq!(origins(same.clone(), same.clone().allow_credentials(true)), told("", "<fn>"));
    let insecure = same.clone().dangerously_allow_insecure_origins().reject_disallowed_origins(true);
    assert_eq!(origins(same, insecure), told("", ""));
}

#[test]
fn long_lists_are_compared_and_cut_when_they_are_shown() {
    let list = |from: usize, to: usize| {
        let origins =
            (from..to).flat_map(|n| [format!("https://t{n}.example.com"), format!("https://*.t{n}.example.org")]);
        CorsLayer::new().allow_origins(origins).build().unwrap()
    };
    let diff = PolicyDiff::between(&list(0, 20_000), &list(10, 20_060));
    assert_eq!((diff.origins().opened().len(), diff.origins().closed().len()), (120, 20));
    let shown = diff.to_string();
    let mut lines = shown.lines();
    assert!(lines.next().unwrap().ends_with("https://*.t20024.example.org and 70 more"), "{shown}");
    assert!(lines.next().unwrap().ends_with("https://*.t9.example.org"), "{shown}");
}

const POOL: &[&str] = &[
    "https://example.com",
    "https://a.example.com",
    "https://pr-1.example.com",
    "https://x.a.example.com:8443",
    "https://example.com:*",
    "https://*.example.com",
    "https://*.example.com:*",
    "https://*.a.example.com",
    "https://pr-*.example.com",
    "https://pr-1*.example.com:*",
    "http://localhost:*",
    "http://localhost:3000",
    "capacitor://*",
    "capacitor://localhost",
    "null",
];
const ORIGINS: &[&str] = &[
    "https://example.com",
    "https://example.com:81",
    "https://a.example.com",
    "https://a.example.com:81",
    "https://x.a.example.com",
    "https://x.a.example.com:8443",
    "https://pr-1.example.com",
    "https://pr-12.example.com:9",
    "https://pr-2.example.com",
    "http://localhost",
    "http://localhost:3000",
    "capacitor://localhost",
    "capacitor://x",
    "null",
    "https://evil.example",
];

fn origins() -> impl Strategy<Value = CorsPolicy> {
    let listed = prop::sample::subsequence(POOL, 0..POOL.len());
    prop_oneof![1 => Just(vec!["*"]), 8 => listed]
        .prop_map(|origins| CorsLayer::new().allow_origins(origins).dangerously_allow_null_origin().build().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_stops_being_allowed_is_closed_and_nothing_else(old in origins(), new in origins()) {
        let diff = PolicyDiff::between(&old, &new);
        let back = PolicyDiff::between(&new, &old);
        prop_assert_eq!(diff.origins().opened(), back.origins().closed());
        prop_assert_eq!(diff.origins().closed(), back.origins().opened());

        let closed = CorsLayer::new().allow_origins(diff.origins().closed()).dangerously_allow_null_origin();
        let closed = closed.build().unwrap();
        for origin in ORIGINS {
            if old.allows_origin(origin) && !new.allows_origin(origin) {
                prop_assert!(closed.allows_origin(origin), "{} is not among {:?}", origin, diff);
            }
        }
        // Each closed entry is one of the old policy that the new one does not allow as a whole.
        for entry in diff.origins().closed() {
            prop_assert!(old.to_string().contains(&format!("{entry:?}")), "{}", entry);
            prop_assert!(!new.to_string().contains(&format!("{entry:?}")), "{}", entry);
        }
        prop_assert!(PolicyDiff::between(&old, &old).is_empty());
    }
}
