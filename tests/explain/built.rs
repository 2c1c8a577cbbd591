//! Found before the first request: problems when the policy is built, and warnings.
#![allow(clippy::too_many_lines, reason = "tables")]

use http::Method;
use http::header::{CONTENT_TYPE, HeaderName};
use tower_cors::{AllowOrigin, Any, CorsLayer};

use super::{APP, check, origins, problem, usual, warning};

#[test]
fn origins_that_are_misspelt_are_found_when_the_policy_is_built() {
    check(&[
        problem(
            "CORS_ORIGIN copied from the address bar, slash and all; the header never appears",
            origins(["https://app.example.com/"]),
            "origin-has-trailing-slash",
            &["\"https://app.example.com/\"", "slash", "write \"https://app.example.com\""],
        ),
        problem(
            "allowed localhost:3000, Chrome says No 'Access-Control-Allow-Origin' header",
            origins(["localhost:3000"]),
            "origin-has-no-scheme",
            &["scheme", "write \"http://localhost:3000\""],
        ),
        problem(
            "production domain listed without https, works nowhere",
            origins(["app.example.com"]),
            "origin-has-no-scheme",
            &["write \"https://app.example.com\""],
        ),
        problem(
            "both origins in one environment variable",
            origins(["https://app.example.com,https://admin.example.com"]),
            "origin-is-a-list",
            &["write each as an entry of its own", "\"https://app.example.com\", \"https://admin.example.com\""],
        ),
        problem(
            "listed the page's address with its path",
            origins(["https://app.example.com/login"]),
            "origin-has-path",
            &["path", "write \"https://app.example.com\""],
        ),
        problem(
            "Origin written as in the certificate, with capitals",
            origins(["https://App.Example.com"]),
            "origin-has-upper-case",
            &["lower case", "write \"https://app.example.com\""],
        ),
        problem(
            "https with :443 never matches",
            origins(["https://app.example.com:443"]),
            "origin-has-default-port",
            &["default port", "write \"https://app.example.com\""],
        ),
        problem(
            "a socket's address in the list",
            origins(["wss://app.example.com"]),
            "origin-has-scheme-of-no-page",
            &["write \"https://app.example.com\""],
        ),
        problem(
            "file:// listed for an Electron app, still origin null",
            origins(["file://"]),
            "origin-has-opaque-scheme",
            &["\"null\""],
        ),
        problem(
            "all sub-domains with a star glued on",
            origins(["https://*example.com"]),
            "origin-wildcard-before-public-suffix",
            &["strangers", "write \"https://*.example.com\""],
        ),
        problem(
            "a regular expression from another framework",
            origins([r"^https://.*\.example\.com$"]),
            "origin-is-a-regex",
            &["regular expression", "https://*.example.com"],
        ),
        problem(
            "JSON pasted into the variable",
            origins([r#"["https://app.example.com"]"#]),
            "origin-is-quoted",
            &["write \"https://app.example.com\""],
        ),
    ]);
}

#[test]
fn policies_that_browsers_or_attackers_would_misread_are_not_built() {
    check(&[
        problem(
            "axios withCredentials and allow_origin(Any): must not be the wildcard '*'",
            CorsLayer::new().allow_origin(Any).allow_credentials(true),
            "any-origin-trusted",
            &["any origin", "credentials", "allow_origins"],
        ),
        problem(
            "mirrors the origin to get around that",
            CorsLayer::new().allow_origin(AllowOrigin::mirror_request()).allow_credentials(true),
            "any-origin-trusted",
            &["any origin", "act as your users"],
        ),
        problem("\"*\" beside the real origin", origins(["*", APP]), "any-origin-beside-others", &["remove \"*\""]),
        problem(
            "credentials for every deployment on vercel.app",
            origins(["https://*.vercel.app"]).allow_credentials(true),
            "origin-open-to-strangers",
            &["strangers", "exact origins", "dangerously_allow_public_suffix(\"vercel.app\")"],
        ),
        problem(
            "null added for the sandboxed preview",
            origins(["null"]),
            "null-origin",
            &["sandboxed frame", "dangerously_allow_null_origin()"],
        ),
        problem(
            "http page of production with cookies",
            origins(["http://app.example.com"]).allow_credentials(true),
            "insecure-origin",
            &["write \"https://app.example.com\"", "dangerously_allow_insecure_origins()"],
        ),
        problem(
            "allow_headers([\"*\"]) with credentials, header still refused",
            usual().allow_headers([HeaderName::from_static("*")]),
            "wildcard-in-list",
            &["\"*\"", "allow_headers(Any)"],
        ),
    ]);
}

#[test]
fn rules_that_do_not_do_what_was_meant_are_warned_of() {
    check(&[
        warning(
            "allow_origin in a loop, only the last one works",
            origins(["https://app.example.com"]).allow_origins(["https://admin.example.com"]),
            "list-replaced",
            &["more than once", "only the last call counts", "in one call"],
        ),
        warning(
            "every request is sent twice",
            CorsLayer::new().allow_origins([APP]),
            "max-age-unset",
            &["5 s", "max_age(Duration::from_secs(7200))"],
        ),
        warning(
            "allow_headers([\"cookie\"]) and no cookie arrives",
            origins([APP]).allow_headers([http::header::COOKIE]),
            "forbidden-header",
            &["\"cookie\"", "cannot be set by a script", "allow_credentials(true)"],
        ),
        warning(
            "server allows \"patch\", browser sends PATCH",
            origins([APP]).allow_methods(["patch".parse::<Method>().unwrap()]),
            "patch-not-upper-case",
            &["\"patch\"", "Method::PATCH"],
        ),
        warning(
            "exposes set-cookie to read the session",
            origins([APP]).expose_headers([http::header::SET_COOKIE]),
            "unreadable-header",
            &["never readable"],
        ),
        warning(
            "gRPC-Web errors have no code",
            origins([APP]).allow_headers([HeaderName::from_static("x-grpc-web"), CONTENT_TYPE]),
            "grpc-status-not-exposed",
            &["grpc-status", "call grpc_web()"],
        ),
        warning(
            "empty list from an unset variable",
            CorsLayer::new().allow_origins(Vec::<String>::new()),
            "no-origin",
            &["no origin is allowed", "allow_origins"],
        ),
        warning(
            "access-control-allow-origin in the list of request headers",
            origins([APP]).allow_headers([http::header::ACCESS_CONTROL_ALLOW_ORIGIN]),
            "response-header",
            &["response header", "remove it here and there"],
        ),
    ]);
}

#[cfg(feature = "idna")]
#[test]
fn unicode() {
    check(&[problem(
        "umlaut domain works in no browser",
        origins(["https://bücher.example"]),
        "origin-has-unicode-host",
        &["Punycode", "write \"https://xn--bcher-kva.example\""],
    )]);
}
