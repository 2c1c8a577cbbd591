//! A small JSON API behind a cookie session, for pages of one other origin.
//!
//! The answers below are complete but for their `date`. `allow` is axum's.
//!
//! ```text
//! $ cargo run --example axum
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/items -H 'origin: https://app.example.com' \
//!     -H 'access-control-request-method: PUT'
//! HTTP/1.1 204 No Content
//! vary: origin, access-control-request-method, access-control-request-headers
//! access-control-allow-origin: https://app.example.com
//! access-control-allow-credentials: true
//! access-control-allow-methods: PUT,DELETE
//! access-control-allow-headers: content-type
//! access-control-max-age: 7200
//! allow: GET,HEAD,POST
//!
//! $ curl -i http://127.0.0.1:3000/items -H 'origin: https://app.example.com'
//! HTTP/1.1 401 Unauthorized
//! content-type: application/json
//! vary: origin
//! access-control-expose-headers: location
//! access-control-allow-origin: https://app.example.com
//! access-control-allow-credentials: true
//! content-length: 25
//!
//! {"error":"sign in first"}
//!
//! $ curl -i -X POST http://127.0.0.1:3000/session -H 'origin: https://app.example.com'
//! HTTP/1.1 204 No Content
//! set-cookie: session=…; Path=/; HttpOnly; Secure; SameSite=None
//! vary: origin
//! access-control-expose-headers: location
//! access-control-allow-origin: https://app.example.com
//! access-control-allow-credentials: true
//!
//! $ curl -i -X POST http://127.0.0.1:3000/session -H 'origin: https://evil.example'
//! HTTP/1.1 403 Forbidden
//! vary: origin
//! cache-control: no-store
//! content-length: 0
//! ```
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_cors::CorsLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()).await?;
    Ok(())
}

/// The whole service. In axum the layer that is added last is the outermost.
pub fn app() -> Router {
    let shelf = Arc::new(Shelf::default());
    Router::new()
        .route("/items", get(list).post(create))
        .route("/items/{id}", get(read).put(update).delete(remove))
        // Only the routes above ask for a session. A path that does not exist is still a 404.
        .route_layer(middleware::from_fn_with_state(shelf.clone(), require_session))
        .route("/session", post(sign_in))
        .with_state(shelf)
        .layer(DefaultBodyLimit::max(16 * 1024))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, Duration::from_secs(10)))
        .layer(CatchPanicLayer::new())
        // Outside of everything, and after the last route: so a preflight, which has no cookie, is answered before
        // anybody asks for a session, and the page can read every error of the layers inside.
        .layer(cors())
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([LOCATION])
        .allow_credentials(true)
        .max_age(Duration::from_secs(7200))
        // The cookie is `SameSite=None`: it rides on requests of every website, so those are not even let in.
        .reject_disallowed_origins(true)
}

/// What the service remembers.
#[derive(Debug, Default)]
struct Shelf(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    sessions: HashSet<String>,
    items: BTreeMap<u64, String>,
    last_id: u64,
}

impl Shelf {
    fn open(&self) -> MutexGuard<'_, Contents> {
        // No handler leaves the contents half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Anybody may sign in: this example is not about passwords.
async fn sign_in(State(shelf): State<Arc<Shelf>>) -> Response {
    let mut token = [0; 16];
    if getrandom::fill(&mut token).is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let token = format!("{:032x}", u128::from_be_bytes(token));
    // Without `SameSite=None` and `Secure` browsers keep the cookie from pages of other sites.
    let cookie = format!("session={token}; Path=/; HttpOnly; Secure; SameSite=None");
    shelf.open().sessions.insert(token);
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

async fn require_session(State(shelf): State<Arc<Shelf>>, request: Request, next: Next) -> Response {
    if session(request.headers()).is_some_and(|token| shelf.open().sessions.contains(token)) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, Json(json!({ "error": "sign in first" }))).into_response()
    }
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split("; ")).find_map(|cookie| cookie.strip_prefix("session="))
}

async fn list(State(shelf): State<Arc<Shelf>>) -> Json<Value> {
    let shelf = shelf.open();
    Json(shelf.items.iter().map(|(id, name)| item(*id, name)).collect())
}

async fn create(State(shelf): State<Arc<Shelf>>, Json(body): Json<Value>) -> Response {
    let Some(name) = name(&body) else { return no_name() };
    let mut shelf = shelf.open();
    shelf.last_id += 1;
    let id = shelf.last_id;
    let answer = (StatusCode::CREATED, [(LOCATION, format!("/items/{id}"))], Json(item(id, name)));
    shelf.items.insert(id, name.to_owned());
    answer.into_response()
}

async fn read(State(shelf): State<Arc<Shelf>>, Path(id): Path<u64>) -> Response {
    match shelf.open().items.get(&id) {
        Some(name) => Json(item(id, name)).into_response(),
        None => not_found(),
    }
}

async fn update(State(shelf): State<Arc<Shelf>>, Path(id): Path<u64>, Json(body): Json<Value>) -> Response {
    let Some(new) = name(&body) else { return no_name() };
    match shelf.open().items.get_mut(&id) {
        Some(name) => {
            new.clone_into(name);
            Json(item(id, name)).into_response()
        }
        None => not_found(),
    }
}

async fn remove(State(shelf): State<Arc<Shelf>>, Path(id): Path<u64>) -> Response {
    match shelf.open().items.remove(&id) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => not_found(),
    }
}

fn item(id: u64, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

fn name(body: &Value) -> Option<&str> {
    body.get("name")?.as_str()
}

fn no_name() -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": "a name is needed" }))).into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "error": "no such item" }))).into_response()
}
