//! A policy that is replaced while services answer with it.
#![cfg(feature = "reload")]

#[allow(dead_code, reason = "not every test needs all of it")]
mod support;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderName, Method, Request, Response, StatusCode};
use tower::{Layer, Service, service_fn};
use tower_cors::{Any, CorsLayer, CorsPolicy, ReloadHandle};

/// Three policies that differ in every header that they can.
fn policies() -> [CorsPolicy; 3] {
    let header = HeaderName::from_static;
    [
        CorsLayer::new()
            .allow_origins(["https://both.example", "https://first.example"])
            .allow_methods([Method::PUT])
            .allow_headers([header("x-first")])
            .expose_headers([header("x-first")])
            .allow_credentials(true)
            .max_age(Duration::from_secs(1))
            .vary([header("x-first")]),
        CorsLayer::new()
            .allow_origins(["https://both.example", "https://second.example"])
            .allow_methods([Method::DELETE])
            .allow_headers([header("x-second")])
            .expose_headers([header("x-second")])
            .max_age(Duration::from_secs(2))
            .vary([header("x-second")])
            .preflight_status(StatusCode::OK)
            .reject_disallowed_origins(true),
        CorsLayer::new()
            .allow_origin(Any)
            .allow_methods(Any)
            .allow_headers(Any)
            .expose_headers(Any)
            .max_age(Duration::from_secs(3))
            .vary([header("x-third")]),
    ]
    .map(|layer| layer.build().unwrap())
}

const REQUESTS: &[&str] = &[
    "GET /\norigin: https://both.example",
    "GET /\norigin: https://first.example",
    "GET /\norigin: https://second.example",
    "GET /\norigin: https://none.example",
    "GET /",
    "OPTIONS /\norigin: https://both.example",
    "OPTIONS /\norigin: https://both.example\naccess-control-request-method: PUT\naccess-control-request-headers: x-first",
    "OPTIONS /\norigin: https://first.example\naccess-control-request-method: PUT",
    "OPTIONS /\norigin: https://second.example\naccess-control-request-method: DELETE",
];

fn answer(
    service: &mut impl Service<Request<()>, Response = Response<String>, Error = Infallible>,
    request: &str,
) -> String {
    let Ok(response) = support::run(service.call(support::parse(request)));
    let mut lines: Vec<String> =
        response.headers().iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    lines.sort();
    format!("{} {}\n{}", response.status(), response.body(), lines.join("\n"))
}

fn service<L>(layer: &L) -> impl Service<Request<()>, Response = Response<String>, Error = Infallible> + use<L>
where
    L: Layer<Inner, Service: Service<Request<()>, Response = Response<String>, Error = Infallible>>,
{
    layer.layer(Inner)
}

/// Waits once, so that a swap can fall between the decision and the response.
#[derive(Clone)]
struct Inner;

impl Service<Request<()>> for Inner {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<String>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        Box::pin(async {
            std::thread::yield_now();
            tokio::task::yield_now().await;
            Ok(Response::new("from the service".to_owned()))
        })
    }
}

/// Three threads ask while a fourth replaces the policy as fast as it can: every answer, with its status, its body and
/// all its headers, is one that one of the policies gives by itself.
#[test]
fn every_answer_belongs_wholly_to_one_policy() {
    const SWAPS: usize = 10_000;
    const ASKED: usize = 5_000;
    const MOST: usize = 10_000_000;

    let policies = policies();
    let expected: Vec<Vec<String>> = REQUESTS
        .iter()
        .map(|request| policies.iter().map(|policy| answer(&mut service(policy), request)).collect())
        .collect();
    let different = |answers: &[String]| answers.iter().collect::<BTreeSet<_>>().len();
    assert_eq!(expected.iter().map(|answers| different(answers)).max(), Some(3), "the policies must be told apart");

    let handle = ReloadHandle::new(policies[0].clone());
    let swaps = AtomicUsize::new(0);
    let ask = || {
        let mut service = service(&handle);
        let mut seen: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); REQUESTS.len()];
        for asked in 0..MOST {
            let at = asked % REQUESTS.len();
            let answer = answer(&mut service, REQUESTS[at]);
            let belongs = expected[at].iter().position(|expected| *expected == answer);
            seen[at].insert(belongs.unwrap_or_else(|| panic!("{}\nis answered with\n{answer}", REQUESTS[at])));
            let all_seen = || (0..REQUESTS.len()).all(|at| seen[at].len() == different(&expected[at]));
            if asked >= ASKED && swaps.load(Ordering::Relaxed) >= SWAPS && all_seen() {
                break;
            }
        }
        seen
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(ask)).collect();
        for swap in 1.. {
            handle.replace(policies[swap % policies.len()].clone()).unwrap();
            if swap % 16 == 0 {
                std::thread::yield_now();
            }
            swaps.store(swap, Ordering::Relaxed);
            if swap >= SWAPS && readers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                break;
            }
        }
        for reader in readers {
            let seen = reader.join().unwrap();
            for (at, seen) in seen.iter().enumerate() {
                assert_eq!(seen.len(), different(&expected[at]), "{} was not answered by all policies", REQUESTS[at]);
            }
        }
    });
}

