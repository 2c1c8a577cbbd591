//! What both databases' tests need: requests over a socket, and waiting for something without measuring it.
#![allow(dead_code, reason = "each test uses its part")]

pub mod deaf;
pub mod directory;
pub mod program;
pub mod server;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use tenants::postgres::Replica;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;
use tower_cors::resolver::{ResolverLayer, Target};

pub const HOUR: Duration = Duration::from_secs(3600);

/// The service, by the policies that this replica knows.
pub fn by_host(replica: &Replica) -> Router {
    tenants::app::app(ResolverLayer::new(|target: &Target<'_>| target.host(), replica.lookup()))
}

/// What a page at `origin` gets from the service at `host`: the status, and whether it may read.
pub async fn ask(app: &Router, host: &str, origin: &str) -> (u16, bool) {
    let request = Request::get("/").header("host", host).header("origin", origin).body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let may_read = response.headers().get("access-control-allow-origin").is_some_and(|allowed| allowed == origin);
    (response.status().as_u16(), may_read)
}

pub const ALLOWED: (u16, bool) = (200, true);
pub const REFUSED: (u16, bool) = (403, false);
pub const UNAVAILABLE: (u16, bool) = (503, false);

/// Waits until something is so. The time is no measurement: it ends a test that would never end.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !so().await {
        assert!(Instant::now() < deadline, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Serves on loopback, for as long as the runtime lives.
pub async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

/// Sends lines as they are, over a connection of their own, and returns the status.
pub async fn status(address: SocketAddr, lines: &[&str]) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

/// The handshake of a WebSocket, as a browser sends it to `host` from a page at `origin`.
pub async fn web_socket(address: SocketAddr, host: &str, origin: Option<&str>) -> u16 {
    let host = format!("Host: {host}");
    let mut lines = vec![
        "GET /ws HTTP/1.1",
        &host,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let origin = origin.map(|origin| format!("Origin: {origin}"));
    lines.extend(origin.as_deref());
    status(address, &lines).await
}
