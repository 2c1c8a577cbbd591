//! Every warning and every problem of a policy, word for word: what it is, why, and what to write instead.
//!
//! The messages of origins alone are in `origin_messages.rs`, those with the words of a configuration in `config.rs`.

use std::time::Duration;

use http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, COOKIE, HeaderName, ORIGIN, SERVER, SET_COOKIE, USER_AGENT,
};
use http::{Method, StatusCode};
use tower_cors::{AllowOrigin, Any, CorsLayer, Setting};

const APP: &str = "https://app.example.com";

/// Nothing to warn of.
fn app() -> CorsLayer {
    CorsLayer::new().allow_origins([APP]).max_age(Duration::from_secs(600))
}

fn predicate() -> AllowOrigin {
    AllowOrigin::predicate(|_, _| false)
}

fn header(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

#[test]
fn warnings() {
    let origins = |list: &[&str]| CorsLayer::new().allow_origins(list.to_vec()).max_age(Duration::from_secs(600));
    #[rustfmt::skip]
    let cases: Vec<(CorsLayer, &str, Setting, &str)> = vec![
        (CorsLayer::new(), "no-origin", Setting::AllowOrigins,
            "no origin is allowed: no page of another origin can read anything; list the origins of your pages with allow_origins"),
        (app().allow_origins(["https://b.example"]), "list-replaced", Setting::AllowOrigins,
            "allow_origin or allow_origins was called more than once: only the last call counts; pass all values in one call"),
        (app().allow_methods([Method::PUT]).allow_methods([Method::DELETE]), "list-replaced", Setting::AllowMethods,
            "allow_methods was called more than once: only the last call counts; pass all values in one call"),
        (app().allow_headers([CONTENT_TYPE]).allow_headers([header("x-a")]), "list-replaced", Setting::AllowHeaders,
            "allow_headers was called more than once: only the last call counts; pass all values in one call"),
        (app().expose_headers([header("x-a")]).expose_headers([header("x-b")]), "list-replaced", Setting::ExposeHeaders,
            "expose_headers was called more than once: only the last call counts; pass all values in one call"),
        (app().vary([header("x-a")]).vary([header("x-b")]), "list-replaced", Setting::Vary,
            "vary was called more than once: only the last call counts; pass all values in one call"),
        (app().grpc_web().allow_methods([Method::PUT]), "grpc-web-replaced", Setting::AllowMethods,
            "allow_methods was called after grpc_web(): what that had added to the list is gone; call grpc_web() after the lists"),
        (app().grpc_web().allow_headers([CONTENT_TYPE]), "grpc-web-replaced", Setting::AllowHeaders,
            "allow_headers was called after grpc_web(): what that had added to the list is gone; call grpc_web() after the lists"),
        (app().grpc_web().expose_headers([header("grpc-status")]), "grpc-web-replaced", Setting::ExposeHeaders,
            "expose_headers was called after grpc_web(): what that had added to the list is gone; call grpc_web() after the lists"),
        (CorsLayer::new().allow_origins([APP]), "max-age-unset", Setting::MaxAge,
            "max age is not set: browsers forget the answer to a preflight after 5 s and ask again; write max_age(Duration::from_secs(7200))"),
        (app().max_age(Duration::from_secs(86_401)), "max-age-above-caps", Setting::MaxAge,
            "max age 86401s is longer than any browser keeps an answer (Chromium 7200 s, Firefox 86400 s, WebKit 600 s): it is sent as 86400; write Duration::from_secs(86400)"),
        (app().allow_headers([ACCEPT]), "safelisted-header", Setting::AllowHeaders,
            "request header \"accept\" is CORS-safelisted: browsers send it without asking; it can be left out"),
        (app().allow_headers([ORIGIN]), "origin-header", Setting::AllowHeaders,
            "request header \"origin\" is set by the browser, never by a script: listing it allows nothing; list origins with allow_origins, and leave it out here"),
        (app().allow_headers([header("sec-x")]), "forbidden-header", Setting::AllowHeaders,
            "request header \"sec-x\" cannot be set by a script: it is left out of the answer; remove it"),
        (app().allow_headers([COOKIE]), "forbidden-header", Setting::AllowHeaders,
            "request header \"cookie\" cannot be set by a script: it is left out of the answer; remove it, and write allow_credentials(true) for cookies"),
        (app().allow_headers([SERVER]), "response-header", Setting::AllowHeaders,
            "\"server\" is a response header: a client that sends it is mistaken; remove it here and there"),
        (app().allow_headers([header("referrer-policy")]), "response-header", Setting::AllowHeaders,
            "\"referrer-policy\" is a response header: a client that sends it is mistaken; remove it here and there"),
        (app().allow_headers([ACCESS_CONTROL_ALLOW_ORIGIN]), "response-header", Setting::AllowHeaders,
            "\"access-control-allow-origin\" is a response header: a client that sends it is mistaken; remove it here and there, for this layer writes it on the answer"),
        (app().allow_headers([header("put")]), "method-among-headers", Setting::AllowHeaders,
            "request header \"put\" is the name of a method; write allow_methods([Method::PUT])"),
        (app().allow_methods([Method::TRACE]), "forbidden-method", Setting::AllowMethods,
            "method \"TRACE\" cannot be sent by a script: it is left out of the answer; remove it"),
        (app().allow_methods(["Patch".parse::<Method>().unwrap()]), "patch-not-upper-case", Setting::AllowMethods,
            "method \"Patch\" is not \"PATCH\": browsers send it as written, and upper and lower case differ; write Method::PATCH, and \"PATCH\" in the script"),
        (app().allow_methods(["UPDTE".parse::<Method>().unwrap()]), "unknown-method", Setting::AllowMethods,
            "method \"UPDTE\" is not registered: browsers compare upper and lower case; check its spelling"),
        (app().expose_headers([SET_COOKIE]), "unreadable-header", Setting::ExposeHeaders,
            "exposed header \"set-cookie\" is never readable by a script: it is left out; remove it"),
        (app().expose_headers([USER_AGENT]), "request-header-exposed", Setting::ExposeHeaders,
            "exposed header \"user-agent\" is a request header: responses do not have it; remove it, or write it in allow_headers"),
        (app().expose_headers([CONTENT_TYPE]), "safelisted-header-exposed", Setting::ExposeHeaders,
            "exposed header \"content-type\" is readable by every script anyway; it can be left out"),
        (origins(&[APP, "http://localhost:3000"]).allow_credentials(true), "localhost-beside-others", Setting::AllowOrigins,
            "origin \"http://localhost:3000\" stands beside production origins, with credentials: whatever runs on that port of a user's machine acts as that user; allow it in development only"),
        (origins(&[APP, "http://localhost.:3000"]).allow_credentials(true), "localhost-beside-others", Setting::AllowOrigins,
            "origin \"http://localhost.:3000\" stands beside production origins, with credentials: whatever runs on that port of a user's machine acts as that user; allow it in development only"),
        (origins(&["https://*.example.com", APP]), "redundant-origin", Setting::AllowOrigins,
            "origin \"https://app.example.com\" is covered by \"https://*.example.com\"; it can be left out"),
        (origins(&["htps://app.example.com"]), "scheme-looks-mistyped", Setting::AllowOrigins,
            "origin \"htps://app.example.com\" has a scheme that only an application of yours could have: pages of the web have http or https; if the scheme is mistyped, write \"https://app.example.com\""),
        (origins(&["htttps://App.example.com:443"]), "scheme-looks-mistyped", Setting::AllowOrigins,
            "origin \"htttps://App.example.com:443\" has a scheme that only an application of yours could have: pages of the web have http or https; if the scheme is mistyped, write \"https://app.example.com\""),
        (origins(&["htps://*"]), "scheme-looks-mistyped", Setting::AllowOrigins,
            "origin \"htps://*\" has a scheme that only an application of yours could have: pages of the web have http or https; if the scheme is mistyped, write \"https://\" and the host"),
        (app().allow_headers([header("x-grpc-web")]), "grpc-status-not-exposed", Setting::AllowHeaders,
            "\"x-grpc-web\" is allowed and \"grpc-status\" is not exposed: clients lose the code of every error; call grpc_web() after the lists"),
        (app().dangerously_allow_public_suffix("netlify.app"), "unused-public-suffix", Setting::DangerouslyAllowPublicSuffix,
            "dangerously_allow_public_suffix(\"netlify.app\") lifts nothing: no entry that needs it has that base; remove the call"),
        (app().dangerously_allow_null_origin(), "unused-null-origin", Setting::DangerouslyAllowNullOrigin,
            "dangerously_allow_null_origin() allows nothing by itself: \"null\" is not listed; remove the call"),
        (CorsLayer::new().allow_origin(predicate()).max_age(Duration::ZERO).dangerously_allow_null_origin().reject_disallowed_origins(true), "unused-null-origin", Setting::DangerouslyAllowNullOrigin,
            "dangerously_allow_null_origin() allows nothing: no predicate is asked about \"null\" where disallowed origins are rejected; remove the call"),
        (app().dangerously_allow_insecure_origins(), "unused-insecure-origins", Setting::DangerouslyAllowInsecureOrigins,
            "dangerously_allow_insecure_origins() lifts nothing: no entry needs it; remove the call"),
    ];
    let mut ids: Vec<&str> = Vec::new();
    for (layer, id, setting, text) in &cases {
        let warnings = layer.clone().build().unwrap_or_else(|error| panic!("{id}: {error}")).warnings();
        let [warning] = warnings.as_slice() else { panic!("{id}: {warnings:?}") };
        assert_eq!((warning.id(), warning.setting(), warning.to_string().as_str()), (*id, *setting, *text));
        assert_eq!(format!("{warning:?}"), *text);
        assert!(format!("{warning:#?}").contains(id));
        ids.push(id);
    }
    assert!(app().build().unwrap().warnings().is_empty());

    // Its test stands below.
    ids.push("predicate-says-yes");
    for id in literals(include_str!("../src/warning.rs"), "fn id(&self)") {
        assert!(ids.contains(&id), "{id} has no message here");
    }
}

/// The texts in quotes in the function that begins like this.
fn literals<'a>(source: &'a str, function: &str) -> Vec<&'a str> {
    let (_, function) = source.split_once(function).expect("the function is there");
    let (function, _) = function.split_once("\n    }\n").expect("the function ends");
    let literals: Vec<_> = function.split('"').skip(1).step_by(2).collect();
    assert!(literals.len() > 15, "{literals:?}");
    literals
}

