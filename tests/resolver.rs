//! Policies that are looked up: which answer each request gets, whatever becomes of the look-up.
#![cfg(feature = "resolver-cache")]

mod support;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderName, Method, Request, Response, StatusCode};
use support::{answer, answer_in_time, parse};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cors::resolver::{HostKey, Lookup, LookupFailure, PolicyCache, ResolverLayer, Target};
use tower_cors::{AllowOrigin, Any, CorsLayer, CorsPolicy};

type Found = Result<Option<CorsPolicy>, String>;

const HOUR: Duration = Duration::from_secs(3600);

fn policy(origin: &str) -> CorsPolicy {
    CorsLayer::new().allow_origins([origin]).build().unwrap()
}

/// Tenants `t0.example`, `t1.example` …, each with its own page `https://t0.app` …; all other hosts are nobody's.
#[allow(clippy::unnecessary_wraps, reason = "a look-up may fail")]
fn tenant(host: &HostKey) -> Found {
    let tenant = host.as_str().strip_suffix(".example").filter(|name| name.starts_with('t'));
    Ok(tenant.map(|name| policy(&format!("https://{name}.app"))))
}

fn by_host(lookup: Lookup<HostKey>) -> ResolverLayer<HostKey> {
    ResolverLayer::new(|target: &Target<'_>| target.host(), lookup)
}

fn ask(host: &str, origin: &str) -> Request<()> {
    Request::get(format!("http://{host}/")).header("origin", origin).body(()).unwrap()
}

/// What one request got: the status, and which origin may read.
async fn seen<K: Send + 'static>(layer: &ResolverLayer<K>, request: Request<()>) -> (u16, Option<String>) {
    let service = layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let Ok(response) = service.oneshot(request).await;
    let origin = response.headers().get("access-control-allow-origin");
    (response.status().as_u16(), origin.map(|origin| origin.to_str().unwrap().to_owned()))
}

fn allowed(origin: &str) -> (u16, Option<String>) {
    (200, Some(origin.to_owned()))
}

const FORWARDED: (u16, Option<String>) = (200, None);
const FAILED: (u16, Option<String>) = (503, None);

/// A look-up that can be counted and held back.
#[derive(Clone)]
struct Database {
    calls: Arc<AtomicUsize>,
    running: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

/// Says that a look-up ended, also when it was dropped.
struct Running(Database);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Database {
    fn open() -> Self {
        Self::with_gate(Semaphore::MAX_PERMITS)
    }

    /// Every look-up waits until it is let through.
    fn held() -> Self {
        Self::with_gate(0)
    }

    fn with_gate(permits: usize) -> Self {
        Self {
            calls: Arc::default(),
            running: Arc::default(),
            most: Arc::default(),
            gate: Arc::new(Semaphore::new(permits)),
        }
    }

    fn lookup(&self) -> Lookup<HostKey> {
        self.lookup_with(tenant)
    }

    fn lookup_with(&self, find: impl Fn(&HostKey) -> Found + Send + Sync + 'static) -> Lookup<HostKey> {
        let (this, find) = (self.clone(), Arc::new(find));
        Lookup::new(move |host: HostKey| {
            let (this, find) = (this.clone(), find.clone());
            async move {
                this.calls.fetch_add(1, Ordering::SeqCst);
                let running = this.running.fetch_add(1, Ordering::SeqCst) + 1;
                this.most.fetch_max(running, Ordering::SeqCst);
                let running = Running(this);
                let found = find(&host);
                running.0.gate.acquire().await.unwrap().forget();
                found
            }
        })
        .timeout(HOUR)
    }

    fn let_through(&self, number: usize) {
        self.gate.add_permits(number);
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}

/// Waits until something is so, which must not take forever.
async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(std::time::Instant::now() < deadline, "never seen: {what}");
        tokio::task::yield_now().await;
    }
}

// What the key sees.

#[tokio::test]
async fn the_host_is_the_one_that_was_asked_for_or_none() {
    for (request, host) in [
        ("GET /\nhost: a.example", Some("a.example")),
        ("GET /\nhost: A.Example.:8080", Some("a.example")),
        ("GET http://a.example/", Some("a.example")),
        ("GET http://a.example/\nhost: a.example", Some("a.example")),
        ("CONNECT a.example:443", Some("a.example")),
        ("OPTIONS *\nhost: a.example", Some("a.example")),
        ("GET /", None),
        ("GET /\nhost:", None),
        ("GET /\nhost: a.example\nhost: a.example", None),
        ("GET http://a.example/\nhost: b.example", None),
        ("GET http://a.example/\nhost: a.example:80", None),
        ("GET http://user@a.example/", None),
        ("GET /\nhost: a.example, b.example", None),
        ("GET /\nhost: a.example/", None),
        ("GET /\nhost: á.example", None),
        // What a proxy can add, a client can add.
        ("GET /\nx-forwarded-host: a.example\nforwarded: host=a.example\nx-host: a.example", None),
        ("GET /\nhost: b.example\nx-forwarded-host: a.example", Some("b.example")),
    ] {
        let keys = Arc::new(Mutex::new(Vec::new()));
        let seen = keys.clone();
        let layer = ResolverLayer::new(
            move |target: &Target<'_>| {
                seen.lock().unwrap().push(target.host().map(|host| host.to_string()));
                None::<()>
            },
            Lookup::new(async |()| Ok::<_, Infallible>(None)),
        );
        answer_in_time(&layer, request, "").await;
        assert_eq!(*keys.lock().unwrap(), [host.map(str::to_owned)], "{request}");
    }
}

