//! CORS for Tower services (axum, tonic, hyper): checked when it is built, answered in constant time, proven in real
//! browsers.
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
mod echo;
mod fetch;
mod head;
mod layer;
mod origin;
mod own_origin;
mod policy;
mod problem;
mod quote;
mod reason;
mod refusal;
mod removed;
mod service;
mod settings;
mod trace;
mod trust;
mod values;
mod vary;
mod warning;

#[cfg(feature = "serde")]
pub use config::CorsConfig;
pub use decision::{Decision, Forward, Respond};
pub use layer::CorsLayer;
pub use origin::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};
pub use policy::{CorsPolicy, OriginGuard};
pub use problem::{PolicyError, Problem, ProblemKind, Setting, Trust};
pub use refusal::{Refusal, RefusalKind, RefusalReason};
#[doc(hidden)]
pub use removed::{
    Removed, RemovedAsyncPredicate, RemovedCredentialsPredicate, RemovedPrivateNetwork, RemovedVeryPermissive,
};
pub use service::{Cors, CorsService, ResponseFuture};
#[allow(deprecated, reason = "tower-http has it too")]
pub use values::any;
pub use values::{
    AllowCredentials, AllowHeaders, AllowMethods, AllowOrigin, Any, ExposeHeaders, MaxAge, OriginEntry, Vary,
    preflight_request_headers,
};
pub use warning::{Warning, WarningKind};
