//! Policies from data: read when the program starts, replaced while it runs, looked up for each tenant.
//!
//! Each step is a feature of this crate and an example in the repository:
//!
//! | the policy | feature | example |
//! |---|---|---|
//! | is read from a file | `serde` | `cargo run --example config --features serde` |
//! | is replaced when the file changes | `reload` | `cargo run --example reload --features reload,serde` |
//! | is that of the tenant who is asked for | `resolver-cache` | `cargo run -p tenants -- serve` |
//!
//! # Read: `CorsConfig`
//!
//! A section of your own settings, in any format of serde, or environment variables. What is wrong is reported with its
//! key, everything at once; keys that open more than a file should are refused unless the program trusts them.
//!
//! ```
//! # #[cfg(feature = "serde")] {
//! use tower_cors::CorsConfig;
//!
//! let config: CorsConfig = toml::from_str(r#"
//!     origins = ["https://app.example.com", "https://app.example.org/"]
//!     credential = true
//! "#)?;
//! let error = config.build().unwrap_err();
//! let told: Vec<_> = error.problems().map(|problem| (problem.key().unwrap(), problem.suggestion().unwrap())).collect();
//! assert_eq!(told, [("credential", "credentials"), ("origins[1]", "https://app.example.org")]);
//!
//! let policy = CorsConfig::from_vars("APP_CORS_", [("APP_CORS_ORIGINS", "https://app.example.com")]).build()?;
//! assert!(policy.allows_origin("https://app.example.com"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Replaced: `ReloadHandle`
//!
//! A layer whose policy is swapped as a whole. What is invalid comes back, and the old policy stays in force. `PolicyDiff`
//! says what a change opens and closes: show it to a person before it is applied. What is closed may still be *sent* for a
//! while, by browsers that hold the answer to an earlier preflight.
//!
//! ```
//! # #[cfg(feature = "reload")] {
//! use tower_cors::{CorsLayer, PolicyDiff, ReloadHandle};
//!
//! let handle = ReloadHandle::new(CorsLayer::new().allow_origins(["https://a.example"]).build()?);
//! let routes: axum::Router = axum::Router::new().layer(handle.clone());
//!
//! let new = CorsLayer::new().allow_origins(["https://b.example"]).build()?;
//! let diff = PolicyDiff::between(&handle.policy(), &new);
//! assert_eq!((diff.origins().opened(), diff.origins().closed()), (&["https://b.example".into()][..], &["https://a.example".into()][..]));
//! handle.replace(new)?;
//! assert!(handle.replace(CorsLayer::new().allow_origins(["b.example"])).is_err());
//! assert!(handle.policy().allows_origin("https://b.example"));
//! # drop(routes);
//! # }
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! # Looked up: `resolver`
//!
//! One service, many tenants, each with origins of its own. A key is made from where the request goes, which is what a
//! preflight shares with the request after it; the policy of the key is looked up before the service is called; and
//! whatever goes wrong, nobody is allowed. The module `resolver` has the rules.
//!
//! - What a tenant writes is parsed as an exact [`Origin`](crate::Origin), never as a pattern or a configuration: nobody
//!   may open their policy to `https://*.com`, or to everybody.
//! - A fault in the rows of one tenant denies that tenant, is reported, and holds up nobody else.
//! - When an origin is taken away, decide for how long it may still be allowed: the time to live of the cache, or how old
//!   the last state of the database may become.
//!
//! In axum the resolver is a layer like any other:
//!
//! ```
//! # #[cfg(feature = "resolver-cache")] {
//! # use std::time::Duration;
//! # use axum::{Router, body::Body, http::Request, routing::get};
//! # use tower::ServiceExt;
//! use tower_cors::resolver::{HostKey, Lookup, PolicyCache, ResolverLayer};
//! use tower_cors::{CorsLayer, CorsPolicy, Origin};
//!
//! /// `SELECT origin FROM allowed_origins WHERE host = $1`, usually.
//! async fn policy_of(host: HostKey) -> Result<Option<CorsPolicy>, Box<dyn std::error::Error + Send + Sync>> {
//!     let rows: &[&str] = match host.as_str() {
//!         "acme.example.com" => &["https://app.acme.example"],
//!         "globex.example.com" => &["https://*.globex.example"],
//!         _ => return Ok(None),
//!     };
//!     // A fault is this tenant's own: no policy for it, and no failure.
//!     let Ok(origins) = rows.iter().map(|row| row.parse::<Origin>()).collect::<Result<Vec<_>, _>>() else {
//!         return Ok(None);
//!     };
//!     Ok(Some(CorsLayer::new().allow_origins(origins).allow_credentials(true).build()?))
//! }
//!
//! let cache = PolicyCache::builder(Lookup::new(policy_of), Duration::from_secs(10)).build();
//! let app: Router =
//!     Router::new().route("/", get(async || "hello")).layer(ResolverLayer::cached(|target| target.host(), cache));
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let allowed = async |host: &str, origin: &str| {
//!     let request = Request::get("/").header("host", host).header("origin", origin).body(Body::empty()).unwrap();
//!     app.clone().oneshot(request).await.unwrap().headers().contains_key("access-control-allow-origin")
//! };
//! assert!(allowed("acme.example.com", "https://app.acme.example").await);
//! assert!(!allowed("acme.example.com", "https://app.globex.example").await);
//! assert!(!allowed("globex.example.com", "https://app.globex.example").await);
//! # }); }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! In tonic it stands where the other layer would, as the first, which is the outermost:
//!
//! ```text
//! Server::builder()
//!     .accept_http1(true)
//!     .layer(ResolverLayer::cached(|target| target.host(), cache))
//!     .layer(GrpcWebLayer::new())
//!     .add_service(GreeterServer::new(greeter))
//! ```
//!
//! In hyper it goes around a Tower service, made with `tower::service_fn` for example:
//!
//! ```text
//! let service = ResolverLayer::cached(|target| target.host(), cache).layer(tower::service_fn(handle));
//! builder.serve_connection(io, TowerToHyperService::new(service)).await
//! ```
//!
//! Behind a proxy that rewrites `Host` every tenant would be the same one: see [`proxies`](super::proxies).
