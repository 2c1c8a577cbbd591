//! Different policies on different routes, and two layers around the same one. The guide has the same recipes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use bytes::Bytes;
use http::header::{ETAG, HeaderName};
use http::{HeaderValue, Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use tower::{Layer, service_fn as tower_service_fn};
use tower_cors::{CorsLayer, CorsPolicy, Decision};

use crate::server::{INNER, Version, send};
use crate::stacks::{serve_hyper, serve_router};

const PAGE: &str = "https://app.example.com";

fn account() -> CorsLayer {
    CorsLayer::new().allow_origins([PAGE]).allow_methods([Method::PUT]).allow_credentials(true)
}

/// Closed for every other origin, and said so to caches and to preflights.
fn closed() -> CorsLayer {
    CorsLayer::new()
}

/// Closed, and other websites' requests do not even come in.
fn own_pages_only() -> CorsLayer {
    CorsLayer::new().reject_disallowed_origins(true)
}

const ANYBODY: &str = "inner\naccess-control-allow-origin: *";
const THE_PAGE: &str = "inner
access-control-allow-credentials: true
access-control-allow-origin: https://app.example.com
vary: origin";
const NOBODY: &str = "inner\nvary: origin";
const DENIED_PREFLIGHT: &str = "403
vary: origin, access-control-request-method, access-control-request-headers";

/// `/account` with its own policy, `/public` opened, `/internal` closed, `/admin` for the service's own pages, and the
/// rest closed.
async fn check_routes(address: SocketAddr) {
    let preflight =
        |path: &str, origin: &str| format!("OPTIONS {path}\norigin: {origin}\naccess-control-request-method: GET");
    let get = |path: &str, origin: &str| format!("GET {path}\norigin: {origin}");
    let permitted_any = "204
access-control-allow-headers: *,authorization
access-control-allow-methods: *
access-control-allow-origin: *
vary: origin, access-control-request-method, access-control-request-headers";
    let permitted_page = "204
access-control-allow-credentials: true
access-control-allow-methods: PUT
access-control-allow-origin: https://app.example.com
vary: origin, access-control-request-method, access-control-request-headers";
    let any = format!("{ANYBODY}\naccess-control-expose-headers: *");
    let evil = "https://evil.example";
    let cases = [
        (get("/account/name", PAGE), THE_PAGE),
        (get("/account/name", evil), NOBODY),
        (get("/account/nowhere", PAGE), THE_PAGE),
        (preflight("/account/name", PAGE), permitted_page),
        (preflight("/account/name", evil), DENIED_PREFLIGHT),
        (get("/public/news", PAGE), &any),
        (get("/public/news", evil), &any),
        (get("/public/nowhere", evil), &any),
        ("GET /public/news".to_owned(), &any),
        (preflight("/public/news", evil), permitted_any),
        (get("/internal/state", PAGE), NOBODY),
        (preflight("/internal/state", PAGE), DENIED_PREFLIGHT),
        (get("/admin/state", PAGE), "403\ncache-control: no-store\nvary: origin"),
        ("GET /admin/state".to_owned(), NOBODY),
        (preflight("/admin/state", PAGE), &DENIED_PREFLIGHT.replace("403", "403\ncache-control: no-store")),
        (get("/nowhere", PAGE), NOBODY),
        (preflight("/nowhere", PAGE), DENIED_PREFLIGHT),
        // What looks like another route to somebody else does not get another route's policy.
        (get("/publicity", PAGE), NOBODY),
        (get("/PUBLIC/news", PAGE), NOBODY),
        (get("//public/news", PAGE), NOBODY),
        (get("/%70ublic/news", PAGE), NOBODY),
        (get("/account/../public/news", PAGE), THE_PAGE),
        (get("/account/%2e%2e/public/news", PAGE), THE_PAGE),
    ];
    for version in [Version::Http1, Version::Http2] {
        for (request, expected) in &cases {
            assert_eq!(send(address, version, request).await.cors(), *expected, "{version:?} {request}");
        }
    }
}

async fn named() -> ([(&'static str, &'static str); 1], &'static str) {
    ([(INNER, "axum")], "here")
}

async fn unnamed() -> (StatusCode, [(&'static str, &'static str); 1]) {
    (StatusCode::NOT_FOUND, [(INNER, "axum")])
}

#[tokio::test]
async fn axum_a_policy_for_each_sub_router() {
    let group = |path: &str| Router::new().route(path, get(named)).fallback(unnamed);
    let app = Router::new()
        .nest("/account", group("/name").layer(account()))
        .nest("/public", group("/news").layer(CorsLayer::permissive()))
        .nest("/internal", group("/state").layer(closed()))
        .nest("/admin", group("/state").layer(own_pages_only()))
        .fallback_service(closed().layer(Router::new().fallback(unnamed)));
    check_routes(serve_router(app).await).await;
}

#[tokio::test]
async fn hyper_a_policy_for_each_path() {
    struct Policies {
        account: CorsPolicy,
        public: CorsPolicy,
        internal: CorsPolicy,
        admin: CorsPolicy,
    }
    impl Policies {
        fn of(&self, path: &str) -> &CorsPolicy {
            match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
                Some(("account", _)) => &self.account,
                Some(("public", _)) => &self.public,
                Some(("admin", _)) => &self.admin,
                _ => &self.internal,
            }
        }
    }
    let policies = Arc::new(Policies {
        account: account().build().unwrap(),
        public: CorsLayer::permissive().build().unwrap(),
        internal: closed().build().unwrap(),
        admin: own_pages_only().build().unwrap(),
    });
    let serve = async |policies: Arc<Policies>, request: Request<Incoming>| {
        let (head, _) = request.into_parts();
        Ok::<_, Infallible>(match policies.of(head.uri.path()).decide(&head) {
            Decision::Respond(answer) => answer.into_response(),
            Decision::Forward(cors) => {
                let mut response = Response::new(Full::<Bytes>::default());
                response.headers_mut().insert(INNER, HeaderValue::from_static("hyper"));
                cors.decorate(&mut response);
                response
            }
        })
    };
    let address = serve_hyper(service_fn(move |request| serve(policies.clone(), request))).await;
    check_routes(address).await;
}

