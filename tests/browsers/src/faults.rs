//! What could be wrong with a layer. The suite is run against each, and has to see it.

use http::{HeaderName, Method};
use tower_cors::{CorsLayer, ExposeHeaders};

use crate::application::X_SECRET;

/// One policy that is not what it should be.
#[derive(Clone, Copy)]
pub struct Fault {
    pub what: &'static str,
    pub policy: &'static str,
    pub change: Change,
}

#[derive(Clone, Copy)]
pub enum Change {
    /// The rules, for pages of this origin.
    Rules(fn(CorsLayer, &str) -> CorsLayer),
    /// `Vary` gets lost.
    WithoutVary,
}

/// Those that a page can see by itself.
pub const OF_RULES: &[Fault] = &[
    rules("denied", "lets the page read", |layer, page| layer.allow_origins([page])),
    rules("list", "shuts the page out", |layer, _| layer.allow_origins(["https://other.example"])),
    rules("pattern", "takes another scheme", |layer, _| layer.allow_origins(["https://localhost:*"])),
    rules("predicate", "says no", |layer, _| layer.allow_origins([""; 0])),
    rules("null", "is no origin that it knows", |layer, page| layer.allow_origins([page])),
    rules("list", "refuses credentials", |layer, _| layer.allow_credentials(false)),
    rules("bare", "takes credentials", |layer, _| layer.allow_credentials(true)),
    rules("bare", "grants PUT", |layer, _| layer.allow_methods([Method::PUT])),
    rules("list", "grants DELETE", |layer, _| layer.allow_methods([Method::DELETE, Method::PUT, Method::PATCH])),
    rules("list", "grants one header alone", |layer, _| layer.allow_headers([HeaderName::from_static("x-a")])),
    rules("list", "exposes too much", |layer, _| layer.expose_headers([X_SECRET])),
    rules("list", "exposes nothing", |layer, _| layer.expose_headers(ExposeHeaders::list([]))),
    rules("any", "names one origin", |layer, page| layer.allow_origins([page])),
    rules("any-with-credentials", "grants no header", |layer, _| layer.allow_headers(Vec::new())),
    rules("enforced-denied", "runs what it should refuse", |layer, _| layer.reject_disallowed_origins(false)),
    rules("enforced", "runs what others ask for", |layer, _| layer.reject_disallowed_origins(false)),
    rules("uncached", "is kept", |layer, _| layer.max_age(std::time::Duration::from_secs(600))),
    rules("list", "is not kept", |layer, _| layer.max_age(std::time::Duration::ZERO)),
    rules("unset", "is kept too long", |layer, _| layer.max_age(std::time::Duration::from_secs(600))),
];

/// Those that show in a browser's HTTP cache alone.
pub const OF_CACHES: &[Fault] = &[without_vary("pattern"), without_vary("list")];

const fn rules(policy: &'static str, what: &'static str, change: fn(CorsLayer, &str) -> CorsLayer) -> Fault {
    Fault { what, policy, change: Change::Rules(change) }
}

const fn without_vary(policy: &'static str) -> Fault {
    Fault { what: "does not vary", policy, change: Change::WithoutVary }
}
