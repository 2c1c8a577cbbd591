//! tonic on loopback sockets: gRPC-Web as browsers speak it, gRPC beside it, and a policy for each service.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use example_grpc_web::greeter::counter_client::CounterClient;
use example_grpc_web::greeter::counter_server::{self, CounterServer};
use example_grpc_web::greeter::greeter_client::GreeterClient;
use example_grpc_web::greeter::greeter_server::{self, GreeterServer};
use example_grpc_web::greeter::{CountReply, CountRequest, GreetReply, GreetRequest};
use example_grpc_web::{Polite, serve};
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use prost::Message;
use server::{Answer, INNER, Version, listener, send, send_raw};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_web::GrpcWebLayer;
use tower::Layer;
use tower::util::MapResponseLayer;
use tower_cors::resolver::{HostKey, Lookup, PolicyCache, ResolverLayer, Target};
use tower_cors::{Any, CorsLayer};

#[path = "../../../tests/support/contract.rs"]
mod contract;
#[path = "../../../tests/support/documented.rs"]
mod documented;
#[path = "../../../tests/support/server.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod server;
#[path = "../../../tests/support/mod.rs"]
#[allow(dead_code, reason = "here only requests are parsed")]
mod support;

const ORIGIN: &str = "https://app.example.com";

async fn example() -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener));
    address
}

#[tokio::test]
async fn the_binary_answers_as_documented() {
    let binary = env!("CARGO_BIN_EXE_example-grpc-web");
    documented::check(include_str!("../src/main.rs"), binary.as_ref()).await;
}

#[tokio::test]
async fn tonic_keeps_the_contract() {
    contract::check(async |cors| {
        let mark = MapResponseLayer::new(|mut response: Response<Body>| {
            response.headers_mut().insert(INNER, HeaderValue::from_static("tonic"));
            response
        });
        let listener = listener().await;
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .accept_http1(true)
            .layer(cors)
            .layer(mark)
            .layer(GrpcWebLayer::new())
            .add_service(GreeterServer::new(Polite));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        address
    })
    .await;
}

/// Calls a method as a gRPC-Web client does; the messages of the answer, and the trailers in its last frame.
async fn call(
    address: SocketAddr,
    version: Version,
    method: &str,
    message: &impl Message,
) -> (Answer, Vec<Bytes>, String) {
    let client = Client::builder(TokioExecutor::new()).http2_only(version == Version::Http2).build_http();
    let request = Request::post(format!("http://{address}/{method}"))
        .header("origin", ORIGIN)
        .header("content-type", "application/grpc-web+proto")
        .header("x-grpc-web", "1")
        .header("x-user-agent", "a-client/1")
        .header("grpc-timeout", "10S")
        .body(Full::<Bytes>::from(frame(message)))
        .unwrap();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let mut body = body.collect().await.unwrap().to_bytes();
    let answer = Answer { status: head.status, headers: head.headers, body: body.to_vec() };
    let (mut messages, mut trailers) = (Vec::new(), String::new());
    while !body.is_empty() {
        let head = body.split_to(5);
        let content = body.split_to(u32::from_be_bytes(head[1..].try_into().unwrap()) as usize);
        match head[0] {
            0 => messages.push(content),
            0x80 => trailers.push_str(std::str::from_utf8(&content).unwrap()),
            flag => panic!("no such frame: {flag}"),
        }
    }
    (answer, messages, trailers)
}

fn frame(message: &impl Message) -> Vec<u8> {
    let content = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
    frame.extend(content);
    frame
}

#[tokio::test]
async fn calls_from_a_page() {
    const READABLE: &str = "access-control-allow-origin: https://app.example.com
access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin
vary: origin";
    let address = example().await;
    for version in [Version::Http1, Version::Http2] {
        let ada = GreetRequest { name: "Ada".to_owned() };
        let (answer, messages, trailers) = call(address, version, "greeter.Greeter/Greet", &ada).await;
        assert_eq!(answer.cors_headers(), READABLE);
        assert_eq!(trailers.trim(), "grpc-status:0");
        let [reply] = messages.try_into().unwrap();
        assert_eq!(GreetReply::decode(reply).unwrap().greeting, "Good day, Ada.");

        let (answer, messages, _) = call(address, version, "greeter.Counter/Count", &CountRequest { to: 3 }).await;
        assert_eq!(answer.cors_headers(), READABLE);
        let numbers: Vec<u32> = messages.into_iter().map(|reply| CountReply::decode(reply).unwrap().number).collect();
        assert_eq!(numbers, [1, 2, 3]);

        // Errors travel in the head: what is not exposed there never reaches the client.
        for (method, message, status, reason) in [
            ("greeter.Greeter/Greet", frame(&GreetRequest::default()), "3", Some("a%20name%20is%20needed")),
            ("greeter.Counter/Count", frame(&CountRequest { to: 101 }), "11", Some("counts%20to%20100%20at%20most")),
            ("greeter.Greeter/Shout", Vec::new(), "12", None),
        ] {
            let message = &message[message.len().min(5)..];
            let (answer, messages, _) = call(address, version, method, &Raw(message.to_vec())).await;
            assert_eq!(answer.cors_headers(), READABLE, "{method}");
            assert_eq!(
                (answer.header("grpc-status"), answer.header("grpc-message")),
                (Some(status), reason),
                "{method}"
            );
            assert!(messages.is_empty());
        }
    }
}

