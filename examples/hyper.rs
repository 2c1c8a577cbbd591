//! A Tower service behind the layer, served by plain hyper: HTTP/1.1 and HTTP/2, no framework.
//!
//! The answers below are complete but for their `date`.
//!
//! ```text
//! $ cargo run --example hyper
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i http://127.0.0.1:3000/greeting -H 'origin: http://localhost:5173'
//! HTTP/1.1 200 OK
//! etag: "1"
//! vary: origin
//! access-control-expose-headers: etag
//! access-control-allow-origin: http://localhost:5173
//! content-length: 10
//!
//! Good day.
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/greeting -H 'origin: http://localhost:5173' \
//!     -H 'access-control-request-method: PUT'
//! HTTP/1.1 204 No Content
//! vary: origin, access-control-request-method, access-control-request-headers
//! access-control-allow-origin: http://localhost:5173
//! access-control-allow-methods: PUT
//! access-control-allow-headers: content-type
//! access-control-max-age: 600
//! ```
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_cors::CorsLayer;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener).await?;
    Ok(())
}

/// Serves until the listener fails.
async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let cors = CorsLayer::new()
        .allow_origins(["https://app.example.com", "http://localhost:*"])
        .allow_methods([Method::PUT])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([ETAG])
        .max_age(Duration::from_secs(600))
        // From outside, a file for example, rules are better checked as a value: the error names every problem.
        .build()
        .map_err(std::io::Error::other)?;
    let service = TowerToHyperService::new(ServiceBuilder::new().layer(cors).service_fn(answer));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            // A connection that breaks is the affair of whoever is at its other end.
            let _broken = auto::Builder::new(TokioExecutor::new())
                .serve_connection_with_upgrades(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// `Full` has a `Default`, the empty body that the layer answers preflights with; `Incoming` has none.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/greeting") => {
            response.headers_mut().insert(ETAG, http::HeaderValue::from_static("\"1\""));
            *response.body_mut() = Full::from("Good day.\n");
        }
        (_, "/greeting") => *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED,
        _ => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    Ok(response)
}
