//! What every stack answers on the wire, whatever server and router stand behind the layer.
//!
//! The service of a stack takes any method and any target, and marks its answers with [`INNER`](super::server::INNER).

use std::net::SocketAddr;
use std::time::Duration;

use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Method, Request};
use tower_cors::{Any, CorsLayer};

use super::server::{RawConnection, Version, bytes_of, send, send_http2, send_raw};

const VARY_PREFLIGHT: &str = "vary: origin, access-control-request-method, access-control-request-headers";
const DENIED_PREFLIGHT: &str = "403
vary: origin, access-control-request-method, access-control-request-headers";
const DENIED: &str = "inner\nvary: origin";
const ALLOWED: &str = "inner
access-control-allow-credentials: true
access-control-allow-origin: https://app.example.com
access-control-expose-headers: etag
vary: origin";

fn list() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .allow_methods([Method::PUT])
        .allow_headers([CONTENT_TYPE])
        .expose_headers([ETAG])
        .allow_credentials(true)
        .max_age(Duration::from_secs(600))
}

fn echo() -> CorsLayer {
    list().allow_methods(Any).allow_headers(Any).expose_headers(Any)
}

fn permitted() -> String {
    format!(
        "204
access-control-allow-credentials: true
access-control-allow-headers: content-type
access-control-allow-methods: PUT
access-control-allow-origin: https://app.example.com
access-control-max-age: 600
{VARY_PREFLIGHT}"
    )
}

