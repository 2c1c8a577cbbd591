//! axum: an error is readable too, whoever makes it, when the layer stands where the guide says.

use std::future::pending;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use tower::service_fn;
use tower_cors::CorsLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::server::{Version, send};
use crate::stacks::serve_router;

const READABLE: &str = "access-control-allow-credentials: true
access-control-allow-origin: https://app.example.com
vary: origin";

const PERMITTED: &str = "204
access-control-allow-credentials: true
access-control-allow-origin: https://app.example.com
vary: origin, access-control-request-method, access-control-request-headers";

fn cors() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://app.example.com"]).allow_credentials(true)
}

async fn panics() -> StatusCode {
    panic!("as it is meant to")
}

async fn never() -> StatusCode {
    pending().await
}

async fn refuse_guests(request: axum::extract::Request, next: Next) -> Response {
    if request.headers().contains_key("x-guest") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

fn app() -> Router {
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_millis(1));
    let nested = Router::new().route("/list", get(|| async { "nested" })).route("/panic", get(panics));
    let with_fallback = Router::new().fallback(|| async { (StatusCode::GONE, "nothing here any more") });
    let merged = Router::new().route("/merged", get(|| async { "merged" }));
    let service = service_fn(async |_| Ok::<_, std::convert::Infallible>(StatusCode::IM_A_TEAPOT.into_response()));
    Router::new()
        .route("/", get(|| async { "the root" }))
        .route("/number/{n}", get(|Path(n): Path<u32>| async move { n.to_string() }))
        .route("/query", get(|Query(n): Query<Vec<(String, u32)>>| async move { n.len().to_string() }))
        .route("/json", post(|Json(n): Json<u32>| async move { n.to_string() }))
        .route("/small", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/slow", get(never).layer(timeout))
        .route("/panic", any(panics))
        .route("/unchanged", get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/moved", get(|| async { Redirect::temporary("/") }))
        .route("/own", get(|| async { ([("vary", "accept"), ("access-control-allow-origin", "*")], "own headers") }))
        .route_service("/service", service)
        .nest("/nested", nested)
        .nest("/gone", with_fallback)
        .nest_service("/nested-service", service)
        .merge(merged)
        .fallback(|headers: HeaderMap| async move { (StatusCode::NOT_FOUND, headers.len().to_string()) })
        .layer(middleware::from_fn(refuse_guests))
        .layer(DefaultBodyLimit::max(100))
        .layer(RequestBodyLimitLayer::new(1000))
        .layer(CatchPanicLayer::new())
        .layer(cors())
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let address = serve_router(app()).await;
    let json = "content-type: application/json\n";
    let of_length = |length: usize| format!("POST /small\n\n{}", "a".repeat(length));
    let cases = [
        (200, "GET /".to_owned()),
        (200, "HEAD /".to_owned()),
        (400, "GET /number/one".to_owned()),
        (400, "GET /query?n=one".to_owned()),
        (415, "POST /json\n\n1".to_owned()),
        (400, format!("POST /json\n{json}\nno json")),
        (422, format!("POST /json\n{json}\n\"one\"")),
        (200, format!("POST /json\n{json}\n1")),
        (200, of_length(100)),
        (413, of_length(101)),
        (413, of_length(1001)),
        (408, "GET /slow".to_owned()),
        (500, "GET /panic".to_owned()),
        (304, "GET /unchanged".to_owned()),
        (307, "GET /moved".to_owned()),
        (401, "GET /\nx-guest: yes".to_owned()),
        (405, "DELETE /".to_owned()),
        (404, "GET /nowhere".to_owned()),
        (418, "GET /service".to_owned()),
        (200, "GET /nested/list".to_owned()),
        (500, "GET /nested/panic".to_owned()),
        (405, "POST /nested/list".to_owned()),
        (404, "GET /nested/nowhere".to_owned()),
        (410, "GET /gone/away".to_owned()),
        (418, "GET /nested-service/any".to_owned()),
        (200, "GET /merged".to_owned()),
        (405, "POST /merged".to_owned()),
    ];
    for version in [Version::Http1, Version::Http2] {
        for (status, request) in &cases {
            let from = |origin: &str| match request.split_once('\n') {
                Some((line, rest)) => format!("{line}\norigin: {origin}\n{rest}"),
                None => format!("{request}\norigin: {origin}"),
            };
            let readable = send(address, version, &from("https://app.example.com")).await;
            assert_eq!((readable.status.as_u16(), readable.cors_headers().as_str()), (*status, READABLE), "{request}");
            let kept = send(address, version, &from("https://evil.example")).await;
            assert_eq!((kept.status.as_u16(), kept.cors_headers().as_str()), (*status, "vary: origin"), "{request}");
            let path = request.split_whitespace().nth(1).unwrap();
            let preflight = format!(
                "OPTIONS {path}\norigin: https://app.example.com\naccess-control-request-method: GET\nx-guest: yes"
            );
            assert_eq!(send(address, version, &preflight).await.cors(), PERMITTED, "{preflight}");
        }
        let own = send(address, version, "GET /own\norigin: https://app.example.com").await;
        assert_eq!(own.cors_headers(), READABLE.replace("vary: origin", "vary: accept\nvary: origin"));
    }
}
