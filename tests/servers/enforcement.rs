//! Which requests `reject_disallowed_origins` and [`OriginGuard`](tower_cors::OriginGuard) let in, over sockets.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use http::{Method, Request};
use hyper::ext::Protocol;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tower_cors::{CorsLayer, OriginGuard};

use crate::examples::websocket_app;
use crate::server::{INNER, Version, listener, send, send_http2, send_raw};
use crate::stacks::{serve_router, with_tower, without_tower};

const REFUSED: &str = "403\ncache-control: no-store\nvary: origin";
const HANDSHAKE: &str = "connection: upgrade
upgrade: websocket
sec-websocket-version: 13
sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==";

fn enforcing() -> CorsLayer {
    CorsLayer::new().allow_origins(["https://app.example.com"]).reject_disallowed_origins(true)
}

/// Every stack that asks the same question: three with the layer, one with a handler that asks the guard.
async fn stacks() -> [SocketAddr; 4] {
    async fn guarded(State(guard): State<OriginGuard>, head: Parts) -> Response {
        if guard.admits(&head) {
            [(INNER, "guarded")].into_response()
        } else {
            let headers = [("cache-control", "no-store"), ("vary", "origin")];
            (StatusCode::FORBIDDEN, headers).into_response()
        }
    }
    async fn open() -> Response {
        [(INNER, "axum")].into_response()
    }
    let guard = CorsLayer::new().allow_origins(["https://app.example.com"]).build().unwrap().guard().unwrap();
    [
        serve_router(Router::new().fallback(open).layer(enforcing())).await,
        with_tower(enforcing()).await,
        without_tower(enforcing()).await,
        serve_router(Router::new().fallback(guarded).with_state(guard)).await,
    ]
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Admitted,
    Refused,
}
use Outcome::{Admitted, Refused};

/// Rows of head lines that a `GET`, a `POST` and a WebSocket handshake share the answer to.
const ROWS: &[(&str, Outcome, &str)] = &[
    ("the listed origin", Admitted, "host: api.example.com\norigin: https://app.example.com"),
    ("another origin", Refused, "host: api.example.com\norigin: https://evil.example"),
    ("no web page", Admitted, "host: api.example.com"),
    ("null", Refused, "host: api.example.com\norigin: null"),
    ("empty", Refused, "host: api.example.com\norigin:"),
    ("bytes above ASCII", Refused, "host: api.example.com\norigin: https://app.example.com\u{ff}"),
    (
        "the listed origin twice",
        Refused,
        "host: api.example.com\norigin: https://app.example.com\norigin: https://app.example.com",
    ),
    (
        "the listed one behind another",
        Refused,
        "host: a\norigin: https://evil.example\norigin: https://app.example.com",
    ),
    (
        "its own, says the browser",
        Admitted,
        "host: api.example.com\norigin: https://evil.example\nsec-fetch-site: same-origin",
    ),
    ("by the user", Admitted, "host: api.example.com\norigin: null\nsec-fetch-site: none"),
    (
        "a sibling, says the browser",
        Refused,
        "host: api.example.com\norigin: https://api.example.com\nsec-fetch-site: same-site",
    ),
    (
        "another site, says the browser",
        Refused,
        "host: api.example.com\norigin: https://api.example.com\nsec-fetch-site: cross-site",
    ),
    (
        "said twice",
        Refused,
        "host: evil.example\norigin: https://evil.example\nsec-fetch-site: same-origin\nsec-fetch-site: same-origin",
    ),
    (
        "two sayings",
        Refused,
        "host: evil.example\norigin: https://evil.example\nsec-fetch-site: same-origin\nsec-fetch-site: cross-site",
    ),
    (
        "two sayings in a line",
        Refused,
        "host: evil.example\norigin: https://evil.example\nsec-fetch-site: same-origin, none",
    ),
    ("in capital letters", Refused, "host: evil.example\norigin: https://evil.example\nsec-fetch-site: SAME-ORIGIN"),
    ("nothing said", Refused, "host: evil.example\norigin: https://other.example\nsec-fetch-site:"),
    (
        "the listed one, from another site",
        Admitted,
        "host: api.example.com\norigin: https://app.example.com\nsec-fetch-site: cross-site",
    ),
    ("its own, by the authority", Admitted, "host: api.example.com\norigin: https://api.example.com"),
    ("with its port", Admitted, "host: api.example.com:8443\norigin: https://api.example.com:8443"),
    ("another port", Refused, "host: api.example.com:8443\norigin: https://api.example.com:9443"),
    ("a port too many", Refused, "host: api.example.com\norigin: https://api.example.com:8443"),
    ("a port too few", Refused, "host: api.example.com:8443\norigin: https://api.example.com"),
    ("http to https", Refused, "host: api.example.com\norigin: http://api.example.com"),
    ("the scheme of a socket", Refused, "host: api.example.com\norigin: wss://api.example.com"),
    ("rebinding", Refused, "host: evil.test:8080\norigin: http://evil.test:8080"),
    (
        "rebinding to a name like this machine's",
        Refused,
        "host: localhost.evil.test\norigin: http://localhost.evil.test",
    ),
    ("rebinding to a name like an address", Refused, "host: 127.0.0.1.evil.test\norigin: http://127.0.0.1.evil.test"),
    ("this machine", Admitted, "host: localhost:8080\norigin: http://localhost:8080"),
    ("a name of this machine", Admitted, "host: a.localhost\norigin: http://a.localhost"),
    ("an address", Admitted, "host: 192.168.0.7:8080\norigin: http://192.168.0.7:8080"),
    ("an IPv6 address", Admitted, "host: [::1]:8080\norigin: http://[::1]:8080"),
    ("another port of this machine", Refused, "host: localhost:8080\norigin: http://localhost:3000"),
    ("this machine by another name", Refused, "host: localhost:8080\norigin: http://127.0.0.1:8080"),
    ("no host", Refused, "origin: https://api.example.com"),
    ("an empty host", Refused, "host:\norigin: https://"),
    ("two hosts", Refused, "host: api.example.com\nhost: api.example.com\norigin: https://api.example.com"),
    ("user-info", Refused, "host: a@api.example.com\norigin: https://a@api.example.com"),
    ("a host in capital letters", Refused, "host: API.example.com\norigin: https://api.example.com"),
    (
        "what proxies say is not read",
        Refused,
        "host: a\norigin: https://b.example\nx-forwarded-host: b.example\nforwarded: host=b.example",
    ),
    ("nor the referrer", Refused, "host: a\norigin: https://b.example\nreferer: https://app.example.com/"),
];

