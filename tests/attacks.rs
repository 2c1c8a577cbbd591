//! Attacks and misconfigurations that other CORS layers were seen to fall for, one test for each.
//!
//! They are numbered; a test names those that it is about, or [`ELSEWHERE`] tells where their test stands.

mod support;

use http::header::{AUTHORIZATION, ETAG, HeaderName};
use http::{HeaderValue, Method};
use support::answer;
use tower_cors::{AllowOrigin, Any, CorsLayer, Problem};

/// The attacks that need more than the core: number, file, test.
const ELSEWHERE: &[(u8, &str, &str)] = &[
    // Vary: the rows for each kind of response.
    (19, "tests/answers.rs", "actual_requests"),
    (20, "tests/answers.rs", "vary_is_added_to"),
    // Paths that are written in several ways, where the path chooses the policy.
    (30, "tests/resolver.rs", "a_segment_of_the_path_is_read_in_one_way_only"),
    // Hostile bytes in logs.
    (35, "tests/refusal.rs", "what_a_stranger_wrote_is_escaped_and_cut"),
    (35, "tests/tracing.rs", "what_a_stranger_wrote_is_escaped_and_cut"),
    // WebSocket handshakes of other websites.
    (37, "tests/servers/enforcement.rs", "websockets_in_axum"),
    // A policy cannot be looked up.
    (47, "tests/resolver.rs", "every_failure_is_closed_for_every_kind_of_request"),
    // The invalid rules of one tenant, and what another one takes back.
    (48, "examples/tenants/tests/postgres.rs", "every_replica_sees_a_change_and_a_fault_is_its_tenants_own"),
    (48, "examples/tenants/tests/sqlite.rs", "a_fault_is_its_tenants_own"),
];

/// The numbers in the name of a test: `m2_to_m8`, `m9_and_m45`, `m10`.
fn numbers(test: &str) -> Vec<u8> {
    let words: Vec<&str> = test.split('_').collect();
    let number = |word: &str| word.strip_prefix('m').and_then(|digits| digits.parse::<u8>().ok());
    let mut found: Vec<u8> = words.iter().filter_map(|word| number(word)).collect();
    for window in words.windows(3) {
        if let [from, "to", to] = window {
            found.extend(number(from).zip(number(to)).map(|(from, to)| from..to).into_iter().flatten());
        }
    }
    found
}

#[test]
fn every_attack_has_a_test() {
    let here = include_str!("attacks.rs").lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next());
    let mut named: Vec<u8> = here.flat_map(numbers).collect();
    for (number, file, test) in ELSEWHERE {
        named.push(*number);
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        if file.starts_with("examples/tenants") && !root.join("examples/tenants").exists() {
            // Not in the published package.
            continue;
        }
        let source = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(&format!("fn {test}(")), "{file} has no {test}");
    }
    for number in 1..=50 {
        assert!(named.contains(&number), "m{number} has no test");
    }
}

/// Origins of the usual policy: exact ones, and what a company with previews has.
const LISTED: [&str; 8] = [
    "https://example.com",
    "https://app.example.com",
    "https://*.tenants.example.com",
    "https://pr-*.preview.example.com",
    "https://dev.example.com:*",
    "https://foo.com",
    "https://bar.com",
    "http://localhost:3000",
];

fn policy() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(LISTED)
        .allow_credentials(true)
        // For builds that cannot tell that nobody registers names there.
        .dangerously_allow_public_suffix("tenants.example.com")
        .dangerously_allow_public_suffix("preview.example.com")
}

/// Denied means no `Access-Control-*` header, and `Vary` all the same.
fn denies(layer: &CorsLayer, origin: &str) {
    let actual = answer(layer, &format!("GET /\norigin: {origin}"), "");
    assert_eq!(actual, "200\nvary: origin\n(inner)", "{origin:?}");
    let preflight = answer(layer, &format!("OPTIONS /\norigin: {origin}\naccess-control-request-method: PUT"), "");
    assert_eq!(
        preflight, "403\nvary: origin, access-control-request-method, access-control-request-headers\n(not called)",
        "{origin:?}"
    );
}

