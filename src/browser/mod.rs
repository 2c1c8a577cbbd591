//! A browser to put in a test: CORS as the [Fetch standard](https://fetch.spec.whatwg.org/) has it, as a user agent that
//! drives any Tower service.
//!
//! A [`Page`] makes requests as a web page does, and the [`Outcome`] says what a script of it would get: which status,
//! headers and body, or where the browser blocks it, by which rule, and what the server should send instead.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use axum::{Router, http::{Method, header::CONTENT_TYPE}, routing::put};
//! use tower_cors::{CorsLayer, browser::{Browser, Fetch}};
//!
//! let mut app: Router = Router::new().route("/items", put(|| async { "kept" })).layer(
//!     CorsLayer::new()
//!         .allow_origins(["https://app.example.com"])
//!         .allow_methods([Method::PUT])
//!         .allow_headers([CONTENT_TYPE]),
//! );
//!
//! let mut page = Browser::new().page("https://app.example.com");
//! let outcome = page.fetch(&mut app, Fetch::put("https://api.example.com/items").json("{}")).await;
//! outcome.assert_preflighted().assert_readable().assert_status(200).assert_body("kept");
//!
//! page.navigate("https://evil.example");
//! let outcome = page.fetch(&mut app, Fetch::put("https://api.example.com/items").json("{}")).await;
//! let blocked = outcome.assert_not_executed().assert_blocked();
//! assert!(blocked.sentence().contains("has no `Access-Control-Allow-Origin`"));
//! # }
//! ```
//!
//! # What it does
//!
//! - [`Fetch`] (also `XMLHttpRequest` with upload listeners, streams, every credentials mode, modes `cors`, `no-cors` and
//!   `same-origin`), [`Form`], [`Beacon`], [`EventSource`], [`WebSocket`] and [`Element`], with the `Origin` and
//!   `Sec-Fetch-*` headers that each [`Engine`] sends with them.
//! - Method normalising, forbidden methods and headers, the safelists with all their byte rules, the preflight as browsers
//!   write it, every check on its answer in the standard's order, the preflight cache, the CORS check on every hop of a
//!   redirect chain, tainted origins, and the filter on response headers.
//! - Time is told by [`Page::advance`]; no clock is read. Nothing but the service is asked.
//! - [`Page::judge`] does the same on heads of responses alone, and [`Page::begin`] is the state machine behind both.
//! - What CORS has no say in is said to be so: [`Blocked::is_cors`], [`ResponseType`], [`Note`].
//!
//! It shares no code with the rest of this crate, so that both cannot be wrong in the same way.
//!
//! # What it does not do
//!
//! There is no HTTP cache (so `Vary` cannot be tested with it), no service worker, no content security policy, no
//! integrity check, no opaque-response blocking, no blocking of ports, no Local Network Access, no prompt for a password,
//! no content coding (and so no `Accept-Encoding`), and no response header that changes the referrer policy. A `WebSocket`
//! always opens over HTTP/1.1, and `Sec-WebSocket-Accept` is not checked. A page has no path, so `Referer` is its origin.
//!
//! Cookies have no expiry but a `Max-Age` of zero. One without `SameSite` is `Lax` from the start, although Chromium sends
//! it with top-level posts across sites in its first two minutes ("Lax + POST"); and one that a response across sites sets
//! is kept without `SameSite=None` too, only withheld there.
//!
//! Real browsers send further headers, such as client hints. Firefox preflights some first requests again for reasons of
//! its own. The engines are modelled as they were measured; for what was not measured they follow the standard.

mod advice;
mod asserts;
mod cache;
mod check;
mod cookie;
mod drive;
mod engine;
mod exchange;
mod headers;
mod initiator;
mod load;
mod outcome;
mod page;
mod preflight;
mod prepare;
mod redirect;
mod request;
mod safelist;
mod sending;
mod site;
mod state;
mod turn;
mod words;

pub use check::{CorsFault, Credentials};
pub use engine::{AuthorizationRule, CacheMode, Engine};
pub use exchange::{Exchange, SentRequest};
pub use headers::{HeaderList, ResponseHead};
pub use initiator::{Beacon, Element, EventSource, Form, WebSocket};
pub use outcome::{Allowed, Blocked, Note, Outcome, ResponseType, Step, Verdict};
pub use page::{Browser, Page};
pub use preflight::PreflightReason;
pub use request::{Fetch, Mode, PageRequest, RedirectMode, ReferrerPolicy};
pub use safelist::UnsafeHeader;
pub use turn::{Reading, Sending, Turn};
