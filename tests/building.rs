//! Building: all problems at once, one compilation, a panic that says where, policies as values.

mod support;

use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderValue, Method, StatusCode};
use support::answer;
use tower::Layer;
use tower_cors::{AllowOrigin, Any, CorsLayer, CorsPolicy, Decision, OriginGuard, PolicyError, Problem};

fn codes(error: &PolicyError) -> Vec<&'static str> {
    error.problems().map(Problem::code).collect()
}

fn wrong() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com/", "null", "http://intranet.example", "https://*.github.io", "*"])
        .allow_methods([Method::from_bytes(b"*").unwrap()])
        .allow_headers([HeaderName::from_static("*")])
        .expose_headers([HeaderName::from_static("*")])
        .vary([HeaderName::from_static("*")])
        .allow_credentials(true)
        .max_age(Duration::from_millis(1500))
        .preflight_status(StatusCode::ACCEPTED)
}

#[test]
fn every_problem_is_reported_at_once() {
    let error = wrong().build().unwrap_err();
    assert_eq!(
        codes(&error),
        [
            "origin-has-trailing-slash",
            "null-origin",
            "insecure-origin",
            "origin-open-to-strangers",
            "any-origin-beside-others",
            "wildcard-in-list",
            "wildcard-in-list",
            "wildcard-in-list",
            "wildcard-in-list",
            "max-age-not-whole-seconds",
            "preflight-status",
        ]
    );
    let indices: Vec<_> = error.problems().take(5).map(Problem::index).collect();
    assert_eq!(indices, [Some(0), Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn many_problems_are_cut() {
    let error =
        CorsLayer::new().allow_origins((0..1000).map(|n| format!("https://{n}.example.com/"))).build().unwrap_err();
    assert_eq!(error.problems().len(), 1000);
    let text = error.to_string();
    assert_eq!(text.lines().count(), 52);
    assert!(text.starts_with("1000 problems:\n  - \"https://0.example.com/\" ends with a slash"), "{text}");
    assert!(text.ends_with("\n  and 950 more"), "{text}");
}

#[test]
fn a_long_hostile_value_is_escaped_and_cut() {
    let error =
        CorsLayer::new().allow_origins([format!("https://\u{1b}[31m\n{}", "x".repeat(100_000))]).build().unwrap_err();
    let text = error.to_string();
    assert!(text.len() < 2000, "{}", text.len());
    assert!(!text.contains(['\u{1b}', '\n']), "{text}");
}

#[test]
fn as_a_layer_invalid_rules_panic_with_every_problem_and_their_place() {
    let line = line!() + 1;
    let layer = CorsLayer::new().allow_origins(["app.example.com"]).preflight_status(StatusCode::ACCEPTED);
    let panic = catch_unwind(|| layer.layer(())).unwrap_err();
    let text = panic.downcast::<String>().unwrap();
    assert!(text.contains(&format!("tests/building.rs:{line}:")), "{text}");
    for problem in layer.build().unwrap_err().problems() {
        assert!(text.contains(&problem.to_string()), "{text}");
    }
    let preset = catch_unwind(|| CorsLayer::permissive().allow_credentials(true).layer(())).unwrap_err();
    assert!(preset.downcast::<String>().unwrap().contains("tests/building.rs:"));
    let default = catch_unwind(|| CorsLayer::default().max_age(Duration::from_nanos(1)).layer(())).unwrap_err();
    assert!(default.downcast::<String>().unwrap().contains("tests/building.rs:"));
}

#[test]
fn unwrapping_an_error_prints_its_text() {
    let error = wrong().build().unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
    assert!(format!("{error:#?}").contains("InvalidOrigin"), "{error:#?}");
    let problem = error.problems().next().unwrap();
    assert_eq!(format!("{problem:?}"), problem.to_string());
    assert_eq!(problem.value(), Some("https://app.example.com/"));
    assert_eq!(problem.suggestion(), Some("https://app.example.com"));
}

#[test]
fn suggestions_of_the_policy_build() {
    let error = CorsLayer::new()
        .allow_origins(["http://app.example.com", "http://app.example.com:8080", "http://*.github.io"])
        .allow_credentials(true)
        .build()
        .unwrap_err();
    let suggestions: Vec<_> = error.problems().map(Problem::suggestion).collect();
    // The last is faulty twice, and no spelling of it can be trusted.
    assert_eq!(suggestions, [Some("https://app.example.com"), None, None, None]);
    let codes: Vec<_> = error.problems().map(Problem::code).collect();
    assert_eq!(codes, ["insecure-origin", "insecure-origin", "insecure-origin", "origin-open-to-strangers"]);
    assert!(CorsLayer::new().allow_origins(suggestions.into_iter().flatten()).allow_credentials(true).build().is_ok());
}

/// What cannot be trusted is not suggested where origins must be trusted ones.
#[test]
fn suggestions_for_faulty_texts_build_too() {
    // Without the list every wildcard may be one that strangers can register under.
    let below_foo = cfg!(feature = "public-suffix").then_some("https://*.foo.example");
    let rules = |trusting: bool, entries: &[&str]| CorsLayer::new().allow_origins(entries).allow_credentials(trusting);
    for (text, suggestion, trusted_suggestion) in [
        ("https://App.example.com/", Some("https://app.example.com"), Some("https://app.example.com")),
        ("HTTP://Localhost:3000", Some("http://localhost:3000"), Some("http://localhost:3000")),
        ("HTTP://Foo.example:80", Some("http://foo.example"), Some("https://foo.example")),
        ("http://foo.example:8080/", Some("http://foo.example:8080"), None),
        ("http://0.0.0.0:3000/", Some("http://0.0.0.0:3000"), Some("http://localhost:3000")),
        ("http://*.foo.example/", Some("http://*.foo.example"), below_foo),
        ("https://*.GitHub.io", Some("https://*.github.io"), None),
        ("http://*.GitHub.io", Some("http://*.github.io"), None),
        ("\"*\"", Some("*"), None),
    ] {
        for (trusting, suggestion) in [(false, suggestion), (true, trusted_suggestion)] {
            let error = rules(trusting, &[text]).build().unwrap_err();
            let [problem] = error.problems().collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(problem.suggestion(), suggestion, "{text} {trusting}: {error}");
            if let Some(suggestion) = suggestion {
                assert!(rules(trusting, &[suggestion]).build().is_ok(), "{text} {trusting}: {error}");
            }
        }
    }
    let beside = rules(false, &["\"*\"", "https://a.example"]).build().unwrap_err();
    assert_eq!(beside.problems().map(Problem::suggestion).collect::<Vec<_>>(), [None], "{beside}");
    let list = rules(true, &["http://a.example/, HTTPS://b.example"]).build().unwrap_err().to_string();
    assert!(
        list.ends_with("write each as an entry of its own: \"https://a.example\", \"https://b.example\""),
        "{list}"
    );
    let switched_on = rules(true, &["HTTP://Foo.example"]).dangerously_allow_insecure_origins().build().unwrap_err();
    assert_eq!(switched_on.problems().next().unwrap().suggestion(), Some("http://foo.example"));
}

#[test]
fn a_changed_clone_has_a_policy_of_its_own() {
    let first = CorsLayer::new().allow_origins(["https://a.example"]);
    let _compiled = first.layer(());
    let second = first.clone().allow_origins(["https://b.example"]);
    let allows = |layer: &CorsLayer, origin| {
        answer(layer, &format!("GET /\norigin: {origin}"), "").contains("access-control-allow-origin")
    };
    assert!(allows(&second, "https://b.example") && !allows(&second, "https://a.example"));
    assert!(allows(&first, "https://a.example") && !allows(&first, "https://b.example"));
    let _compiled = second.layer(());
    let same = second.clone();
    assert!(allows(&same, "https://b.example"));
    assert!(same.build().unwrap().allows_origin("https://b.example"));
}

/// What was compiled keeps the origins, and a change of anything else takes them from there.
#[test]
fn a_compiled_layer_keeps_its_origins() {
    let null = || CorsLayer::new().allow_origins(["https://a.example", "null"]).dangerously_allow_null_origin();
    for (name, layer, origin) in [
        ("list", CorsLayer::new().allow_origins(["https://a.example"]), "https://a.example"),
        ("null", null(), "null"),
        ("any", CorsLayer::new().allow_origin(Any), "https://any.example"),
        ("predicate", CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)), "https://any.example"),
    ] {
        let rules = format!("{layer:?}");
        let expected = layer.clone().expose_headers([ETAG]).build().unwrap();
        let request = format!("GET /\norigin: {origin}");
        let before = answer(&layer, &request, "");
        assert!(before.contains("access-control-allow-origin"), "{name}: {before}");
        assert_eq!(answer(&layer, &request, ""), before, "{name}");
        assert_eq!(format!("{layer:?}"), rules, "{name}");
        assert_eq!(layer.clone().expose_headers([ETAG]).build().unwrap(), expected, "{name}, a changed clone");
        assert_eq!(layer.expose_headers([ETAG]).build().unwrap(), expected, "{name}, changed");
    }
}

/// A clone that is changed while the layer is compiled elsewhere has all of its origins.
#[test]
fn compiling_and_changing_at_once() {
    for _ in 0..200 {
        let layer = CorsLayer::new().allow_origins(["https://a.example"]);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| layer.layer(()));
                scope.spawn(|| {
                    let changed = layer.clone().expose_headers([ETAG]).build().unwrap();
                    assert!(changed.allows_origin("https://a.example"));
                });
            }
        });
    }
}