fn allows(layer: &CorsLayer, origin: &str) {
    let actual = answer(layer, &format!("GET /\norigin: {origin}"), "");
    assert!(actual.contains(&format!("access-control-allow-origin: {origin}\n")), "{origin:?}\n{actual}");
}

fn codes(layer: CorsLayer) -> Vec<&'static str> {
    layer.build().err().map(|error| error.problems().map(Problem::code).collect()).unwrap_or_default()
}

#[test]
fn the_policy_allows_what_it_lists() {
    for origin in [
        "https://example.com",
        "https://app.example.com",
        "https://a.tenants.example.com",
        "https://a.b_c.tenants.example.com",
        "https://pr-7.preview.example.com",
        "https://dev.example.com",
        "https://dev.example.com:8443",
        "http://localhost:3000",
    ] {
        allows(&policy(), origin);
    }
}

#[test]
fn m1_any_origin_with_credentials_in_no_spelling() {
    for text in [
        "*",
        "https://*",
        "h*",
        ".*",
        "https://.*",
        "^.*$",
        "*://*",
        "https://*:*",
        "http*://example.com",
        "**",
        "*.*",
        "",
    ] {
        assert_ne!(codes(CorsLayer::new().allow_origins([text]).allow_credentials(true)), [""; 0], "{text}");
    }
    assert_ne!(codes(CorsLayer::new().allow_origins(["https://a.example", "*"]).allow_credentials(true)), [""; 0]);
    let nobody = CorsLayer::new().allow_origins([""; 0]).allow_credentials(true);
    denies(&nobody, "https://evil.example");
}

#[test]
fn m2_to_m8_names_that_look_alike() {
    for origin in [
        "https://evilexample.com",
        "https://evilapp.example.com",
        "https://eviltenants.example.com",
        "https://example.com.evil.net",
        "https://app.example.com.evil.net",
        "https://a.tenants.example.com.evil.net",
        "https://appXexample.com",
        "https://app-example.com",
        "https://localhost.evil.com",
        "https://evil.com/example.com",
        "https://example.community",
        "https://tenants.example.com",
        "https://.tenants.example.com",
        "https://a..tenants.example.com",
        "https://a/.tenants.example.com",
        "https://a:1.tenants.example.com",
        "https://evil.net#.tenants.example.com",
        "https://evil.net?.tenants.example.com",
        "https://evil.net@a.tenants.example.com",
        "https://evil.net\\.tenants.example.com",
        "https://pr-.preview.example.com",
        "https://pr-a.b.preview.example.com",
        "https://pr-7.preview.example.com.evil.net",
        "https://xpr-7.preview.example.com",
        "https://barfoo.com",
        "https://foobar.com",
        "https://oo.com",
        "https://om",
    ] {
        denies(&policy(), origin);
    }
}

#[test]
fn m6_no_wildcard_at_the_end() {
    for text in
        ["https://example.com*", "https://example.*", "https://prod-*", "https://*example.com", "https://ex*mple.com"]
    {
        assert_ne!(codes(CorsLayer::new().allow_origins([text])), [""; 0], "{text}");
    }
}

