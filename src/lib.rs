//! CORS for Tower services (axum, tonic, hyper): checked when it is built, answered in constant time, proven in real
//! browsers.
//!
//! A browser lets a page read the answer of another origin only if that answer permits it, and asks beforehand, with a
//! preflight, before it sends what a form could not send. This crate answers for a service:
//!
//! ```
//! use axum::{Router, routing::get};
//! use http::{Method, header::{AUTHORIZATION, CONTENT_TYPE}};
//! use tower_cors::CorsLayer;
//!
//! let app: Router = Router::new().route("/items", get(|| async { "[]" })).layer(
//!     CorsLayer::new()
//!         .allow_origins(["https://app.example.com", "https://*.preview.example.com"])
//!         .allow_methods([Method::PUT, Method::DELETE])
//!         .allow_headers([AUTHORIZATION, CONTENT_TYPE])
//!         .allow_credentials(true),
//! );
//! # use tower::ServiceExt;
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let request = http::Request::get("/items").header("origin", "https://pr-7.preview.example.com");
//! let response = app.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://pr-7.preview.example.com");
//! # });
//! ```
//!
//! # What a mistake looks like
//!
//! Rules are checked before the first request, and everything that is wrong is said at once. As a layer, invalid rules
//! stop the program when it starts; [`CorsLayer::build`] returns the problems as values, for rules that come from a
//! file or a database.
//!
//! ```
//! use tower_cors::CorsLayer;
//!
//! let error = CorsLayer::new()
//!     .allow_origins(["https://app.example.com/", "https://*.github.io"])
//!     .allow_credentials(true)
//!     .build()
//!     .unwrap_err();
//! let codes: Vec<_> = error.problems().map(|problem| problem.code()).collect();
//! assert_eq!(codes, ["origin-has-trailing-slash", "origin-open-to-strangers"]);
//! assert!(error.to_string().contains(r#"write "https://app.example.com""#));
//! ```
//!
//! # The types
//!
//! - [`CorsLayer`]: the rules, and the [`Layer`](tower_layer::Layer) that answers with them.
//! - [`CorsPolicy`]: the rules, checked and compiled. Cheap to clone. A layer too.
//! - [`Decision`]: what a policy says of one request, for servers without Tower.
//! - [`OriginGuard`]: the same trusted origins for WebSocket handshakes and forms.
//! - [`Origin`], [`OriginPattern`]: parsed origins, for settings types of your own.
//! - [`PolicyError`], [`Problem`], [`Warning`]: what is wrong, and what to write instead.
//! - [`Refusal`], [`Explanation`]: why a request got no permission, for logs and for people.
//! - [`Any`], [`AllowOrigin`], [`AllowMethods`], [`AllowHeaders`], [`ExposeHeaders`]: values for the setters, as in tower-http.
//!
//! # What is answered
//!
//! A preflight is an `OPTIONS` request with `Origin` and `Access-Control-Request-Method`; the service never sees it.
//! Every other request does, other `OPTIONS` included. If the policy allows its origin, its response gets
//! `Access-Control-Allow-Origin` and what belongs to it; under "any origin" every response does. `Vary: origin` stands on
//! every response, whether its origin is allowed or not, unless the answer is the same for every origin.
//!
//! What the service itself says in `Access-Control-*` headers is taken away: there is one authority, and of several layers
//! it is the outermost. One exception: where the policy names no exposed headers, the service's own
//! `Access-Control-Expose-Headers` stays, beside an allowed origin.
//!
//! CORS keeps answers from scripts. It does not keep requests from a service: see
//! [`reject_disallowed_origins`](CorsLayer::reject_disallowed_origins).
//!
//! # Coming from tower-http
//!
//! Write `tower_cors` for `tower_http::cors`, in `use` lines and in full paths such as `tower_http::cors::Any`; the usual
//! code compiles, with all that stands on `http` 1. What differs:
//!
//! - `OPTIONS` requests that are no preflights reach the service.
//! - A preflight is answered with 204, and with 403 if the origin is not allowed; no permission stands on either answer
//!   to an origin that is not allowed.
//! - A single origin is answered like a list of one: other origins, and requests without `Origin`, get no permission.
//! - `AllowHeaders::any()` covers `authorization` too.
//! - An origin with `*` in it is a [pattern](OriginPattern).
//! - The outermost layer alone answers: an inner layer, or a handler that writes `Access-Control-Allow-Origin` itself, cannot
//!   open what the outermost does not allow. Give such [routes](guide::routes) their layer beside the other, not inside it.
//! - A [predicate](AllowOrigin::predicate) is not asked about origins that could not be listed: `null`, and with
//!   credentials `http` origins of other machines.
//!
//! What could not work, or opens too much, stops the program when it starts; the error says what to write instead:
//!
//! - origins as no browser sends them: empty (a comma at the end, a variable that is not set), a slash or a path at the end,
//!   upper case, the default port, no scheme;
//! - `null`, which every website can send, without
//!   [`dangerously_allow_null_origin`](CorsLayer::dangerously_allow_null_origin);
//! - `*` as one of several origins, or as an element of a list of methods or headers: [`Any`] is written alone;
//! - with credentials: any origin, in every spelling; `http` origins of other machines; and wildcards over names that
//!   strangers can register. For the last two there is a switch each.
//!
//! Names that are not carried over, such as `very_permissive`, are compile errors that say what to write.
//!
//! # More
//!
//! The [`guide`] says where the layer stands, why a preflight fails, and how each route, or each tenant, gets its own
//! policy.
//!
//! # Features
//!
//! - `public-suffix` (default): knows under which names strangers can register. Without it every wildcard of a policy
//!   with credentials or enforcement needs [`dangerously_allow_public_suffix`](CorsLayer::dangerously_allow_public_suffix).
//! - `idna` (default): names the Punycode to write for a host in Unicode.
//! - `resolver`: looks the policy up for each request, for services with many tenants. `resolver-cache`: with a bounded
//!   cache in front of the look-ups.
//! - `serde`: `CorsConfig`, the rules as data from TOML, JSON, YAML or environment variables; `Origin` and `OriginPattern`
//!   as texts.
//! - `reload`: `ReloadHandle`, a policy that is replaced while services answer with it, and `PolicyDiff`, what that opens
//!   and closes. [`guide::living`] leads through these four.
//! - `browser`: a user agent after the Fetch standard, for tests of your own stack.
//! - `tracing`: events for refusals, for the warnings of a policy when it is built, for look-ups that fail, and once where
//!   the service sets `Access-Control-*` headers itself or has a CORS layer inside of this one. For that a policy marks the
//!   first hundred responses, where somebody takes warnings: two allocations each.
#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::exhaustive_enums)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "browser")]
#[cfg_attr(docsrs, doc(cfg(feature = "browser")))]
pub mod browser;
mod canonical;
mod compile;
mod compiled;
#[cfg(feature = "serde")]
mod config;
mod decision;
#[cfg(feature = "reload")]
mod diff;
mod echo;
mod edits;
mod explain;
mod fetch;
pub mod guide;
mod head;
mod layer;
mod origin;
mod own_origin;
mod policy;
mod problem;
mod quote;
mod reason;
mod refusal;
#[cfg(feature = "reload")]
mod reload;
mod removed;
#[cfg(feature = "resolver")]
#[cfg_attr(docsrs, doc(cfg(feature = "resolver")))]
pub mod resolver;
mod service;
mod settings;
mod trace;
mod trust;
mod values;
mod vary;
mod verdict;
mod warning;