#[tokio::test]
async fn a_segment_of_the_path_is_read_in_one_way_only() {
    for (path, index, segment) in [
        ("/t/acme/items", 0, Some("t")),
        ("/t/acme/items", 1, Some("acme")),
        ("/t/acme/items", 2, Some("items")),
        ("/t/acme/items", 3, None),
        ("/t/acme/", 1, Some("acme")),
        ("/t/acme/", 2, None),
        ("/t/acme?t=/x", 1, Some("acme")),
        ("/t/Acme", 1, Some("Acme")),
        ("/", 0, None),
        ("//", 0, None),
        ("*", 0, None),
        ("//t/acme", 1, None),
        ("/t//acme", 1, None),
        ("/t/acme//", 1, None),
        ("/t/./acme", 1, None),
        ("/t/x/../acme", 1, None),
        ("/t/acme/..", 1, None),
        ("/t/%61cme", 1, None),
        ("/t/acme/%2e%2e/globex", 1, None),
        ("/t/acme;globex", 1, None),
    ] {
        let layer = ResolverLayer::new(
            move |target: &Target<'_>| {
                assert_eq!(target.path_segment(index), segment, "{path}");
                assert_eq!(target.query(), path.split_once('?').map(|(_, query)| query));
                None::<()>
            },
            Lookup::new(async |()| Ok::<_, Infallible>(None)),
        );
        answer_in_time(&layer, &format!("GET {path}"), "").await;
    }
    for (length, is_key) in [(255, true), (256, false), (8_000, false)] {
        let layer = ResolverLayer::new(
            move |target: &Target<'_>| {
                assert_eq!(target.path_segment(1).is_some(), is_key, "{length}");
                assert_eq!(target.path_segment(2), Some("items"), "{length}");
                None::<()>
            },
            Lookup::new(async |()| Ok::<_, Infallible>(None)),
        );
        answer_in_time(&layer, &format!("GET /t/{}/items", "a".repeat(length)), "").await;
    }
}

