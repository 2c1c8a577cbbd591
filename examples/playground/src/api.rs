//! The API: the other origin. Each try has a path of its own, under which exactly its policy is in force.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use http_body_util::{BodyExt as _, Full};
use tower::ServiceExt as _;
use tower_cors::Decision;

use crate::gate;
use crate::places::Places;
use crate::runs::{Exchange, Run, Runs};
use crate::service;

const LONGEST_BODY: usize = 16 * 1024;
const LONGEST_HEAD: usize = 16 * 1024;

#[derive(Clone)]
struct Api {
    port: u16,
    runs: Arc<Runs>,
}

pub fn router(places: Places, runs: Arc<Runs>) -> Router {
    Router::new().fallback(answer).with_state(Api { port: places.api, runs })
}

async fn answer(State(api): State<Api>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    if !gate::is_asked_here(&head, api.port) {
        return refuse(StatusCode::FORBIDDEN, "this server answers to localhost only\n");
    }
    let Some(run) = run_of(head.uri.path()).and_then(|id| api.runs.get(id)) else {
        return refuse(StatusCode::NOT_FOUND, "there is nothing here: policies are tried from the playground's page\n");
    };
    if size(&head.headers) > LONGEST_HEAD {
        return refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are longer than 16 KiB\n");
    }
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 16 KiB\n");
    };
    serve(&run, head, body).await
}

/// `/run/{id}/…`
fn run_of(path: &str) -> Option<&str> {
    path.strip_prefix("/run/")?.split_once('/').map(|(id, _)| id)
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

async fn serve(run: &Run, head: axum::http::request::Parts, body: bytes::Bytes) -> Response<Body> {
    let by_policy = matches!(run.policy.decide(&head), Decision::Respond(_));
    let request = Request::from_parts(head.clone(), Full::new(body.clone()));
    let Ok(response) = service::under(&run.policy).oneshot(request).await;
    let (mut response, response_body) = response.into_parts();
    harden(&mut response.headers);
    let Ok(response_body) = response_body.collect().await;
    let response_body = response_body.to_bytes();
    run.record(Exchange {
        request: head,
        request_body: body,
        response: response.clone(),
        response_body: response_body.clone(),
        by_policy,
    });
    Response::from_parts(response, Body::from(response_body))
}

/// Whatever it is, no browser runs it.
fn harden(headers: &mut HeaderMap) {
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("content-security-policy", HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
}

fn refuse(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = (status, text).into_response();
    harden(response.headers_mut());
    response
}
