//! What is told of a request that got no permission, and what is not told.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::sync::{Arc, Mutex};

use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderValue, Response};
use support::{parse, run};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cors::{AllowOrigin, Any, CorsLayer, Decision, RefusalKind, RefusalReason};

fn list() -> CorsLayer {
    // The switch is for builds without the public suffix list.
    CorsLayer::new()
        .allow_origins(["https://app.example.com", "https://*.example.org"])
        .dangerously_allow_public_suffix("example.org")
}

fn enforcing() -> CorsLayer {
    list().reject_disallowed_origins(true)
}

fn echoing() -> CorsLayer {
    list().allow_methods(Any).allow_headers(Any).allow_credentials(true)
}

fn predicate() -> CorsLayer {
    CorsLayer::new().allow_origin(AllowOrigin::predicate(|origin, _| origin.as_bytes().ends_with(b".example.com")))
}

type Told = Arc<Mutex<Vec<(RefusalKind, RefusalReason, String)>>>;

fn observed(layer: CorsLayer) -> (CorsLayer, Told) {
    let told = Told::default();
    let observer = told.clone();
    let layer = layer.on_refusal(move |refusal| {
        observer.lock().unwrap().push((refusal.kind(), refusal.reason(), refusal.to_string()));
    });
    (layer, told)
}

fn answer(layer: &CorsLayer, request: &str) -> Response<String> {
    let inner = service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new("from the service".to_owned())));
    let Ok(response) = run(layer.layer(inner).oneshot(parse(request)));
    response
}

type ToBeTold = Option<(RefusalKind, RefusalReason)>;

const PREFLIGHT: RefusalKind = RefusalKind::Preflight;
const REQUEST: RefusalKind = RefusalKind::Request;
const RESPONSE: RefusalKind = RefusalKind::Response;