#[tokio::test]
async fn vary_names_the_host_if_the_key_read_it() {
    let lookup = || Lookup::new(async |_: String| Ok::<_, Infallible>(Some(policy("https://a.app"))));
    let host = ResolverLayer::new(|target: &Target<'_>| target.host().map(|host| host.to_string()), lookup());
    let path = ResolverLayer::new(|target: &Target<'_>| target.path_segment(0).map(str::to_owned), lookup());
    let sometimes = ResolverLayer::new(
        |target: &Target<'_>| match target.path_segment(0) {
            Some("by-host") => target.host().map(|host| host.to_string()),
            other => other.map(str::to_owned),
        },
        lookup(),
    );
    for (layer, request, inner, vary) in [
        (&host, "GET /\nhost: a.example", "", "vary: origin\nvary: host"),
        (&host, "GET /", "", "vary: origin\nvary: host"),
        (&host, "GET /\nhost: a.example", "200\nvary: Host, accept", "vary: Host, accept\nvary: origin"),
        (&host, "GET /\nhost: a.example", "200\nvary: *", "vary: *"),
        (&path, "GET /a\nhost: a.example", "", "vary: origin"),
        (&sometimes, "GET /a\nhost: a.example", "", "vary: origin"),
        (&sometimes, "GET /by-host\nhost: a.example", "", "vary: origin\nvary: host"),
        (
            &host,
            "OPTIONS /\norigin: https://a.app\naccess-control-request-method: PUT\nhost: a.example",
            "",
            "vary: origin, access-control-request-method, access-control-request-headers\nvary: host",
        ),
    ] {
        let answer = answer_in_time(layer, request, inner).await;
        let lines: Vec<_> = answer.lines().filter(|line| line.starts_with("vary")).collect();
        assert_eq!(lines.join("\n"), vary, "{request}");
    }
}

// A policy is found.

#[tokio::test]
async fn a_policy_that_is_found_answers_as_if_it_were_the_only_one() {
    let list = || {
        CorsLayer::new()
            .allow_origins(["https://a.app", "https://*.a.app"])
            .allow_methods([Method::PUT])
            .max_age(Duration::from_secs(600))
    };
    let policies = [
        CorsLayer::new(),
        CorsLayer::permissive(),
        list(),
        list().allow_credentials(true).allow_headers(Any).allow_methods(Any).expose_headers(Any),
        list().reject_disallowed_origins(true),
        list().vary([HeaderName::from_static("x-tenant")]),
        CorsLayer::new().allow_origin(AllowOrigin::predicate(|origin, parts| {
            origin == "https://a.app" && parts.headers.contains_key("x-tenant") && parts.extensions.is_empty()
        })),
    ];
    let requests = [
        "GET /",
        "GET /\norigin: https://a.app\nx-tenant: a",
        "GET /\norigin: https://a.app",
        "GET /\norigin: https://b.app",
        "GET /\norigin: null",
        "GET /\norigin: https://a.app\norigin: https://b.app",
        "POST /\nsec-fetch-site: cross-site",
        "POST /\norigin: https://b.app\nsec-fetch-site: same-origin",
        "GET /ws\norigin: https://b.app\nupgrade: websocket\nconnection: upgrade",
        "OPTIONS /\norigin: https://a.app",
        "OPTIONS /\norigin: https://a.app\naccess-control-request-method: PUT\naccess-control-request-headers: x-b,x-a",
        "OPTIONS /\norigin: https://b.app\naccess-control-request-method: PUT",
    ];
    for policy in policies {
        let policy = policy.build().unwrap();
        for request in requests {
            let inner = "200\naccess-control-allow-origin: *\nx-total: 3\nvary: accept";
            let expected = answer(&policy, request, inner);
            let found = policy.clone();
            let lookup = Lookup::new(move |()| {
                let found = found.clone();
                async move {
                    tokio::task::yield_now().await;
                    Ok::<_, Infallible>(Some(found))
                }
            });
            let layer = ResolverLayer::new(|_: &Target<'_>| Some(()), lookup.clone());
            assert_eq!(answer_in_time(&layer, request, inner).await, expected, "{policy}\n{request}");
            let cache = PolicyCache::builder(lookup, HOUR).build();
            let layer = ResolverLayer::cached(|_: &Target<'_>| Some(()), cache);
            for _first_and_cached in 0..2 {
                assert_eq!(answer_in_time(&layer, request, inner).await, expected, "cached\n{policy}\n{request}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tenants_are_never_mixed() {
    const TENANTS: usize = 20;
    let database = Database::open();
    let lookup = database.lookup_with(|host| {
        // Answers overtake each other.
        std::thread::sleep(Duration::from_micros(u64::from(host.as_str().as_bytes()[1]) % 7 * 50));
        tenant(host)
    });
    // So short a time to live that entries come and go all the time.
    let cache = PolicyCache::builder(lookup.clone().max_in_flight(1000), Duration::from_millis(1)).build();
    let layers =
        [by_host(lookup.max_in_flight(1000)), ResolverLayer::cached(|target: &Target<'_>| target.host(), cache)];
    for layer in layers {
        let mut tasks = JoinSet::new();
        for number in 0..2_000 {
            let (asked, origin) = (number % TENANTS, number / 3 % TENANTS);
            let layer = layer.clone();
            tasks.spawn(async move {
                let origin_text = format!("https://t{origin}.app");
                let got = seen(&layer, ask(&format!("t{asked}.example"), &origin_text)).await;
                assert_eq!(got, if asked == origin { allowed(&origin_text) } else { FORWARDED });
                asked == origin
            });
        }
        let matching = tasks.join_all().await.into_iter().filter(|matching| *matching).count();
        assert!(matching > 20, "{matching} requests of the right origin are no test");
    }
}

// No policy is found.

const VARY_PREFLIGHT: &str = "vary: origin, access-control-request-method, access-control-request-headers";

/// Name, request, and whether it is a preflight, foreign, or one that may pass.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    Preflight,
    Foreign,
    ForeignOptions,
    Passes,
    PassingOptions,
}

const KINDS: &[(Kind, &str)] = &[
    (Kind::Preflight, "OPTIONS /\nhost: t1.example\norigin: https://t1.app\naccess-control-request-method: PUT"),
    // A preflight of the service's own origin does not exist in browsers: it is one like any other.
    (
        Kind::Preflight,
        "OPTIONS /\nhost: t1.example\norigin: https://t1.example\naccess-control-request-method: PUT\nsec-fetch-site: same-origin",
    ),
    (Kind::Preflight, "OPTIONS /\nhost: t1.example\norigin: null\naccess-control-request-method: GET"),
    (Kind::Foreign, "GET /\nhost: t1.example\norigin: https://t1.app"),
    (Kind::Foreign, "POST /\nhost: t1.example\norigin: https://evil.example\nsec-fetch-site: cross-site"),
    (Kind::Foreign, "GET /\nhost: t1.example\norigin: null"),
    (Kind::Foreign, "GET /\nhost: t1.example\norigin:"),
    (Kind::Foreign, "GET /\nhost: t1.example\norigin: https://t1.example\norigin: https://t1.example"),
    // Not the service's own origin: a scheme that rebinding forges, another port, a doubled header.
    (Kind::Foreign, "GET /\nhost: t1.example\norigin: http://t1.example"),
    (Kind::Foreign, "GET /\nhost: t1.example\norigin: https://t1.example:8443"),
    (
        Kind::Foreign,
        "GET /\nhost: t1.example\norigin: https://t1.app\nsec-fetch-site: same-origin\nsec-fetch-site: same-origin",
    ),
    // WebSocket handshakes of HTTP/1.1 and HTTP/2.
    (Kind::Foreign, "GET /ws\nhost: t1.example\norigin: https://t1.app\nupgrade: websocket\nconnection: upgrade"),
    (Kind::Foreign, "CONNECT t1.example:443\norigin: https://t1.app"),
    // Unsafe, of another site, and without Origin: what a policy that rejects would reject.
    (Kind::Foreign, "POST /\nhost: t1.example\nsec-fetch-site: cross-site"),
    (Kind::Foreign, "POST /\nhost: t1.example\nsec-fetch-site: same-site"),
    (Kind::ForeignOptions, "OPTIONS /\nhost: t1.example\norigin: https://t1.app"),
    (Kind::Passes, "GET /\nhost: t1.example"),
    (Kind::Passes, "GET /\nhost: t1.example\nsec-fetch-site: cross-site"),
    (Kind::Passes, "POST /\nhost: t1.example"),
    (Kind::Passes, "POST /\nhost: t1.example\norigin: https://t1.example"),
    (Kind::Passes, "POST /\nhost: t1.example\norigin: https://t1.example\nsec-fetch-site: same-origin"),
    (Kind::Passes, "GET /ws\nhost: t1.example\norigin: https://t1.example\nupgrade: websocket\nconnection: upgrade"),
    (Kind::Passes, "GET /\nhost: localhost:3000\norigin: http://localhost:3000"),
    (Kind::PassingOptions, "OPTIONS /\nhost: t1.example"),
    (Kind::PassingOptions, "OPTIONS /\nhost: t1.example\naccess-control-request-method: PUT"),
];

/// What the service behind says of itself must not get through.
const INNER: &str = "200\naccess-control-allow-origin: *\naccess-control-allow-credentials: true\n\
                     access-control-expose-headers: x-secret\nx-total: 3";

/// `refused`: the status of what the resolver answers itself, `None` for what is forwarded.
fn without_policy(kind: Kind, preflight: u16, foreign: Option<u16>) -> String {
    let own = |status: u16, vary: &str| format!("{status}\ncache-control: no-store\n{vary}\nvary: host\n(not called)");
    let forwarded = |vary: &str| format!("200\n{vary}\nvary: host\nx-total: 3\n(inner)");
    match (kind, foreign) {
        (Kind::Preflight, _) => own(preflight, VARY_PREFLIGHT),
        (Kind::Foreign | Kind::ForeignOptions, Some(status)) => own(status, "vary: origin"),
        (Kind::ForeignOptions | Kind::PassingOptions, _) => forwarded("vary: origin, access-control-request-method"),
        (Kind::Foreign | Kind::Passes, _) => forwarded("vary: origin"),
    }
}

async fn check_kinds(name: &str, layer: ResolverLayer<HostKey>, preflight: u16, foreign: Option<u16>) {
    for (kind, request) in KINDS {
        let got = answer_in_time(&layer, request, INNER).await;
        assert_eq!(got, without_policy(*kind, preflight, foreign), "{name}\n{request}");
    }
}

#[tokio::test]
async fn nobody_is_allowed_where_there_is_no_policy() {
    let none = |_: &Target<'_>| None::<HostKey>;
    let unread = || Lookup::new(async |_: HostKey| -> Found { panic!("looked up without a key") });
    let nobody = || Lookup::new(async |_: HostKey| -> Found { Ok(None) });
    let no_key = || {
        ResolverLayer::new(
            move |target: &Target<'_>| {
                target.host();
                none(target)
            },
            unread(),
        )
    };
    check_kinds("no key", no_key(), 403, None).await;
    check_kinds("unknown key", by_host(nobody()), 403, None).await;
    let cache = PolicyCache::builder(nobody(), HOUR).build();
    let cached = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    check_kinds("unknown key, cached", cached, 403, None).await;
    check_kinds("no key, rejecting", no_key().reject_disallowed_origins(true), 403, Some(403)).await;
    check_kinds("unknown key, rejecting", by_host(nobody()).reject_disallowed_origins(true), 403, Some(403)).await;
}

#[tokio::test(start_paused = true)]
async fn every_failure_is_closed_for_every_kind_of_request() {
    let hanging = || Lookup::new(|_: HostKey| std::future::pending::<Found>());
    let failures: Vec<(&str, Lookup<HostKey>)> = vec![
        ("error", Lookup::new(async |_: HostKey| -> Found { Err("no connection".to_owned()) })),
        ("panic", Lookup::new(async |_: HostKey| -> Found { panic!("a mistake in the look-up") })),
        (
            "panic before the future",
            Lookup::new(|host: HostKey| -> std::future::Ready<Found> { panic!("a mistake for {host}") }),
        ),
        (
            "panic after waiting",
            Lookup::new(async |_: HostKey| -> Found {
                tokio::task::yield_now().await;
                panic!("a late mistake")
            }),
        ),
        ("time-out", hanging()),
        ("too many", hanging().max_in_flight(0)),
    ];
    for (name, lookup) in failures {
        let cache = PolicyCache::builder(lookup.clone(), HOUR).build();
        let cached = || ResolverLayer::cached(|target: &Target<'_>| target.host(), cache.clone());
        check_kinds(name, by_host(lookup.clone()), 503, Some(503)).await;
        check_kinds(name, cached(), 503, Some(503)).await;
        check_kinds(name, by_host(lookup.clone()).forward_on_failure(true), 503, None).await;
        check_kinds(name, cached().forward_on_failure(true), 503, None).await;
        // The two settings do not touch each other.
        check_kinds(name, cached().reject_disallowed_origins(true).forward_on_failure(true), 503, None).await;
        check_kinds(name, cached().reject_disallowed_origins(true), 503, Some(503)).await;
    }
}

#[tokio::test]
async fn failures_are_told_once_for_each_look_up() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (telling, database) = (told.clone(), Database::held());
    let lookup = database
        .lookup_with(|_| Err("password of \u{1b}[31mroot\n".to_owned()))
        .max_in_flight(1)
        .on_failure(move |failure| telling.lock().unwrap().push(failure.to_string()));
    let cache = PolicyCache::builder(lookup, HOUR).build();
    let mut tasks = JoinSet::new();
    for _ in 0..10 {
        let cache = cache.clone();
        tasks.spawn(async move { cache.get("t1.example".parse().unwrap()).await });
    }
    until("ten who wait for one", || database.running() == 1).await;
    assert!(matches!(cache.get("t2.example".parse().unwrap()).await, Err(LookupFailure::TooManyInFlight)));
    database.let_through(1);
    for outcome in tasks.join_all().await {
        assert!(matches!(outcome, Err(LookupFailure::Error(error)) if error.to_string().starts_with("password")));
    }
    assert_eq!(
        *told.lock().unwrap(),
        [
            "too many look-ups of policies are in flight",
            r#"the look-up of the policy failed: "password of \u{1b}[31mroot\n""#
        ]
    );
}

#[tokio::test]
async fn whoever_is_told_of_a_failure_may_ask_the_cache() {
    let cache: Arc<Mutex<Option<PolicyCache<HostKey>>>> = Arc::default();
    let asked = cache.clone();
    let lookup = Database::open().lookup().max_in_flight(0).on_failure(move |_| {
        if let Some(cache) = &*asked.lock().unwrap() {
            cache.invalidate_all();
        }
    });
    let built = PolicyCache::builder(lookup, HOUR).build();
    *cache.lock().unwrap() = Some(built.clone());
    assert!(built.get("t1.example".parse().unwrap()).await.is_err());
}

// Bounds.

#[tokio::test(start_paused = true)]
async fn a_look_up_has_a_second_or_what_is_set() {
    let slow = || {
        Lookup::new(async |host: HostKey| {
            tokio::time::sleep(Duration::from_millis(if host.as_str() == "t1.example" { 999 } else { 1001 })).await;
            tenant(&host)
        })
    };
    let began = tokio::time::Instant::now();
    let layer = by_host(slow());
    assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, allowed("https://t1.app"));
    assert_eq!(began.elapsed(), Duration::from_millis(999));
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, FAILED);
    assert_eq!(began.elapsed(), Duration::from_millis(1999));
    let layer = by_host(slow().timeout(Duration::from_millis(1002)));
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, allowed("https://t2.app"));
    // What is at hand needs no time.
    let layer = by_host(Lookup::new(async |host: HostKey| tenant(&host)).timeout(Duration::ZERO));
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, allowed("https://t2.app"));
    let layer = by_host(slow().timeout(Duration::MAX));
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, allowed("https://t2.app"));
}

#[tokio::test]
async fn so_many_look_ups_are_in_flight_and_no_more() {
    type Make = fn(Lookup<HostKey>) -> ResolverLayer<HostKey>;
    let cached: Make =
        |lookup| ResolverLayer::cached(|target: &Target<'_>| target.host(), PolicyCache::builder(lookup, HOUR).build());
    let by_host: Make = by_host;
    // The cache keeps a quarter for keys that it knows, and these are new.
    for (make, set, bound) in [
        (by_host, None, 64),
        (by_host, Some(3), 3),
        (cached, None, 48),
        (cached, Some(8), 6),
        (cached, Some(3), 3),
        (cached, Some(1), 1),
    ] {
        let database = Database::held();
        let lookup = set.map_or_else(|| database.lookup(), |max| database.lookup().max_in_flight(max));
        let layer = make(lookup);
        let mut tasks = JoinSet::new();
        for number in 0..bound {
            let layer = layer.clone();
            tasks.spawn(async move {
                let origin = format!("https://t{number}.app");
                (seen(&layer, ask(&format!("t{number}.example"), &origin)).await, allowed(&origin))
            });
        }
        until("all in flight", || database.running() == bound).await;
        for _ in 0..10 {
            assert_eq!(seen(&layer, ask("t9999.example", "https://t9999.app")).await, FAILED);
        }
        assert_eq!((database.calls(), database.running()), (bound, bound));
        database.let_through(bound + 1);
        for (got, expected) in tasks.join_all().await {
            assert_eq!(got, expected);
        }
        until("none in flight", || database.running() == 0).await;
        assert_eq!(
            seen(&layer, ask("t9999.example", "https://t9999.app")).await,
            allowed("https://t9999.app"),
            "the refused one was not cached, and there is room again"
        );
    }
}

#[tokio::test]
async fn made_up_keys_leave_places_for_those_that_had_a_policy() {
    let database = Database::held();
    let gone = Arc::new(AtomicBool::new(false));
    let is_gone = gone.clone();
    let lookup = database.lookup_with(move |host| match host.as_str() {
        "t99.example" if is_gone.load(Ordering::SeqCst) => Ok(None),
        _ => tenant(host),
    });
    // Every entry is over at once.
    let cache = PolicyCache::builder(lookup, Duration::ZERO).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    let start = |tasks: &mut JoinSet<_>, host: String, origin: String| {
        let layer = layer.clone();
        tasks.spawn(async move { (seen(&layer, ask(&host, &origin)).await, allowed(&origin)) });
    };
    let real = |tasks: &mut JoinSet<_>, number: usize| {
        start(tasks, format!("t{number}.example"), format!("https://t{number}.app"));
    };
    database.let_through(22);
    for number in (0..20).chain([99]) {
        let origin = format!("https://t{number}.app");
        assert_eq!(seen(&layer, ask(&format!("t{number}.example"), &origin)).await, allowed(&origin));
    }
    gone.store(true, Ordering::SeqCst);
    assert_eq!(seen(&layer, ask("t99.example", "https://t99.app")).await, FORWARDED);

    let mut flood = JoinSet::new();
    for number in 0..200 {
        start(&mut flood, format!("made-up-{number}.example"), "https://evil.app".to_owned());
    }
    for _ in 48..200 {
        assert_eq!(flood.join_next().await.unwrap().unwrap().0, FAILED);
    }
    until("the others", || database.running() == 48).await;
    // A tenant that is new, or is none any more, waits with the others.
    for host in ["t50.example", "t99.example"] {
        assert_eq!(seen(&layer, ask(host, "https://t50.app")).await, FAILED);
    }
    let mut tenants = JoinSet::new();
    (0..20).for_each(|number| real(&mut tenants, number));
    until("the tenants are looked up", || database.running() == 64).await;
    for _ in 16..20 {
        assert_eq!(tenants.join_next().await.unwrap().unwrap().0, FAILED, "64 are the most, whoever asks");
    }
    database.let_through(64);
    for (got, expected) in tenants.join_all().await {
        assert_eq!(got, expected);
    }
    for (got, _) in flood.join_all().await {
        assert_eq!(got, FORWARDED);
    }
}

#[tokio::test]
async fn one_look_up_answers_all_who_wait_for_it() {
    let database = Database::held();
    let cache = PolicyCache::builder(database.lookup(), HOUR).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    let mut tasks = JoinSet::new();
    for number in 0..500 {
        let layer = layer.clone();
        tasks.spawn(async move {
            let host = ["t1.example", "T1.Example.", "t1.example:8080"][number % 3];
            seen(&layer, ask(host, "https://t1.app")).await
        });
    }
    until("the look-up", || database.running() == 1).await;
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    database.let_through(1);
    for got in tasks.join_all().await {
        assert_eq!(got, allowed("https://t1.app"));
    }
    assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, allowed("https://t1.app"));
    assert_eq!(database.calls(), 1);
}

#[tokio::test]
async fn failures_are_not_cached() {
    let database = Database::open();
    let broken = Arc::new(AtomicBool::new(true));
    let state = broken.clone();
    let lookup = database.lookup_with(
        move |host| {
            if state.load(Ordering::SeqCst) { Err("away".to_owned()) } else { tenant(host) }
        },
    );
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), PolicyCache::builder(lookup, HOUR).build());
    for _ in 0..3 {
        assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, FAILED);
    }
    assert_eq!(database.calls(), 3);
    broken.store(false, Ordering::SeqCst);
    for _ in 0..3 {
        assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, allowed("https://t1.app"));
    }
    assert_eq!(database.calls(), 4);
    // What is known is answered while the database is away; what is not, is not.
    broken.store(true, Ordering::SeqCst);
    assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, allowed("https://t1.app"));
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, FAILED);
}

