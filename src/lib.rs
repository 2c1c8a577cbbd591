//! CORS for Tower services (axum, tonic, hyper): checked when it is built, answered in constant time, proven in real
//! browsers.
#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::exhaustive_enums)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod origin;

pub use origin::{InvalidOrigin, InvalidOriginKind, Origin, OriginPattern};
