//! The application under test: what services do, behind every kind of policy, and a log of what reached it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path, Query, Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, options};
use http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, COOKIE, ETAG, HeaderName, IF_NONE_MATCH,
    LOCATION, ORIGIN, SET_COOKIE, UPGRADE, VARY,
};
use http::{HeaderValue, Method, StatusCode, Version};
use tower_cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use crate::faults::{Change, Fault};
use crate::font::font;
use crate::greeter::greeter;

/// How often something of a case came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub arrived: usize,
    /// Those of them that are preflights.
    pub preflights: usize,
    /// Requests that reached the service behind the layer.
    pub executed: usize,
    /// Those that arrived over HTTP/2.
    pub http2: usize,
    /// How many had reached the service when the last preflight came.
    pub executed_at_last_preflight: usize,
}

impl Count {
    /// Whether a preflight came after this many requests.
    pub fn asks_after(self, executed: usize) -> bool {
        self.preflights > 0 && self.executed_at_last_preflight >= executed
    }
}

/// What came in, by the segment of the path that names the case.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<HashMap<String, Count>>>);

impl Log {
    pub fn count(&self, case: &str) -> Count {
        self.0.lock().unwrap().get(case).copied().unwrap_or_default()
    }

    fn add(&self, path: &str, change: impl FnOnce(&mut Count)) {
        let case = path.rsplit('/').find(|segment| segment.starts_with("case")).unwrap_or_default();
        change(self.0.lock().unwrap().entry(case.to_owned()).or_default());
    }
}

const X_A: HeaderName = HeaderName::from_static("x-a");
pub(crate) const X_SECRET: HeaderName = HeaderName::from_static("x-secret");

/// How long preflights are kept, where nothing else is said.
const KEPT: Duration = Duration::from_secs(600);

/// Whose requests are all refused but those of the page's own origin.
const HOME: &str = "home";

fn home() -> CorsLayer {
    unaged(other()).max_age(KEPT).reject_disallowed_origins(true)
}

fn other() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://other.example", "https://*.other.example"])
}

fn unaged(layer: CorsLayer) -> CorsLayer {
    layer
        .allow_methods([Method::PUT, Method::PATCH, Method::OPTIONS, Method::from_bytes(b"BREW").unwrap()])
        .allow_headers([CONTENT_TYPE, X_A, http::header::AUTHORIZATION])
        .expose_headers([X_A, ETAG])
        .allow_credentials(true)
}

/// Every policy that is tried, by the first segment of the path. `page`: the origin of the pages.
fn policies(page: &str) -> Vec<(&'static str, CorsLayer)> {
    let of_page = || CorsLayer::new().allow_origins([page]);
    let permissive = || CorsLayer::permissive().max_age(KEPT);
    let listed = |layer: CorsLayer| unaged(layer).max_age(KEPT);
    vec![
        ("list", listed(of_page())),
        ("denied", listed(other())),
        ("bare", of_page()),
        ("pattern", listed(CorsLayer::new().allow_origins(["http://localhost:*"]))),
        (
            "predicate",
            listed(CorsLayer::new().allow_origin(AllowOrigin::predicate({
                let page = HeaderValue::try_from(page).unwrap();
                move |origin, _| origin == page
            }))),
        ),
        ("any", permissive()),
        ("any-but-authorization", permissive().allow_headers(AllowHeaders::any_except_authorization())),
        (
            "any-with-credentials",
            of_page().allow_methods(Any).allow_headers(Any).expose_headers(Any).allow_credentials(true).max_age(KEPT),
        ),
        ("null", listed(CorsLayer::new().allow_origins(["null"])).dangerously_allow_null_origin()),
        ("enforced", listed(of_page()).reject_disallowed_origins(true)),
        ("enforced-denied", listed(other()).reject_disallowed_origins(true)),
        // The same at the page's own origin, whose requests no policy refuses.
        (HOME, home()),
        ("grpc-web", of_page().grpc_web()),
        (
            "grpc-web-unexposed",
            of_page().allow_methods([Method::POST]).allow_headers([
                CONTENT_TYPE,
                HeaderName::from_static("x-grpc-web"),
                HeaderName::from_static("x-user-agent"),
            ]),
        ),
        ("grpc-web-denied", other().grpc_web()),
        ("uncached", listed(of_page()).max_age(Duration::ZERO)),
        ("ok", listed(of_page()).preflight_status(StatusCode::OK)),
        ("unset", unaged(of_page())),
    ]
}

/// The application for pages of this origin; of counter-tests, with something wrong in it.
pub fn application(page: &str, log: &Log, fault: Option<&Fault>) -> Router {
    let mut router = Router::new();
    for (name, mut layer) in policies(page) {
        let change = fault.filter(|fault| fault.policy == name).map(|fault| fault.change);
        if let Some(Change::Rules(change)) = change {
            layer = change(layer, page);
        }
        let mut service = service(log).layer(layer);
        if let Some(Change::WithoutVary) = change {
            service = service.layer(from_fn(without_vary));
        }
        router = router.nest(&format!("/{name}"), service);
    }
    router = router.nest("/no-layer", service(log)).nest("/local", service(log));
    // What CORS layers by hand often are: the origin of whoever asks, and no Vary.
    router = router.nest("/by-hand", service(log).layer(from_fn(by_hand)));
    router.layer(from_fn_with_state(log.clone(), count_arrived))
}

/// The services of the page's own origin: one needs no layer, one is behind a policy for others.
pub fn local(log: &Log) -> Router {
    let home = service(log).layer(home());
    Router::new()
        .nest("/local", service(log))
        .nest(&format!("/{HOME}"), home)
        .layer(from_fn_with_state(log.clone(), count_arrived))
}

