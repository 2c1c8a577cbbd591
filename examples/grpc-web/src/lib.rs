//! A gRPC service that pages of another origin can call: which layer stands where.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use tonic_web::GrpcWebLayer;
use tower_cors::CorsLayer;

/// The messages, the client and the server that are made from `proto/greeter.proto`.
#[allow(missing_debug_implementations, unused_qualifications, clippy::pedantic, clippy::use_self, reason = "generated")]
pub mod greeter {
    tonic::include_proto!("greeter");
}

use greeter::counter_server::{Counter, CounterServer};
use greeter::greeter_server::{Greeter, GreeterServer};
use greeter::{CountReply, CountRequest, GreetReply, GreetRequest};

/// Greets, and counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Polite;

const COUNTS_AT_MOST: u32 = 100;

#[tonic::async_trait]
impl Greeter for Polite {
    async fn greet(&self, request: Request<GreetRequest>) -> Result<Response<GreetReply>, Status> {
        let GreetRequest { name } = request.into_inner();
        if name.is_empty() {
            return Err(Status::invalid_argument("a name is needed"));
        }
        Ok(Response::new(GreetReply { greeting: format!("Good day, {name}.") }))
    }
}

#[tonic::async_trait]
impl Counter for Polite {
    type CountStream = tokio_stream::Iter<std::vec::IntoIter<Result<CountReply, Status>>>;

    async fn count(&self, request: Request<CountRequest>) -> Result<Response<Self::CountStream>, Status> {
        let to = request.into_inner().to;
        if to > COUNTS_AT_MOST {
            return Err(Status::out_of_range(format!("counts to {COUNTS_AT_MOST} at most")));
        }
        let numbers: Vec<_> = (1..=to).map(|number| Ok(CountReply { number })).collect();
        Ok(Response::new(tokio_stream::iter(numbers)))
    }
}

/// The policy: one origin, and what gRPC-Web clients need.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .max_age(Duration::from_secs(7200))
        // `POST`, the request headers of the clients, and the response headers that carry the status of a call.
        .grpc_web()
}

/// Serves until the process ends.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener) -> Result<(), tonic::transport::Error> {
    Server::builder()
        // gRPC-Web comes over HTTP/1.1 as well as over HTTP/2.
        .accept_http1(true)
        // The first layer is the outermost. Inside of `GrpcWebLayer` a preflight would never arrive: that answers
        // requests that are no gRPC-Web itself.
        .layer(cors())
        .layer(GrpcWebLayer::new())
        .add_service(GreeterServer::new(Polite))
        .add_service(CounterServer::new(Polite))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
}
