//! Counts what the policy refuses, by kind and reason, and shows the counters as Prometheus text.
//!
//! The answers below are complete but for their `date`, and for the `…`.
//!
//! ```text
//! $ cargo run --example metrics
//! listening on http://127.0.0.1:3000
//!
//! $ curl -i http://127.0.0.1:3000/items -H 'origin: https://app.example.com'
//! HTTP/1.1 200 OK
//! content-type: text/plain; charset=utf-8
//! vary: origin
//! access-control-allow-origin: https://app.example.com
//! content-length: 5
//!
//! items
//!
//! $ curl -i http://127.0.0.1:3000/items -H 'origin: https://evil.example'
//! HTTP/1.1 200 OK
//! content-type: text/plain; charset=utf-8
//! vary: origin
//! content-length: 5
//!
//! items
//!
//! $ curl -i -X OPTIONS http://127.0.0.1:3000/items -H 'origin: null' -H 'access-control-request-method: PUT'
//! HTTP/1.1 403 Forbidden
//! vary: origin, access-control-request-method, access-control-request-headers
//! allow: GET,HEAD
//! content-length: 0
//!
//! $ curl -i http://127.0.0.1:3000/metrics
//! HTTP/1.1 200 OK
//! content-type: text/plain; version=0.0.4
//! content-length: …
//!
//! # HELP cors_refusals_total Requests that got no permission.
//! # TYPE cors_refusals_total counter
//! cors_refusals_total{refused="preflight",reason="no-origin-allowed"} 0
//! …
//! cors_refusals_total{refused="preflight",reason="null-origin"} 1
//! …
//! cors_refusals_total{refused="response",reason="origin-not-listed"} 1
//! …
//! cors_refusals_total{refused="response",reason="cross-site-without-origin"} 0
//! ```
//!
//! The labels come from two closed sets. The origin itself is never a label: anybody could make any number of them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tower_cors::{CorsLayer, Refusal, RefusalKind, RefusalReason};

struct Refusals(HashMap<(RefusalKind, RefusalReason), AtomicU64>);

impl Refusals {
    /// Every counter stands at zero from the start, so that a rate has a beginning.
    fn new() -> Self {
        let all = |kind| RefusalReason::ALL.iter().map(move |reason| ((kind, *reason), AtomicU64::new(0)));
        Self(RefusalKind::ALL.iter().copied().flat_map(all).collect())
    }

    fn count(&self, refusal: &Refusal<'_>) {
        if let Some(counter) = self.0.get(&(refusal.kind(), refusal.reason())) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
    fn prometheus(&self) -> String {
        let mut text = "# HELP cors_refusals_total Requests that got no permission.\n\
                        # TYPE cors_refusals_total counter\n"
            .to_owned();
        for kind in RefusalKind::ALL {
            for reason in RefusalReason::ALL {
                if let Some(counter) = self.0.get(&(*kind, *reason)) {
                    let count = counter.load(Ordering::Relaxed);
                    let _ = writeln!(text, "cors_refusals_total{{refused=\"{kind}\",reason=\"{reason}\"}} {count}");
                }
            }
        }
        text
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let refusals = Arc::new(Refusals::new());
    let counted = refusals.clone();
    let cors = CorsLayer::new()
        .allow_origins(["https://app.example.com"])
        .max_age(std::time::Duration::from_secs(7200))
        .on_refusal(move |refusal| counted.count(refusal))
        .build()?;
    let app = Router::new()
        .route("/items", get(async || "items"))
        .layer(cors)
        // Behind no CORS layer: no page has any business here.
        .route("/metrics", get(async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], refusals.prometheus())));
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
