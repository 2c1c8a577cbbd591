//! How to use this crate in a real server. Every example is run as a test, but for the sketches of tonic and hyper: the
//! tests of the repository run those as whole servers.
//!
//! - [`layers`]: where the layer stands, and what goes wrong elsewhere.
//! - [`preflight`]: why did my preflight fail?
//! - [`caches`]: `Vary`, and what happens without it.
//! - [`credentials`]: cookies, and whom they make you trust.
//! - [`websockets`]: WebSockets, forms, and requests that should not come in at all.
//! - [`routes`]: different policies on different routes, and layers around layers.
//! - [`living`]: policies from data: from a file, replaced while running, one for each tenant.
//! - [`grpc_web`]: tonic and tonic-web.
//! - [`bodies`]: the trait bound `Default` is not satisfied.
//! - [`proxies`]: behind a proxy that rewrites `Host`, or answers itself.
//! - [`local_network`]: pages of the Internet that ask for a machine at home.

pub mod bodies;
pub mod caches;
pub mod credentials;
pub mod grpc_web;
pub mod layers;
pub mod living;
pub mod local_network;
pub mod preflight;
pub mod proxies;
pub mod routes;
pub mod websockets;
