//! Why a text is not an origin or an origin pattern, and what to write instead.

use std::fmt;

/// Why a text is not an [`Origin`](crate::Origin), or not an [`OriginPattern`](crate::OriginPattern), and what to write
/// instead.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidOrigin {
    pub(super) value: Box<str>,
    pub(super) kind: InvalidOriginKind,
    pub(super) suggestion: Option<Box<str>>,
}

/// The reason of an [`InvalidOrigin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidOriginKind {
    /// Not of the form `scheme://host[:port]`.
    Malformed,
}

impl InvalidOrigin {
    /// The text that was refused.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The reason.
    #[must_use]
    pub fn kind(&self) -> InvalidOriginKind {
        self.kind
    }

    /// The reason as a stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "origin-malformed"
    }

    /// What to write instead, where that is certain.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not an origin", self.value)
    }
}

impl fmt::Debug for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvalidOrigin({}: {self})", self.code())
    }
}

impl std::error::Error for InvalidOrigin {}
