//! Where the layer stands: outside of everything, after the last route.
//!
//! ```
//! use axum::extract::{DefaultBodyLimit, Request};
//! use axum::http::{Method, StatusCode, header::AUTHORIZATION};
//! use axum::middleware::{self, Next};
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, body::Body, routing::get};
//! use tower::ServiceExt;
//! use tower_cors::CorsLayer;
//! use tower_http::catch_panic::CatchPanicLayer;
//!
//! async fn authenticate(request: Request, next: Next) -> Response {
//!     match request.headers().get(AUTHORIZATION) {
//!         Some(_) => next.run(request).await,
//!         None => StatusCode::UNAUTHORIZED.into_response(),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cors = CorsLayer::new()
//!     .allow_origins(["https://app.example.com"])
//!     .allow_methods([Method::PUT])
//!     .allow_headers([AUTHORIZATION]);
//! let app = Router::new()
//!     .route("/", get(|| async { "read" }).put(|| async { "written" }))
//!     .fallback(|| async { StatusCode::NOT_FOUND })
//!     .layer(middleware::from_fn(authenticate))
//!     .layer(DefaultBodyLimit::max(64 * 1024))
//!     .layer(CatchPanicLayer::new())
//!     .layer(cors); // last: the outermost
//!
//! // A preflight carries neither cookies nor `Authorization`. It is answered before anybody asks for them.
//! let preflight = Request::options("/")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT")
//!     .header("access-control-request-headers", "authorization");
//! assert_eq!(app.clone().oneshot(preflight.body(Body::empty())?).await?.status(), StatusCode::NO_CONTENT);
//!
//! // And the page can read that it must sign in first.
//! let request = Request::get("/").header("origin", "https://app.example.com");
//! let response = app.oneshot(request.body(Body::empty())?).await?;
//! assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
//! # Ok(()) }
//! ```
//!
//! # What goes wrong elsewhere
//!
//! | the layer stands | what happens |
//! |---|---|
//! | before the routes | It is around nothing: preflights get 405, answers no headers. axum's [`Router::layer`] is around what was added before it. |
//! | before [`Router::fallback`] | The 404 has no headers: a new fallback replaces the one that the layer is around. |
//! | inside of authentication | The preflight gets 401, for it has no credentials, and no page can read any 401. |
//! | inside of a body limit, a time-out, a rate limit, [`CatchPanicLayer`] | Their 413, 408, 429 and 500 have no headers: scripts see a "network error" and no status. |
//! | inside of a redirect, to https or to a slash | The preflight gets a 3xx, which browsers never follow. |
//! | as [`Router::route_layer`] | The 404 has no headers. |
//! | as [`MethodRouter::route_layer`] | Preflights get 405: it is around the handlers, and none is for `OPTIONS`. |
//!
//! [`CatchPanicLayer`]: https://docs.rs/tower-http/0.7/tower_http/catch_panic/struct.CatchPanicLayer.html
//! [`Router::layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.layer
//! [`Router::fallback`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.fallback
//! [`Router::route_layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.route_layer
//! [`MethodRouter::route_layer`]: https://docs.rs/axum/0.8/axum/routing/struct.MethodRouter.html#method.route_layer
//!
//! Two of them, as they look:
//!
//! ```
//! # use axum::middleware::{self, Next};
//! # use axum::{Router, body::Body, extract::Request, http::StatusCode, routing::get};
//! # use tower::ServiceExt;
//! # use tower_cors::CorsLayer;
//! async fn reject(_: Request, _: Next) -> StatusCode {
//!     StatusCode::UNAUTHORIZED
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cors = CorsLayer::new().allow_origins(["https://app.example.com"]);
//! let preflight = || {
//!     Request::options("/")
//!         .header("origin", "https://app.example.com")
//!         .header("access-control-request-method", "GET")
//!         .body(Body::empty())
//! };
//!
//! let before_the_routes: Router = Router::new().layer(cors.clone()).route("/", get(|| async { "read" }));
//! let response = before_the_routes.oneshot(preflight()?).await?;
//! assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
//! assert!(!response.headers().contains_key("access-control-allow-origin"));
//!
//! let inside_of_authentication: Router =
//!     Router::new().route("/", get(|| async { "read" })).layer(cors).layer(middleware::from_fn(reject));
//! assert_eq!(inside_of_authentication.oneshot(preflight()?).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(()) }
//! ```
//!
//! # `ServiceBuilder` counts the other way
//!
//! In a [`ServiceBuilder`](https://docs.rs/tower/0.5/tower/builder/struct.ServiceBuilder.html), and in tonic's
//! `Server::builder()`, the layer that is added first is the outermost. So it comes first there.
//!
//! ```
//! # use axum::middleware::{self, Next};
//! # use axum::{Router, body::Body, extract::Request, http::StatusCode, routing::get};
//! # use tower::{ServiceBuilder, ServiceExt};
//! # use tower_cors::CorsLayer;
//! # async fn reject(_: Request, _: Next) -> StatusCode { StatusCode::UNAUTHORIZED }
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let cors = CorsLayer::new().allow_origins(["https://app.example.com"]);
//! # let preflight = || {
//! #     Request::options("/")
//! #         .header("origin", "https://app.example.com")
//! #         .header("access-control-request-method", "GET")
//! #         .body(Body::empty())
//! # };
//! let routes: Router = Router::new().route("/", get(|| async { "read" }));
//! let right = routes.clone().layer(ServiceBuilder::new().layer(cors.clone()).layer(middleware::from_fn(reject)));
//! let wrong = routes.layer(ServiceBuilder::new().layer(middleware::from_fn(reject)).layer(cors));
//! assert_eq!(right.oneshot(preflight()?).await?.status(), StatusCode::NO_CONTENT);
//! assert_eq!(wrong.oneshot(preflight()?).await?.status(), StatusCode::UNAUTHORIZED);
//! # Ok(()) }
//! ```
//!
//! # What no layer can reach
//!
//! The server answers some requests itself, before any layer: hyper sends 400 for what is no HTTP and 431 for more than
//! a hundred header lines. A connection that breaks, because a handler panics and nothing catches it, has no answer at
//! all. To a script all of these look like a CORS error.