#[test]
fn each_refusal_is_told_once_with_its_reason() {
    use RefusalReason::*;
    let preflight = |lines: &str| format!("OPTIONS /\naccess-control-request-method: PUT\n{lines}");
    let get = |lines: &str| format!("GET /\n{lines}");
    let insecure = || predicate().allow_credentials(true);
    #[rustfmt::skip]
    let cases: Vec<(CorsLayer, String, ToBeTold)> = vec![
        (list(), preflight("origin: https://evil.example"), Some((PREFLIGHT, OriginNotListed))),
        (list(), preflight("origin: https://app.example.com"), None),
        (list(), preflight("origin: https://a.b.example.org"), None),
        (list(), get("origin: https://evil.example"), Some((RESPONSE, OriginNotListed))),
        (list(), get("origin: https://app.example.com"), None),
        (list(), get(""), None),
        (list(), "DELETE /\nsec-fetch-site: cross-site".into(), None),
        (enforcing(), get("origin: https://evil.example"), Some((REQUEST, OriginNotListed))),
        (enforcing(), preflight("origin: https://evil.example"), Some((PREFLIGHT, OriginNotListed))),
        (enforcing(), get("origin: https://app.example.com"), None),
        (enforcing(), get(""), None),
        (enforcing(), "POST /\nsec-fetch-site: cross-site".into(), Some((REQUEST, CrossSiteWithoutOrigin))),
        (enforcing(), "POST /\norigin: https://api.example\nhost: api.example".into(), None),
        (CorsLayer::new(), get("origin: https://app.example.com"), Some((RESPONSE, NoOriginAllowed))),
        (CorsLayer::new(), preflight("origin: null"), Some((PREFLIGHT, NoOriginAllowed))),
        (list(), get("origin: null"), Some((RESPONSE, NullOrigin))),
        (list(), get("origin:"), Some((RESPONSE, MalformedOrigin))),
        (list(), get("origin: https://app.example.com/"), Some((RESPONSE, MalformedOrigin))),
        (list(), get("origin: https://app.example.com, https://app.example.com"), Some((RESPONSE, MalformedOrigin))),
        (list(), get("origin: https://app.exämple.com"), Some((RESPONSE, MalformedOrigin))),
        (list(), get("origin: https://app.example.com\norigin: https://app.example.com"), Some((RESPONSE, SeveralOrigins))),
        (predicate(), get("origin: https://a.example.com"), None),
        (predicate(), get("origin: https://a.example.org"), Some((RESPONSE, PredicateSaidNo))),
        (predicate(), get("origin: http://a.example.com"), None),
        (insecure(), get("origin: http://a.example.com"), Some((RESPONSE, InsecureOrigin))),
        (insecure(), get("origin: http://a.localhost"), Some((RESPONSE, PredicateSaidNo))),
        (insecure().dangerously_allow_insecure_origins(), get("origin: http://a.example.com"), None),
        (insecure().dangerously_allow_insecure_origins(), get("origin: http://a.example"), Some((RESPONSE, PredicateSaidNo))),
        (predicate(), get("origin: null"), Some((RESPONSE, NullOrigin))),
        (predicate().dangerously_allow_null_origin(), get("origin: null"), Some((RESPONSE, PredicateSaidNo))),
        (predicate().dangerously_allow_null_origin().reject_disallowed_origins(true), get("origin: null"), Some((REQUEST, NullOrigin))),
        (echoing(), preflight("origin: https://app.example.com"), None),
        (echoing(), preflight("origin: https://app.example.com\naccess-control-request-headers: x y"), Some((PREFLIGHT, RequestedHeaders))),
        (echoing(), preflight("origin: https://app.example.com\naccess-control-request-method: GET"), Some((PREFLIGHT, RequestedMethod))),
        (echoing(), preflight("origin: https://evil.example\naccess-control-request-headers: x y"), Some((PREFLIGHT, OriginNotListed))),
        (list(), preflight("origin: https://app.example.com\naccess-control-request-headers: x y"), None),
        (CorsLayer::permissive(), get("origin: https://evil.example"), None),
        (CorsLayer::permissive(), preflight("origin: null"), None),
        // The service's own pages read its responses without permission.
        (list(), "POST /\norigin: https://api.example\nhost: api.example".into(), None),
        (list(), "POST /\norigin: http://api.example:8080\nhost: api.example:8080".into(), None),
        (list(), "POST /\norigin: http://api.example\nhost: 10.0.0.7:3000\nsec-fetch-site: same-origin".into(), None),
        (list(), "POST /\norigin: https://api.example\nhost: api.example\nsec-fetch-site: cross-site".into(), Some((RESPONSE, OriginNotListed))),
        (list(), "POST /\norigin: https://api.example:8443\nhost: api.example".into(), Some((RESPONSE, OriginNotListed))),
        (list(), "POST http://api.example/\norigin: https://api.example\nhost: other.example".into(), Some((RESPONSE, OriginNotListed))),
    ];
    for (layer, request, expected) in cases {
        let (layer, told) = observed(layer);
        let response = answer(&layer, &request);
        let told = std::mem::take(&mut *told.lock().unwrap());
        let got: Vec<_> = told.iter().map(|(kind, reason, _)| (*kind, *reason)).collect();
        assert_eq!(got, expected.into_iter().collect::<Vec<_>>(), "{layer:?}\n{request}");

        let extension = response.extensions().get::<RefusalReason>().copied();
        let ours = expected.filter(|(kind, _)| *kind != RESPONSE);
        assert_eq!(extension, ours.map(|(_, reason)| reason), "{request}");
        assert_eq!(response.status() == 403, ours.is_some(), "{request}");

        // The same without Tower.
        let policy = layer.build().unwrap();
        let (parts, ()) = parse(&request).into_parts();
        if let Decision::Respond(respond) = policy.decide(&parts) {
            let response: Response<()> = respond.into_response();
            assert_eq!(response.extensions().get::<RefusalReason>().copied(), ours.map(|(_, reason)| reason));
        }
    }
}

#[test]
fn nobody_listens_nothing_is_attached() {
    let response = answer(&enforcing(), "GET /\norigin: https://evil.example");
    assert_eq!(response.status(), 403);
    assert!(response.extensions().is_empty());
}

