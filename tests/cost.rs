//! What the layer may cost in memory: allocations of a call, sizes, what is shared. Nothing here depends on time.

#[path = "../benches/fixture/mod.rs"]
mod fixture;

use std::future::Ready;
use std::mem::size_of;

use allocation_counter::measure;
use axum::Router;
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::Layer;
use tower::layer::util::Identity;
use tower_cors::{Any, CorsLayer, CorsPolicy, CorsService, ResponseFuture};

use fixture::case::Sender::{Allowed, Endless, Nobody, Stranger};
use fixture::case::{Case, Origins, listed};
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
    let is_preflight = request().headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let inner = if is_preflight { 0 } else { counted_call(&Inner, request()).0 };
    let (ours, answer) = counted_call(&policy.clone().layer(Inner), request());
    assert_eq!(answer.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{:?}", request());
    assert_eq!(counted_call(&policy.clone().leak().layer(Inner), request()).0, ours, "leaked, {:?}", request());
    ours.checked_sub(inner).expect("not fewer than without the layer")
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
    check::<Inner, Ready<Result<Response<Body>, std::convert::Infallible>>>();
    check::<[u64; 32], [u64; 32]>();
    check::<axum::routing::Route, axum::routing::future::RouteFuture<std::convert::Infallible>>();
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
        <L::Service as tower::Service<axum::extract::Request>>::Error: Into<std::convert::Infallible>,
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
    let bare = |routes| layered(routes, Identity::new);
    let (one, hundred) = (layered(1, policy) - bare(1), layered(100, policy) - bare(100));
    assert!(one > 30 * 1000, "the origins are in it: {one} bytes");
    assert!(hundred <= 100_000, "{hundred} bytes");
    assert!(hundred - one <= 100 * 200, "a route costs a handle: {} bytes", hundred - one);
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
    for (more, most) in [(0, 24), (200, 24)] {
        let mut request = Source::new(&case).request();
        for number in 0..more {
            let name = HeaderName::try_from(format!("x-{number}")).expect("a name");
            request.headers_mut().insert(name, "x".parse().expect("a value"));
        }
        let capacity = call(&mut service, request).headers().capacity();
        assert!(capacity <= most, "room for {capacity} headers after a request with {more} more");
    }
}
