//! Origins as values: one serialised origin, a pattern for several, the compiled set that a request is held against.
//!
//! Bytes in, `bool` out: nothing here knows of HTTP headers or of Tower.

mod invalid;
mod pattern;

pub use invalid::InvalidOrigin;
pub use pattern::{Origin, OriginPattern};
pub(crate) use pattern::{HostShape, PortShape, Shape};
