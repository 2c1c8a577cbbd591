//! A server without Tower: the policy decides, and ten lines do what it says.
//!
//! The answers below are complete but for their `date`.
//!
//! ```text
//! $ cargo run --example core
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i http://127.0.0.1:3000/x -H 'origin: https://app.example.com'
//! HTTP/1.1 200 OK
//! vary: origin
//! access-control-allow-origin: https://app.example.com
//! content-length: 18
//!
//! You asked for /x.
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/x -H 'origin: https://app.example.com' \
//!     -H 'access-control-request-method: DELETE'
//! HTTP/1.1 204 No Content
//! vary: origin, access-control-request-method, access-control-request-headers
//! access-control-allow-origin: https://app.example.com
//! access-control-allow-methods: DELETE
//! ```
use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower_cors::{CorsLayer, CorsPolicy, Decision};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener).await?;
    Ok(())
}

/// The ten lines.
async fn answer(cors: CorsPolicy, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    match cors.decide(&head) {
        Decision::Respond(answer) => Ok(answer.into_response()),
        Decision::Forward(cors) => {
            let mut response = handle(Request::from_parts(head, body)).await;
            cors.decorate(&mut response);
            Ok(response)
        }
    }
}

/// What the server is for.
#[allow(clippy::unused_async, reason = "yours will wait for something")]
async fn handle(request: Request<Incoming>) -> Response<Full<Bytes>> {
    Response::new(Full::from(format!("You asked for {}.\n", request.uri().path())))
}

/// Serves until the listener fails.
async fn serve(listener: TcpListener) -> Result<(), Box<dyn std::error::Error>> {
    let cors =
        CorsLayer::new().allow_origins(["https://*.example.com"]).allow_methods([Method::DELETE]).build()?.leak();
    loop {
        let (stream, _) = listener.accept().await?;
        let cors = cors.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(cors.clone(), request));
            // A connection that breaks is the affair of whoever is at its other end.
            let _broken = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