async fn by_hand(request: Request, next: Next) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = next.run(request).await;
    if let Some(origin) = origin {
        response.headers_mut().insert(http::header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

async fn without_vary(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().remove(VARY);
    response
}

async fn count_arrived(State(log): State<Log>, request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ORIGIN)
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let is_http2 = request.version() == Version::HTTP_2;
    log.add(request.uri().path(), |count| {
        count.arrived += 1;
        count.http2 += usize::from(is_http2);
        if is_preflight {
            count.preflights += 1;
            count.executed_at_last_preflight = count.executed;
        }
    });
    next.run(request).await
}

async fn count_executed(State(log): State<Log>, request: Request, next: Next) -> Response {
    log.add(request.uri().path(), |count| count.executed += 1);
    next.run(request).await
}

/// What a service does, by the second segment of the path.
fn service(log: &Log) -> Router {
    Router::new()
        .route("/echo/{case}", any(echo))
        .route("/status/{status}/{case}", any(status))
        .route("/redirect/{status}/{case}", any(redirect))
        .route("/conditional/{case}", get(conditional))
        .route("/stored/{case}", get(|| async { ([(CACHE_CONTROL, "max-age=600")], "stored") }))
        .route("/stored-image/{case}", get(stored_image))
        .route("/cookie/{case}", any(cookie))
        .route("/own-headers/{case}", any(own_headers))
        .route("/options/{case}", options(|| async { answer(StatusCode::OK, "what it can do".to_owned()) }))
        .route("/events/{case}", get(events))
        .route("/socket/{case}", any(socket))
        .route("/script/{case}", get(|| async { ([(CONTENT_TYPE, "text/javascript")], "") }))
        .route("/font/{case}", get(|| async { ([(CONTENT_TYPE, "font/ttf")], font()) }))
        .route("/image/{case}", get(|| async { ([(CONTENT_TYPE, "image/gif")], IMAGE) }))
        .nest("/calls/{case}", greeter())
        .layer(from_fn_with_state(log.clone(), count_executed))
}

/// A transparent pixel.
pub const IMAGE: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// What every plain answer has, by the names: those that scripts always read, and others.
pub const ANSWER: [(&str, &str); 11] = [
    ("age", "0"),
    ("cache-control", "no-store"),
    ("content-language", "en"),
    ("content-type", "text/plain"),
    ("etag", "\"e\""),
    ("expires", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("pragma", "no-cache"),
    ("server", "axum"),
    ("x-a", "1"),
    ("x-secret", "2"),
];

fn answer(status: StatusCode, text: String) -> Response {
    (status, ANSWER.map(|(name, value)| (HeaderName::from_static(name), value)), text).into_response()
}

async fn echo(method: Method, body: String) -> Response {
    answer(StatusCode::OK, format!("{method} {body}"))
}

/// A service that lets everybody read everything by itself, as those behind a second layer do.
async fn own_headers(request: Request) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut response = answer(StatusCode::OK, String::new());
    let headers = response.headers_mut();
    for (name, value) in [
        (http::header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.unwrap_or(HeaderValue::from_static("*"))),
        (http::header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
        (http::header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("x-secret")),
    ] {
        headers.insert(name, value);
    }
    response
}

async fn status(Path((status, _)): Path<(u16, String)>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = answer(status, String::new());
    if matches!(status.as_u16(), 204 | 304) {
        *response.body_mut() = Body::empty();
    }
    response
}

async fn redirect(Path((status, _)): Path<(u16, String)>, Query(query): Query<HashMap<String, String>>) -> Response {
    let to = query.get("to").and_then(|to| HeaderValue::try_from(to).ok()).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND), [(LOCATION, to)]).into_response()
}

async fn conditional(request: Request) -> Response {
    // What came of it shows in what is stored, too.
    if request.headers().contains_key(IF_NONE_MATCH) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, "\"e\""), (X_A, "2")]).into_response();
    }
    ([(ETAG, "\"e\""), (X_A, "1"), (CACHE_CONTROL, "no-cache")], "whole").into_response()
}

async fn stored_image() -> Response {
    ([(CACHE_CONTROL, "max-age=600"), (CONTENT_TYPE, "image/gif")], IMAGE).into_response()
}

/// Tells whether the cookie of this case came, and sets it. A browser keeps those of all cases.
async fn cookie(Path(case): Path<String>, request: Request) -> Response {
    let cookie = format!("{case}=1");
    let came = request.headers().get(COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let text = if came.split("; ").any(|one| one == cookie) { cookie.clone() } else { "none".to_owned() };
    ([(SET_COOKIE, format!("{cookie}; Path=/")), (CACHE_CONTROL, "no-store".to_owned())], text).into_response()
}

async fn events() -> Response {
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")], "retry: 100000\ndata: hello\n\n")
        .into_response()
}

async fn socket(upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>) -> Response {
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(|mut socket| async move {
            let _ = socket.send(Message::Text("hello".into())).await;
            // Until the page closes it: of a connection that breaks off Firefox does not tell that it was open.
            while let Some(Ok(_)) = socket.recv().await {}
        }),
        // The model has no connection to upgrade, and asks for no more than the head.
        Err(WebSocketUpgradeRejection::ConnectionNotUpgradable(_)) => {
            (StatusCode::SWITCHING_PROTOCOLS, [(UPGRADE, "websocket"), (CONNECTION, "upgrade")]).into_response()
        }
        Err(other) => other.into_response(),
    }
}
