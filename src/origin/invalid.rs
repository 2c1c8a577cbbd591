//! Why a text is not an origin or an origin pattern, and what to write instead.

/// Why a text is not an origin, or not an origin pattern, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidOrigin {}
