//! Pages of the Internet that ask for a machine at home: Local Network Access.
//!
//! A page of a public address that asks for a router, a printer, or `localhost`, needs its user's permission first. The
//! browser asks the user, not the server. Until then nothing arrives: no preflight, no request, no handshake. So nothing
//! in this crate, or in any server, grants it, and no log shows it; only the console of the browser does.
//!
//! - The page must be a secure one: https, or itself on `localhost`.
//! - The user says yes to a prompt, or an administrator does by a policy of the browser.
//! - Pages on `localhost` may ask for `localhost` without it.
//!
//! Chromium has asked since version 142; Firefox 153 asks too. The specification is
//! <https://wicg.github.io/local-network-access/>.
//!
//! # Not Private Network Access
//!
//! An earlier plan had servers answer `Access-Control-Request-Private-Network` in a preflight. Browsers gave it up. It is
//! not answered here:
//!
//! ```
//! use tower_cors::{CorsLayer, Decision};
//!
//! let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
//! let (preflight, ()) = http::Request::options("/")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "GET")
//!     .header("access-control-request-private-network", "true")
//!     .body(())?
//!     .into_parts();
//! let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
//! assert!(!answer.into_response::<()>().headers().contains_key("access-control-allow-private-network"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A service on `localhost`
//!
//! The permission is the user's word, not yours, and older browsers do not ask. A service on a user's machine can be
//! reached by every website that the user visits: list origins, and refuse the others with
//! [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins). That also holds off
//! [DNS rebinding](super::websockets#the-rule).
