//! The trait bound `Default` is not satisfied.
//!
//! A preflight is answered without the inner service, so there must be an empty body of the type that the service
//! answers with: `ResBody: Default`. The bodies of axum and tonic have it, and `Full`, `Empty`, `BoxBody`, `String` and
//! `()`. `Incoming`, which a proxy passes on, and `Either` have not. Then axum's `route_service` says that `Default` is
//! not satisfied; elsewhere the compiler says that `CorsService<…>` doesn't satisfy `Service`, without saying why. Inside
//! of `Router::layer` every body is axum's own: there it does not happen.
//!
//! Box the body, inside of the layer:
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{Either, Empty, Full, combinators::BoxBody};
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//! use tower_cors::CorsLayer;
//!
//! type Body = Either<Full<Bytes>, Empty<Bytes>>;
//!
//! async fn handle(_: Request<()>) -> Result<Response<Body>, std::convert::Infallible> {
//!     Ok(Response::new(Either::Left(Full::from("hello"))))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ServiceBuilder::new()
//!     .layer(CorsLayer::permissive())
//!     .map_response(|response: Response<Body>| response.map(BoxBody::new))
//!     .service(service_fn(handle));
//! let response = service.oneshot(Request::new(())).await?;
//! assert_eq!(response.headers()["access-control-allow-origin"], "*");
//! # Ok(()) }
//! ```
//!
//! Without it this does not compile:
//!
//! ```compile_fail,E0599
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//! # use http_body_util::{Either, Empty, Full};
//! # use tower::{ServiceBuilder, ServiceExt, service_fn};
//! # use tower_cors::CorsLayer;
//! # type Body = Either<Full<Bytes>, Empty<Bytes>>;
//! # async fn handle(_: Request<()>) -> Result<Response<Body>, std::convert::Infallible> {
//! #     Ok(Response::new(Either::Left(Full::from("hello"))))
//! # }
//! let service = ServiceBuilder::new().layer(CorsLayer::permissive()).service(service_fn(handle));
//! # let answer =
//! service.oneshot(Request::new(()));
//! ```
//!
//! Another way is [`CorsPolicy::decide`](crate::CorsPolicy::decide): it leaves the body to you.
