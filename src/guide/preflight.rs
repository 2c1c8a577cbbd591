//! Why did my preflight fail?
//!
//! A browser asks before it sends what a form could not send: a method other than `GET`, `HEAD` and `POST`, a header
//! such as `authorization`, or a body that is JSON. The question is the preflight
//! (<https://fetch.spec.whatwg.org/#cors-preflight-fetch>). Its answer must have a status from 200 to 299, permit the
//! origin, and list the method and every header.
//!
//! # Ask yourself what the browser asks
//!
//! The console of the browser names the origin, the method and the headers. Put them into this, exactly:
//!
//! ```text
//! curl -i -X OPTIONS https://api.example.com/items -H 'origin: https://app.example.com' \
//!     -H 'access-control-request-method: PUT' -H 'access-control-request-headers: authorization,content-type'
//! ```
//!
//! Without `origin` it is no preflight, and says nothing about CORS. What came back?
//!
//! | answer | who wrote it, and why |
//! |---|---|
//! | 204 and `access-control-allow-origin` | The layer, and the origin is allowed. Compare its lists with what the console names: methods are compared with their case (`patch` is not `PATCH`), headers without. |
//! | 403, no body, and `vary` with three names | The layer: this origin is not allowed. Compare it with [`CorsPolicy`](crate::CorsPolicy)'s text byte by byte: scheme, `www`, port, and no slash at the end. |
//! | 401, or another 403 | Authentication, outside of the layer. See [`layers`](super::layers). |
//! | 405, 404 | A router, outside of the layer or without it. See [`layers`](super::layers). |
//! | 301, 302, 307, 308 | A redirect, outside of the layer: to https, to a slash, to a login page. Ask for the right address in the script. |
//! | 413, 429, 5xx | A limit or a failure outside of the layer, often of a proxy. |
//! | 2xx without `access-control-allow-origin` | Not this layer: a route for `OPTIONS`, or a proxy that answers by itself. |
//! | nothing | The request did not arrive: DNS, TLS, an https page that asks for http, or a browser that keeps pages from [local networks](super::local_network). |
//!
//! The crate judges too: [`explain`](crate::CorsPolicy::explain) a request, [`explain_answer`] an answer that came back,
//! and [`on_refusal`](crate::CorsLayer::on_refusal) reports refusals while the service runs.
//!
//! [`explain_answer`]: crate::CorsPolicy::explain_answer
//!
//! ```
//! use http::{Request, Response};
//! use tower_cors::{Cause, CorsLayer, Observed};
//!
//! let policy = CorsLayer::new().allow_origins(["https://app.example.com"]).build()?;
//! let (preflight, ()) = Request::options("/items")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "GET")
//!     .body(())?
//!     .into_parts();
//! let (answer, ()) = Response::builder().status(405).header("allow", "GET,HEAD").body(())?.into_parts();
//! let why = policy.explain_answer(&preflight, Observed::response(&answer));
//! assert_eq!(why.cause(), Cause::LayerBeforeRoutes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The answer is the same whatever is asked
//!
//! An allowed origin gets the whole lists. What a preflight asks for is not read, so the browser is the one to compare,
//! and its console names the one method or header that is missing.
//!
//! ```
//! use http::{Method, Request, header::CONTENT_TYPE};
//! use tower_cors::{CorsLayer, Decision};
//!
//! let policy = CorsLayer::new()
//!     .allow_origins(["https://app.example.com"])
//!     .allow_methods([Method::PUT])
//!     .allow_headers([CONTENT_TYPE])
//!     .build()?;
//! let (preflight, ()) = Request::options("/items")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "DELETE")
//!     .header("access-control-request-headers", "authorization")
//!     .body(())?
//!     .into_parts();
//! let Decision::Respond(answer) = policy.decide(&preflight) else { unreachable!() };
//! let answer = answer.into_response::<()>();
//! assert_eq!(answer.status(), 204);
//! assert_eq!(answer.headers()["access-control-allow-methods"], "PUT");
//! assert_eq!(answer.headers()["access-control-allow-headers"], "content-type");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Often it is the script
//!
//! - It sends `access-control-allow-origin`, or another header that only answers have: the preflight then asks for it.
//! - It sends `content-type: application/json` or `authorization`, and the policy does not list them. Both need it.
//! - It writes `method: 'patch'`. Browsers send that as it is.
//! - Its origin is `null`: a page opened from a file, a sandboxed frame, or a request that was redirected to another
//!   origin.
//! - It has `mode: 'no-cors'`, which asks nobody and reads nothing.
//! - It runs at `http://127.0.0.1:5173` and `http://localhost:5173` is listed. These are two origins.
//!
//! # Fewer preflights
//!
//! Unless [`max_age`](crate::CorsLayer::max_age) says otherwise, a browser forgets the answer after 5 seconds. Chromium
//! keeps it for at most 2 hours, Firefox for a day, WebKit for 10 minutes.