#[test]
fn m9_and_m45_names_that_strangers_can_register() {
    let open = "origin-open-to-strangers";
    for text in [
        "https://*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.vercel.app",
        "https://*.herokuapp.com",
        "https://my-*.vercel.app",
        "https://*.run.app",
        "https://*.amazonaws.com",
        "https://*.s3.amazonaws.com",
        "https://*.core.windows.net",
        "https://*.ck",
        "https://*.corp",
        "https://*.com.",
        "https://*.github.io.:*",
        "chrome-extension://*",
    ] {
        for trusting in [CorsLayer::new().allow_credentials(true), CorsLayer::new().reject_disallowed_origins(true)] {
            assert_eq!(codes(trusting.allow_origins([text])), [open], "{text}");
        }
        assert_eq!(codes(CorsLayer::new().allow_origins([text])), [""; 0], "{text}");
    }
    for text in
        ["https://*.123", "https://*.0x7f", "https://*.1.2.3.4", "https://pr-*", "https://pr-*.com", "https://a*.co.uk"]
    {
        assert_ne!(codes(CorsLayer::new().allow_origins([text]).allow_credentials(true)), [""; 0], "{text}");
    }
    // Without the list every wildcard is held to be open.
    if !cfg!(feature = "public-suffix") {
        return;
    }
    for text in [
        "https://*.example.com",
        "https://*.www.ck",
        "https://*.mine.github.io",
        "https://*.localhost",
        "http://*.localhost:*",
    ] {
        assert_eq!(codes(CorsLayer::new().allow_origins([text]).allow_credentials(true)), [""; 0], "{text}");
    }
}

#[test]
fn m10_null() {
    denies(&policy(), "null");
    denies(&CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).allow_credentials(true), "null");
    assert_eq!(codes(CorsLayer::new().allow_origins(["null"])), ["null-origin"]);
    assert_eq!(codes(CorsLayer::new().allow_origins(["null"]).allow_credentials(true)), ["null-origin"]);
}

#[test]
fn m11_schemes() {
    for origin in [
        "http://app.example.com",
        "http://a.tenants.example.com",
        "wss://app.example.com",
        "app.example.com",
        "//app.example.com",
        "https:app.example.com",
        "https:/app.example.com",
        "ttps://app.example.com",
    ] {
        denies(&policy(), origin);
    }
    for text in ["app.example.com", "//app.example.com", "*.example.com", "localhost:3000"] {
        assert_ne!(codes(CorsLayer::new().allow_origins([text])), [""; 0], "{text}");
    }
}

#[test]
fn m12_ports() {
    for origin in [
        "https://example.com:8443",
        "https://example.com:443",
        "https://app.example.com:",
        "https://dev.example.com:",
        "https://dev.example.com:0",
        "https://dev.example.com:443",
        "https://dev.example.com:080",
        "https://dev.example.com:65536",
        "https://dev.example.com:99999999999999999999",
        "https://dev.example.com:+80",
        "https://dev.example.com:8443.evil.net",
        "https://dev.example.com:8443@evil.net",
        "http://localhost:3001",
        "http://localhost",
        "http://localhost:30000",
    ] {
        denies(&policy(), origin);
    }
    for text in [
        "https://a.example:443",
        "http://a.example:80",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:080",
        "https://a.example:",
        "https://a.example:8*",
    ] {
        assert_ne!(codes(CorsLayer::new().allow_origins([text])), [""; 0], "{text}");
    }
}

#[test]
fn m13_to_m15_what_is_no_origin() {
    for origin in [
        "https://example.com/",
        "https://example.com/path",
        "https://example.com?",
        "https://example.com#",
        "https://example.com@evil.net",
        "https://user@example.com",
        "https://a`.tenants.example.com",
        "https://a~.tenants.example.com",
        "https://a!.tenants.example.com",
        "https://a$.tenants.example.com",
        "https://a&.tenants.example.com",
        "https://a'.tenants.example.com",
        "https://a(.tenants.example.com",
        "https://a*.tenants.example.com",
        "https://a+.tenants.example.com",
        "https://a,.tenants.example.com",
        "https://a;.tenants.example.com",
        "https://a=.tenants.example.com",
        "https://a{.tenants.example.com",
        "https://a|.tenants.example.com",
        "https://a%2e.tenants.example.com",
        "https://example.com`.evil.net",
        "https://example.com_.evil.net",
        "https://APP.example.com",
        "HTTPS://app.example.com",
        "https://A.tenants.example.com",
        "https://ä.tenants.example.com",
        "https://app.example.com.",
        "https://a.tenants.example.com.",
    ] {
        denies(&policy(), origin);
    }
}

