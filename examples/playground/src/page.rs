//! The page, and what it asks of its server.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ask::Ask;
use crate::gate::{self, OwnPage};
use crate::places::{Places, Sender};
use crate::rules::{self, Source};
use crate::runs::{self, Run, Runs};
use crate::{judge, presets, report, service};

const LONGEST_BODY: usize = 32 * 1024;

#[derive(Clone)]
struct Page {
    places: Places,
    runs: Arc<Runs>,
    own: OwnPage,
}

/// # Panics
/// Never: see [`OwnPage::new`].
pub fn router(places: Places, runs: Arc<Runs>) -> Router {
    let own = OwnPage::new(places).expect("an origin of this machine can be guarded");
    Router::new().fallback(answer).with_state(Page { places, runs, own })
}

async fn answer(State(page): State<Page>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let mut response = route(&page, &head, body).await.unwrap_or_else(IntoResponse::into_response);
    let is_frame = head.uri.path() == FRAME;
    let policy = if is_frame { frame_policy(page.places) } else { page_policy(page.places) };
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if !is_frame {
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    }
    response
}

/// What is refused, and why; nothing of the request is in it.
struct Refused(StatusCode, &'static str);

impl IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let mut response = json_response(&json!({ "error": self.1 }));
        *response.status_mut() = self.0;
        response
    }
}

const FRAME: &str = "/frame";

async fn route(page: &Page, head: &Parts, body: Body) -> Result<Response<Body>, Refused> {
    let port = page.places.page;
    let path = head.uri.path();
    let of_frame = [FRAME, "/frame.js", "/send.js"].contains(&path);
    if !(gate::is_asked_here(head, port) || of_frame && gate::is_asked_as_preview(head, port)) {
        return Err(Refused(StatusCode::FORBIDDEN, "this server answers to localhost only"));
    }
    if head.method == Method::POST {
        return control(page, head, body).await;
    }
    if head.method != Method::GET && head.method != Method::HEAD {
        return Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "there is GET, and POST for the page itself"));
    }
    match path {
        // One name, so that the page has one origin.
        "/" if !gate::is_asked_as(head, "localhost", port) => {
            let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
            if let Ok(location) = HeaderValue::try_from(format!("{}/", page.places.page_origin())) {
                response.headers_mut().insert(LOCATION, location);
            }
            Ok(response)
        }
        "/" => Ok(file("text/html; charset=utf-8", include_str!("web/index.html"))),
        "/style.css" => Ok(file("text/css; charset=utf-8", include_str!("web/style.css"))),
        "/app.js" => Ok(file("text/javascript; charset=utf-8", include_str!("web/app.js"))),
        "/show.js" => Ok(file("text/javascript; charset=utf-8", include_str!("web/show.js"))),
        "/send.js" => Ok(file("text/javascript; charset=utf-8", include_str!("web/send.js"))),
        "/icon.svg" => Ok(file("image/svg+xml", include_str!("web/icon.svg"))),
        FRAME => Ok(file("text/html; charset=utf-8", include_str!("web/frame.html"))),
        "/frame.js" => Ok(file("text/javascript; charset=utf-8", include_str!("web/frame.js"))),
        "/presets.json" => Ok(json_response(&presets::all(page.places))),
        _ => Err(Refused(StatusCode::NOT_FOUND, "there is nothing here")),
    }
}

/// What only the page itself may ask.
async fn control(page: &Page, head: &Parts, body: Body) -> Result<Response<Body>, Refused> {
    if !page.own.admits(head) {
        return Err(Refused(StatusCode::FORBIDDEN, "policies are taken from the playground's own page only"));
    }
    if !gate::is_json(head) {
        return Err(Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must be application/json"));
    }
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return Err(Refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 32 KiB"));
    };
    match head.uri.path() {
        "/api/check" => Ok(json_response(&rules::check(&read::<Source>(&body)?))),
        "/api/run" => run(page, read(&body)?).await,
        "/api/outcome" => outcome(page, &read(&body)?).await,
        _ => Err(Refused(StatusCode::NOT_FOUND, "there is nothing here")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|_| Refused(StatusCode::BAD_REQUEST, "the body is not what is asked for here"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Try {
    policy: Source,
    ask: Ask,
}

/// Puts a policy in force for one request, and says where.
async fn run(page: &Page, tried: Try) -> Result<Response<Body>, Refused> {
    tried.ask.check().map_err(|fault| Refused(StatusCode::UNPROCESSABLE_ENTITY, fault))?;
    let checked = rules::check(&tried.policy);
    let (Some(policy), Some(fields)) = (checked.policy, checked.fields) else {
        return Err(Refused(StatusCode::UNPROCESSABLE_ENTITY, "this policy has problems: no server runs with it"));
    };
    let id = runs::new_id().map_err(|_| Refused(StatusCode::INTERNAL_SERVER_ERROR, "there are no random numbers"))?;
    let model = judge::model(page.places, &policy, &tried.ask, &id).await;
    let answer = json!({
        "run": id,
        "url": tried.ask.url(page.places, &id),
        "origin": page.places.origin_of(tried.ask.sender),
        "model": report::of_model(&model),
        "kept": judge::kept(page.places, &policy, &tried.ask, &id).await,
    });
    page.runs.keep(id, Run::new(fields, policy, tried.ask, model));
    let mut response = json_response(&answer);
    // Cookies know no ports: the API, at another port of the same host, gets it.
    response.headers_mut().insert(SET_COOKIE, HeaderValue::from_static(service::SET_COOKIE));
    Ok(response)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    run: String,
}

async fn outcome(page: &Page, of: &Of) -> Result<Response<Body>, Refused> {
    let run = page.runs.get(&of.run).ok_or(Refused(StatusCode::NOT_FOUND, "this try is not kept any more"))?;
    Ok(json_response(&report::of_run(page.places, &run).await))
}

fn file(content_type: &'static str, text: &'static str) -> Response<Body> {
    ([(CONTENT_TYPE, content_type)], text).into_response()
}

fn json_response(value: &impl serde::Serialize) -> Response<Body> {
    const TYPE: [(HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];
    match serde_json::to_string(value) {
        Ok(text) => (TYPE, text).into_response(),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, TYPE, Value::Null.to_string()).into_response(),
    }
}

fn page_policy(places: Places) -> String {
    let frames = [Sender::Page, Sender::Loopback, Sender::Preview].map(|sender| places.origin_of(sender));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {}; frame-src {}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
        places.api_origin(),
        frames.join(" ")
    )
}

/// The frame is sandboxed at times: its own origin is then not `'self'`.
fn frame_policy(places: Places) -> String {
    format!(
        "default-src 'none'; script-src 'self' {}; connect-src {}; base-uri 'none'; form-action 'none'; \
         frame-ancestors {}; require-trusted-types-for 'script'; trusted-types 'none'",
        places.page_origin(),
        places.api_origin(),
        places.page_origin()
    )
}