#[test]
fn every_kind_of_text_is_an_entry() {
    let strings = vec!["https://a.example".to_owned()];
    let origin: tower_cors::Origin = "https://a.example".parse().unwrap();
    let pattern: tower_cors::OriginPattern = "https://a.example".parse().unwrap();
    let expected = CorsLayer::new().allow_origins(["https://a.example"]).build().unwrap();
    let layers = [
        CorsLayer::new().allow_origins(&strings),
        CorsLayer::new().allow_origins(strings.iter().map(String::as_str)),
        CorsLayer::new().allow_origins(["https://a.example"].iter()),
        CorsLayer::new().allow_origins(strings),
        CorsLayer::new().allow_origins([origin.clone()]),
        CorsLayer::new().allow_origins(std::slice::from_ref(&origin)),
        CorsLayer::new().allow_origins([pattern.clone()]),
        CorsLayer::new().allow_origins(std::slice::from_ref(&pattern)),
        CorsLayer::new().allow_origins([HeaderValue::from_static("https://a.example")]),
        CorsLayer::new().allow_origins([std::borrow::Cow::Borrowed("https://a.example")]),
        CorsLayer::new().allow_origin("https://a.example"),
        CorsLayer::new().allow_origin("https://a.example".to_owned()),
        CorsLayer::new().allow_origin(origin.clone()),
        CorsLayer::new().allow_origin(pattern),
    ];
    for layer in layers {
        assert_eq!(layer.build().unwrap(), expected);
    }
    assert!(expected.allows_origin(&origin));
}

