//! Origins as values: one serialised origin, a pattern for several, the compiled set that a request is held against.
//!
//! Stages: `grammar` recognises, `shape` tells the parts of what was recognised; for what was not, `repair` writes what was
//! meant and `diagnose` names the fault; `pattern` keeps the text; `covers` compares patterns, `trust` weighs them.

#[cfg(feature = "serde")]
mod as_text;
mod covers;
mod diagnose;
mod grammar;
mod invalid;
mod pattern;
mod pieces;
mod repair;
mod set;
mod shape;
mod suffix;
#[cfg(feature = "public-suffix")]
mod suffix_ancestors;
mod suffix_levels;
mod trust;

pub use invalid::{InvalidOrigin, InvalidOriginKind};
pub use pattern::{Origin, OriginPattern};
pub(crate) use set::OriginSet;
pub(crate) use shape::{HostShape, PortShape, Shape};
pub(crate) use trust::is_insecure_http_origin;

/// Whether `bytes` are exactly one well-formed origin: never `null`, never a list, never with a wildcard.
///
/// Bounded by the longest origin there is, and without allocation: for what comes from a request.
pub(crate) fn is_origin(bytes: &[u8]) -> bool {
    grammar::origin(bytes).is_some()
}