/// Name, request, answer.
type Case = (&'static str, String, String);

fn case(name: &'static str, request: impl Into<String>, answer: impl Into<String>) -> Case {
    (name, request.into(), answer.into())
}

/// Runs the whole contract against a stack, given how to start it with a policy.
pub async fn check(start: impl AsyncFn(CorsLayer) -> SocketAddr) {
    let listed = start(list()).await;
    let mut wrong = Vec::new();
    let mut compare = |name: &str, expected: &str, got: &str| {
        if expected != got {
            wrong.push(format!("{name}\n--- expected\n{expected}\n--- got\n{got}\n"));
        }
    };
    for version in [Version::Http1, Version::Http2] {
        for (name, request, expected) in client_cases() {
            let name = format!("{version:?}: {name}");
            compare(&name, &expected, &send(listed, version, &request).await.cors());
        }
    }
    for (name, request, expected) in raw_cases() {
        compare(name, &expected, &send_raw(listed, &request).await.cors());
    }
    let echoing = start(echo()).await;
    for (name, request, expected) in echo_cases() {
        compare(name, &expected, &send_raw(echoing, &request).await.cors());
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    unread_bodies_are_skipped(listed).await;
    odd_bytes_over_http2(listed).await;
}

/// What a client can send, over HTTP/1.1 and HTTP/2.
fn client_cases() -> Vec<Case> {
    let ask = "access-control-request-method: PUT";
    vec![
        case("preflight", format!("OPTIONS /items\norigin: https://app.example.com\n{ask}"), permitted()),
        case("other origin", format!("OPTIONS /items\norigin: https://evil.example\n{ask}"), DENIED_PREFLIGHT),
        case("null", format!("OPTIONS /items\norigin: null\n{ask}"), DENIED_PREFLIGHT),
        case(
            "twice",
            format!("OPTIONS /\norigin: https://app.example.com\norigin: https://app.example.com\n{ask}"),
            DENIED_PREFLIGHT,
        ),
        case("a plain OPTIONS", "OPTIONS /items", "inner\nvary: origin, access-control-request-method"),
        case(
            "no preflight without Origin",
            format!("OPTIONS /items\n{ask}"),
            "inner\nvary: origin, access-control-request-method",
        ),
        case(
            "no preflight without a method",
            "OPTIONS /items\norigin: https://app.example.com",
            ALLOWED.replace("vary: origin", "vary: origin, access-control-request-method"),
        ),
        case("GET", "GET /items\norigin: https://app.example.com", ALLOWED),
        case("HEAD", "HEAD /items\norigin: https://app.example.com", ALLOWED),
        case("POST", "POST /items\norigin: https://app.example.com\ncontent-type: text/plain\n\nhello", ALLOWED),
        case("any other method", "PROPFIND /items\norigin: https://app.example.com", ALLOWED),
        case(
            "a method that browsers ask for, not sent with OPTIONS",
            format!("GET /items\norigin: https://app.example.com\n{ask}"),
            ALLOWED,
        ),
        case("GET, other origin", "GET /items\norigin: https://evil.example", DENIED),
        case("GET, no origin", "GET /items", DENIED),
        case("GET, two origins", "GET /items\norigin: https://app.example.com\norigin: https://evil.example", DENIED),
        case(
            "GET, the same origin twice",
            "GET /items\norigin: https://app.example.com\norigin: https://app.example.com",
            DENIED,
        ),
    ]
}

/// What no client sends, or not this way.
fn raw_cases() -> Vec<Case> {
    let get = |line: &str| format!("GET /items HTTP/1.1\nhost: api.example.com\n{line}");
    let ask = |lines: &str| {
        format!(
            "OPTIONS /items HTTP/1.1
            host: api.example.com
            origin: https://app.example.com
            access-control-request-method: PUT
            {lines}"
        )
    };
    let headers = |count: usize| (0..count).map(|n| format!("x-{n}: 1")).collect::<Vec<_>>().join("\n");
    let origin = "origin: https://app.example.com";
    vec![
        case("an origin in capital letters of the header", get("ORIGIN: https://app.example.com"), ALLOWED),
        case("white space around the value", get("origin: \t https://app.example.com \t "), ALLOWED),
        case("no white space", get("origin:https://app.example.com"), ALLOWED),
        case("bytes above ASCII", get("origin: https://app.ex\u{e4}mple.com"), DENIED),
        case("only bytes above ASCII", get("origin: \u{ff}\u{fe}"), DENIED),
        case("a byte above ASCII at the end", get("origin: https://app.example.com\u{a0}"), DENIED),
        case("empty", get("origin:"), DENIED),
        case("64 KiB of origin", get(&format!("origin: https://{}.example.com", "a".repeat(64 * 1024))), DENIED),
        case("a comma list", get("origin: https://app.example.com, https://app.example.com"), DENIED),
        case("a control byte is no HTTP", get("origin: https://app\u{0}.example.com"), "400"),
        case("a folded line is no HTTP", get("origin: https://app\r\n .example.com"), "400"),
        case("white space before the colon is no HTTP", get("origin : https://app.example.com"), "400"),
        case("more headers than the server reads", get(&headers(10_000)), "431"),
        case(
            "two origins, one of them allowed",
            format!(
                "OPTIONS / HTTP/1.1\nhost: a\n{origin}\norigin: https://evil.example\naccess-control-request-method: PUT"
            ),
            DENIED_PREFLIGHT,
        ),
        case(
            "headers asked for on several lines",
            ask("access-control-request-headers: content-type\naccess-control-request-headers: x-a"),
            permitted(),
        ),
        case(
            "16 KiB of headers asked for",
            ask(&format!("access-control-request-headers: {}", "a".repeat(16 * 1024))),
            permitted(),
        ),
        case(
            "200 KiB of commas",
            ask(&format!("access-control-request-headers: {}", ",".repeat(200 * 1024))),
            permitted(),
        ),
        case("bytes above ASCII asked for", ask("access-control-request-headers: \u{ff}\u{ff}"), permitted()),
        case("two methods asked for", ask("access-control-request-method: \u{ff}"), permitted()),
        case(
            "a preflight of the whole server",
            format!("OPTIONS * HTTP/1.1\nhost: a\n{origin}\naccess-control-request-method: PUT"),
            permitted(),
        ),
        case(
            "an absolute target, the same host",
            format!("GET http://api.example.com/items HTTP/1.1\nhost: api.example.com\n{origin}"),
            ALLOWED,
        ),
        case(
            "an absolute target, another host",
            format!("GET http://api.example.com/items HTTP/1.1\nhost: evil.example\n{origin}"),
            ALLOWED,
        ),
        case(
            "an absolute target of a preflight",
            format!(
                "OPTIONS http://evil.example/items HTTP/1.1\nhost: api.example.com\n{origin}\naccess-control-request-method: PUT"
            ),
            permitted(),
        ),
        case("a tunnel", format!("CONNECT api.example.com:443 HTTP/1.1\nhost: api.example.com:443\n{origin}"), ALLOWED),
        case("no host", format!("GET /items HTTP/1.1\n{origin}"), ALLOWED),
        case("two hosts", format!("GET /items HTTP/1.1\nhost: a.example\nhost: b.example\n{origin}"), ALLOWED),
        case("HTTP/1.0", format!("GET /items HTTP/1.0\n{origin}"), ALLOWED),
        case("HTTP/1.0, no origin", "GET /items HTTP/1.0", DENIED),
        case(
            "a preflight over HTTP/1.0",
            format!("OPTIONS /items HTTP/1.0\n{origin}\naccess-control-request-method: PUT"),
            permitted(),
        ),
    ]
}

/// The one mode that reads what a preflight asks for.
fn echo_cases() -> Vec<Case> {
    let ask = |lines: &str| {
        format!("OPTIONS /items HTTP/1.1\nhost: api.example.com\norigin: https://app.example.com\n{lines}")
    };
    let put =
        |names: &str| ask(&format!("access-control-request-method: PUT\naccess-control-request-headers: {names}"));
    let answer = |method: &str, names: &str| {
        permitted()
            .replace("methods: PUT", &format!("methods: {method}"))
            .replace("headers: content-type\n", &format!("headers: {names}\n"))
    };
    let names = |count: usize| (0..count).map(|n| format!("x-{n:04}")).collect::<Vec<_>>().join(",");
    vec![
        case("one name", put("x-a"), answer("PUT", "x-a")),
        case(
            "split over lines, unsorted, in capital letters, with blanks",
            put("X-B,, x-a\naccess-control-request-headers:\naccess-control-request-headers: \tContent-Type , x-a"),
            answer("PUT", "content-type,x-a,x-b"),
        ),
        case("the case of a method is kept", ask("access-control-request-method: pAtch"), {
            answer("pAtch", "").replace("access-control-allow-headers: \n", "")
        }),
        case("128 names", put(&names(128)), answer("PUT", &names(128))),
        case("129 names", put(&names(129)), DENIED_PREFLIGHT),
        case("8 KiB", put(&"a".repeat(8 * 1024)), answer("PUT", &"a".repeat(8 * 1024))),
        case("16 KiB", put(&"a".repeat(16 * 1024)), DENIED_PREFLIGHT),
        case(
            "16 KiB over 16 lines",
            put(&vec!["a".repeat(1024); 16].join("\naccess-control-request-headers: ")),
            DENIED_PREFLIGHT,
        ),
        case("200 KiB of commas", put(&",".repeat(200 * 1024)), DENIED_PREFLIGHT),
        case("no name", put("x-a,\"x-b\""), DENIED_PREFLIGHT),
        case("bytes above ASCII", put("x-\u{ff}"), DENIED_PREFLIGHT),
        case("a response in disguise", put("x-a\tset-cookie: a=b"), DENIED_PREFLIGHT),
        case(
            "two methods",
            ask("access-control-request-method: PUT\naccess-control-request-method: PUT"),
            DENIED_PREFLIGHT,
        ),
        case("no method", ask("access-control-request-method: P UT"), DENIED_PREFLIGHT),
        case("a method that scripts cannot send", ask("access-control-request-method: trace"), DENIED_PREFLIGHT),
        case(
            "more headers than the server reads",
            put(&vec!["x-a"; 10_000].join("\naccess-control-request-headers: ")),
            "431",
        ),
    ]
}

/// A preflight is answered without reading its body; the next request on the connection is still understood.
async fn unread_bodies_are_skipped(listed: SocketAddr) {
    let mut connection = RawConnection::open(listed).await;
    let preflight = "OPTIONS /items HTTP/1.1
        host: api.example.com
        origin: https://app.example.com
        access-control-request-method: PUT
        content-length: 27";
    connection.write(&bytes_of(preflight)).await;
    connection.write(b"GET /smuggled HTTP/1.1\r\n\r\n ").await;
    connection.write(&bytes_of("GET /items HTTP/1.1\nhost: a\norigin: https://app.example.com")).await;
    assert_eq!(connection.answer(false).await.cors(), permitted());
    assert_eq!(connection.answer(false).await.cors(), ALLOWED);
}

/// HTTP/2 carries bytes above ASCII too, and an authority beside `host`.
async fn odd_bytes_over_http2(listed: SocketAddr) {
    let request = |origin: &[u8], host: &str| {
        let mut request = Request::get("https://api.example.com/items").header("host", host).body(()).unwrap();
        request.headers_mut().append("origin", HeaderValue::from_bytes(origin).unwrap());
        request
    };
    for (origin, host, expected) in [
        (&b"https://app.example.com"[..], "api.example.com", ALLOWED),
        (b"https://app.example.com", "evil.example", ALLOWED),
        (b"https://app.example.com\xff", "api.example.com", DENIED),
        (b"\xff\xfe", "api.example.com", DENIED),
        (b"", "api.example.com", DENIED),
    ] {
        let answer = send_http2(listed, request(origin, host)).await.unwrap();
        assert_eq!(answer.cors(), expected, "{origin:?} {host}");
    }
}