/// Others chose how long they are.
#[test]
fn names_that_are_shown_are_cut_and_what_is_to_be_copied_is_not() {
    let name = format!("sec-{}", "a".repeat(1000));
    let shown = format!("\"sec-{}…\"", "a".repeat(96));
    let warned = app().allow_headers([name.parse::<HeaderName>().unwrap()]).build().unwrap().warnings();
    assert_eq!(
        warned[0].to_string(),
        format!("request header {shown} cannot be set by a script: it is left out of the answer; remove it")
    );

    let host = format!("{0}.{0}.example.com", "a".repeat(60));
    let refused =
        CorsLayer::new().allow_origins([format!("http://{host}")]).allow_credentials(true).build().unwrap_err();
    assert!(refused.to_string().contains(&format!("write \"https://{host}\"")), "{refused}");
    let mistyped = app().allow_origin(format!("htps://{host}")).build().unwrap().warnings();
    assert!(mistyped.iter().any(|warning| warning.to_string().ends_with(&format!("write \"https://{host}\""))));

    // With the list no base is so long.
    if !cfg!(feature = "public-suffix") {
        let refused =
            CorsLayer::new().allow_origins([format!("https://*.{host}")]).allow_credentials(true).build().unwrap_err();
        assert!(refused.to_string().contains(&format!("dangerously_allow_public_suffix(\"{host}\")")), "{refused}");
    }
}

