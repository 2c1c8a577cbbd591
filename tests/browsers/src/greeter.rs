//! The gRPC service of the example, as an application among others.

use axum::Router;
use example_grpc_web::Polite;
use example_grpc_web::greeter::counter_server::CounterServer;
use example_grpc_web::greeter::greeter_server::GreeterServer;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;

/// The messages and methods, as a set of file descriptors.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/greeter.binpb"));

pub fn greeter() -> Router {
    let routes = Routes::new(GreeterServer::new(Polite)).add_service(CounterServer::new(Polite));
    routes.into_axum_router().layer(GrpcWebLayer::new())
}