/// A message that is encoded already.
#[derive(Clone, Debug, Default, PartialEq)]
struct Raw(Vec<u8>);

impl Message for Raw {
    fn encode_raw(&self, buffer: &mut impl bytes::BufMut) {
        buffer.put_slice(&self.0);
    }

    fn merge_field(
        &mut self,
        _: u32,
        _: prost::encoding::WireType,
        _: &mut impl bytes::Buf,
        _: prost::encoding::DecodeContext,
    ) -> Result<(), prost::DecodeError> {
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[tokio::test]
async fn calls_from_no_page() {
    let address = example().await;
    let mut client = GreeterClient::connect(format!("http://{address}")).await.unwrap();
    let reply = client.greet(GreetRequest { name: "Ada".to_owned() }).await.unwrap();
    assert_eq!(reply.metadata().get("vary").unwrap(), "origin");
    assert_eq!(reply.into_inner().greeting, "Good day, Ada.");
    let mut counter = CounterClient::connect(format!("http://{address}")).await.unwrap();
    let mut numbers = counter.count(CountRequest { to: 2 }).await.unwrap().into_inner();
    assert_eq!(numbers.message().await.unwrap().unwrap().number, 1);
    assert_eq!(client.greet(GreetRequest::default()).await.unwrap_err().code(), tonic::Code::InvalidArgument);
}

async fn serve_routes(routes: Routes) -> SocketAddr {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let server = Server::builder().accept_http1(true).add_routes(routes);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    address
}

/// tonic's own layers are around all services. For a policy of its own a service gets a router of its own, to which
/// the layers are added in axum's order: the last one is the outermost.
fn services(greeter: &CorsLayer, counter: &CorsLayer, others: &CorsLayer) -> Routes {
    let greeter = Router::new()
        .route_service(&format!("/{}/{{*method}}", greeter_server::SERVICE_NAME), GreeterServer::new(Polite))
        .layer(GrpcWebLayer::new())
        .layer(greeter.clone());
    let counter = Router::new()
        .route_service(&format!("/{}/{{*method}}", counter_server::SERVICE_NAME), CounterServer::new(Polite))
        .layer(GrpcWebLayer::new())
        .layer(counter.clone());
    let others = others.layer(Routes::default().into_axum_router());
    Routes::from(greeter.merge(counter).fallback_service(others))
}

#[tokio::test]
async fn a_policy_for_each_service() {
    let page = CorsLayer::new().allow_origins([ORIGIN]).allow_credentials(true).grpc_web();
    let anybody = CorsLayer::new().allow_origin(Any).grpc_web();
    let closed = CorsLayer::new();
    let own_pages_only = CorsLayer::new().reject_disallowed_origins(true);

    let exposed = "access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin";
    let to_page = format!(
        "access-control-allow-credentials: true\naccess-control-allow-origin: {ORIGIN}\n{exposed}\nvary: origin"
    );
    let to_anybody = format!("access-control-allow-origin: *\n{exposed}");
    let nothing = "vary: origin";
    let refused = "cache-control: no-store\nvary: origin";
    for (policies, [greeter, counter, others]) in [
        (
            (&page, &anybody, &closed),
            [(204, &*to_page, nothing), (204, &to_anybody, &to_anybody), (403, nothing, nothing)],
        ),
        (
            (&closed, &page, &anybody),
            [(403, nothing, nothing), (204, &to_page, nothing), (204, &to_anybody, &to_anybody)],
        ),
        (
            (&page, &own_pages_only, &closed),
            [(204, &to_page, nothing), (403, refused, refused), (403, nothing, nothing)],
        ),
    ] {
        let address = serve_routes(services(policies.0, policies.1, policies.2)).await;
        for (path, (preflight, page, anybody)) in
            [("greeter.Greeter/Greet", greeter), ("greeter.Counter/Count", counter), ("greeter.Nobody/Any", others)]
        {
            for version in [Version::Http1, Version::Http2] {
                let call = |origin: &str| {
                    format!("POST /{path}\norigin: {origin}\ncontent-type: application/grpc-web-text\n\nAAAAAAA=")
                };
                assert_eq!(send(address, version, &call(ORIGIN)).await.cors_headers(), page, "{path}");
                assert_eq!(
                    send(address, version, &call("https://evil.example")).await.cors_headers(),
                    anybody,
                    "{path}"
                );
                let ask = format!("OPTIONS /{path}\norigin: {ORIGIN}\naccess-control-request-method: POST");
                assert_eq!(send(address, version, &ask).await.status, preflight, "{path}");
            }
        }
    }
}

/// The host tells the tenant. A failure is closed, and so is a host that is nobody's.
#[tokio::test]
async fn a_policy_for_each_tenant() {
    let policy_of = async |host: HostKey| {
        let layer = CorsLayer::new().allow_credentials(true).grpc_web();
        match host.as_str() {
            "acme.example" => layer.allow_origins(["https://acme.app"]).build().map(Some),
            "globex.example" => layer.allow_origins(["https://globex.app"]).build().map(Some),
            "broken.example" => layer.allow_origins(["nonsense"]).build().map(Some),
            _ => Ok(None),
        }
    };
    let cache = PolicyCache::builder(Lookup::new(policy_of), Duration::from_secs(60)).build();
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let server = Server::builder()
        .accept_http1(true)
        .layer(ResolverLayer::cached(|target: &Target<'_>| target.host(), cache))
        .layer(GrpcWebLayer::new())
        .add_service(GreeterServer::new(Polite));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    // Preflight, call: whether the page may read it.
    let (permitted, denied, failed) = ((204, true), (403, false), (503, false));
    for (host, origin, (preflight, readable)) in [
        ("acme.example", "https://acme.app", permitted),
        ("ACME.example:8080", "https://acme.app", permitted),
        ("acme.example", "https://globex.app", denied),
        ("globex.example", "https://globex.app", permitted),
        ("globex.example", "https://acme.app", denied),
        ("nobody.example", "https://acme.app", denied),
        ("broken.example", "https://acme.app", failed),
    ] {
        let head = format!("host: {host}\norigin: {origin}");
        let ask = format!("OPTIONS /greeter.Greeter/Greet HTTP/1.1\n{head}\naccess-control-request-method: POST");
        let answer = send_raw(address, &ask).await;
        assert_eq!(
            (answer.status.as_u16(), answer.headers.contains_key("access-control-allow-origin")),
            (preflight, readable),
            "{ask}"
        );
        let call = format!(
            "POST /greeter.Greeter/Greet HTTP/1.1\n{head}\ncontent-type: application/grpc-web-text\nx-grpc-web: 1\n\
             content-length: 8\n\nAAAAAAA="
        );
        let answer = send_raw(address, &call).await;
        assert_eq!(answer.header("access-control-allow-origin"), readable.then_some(origin), "{call}");
        assert_eq!(answer.header("access-control-allow-credentials"), readable.then_some("true"), "{call}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert_eq!(vary, ["origin", "host"], "{call}");
        // Only what is answered by the service has a status of gRPC.
        assert_eq!(answer.header("grpc-status"), (preflight != 503).then_some("3"), "{call}");
    }
}

/// The outermost layer has the last word, also where it opens what the inner one closes.
#[tokio::test]
async fn two_layers_around_each_other() {
    let page = || CorsLayer::new().allow_origins([ORIGIN]).grpc_web();
    let preflight = format!("OPTIONS /greeter.Greeter/Greet\norigin: {ORIGIN}\naccess-control-request-method: POST");
    let call = format!(
        "POST /greeter.Greeter/Greet\norigin: {ORIGIN}\ncontent-type: application/grpc-web-text\nx-grpc-web: 1\n\nAAAAAAA="
    );
    for (outer, inner, permitted, readable) in
        [(page(), CorsLayer::new(), 204, true), (CorsLayer::new(), page(), 403, false), (page(), page(), 204, true)]
    {
        let listener = listener().await;
        let address = listener.local_addr().unwrap();
        let server = Server::builder()
            .accept_http1(true)
            .layer(outer)
            .layer(inner)
            .layer(GrpcWebLayer::new())
            .add_service(GreeterServer::new(Polite));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        assert_eq!(send(address, Version::Http1, &preflight).await.status, permitted);
        let answer = send(address, Version::Http2, &call).await;
        let origins: Vec<_> = answer.headers.get_all("access-control-allow-origin").iter().collect();
        assert_eq!(origins, if readable { vec![ORIGIN] } else { vec![] });
        assert_eq!(answer.headers.get_all("vary").iter().collect::<Vec<_>>(), ["origin"]);
    }
}

/// Inside of tonic-web a preflight over HTTP/1.1 never arrives.
#[tokio::test]
async fn in_the_wrong_order() {
    let listener = listener().await;
    let address = listener.local_addr().unwrap();
    let server = Server::builder()
        .accept_http1(true)
        .layer(GrpcWebLayer::new())
        .layer(example_grpc_web::cors())
        .add_service(GreeterServer::new(Polite));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let preflight = format!("OPTIONS /greeter.Greeter/Greet\norigin: {ORIGIN}\naccess-control-request-method: POST");
    let answer = send(address, Version::Http1, &preflight).await;
    assert_eq!((answer.status.as_u16(), answer.cors_headers().as_str()), (400, ""));
    // Which may go unnoticed for long: HTTP/2 requests that are no gRPC-Web pass.
    assert_eq!(send(address, Version::Http2, &preflight).await.status, 204);
}