#[test]
fn entries_that_are_not_text_are_problems() {
    let error =
        CorsLayer::new().allow_origin([HeaderValue::from_bytes(b"https://\xff.example").unwrap()]).build().unwrap_err();
    assert_eq!(error.problems().len(), 1);
}

#[test]
fn any_origin_in_every_spelling_is_never_trusted() {
    let spellings: [fn(CorsLayer) -> CorsLayer; 8] = [
        |layer| layer.allow_origin(Any),
        |layer| layer.allow_origin(AllowOrigin::any()),
        |layer| layer.allow_origin(AllowOrigin::mirror_request()),
        |layer| layer.allow_origin("*"),
        |layer| layer.allow_origins(["*"]),
        |layer| layer.allow_origin(HeaderValue::from_static("*")),
        |layer| layer.allow_origin(AllowOrigin::list([HeaderValue::from_static("*")])),
        |layer| layer.allow_origin("*".parse::<tower_cors::OriginPattern>().unwrap()),
    ];
    for spell in spellings {
        let every_switch = spell(CorsLayer::new())
            .dangerously_allow_insecure_origins()
            .dangerously_allow_null_origin()
            .dangerously_allow_public_suffix("*");
        assert!(every_switch.clone().build().is_ok());
        assert_eq!(codes(&every_switch.clone().allow_credentials(true).build().unwrap_err()), ["any-origin-trusted"]);
        assert_eq!(
            codes(&every_switch.clone().reject_disallowed_origins(true).build().unwrap_err()),
            ["any-origin-trusted"]
        );
        assert_eq!(codes(&every_switch.build().unwrap().guard().unwrap_err()), ["any-origin-trusted"]);
    }
}