fn expected(outcome: Outcome) -> &'static str {
    match outcome {
        Admitted => "inner",
        Refused => REFUSED,
    }
}

/// Who answered; what the layer adds to the answer of the service is not the question here.
async fn outcome(address: SocketAddr, request: &str) -> String {
    let answer = send_raw(address, request).await;
    match answer.cors() {
        text if text.starts_with("inner") => "inner".to_owned(),
        text => text,
    }
}

#[tokio::test]
async fn the_rule_over_http1() {
    for address in stacks().await {
        for (name, admitted, head) in ROWS {
            for request in [
                format!("GET /items HTTP/1.1\n{head}"),
                format!("POST /items HTTP/1.1\n{head}\ncontent-length: 0"),
                format!("DELETE /items HTTP/1.1\n{head}"),
                format!("GET /socket HTTP/1.1\n{head}\n{HANDSHAKE}"),
            ] {
                assert_eq!(outcome(address, &request).await, expected(*admitted), "{name}: {request}");
            }
        }
    }
}

#[tokio::test]
async fn targets_and_methods() {
    let rows = [
        (
            "its own, by an absolute target",
            Admitted,
            "POST https://api.example.com/ HTTP/1.1\nhost: api.example.com\norigin: https://api.example.com",
        ),
        ("without a host", Admitted, "POST https://api.example.com/ HTTP/1.1\norigin: https://api.example.com"),
        (
            "another host, the origin of the target",
            Refused,
            "POST https://api.example.com/ HTTP/1.1\nhost: evil.example\norigin: https://api.example.com",
        ),
        (
            "another host, its origin",
            Refused,
            "POST https://api.example.com/ HTTP/1.1\nhost: evil.example\norigin: https://evil.example",
        ),
        (
            "two hosts",
            Refused,
            "POST https://api.example.com/ HTTP/1.1\nhost: api.example.com\nhost: api.example.com\norigin: https://api.example.com",
        ),
        ("HTTP/1.0 without a host", Refused, "POST / HTTP/1.0\norigin: https://api.example.com"),
        ("HTTP/1.0 with a host", Admitted, "POST / HTTP/1.0\nhost: api.example.com\norigin: https://api.example.com"),
        ("a link from another site", Admitted, "GET / HTTP/1.1\nhost: a\nsec-fetch-site: cross-site"),
        ("its head", Admitted, "HEAD / HTTP/1.1\nhost: a\nsec-fetch-site: cross-site"),
        ("its options", Admitted, "OPTIONS / HTTP/1.1\nhost: a\nsec-fetch-site: cross-site"),
        (
            "a form of another site, without Origin",
            Refused,
            "POST / HTTP/1.1\nhost: a\nsec-fetch-site: cross-site\ncontent-length: 0",
        ),
        ("of a sibling", Refused, "POST / HTTP/1.1\nhost: a\nsec-fetch-site: same-site\ncontent-length: 0"),
        (
            "said behind another saying",
            Refused,
            "POST / HTTP/1.1\nhost: a\nsec-fetch-site: same-origin\nsec-fetch-site: cross-site\ncontent-length: 0",
        ),
        ("any method that is not safe", Refused, "PROPFIND / HTTP/1.1\nhost: a\nsec-fetch-site: cross-site"),
        ("of its own", Admitted, "POST / HTTP/1.1\nhost: a\nsec-fetch-site: same-origin\ncontent-length: 0"),
        ("plain OPTIONS of another origin", Refused, "OPTIONS / HTTP/1.1\nhost: a\norigin: https://evil.example"),
    ];
    for address in stacks().await {
        for (name, admitted, request) in rows {
            let got = outcome(address, request).await.replace(", access-control-request-method", "");
            assert_eq!(got, expected(admitted), "{name}: {request}");
        }
    }
}

