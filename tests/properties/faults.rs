//! Layers with a fault made by hand: each must be caught, or the properties prove nothing.

use std::sync::OnceLock;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, HOST, ORIGIN, VARY,
};
use http::{HeaderValue, Request, Response};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt};
use tower_cors::CorsPolicy;

use super::rules::{Names, Origins, Rules};
use super::stack::{Honest, Inner, Service, Stack};
use super::{enforcement, reading};

type Body = http_body_util::Full<bytes::Bytes>;

/// Changes the answers of an honest layer.
struct Answers(fn(&mut Response<String>));

impl Stack for Answers {
    fn build(&self, rules: &Rules, inner: Inner) -> Service {
        let change = self.0;
        BoxCloneSyncService::new(Honest.build(rules, inner).map_response(move |mut response| {
            change(&mut response);
            response
        }))
    }
}

/// Shows the layer another request than the one that came, and answers with the origin that came.
struct Requests(fn(&Rules, &mut Request<Body>));

impl Stack for Requests {
    fn build(&self, rules: &Rules, inner: Inner) -> Service {
        let (change, rules_too) = (self.0, rules.clone());
        let honest = Honest.build(rules, inner);
        BoxCloneSyncService::new(tower::service_fn(move |mut request: Request<Body>| {
            let origin = request.headers().get(ORIGIN).cloned();
            change(&rules_too, &mut request);
            let shown = request.headers().get(ORIGIN).cloned();
            let honest = honest.clone();
            async move {
                let mut response = honest.oneshot(request).await?;
                if let (Some(allowed), Some(origin)) =
                    (response.headers_mut().get_mut(ACCESS_CONTROL_ALLOW_ORIGIN), origin)
                {
                    if Some(&*allowed) == shown.as_ref() {
                        *allowed = origin;
                    }
                }
                Ok(response)
            }
        }))
    }
}

/// Compiles once, for whatever rules come first.
#[derive(Default)]
struct FirstPolicy(OnceLock<CorsPolicy>);

impl Stack for FirstPolicy {
    fn build(&self, rules: &Rules, inner: Inner) -> Service {
        let policy = self.0.get_or_init(|| rules.layer().build().unwrap());
        BoxCloneSyncService::new(policy.layer(inner.service()))
    }
}

fn set_origin(request: &mut Request<Body>, origin: &str) {
    request.headers_mut().insert(ORIGIN, HeaderValue::try_from(origin).unwrap());
}

fn origin(request: &Request<Body>) -> String {
    request.headers().get(ORIGIN).map(|origin| origin.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// What the request's own authority is, in either version of HTTP.
fn authority(request: &Request<Body>) -> String {
    let host = request.headers().get(HOST).map(|host| host.to_str().unwrap().to_owned());
    request.uri().authority().map(|authority| authority.as_str().to_owned()).or(host).unwrap_or_default()
}

fn without_port(authority: &str) -> &str {
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn suffix_without_dot(rules: &Rules, request: &mut Request<Body>) {
    let wildcard = matches!(&rules.origins, Origins::Listed(patterns) if patterns.contains(&"https://*.example.com"));
    if wildcard && origin(request).ends_with("example.com") && origin(request).starts_with("https://") {
        set_origin(request, "https://a.example.com");
    }
}

fn port_blind(_: &Rules, request: &mut Request<Body>) {
    let (origin, authority) = (origin(request), authority(request));
    if let Some((scheme, host)) = origin.split_once("://") {
        if without_port(host) == without_port(&authority) {
            set_origin(request, &format!("{scheme}://{authority}"));
            request.headers_mut().remove("sec-fetch-site");
        }
    }
}

fn scheme_blind(_: &Rules, request: &mut Request<Body>) {
    let authority = authority(request);
    if origin(request) == format!("http://{authority}") {
        set_origin(request, &format!("https://{authority}"));
    }
}

fn null_through_predicates(rules: &Rules, request: &mut Request<Body>) {
    if let (Origins::Predicate { no, .. }, "null") = (&rules.origins, origin(request).as_str()) {
        if !no.contains(&"capacitor://localhost") {
            set_origin(request, "capacitor://localhost");
        }
    }
}

fn blind_to_sites(_: &Rules, request: &mut Request<Body>) {
    request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
}

fn lower_case_methods(response: &mut Response<String>) {
    if let Some(methods) = response.headers_mut().get_mut(ACCESS_CONTROL_ALLOW_METHODS) {
        *methods = HeaderValue::try_from(methods.to_str().unwrap().to_lowercase()).unwrap();
    }
}

fn doubled_origin(response: &mut Response<String>) {
    if let Some(origin) = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned() {
        response.headers_mut().append(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}

/// Tries a property with cases that are the same in every run, and tells the smallest case that fails it.
fn caught<C: std::fmt::Debug>(
    cases: impl Strategy<Value = C>,
    check: impl Fn(&C) -> Result<(), proptest::test_runner::TestCaseError>,
) -> Option<C> {
    let config = Config { cases: 20_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    match runner.run(&cases, |case| check(&case)) {
        Ok(()) => None,
        Err(TestError::Fail(_, case)) => Some(case),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// A case with more entries in its lists than this is none that a person reads at a glance.
const READABLE: usize = 4;

fn entries(rules: &Rules) -> usize {
    let names = |names: &Names| match names {
        Names::Any => 1,
        Names::Listed(names) => names.len(),
    };
    let origins = match &rules.origins {
        Origins::Any => 1,
        Origins::Listed(patterns) => patterns.len(),
        Origins::Predicate { no, .. } => no.len(),
    };
    origins + names(&rules.methods) + names(&rules.headers) + names(&rules.exposed)
}

#[test]
fn every_fault_is_caught_by_what_a_browser_reads() {
    let faults: [(&str, &dyn Stack); 7] = [
        (
            "no Access-Control-Allow-Credentials",
            &Answers(|response| {
                response.headers_mut().remove(ACCESS_CONTROL_ALLOW_CREDENTIALS);
            }),
        ),
        ("Access-Control-Allow-Origin twice", &Answers(doubled_origin)),
        (
            "no Vary",
            &Answers(|response| {
                response.headers_mut().remove(VARY);
            }),
        ),
        ("methods in lower case", &Answers(lower_case_methods)),
        ("a suffix without its dot", &Requests(suffix_without_dot)),
        ("null through a predicate", &Requests(null_through_predicates)),
        ("another clone's policy", &FirstPolicy::default()),
    ];
    for (fault, stack) in faults {
        let case = caught(reading::cases(), |case| reading::check(stack, case));
        let case = case.unwrap_or_else(|| panic!("not caught: {fault}"));
        let size = entries(&case.rules) + case.headers.len() + case.inner.headers.len();
        assert!(size <= READABLE, "{fault}: {case:#?}");
    }
}

#[test]
fn every_fault_is_caught_by_what_is_executed() {
    let faults: [(&str, &dyn Stack); 5] = [
        ("own origin without its port", &Requests(port_blind)),
        ("own origin without its scheme", &Requests(scheme_blind)),
        ("null through a predicate", &Requests(null_through_predicates)),
        ("every request believed to be of the same origin", &Requests(blind_to_sites)),
        ("another clone's policy", &FirstPolicy::default()),
    ];
    for (fault, stack) in faults {
        let case = caught(enforcement::cases(), |case| enforcement::check(stack, case));
        let case = case.unwrap_or_else(|| panic!("not caught: {fault}"));
        assert!(entries(&case.rules) <= READABLE, "{fault}: {case:#?}");
    }
}