#[test]
fn what_a_stranger_wrote_is_escaped_and_cut() {
    let (layer, told) = observed(enforcing());
    let service = layer.layer(service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new()))));
    let mut hostile = b"https://a\x80\xff\"'\t ".to_vec();
    hostile.extend("\u{202e}é".as_bytes());
    hostile.extend(std::iter::repeat_n(b'a', 100_000));
    let mut request = parse("POST /\nhost: one.example\nhost: two.example\nhost: 3\nhost: 4");
    request.headers_mut().insert("origin", HeaderValue::from_bytes(&hostile).unwrap());
    let _ = run(service.clone().oneshot(request));

    let mut request = parse("POST http://a.example/\nhost: a.example\nhost: b.example\nsec-fetch-site: cross-site");
    request.headers_mut().insert("origin", HeaderValue::from_static("https://evil.example"));
    let _ = run(service.oneshot(request));

    let told = told.lock().unwrap();
    let cut = format!(r#""https://a��\"'\t \u{{202e}}é{}…""#, "a".repeat(100 - 17));
    assert_eq!(
        told[0].2,
        format!(
            "request refused: malformed-origin, origin {cut}, authority \"one.example\", \"two.example\", \"3\", …, \
             sec-fetch-site none"
        )
    );
    assert_eq!(
        told[1].2,
        "request refused: origin-not-listed, origin \"https://evil.example\", authority \"a.example\", host \"b.example\", \
         sec-fetch-site \"cross-site\""
    );
}

#[test]
fn an_observer_sees_the_request() {
    let seen = Arc::new(Mutex::new(None));
    let observer = seen.clone();
    let layer = list().on_refusal(move |refusal| {
        *observer.lock().unwrap() =
            Some((refusal.method().clone(), refusal.uri().path().to_owned(), refusal.headers().len()));
    });
    let _ = answer(&layer, "PUT /items\norigin: https://evil.example\nx-a: b");
    assert_eq!(seen.lock().unwrap().take().unwrap(), (http::Method::PUT, "/items".to_owned(), 2));
}

#[test]
fn an_observer_is_no_rule() {
    let plain = list().build().unwrap();
    let told = list().on_refusal(|_| {}).build().unwrap();
    assert_eq!(plain, told);
    assert_eq!(plain.to_string(), told.to_string());
    // A changed clone does not change what the other compiled.
    let layer = list();
    let _: &_ = &layer.layer(());
    let (changed, count) = observed(layer.clone());
    let _ = answer(&changed, "GET /\norigin: https://evil.example");
    let _ = answer(&layer, "GET /\norigin: https://evil.example");
    assert_eq!(count.lock().unwrap().len(), 1);
}

#[test]
fn the_last_observer_is_told_and_a_leaked_policy_tells_too() {
    let (layer, first) = observed(list());
    let (layer, second) = observed(layer);
    let policy = layer.build().unwrap().leak();
    let (parts, ()) = parse("GET /\norigin: https://evil.example").into_parts();
    let _ = policy.decide(&parts);
    assert_eq!((first.lock().unwrap().len(), second.lock().unwrap().len()), (0, 1));
}

#[test]
fn the_codes_are_unique_and_complete() {
    let mut codes: Vec<_> = RefusalReason::ALL.iter().map(|reason| reason.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), RefusalReason::ALL.len());
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
    assert_eq!(
        RefusalKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>(),
        ["preflight", "request", "response"]
    );
    assert_eq!(
        format!("{:>18}|{:<10}|", RefusalReason::NullOrigin, RefusalKind::Request),
        "       null-origin|request   |"
    );
}

#[test]
fn a_service_that_is_called_many_times_tells_many_times() {
    let (layer, told) = observed(list().allow_headers([AUTHORIZATION, HeaderName::from_static("x-a")]));
    let mut service =
        layer.layer(service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(String::new()))));
    for _ in 0..3 {
        let _ = run(service.call(parse("GET /\norigin: https://evil.example")));
        let _ = run(service.call(parse("GET /\norigin: https://app.example.com")));
    }
    assert_eq!(told.lock().unwrap().len(), 3);
}