#[tokio::test]
async fn made_up_tenants_push_out_no_real_one() {
    let database = Database::open();
    let cache = PolicyCache::builder(database.lookup(), HOUR).max_known(50).max_unknown(20).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    for number in 0..50 {
        seen(&layer, ask(&format!("t{number}.example"), "https://evil.app")).await;
    }
    assert_eq!(database.calls(), 50);
    for round in 0..3 {
        for number in 0..2_000 {
            assert_eq!(seen(&layer, ask(&format!("made-up-{number}.example"), "https://evil.app")).await, FORWARDED);
        }
        let after_flood = database.calls();
        for number in 0..50 {
            let origin = format!("https://t{number}.app");
            assert_eq!(seen(&layer, ask(&format!("t{number}.example"), &origin)).await, allowed(&origin));
        }
        assert_eq!(database.calls(), after_flood, "round {round}: a real tenant was looked up again");
    }
    // The flood itself is not kept: only what fits is not looked up again.
    assert!(database.calls() > 50 + 3 * 1_500, "{} look-ups", database.calls());
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let database = Database::open();
    let cache = PolicyCache::builder(database.lookup(), HOUR).max_known(20).build();
    for _ in 0..2 {
        for number in 0..2_000 {
            cache.get(format!("t{number}.example").parse().unwrap()).await.unwrap();
        }
    }
    assert!(database.calls() > 3_500, "{} look-ups: more than fits was kept", database.calls());
}

