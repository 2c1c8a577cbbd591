//! Real servers on loopback sockets: what leaves them, over HTTP/1.1 and HTTP/2, and when a request is one that no
//! client sends.

mod enforcement;
mod errors;
mod examples;
mod layer_order;
#[cfg(feature = "serde")]
mod living;
mod recipes;
mod stacks;

#[path = "../support/contract.rs"]
mod contract;
#[path = "../support/documented.rs"]
mod documented;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "here only requests are parsed")]
mod support;
