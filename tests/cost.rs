//! What the layer may cost in memory: allocations of a call, sizes, what is shared. Nothing here depends on time.

#[path = "../benches/fixture/mod.rs"]
mod fixture;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::mem::size_of;
use std::task::{Context, Poll};

use allocation_counter::measure;
use axum::Router;
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::Layer;
use tower::layer::util::Identity;
use tower_cors::{AllowOrigin, Any, CorsLayer, CorsPolicy, CorsService, ResponseFuture};

use fixture::case::Sender::{Allowed, Endless, Nobody, Stranger};
use fixture::case::{ALLOWED, Case, Origins, listed};
use fixture::inner::{Inner, Stack, call};
use fixture::request::{Body, Source};
use fixture::stacks;

/// The heap allocations of one call of a clone, and the answer.
fn counted_call(service: &impl Stack, request: Request<Body>) -> (u64, Response<Body>) {
    let mut answer = None;
    let counted = measure(|| answer = Some(call(&mut service.clone(), request)));
    (counted.count_total, answer.expect("it was called"))
}

/// Allocations that a policy adds to those of the service below it, which sees no preflight.
fn added(policy: &CorsPolicy, request: impl Fn() -> Request<Body>, allowed: bool) -> u64 {
    added_to(&Inner, policy, request, allowed)
}

