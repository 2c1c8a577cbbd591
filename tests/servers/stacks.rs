//! The same contract for axum, for hyper with a Tower service, and for hyper without Tower.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Router;
use axum::response::Response as AxumResponse;
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tower::ServiceBuilder;
use tower_cors::{CorsLayer, CorsPolicy, Decision};

use crate::contract;
use crate::server::{INNER, listener};

#[tokio::test]
async fn axum_keeps_the_contract() {
    contract::check(async |cors| serve_router(Router::new().fallback(inner).layer(cors)).await).await;
}

#[tokio::test]
async fn hyper_with_tower_keeps_the_contract() {
    contract::check(with_tower).await;
}

#[tokio::test]
async fn hyper_without_tower_keeps_the_contract() {
    contract::check(without_tower).await;
}

async fn inner() -> AxumResponse {
    let mut response = AxumResponse::default();
    response.headers_mut().insert(INNER, HeaderValue::from_static("axum"));
    response
}

pub(crate) async fn serve_router(router: Router) -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Serves HTTP/1.1 and HTTP/2, upgrades and extended CONNECT included.
pub(crate) async fn serve_hyper<S>(service: S) -> SocketAddr
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<Full<Bytes>>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let mut builder = auto::Builder::new(TokioExecutor::new());
                builder.http2().enable_connect_protocol();
                builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await.ok();
            });
        }
    });
    address
}

async fn handle(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::builder().header(INNER, "hyper").body(Full::default()).unwrap())
}

pub(crate) async fn with_tower(cors: CorsLayer) -> SocketAddr {
    serve_hyper(TowerToHyperService::new(ServiceBuilder::new().layer(cors).service_fn(handle))).await
}

pub(crate) async fn without_tower(cors: CorsLayer) -> SocketAddr {
    let cors = cors.build().unwrap();
    serve_hyper(service_fn(move |request| answer(cors.clone(), request))).await
}

async fn answer(cors: CorsPolicy, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    match cors.decide(&head) {
        Decision::Respond(answer) => Ok(answer.into_response()),
        Decision::Forward(cors) => {
            let mut response = handle(Request::from_parts(head, body)).await?;
            cors.decorate(&mut response);
            Ok(response)
        }
    }
}
