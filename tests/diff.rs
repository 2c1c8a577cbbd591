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

/// `whose`: what is said of closed origins, then of what is closed for others.
fn note(seconds: u64, whose: &str) -> String {
    format!(
        "\nBrowsers may use preflight grants that they hold for up to {seconds} s more, or longer if an earlier policy said \
         longer: they still send what is closed.{whose}"
    )
}

const REJECTION_IS_OFF: &str = " Only reject_disallowed_origins stops requests of closed origins; it is off.";
const REJECTION_IS_ON: &str = " Only reject_disallowed_origins stops requests of closed origins; it is on.";
const NOTHING_HELPS: &str =
    " Not even reject_disallowed_origins stops requests of origins that are still allowed: the service acts on them.";

#[test]
fn what_opens_and_what_closes() {
    const ORIGINS: &str = "<note>";
    const OTHERS: &str = "<note: others>";
    const BOTH: &str = "<note: both>";
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
        ("origins = '*'\nmethods = 'PUT, DELETE'", "origins = '*'\nmethods = 'DELETE, PATCH'", "methods opened: PATCH\nmethods closed: PUT<note: others>"),
        ("origins = '*'\nmethods = 'GET, POST, HEAD, TRACE'", "origins = '*'", "no change"),
        ("origins = '*'\nmethods = '*'", "origins = '*'\nmethods = 'PUT'", "methods closed: *<note: others>"),
        ("origins = '*'\nmethods = 'PUT'", "origins = '*'\nmethods = '*'", "methods opened: *"),
        ("origins = '*'\nmethods = 'put'", "origins = '*'\nmethods = 'PUT'", "no change"),
        // Request headers.
        ("origins = '*'\nheaders = 'x-a, authorization'", "origins = '*'\nheaders = 'X-A'", "request headers closed: authorization<note: others>"),
        ("origins = '*'\nheaders = 'accept, cookie'", "origins = '*'", "no change"),
        ("origins = '*'\nheaders = '*'", "origins = '*'\nheaders = '* except authorization'", "request headers closed: authorization<note: others>"),
        ("origins = '*'\nheaders = '* except authorization'", "origins = '*'\nheaders = '*'", "request headers opened: authorization"),
        ("origins = '*'\nheaders = 'x-a, authorization'", "origins = '*'\nheaders = '* except authorization'", "request headers opened: * except authorization\nrequest headers closed: authorization<note: others>"),
        ("origins = '*'\nheaders = '* except authorization'", "origins = '*'\nheaders = 'x-a'", "request headers closed: * except authorization<note: others>"),
        ("origins = '*'\nheaders = '*'", "origins = '*'\nheaders = 'x-a'", "request headers closed: *<note: others>"),
        // Exposed headers: no preflight grants them.
        ("origins = '*'\nexpose_headers = 'etag, expires'", "origins = '*'\nexpose_headers = 'x-a, set-cookie'", "exposed headers opened: x-a\nexposed headers closed: etag"),
        ("origins = '*'", "origins = '*'\nexpose_headers = 'etag'", "exposed headers opened: etag\nexposed headers named by the service itself: kept -> removed"),
        ("origins = '*'", "origins = '*'\nexpose_headers = 'content-type'", "exposed headers named by the service itself: kept -> removed"),
        ("origins = '*'\nexpose_headers = 'set-cookie'", "origins = '*'", "exposed headers named by the service itself: removed -> kept"),
        ("origins = '*'\nexpose_headers = 'set-cookie'", "origins = '*'\nexpose_headers = 'content-type'", "no change"),
        ("origins = '*'\nexpose_headers = '*'", "origins = '*'\nexpose_headers = 'etag'", "exposed headers closed: *"),
        // Everything else.
        ("origins = 'https://a.example'\ncredentials = true", "origins = 'https://a.example'", "credentials: on -> off<note: others>"),
        ("origins = 'https://a.example'", "origins = 'https://a.example'\ncredentials = true", "credentials: off -> on"),
        ("origins = 'https://a.example'\nmethods = 'PUT'", "origins = 'https://b.example'", "origins opened: https://b.example\norigins closed: https://a.example\nmethods closed: PUT<note: both>"),
        ("origins = 'https://a.example'\nreject_disallowed_origins = true", "origins = 'https://a.example'", "reject_disallowed_origins: on -> off"),
        ("origins = '*'\nmax_age = 600", "origins = '*'", "max_age: 600 s -> not set"),
        ("origins = '*'\nvary = 'x-a, x-b'", "origins = '*'\npreflight_status = 200", "vary: [x-a, x-b] -> []\npreflight_status: 204 -> 200"),
    ];
    for (old, new, told) in cases {
        let expected = told
            .replace(ORIGINS, &note(5, REJECTION_IS_OFF))
            .replace(OTHERS, &note(5, NOTHING_HELPS))
            .replace(BOTH, &note(5, &format!("{REJECTION_IS_OFF}{NOTHING_HELPS}")));
        assert_eq!(diff(old, new), expected, "{old}\nto\n{new}");
        let there = PolicyDiff::between(&policy(old), &policy(new));
        assert_eq!(there.is_empty(), told == "no change");
        assert_eq!(there.grants_last().is_some(), told.contains("<note"));
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
            assert!(diff.to_string().ends_with(&note(seconds, REJECTION_IS_ON)), "{diff}");
        }
    }
}

/// With rejection on, a closed method is not stopped either, and the note must not read as if it were.
#[test]
fn what_is_closed_for_allowed_origins_is_said_to_be_stopped_by_nothing() {
    const RULES: &str = "origins = 'https://a.example'\nreject_disallowed_origins = true\n";
    for old in ["methods = 'PUT'", "headers = 'x-a'", "credentials = true"] {
        let shown = diff(&format!("{RULES}{old}"), RULES);
        assert!(shown.ends_with(&note(5, NOTHING_HELPS)), "{shown}");
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
    // Where disallowed origins are rejected `null` is closed to it, whatever the switch says.
    let null = || same.clone().dangerously_allow_null_origin();
    assert_eq!(origins(null(), null().reject_disallowed_origins(true)), told("", "<fn>"));
    let both = || null().dangerously_allow_insecure_origins();
    assert_eq!(origins(both(), both().allow_credentials(true)), told("", ""));
    assert_eq!(origins(both(), both().reject_disallowed_origins(true)), told("", "<fn>"));
    assert_eq!(origins(both().reject_disallowed_origins(true), both()), told("<fn>", ""));
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
