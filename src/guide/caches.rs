//! Caches, and `Vary`.
//!
//! What the layer puts on an answer depends on the `Origin` of the request. A cache that does not know this gives the
//! answer for one origin to another: the browser's own cache is enough for it. First an `<img>` fetches a picture,
//! without `Origin`, so without permission; then a script fetches it, gets the stored answer, and may not read it.
//!
//! `Vary: origin` tells caches so (<https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>). It must be on every
//! answer, or it does not help: also without `Origin`, also to an origin that is not allowed, also on errors and on 304.
//! The layer does that, and adds to the `Vary` that your service sets:
//!
//! ```
//! # use axum::{Router, body::Body, http::Request, routing::get};
//! # use tower::ServiceExt;
//! # use tower_cors::CorsLayer;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app: Router = Router::new()
//!     .route("/", get(|| async { ([("vary", "accept-encoding")], "hello") }))
//!     .layer(CorsLayer::new().allow_origins(["https://app.example.com"]));
//! let response = app.oneshot(Request::get("/").body(Body::empty())?).await?;
//! let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
//! assert_eq!(vary, ["accept-encoding", "origin"]);
//! # Ok(()) }
//! ```
//!
//! Where any origin is allowed the answer is the same for all, with `Origin` and without, and is not split by it:
//!
//! ```
//! # use axum::{Router, body::Body, http::Request, routing::get};
//! # use tower::ServiceExt;
//! # use tower_cors::CorsLayer;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app: Router = Router::new().route("/", get(|| async { "hello" })).layer(CorsLayer::permissive());
//! let response = app.oneshot(Request::get("/").body(Body::empty())?).await?;
//! assert_eq!(response.headers()["access-control-allow-origin"], "*");
//! assert!(!response.headers().contains_key("vary"));
//! # Ok(()) }
//! ```
//!
//! # What else is done for caches
//!
//! - Preflights, and other `OPTIONS` requests, vary on the question too. HTTP does not let caches keep them, but some
//!   CDNs can be told to.
//! - The answer to a preflight says nothing about caching, whether it permits or not: a CDN that keeps answers to
//!   `OPTIONS` must have all three names of their `Vary` among its keys.
//! - Where the layer refuses actual requests, under
//!   [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins), its 403 is `Cache-Control: no-store`; so is
//!   what a resolver answers where it has no policy.
//! - If a [predicate](crate::AllowOrigin::predicate) of yours reads a request header, name it with
//!   [`vary`](crate::CorsLayer::vary). The layer cannot know it.
//!
//! # What is left to you
//!
//! A CDN may ignore `Vary`, or be told which headers make up its keys: then `Origin` must be one of them. A proxy that
//! adds an `Access-Control-Allow-Origin` of its own makes two of it, and browsers accept neither, even if both are the
//! same: let one side answer for CORS.
