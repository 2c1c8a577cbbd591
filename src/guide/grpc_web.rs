//! gRPC-Web, with tonic and tonic-web.
//!
//! The clients send `content-type: application/grpc-web…` and `x-grpc-web`, so every call has a preflight; and the status
//! of a call that fails at once stands in the headers of the answer, which a script can read only if they are exposed.
//! [`grpc_web`](crate::CorsLayer::grpc_web) adds all of it to what the rules say already:
//!
//! ```
//! use tower_cors::CorsLayer;
//!
//! let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).grpc_web().build()?;
//! let rules = policy.to_string();
//! assert!(rules.contains(r#"methods = ["POST"]"#));
//! assert!(rules.contains(r#"headers = ["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"]"#));
//! assert!(rules.contains(r#"expose_headers = ["grpc-status", "grpc-message", "grpc-status-details-bin"]"#));
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! Metadata of your own is a request header too: list it with [`allow_headers`](crate::CorsLayer::allow_headers), and
//! what the server sends back with [`expose_headers`](crate::CorsLayer::expose_headers), **before** `grpc_web()`, for a
//! later call of a list setter replaces the list.
//!
//! # The order of layers
//!
//! In tonic the first layer is the outermost. This one comes first, then tonic-web's:
//!
//! ```text
//! Server::builder()
//!     .accept_http1(true)
//!     .layer(cors)
//!     .layer(GrpcWebLayer::new())
//!     .add_service(GreeterServer::new(greeter))
//! ```
//!
//! The other way round a preflight over HTTP/1.1 gets 400 from tonic-web, which knows no `OPTIONS`; over HTTP/2 it passes,
//! so the mistake can stay unnoticed. The example `grpc-web` in the repository is a whole server.
//!
//! # A policy for each service
//!
//! The layers of tonic's server are around all of its services. A service with a policy of its own gets an axum router
//! of its own, where the last layer is the outermost:
//!
//! ```text
//! let greeter = axum::Router::new()
//!     .route_service("/greeter.Greeter/{*method}", GreeterServer::new(greeter))
//!     .layer(GrpcWebLayer::new())
//!     .layer(cors_of_greeter);
//! let others = closed.layer(Routes::default().into_axum_router());
//! let routes = Routes::from(greeter.merge(counter).fallback_service(others));
//! Server::builder().accept_http1(true).add_routes(routes)
//! ```