#[cfg(feature = "serde")]
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
pub use config::CorsConfig;
pub use decision::{Decision, Forward, Respond};
#[cfg(feature = "reload")]
#[cfg_attr(docsrs, doc(cfg(feature = "reload")))]
pub use diff::{Delta, PolicyDiff, Step};
pub use explain::{Cause, Explanation, Observed};
pub use layer::CorsLayer;
pub use origin::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};
pub use policy::{CorsPolicy, OriginGuard};
pub use problem::{PolicyError, Problem, ProblemKind, Setting, Trust};
pub use refusal::{Refusal, RefusalKind, RefusalReason};
#[cfg(feature = "reload")]
#[cfg_attr(docsrs, doc(cfg(feature = "reload")))]
pub use reload::{ReloadHandle, ReloadService};
#[doc(hidden)]
pub use removed::{
    AllowPrivateNetwork, Removed, RemovedAsyncPredicate, RemovedCredentialsPredicate, RemovedPrivateNetwork,
    RemovedVeryPermissive, RemovedWrapping,
};
pub use service::{Cors, CorsService, ResponseFuture};
#[allow(deprecated, reason = "tower-http has it too")]
pub use values::any;
pub use values::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, Any, ExposeHeaders, MaxAge, OriginEntry, Vary,
    preflight_request_headers,
};
pub use warning::{Warning, WarningKind};

/// The examples of the README are tests too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