#[test]
fn a_base_that_was_switched_on_lifts_the_check_for_itself_alone() {
    let netlify = "https://*.netlify.app";
    // What is listed, which bases are switched on, and which entries are problems all the same.
    let cases: &[(&[&str], &[&str], &[&str])] = &[
        (&[netlify, "https://*.netlify.app.:*", "https://my-*.netlify.app"], &["netlify.app"], &[]),
        (&[netlify, "https://*.vercel.app"], &["netlify.app"], &["https://*.vercel.app"]),
        (&[netlify, "https://*.vercel.app"], &["netlify.app", "vercel.app"], &[]),
        (&[netlify], &["app", "my.netlify.app", "https://netlify.app", "*", ""], &[netlify]),
        (&["tauri://*", "tauri://*:*"], &["tauri://*"], &[]),
        (&["tauri://*"], &["capacitor://*", "tauri", "*", ""], &["tauri://*"]),
    ];
    for (origins, bases, open) in cases {
        let layer = bases.iter().fold(CorsLayer::new(), |layer, base| layer.dangerously_allow_public_suffix(*base));
        let layer = layer.allow_origins(origins.iter());
        for trusting in [layer.clone().allow_credentials(true), layer.reject_disallowed_origins(true)] {
            let problems = trusting.build().err().map(PolicyError::into_problems).unwrap_or_default();
            let values: Vec<_> = problems.iter().filter_map(Problem::value).collect();
            assert_eq!(values, *open, "{origins:?} with {bases:?}");
        }
    }
}

#[test]
fn guards_need_trusted_origins() {
    let guard = |layer: CorsLayer| layer.build().unwrap().guard();
    let null = CorsLayer::new().allow_origins(["null"]).dangerously_allow_null_origin();
    assert_eq!(codes(&guard(null).unwrap_err()), ["null-origin-trusted"]);
    let insecure = CorsLayer::new().allow_origins(["https://a.example", "http://a.example"]);
    assert_eq!(codes(&guard(insecure.clone()).unwrap_err()), ["insecure-origin"]);
    assert!(guard(insecure.dangerously_allow_insecure_origins()).is_ok());
    let strangers = CorsLayer::new().allow_origins(["https://*.github.io"]);
    assert_eq!(codes(&guard(strangers.clone()).unwrap_err()), ["origin-open-to-strangers"]);
    assert!(guard(strangers.dangerously_allow_public_suffix("github.io")).is_ok());
    assert!(guard(CorsLayer::new()).is_ok());
}

#[test]
fn a_guard_holds_predicates_to_the_rules_of_trust() {
    let policy = CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).build().unwrap();
    let guard = policy.guard().unwrap();
    let admits = |origin: &str| guard.admits(&support::parse(&format!("POST /\norigin: {origin}")).into_parts().0);
    assert!(admits("https://a.example"));
    assert!(admits("http://localhost:3000"));
    assert!(!admits("http://a.example"));
    assert!(!admits("null"));
    let switched = CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| true)).dangerously_allow_null_origin();
    let guard = switched.build().unwrap().guard().unwrap();
    assert!(!guard.admits(&support::parse("POST /\norigin: null").into_parts().0));
}

