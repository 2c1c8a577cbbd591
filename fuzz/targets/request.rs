//! Any request gets an answer that gives nothing away, and an explanation.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tower_cors::{Any, CorsLayer, CorsPolicy, Decision};
use tower_cors_fuzz::is_tame;

/// In every policy with a list.
const LISTED: [&str; 3] = ["https://app.example.com", "https://*.preview.example.com", "http://localhost:*"];

static POLICIES: LazyLock<Vec<CorsPolicy>> = LazyLock::new(|| {
    let listed = || CorsLayer::new().allow_origins(LISTED);
    let layers = [
        CorsLayer::new(),
        CorsLayer::permissive(),
        listed(),
        listed().allow_methods([Method::PUT]).allow_headers([http::header::CONTENT_TYPE]).allow_credentials(true),
        listed().allow_methods(Any).allow_headers(Any).expose_headers(Any).allow_credentials(true),
        listed().reject_disallowed_origins(true),
        listed().allow_methods(Any).allow_headers(Any).allow_credentials(true).reject_disallowed_origins(true),
    ];
    layers.map(|layer| layer.build().expect("rules without a mistake")).into()
});

/// Names that policies read or write, and one that they do not.
const NAMES: [&str; 14] = [
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "sec-fetch-site",
    "sec-fetch-mode",
    "host",
    "vary",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
    "cookie",
    "upgrade",
    "content-type",
    "x-a",
];
/// Values that are nearly right are found sooner when they are at hand.
const VALUES: [&str; 14] = [
    "https://app.example.com",
    "https://a.preview.example.com",
    "http://localhost:3000",
    "https://evil.example",
    "null",
    "",
    "PUT",
    "x-a,x-b",
    "same-origin",
    "cross-site",
    "cors",
    "no-cors",
    "api.example.com",
    "*",
];

fn headers(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Vec<(HeaderName, HeaderValue)>> {
    let mut headers = Vec::new();
    for _ in 0..bytes.int_in_range(0..=12)? {
        let name = HeaderName::from_static(bytes.choose(&NAMES)?);
        let value =
            if bool::arbitrary(bytes)? { bytes.choose(&VALUES)?.as_bytes() } else { <&[u8]>::arbitrary(bytes)? };
        headers.extend(HeaderValue::from_bytes(value).map(|value| (name, value)));
    }
    Ok(headers)
}

fn run(bytes: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let policy = bytes.choose(&POLICIES)?;
    let method = *bytes.choose(&["OPTIONS", "OPTIONS", "GET", "POST", "CONNECT", "A`id`"])?;
    let mut request = Request::builder().method(method).uri("/items?x=1").body(()).expect("a request");
    for (name, value) in headers(bytes)? {
        request.headers_mut().append(name, value);
    }
    let (parts, ()) = request.into_parts();
    let mut response = Response::new(());
    for (name, value) in headers(bytes)? {
        response.headers_mut().append(name, value);
    }
    let forwarded = match policy.decide(&parts) {
        Decision::Forward(cors) => {
            cors.decorate(&mut response);
            true
        }
        Decision::Respond(answer) => {
            response = answer.into_response();
            false
        }
    };

    let all = |name: &str| response.headers().get_all(name).iter().collect::<Vec<_>>();
    let origins: Vec<_> = parts.headers.get_all("origin").iter().collect();
    let allow_origin = all("access-control-allow-origin");
    assert!(allow_origin.len() <= 1, "{allow_origin:?}");
    match allow_origin.as_slice() {
        [] => {
            let left = response.headers().keys().find(|name| name.as_str().starts_with("access-control-"));
            assert_eq!(left, None, "nothing is told to whom nothing is allowed");
        }
        [any] if *any == "*" => assert!(all("access-control-allow-credentials").is_empty()),
        [origin] => {
            assert_eq!(origins, [*origin], "the answer names who asked, and nobody else");
            assert!(policy.allows_origin(origin));
            assert!(all("vary").iter().any(|line| {
                let line = String::from_utf8_lossy(line.as_bytes()).to_ascii_lowercase();
                line.split(',').any(|name| ["origin", "*"].contains(&name.trim_matches([' ', '\t'])))
            }));
        }
        _ => unreachable!("there is at most one"),
    }
    if !forwarded {
        for (name, value) in response.headers() {
            let value = value.to_str().unwrap_or_else(|_| panic!("{name} has bytes of the request: {value:?}"));
            assert!(is_tame(value));
        }
    }
    let explanation = policy.explain(&parts).to_string();
    assert!(is_tame(&explanation), "{explanation:?}");
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    // Bytes that do not suffice for a request are none.
    let _ = run(&mut Unstructured::new(bytes));
});
