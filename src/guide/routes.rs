//! Different policies on different routes, and layers around layers.
//!
//! The router picks the policy: give each group of routes its own layer. There are no rules for paths inside of a
//! policy, so no way of writing a path selects another policy than the route that answers it has.
//!
//! # Groups of routes
//!
//! ```
//! use axum::{Router, body::Body, http::{Request, StatusCode}, routing::get};
//! use tower::{Layer, ServiceExt};
//! use tower_cors::CorsLayer;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let not_found = || async { StatusCode::NOT_FOUND };
//! let account = CorsLayer::new().allow_origins(["https://app.example.com"]).allow_credentials(true);
//! let closed = CorsLayer::new();
//! let app: Router = Router::new()
//!     // Each group has a fallback: otherwise it borrows the one below, and that one's policy.
//!     .nest("/account", Router::new().route("/name", get(|| async { "Ada" })).fallback(not_found).layer(account))
//!     // One route, opened to everybody.
//!     .route("/status", get(|| async { "fine" }).layer(CorsLayer::permissive()))
//!     // One route, closed: nothing is allowed, and caches and preflights are told so.
//!     .route("/metrics", get(|| async { "0" }).layer(closed.clone()))
//!     // One route for the service's own pages only: other websites' requests do not come in.
//!     .route("/admin", get(|| async { "all" }).layer(closed.clone().reject_disallowed_origins(true)))
//!     // What is left.
//!     .fallback_service(closed.layer(Router::new().fallback(not_found)));
//!
//! let ask = async |path: &str| {
//!     let request = Request::get(path).header("origin", "https://app.example.com").body(Body::empty()).unwrap();
//!     let response = app.clone().oneshot(request).await.unwrap();
//!     let allowed = response.headers().get("access-control-allow-origin");
//!     (response.status().as_u16(), allowed.map(|origin| origin.to_str().unwrap().to_owned()))
//! };
//! let page = || Some("https://app.example.com".to_owned());
//! assert_eq!(ask("/account/name").await, (200, page()));
//! assert_eq!(ask("/account/nothing").await, (404, page()));
//! assert_eq!(ask("/status").await, (200, Some("*".to_owned())));
//! assert_eq!(ask("/metrics").await, (200, None));
//! assert_eq!(ask("/admin").await, (403, None));
//! assert_eq!(ask("/nothing").await, (404, None));
//! # Ok(()) }
//! ```
//!
//! Routers that are [merged](https://docs.rs/axum/0.8/axum/struct.Router.html#method.merge) keep the layers that they had
//! before. On a single route use `get(…).layer(…)`, not `get(…).route_layer(…)`: see [`layers`](super::layers).
//!
//! # Without a router
//!
//! Choose a policy, then ask it. Let the last arm be the closed one.
//!
//! ```
//! use http::{Request, Response};
//! use tower_cors::{CorsLayer, CorsPolicy, Decision};
//!
//! struct Policies { account: CorsPolicy, public: CorsPolicy, closed: CorsPolicy }
//!
//! impl Policies {
//!     fn of(&self, path: &str) -> &CorsPolicy {
//!         match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
//!             Some(("account", _)) => &self.account,
//!             Some(("public", _)) => &self.public,
//!             _ => &self.closed,
//!         }
//!     }
//! }
//!
//! fn answer(policies: &Policies, request: Request<()>) -> Response<String> {
//!     let (head, ()) = request.into_parts();
//!     match policies.of(head.uri.path()).decide(&head) {
//!         Decision::Respond(answer) => answer.into_response(),
//!         Decision::Forward(cors) => {
//!             let mut response = Response::new("hello".to_owned());
//!             cors.decorate(&mut response);
//!             response
//!         }
//!     }
//! }
//!
//! let policies = Policies {
//!     account: CorsLayer::new().allow_origins(["https://app.example.com"]).allow_credentials(true).build()?,
//!     public: CorsLayer::permissive().build()?,
//!     closed: CorsLayer::new().build()?,
//! };
//! let allowed = |path: &str| {
//!     let request = Request::get(path).header("origin", "https://app.example.com").body(()).unwrap();
//!     answer(&policies, request).headers().get("access-control-allow-origin").cloned()
//! };
//! assert_eq!(allowed("/account/name").unwrap(), "https://app.example.com");
//! assert_eq!(allowed("/public/news").unwrap(), "*");
//! assert_eq!(allowed("//public/news"), None);
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! The server that handles the request must see the same path: one that removes dot segments or decodes `%2e` afterwards
//! would serve under another policy what it serves elsewhere.
//!
//! # A layer around a layer
//!
//! The outermost has the last word, also where it opens what the inner one closes, and it alone answers preflights.
//! What the inner one wrote is removed: that is what keeps two `Access-Control-Allow-Origin` from going out. With the
//! feature `tracing` a warning says so, once. So a stricter policy for one route does not go inside of a wider one; put
//! the routes beside each other, as above.
//!
//! ```
//! # use axum::{Router, body::Body, http::Request, routing::get};
//! # use tower::ServiceExt;
//! # use tower_cors::CorsLayer;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let not_closed: Router = Router::new()
//!     .route("/private", get(|| async { "open after all" }).layer(CorsLayer::new()))
//!     .layer(CorsLayer::permissive());
//! let request = Request::get("/private").header("origin", "https://evil.example").body(Body::empty())?;
//! let response = not_closed.oneshot(request).await?;
//! assert_eq!(response.headers()["access-control-allow-origin"], "*");
//! # Ok(()) }
//! ```
//!
//! Two things of the inner one stay. Its `Access-Control-Expose-Headers`, where the outer policy names no exposed
//! headers. And its refusals: an inner [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) still
//! answers 403, which the outer policy may then make readable.
