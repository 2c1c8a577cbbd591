//! WebSockets, forms, and requests that should not come in at all.
//!
//! CORS keeps answers from scripts; requests arrive all the same. A form of any website can `POST` with your users'
//! cookies, and a script of any website can open a WebSocket with them: there browsers never look at CORS headers.
//!
//! # For the whole service
//!
//! [`reject_disallowed_origins`](crate::CorsLayer::reject_disallowed_origins) answers such requests with 403; the
//! service does not see them.
//!
//! ```
//! # use axum::{Router, body::Body, http::Request, routing::any};
//! # use tower::ServiceExt;
//! # use tower_cors::CorsLayer;
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let cors = CorsLayer::new().allow_origins(["https://app.example.com"]).reject_disallowed_origins(true);
//! let app: Router = Router::new().route("/", any(|| async { "hello" })).layer(cors);
//! let status = async |request: http::request::Builder| {
//!     app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
//! };
//! // A listed origin, and requests from no web page.
//! assert_eq!(status(Request::post("/").header("origin", "https://app.example.com")).await, 200);
//! assert_eq!(status(Request::post("/")).await, 200);
//! // Any other website, whatever it sends.
//! assert_eq!(status(Request::post("/").header("origin", "https://evil.example")).await, 403);
//! assert_eq!(status(Request::get("/").header("upgrade", "websocket").header("origin", "https://evil.example")).await, 403);
//! // The service's own pages: the browser says so, or the origin is the https address that was asked.
//! let own = || Request::post("/").header("origin", "https://api.example.com").header("host", "api.example.com");
//! assert_eq!(status(own()).await, 200);
//! assert_eq!(status(own().header("sec-fetch-site", "same-origin")).await, 200);
//! assert_eq!(status(own().header("sec-fetch-site", "cross-site")).await, 403);
//! # Ok(()) }
//! ```
//!
//! # For a handler
//!
//! [`CorsPolicy::guard`](crate::CorsPolicy::guard) gives the same rule, with the same origins, to one handler. The
//! example `websocket` in the repository is a whole server.
//!
//! ```
//! use axum::extract::{State, ws::WebSocketUpgrade};
//! use axum::http::{StatusCode, request::Parts};
//! use axum::response::{IntoResponse, Response};
//! use axum::{Router, routing::any};
//! use tower_cors::{CorsLayer, OriginGuard};
//!
//! async fn chat(State(guard): State<OriginGuard>, head: Parts, handshake: WebSocketUpgrade) -> Response {
//!     if !guard.admits(&head) {
//!         return StatusCode::FORBIDDEN.into_response();
//!     }
//!     handshake.on_upgrade(async |_socket| { /* talk */ })
//! }
//!
//! let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
//! let guard = policy.guard()?;
//! let app: Router = Router::new().route("/chat", any(chat)).with_state(guard.clone()).layer(policy);
//!
//! let handshake = |origin: &str| http::Request::get("/chat").header("origin", origin).body(()).unwrap().into_parts().0;
//! assert!(guard.admits(&handshake("https://app.example.com")));
//! assert!(!guard.admits(&handshake("https://evil.example")));
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! # The rule
//!
//! Admitted are
//! 1. requests of an allowed origin;
//! 2. requests without `Origin`, unless the method is neither `GET`, `HEAD` nor `OPTIONS` and `Sec-Fetch-Site` says
//!    `cross-site` or `same-site`;
//! 3. requests of the service's own origin: one `Sec-Fetch-Site` line that says `same-origin` or `none`; or no such line,
//!    and an `Origin` that is `https://` and the authority that was asked for, port included.
//!
//! Over plain http the third is believed only where the authority is `localhost`, a name below it, or an IP address. Any
//! other name may have been pointed at your machine by the page that asks (DNS rebinding), and then its origin and the
//! `Host` agree. So a service that is reached over plain http under a name lists its own origin:
//!
//! ```
//! use tower_cors::CorsLayer;
//!
//! let guard = CorsLayer::new()
//!     .allow_origins(["http://printer.example"])
//!     .reject_disallowed_origins(true)
//!     .dangerously_allow_insecure_origins()
//!     .build()?
//!     .guard()?;
//! let from = |origin: &str, host: &str| {
//!     let request = http::Request::post("/").header("origin", origin).header("host", host);
//!     request.body(()).unwrap().into_parts().0
//! };
//! assert!(guard.admits(&from("http://printer.example", "printer.example")));
//! assert!(!guard.admits(&from("http://rebound.example", "rebound.example")));
//! # Ok::<(), tower_cors::PolicyError>(())
//! ```
//!
//! # What it is not
//!
//! A program sends what it likes; a rule about origins binds browsers only. Who the user is, is still for you to ask. And
//! a `GET` that changes something is open to every link: a link has no `Origin`.
