//! Behind a proxy.
//!
//! # That rewrites `Host`
//!
//! Permissions depend on `Origin` alone, which proxies leave as it is: nothing changes. But
//! [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) and [`OriginGuard`](crate::OriginGuard)
//! recognise the service's own pages, where the browser sends no `Sec-Fetch-Site`, by the authority that was asked for.
//! Chromium sends none with WebSockets. If a proxy puts its own name for the service into `Host`, those are refused:
//!
//! ```
//! use tower_cors::CorsLayer;
//!
//! let guard = |origins: &[&str]| CorsLayer::new().allow_origins(origins).build()?.guard();
//! let handshake = http::Request::get("/chat")
//!     .header("origin", "https://shop.example.com")
//!     .header("host", "10.0.0.7:8080") // was shop.example.com
//!     .header("x-forwarded-host", "shop.example.com")
//!     .body(()).unwrap().into_parts().0;
//! assert!(!guard(&["https://app.example.com"])?.admits(&handshake));
//! assert!(guard(&["https://app.example.com", "https://shop.example.com"])?.admits(&handshake));
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! Either list the service's own origin, as here, or let the proxy keep `Host`, with its port: nginx's `$http_host` does,
//! its `$host` drops the port. `X-Forwarded-Host` and `Forwarded` are not read, for clients can write them.
//!
//! To list it is the better way where the proxy asks for `localhost` or an address over plain http. Then a page that a
//! visitor's own machine serves at that very address would pass for the service's own.
//!
//! # That answers itself
//!
//! A proxy that answers preflights, or adds `Access-Control-*` headers, is a second authority. Two
//! `Access-Control-Allow-Origin` lines fail in every browser. Turn it off in one of the two places. Its own errors, a 502
//! or a 413, carry no headers of the layer; a script cannot tell them from a broken connection.
//!
//! # That splits and joins
//!
//! Some proxies write `Access-Control-Request-Headers` on several lines, or put blanks into it. That is understood. Two
//! `Origin` lines never come from a browser: no origin is allowed then, not even the same one twice.
//!
//! ```
//! use tower_cors::{CorsLayer, Decision};
//!
//! let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
//! let (head, ()) = http::Request::get("/")
//!     .header("origin", "https://app.example.com")
//!     .header("origin", "https://app.example.com")
//!     .body(())?
//!     .into_parts();
//! let Decision::Forward(cors) = policy.decide(&head) else { unreachable!() };
//! let mut response = http::Response::new(());
//! cors.decorate(&mut response);
//! assert!(!response.headers().contains_key("access-control-allow-origin"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