/// The rows that HTTP/2 can carry, the `host` of each as the authority; then those where both are there.
#[tokio::test]
async fn the_rule_over_http2() {
    let send = async |address, request| {
        let answer = send_http2(address, request).await.unwrap().cors();
        if answer.starts_with("inner") { "inner".to_owned() } else { answer }
    };
    for address in stacks().await {
        for (name, admitted, head) in ROWS {
            if head.matches("host:").count() != 1 {
                continue;
            }
            let mut authority = None;
            let mut lines = Vec::new();
            for (header, value) in head.lines().map(|line| line.split_once(':').unwrap()) {
                match header {
                    "host" => authority = Some(value.trim()),
                    _ => lines.push((
                        header,
                        value
                            .trim()
                            .chars()
                            .map(|character| u8::try_from(u32::from(character)).unwrap())
                            .collect::<Vec<u8>>(),
                    )),
                }
            }
            let Some(authority) = authority.filter(|authority| !authority.is_empty()) else { continue };
            for method in ["GET", "POST", "CONNECT"] {
                let mut request = Request::builder().method(method).uri(format!("https://{authority}/items"));
                for (header, value) in &lines {
                    request = request.header(*header, &value[..]);
                }
                if method == "CONNECT" {
                    request = request.extension(Protocol::from_static("websocket"));
                }
                let got = send(address, request.body(()).unwrap()).await;
                assert_eq!(got, expected(*admitted), "{name}: {method} {authority} {lines:?}");
            }
        }
        for (host, origin, admitted) in [
            ("api.example.com", "https://api.example.com", Admitted),
            ("evil.example", "https://api.example.com", Refused),
            ("evil.example", "https://evil.example", Refused),
            ("evil.example", "https://app.example.com", Admitted),
        ] {
            for method in [Method::POST, Method::CONNECT] {
                let mut request = Request::builder().method(&method).uri("https://api.example.com/items");
                request = request.header("host", host).header("origin", origin);
                if method == Method::CONNECT {
                    request = request.extension(Protocol::from_static("websocket"));
                }
                let got = send(address, request.body(()).unwrap()).await;
                assert_eq!(got, expected(admitted), "{method} {host} {origin}");
            }
        }
    }
}

