//! A gRPC service for browsers, with tonic, tonic-web and [`grpc_web()`](tower_cors::CorsLayer::grpc_web).
//!
//! `AAAAAAA=` is an empty message: no name to greet. Without `access-control-expose-headers` a browser would keep the
//! status and the reason from the client. The answers below are complete but for their `date`.
//!
//! ```text
//! $ cargo run -p example-grpc-web
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i http://127.0.0.1:3000/greeter.Greeter/Greet -H 'origin: https://app.example.com' \
//!     -H 'content-type: application/grpc-web-text' -H 'x-grpc-web: 1' -d 'AAAAAAA='
//! HTTP/1.1 200 OK
//! content-type: application/grpc-web+proto
//! grpc-status: 3
//! grpc-message: a%20name%20is%20needed
//! vary: origin
//! access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin
//! access-control-allow-origin: https://app.example.com
//! content-length: 0
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/greeter.Greeter/Greet -H 'origin: https://app.example.com' \
//!     -H 'access-control-request-method: POST' -H 'access-control-request-headers: content-type,x-grpc-web'
//! HTTP/1.1 204 No Content
//! vary: origin, access-control-request-method, access-control-request-headers
//! access-control-allow-origin: https://app.example.com
//! access-control-allow-methods: POST
//! access-control-allow-headers: content-type,x-grpc-web,x-user-agent,grpc-timeout
//! access-control-max-age: 7200
//! ```
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    example_grpc_web::serve(listener).await?;
    Ok(())
}