/// The rule itself stands in `answers.rs`: the guard must say the same.
#[test]
fn a_guard_admits_what_enforcement_lets_through() {
    let layer = CorsLayer::new().allow_origins(["https://app.example.com"]);
    let guard = layer.clone().build().unwrap().guard().unwrap();
    let enforcing = layer.reject_disallowed_origins(true);
    let mut seen = [0; 2];
    for method in ["GET", "HEAD", "OPTIONS", "POST", "CONNECT"] {
        for origin in [
            "",
            "origin: https://app.example.com",
            "origin: https://x.example",
            "origin: http://x.example",
            "origin: http://127.0.0.1",
            "origin: null",
            "origin: https://app.example.com\norigin: https://x.example",
        ] {
            for site in [
                "",
                "sec-fetch-site: same-origin",
                "sec-fetch-site: none",
                "sec-fetch-site: same-site",
                "sec-fetch-site: cross-site",
                "sec-fetch-site: none\nsec-fetch-site: none",
            ] {
                for host in [
                    "",
                    "host: x.example",
                    "host: 127.0.0.1",
                    "host: app.example.com",
                    "host: x.example\nhost: x.example",
                ] {
                    let request = format!("{method} /\n{origin}\n{site}\n{host}");
                    let admitted = guard.admits(&support::parse(&request).into_parts().0);
                    assert_eq!(admitted, answer(&enforcing, &request, "").ends_with("(inner)"), "{request}");
                    seen[usize::from(admitted)] += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

#[test]
fn policies_are_values() {
    let layer = CorsLayer::new()
        .allow_origins(["https://b.example", "https://a.example", "https://b.example"])
        .allow_methods([Method::from_bytes(b"put").unwrap(), Method::PUT])
        .allow_headers([CONTENT_TYPE, AUTHORIZATION])
        .expose_headers([ETAG])
        .max_age(Duration::from_secs(60))
        .vary([HeaderName::from_static("x-tenant")])
        .dangerously_allow_public_suffix("github.io");
    let policy = layer.clone().build().unwrap();
    assert_eq!(
        policy.to_string(),
        "origins = [\"https://b.example\", \"https://a.example\"]\n\
         methods = [\"PUT\"]\n\
         headers = [\"content-type\", \"authorization\"]\n\
         expose_headers = [\"etag\"]\n\
         credentials = false\n\
         max_age = 60\n\
         vary = [\"x-tenant\"]\n\
         preflight_status = 204\n\
         reject_disallowed_origins = false\n\
         dangerously_allow_public_suffixes = [\"github.io\"]"
    );
    assert_eq!(policy, layer.clone().build().unwrap());
    assert_eq!(policy, policy.clone().leak());
    let other: [CorsLayer; 8] = [
        layer.clone().allow_origins(["https://a.example"]),
        layer.clone().allow_methods([Method::DELETE]),
        layer.clone().allow_headers([CONTENT_TYPE]),
        layer.clone().expose_headers(Any),
        layer.clone().allow_credentials(true),
        layer.clone().max_age(Duration::from_secs(61)),
        layer.clone().preflight_status(StatusCode::OK),
        layer.reject_disallowed_origins(true),
    ];
    for changed in other {
        assert_ne!(policy, changed.build().unwrap());
    }
    let asked = AllowOrigin::predicate(|_, _| true);
    let with = |origin: AllowOrigin| CorsLayer::new().allow_origin(origin).build().unwrap();
    assert_eq!(with(asked.clone()), with(asked.clone()));
    assert_ne!(with(asked), with(AllowOrigin::predicate(|_, _| true)));
}

#[test]
fn a_leaked_policy_answers_the_same() {
    let policy = CorsLayer::new()
        .allow_origins(["https://a.example", "https://*.b.example"])
        .allow_methods([Method::PUT])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([ETAG])
        .max_age(Duration::from_secs(60))
        .build()
        .unwrap();
    let leaked = policy.clone().leak();
    for request in [
        "GET /",
        "OPTIONS /",
        "GET /\norigin: https://x.b.example",
        "OPTIONS /\norigin: https://a.example\naccess-control-request-method: PUT",
        "GET /\norigin: https://evil.example",
    ] {
        assert_eq!(answer(&leaked, request, ""), answer(&policy, request, ""));
    }
}

#[test]
fn auto_traits() {
    fn assert_all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Debug + 'static>() {}
    assert_all::<CorsLayer>();
    assert_all::<CorsPolicy>();
    assert_all::<OriginGuard>();
    assert_all::<PolicyError>();
    assert_all::<Decision>();
    assert_all::<AllowOrigin>();
    assert_all::<tower_cors::CorsService<()>>();
    assert_all::<tower_cors::ResponseFuture<()>>();
}