#[tokio::test]
async fn an_entry_lives_for_its_time() {
    let database = Database::open();
    let cache = PolicyCache::builder(database.lookup(), Duration::from_millis(20)).build();
    for host in ["t1.example", "made-up.example"] {
        let before = database.calls();
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while database.calls() < before + 3 {
            cache.get(host.parse().unwrap()).await.unwrap();
            assert!(std::time::Instant::now() < deadline, "{host} lives forever");
        }
    }
}

// Who goes away.

#[tokio::test]
async fn a_client_that_goes_away_frees_its_look_up() {
    let database = Database::held();
    let layer = by_host(database.lookup().max_in_flight(1));
    for _ in 0..10 {
        let request = {
            let layer = layer.clone();
            tokio::spawn(async move { seen(&layer, ask("t1.example", "https://t1.app")).await })
        };
        until("the look-up", || database.running() == 1).await;
        assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, FAILED);
        request.abort();
        until("the look-up ended with its request", || database.running() == 0).await;
    }
    database.let_through(1);
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, allowed("https://t2.app"));
}

#[tokio::test]
async fn a_client_that_goes_away_ends_no_look_up_that_others_wait_for() {
    let database = Database::held();
    let cache = PolicyCache::builder(database.lookup().max_in_flight(1), HOUR).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    let start = || {
        let layer = layer.clone();
        tokio::spawn(async move { seen(&layer, ask("t1.example", "https://t1.app")).await })
    };
    let first = start();
    until("the look-up", || database.running() == 1).await;
    let second = start();
    let third = start();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    third.abort();
    assert!(third.await.unwrap_err().is_cancelled());
    assert_eq!((database.calls(), database.running()), (1, 1));
    database.let_through(1);
    assert_eq!(second.await.unwrap(), allowed("https://t1.app"));
    assert_eq!(database.calls(), 1);
}