#[test]
fn a_predicate_that_says_yes_to_nobody() {
    let layer =
        |says_yes| CorsLayer::new().max_age(Duration::ZERO).allow_origin(AllowOrigin::predicate(move |_, _| says_yes));
    let warnings = layer(true).build().unwrap().warnings();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(warning.id(), "predicate-says-yes");
    let text = warning.to_string();
    let (before, rest) = text.split_once("nobody-").unwrap();
    let (made_up, after) = rest.split_once(".invalid").unwrap();
    assert!(u64::from_str_radix(made_up, 16).is_ok(), "{text}");
    assert_eq!(
        format!("{before}…{after}"),
        "the predicate says yes to \"https://…\", which nobody has: it probably allows every origin; compare the whole \
         origin, or list patterns such as \"https://*.example.com\" with allow_origins"
    );

    assert!(layer(false).build().unwrap().warnings().is_empty());
    let panics = CorsLayer::new()
        .max_age(Duration::ZERO)
        .allow_origin(AllowOrigin::predicate(|_, parts| *parts.extensions.get::<bool>().expect("set by the server")));
    assert!(panics.build().unwrap().warnings().is_empty());
}

#[test]
fn what_is_used_is_not_warned_of() {
    let quiet = [
        app().allow_origin(Any),
        CorsLayer::permissive(),
        CorsLayer::new()
            .allow_origins(["http://intranet.example"])
            .allow_credentials(true)
            .dangerously_allow_insecure_origins(),
        // For the guard.
        CorsLayer::new().allow_origins(["http://intranet.example"]).dangerously_allow_insecure_origins(),
        CorsLayer::new().allow_origins(["https://*.netlify.app"]).dangerously_allow_public_suffix("netlify.app"),
        CorsLayer::new().allow_origins(["null"]).dangerously_allow_null_origin(),
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(|_, _| false))
            .dangerously_allow_insecure_origins()
            .dangerously_allow_null_origin(),
        CorsLayer::new().allow_origins(["http://localhost:3000"]).allow_credentials(true),
        CorsLayer::new().allow_origins([APP]).grpc_web(),
        // What grpc_web() added is not lost.
        CorsLayer::new().allow_origins([APP]).grpc_web().allow_headers(Any).expose_headers(Any).allow_methods(Any),
        CorsLayer::new().allow_origins([APP]).grpc_web().allow_headers([header("x-a")]).expose_headers([]).grpc_web(),
        // Schemes that applications have.
        CorsLayer::new().allow_origins(["tauri://localhost", "app://localhost", "httpbin://localhost"]),
        CorsLayer::new().allow_origins([APP]).allow_headers(Any).allow_methods(Any).expose_headers(Any),
    ];
    for layer in quiet {
        let warnings = layer.max_age(Duration::from_secs(600)).build().unwrap().warnings();
        let warnings: Vec<_> = warnings.iter().filter(|warning| warning.id() != "list-replaced").collect();
        assert!(warnings.is_empty(), "{warnings:?}");
    }
    let unused = CorsLayer::permissive()
        .max_age(Duration::ZERO)
        .dangerously_allow_insecure_origins()
        .dangerously_allow_null_origin()
        .dangerously_allow_public_suffix("netlify.app");
    let ids: Vec<_> = unused.build().unwrap().warnings().iter().map(tower_cors::Warning::id).collect();
    assert_eq!(ids, ["unused-insecure-origins", "unused-public-suffix", "unused-null-origin"]);
}