#[test]
fn m16_addresses_are_written_one_way() {
    for text in [
        "http://0177.0.0.1",
        "http://127.1",
        "http://2130706433",
        "http://0x7f.0.0.1",
        "http://127.0.0.01",
        "http://[0:0:0:0:0:0:0:1]",
        "http://[::ffff:127.0.0.1]",
        "http://[fe80::1%eth0]",
        "http://::1",
        "https://*.127.0.0.1",
    ] {
        assert_ne!(codes(CorsLayer::new().allow_origins([text])), [""; 0], "{text}");
    }
}

#[test]
fn m17_several_origins() {
    for origin in [
        "https://app.example.com\norigin: https://evil.example",
        "https://evil.example\norigin: https://app.example.com",
        "https://app.example.com\norigin: https://app.example.com",
        "https://app.example.com, https://evil.example",
        "https://app.example.com https://evil.example",
        "https://app.example.com,",
    ] {
        denies(&policy(), origin);
    }
}

#[test]
fn m18_bytes_that_no_browser_sends() {
    for byte in (0..=u8::MAX).filter(|byte| HeaderValue::from_bytes(&[b'x', *byte, b'x']).is_ok()) {
        for template in [
            &b"https://app?.example.com"[..],
            b"?https://app.example.com",
            b"https://app.example.com?",
            b"https://a?.tenants.example.com",
        ] {
            let origin: Vec<u8> = template.iter().map(|b| if *b == b'?' { byte } else { *b }).collect();
            let mut request = support::parse("GET /");
            request.headers_mut().insert("origin", HeaderValue::from_bytes(&origin).unwrap());
            let built = policy().build().unwrap();
            let legal = byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
            let expected = legal && template.starts_with(b"https://a?.");
            let dot = byte == b'.' && template.starts_with(b"https://a?.");
            assert_eq!(built.allows_origin(&origin), expected && !dot, "{:?}", String::from_utf8_lossy(&origin));
            let (parts, ()) = request.into_parts();
            let _ = built.decide(&parts);
        }
    }
}

#[test]
fn m19_to_m21_vary() {
    // Rows for each kind of response stand in `answers.rs`; nothing of a request may get into `Vary`.
    let got = answer(
        &policy(),
        "OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\naccess-control-request-headers: x-evil\nvary: x-evil",
        "",
    );
    assert!(!got.contains("x-evil"), "{got}");
}

#[test]
fn m22_to_m24_one_origin_and_only_beside_an_allowed_one() {
    let inner = "200\naccess-control-allow-origin: *\naccess-control-allow-credentials: true\naccess-control-allow-methods: *\naccess-control-expose-headers: *\naccess-control-allow-private-network: true";
    for request in ["GET /", "GET /\norigin: https://evil.example", "OPTIONS /\norigin: https://evil.example"] {
        let got = answer(&policy(), request, inner);
        assert!(!got.contains("access-control-allow") && !got.contains("access-control-expose"), "{got}");
    }
    let got = answer(&policy(), "GET /\norigin: https://app.example.com", inner);
    assert_eq!(got.matches("access-control-allow-origin").count(), 1, "{got}");
}

#[test]
fn m25_to_m27_hostile_and_clumsy_questions() {
    let echo = CorsLayer::new().allow_origins(["https://app.example.com"]).allow_headers(Any).allow_credentials(true);
    let ask = |headers: &str| {
        answer(
            &echo,
            &format!("OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\n{headers}"),
            "",
        )
    };
    let line = |value: &str| format!("access-control-request-headers: {value}");
    let commas = ",".repeat(8192);
    let blanks = format!("a{}a", " ".repeat(8000));
    let names = (0..10_000).map(|n| line(&format!("x-{n}"))).collect::<Vec<_>>().join("\n");
    assert!(ask(&line(&commas)).starts_with("204"));
    for hostile in [line(&",".repeat(1 << 20)), line(&blanks), names, line("a\tb"), line("<script>"), line("x-é")] {
        let got = ask(&hostile);
        assert!(got.starts_with("403") && got.len() < 200, "{}", got.len());
    }
    for clumsy in ["X-A , ,x-a", "x-b,X-A,x-b", "\tx-a\t,\t", "x-a\naccess-control-request-headers: x-b"] {
        assert!(ask(&line(clumsy)).contains("access-control-allow-headers: x-a"), "{clumsy}");
    }
}