/// Refused handshakes never reach the upgrade; the others do, over both protocols.
#[tokio::test]
async fn websockets_in_axum() {
    let address = serve_router(websocket_app()).await;
    for (name, admitted, head) in ROWS {
        let status = send_raw(address, &format!("GET /echo HTTP/1.1\n{head}\n{HANDSHAKE}")).await.status;
        assert_eq!(status, if *admitted == Admitted { 101 } else { 403 }, "{name}");
    }
    for (origin, status) in [
        ("https://app.example.com", 200),
        ("https://api.example.com", 200),
        ("http://api.example.com", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let request = Request::connect("https://api.example.com/echo")
            .extension(Protocol::from_static("websocket"))
            .header("sec-websocket-version", "13")
            .header("origin", origin)
            .body(())
            .unwrap();
        assert_eq!(send_http2(address, request).await.unwrap().status, status, "{origin}");
    }
}

/// A real client on the machine itself: what it asks for is where it is.
#[tokio::test]
async fn a_real_client() {
    for address in stacks().await {
        for version in [Version::Http1, Version::Http2] {
            for (origin, admitted) in [
                (format!("http://{address}"), true),
                (format!("https://{address}"), true),
                ("https://app.example.com".to_owned(), true),
                (format!("http://localhost:{}", address.port()), false),
                ("http://127.0.0.1:1".to_owned(), false),
            ] {
                let answer = send(address, version, &format!("POST /\norigin: {origin}\n\nbody")).await;
                assert_eq!(answer.header(INNER).is_some(), admitted, "{version:?} {origin}");
            }
        }
    }
}

/// Forwards one connection to `upstream`, with this `Host` instead of the client's.
async fn proxy(upstream: SocketAddr, host: String) -> SocketAddr {
    async fn forward(mut client: TcpStream, upstream: SocketAddr, host: String) -> std::io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let lines = head.split("\r\n").map(|line| {
            let rewritten =
                line.strip_prefix("host: ").map(|asked| format!("host: {host}\r\nx-forwarded-host: {asked}"));
            rewritten.unwrap_or_else(|| line.to_owned())
        });
        let mut server = TcpStream::connect(upstream).await?;
        server.write_all(lines.collect::<Vec<_>>().join("\r\n").as_bytes()).await?;
        copy_bidirectional(&mut client, &mut server).await?;
        Ok(())
    }
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(forward(client, upstream, host.clone()));
        }
    });
    address
}

#[tokio::test]
async fn behind_a_proxy_that_rewrites_the_host() {
    const OWN: &str = "host: shop.example.com\norigin: https://shop.example.com";
    for upstream in stacks().await {
        let behind = proxy(upstream, upstream.to_string()).await;
        let kept = proxy(upstream, "shop.example.com".to_owned()).await;
        for (name, address, admitted, head) in [
            ("its own origin is not known", behind, Refused, OWN.to_owned()),
            ("but where the browser says so", behind, Admitted, format!("{OWN}\nsec-fetch-site: same-origin")),
            ("and where the proxy keeps the host", kept, Admitted, OWN.to_owned()),
            ("a listed origin", behind, Admitted, OWN.replace("//shop", "//app")),
            ("another one", behind, Refused, OWN.replace("//shop", "//evil")),
            // A page of that very address, on the machine of a visitor, is taken for the service's own.
            ("the origin of the rewritten host", behind, Admitted, format!("host: a\norigin: http://{upstream}")),
        ] {
            let request = format!("POST / HTTP/1.1\n{head}\ncontent-length: 0");
            assert_eq!(outcome(address, &request).await, expected(admitted), "{name}");
            let handshake = format!("GET / HTTP/1.1\n{head}\n{HANDSHAKE}");
            assert_eq!(outcome(address, &handshake).await, expected(admitted), "{name}");
        }
    }
    // What to write then: the service's own origin.
    let own = CorsLayer::new()
        .allow_origins(["https://app.example.com", "https://shop.example.com"])
        .reject_disallowed_origins(true);
    let upstream = with_tower(own).await;
    let behind = proxy(upstream, upstream.to_string()).await;
    assert_eq!(outcome(behind, &format!("POST / HTTP/1.1\n{OWN}\ncontent-length: 0")).await, "inner");
}