#[test]
fn what_is_invalid_leaves_the_old_policy_in_force() {
    let [first, second, _] = policies();
    let handle = ReloadHandle::new(first.clone());
    let error = handle.replace(CorsLayer::new().allow_origins(["https://a.example/", "b"])).unwrap_err();
    assert_eq!(error.problems().count(), 2);
    assert_eq!(handle.policy(), first);

    let replaced = handle.clone().replace(second.clone()).unwrap();
    assert_eq!((replaced, handle.policy()), (first, second));
}

#[cfg(feature = "serde")]
#[test]
fn a_configuration_is_taken_too() {
    let [first, ..] = policies();
    let handle = ReloadHandle::new(first.clone());
    let config = |text| toml::from_str::<tower_cors::CorsConfig>(text).unwrap();
    let error = handle.replace(config("origins = ['https://a.example']\nmethds = 'PUT'")).unwrap_err();
    assert_eq!(error.problems().next().unwrap().key(), Some("methds"));
    assert_eq!(handle.policy(), first);
    let config = config("origins = ['https://a.example']");
    handle.replace(&config).unwrap();
    assert!(handle.policy().allows_origin("https://a.example"));
}

#[test]
fn a_guard_is_of_the_policy_that_was_in_force_when_it_was_taken() {
    let [first, second, third] = policies();
    let handle = ReloadHandle::new(first);
    let handshake = |origin| support::parse(&format!("GET /ws\norigin: https://{origin}.example")).into_parts().0;
    let admitted = |guard: &tower_cors::OriginGuard| {
        ["both", "first", "second", "none"].map(|origin| guard.admits(&handshake(origin)))
    };
    let early = handle.guard().unwrap();
    assert_eq!(admitted(&early), [true, true, false, false]);
    handle.replace(second).unwrap();
    assert_eq!(admitted(&handle.guard().unwrap()), [true, false, true, false]);
    assert_eq!(admitted(&early), [true, true, false, false]);
    handle.replace(third).unwrap();
    assert_eq!(handle.guard().unwrap_err().problems().next().unwrap().code(), "any-origin-trusted");
}

/// What a request costs does not depend on how long the list is, and is what the plain service costs.
#[test]
fn neither_a_guard_nor_an_answer_allocates_more_than_without_reload() {
    let list = |scheme: &str| {
        CorsLayer::new().allow_origins((0..1_000).map(|n| format!("{scheme}://t{n}.example"))).build().unwrap()
    };
    let allocations = |work: &mut dyn FnMut()| {
        work();
        allocation_counter::measure(work).count_total
    };
    let policy = list("https");
    let handle = ReloadHandle::new(policy.clone());
    assert_eq!(allocations(&mut || drop(handle.guard().unwrap())), 0);
    assert_eq!(allocations(&mut || drop(handle.policy())), 0);

    let quick = || service_fn(|_: Request<()>| std::future::ready(Ok::<_, Infallible>(Response::new(()))));
    let (mut plain, mut reloading) = (policy.layer(quick()), handle.layer(quick()));
    for request in [
        "GET /\norigin: https://t7.example",
        "OPTIONS /\norigin: https://t7.example\naccess-control-request-method: PUT",
    ] {
        let cost = |call: &mut dyn FnMut(Request<()>)| {
            let mut requests = vec![support::parse(request), support::parse(request)];
            allocations(&mut || call(requests.pop().unwrap()))
        };
        let plain = cost(&mut |request| drop(support::run(plain.call(request))));
        assert_eq!(cost(&mut |request| drop(support::run(reloading.call(request)))), plain, "{request}");
    }

    // A thousand problems are not copied for a request either.
    handle.replace(list("http")).unwrap();
    assert_eq!(handle.guard().unwrap_err().problems().count(), 1_000);
    assert_eq!(allocations(&mut || drop(handle.guard().unwrap_err())), 0);
}

#[test]
fn it_is_tower_glue_like_the_plain_service() {
    fn is_shareable<T: Clone + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe + 'static>() {}
    is_shareable::<ReloadHandle>();

    let [first, second, _] = policies();
    let handle = ReloadHandle::new(first);
    let mut service = handle.layer(1);
    *service.get_mut() += 1;
    assert_eq!((*service.get_ref(), service.clone().into_inner()), (2, 2));
    assert!(format!("{service:?}").contains("first.example"));

    let _routes: axum::Router = axum::Router::new().layer(handle.clone());
    handle.replace(second).unwrap();
    assert!(format!("{handle:?}").contains("second.example"));
}