#[test]
fn problems() {
    let origins = |list: &[&str]| CorsLayer::new().allow_origins(list.to_vec());
    let star = header("*");
    #[rustfmt::skip]
    let cases: Vec<(CorsLayer, &str, &str)> = vec![
        (origins(&["*", APP]), "any-origin-beside-others",
            "origin \"*\" stands beside other origins: it says both any origin and only these; remove \"*\", or write allow_origin(Any) alone for a public API"),
        (origins(&["*", APP]).allow_credentials(true), "any-origin-beside-others",
            "origin \"*\" stands beside other origins: it says both any origin and only these; remove \"*\""),
        (origins(&["*", APP]).reject_disallowed_origins(true), "any-origin-beside-others",
            "origin \"*\" stands beside other origins: it says both any origin and only these; remove \"*\""),
        (origins(&["https://*"]), "origin-wildcard-has-no-base",
            "\"https://*\" has a wildcard that every website fits: it stands for names below a host of yours; write a wildcard such as \"https://*.example.com\" (\"*\" as the only entry is any origin)"),
        (origins(&["https://*"]).allow_credentials(true), "origin-wildcard-has-no-base",
            "\"https://*\" has a wildcard that every website fits: it stands for names below a host of yours; write a wildcard such as \"https://*.example.com\""),
        (CorsLayer::new().allow_origin(Any).allow_credentials(true), "any-origin-trusted",
            "any origin cannot be allowed together with credentials: every website could act as your users; list the origins you trust with allow_origins, or remove allow_credentials(true), which tokens in a header do not need"),
        (CorsLayer::new().allow_origin(Any).allow_credentials(true).reject_disallowed_origins(true), "any-origin-trusted",
            "any origin cannot be allowed where disallowed origins are rejected: nothing would ever be rejected; list the origins you trust with allow_origins"),
        (CorsLayer::new().allow_origin(Any).reject_disallowed_origins(true), "any-origin-trusted",
            "any origin cannot be allowed where disallowed origins are rejected: nothing would ever be rejected; list the origins you trust with allow_origins"),
        (origins(&["null"]), "null-origin",
            "origin \"null\" is shared by every website: each can send it from a sandboxed frame; remove it, or call dangerously_allow_null_origin(), after which any website can read what this policy gives"),
        (origins(&["null"]).dangerously_allow_null_origin().reject_disallowed_origins(true), "null-origin-trusted",
            "origin \"null\" cannot be let in where disallowed origins are rejected: every website can send it from a sandboxed frame; remove it"),
        (origins(&["http://intranet.example"]).allow_credentials(true), "insecure-origin",
            "origin \"http://intranet.example\" is not encrypted: whoever is on the network path can put a script there that acts as your users; write \"https://intranet.example\", or call dangerously_allow_insecure_origins(), after which such a script is trusted"),
        (origins(&["http://intranet.example:8080"]).reject_disallowed_origins(true), "insecure-origin",
            "origin \"http://intranet.example:8080\" is not encrypted: whoever is on the network path can put a script there that acts as your users; serve it over https and write that origin, or call dangerously_allow_insecure_origins(), after which such a script is trusted"),
        (origins(&["http://0.0.0.0:3000"]).allow_credentials(true), "insecure-origin",
            "origin \"http://0.0.0.0:3000\" is not this machine to browsers, and not encrypted: whoever is on the network path can put a script there that acts as your users; open the page at localhost and write \"http://localhost:3000\", or call dangerously_allow_insecure_origins(), after which such a script is trusted"),
        (origins(&["http://[::]"]).reject_disallowed_origins(true), "insecure-origin",
            "origin \"http://[::]\" is not this machine to browsers, and not encrypted: whoever is on the network path can put a script there that acts as your users; open the page at localhost and write \"http://localhost\", or call dangerously_allow_insecure_origins(), after which such a script is trusted"),
        (origins(&["https://*.netlify.app"]).allow_credentials(true), "origin-open-to-strangers", if cfg!(feature = "public-suffix") {
            "origin \"https://*.netlify.app\" lets strangers in: anybody can get a name there; list the exact origins you own, or call dangerously_allow_public_suffix(\"netlify.app\"), after which everybody who has such a name is trusted"
        } else {
            "origin \"https://*.netlify.app\" may let strangers in: the feature `public-suffix` of tower-cors, which is off, would tell whether anybody can get a name there; turn the feature on, list the exact origins you own, or call dangerously_allow_public_suffix(\"netlify.app\"), after which everybody who has such a name is trusted"
        }),
        // Certain without the list.
        (origins(&["https://*.com"]).allow_credentials(true), "origin-open-to-strangers",
            "origin \"https://*.com\" lets strangers in: anybody can get a name there; list the exact origins you own, or call dangerously_allow_public_suffix(\"com\"), after which everybody who has such a name is trusted"),
        (origins(&["tauri://*"]).allow_credentials(true), "origin-open-to-strangers",
            "origin \"tauri://*\" lets strangers in: anybody can get a name there; list the exact origins you own, or call dangerously_allow_public_suffix(\"tauri://*\"), after which everybody who has such a name is trusted"),
        (origins(&[APP]).allow_methods(["*".parse::<Method>().unwrap()]), "wildcard-in-list",
            "\"*\" is no element of a list: with credentials browsers take it for a name; for every method write allow_methods(Any)"),
        (origins(&[APP]).allow_headers([star.clone()]), "wildcard-in-list",
            "\"*\" is no element of a list: with credentials browsers take it for a name; for every request header, authorization included, write allow_headers(Any)"),
        (origins(&[APP]).expose_headers([star.clone()]), "wildcard-in-list",
            "\"*\" is no element of a list: with credentials browsers take it for a name; for every response header write expose_headers(Any)"),
        (origins(&[APP]).vary([star]), "wildcard-in-list",
            "\"*\" is no header's name: `Vary: *` keeps every cache from using the answer; name the request headers that the predicate reads"),
        (origins(&[APP]).max_age(Duration::from_millis(1500)), "max-age-not-whole-seconds",
            "max age 1.5s has a part of a second: browsers read whole seconds; write Duration::from_secs(1)"),
        (origins(&[APP]).max_age(Duration::from_millis(5)), "max-age-not-whole-seconds",
            "max age 5ms has a part of a second: browsers read whole seconds; write Duration::from_secs(1)"),
        (origins(&[APP]).preflight_status(StatusCode::ACCEPTED), "preflight-status",
            "preflight status 202 is not supported: browsers need a success, and only 200 and 204 have no body to wait for; write StatusCode::NO_CONTENT, or StatusCode::OK for very old clients"),
    ];
    let mut codes: Vec<&str> = cases.iter().map(|(_, code, _)| *code).collect();
    // Those that only data can have stand in the test below, and with these words in `config.rs`.
    codes.extend(["invalid-method", "invalid-header-name", "predicate-as-data"]);
    let config = include_str!("config.rs");
    for (code, words) in [
        ("no-origins", "no origin is listed: no page of another origin could read anything; list the origins"),
        ("unknown-key", "unknown key \\\"orgins\\\": it would have no effect; write \\\"origins\\\""),
        ("repeated-key", "this key stands here more than once: which one is meant is not certain; write it once"),
        ("dangerous-key", "this key opens more than a configuration may by itself; remove it or, if nobody else"),
        ("unexpected-value", "expected a list of texts, found a table"),
    ] {
        assert!(config.contains(words), "config.rs says of {code}: {words}");
        codes.push(code);
    }
    for code in literals(include_str!("../src/problem.rs"), "pub fn code(&self)") {
        assert!(codes.contains(&code), "{code} has no message here");
    }
    for (layer, code, text) in cases {
        let error = layer.build().unwrap_err();
        let problems: Vec<_> = error.problems().collect();
        let [problem] = problems.as_slice() else { panic!("{code}: {error}") };
        assert_eq!((problem.code(), problem.to_string().as_str()), (code, text));
        assert_eq!(error.to_string(), text);
        assert_eq!(format!("{problem:?}"), text);
    }
}

#[cfg(feature = "serde")]
#[test]
fn problems_that_only_data_can_have() {
    use tower_cors::CorsConfig;
    let token = "is one or more letters, digits or !#$%&'*+-.^_`|~; write one";
    #[rustfmt::skip]
    let cases = [
        ("methods = ['GET POST']", "invalid-method", format!("methods[0]: invalid method \"GET POST\": a method {token} method for each element, such as \"PUT\"")),
        ("headers = ['x-a: 1']", "invalid-header-name", format!("headers[0]: invalid header name \"x-a: 1\": a header name {token} name for each element, such as \"content-type\"")),
    ];
    for (line, code, text) in cases {
        let config: CorsConfig = toml::from_str(&format!("origins = ['https://a.example']\n{line}")).unwrap();
        let error = config.build().unwrap_err();
        assert_eq!((error.problems().next().unwrap().code(), error.to_string()), (code, text));
    }
    let predicate = CorsLayer::new().allow_origin(AllowOrigin::predicate(|_, _| false)).build().unwrap();
    let error = CorsConfig::try_from(&predicate).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a predicate is code, which no configuration can hold; list origins with allow_origins"
    );
}