#[test]
fn m28_only_preflights_stay_here() {
    for request in [
        "OPTIONS /",
        "OPTIONS /\norigin: https://app.example.com",
        "OPTIONS /\naccess-control-request-method: PUT",
        "GET /\norigin: https://app.example.com\naccess-control-request-method: PUT",
    ] {
        assert!(answer(&policy(), request, "").ends_with("(inner)"), "{request}");
    }
    for origin in ["https://app.example.com", "https://evil.example", "null", ""] {
        let got = answer(&policy(), &format!("OPTIONS /\norigin: {origin}\naccess-control-request-method: PUT"), "");
        assert!(got.ends_with("(not called)"), "{got}");
    }
}

#[test]
fn m29_a_simple_post_that_is_not_permitted_is_only_unreadable() {
    let post = "POST /\norigin: https://evil.example\nhost: api.example\ncontent-type: text/plain\ncookie: session=1";
    assert_eq!(answer(&policy(), post, ""), "200\nvary: origin\n(inner)");
    let enforcing = policy().reject_disallowed_origins(true);
    assert_eq!(answer(&enforcing, post, ""), "403\ncache-control: no-store\nvary: origin\n(not called)");
}

#[test]
fn m31_and_m36_only_origin_is_read() {
    let got = answer(
        &policy(),
        "GET /?origin=https://app.example.com\nx-origin: https://app.example.com\nreferer: https://app.example.com/\nhost: app.example.com\ncookie: origin=https://app.example.com\nforwarded: host=app.example.com",
        "",
    );
    assert_eq!(got, "200\nvary: origin\n(inner)");
}

#[test]
fn m32_nothing_configured_is_nothing_allowed() {
    denies(&CorsLayer::new(), "https://app.example.com");
    denies(&CorsLayer::default(), "https://app.example.com");
    denies(&CorsLayer::new().allow_origins(Vec::<String>::new()), "https://app.example.com");
    let ids: Vec<_> = CorsLayer::new().build().unwrap().warnings().iter().map(tower_cors::Warning::id).collect();
    assert_eq!(ids, ["no-origin"]);
}

#[test]
fn m33_localhost_in_production_is_a_warning() {
    let warnings = policy().build().unwrap().warnings();
    assert!(warnings.iter().any(|warning| warning.id() == "localhost-beside-others"), "{warnings:?}");
}

#[test]
fn m34_private_network_is_never_granted() {
    for layer in [policy(), CorsLayer::permissive()] {
        let got = answer(
            &layer,
            "OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\naccess-control-request-private-network: true",
            "",
        );
        assert!(!got.contains("private-network"), "{got}");
    }
}

#[test]
fn m38_a_wildcard_means_any() {
    let permissive = answer(
        &CorsLayer::permissive(),
        "OPTIONS /\norigin: https://a.example\naccess-control-request-method: PUT",
        "",
    );
    assert!(permissive.contains("access-control-allow-headers: *,authorization"), "{permissive}");
    for layer in [
        CorsLayer::new().allow_headers([HeaderName::from_static("*")]),
        CorsLayer::new().allow_headers([HeaderName::from_static("*"), AUTHORIZATION]),
        CorsLayer::new().allow_methods([Method::from_bytes(b"*").unwrap()]),
        CorsLayer::new().expose_headers([ETAG, HeaderName::from_static("*")]),
    ] {
        assert_eq!(codes(layer), ["wildcard-in-list"]);
    }
    let credentials = policy().allow_methods(Any).allow_headers(Any).expose_headers(Any);
    for request in [
        "GET /\norigin: https://app.example.com",
        "OPTIONS /\norigin: https://app.example.com\naccess-control-request-method: PUT\naccess-control-request-headers: authorization",
    ] {
        let got = answer(&credentials, request, "");
        assert!(!got.contains('*'), "{got}");
    }
}

