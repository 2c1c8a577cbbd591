//! A WebSocket that only trusted pages can open: browsers never look at CORS headers there, so the server must look at
//! the origin.
//!
//! The answers below are complete but for their `date`.
//!
//! ```text
//! $ cargo run --example websocket
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i --max-time 1 http://127.0.0.1:3000/echo -H 'origin: https://app.example.com' -H 'connection: upgrade' \
//!     -H 'upgrade: websocket' -H 'sec-websocket-version: 13' -H 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
//! HTTP/1.1 101 Switching Protocols
//! connection: upgrade
//! upgrade: websocket
//! sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
//! vary: origin
//! access-control-allow-origin: https://app.example.com
//!
//! $ curl -i http://127.0.0.1:3000/echo -H 'origin: https://evil.example' -H 'connection: upgrade' \
//!     -H 'upgrade: websocket' -H 'sec-websocket-version: 13' -H 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='
//! HTTP/1.1 403 Forbidden
//! content-type: text/plain; charset=utf-8
//! vary: origin
//! content-length: 19
//!
//! not from this page
//! ```
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tower_cors::{CorsLayer, OriginGuard, PolicyError};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app()?).await?;
    Ok(())
}

/// One set of trusted origins, for the pages that read and for those that open the socket.
///
/// # Errors
/// If the rules are wrong, or trust an origin that anybody can have.
pub fn app() -> Result<Router, PolicyError> {
    let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
    let guard = policy.guard()?;
    Ok(Router::new()
        // `any`, for over HTTP/2 the method of a handshake is CONNECT.
        .route("/echo", any(open))
        .with_state(guard)
        .route("/", get("anybody may ask for this\n"))
        .layer(policy))
}

async fn open(State(guard): State<OriginGuard>, head: Parts, handshake: WebSocketUpgrade) -> Response {
    if !guard.admits(&head) {
        return (StatusCode::FORBIDDEN, "not from this page\n").into_response();
    }
    handshake.on_upgrade(echo)
}

/// Sends back whatever comes, until one side has enough.
async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}