#[tokio::test]
async fn a_look_up_that_nobody_waits_for_any_more_ends_and_is_kept() {
    let database = Database::held();
    let cache = PolicyCache::builder(database.lookup().max_in_flight(1), HOUR).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    for _ in 0..100 {
        let layer = layer.clone();
        let only = tokio::spawn(async move { seen(&layer, ask("t1.example", "https://t1.app")).await });
        until("the look-up", || database.running() == 1).await;
        only.abort();
        assert!(only.await.unwrap_err().is_cancelled());
    }
    assert_eq!(database.calls(), 1, "clients that come and go start one look-up");
    database.let_through(2);
    until("the end", || database.running() == 0).await;
    assert_eq!(seen(&layer, ask("t1.example", "https://t1.app")).await, allowed("https://t1.app"));
    assert_eq!(database.calls(), 1);
    assert_eq!(seen(&layer, ask("t2.example", "https://t2.app")).await, allowed("https://t2.app"));
}

#[test]
#[allow(clippy::async_yields_async, reason = "what is yielded waits on, in the next runtime")]
fn a_runtime_that_ends_leaves_nobody_waiting() {
    let database = Database::held();
    let cache = PolicyCache::builder(database.lookup().max_in_flight(1), HOUR).build();
    let key = || "t1.example".parse::<HostKey>().unwrap();
    let ended = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let waiting = ended.block_on(async {
        let mut waiting = Box::pin({
            let cache = cache.clone();
            async move { cache.get(key()).await }
        });
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        until("the look-up", || database.running() == 1).await;
        waiting
    });
    drop(ended);
    let next = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    assert!(matches!(next.block_on(waiting), Err(LookupFailure::Aborted)));
    // Neither the flight nor its place is lost.
    database.let_through(1);
    assert!(next.block_on(cache.get(key())).unwrap().is_some());
}