fn added_to(inner: &impl Stack, policy: &CorsPolicy, request: impl Fn() -> Request<Body>, allowed: bool) -> u64 {
    let (ours, answer) = counted_call(&policy.clone().layer(inner.clone()), request());
    assert_eq!(answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{:?}", request());
    let leaked = counted_call(&policy.clone().leak().layer(inner.clone()), request()).0;
    assert_eq!(leaked, ours, "leaked, {:?}", request());
    let is_preflight = request().headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let was_called = !is_preflight && answer.status() != StatusCode::FORBIDDEN;
    let below = if was_called { counted_call(inner, request()).0 } else { 0 };
    ours.checked_sub(below).expect("not fewer than without the layer")
}

/// A service whose answers have these headers.
#[derive(Clone, Copy)]
struct Answering(&'static [(&'static str, &'static str)]);

impl tower::Service<Request<Body>> for Answering {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        let mut response = Response::new(Body::new());
        for (name, value) in self.0 {
            response.headers_mut().append(*name, HeaderValue::from_static(value));
        }
        ready(Ok(response))
    }
}

/// Without the public suffix list, wildcards beside credentials are not built.
fn wildcards<const N: usize>(origins: [Origins; N]) -> impl Iterator<Item = Origins> {
    origins.into_iter().filter(|_| cfg!(feature = "public-suffix"))
}

#[test]
fn a_call_allocates_nothing() {
    let exact = [1, 10, 100, 1000, 10_000].map(Origins::Exact);
    let below = wildcards([1, 1000].map(Origins::Below));
    for origins in [Origins::Any].into_iter().chain(exact).chain(below) {
        let policy = stacks::ours(&Case::get(origins, Nobody));
        for sender in [Nobody, Allowed, Stranger, Endless] {
            let mut cases = vec![Case::get(origins, sender)];
            if sender != Nobody {
                cases.extend([Case::preflight(origins, sender), Case::endless_preflight(origins, sender)]);
            }
            for case in cases {
                let source = Source::new(&case);
                assert_eq!(added(&policy, || source.request(), case.is_allowed()), 0, "{case}");
            }
        }
    }
}

#[test]
fn no_rule_allocates() {
    type Make<'a> = &'a dyn Fn() -> Request<Body>;
    let rules = || CorsLayer::new().allow_origins(Case::get(Origins::Exact(2), Nobody).patterns());
    let enforcing = || rules().reject_disallowed_origins(true);
    let predicate = || {
        let ask = |origin: &HeaderValue, parts: &http::request::Parts| origin == ALLOWED && parts.uri.path() != "/";
        CorsLayer::new().allow_origin(AllowOrigin::predicate(ask))
    };
    let null = || CorsLayer::new().allow_origins(["null"]).dangerously_allow_null_origin();
    let options = |sender| {
        move || {
            let mut request = Source::new(&Case::get(Origins::Exact(1), sender)).request();
            *request.method_mut() = http::Method::OPTIONS;
            request
        }
    };
    let get = |sender| Source::new(&Case::get(Origins::Exact(1), sender)).request();
    let preflight = |sender| Source::new(&Case::preflight(Origins::Exact(1), sender)).request();
    let own = || {
        let mut request = get(Stranger);
        request.headers_mut().insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
        request
    };
    let from_null = || {
        let mut request = get(Stranger);
        request.headers_mut().insert(http::header::ORIGIN, HeaderValue::from_static("null"));
        request
    };
    let cases: [(&str, CorsLayer, Make<'_>, bool); 14] = [
        ("enforcing, allowed", enforcing(), &|| get(Allowed), true),
        ("enforcing, refused", enforcing(), &|| get(Stranger), false),
        ("enforcing, endless", enforcing(), &|| get(Endless), false),
        ("enforcing, own origin", enforcing(), &own, false),
        ("enforcing, denied preflight", enforcing(), &|| preflight(Stranger), false),
        ("predicate, yes", predicate(), &|| get(Allowed), true),
        ("predicate, no", predicate(), &|| get(Stranger), false),
        ("predicate, not asked", predicate(), &|| get(Endless), false),
        ("predicate, preflight", predicate(), &|| preflight(Allowed), true),
        ("null", null(), &from_null, true),
        ("vary", rules().vary([http::header::HOST]), &|| get(Allowed), true),
        ("vary, preflight", rules().vary([http::header::HOST]), &|| preflight(Allowed), true),
        ("OPTIONS, allowed", rules(), &options(Allowed), true),
        ("OPTIONS, not allowed", rules(), &options(Stranger), false),
    ];
    for (name, rules, request, allowed) in cases {
        let policy = rules.build().expect("rules without a mistake");
        // An empty map would have to be made first.
        let inner = Answering(&[("content-type", "text/plain")]);
        assert_eq!(added_to(&inner, &policy, request, allowed), 0, "{name}");
    }
}

/// Where the answer of the service leaves room for the new headers, or what they replace, nothing is allocated. A map of
/// http has room for 6, 12, 24 … entries, and keeps second lines of a name apart.
#[test]
fn what_the_answer_of_the_service_costs() {
    let policy = stacks::ours(&Case::get(Origins::Exact(1), Nobody));
    let request = || Source::new(&Case::get(Origins::Exact(1), Allowed)).request();
    let another_policy: &[_] = &[
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "x-a"),
        ("access-control-expose-headers", "x-a"),
        ("access-control-max-age", "5"),
    ];
    for (name, headers, most) in [
        ("another policy", another_policy, 0),
        ("Vary that names origin", &[("vary", "accept-encoding, origin")], 0),
        ("Vary: *", &[("vary", "*")], 0),
        ("Vary that does not: a second line", &[("vary", "accept-encoding")], 1),
        ("full at two, with four to come: a larger index and larger entries", &[("a", ""), ("b", ""), ("c", "")], 2),
    ] {
        let added = added_to(&Answering(headers), &policy, request, true);
        assert!(added <= most, "{name}: {added} allocations");
    }
}

/// The two modes in which a value is written for each request.
#[test]
fn what_is_written_for_a_request_is_allocated_for_it() {
    let one = Origins::Exact(1);
    let echo = stacks::ours(&Case::preflight(one, Allowed).echoed());
    let endless = "a,".repeat(8192);
    for (sender, names, allowed, most) in [
        // As browsers write it, it is answered as it stands.
        (Allowed, "authorization,content-type", true, 0),
        // The list, each name, the line, and the value of the header.
        (Allowed, "Content-Type, Authorization", true, 3 + 2),
        (Allowed, "content-type,authorization,x-a,x-b", true, 3 + 4),
        // Denied before anything is written.
        (Allowed, &endless, false, 0),
        (Stranger, "Content-Type, Authorization", false, 0),
    ] {
        let source = Source::new(&Case::preflight(one, sender));
        // A second reference beside that of the request, as under a server, which holds the buffer that it read into.
        let names: HeaderValue = names.parse().expect("a value");
        let request = || {
            let mut request = source.request();
            request.headers_mut().insert(ACCESS_CONTROL_REQUEST_HEADERS, names.clone());
            request
        };
        let added = added(&echo, request, allowed);
        assert!(added <= most, "{names:?} from {sender:?}: {added} allocations");
    }

    let exposing = CorsLayer::new().allow_origins(Case::get(one, Allowed).patterns()).allow_credentials(true);
    let exposing = exposing.expose_headers(Any).build().expect("rules without a mistake");
    // The list of names, the line, and the value of the header.
    for (sender, most) in [(Nobody, 0), (Stranger, 0), (Allowed, 3)] {
        let case = Case::get(one, sender);
        let source = Source::new(&case);
        let added = added(&exposing, || source.request(), case.is_allowed());
        assert!(added <= most, "{case}: {added} allocations");
    }
}

#[test]
fn a_clone_allocates_nothing_whatever_the_policy() {
    for origins in
        [Origins::Any, Origins::Exact(1), Origins::Exact(10_000)].into_iter().chain(wildcards([Origins::Below(1000)]))
    {
        let policy = stacks::ours(&Case::get(origins, Nobody));
        let service = policy.layer(Inner);
        let counted = measure(|| {
            let (policy, service) = (policy.clone(), service.clone());
            drop((policy.layer(Inner), service));
        });
        assert_eq!(counted.count_total, 0, "{origins:?}");
    }
}

/// The answer to a preflight is ready when the future is made: its status and its map.
const ANSWER: usize = size_of::<(StatusCode, HeaderMap)>();

#[test]
fn service_and_future_are_small() {
    fn check<S, F>() {
        let (service, future) = (size_of::<CorsService<S>>(), size_of::<ResponseFuture<F>>());
        assert!(
            service <= size_of::<S>().next_multiple_of(8) + 16,
            "service of {service} bytes around one of {}",
            size_of::<S>()
        );
        let most = usize::max(size_of::<F>().next_multiple_of(8) + 64, ANSWER + 8);
        assert!(future <= most, "future of {future} bytes around one of {}", size_of::<F>());
    }
    check::<(), ()>();
    check::<u8, u8>();
    check::<u64, [u64; 4]>();
    check::<Inner, Ready<Result<Response<Body>, Infallible>>>();
    check::<[u64; 32], [u64; 32]>();
    check::<axum::routing::Route, axum::routing::future::RouteFuture<Infallible>>();
}

#[test]
fn rules_are_compiled_once() {
    let layer = CorsLayer::new().allow_origins((0..1000).map(listed)).allow_credentials(true);
    let (first, second) = (layer.clone(), layer);
    let compiled = measure(|| drop(first.layer(Inner))).count_total;
    assert!(compiled > 0, "the first use compiles");
    assert_eq!(measure(|| drop(second.layer(Inner))).count_total, 0, "a clone has nothing left to compile");
    assert_eq!(measure(|| drop(first.layer(Inner))).count_total, 0, "nor has the layer itself");
}

#[test]
fn a_hundred_routes_share_one_policy() {
    /// The live bytes that `.layer` adds to a app of so many routes.
    fn layered<L>(routes: usize, layer: impl FnOnce() -> L) -> i64
    where
        L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower::Service<axum::extract::Request, Response: axum::response::IntoResponse, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as tower::Service<axum::extract::Request>>::Error: Into<Infallible>,
    {
        let answer = async || "ok";
        let mut app = Router::<()>::new();
        for at in 0..routes {
            app = app.route(&format!("/{at}"), get(answer));
        }
        let mut with = None;
        let counted = measure(|| with = Some(app.layer(layer())));
        drop(with);
        counted.bytes_current
    }
    let rules = || CorsLayer::new().allow_origins((0..1000).map(listed)).allow_credentials(true);
    let policy = || rules().build().expect("rules without a mistake");
    let bare = [1, 100].map(|routes| layered(routes, Identity::new));
    let by_policy = [1, 100].map(|routes| layered(routes, policy));
    // A router keeps the layer itself until it has its state.
    let by_rules = [1, 100].map(|routes| layered(routes, rules));
    for (name, with) in [("CorsPolicy", by_policy), ("CorsLayer", by_rules)] {
        let [one, hundred] = [with[0] - bare[0], with[1] - bare[1]];
        assert!(one > 30 * 1000, "{name}: the origins are in it: {one} bytes");
        assert!(hundred <= 100_000, "{name}: {hundred} bytes");
        assert!(hundred - one <= 100 * 200, "{name}: a route costs a handle: {} bytes", hundred - one);
    }
}

#[test]
fn an_origin_of_thirty_bytes_costs_at_most_57() {
    // Beside a power of two and on both sides of it, for that is where tables grow.
    for count in [100_000_usize, 131_071, 131_073] {
        let mut policy = None;
        let counted = measure(|| policy = CorsLayer::new().allow_origins((1..=count).map(listed)).build().ok());
        let policy = policy.expect("rules without a mistake");
        assert!(policy.allows_origin(listed(count)) && !policy.allows_origin(listed(count + 1)));
        let bytes = usize::try_from(counted.bytes_current).expect("a policy takes memory");
        assert!(bytes <= count * 57, "{count} origins: {bytes} bytes");
    }
}

/// Nothing of what a request sends stays in the process.
#[test]
fn nothing_is_kept_of_a_request() {
    for case in [
        Case::get(Origins::Exact(1), Allowed),
        Case::get(Origins::Exact(1000), Endless),
        Case::preflight(Origins::Exact(1), Allowed).echoed(),
        Case::endless_preflight(Origins::Exact(1), Allowed).echoed(),
    ] {
        let mut service = stacks::ours(&case).layer(Inner);
        let source = Source::new(&case);
        let kept = measure(|| drop(call(&mut service, source.request())));
        assert_eq!(kept.bytes_current, 0, "{case}");
    }
}

/// A preflight may not keep a large map alive, nor may reusing one cost an allocation where it is small.
#[test]
fn the_map_of_a_preflight_is_reused_unless_it_is_large() {
    let case = Case::preflight(Origins::Exact(1), Allowed);
    let mut service = stacks::ours(&case).layer(Inner);
    // The fourteen headers of a browser need room for 24; what has room for more than 48 is dropped.
    for (more, least, most) in [(0, 14, 24), (20, 34, 48), (40, 0, 24), (200, 0, 24)] {
        let mut request = Source::new(&case).request();
        for number in 0..more {
            let name = HeaderName::try_from(format!("x-{number}")).expect("a name");
            request.headers_mut().insert(name, "x".parse().expect("a value"));
        }
        let capacity = call(&mut service, request).headers().capacity();
        assert!((least..=most).contains(&capacity), "room for {capacity} headers after a request with {more} more");
    }
}
