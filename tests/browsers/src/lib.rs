//! The layer against real browsers.
//!
//! A test starts a browser with the address of a page. The page asks for its cases, runs them, and sends back what came of
//! each; no driver is needed beside the browser. What is expected of a case is computed twice: in every detail by
//! `tower_cors::browser`, on the same application, so that a wrong model shows as a difference; and by the rules of the
//! policies alone, without model and layer, so that a wrong layer shows as one. What the model leaves out, such as the HTTP
//! cache and gRPC-Web clients, is expected by hand.

pub mod application;
pub mod calls;
pub mod case;
pub mod cases;
pub mod checked;
pub mod clients;
pub mod enforcement;
pub mod engine;
pub mod expected;
pub mod faults;
pub mod font;
pub mod greeter;
pub mod http_cache;
pub mod known;
pub mod missing;
pub mod preflights;
pub mod redirects;
pub mod report;
pub mod results;
pub mod rules;
pub mod ruling;
pub mod run;
pub mod seen;
pub mod select;
pub mod server;