// What changes meanwhile.

/// Tenants whose rows change.
fn changing(database: &Database) -> (Arc<Mutex<HashMap<String, CorsPolicy>>>, Lookup<HostKey>) {
    let rows: Arc<Mutex<HashMap<String, CorsPolicy>>> = Arc::default();
    let read = rows.clone();
    (rows, database.lookup_with(move |host| Ok(read.lock().unwrap().get(host.as_str()).cloned())))
}

#[tokio::test]
async fn what_is_invalidated_is_looked_up_again() {
    let database = Database::open();
    let (rows, lookup) = changing(&database);
    let cache = PolicyCache::builder(lookup, HOUR).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache.clone());
    let request = || ask("acme.example", "https://acme.app");
    let (acme, other) = ("acme.example".parse().unwrap(), "other.example".parse().unwrap());
    let insert = |host: &str, origin| rows.lock().unwrap().insert(host.to_owned(), policy(origin));

    assert_eq!(seen(&layer, request()).await, FORWARDED);
    insert("acme.example", "https://acme.app");
    assert_eq!(seen(&layer, request()).await, FORWARDED, "unknown is cached");
    cache.invalidate(&other);
    assert_eq!(seen(&layer, request()).await, FORWARDED, "another key was invalidated");
    cache.invalidate(&acme);
    assert_eq!(seen(&layer, request()).await, allowed("https://acme.app"));
    insert("acme.example", "https://new.app");
    assert_eq!(seen(&layer, request()).await, allowed("https://acme.app"), "known is cached");
    cache.invalidate(&acme);
    assert_eq!(seen(&layer, request()).await, FORWARDED);
    let request = || ask("acme.example", "https://new.app");
    assert_eq!(seen(&layer, request()).await, allowed("https://new.app"));
    rows.lock().unwrap().clear();
    assert_eq!(seen(&layer, request()).await, allowed("https://new.app"));
    cache.invalidate_all();
    assert_eq!(seen(&layer, request()).await, FORWARDED);
    insert("acme.example", "https://new.app");
    assert_eq!(seen(&layer, request()).await, FORWARDED);
    cache.invalidate_all();
    assert_eq!(seen(&layer, request()).await, allowed("https://new.app"));
    assert_eq!(database.calls(), 5);
}

#[tokio::test]
async fn what_was_read_before_an_invalidation_is_not_kept() {
    for all in [false, true] {
        let database = Database::held();
        let (rows, lookup) = changing(&database);
        let cache = PolicyCache::builder(lookup, HOUR).build();
        let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache.clone());
        let start = |host: &'static str| {
            let layer = layer.clone();
            tokio::spawn(async move { seen(&layer, ask(host, "https://old.app")).await })
        };
        for host in ["known.example", "unknown.example"] {
            rows.lock().unwrap().insert("known.example".to_owned(), policy("https://old.app"));
            let running = database.running();
            let before = start(host);
            until("the first look-up", || database.running() == running + 1).await;
            // It has read, and is on its way back.
            rows.lock().unwrap().insert(host.to_owned(), policy("https://new.app"));
            if all {
                cache.invalidate_all();
            } else {
                cache.invalidate(&host.parse().unwrap());
            }
            let after = start(host);
            until("a look-up of its own", || database.running() == running + 2).await;
            database.let_through(1);
            let expected = if host == "known.example" { allowed("https://old.app") } else { FORWARDED };
            assert_eq!(before.await.unwrap(), expected);
            // The first has landed, the second has not: nobody gets what the first has read any more.
            let calls = database.calls();
            let meanwhile = start(host);
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(!meanwhile.is_finished());
            database.let_through(1);
            assert_eq!(after.await.unwrap(), FORWARDED);
            assert_eq!(meanwhile.await.unwrap(), FORWARDED);
            assert_eq!(database.calls(), calls);
            assert_eq!(seen(&layer, ask(host, "https://new.app")).await, allowed("https://new.app"));
            assert_eq!(database.calls(), calls, "the later answer was kept");
        }
    }
}

// The service behind.

