//! axum: the layer in the wrong place, and what a page would see. The guide tells the same stories.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use tower::ServiceBuilder;
use tower_cors::CorsLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::server::{Version, send};
use crate::stacks::serve_router;

const ORIGIN: &str = "origin: https://app.example.com";
const PREFLIGHT: &str = "OPTIONS /
origin: https://app.example.com
access-control-request-method: PUT
access-control-request-headers: authorization";
const PERMITTED: &str = "204
access-control-allow-headers: authorization
access-control-allow-methods: PUT
access-control-allow-origin: https://app.example.com
vary: origin, access-control-request-method, access-control-request-headers";
const READABLE: &str = "access-control-allow-origin: https://app.example.com
vary: origin";

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .allow_methods([Method::PUT])
        .allow_headers([AUTHORIZATION])
}

fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { "read" }).put(|| async { "written" }))
        .route("/panic", get(async || -> StatusCode { panic!("as it is meant to") }))
        .route("/slow", get(async || -> StatusCode { std::future::pending().await }))
        .route("/upload", post(|body: Bytes| async move { body.len().to_string() }))
}

/// Who does not sign in is sent away.
async fn sign_in(request: Request, next: Next) -> Response {
    if request.headers().contains_key(AUTHORIZATION) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

/// The answers to requests, each as its status and the headers of the policy.
async fn check(router: Router, cases: &[(&str, &str)]) {
    let address = serve_router(router).await;
    for version in [Version::Http1, Version::Http2] {
        for (request, expected) in cases {
            let answer = send(address, version, request).await;
            let got = format!("{}\n{}", answer.status.as_u16(), answer.cors_headers());
            assert_eq!(got.trim_end(), *expected, "{request}");
        }
    }
}

fn readable(status: u16) -> String {
    format!("{status}\n{READABLE}")
}

#[tokio::test]
async fn the_right_order() {
    let limits = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(1));
    let app = Router::new()
        .route("/", get(|| async { "read" }))
        .route("/slow", get(async || -> StatusCode { std::future::pending().await }).layer(limits))
        .layer(middleware::from_fn(sign_in))
        .layer(cors());
    let cases = [
        (PREFLIGHT, PERMITTED.to_owned()),
        (&format!("GET /\n{ORIGIN}"), readable(401)),
        (&format!("GET /\n{ORIGIN}\nauthorization: a"), readable(200)),
        (&format!("GET /slow\n{ORIGIN}\nauthorization: a"), readable(408)),
        (&format!("GET /nowhere\n{ORIGIN}\nauthorization: a"), readable(404)),
    ];
    check(app, &cases.each_ref().map(|(request, answer)| (*request, answer.as_str()))).await;
}

#[tokio::test]
async fn before_the_routes_it_is_around_nothing() {
    for app in [
        Router::new().layer(cors()).merge(routes()),
        Router::new().layer(cors()).route("/", get(|| async { "read" })),
        Router::new().layer(cors()).fallback_service(routes()),
    ] {
        check(app, &[(PREFLIGHT, "405"), (&format!("GET /\n{ORIGIN}"), "200")]).await;
    }
    // A fallback that is added later replaces the one that the layer was around.
    let app = routes().layer(cors()).fallback(|| async { StatusCode::NOT_FOUND });
    check(app, &[(PREFLIGHT, PERMITTED), (&format!("GET /nowhere\n{ORIGIN}"), "404")]).await;
}

#[tokio::test]
async fn inside_of_authentication_the_preflight_is_turned_away() {
    let app = routes().layer(cors()).layer(middleware::from_fn(sign_in));
    let cases = [
        (PREFLIGHT.to_owned(), "401".to_owned()),
        // And nobody can read why.
        (format!("GET /\n{ORIGIN}"), "401".to_owned()),
        (format!("GET /\n{ORIGIN}\nauthorization: a"), readable(200)),
    ];
    check(app, &cases.each_ref().map(|(request, answer)| (request.as_str(), answer.as_str()))).await;
}

#[tokio::test]
async fn inside_of_limits_their_errors_are_unreadable() {
    let slow = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(1));
    let app = Router::new().merge(routes().layer(cors())).layer(slow);
    check(app, &[(&format!("GET /slow\n{ORIGIN}"), "408")]).await;

    let app = routes().layer(cors()).layer(RequestBodyLimitLayer::new(3)).layer(CatchPanicLayer::new());
    check(app, &[(&format!("POST /upload\n{ORIGIN}\n\nfour"), "413"), (&format!("GET /panic\n{ORIGIN}"), "500")]).await;
}

#[tokio::test]
async fn inside_of_a_redirect_the_preflight_is_redirected() {
    let redirect = middleware::from_fn(|_: Request, _: Next| async { Redirect::permanent("https://api.example.com/") });
    check(routes().layer(cors()).layer(redirect), &[(PREFLIGHT, "308")]).await;
}

#[tokio::test]
async fn a_route_layer_is_not_around_what_has_no_route() {
    let app = routes().route_layer(cors());
    check(
        app,
        &[
            (PREFLIGHT, PERMITTED),
            (&format!("GET /\n{ORIGIN}"), &readable(200)),
            (&format!("DELETE /\n{ORIGIN}"), &readable(405)),
            (&format!("GET /nowhere\n{ORIGIN}"), "404"),
            (&PREFLIGHT.replacen('/', "/nowhere", 1), "404"),
        ],
    )
    .await;
    // On a single route it is around its methods only, and OPTIONS is none of them.
    let app = Router::new().route("/", get(|| async { "read" }).route_layer(cors()));
    check(app, &[(PREFLIGHT, "405"), (&format!("GET /\n{ORIGIN}"), &readable(200))]).await;
    let app = Router::new().route("/", get(|| async { "read" }).layer(cors()));
    check(app, &[(PREFLIGHT, PERMITTED), (&format!("DELETE /\n{ORIGIN}"), &readable(405))]).await;
}

#[tokio::test]
async fn a_service_builder_counts_the_other_way() {
    let sign_in = || middleware::from_fn(sign_in);
    let answers = |preflight: &'static str, get: String| {
        [(PREFLIGHT, preflight.to_owned()), ("GET /\norigin: https://app.example.com", get)]
    };
    for (app, cases) in [
        // The first of a builder is the outermost; the last of a router is.
        (routes().layer(ServiceBuilder::new().layer(cors()).layer(sign_in())), answers(PERMITTED, readable(401))),
        (routes().layer(sign_in()).layer(cors()), answers(PERMITTED, readable(401))),
        (routes().layer(ServiceBuilder::new().layer(sign_in()).layer(cors())), answers("401", "401".to_owned())),
        (routes().layer(cors()).layer(sign_in()), answers("401", "401".to_owned())),
    ] {
        check(app, &cases.each_ref().map(|(request, answer)| (*request, answer.as_str()))).await;
    }
}

#[tokio::test]
async fn an_options_route_never_sees_a_preflight() {
    let app = Router::new().route("/", any(|| async { "any method" })).layer(cors());
    let allowed =
        "200\naccess-control-allow-origin: https://app.example.com\nvary: origin, access-control-request-method";
    check(app, &[(PREFLIGHT, PERMITTED), (&format!("OPTIONS /\n{ORIGIN}"), allowed)]).await;
}