#[test]
fn m39_the_same_question_has_the_same_answer() {
    let layer = policy();
    for _ in 0..3 {
        allows(&layer, "https://a.tenants.example.com");
        denies(&layer, "https://evil.example");
    }
}

#[test]
fn m40_a_name_does_not_speak_for_those_below_it() {
    for origin in ["https://forgotten.example.com", "https://a.app.example.com", "https://a.foo.com"] {
        denies(&policy(), origin);
    }
}

#[test]
fn m41_enforcement_needs_trusted_origins() {
    for (origin, code) in [
        ("*", "any-origin-trusted"),
        ("null", "null-origin-trusted"),
        (" Null", "null-origin-trusted"),
        ("http://app.example.com", "insecure-origin"),
        ("https://*.github.io", "origin-open-to-strangers"),
    ] {
        let layer = CorsLayer::new().allow_origins([origin]).reject_disallowed_origins(true);
        assert_eq!(codes(layer), [code], "{origin}");
    }
    let null = CorsLayer::new().allow_origins(["null"]).dangerously_allow_null_origin().reject_disallowed_origins(true);
    assert_eq!(codes(null), ["null-origin-trusted"]);
}

#[test]
fn m42_m43_and_m50_forged_own_origins() {
    let enforcing = policy().reject_disallowed_origins(true);
    for request in [
        "POST /\norigin: http://evil.test:8080\nhost: evil.test:8080",
        "GET /ws\norigin: http://evil.test:8080\nhost: evil.test:8080\nconnection: upgrade\nupgrade: websocket",
        "POST /\norigin: http://app.example\nhost: app.example",
        "POST /\norigin: https://app.example:8443\nhost: app.example",
        "POST https://app.example/\norigin: https://app.example\nhost: other.example",
        "POST /\nsec-fetch-site: cross-site",
        "PATCH /\nsec-fetch-site: same-site",
    ] {
        assert_eq!(
            answer(&enforcing, request, ""),
            "403\ncache-control: no-store\nvary: origin\n(not called)",
            "{request}"
        );
    }
}

#[test]
fn m44_predicates_are_not_asked_about_everything() {
    let always = CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).allow_credentials(true);
    for origin in
        ["null", "http://app.example.com", "https://a.example/", "https://a.example, https://b.example", "garbage", ""]
    {
        denies(&always, origin);
    }
    assert_eq!(
        codes(CorsLayer::new().allow_origin(AllowOrigin::mirror_request()).allow_credentials(true)),
        ["any-origin-trusted"]
    );
    let warnings = always.build().unwrap().warnings();
    assert!(warnings.iter().any(|warning| warning.id() == "predicate-says-yes"), "{warnings:?}");
}

#[test]
fn m46_an_empty_list_closes() {
    let closed = CorsLayer::permissive().allow_origins([""; 0]);
    denies(&closed, "https://app.example.com");
}

#[test]
fn m49_our_own_refusals_are_not_stored() {
    let enforcing = policy().reject_disallowed_origins(true);
    for request in [
        "POST /\norigin: https://evil.example",
        "OPTIONS /\norigin: https://evil.example\naccess-control-request-method: PUT",
    ] {
        assert!(answer(&enforcing, request, "").contains("cache-control: no-store"), "{request}");
    }
    let options = answer(&CorsLayer::permissive(), "OPTIONS /", "");
    assert!(options.contains("vary: origin, access-control-request-method"), "{options}");
}
