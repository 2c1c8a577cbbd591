//! The service behind the policy: it says what it got, and knows nothing of CORS.

use std::convert::Infallible;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, LOCATION};
use axum::http::{HeaderValue, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::Layer as _;
use tower::util::BoxCloneSyncService;
use tower_cors::CorsPolicy;

use crate::ask::Path;

/// The cookie by which the service knows its user. Its value is no secret: it proves that a cookie came.
pub const COOKIE_NAME: &str = "playground_user";
pub const SET_COOKIE: &str = "playground_user=alice; Path=/run/; SameSite=Lax; HttpOnly; Max-Age=3600";

pub type Service = BoxCloneSyncService<Request<Full<Bytes>>, Response<Full<Bytes>>, Infallible>;

/// The service under exactly this policy.
pub fn under(policy: &CorsPolicy) -> Service {
    BoxCloneSyncService::new(policy.layer(tower::service_fn(async |request| Ok(answer(request).await))))
}

async fn answer(request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let (above, segment) = path.rsplit_once('/').unwrap_or_default();
    match Path::of_segment(segment) {
        Path::Items => {
            let Ok(body) = body.collect().await;
            let body = body.to_bytes();
            let got = json!({
                "method": parts.method.as_str(),
                "user": user(&parts.headers),
                "content_type": parts.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes())),
                "body": String::from_utf8_lossy(&body),
            });
            let mut response = json(StatusCode::OK, &got);
            response.headers_mut().insert(ETAG, HeaderValue::from_static("\"1\""));
            response.headers_mut().insert("x-total-count", HeaderValue::from_static("3"));
            response
        }
        Path::Missing => json(StatusCode::NOT_FOUND, &json!({ "error": "no such thing" })),
        Path::Error => json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": "the service has failed" })),
        Path::Redirect => {
            let mut response = json(StatusCode::TEMPORARY_REDIRECT, &json!({ "moved": "to items" }));
            if let Ok(location) = HeaderValue::try_from(format!("{above}/items")) {
                response.headers_mut().insert(LOCATION, location);
            }
            response
        }
        // What a gRPC-Web server answers to a call that fails: everything is in the headers.
        Path::Greet => {
            let mut response = Response::new(Full::default());
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc-web+proto"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert("grpc-status", HeaderValue::from_static("5"));
            headers.insert("grpc-message", HeaderValue::from_static("nobody of that name"));
            response
        }
    }
}

fn user(headers: &axum::http::HeaderMap) -> Option<&'static str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.any(|pair| pair == (COOKIE_NAME, "alice")).then_some("alice")
}

fn json(status: StatusCode, value: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
