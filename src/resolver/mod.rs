//! A policy for each request, looked up by where the request goes: for services with many tenants.
//!
//! ```
//! use http::{Request, Response};
//! use tower::{Layer, Service, ServiceExt, service_fn};
//! use tower_cors::resolver::{HostKey, Lookup, ResolverLayer};
//! use tower_cors::{CorsLayer, CorsPolicy, PolicyError};
//!
//! /// A database, usually.
//! async fn policy_of(host: HostKey) -> Result<Option<CorsPolicy>, PolicyError> {
//!     let layer = CorsLayer::new().allow_credentials(true);
//!     match host.as_str() {
//!         "acme.example.com" => layer.allow_origins(["https://acme.example"]).build().map(Some),
//!         "globex.example.com" => layer.allow_origins(["https://globex.example"]).build().map(Some),
//!         _ => Ok(None),
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layer = ResolverLayer::new(|target| target.host(), Lookup::new(policy_of));
//! let service = layer.layer(service_fn(async |_: Request<()>| Ok::<_, PolicyError>(Response::new("hello"))));
//!
//! let request = Request::get("https://acme.example.com/").header("origin", "https://acme.example").body(())?;
//! let response = service.clone().oneshot(request).await?;
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://acme.example");
//!
//! let request = Request::get("https://globex.example.com/").header("origin", "https://acme.example").body(())?;
//! let response = service.oneshot(request).await?;
//! assert!(!response.headers().contains_key("access-control-allow-origin"));
//! # Ok(()) }
//! ```
//!
//! Two steps, so that no cache can mix tenants: the key is made from the [`Target`] of the request, which is all that a
//! preflight shares with the request that it is for; the look-up sees the key and nothing else. Both happen before the
//! service is called.
//!
//! | what is found | answer |
//! |---|---|
//! | a policy | that of the policy, as if it were the service's only one |
//! | no key, an unknown key, a key without policy | that of a policy that allows nobody |
//! | nothing: an error, a time-out, a panic, too many look-ups in flight | preflights, and requests of an origin that is not the service's own: 503; other requests are forwarded |
//!
//! "The service's own origin" is what [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) takes for
//! it. Requests of other origins get a 503 because the policy that could not be found may be one that rejects: a WebSocket
//! handshake from a foreign page must not pass while the database is away. For the same reason an unsafe request without
//! `Origin` gets it if `Sec-Fetch-Site` says that another site sent it.
//! [`forward_on_failure`](ResolverLayer::forward_on_failure) turns that off. Whatever is forwarded without a policy loses
//! the `Access-Control-*` headers that the service sets, and varies on `Origin`. A 403 or 503 of the resolver itself is
//! `no-store`.
//!
//! **Every request is looked up**, those without `Origin` too: a policy that allows any origin says so on every
//! response, for the sake of caches that ignore `Vary`, and one that rejects rejects some requests without `Origin`.
//! With a [`PolicyCache`] that costs one look-up for each tenant and time to live; while the database is away it costs
//! such a request the time-out of the look-up before it is forwarded.
//!
//! **Vary** names `host` once the key has read the host. Path and query are in every cache's key.
//!
//! # Tenants that are known after authentication only
//!
//! Where one host serves all tenants and a token tells which, no preflight can be answered by tenant: it carries no
//! token. Let the layer answer for the union of all tenants of that host, and hold the request itself, once its tenant
//! is known, against that tenant's own [guard](crate::CorsPolicy::guard), before anything of the tenant is read or
//! changed:
//!
//! ```
//! use http::request::Parts;
//! use http::{Request, Response, StatusCode};
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_cors::resolver::{HostKey, Lookup, ResolverLayer};
//! use tower_cors::{CorsLayer, CorsPolicy, PolicyError};
//!
//! fn policy(origins: &[&str]) -> Result<CorsPolicy, PolicyError> {
//!     CorsLayer::new().allow_origins(origins).allow_headers([http::header::AUTHORIZATION]).build()
//! }
//!
//! /// All tenants of a host: what a preflight is answered with.
//! async fn union(_: HostKey) -> Result<Option<CorsPolicy>, PolicyError> {
//!     policy(&["https://acme.example", "https://globex.example"]).map(Some)
//! }
//!
//! /// Who asks, and which origins are theirs.
//! fn authenticate(head: &Parts) -> Option<(&'static str, CorsPolicy)> {
//!     match head.headers.get("authorization")?.to_str().ok()? {
//!         "Bearer acme" => Some(("acme", policy(&["https://acme.example"]).ok()?)),
//!         "Bearer globex" => Some(("globex", policy(&["https://globex.example"]).ok()?)),
//!         _ => None,
//!     }
//! }
//!
//! async fn handler(request: Request<()>) -> Result<Response<String>, PolicyError> {
//!     let (head, ()) = request.into_parts();
//!     let mut response = Response::new(String::new());
//!     let Some((tenant, policy)) = authenticate(&head) else {
//!         *response.status_mut() = StatusCode::UNAUTHORIZED;
//!         return Ok(response);
//!     };
//!     if !policy.guard()?.admits(&head) {
//!         *response.status_mut() = StatusCode::FORBIDDEN;
//!         return Ok(response);
//!     }
//!     *response.body_mut() = format!("the data of {tenant}");
//!     Ok(response)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let service = ResolverLayer::new(|target| target.host(), Lookup::new(union)).layer(service_fn(handler));
//! let ask = |origin, token| {
//!     let request = Request::get("https://api.example.com/").header("origin", origin).header("authorization", token);
//!     service.clone().oneshot(request.body(()).unwrap())
//! };
//! assert_eq!(ask("https://acme.example", "Bearer acme").await?.body(), "the data of acme");
//! // A page of one tenant with the token of another: readable for that page, and nothing in it.
//! let response = ask("https://acme.example", "Bearer globex").await?;
//! assert_eq!((response.status(), response.body().as_str()), (StatusCode::FORBIDDEN, ""));
//! # Ok(()) }
//! ```
//!
//! # Warnings in the log
//!
//! With the feature `tracing` the warnings of every policy that is [built](crate::CorsLayer::build) are logged, and a
//! look-up builds one each time. To log them once for each tenant, build quietly, and log
//! [`warnings`](crate::CorsPolicy::warnings) where a tenant is changed, or when they are not those that you saw last:
//!
#![cfg_attr(feature = "tracing", doc = "```")]
#![cfg_attr(not(feature = "tracing"), doc = "```ignore")]
//! use tower_cors::{CorsLayer, CorsPolicy, PolicyError};
//! use tracing::subscriber::{NoSubscriber, with_default};
//!
//! fn build_quietly(layer: CorsLayer) -> Result<CorsPolicy, PolicyError> {
//!     with_default(NoSubscriber::default(), || layer.build())
//! }
//!
//! let policy = build_quietly(CorsLayer::new().allow_origins(["https://acme.example"]))?;
//! assert_eq!(policy.warnings()[0].id(), "max-age-unset");
//! # Ok::<(), PolicyError>(())
//! ```
//!
//! Stages: `host` and `target` make the key; `failure` says why there is no answer, `told` logs that, `lookup` bounds one
//! look-up, `cache` shares it, `layer` answers.

#[cfg(feature = "resolver-cache")]
mod cache;
mod failure;
mod host;
mod layer;
mod lookup;
mod target;
mod told;

#[cfg(feature = "resolver-cache")]
#[cfg_attr(docsrs, doc(cfg(feature = "resolver-cache")))]
pub use cache::{PolicyCache, PolicyCacheBuilder};
pub use failure::LookupFailure;
pub use host::{HostKey, InvalidHost};
pub use layer::{ResolverFuture, ResolverLayer, ResolverService};
pub use lookup::Lookup;
pub use target::Target;