/// Routers that are merged keep their own layers.
#[tokio::test]
async fn axum_one_route_opened_and_one_closed() {
    let app = Router::new()
        .merge(Router::new().route("/account", get(named)).layer(account()))
        .merge(Router::new().route("/status", get(named)).layer(CorsLayer::permissive()))
        .route("/metrics", get(named).layer(closed()))
        .fallback_service(closed().layer(Router::new().fallback(unnamed)));
    let address = serve_router(app).await;
    for (path, expected) in [
        ("/account", THE_PAGE.to_owned()),
        ("/status", format!("{ANYBODY}\naccess-control-expose-headers: *")),
        ("/metrics", NOBODY.to_owned()),
        ("/nowhere", NOBODY.to_owned()),
    ] {
        let answer = send(address, Version::Http1, &format!("GET {path}\norigin: {PAGE}")).await;
        assert_eq!(answer.cors(), expected, "{path}");
    }
}

/// The host tells the tenant: in axum, and around a Tower service in hyper.
#[cfg(feature = "resolver-cache")]
#[tokio::test]
async fn axum_and_hyper_a_policy_for_each_tenant() {
    use crate::server::send_raw;
    use tower_cors::resolver::{HostKey, Lookup, PolicyCache, ResolverLayer, Target};

    let policy_of = async |host: HostKey| {
        let layer = || CorsLayer::new().allow_methods([Method::PUT]).allow_credentials(true);
        match host.as_str() {
            "acme.example" => layer().allow_origins([PAGE]).build().map(Some),
            "globex.example" => layer().allow_origins(["https://globex.app"]).build().map(Some),
            "broken.example" => layer().allow_origins(["nonsense"]).build().map(Some),
            _ => Ok(None),
        }
    };
    let cache = PolicyCache::builder(Lookup::new(policy_of), std::time::Duration::from_secs(60)).build();
    let layer = ResolverLayer::cached(|target: &Target<'_>| target.host(), cache);
    let in_tower = layer.layer(tower_service_fn(async |_: Request<Incoming>| {
        Ok::<_, Infallible>(Response::builder().header(INNER, "hyper").body(Full::<Bytes>::default()).unwrap())
    }));
    let in_axum = Router::new().route("/", get(named)).layer(layer);
    let in_hyper = hyper_util::service::TowerToHyperService::new(in_tower);
    let the_page = THE_PAGE.replace("vary", "vary: host\nvary");
    let nobody = "inner\nvary: host\nvary: origin";
    let failed = "503\ncache-control: no-store\nvary: host\nvary: origin";
    for address in [serve_router(in_axum).await, serve_hyper(in_hyper).await] {
        for (host, origin, expected, preflight) in [
            ("acme.example", PAGE, &*the_page, 204),
            ("ACME.example.:8080", PAGE, &the_page, 204),
            ("acme.example", "https://globex.app", nobody, 403),
            ("globex.example", PAGE, nobody, 403),
            ("nobody.example", PAGE, nobody, 403),
            ("broken.example", PAGE, failed, 503),
        ] {
            let head = format!("/ HTTP/1.1\nhost: {host}\norigin: {origin}");
            assert_eq!(send_raw(address, &format!("GET {head}")).await.cors(), expected, "{head}");
            let ask = format!("OPTIONS {head}\naccess-control-request-method: PUT");
            assert_eq!(send_raw(address, &ask).await.status, preflight, "{head}");
        }
    }
}

/// The outermost layer has the last word, and alone answers preflights.
#[tokio::test]
async fn two_layers_around_each_other() {
    let open = || CorsLayer::permissive().expose_headers(tower_cors::ExposeHeaders::default());
    let etag = || account().expose_headers([ETAG, HeaderName::from_static("x-total")]);
    let preflight = format!("OPTIONS /\norigin: {PAGE}\naccess-control-request-method: PUT");
    let read = format!("GET /\norigin: {PAGE}");
    let permitted_page = "204
access-control-allow-credentials: true
access-control-allow-methods: PUT
access-control-allow-origin: https://app.example.com
vary: origin, access-control-request-method, access-control-request-headers";
    let permitted_any = "204
access-control-allow-headers: *,authorization
access-control-allow-methods: *
access-control-allow-origin: *
vary: origin, access-control-request-method, access-control-request-headers";
    for (name, outer, inner, answer, to_preflight) in [
        ("what the inner one closes the outer one opens", account(), closed(), THE_PAGE.to_owned(), permitted_page),
        ("to everybody too", open(), closed(), format!("{ANYBODY}\nvary: origin"), permitted_any),
        ("what the inner one opens the outer one closes", closed(), account(), NOBODY.to_owned(), DENIED_PREFLIGHT),
        ("from everybody too", closed(), open(), NOBODY.to_owned(), DENIED_PREFLIGHT),
        ("one answer, not two", account(), account(), THE_PAGE.to_owned(), permitted_page),
        (
            "exposed headers stay where the outer one names none",
            account(),
            etag(),
            THE_PAGE.replace("\nvary", "\naccess-control-expose-headers: etag,x-total\nvary"),
            permitted_page,
        ),
        (
            "the inner one still refuses, and the outer one makes the refusal readable",
            open(),
            own_pages_only(),
            "403\naccess-control-allow-origin: *\ncache-control: no-store\nvary: origin".to_owned(),
            permitted_any,
        ),
        (
            "the outer one refuses before the inner one is asked",
            own_pages_only(),
            open(),
            "403\ncache-control: no-store\nvary: origin".to_owned(),
            "403\ncache-control: no-store\nvary: origin, access-control-request-method, access-control-request-headers",
        ),
    ] {
        let in_axum = Router::new().route("/", get(named)).layer(inner.clone()).layer(outer.clone());
        let in_tower = outer.layer(inner.layer(tower_service_fn(async |_: Request<Incoming>| {
            Ok::<_, Infallible>(Response::builder().header(INNER, "hyper").body(Full::<Bytes>::default()).unwrap())
        })));
        let in_hyper = hyper_util::service::TowerToHyperService::new(in_tower);
        for address in [serve_router(in_axum).await, serve_hyper(in_hyper).await] {
            assert_eq!(send(address, Version::Http1, &read).await.cors(), answer, "{name}");
            assert_eq!(send(address, Version::Http2, &preflight).await.cors(), to_preflight, "{name}");
        }
    }
}

/// Below a prefix that is nested without a fallback of its own, the outer fallback answers: without the inner policy.
#[tokio::test]
async fn axum_a_nested_router_without_a_fallback_borrows_the_outer_one() {
    let app = Router::new()
        .nest("/public", Router::new().route("/news", get(named)).layer(CorsLayer::permissive()))
        .fallback(unnamed);
    let address = serve_router(app).await;
    let news = send(address, Version::Http1, "GET /public/news").await;
    assert_eq!(news.cors(), format!("{ANYBODY}\naccess-control-expose-headers: *"));
    assert_eq!(send(address, Version::Http1, "GET /public/nowhere").await.cors(), "inner");
}
