//! Origins as values: one serialised origin, a pattern for several, the compiled set that a request is held against.
//!
//! Stages: `grammar` recognises, `shape` has the parts of what was recognised, `suffix` asks the public suffix list. For
//! what was not recognised, `pieces` takes it apart, `repair` writes what was meant, `diagnose` names the fault, and
//! `invalid` says so. `pattern` keeps the text, and `as_text` gives it to serde. `covers` compares patterns, `covering` one
//! with many; `trust` weighs them, `mistyped` doubts them. `set` answers requests.

#[cfg(feature = "serde")]
mod as_text;
mod covering;
mod covers;
mod diagnose;
mod grammar;
mod invalid;
mod mistyped;
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

pub(crate) use covering::Covering;
pub use invalid::{InvalidOrigin, InvalidOriginKind};
pub use pattern::{Origin, OriginPattern};
pub(crate) use set::OriginSet;
pub(crate) use shape::{HostShape, PortShape, Shape, is_loopback};
pub(crate) use trust::is_insecure_http_origin;

/// The site of a host: the name that somebody registered, or the whole host where it is an address or has no such name.
///
/// For explanations only: <https://html.spec.whatwg.org/#site>
pub(crate) fn site_of(host: &str) -> &str {
    let name = host.strip_suffix('.').unwrap_or(host);
    let address = name.starts_with('[') || name.rsplit('.').next().is_some_and(|label| label.parse::<u32>().is_ok());
    if address { name } else { suffix::registrable_domain(name).unwrap_or(name) }
}

/// Whether customers of one provider have their names directly below this one, as below `vercel.app`.
///
/// For explanations only.
pub(crate) fn is_of_provider(name: &str) -> bool {
    suffix::strangers_register_below(name) && suffix::is_icann_suffix(name) == Some(false)
}

/// Whether `bytes` are exactly one well-formed origin: never `null`, never a list, never with a wildcard.
///
/// Bounded by the longest origin there is, and without allocation: for what comes from a request.
pub(crate) fn is_origin(bytes: &[u8]) -> bool {
    grammar::origin(bytes).is_some()
}
