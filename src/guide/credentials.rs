//! Cookies, and whom they make you trust.
//!
//! With [`allow_credentials`](crate::CorsLayer::allow_credentials) the scripts of an allowed origin send your users'
//! cookies along and read what comes back. They act as your users. So the list of origins is a list of those you trust
//! that far, and mistakes in it are found when the policy is built:
//!
//! ```
//! use tower_cors::CorsLayer;
//!
//! let with = |origin: &str| CorsLayer::new().allow_origins([origin]).allow_credentials(true).build();
//! assert!(with("https://app.example.com").is_ok());
//! assert!(with("https://*.example.com").is_ok());
//! assert!(with("http://localhost:5173").is_ok());
//!
//! assert!(with("*").is_err()); // every website
//! assert!(with("null").is_err()); // every website, from a sandboxed frame
//! assert!(with("https://*.github.io").is_err()); // everybody who has an account there
//! assert!(with("http://app.example.com").is_err()); // everybody on the same network
//! ```
//!
//! # Three sides must agree
//!
//! - **The script** says `credentials: 'include'`. Without it no cookie is sent, and none is stored.
//! - **The server** says `Access-Control-Allow-Credentials: true`, beside the origin itself, never beside `*`.
//! - **The cookie** is `Secure; SameSite=None` if page and API are of different sites. Between
//!   `https://app.example.com` and `https://api.example.com`, which are of one site, `SameSite=Lax` does. Browsers that
//!   keep third-party cookies out do so whatever a server says.
//!
//! The protocol's `*` means nothing with credentials, so [`Any`](crate::Any) is answered by name there: with the method
//! and the headers that the preflight asks for, after they were checked, and with the headers that the response has.
//!
//! ```
//! use tower_cors::{Any, CorsLayer, Decision};
//!
//! let policy = CorsLayer::new()
//!     .allow_origins(["https://app.example.com"])
//!     .allow_headers(Any)
//!     .allow_credentials(true)
//!     .build()?;
//! let (preflight, ()) = http::Request::options("/")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "GET")
//!     .header("access-control-request-headers", "x-a,x-b")
//!     .body(())?
//!     .into_parts();
//! let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
//! assert_eq!(answer.into_response::<()>().headers()["access-control-allow-headers"], "x-a,x-b");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # CORS is not what keeps other websites' requests out
//!
//! It keeps their scripts from reading. A `POST` that a form could send arrives with its cookies, is executed, and only
//! its answer stays unread; see [`websockets`](super::websockets) for what refuses it.
//!
//! Bearer tokens in `Authorization` are no credentials in this sense: scripts add them by hand. List the header, and
//! leave `allow_credentials` off.
