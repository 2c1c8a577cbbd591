//! The examples do what their documentation says.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::documented;
use crate::server::{RawConnection, Version, bytes_of, send};
use crate::stacks::serve_router;

#[path = "../../examples/axum.rs"]
#[allow(dead_code, reason = "its main is not used here")]
mod axum_example;
#[path = "../../examples/websocket.rs"]
#[allow(dead_code, reason = "its main is not used here")]
mod websocket_example;

pub(crate) fn websocket_app() -> axum::Router {
    websocket_example::app().unwrap()
}

#[tokio::test]
async fn their_binaries_answer_as_documented() {
    for (name, source) in [
        ("axum", include_str!("../../examples/axum.rs")),
        ("axum", include_str!("../../README.md")),
        ("core", include_str!("../../examples/core.rs")),
        ("hyper", include_str!("../../examples/hyper.rs")),
        ("metrics", include_str!("../../examples/metrics.rs")),
        ("websocket", include_str!("../../examples/websocket.rs")),
    ] {
        documented::check(source, &example(name)).await;
    }
}

/// Cargo builds the examples for `cargo test`, not for `cargo test --test servers`: an old one proves nothing.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let directory = test.parent().and_then(Path::parent).unwrap().join("examples");
    let binary = directory.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let modified = |path: &Path| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    let built = modified(&binary);
    let sources = std::fs::read_to_string(directory.join(name).with_extension("d")).unwrap_or_default();
    let (_, sources) = sources.split_once(": ").unwrap_or_default();
    // As in a makefile: a blank inside of a name has a backslash before it.
    let sources = sources.replace("\\ ", "\0");
    let mut sources = sources.split_whitespace().map(|source| source.replace('\0', " ")).peekable();
    let current = sources.peek().is_some() && sources.all(|source| modified(Path::new(&source)) <= built);
    assert!(
        current,
        "{} is not built, or older than its sources: run `cargo build --examples` first",
        binary.display()
    );
    binary
}

/// The whole life of an item, as a page of the application sees it.
#[tokio::test]
async fn the_axum_example_keeps_items_for_those_who_signed_in() {
    const ORIGIN: &str = "origin: https://app.example.com";
    const READABLE: &str = "access-control-allow-credentials: true
access-control-allow-origin: https://app.example.com
access-control-expose-headers: location
vary: origin";
    for version in [Version::Http1, Version::Http2] {
        let address = serve_router(axum_example::app()).await;
        let signed_in = send(address, version, &format!("POST /session\n{ORIGIN}")).await;
        let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let json = "content-type: application/json";
        let item = r#"{"id":1,"name":"a lamp"}"#;
        for (request, status, body) in [
            ("GET /items".to_owned(), 200, "[]"),
            (format!("POST /items\n{json}\n\n{{\"name\":\"a lamp\"}}"), 201, item),
            ("GET /items/1".to_owned(), 200, item),
            (format!("PUT /items/1\n{json}\n\n{{\"name\":\"an oil lamp\"}}"), 200, r#"{"id":1,"name":"an oil lamp"}"#),
            (format!("PUT /items/2\n{json}\n\n{{\"name\":\"a lamp\"}}"), 404, r#"{"error":"no such item"}"#),
            (format!("POST /items\n{json}\n\n{{}}"), 422, r#"{"error":"a name is needed"}"#),
            ("DELETE /items/1".to_owned(), 204, ""),
            ("GET /items".to_owned(), 200, "[]"),
        ] {
            let (line, rest) = request.split_once('\n').unwrap_or((&request, ""));
            let request = format!("{line}\n{ORIGIN}\ncookie: a=b; {cookie}\n{rest}");
            let answer = send(address, version, &request).await;
            assert_eq!((answer.status.as_u16(), answer.text()), (status, body), "{request}");
            assert_eq!(answer.cors_headers(), READABLE, "{request}");
        }
        let stranger = send(address, version, "GET /items\ncookie: session=0").await;
        assert_eq!(stranger.status, 401);
    }
}

/// The handshakes that are refused stand in the table of enforcement; this one carries a message.
#[tokio::test]
async fn the_websocket_example_echoes() {
    let address = serve_router(websocket_app()).await;
    let mut connection = RawConnection::open(address).await;
    let handshake = "GET /echo HTTP/1.1
        host: api.example.com
        origin: https://app.example.com
        connection: upgrade
        upgrade: websocket
        sec-websocket-version: 13
        sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";
    connection.write(&bytes_of(handshake)).await;
    assert_eq!(connection.answer(false).await.status, 101);
    // One text frame from a client, masked with zeros; the server's is not masked.
    connection.write(b"\x81\x85\0\0\0\0hello").await;
    assert_eq!(connection.at_least(7).await, b"\x81\x05hello");
}