/// Panics if it is called without having been ready; a clone is not ready.
struct Strict {
    ready: bool,
    calls: Arc<AtomicUsize>,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self { ready: false, calls: self.calls.clone() }
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<()>;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Response<()>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        self.calls.fetch_add(1, Ordering::SeqCst);
        std::future::ready(if request.uri().path() == "/error" { Err("broken") } else { Ok(Response::new(())) })
    }
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let waits = |waits: bool| {
        Lookup::new(move |host: HostKey| async move {
            if waits {
                tokio::task::yield_now().await;
            }
            tenant(&host)
        })
    };
    let cache = PolicyCache::builder(waits(true), HOUR).build();
    for layer in
        [by_host(waits(false)), by_host(waits(true)), ResolverLayer::cached(|target: &Target<'_>| target.host(), cache)]
    {
        let calls = Arc::new(AtomicUsize::new(0));
        let mut service = layer.layer(Strict { ready: false, calls: calls.clone() });
        for _ in 0..3 {
            let response = service.ready().await.unwrap().call(ask("t1.example", "https://t1.app")).await.unwrap();
            assert_eq!(response.headers()["access-control-allow-origin"], "https://t1.app");
        }
        // Two at once: each has its own.
        let first = service.ready().await.unwrap().call(ask("t2.example", "https://t2.app"));
        let second = service.ready().await.unwrap().call(ask("t3.example", "https://t3.app"));
        let (first, second) = tokio::join!(first, second);
        assert_eq!(first.unwrap().headers()["access-control-allow-origin"], "https://t2.app");
        assert_eq!(second.unwrap().headers()["access-control-allow-origin"], "https://t3.app");
        assert_eq!(calls.load(Ordering::SeqCst), 5);
        // Its error stays what it is.
        let request = Request::get("http://t1.example/error").body(()).unwrap();
        assert_eq!(service.ready().await.unwrap().call(request).await.unwrap_err(), "broken");
    }
}

#[tokio::test]
async fn the_service_is_called_after_the_decision() {
    let database = Database::held();
    let calls = Arc::new(AtomicUsize::new(0));
    let service = by_host(database.lookup()).layer(Strict { ready: false, calls: calls.clone() });
    let request = tokio::spawn(service.oneshot(Request::get("http://t1.example/").body(()).unwrap()));
    until("the look-up", || database.running() == 1).await;
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    database.let_through(1);
    request.await.unwrap().unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn axum_takes_it() {
    let cache = PolicyCache::builder(Database::open().lookup(), HOUR).build();
    let app: axum::Router = axum::Router::new()
        .route("/", axum::routing::get(async || "hello"))
        .layer(ResolverLayer::cached(|target: &Target<'_>| target.host(), cache));
    let request = parse("GET /\nhost: t1.example\norigin: https://t1.app").map(|()| axum::body::Body::empty());
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "https://t1.app");
}

/// What is found costs nothing beside its key: a request costs what it costs a service with one policy.
#[test]
fn what_is_cached_is_found_without_an_allocation() {
    let policy = policy("https://a.app");
    let found = policy.clone();
    let lookup = Lookup::new(move |_: usize| std::future::ready(Ok::<_, Infallible>(Some(found.clone()))));
    let cache = PolicyCache::builder(lookup, HOUR).build();
    let key = |target: &Target<'_>| target.path_segment(0)?.parse().ok();
    let quick = || service_fn(|_: Request<()>| std::future::ready(Ok::<_, Infallible>(Response::new(()))));
    let (mut plain, mut cached) = (policy.layer(quick()), ResolverLayer::cached(key, cache.clone()).layer(quick()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    assert!(runtime.block_on(cache.get(7)).unwrap().is_some());
    for request in [
        "GET /7\norigin: https://a.app",
        "GET /7\norigin: https://b.app",
        "GET /7",
        "OPTIONS /7\norigin: https://a.app\naccess-control-request-method: PUT",
    ] {
        let cost = |call: &mut dyn FnMut(Request<()>)| {
            // The least of several: now and then a cache tidies up.
            let once = || {
                let mut request = Some(parse(request));
                allocation_counter::measure(|| call(request.take().unwrap())).count_total
            };
            std::iter::repeat_with(once).take(20).min().unwrap()
        };
        let without_cache = cost(&mut |request| drop(support::run(plain.call(request))));
        assert_eq!(cost(&mut |request| drop(support::run(cached.call(request)))), without_cache, "{request}");
    }
    let host = || allocation_counter::measure(|| drop("Acme.Example.:8080".parse::<HostKey>().unwrap())).count_total;
    assert_eq!(host(), 1);
}

// Tenants that are known after authentication only.

#[tokio::test]
async fn the_union_answers_preflights_and_the_guard_of_the_tenant_the_request() {
    let both = ["https://acme.app", "https://globex.app"];
    let union = Lookup::new(move |_: HostKey| async move {
        CorsLayer::new().allow_origins(both).allow_headers([http::header::AUTHORIZATION]).build().map(Some)
    });
    let reached = Arc::new(Mutex::new(Vec::new()));
    let effects = reached.clone();
    let service = by_host(union).layer(service_fn(move |request: Request<()>| {
        let effects = effects.clone();
        async move {
            let (head, ()) = request.into_parts();
            let token = head.headers.get("authorization").and_then(|token| token.to_str().ok());
            let Some(tenant) = token.and_then(|token| token.strip_prefix("Bearer ")) else {
                return Ok(Response::builder().status(StatusCode::UNAUTHORIZED).body(String::new()).unwrap());
            };
            if !policy(&format!("https://{tenant}.app")).guard().unwrap().admits(&head) {
                return Ok(Response::builder().status(StatusCode::FORBIDDEN).body(String::new()).unwrap());
            }
            effects.lock().unwrap().push(tenant.to_owned());
            Ok::<_, Infallible>(Response::new(format!("the data of {tenant}")))
        }
    }));
    for (origin, token, status, body, readable) in [
        ("https://acme.app", "Bearer acme", 200, "the data of acme", true),
        ("https://globex.app", "Bearer globex", 200, "the data of globex", true),
        ("https://globex.app", "Bearer acme", 403, "", true),
        ("https://acme.app", "Bearer globex", 403, "", true),
        ("https://evil.app", "Bearer acme", 403, "", false),
        ("null", "Bearer acme", 403, "", false),
        // Its own page, and no page at all.
        ("https://api.example", "Bearer acme", 200, "the data of acme", false),
        ("", "Bearer acme", 200, "the data of acme", false),
        ("https://acme.app", "", 401, "", true),
    ] {
        let mut request = Request::post("/").header("host", "api.example").header("authorization", token);
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        let Ok(response) = service.clone().oneshot(request.body(()).unwrap()).await;
        let seen = (response.status().as_u16(), response.body().as_str());
        assert_eq!(seen, (status, body), "{origin} {token}");
        assert_eq!(response.headers().contains_key("access-control-allow-origin"), readable, "{origin} {token}");
    }
    assert_eq!(*reached.lock().unwrap(), ["acme", "globex", "acme", "acme"]);
    for origin in both {
        let preflight = Request::options("/")
            .header("host", "api.example")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let Ok(response) = service.clone().oneshot(preflight.body(()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers()["access-control-allow-headers"], "authorization");
    }
}
