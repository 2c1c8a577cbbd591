//! The layer against real browsers.
//!
//! A test starts a browser with the address of a page. The page asks for its cases, runs them, and sends back what came of
//! each; no driver is needed beside the browser. What is expected of a case is computed by `tower_cors::browser`, on the same
//! application: a wrong model, a wrong layer and a wrong browser all show as a difference. What the model leaves out, such as
//! the HTTP cache and gRPC-Web clients, is expected by hand.

pub mod application;
pub mod calls;
pub mod case;
pub mod cases;
pub mod clients;
pub mod engine;
pub mod expected;
pub mod font;
pub mod greeter;
pub mod http_cache;
pub mod known;
pub mod report;
pub mod results;
pub mod run;
pub mod seen;
pub mod select;
pub mod server;
